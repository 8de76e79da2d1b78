/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/consent.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/name.h"
#include "lib/base/reason.h"
#include "lib/base/rfc3339.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"

#define FILE_MAX ((apr_size_t)512 * 1024 * 1024)
#define LINE_SIZE (MSSL_NAME_SIZE + 2 * MSSL_RFC3339_SIZE + 16)
#define NO_TIME "-"
/** So many lines may say what later ones say anew, and as many again as there are names. */
#define SPARE 1000

struct mssl_consents_t {
    apr_pool_t *pool;
    apr_hash_t *names; /* name -> mssl_consent_t *, with the name behind it */
    int folder, is_writer;
    unsigned int lines; /* of the file */
    apr_off_t size;     /* of it, as far as it is by us; -1: not known */
};

static apr_status_t free_all(void *data)
{
    mssl_consents_t *consents = data;
    apr_hash_index_t *hi;

    for (hi = apr_hash_first(NULL, consents->names); hi != NULL; hi = apr_hash_next(hi)) {
        free(apr_hash_this_val(hi));
    }
    return APR_SUCCESS;
}

mssl_consents_t *mssl_consents_make(int folder, apr_pool_t *pool)
{
    mssl_consents_t *consents = apr_pcalloc(pool, sizeof(*consents));

    consents->pool = pool;
    consents->names = apr_hash_make(pool);
    consents->folder = folder;
    apr_pool_cleanup_register(pool, consents, free_all, apr_pool_cleanup_null);
    return consents;
}

static mssl_consent_t *find(const mssl_consents_t *consents, const char *name)
{
    return apr_hash_get(consents->names, name, APR_HASH_KEY_STRING);
}

/* @return NULL: there are too many, or there is no memory */
static mssl_consent_t *add(mssl_consents_t *consents, const char *name)
{
    size_t size = strlen(name) + 1;
    mssl_consent_t *consent = apr_hash_count(consents->names) < MSSL_CONSENTS_MAX
                                  ? calloc(1, sizeof(*consent) + size) : NULL;

    if (consent != NULL) {
        consent->name = memcpy(consent + 1, name, size);
        apr_hash_set(consents->names, consent->name, APR_HASH_KEY_STRING, consent);
    }
    return consent;
}

static void drop(mssl_consents_t *consents, mssl_consent_t *consent)
{
    apr_hash_set(consents->names, consent->name, APR_HASH_KEY_STRING, NULL);
    free(consent);
}

static int is_over(const mssl_consent_t *consent)
{
    return consent->noes >= MSSL_CONSENT_NOES;
}

/* @return its length */
static int make_line(char line[LINE_SIZE], const mssl_consent_t *consent)
{
    char yes[MSSL_RFC3339_SIZE], no[MSSL_RFC3339_SIZE] = NO_TIME;

    mssl_rfc3339_print(yes, consent->yes);
    if (consent->no != 0) {
        mssl_rfc3339_print(no, consent->no);
    }
    return apr_snprintf(line, LINE_SIZE, "%s %s %s %d\n", consent->name, yes, no, consent->noes);
}

/* @return -1: there is none */
static apr_off_t get_size(const mssl_consents_t *consents)
{
    struct stat st;

    return fstatat(consents->folder, MSSL_CONSENTS_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size
                                                                                        : -1;
}

static apr_status_t append(mssl_consents_t *consents, const mssl_consent_t *consent,
                           mssl_reason_t *why)
{
    char line[LINE_SIZE];
    int fd, len = make_line(line, consent), err = 0;

    if (consents->folder < 0) {
        return APR_SUCCESS;
    }
    errno = 0;
    fd = openat(consents->folder, MSSL_CONSENTS_FILE,
                O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)len) != len || fdatasync(fd) != 0) {
        err = errno != 0 ? errno : ENOSPC;
    }
    if (fd >= 0) {
        close(fd);
    }
    consents->lines++;
    consents->size += len;
    return err == 0 ? APR_SUCCESS
                    : mssl_reason_set(why, err, MSSL_CONSENTS_DIR "/" MSSL_CONSENTS_FILE ": %s",
                                      strerror(err));
}

/* A line, NUL-terminated. @return 0: it is none, as what was cut off by a crash */
static int take_line(mssl_consents_t *consents, char *line)
{
    char *state, *word[4], name[MSSL_NAME_SIZE];
    mssl_consent_t *consent, is = { .name = name };
    int i;

    for (i = 0; i < 4; i++) {
        word[i] = apr_strtok(i == 0 ? line : NULL, " ", &state);
        if (word[i] == NULL) {
            return 0;
        }
    }
    if (mssl_name_canon(name, word[0], strlen(word[0])) == 0 || strcmp(name, word[0]) != 0
        || mssl_rfc3339_parse(&is.yes, word[1]) != APR_SUCCESS
        || (strcmp(word[2], NO_TIME) != 0 && mssl_rfc3339_parse(&is.no, word[2]) != APR_SUCCESS)
        || strspn(word[3], "0123") != 1 || word[3][1] != '\0') {
        return 0;
    }
    is.noes = *word[3] - '0';
    consent = find(consents, name);
    if (is_over(&is)) {
        if (consent != NULL) {
            drop(consents, consent);
        }
    }
    else if (consent != NULL || (consent = add(consents, name)) != NULL) {
        is.name = consent->name;
        *consent = is;
    }
    return 1;
}

static apr_status_t rewrite(const mssl_consents_t *consents, mssl_reason_t *why)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    mssl_writing_t *writing;
    char line[LINE_SIZE];
    apr_hash_index_t *hi;
    apr_status_t rv = mssl_file_begin(&writing, consents->folder, MSSL_CONSENTS_FILE, &owner, why);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (hi = apr_hash_first(NULL, consents->names); hi != NULL; hi = apr_hash_next(hi)) {
        int len = make_line(line, apr_hash_this_val(hi));

        mssl_file_add(writing, line, (size_t)len);
    }
    return mssl_file_end(writing, 1, why);
}

/*
 * Said anew without what was said before, also where httpd is never restarted. Not where another wrote to
 * it, as the steward of another generation: what we do not know of would be gone.
 */
static void shorten(mssl_consents_t *consents)
{
    unsigned int n = apr_hash_count(consents->names);

    if (!consents->is_writer || consents->lines <= 2 * n + SPARE) {
        return;
    }
    if (get_size(consents) == consents->size && rewrite(consents, NULL) == APR_SUCCESS) {
        consents->size = get_size(consents);
    }
    consents->lines = n; /* else another time */
}

/* A power cut may leave NULs where a line was to be. */
static void clear_nuls(char *text, apr_size_t len)
{
    for (; len > 0; text++, len--) {
        *text = *text == '\0' ? '\n' : *text;
    }
}

apr_status_t mssl_consents_load(mssl_consents_t *consents, int is_writer, mssl_reason_t *why)
{
    unsigned int lines = 0;
    const char *text;
    char *line, *state;
    apr_pool_t *pool;
    apr_size_t len = 0;
    apr_status_t rv;

    if (consents->folder < 0) {
        return APR_SUCCESS;
    }
    consents->is_writer = is_writer;
    apr_pool_create(&pool, consents->pool);
    rv = mssl_file_slurp(&text, &len, consents->folder, MSSL_CONSENTS_FILE, FILE_MAX, pool, why);
    if (rv == APR_SUCCESS) {
        clear_nuls((char *)text, len);
        for (line = apr_strtok((char *)text, "\n", &state); line != NULL;
             line = apr_strtok(NULL, "\n", &state)) {
            take_line(consents, line);
            lines++;
        }
        /* What is no line is gone then, too: what is appended next stands alone. */
        if (is_writer && (lines != apr_hash_count(consents->names)
                          || (len > 0 && text[len - 1] != '\0'))) {
            rv = rewrite(consents, why);
            lines = apr_hash_count(consents->names);
            len = (apr_size_t)get_size(consents);
        }
    }
    consents->lines = lines;
    consents->size = (apr_off_t)len;
    apr_pool_destroy(pool);
    return APR_STATUS_IS_ENOENT(rv) ? APR_SUCCESS : rv;
}

static apr_status_t note_yes(mssl_consents_t *consents, mssl_consent_t *consent, const char *name,
                             apr_time_t now, int *has_changed, mssl_reason_t *why)
{
    int is_new = consent == NULL, had_noes = !is_new && consent->noes > 0;
    apr_status_t rv = APR_SUCCESS;

    if (is_new) {
        consent = add(consents, name);
        if (consent == NULL) {
            return mssl_reason_set(why, APR_ENOMEM, "there are %d names already, or there is no memory",
                                   (int)apr_hash_count(consents->names));
        }
    }
    consent->yes = consent->heard = now;
    consent->last = MSSL_ANSWER_YES;
    consent->no = 0;
    consent->noes = 0;
    if (is_new || had_noes) {
        rv = append(consents, consent, why);
        shorten(consents);
    }
    if (is_new && rv != APR_SUCCESS) {
        drop(consents, consent);
        return rv;
    }
    *has_changed = is_new;
    return rv;
}

/* @return whether it is another day's */
static int counts(const mssl_consent_t *consent, apr_time_t now)
{
    return consent->no == 0 || consent->no > now || now - consent->no >= MSSL_CONSENT_DAY;
}

apr_status_t mssl_consents_note(mssl_consents_t *consents, const char *name, mssl_answer_t answer,
                                apr_time_t now, int *has_changed, mssl_reason_t *why)
{
    mssl_consent_t *consent = find(consents, name);
    apr_status_t rv = APR_SUCCESS;

    *has_changed = 0;
    if (answer == MSSL_ANSWER_YES) {
        return note_yes(consents, consent, name, now, has_changed, why);
    }
    if (consent == NULL) {
        return APR_SUCCESS;
    }
    consent->last = answer;
    consent->heard = now;
    if (consent->is_first || (answer == MSSL_ANSWER_NO && counts(consent, now))) {
        consent->no = now;
        consent->noes = consent->is_first ? MSSL_CONSENT_NOES : consent->noes + 1;
        rv = append(consents, consent, why);
        if (is_over(consent)) {
            drop(consents, consent);
            *has_changed = 1;
        }
        shorten(consents);
    }
    return rv;
}

void mssl_consents_mark(mssl_consents_t *consents, const char *name, int is_first)
{
    mssl_consent_t *consent = find(consents, name);

    if (consent != NULL) {
        consent->is_first = is_first;
    }
}

const mssl_consent_t *mssl_consents_find(const mssl_consents_t *consents, const char *name)
{
    return find(consents, name);
}

void mssl_consents_each(const mssl_consents_t *consents,
                        void (*take)(void *baton, const mssl_consent_t *consent), void *baton)
{
    apr_hash_index_t *hi;

    for (hi = apr_hash_first(NULL, consents->names); hi != NULL; hi = apr_hash_next(hi)) {
        take(baton, apr_hash_this_val(hi));
    }
}
