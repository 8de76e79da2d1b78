/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/ledger.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/reason.h"
#include "lib/base/rfc3339.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/issue/suffix.h"

#define FILE_SIZE_MAX ((apr_size_t)64 * 1024 * 1024)
/** "domain letsencrypt example.com" */
#define KEY_SIZE (8 + 33 + MSSL_NAME_SIZE)
#define LINE_SIZE (MSSL_RFC3339_SIZE + MSSL_NAME_SIZE + 16)

/** What counts together: the last orders, the oldest first, in a ring. */
typedef struct row_t {
    size_t n, first, size;
    apr_time_t *at;
} row_t;

struct mssl_ledger_t {
    apr_pool_t *pool;
    apr_hash_t *rows; /* key -> row_t * */
    int folder;
};

/** The most that a limit may ask for: as many of the last orders of a row are kept. */
#define RING_MAX 1000000

static apr_status_t free_rings(void *data)
{
    mssl_ledger_t *ledger = data;
    apr_hash_index_t *hi;

    for (hi = apr_hash_first(NULL, ledger->rows); hi != NULL; hi = apr_hash_next(hi)) {
        free(((row_t *)apr_hash_this_val(hi))->at);
    }
    return APR_SUCCESS;
}

mssl_ledger_t *mssl_ledger_make(int folder, apr_pool_t *pool)
{
    mssl_ledger_t *ledger = apr_pcalloc(pool, sizeof(*ledger));

    ledger->pool = pool;
    ledger->rows = apr_hash_make(pool);
    ledger->folder = folder;
    apr_pool_cleanup_register(pool, ledger, free_rings, apr_pool_cleanup_null);
    return ledger;
}

static const char *make_key(char key[KEY_SIZE], mssl_limit_id_t id, const char *issuer,
                            const char *name)
{
    apr_snprintf(key, KEY_SIZE, "%c %s %s", "odn"[id], issuer,
                 id == MSSL_LIMIT_ORDERS ? "" : id == MSSL_LIMIT_DOMAIN
                     ? mssl_suffix_get_domain(name) : name);
    return key;
}

/* Room for one more. Where there is no memory the oldest goes. */
static void grow(row_t *row)
{
    size_t i, size = row->size == 0 ? 2 : row->size * 2;
    apr_time_t *at = size <= RING_MAX ? malloc(size * sizeof(*at)) : NULL;

    if (at == NULL) {
        row->n -= row->n > 0;
        row->first = row->size > 0 ? (row->first + 1) % row->size : 0;
        return;
    }
    for (i = 0; i < row->n; i++) {
        at[i] = row->at[(row->first + i) % row->size];
    }
    free(row->at);
    row->at = at;
    row->first = 0;
    row->size = size;
}

static void count(mssl_ledger_t *ledger, mssl_limit_id_t id, const char *issuer, const char *name,
                  apr_time_t now)
{
    char key[KEY_SIZE];
    row_t *row = apr_hash_get(ledger->rows, make_key(key, id, issuer, name), APR_HASH_KEY_STRING);

    if (row == NULL) {
        row = apr_pcalloc(ledger->pool, sizeof(*row));
        apr_hash_set(ledger->rows, apr_pstrdup(ledger->pool, key), APR_HASH_KEY_STRING, row);
    }
    /* What is over a month old no limit asks for: it gives its place up. */
    while (row->n > 0 && row->n == row->size
           && now - row->at[row->first] > MSSL_LEDGER_SPAN) {
        row->first = (row->first + 1) % row->size;
        row->n--;
    }
    if (row->n == row->size) {
        grow(row);
    }
    if (row->size > 0) {
        row->at[(row->first + row->n++) % row->size] = now;
    }
}

/* Whether an order counts in a limit. */
static int counts(mssl_limit_id_t id, mssl_job_why_t cause)
{
    return id == MSSL_LIMIT_NAME ? cause == MSSL_WHY_ASKED : cause == MSSL_WHY_FIRST;
}

static void count_all(mssl_ledger_t *ledger, const char *issuer, const char *name,
                      mssl_job_why_t cause, apr_time_t now)
{
    mssl_limit_id_t id;

    for (id = 0; id < MSSL_LIMITS; id++) {
        if (counts(id, cause)) {
            count(ledger, id, issuer, name, now);
        }
    }
}

static const char *cause_text(mssl_job_why_t cause)
{
    return cause == MSSL_WHY_FIRST ? "first" : "asked";
}

/* @return its length */
static int make_line(char line[LINE_SIZE], const char *name, mssl_job_why_t cause, apr_time_t now)
{
    char time[MSSL_RFC3339_SIZE];

    mssl_rfc3339_print(time, now);
    return apr_snprintf(line, LINE_SIZE, "%s %s %s\n", time, cause_text(cause), name);
}

/*
 * A line "TIME CAUSE NAME", NUL-terminated.
 * @param kept out: what is kept of it: an order of a clock that was ahead is one of now
 * @return 0: it is over, or none
 */
static int take_line(mssl_ledger_t *ledger, const char *issuer, char *line, apr_time_t since,
                     char kept[LINE_SIZE])
{
    mssl_job_why_t why;
    char *state, *time = apr_strtok(line, " ", &state), *cause = apr_strtok(NULL, " ", &state);
    char *name = apr_strtok(NULL, " ", &state), canon[MSSL_NAME_SIZE];
    apr_time_t at;

    if (name == NULL || mssl_rfc3339_parse(&at, time) != APR_SUCCESS || at < since
        || mssl_name_canon_pattern(canon, name, strlen(name)) == 0) {
        return 0;
    }
    why = strcmp(cause, cause_text(MSSL_WHY_FIRST)) == 0 ? MSSL_WHY_FIRST : MSSL_WHY_ASKED;
    at = at > since + MSSL_LEDGER_SPAN ? since + MSSL_LEDGER_SPAN : at;
    count_all(ledger, issuer, canon, why, at);
    make_line(kept, canon, why, at);
    return 1;
}

static apr_status_t take(mssl_ledger_t *ledger, const char *issuer, const char *text,
                         apr_size_t len, apr_time_t since, apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_owner_t own = { (uid_t)-1, (gid_t)-1, 0600 };
    mssl_buffer_t kept = { .max = FILE_SIZE_MAX };
    char *state, *line, own_line[LINE_SIZE];
    apr_status_t rv = APR_SUCCESS;

    for (line = apr_strtok(apr_pstrmemdup(pool, text, len), "\n", &state);
         line != NULL && rv == APR_SUCCESS; line = apr_strtok(NULL, "\n", &state)) {
        if (take_line(ledger, issuer, line, since, own_line)) {
            rv = mssl_buffer_print(&kept, "%s", own_line);
        }
    }
    if (rv == APR_SUCCESS && (kept.len != len || memcmp(kept.data, text, len) != 0)) {
        rv = mssl_file_write(ledger->folder, issuer, kept.data != NULL ? kept.data : "", kept.len,
                             &own, why);
    }
    mssl_buffer_free(&kept);
    return rv;
}

apr_status_t mssl_ledger_load(mssl_ledger_t *ledger, const char *issuer, apr_time_t since,
                              mssl_reason_t *why)
{
    const char *text;
    apr_pool_t *pool;
    apr_size_t len;
    apr_status_t rv;

    if (ledger->folder < 0) {
        return APR_SUCCESS;
    }
    apr_pool_create(&pool, ledger->pool);
    rv = mssl_file_slurp(&text, &len, ledger->folder, issuer, FILE_SIZE_MAX, pool, why);
    if (rv == APR_SUCCESS) {
        rv = take(ledger, issuer, text, len, since, pool, why);
    }
    apr_pool_destroy(pool);
    return APR_STATUS_IS_ENOENT(rv) ? APR_SUCCESS : rv;
}

void mssl_ledger_load_all(mssl_ledger_t *ledger, const mssl_issuing_t *issuing, apr_time_t since,
                          void (*report)(void *baton, const char *text), void *baton)
{
    mssl_reason_t why = { "" }, text;
    int i;

    for (i = 0; i < issuing->issuers->nelts; i++) {
        const char *name = APR_ARRAY_IDX(issuing->issuers, i, mssl_issuer_t).name;

        if (mssl_ledger_load(ledger, name, since, &why) != APR_SUCCESS) {
            mssl_reason_set(&text, APR_EGENERAL, MSSL_LEDGERS_DIR "/%s; limits may be passed", why.text);
            report(baton, text.text);
        }
    }
}

static apr_status_t append(int folder, const char *issuer, const char *name,
                           mssl_job_why_t cause, apr_time_t now, mssl_reason_t *why)
{
    char line[LINE_SIZE];
    int fd, len, err = 0;

    errno = 0;
    fd = openat(folder, issuer, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    len = make_line(line, name, cause, now);
    if (fd < 0 || write(fd, line, (size_t)len) != len || fdatasync(fd) != 0) {
        err = errno != 0 ? errno : ENOSPC;
    }
    if (fd >= 0) {
        close(fd);
    }
    return err == 0 ? APR_SUCCESS : mssl_reason_set(why, err, MSSL_LEDGERS_DIR "/%s: %s", issuer,
                                                    strerror(err));
}

apr_status_t mssl_ledger_note(mssl_ledger_t *ledger, const char *issuer, const char *name,
                              mssl_job_why_t cause, apr_time_t now, mssl_reason_t *why)
{
    if (cause == MSSL_WHY_RENEWAL) {
        return APR_SUCCESS;
    }
    count_all(ledger, issuer, name, cause, now);
    return ledger->folder < 0 ? APR_SUCCESS
                              : append(ledger->folder, issuer, name, cause, now, why);
}

/* The last line, if it is that one: what could not be written is not there. */
static void cut_off(int folder, const char *issuer, const char *line, int len)
{
    int fd = openat(folder, issuer, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    char there[LINE_SIZE];
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size >= len
        && pread(fd, there, (size_t)len, st.st_size - len) == len
        && memcmp(there, line, (size_t)len) == 0
        && ftruncate(fd, st.st_size - len) == 0) {
        fdatasync(fd);
    }
    if (fd >= 0) {
        close(fd);
    }
}

void mssl_ledger_take_back(mssl_ledger_t *ledger, const char *issuer, const char *name,
                           mssl_job_why_t cause, apr_time_t now)
{
    char key[KEY_SIZE], line[LINE_SIZE];
    mssl_limit_id_t id;

    if (cause == MSSL_WHY_RENEWAL) {
        return;
    }
    for (id = 0; id < MSSL_LIMITS; id++) {
        row_t *row = counts(id, cause) ? apr_hash_get(ledger->rows, make_key(key, id, issuer, name),
                                                      APR_HASH_KEY_STRING) : NULL;

        if (row != NULL) {
            row->n -= row->n > 0;
        }
    }
    if (ledger->folder >= 0) {
        cut_off(ledger->folder, issuer, line, make_line(line, name, cause, now));
    }
}

static apr_time_t get_free(const mssl_ledger_t *ledger, mssl_limit_id_t id,
                           const mssl_limit_t *limit, const char *issuer, const char *name,
                           apr_time_t now)
{
    char key[KEY_SIZE];
    const row_t *row = apr_hash_get(ledger->rows, make_key(key, id, issuer, name),
                                    APR_HASH_KEY_STRING);
    apr_time_t at;

    if (row == NULL || row->n < (size_t)limit->n) {
        return 0;
    }
    /* When the one that is as far back as the limit is over. */
    at = row->at[(row->first + row->n - (size_t)limit->n) % row->size] + limit->each;
    return at > now ? at : 0;
}

apr_time_t mssl_ledger_get_free_orders(const mssl_ledger_t *ledger, const mssl_issuing_t *issuing,
                                       const char *issuer, apr_time_t now)
{
    return get_free(ledger, MSSL_LIMIT_ORDERS, &issuing->limit[MSSL_LIMIT_ORDERS], issuer, "", now);
}

apr_time_t mssl_ledger_get_free(const mssl_ledger_t *ledger, const mssl_issuing_t *issuing,
                                const char *issuer, const char *name, mssl_job_why_t cause,
                                apr_time_t now, mssl_limit_id_t *id)
{
    apr_time_t latest = 0;
    mssl_limit_id_t i;

    for (i = 0; i < MSSL_LIMITS; i++) {
        apr_time_t at = counts(i, cause) ? get_free(ledger, i, &issuing->limit[i], issuer, name, now)
                                         : 0;

        if (at > latest) {
            latest = at;
            if (id != NULL) {
                *id = i;
            }
        }
    }
    return latest;
}

int mssl_ledger_get_left(const mssl_ledger_t *ledger, const mssl_issuing_t *issuing,
                         mssl_limit_id_t id, const char *issuer, const char *name, apr_time_t now)
{
    const mssl_limit_t *limit = &issuing->limit[id];
    char key[KEY_SIZE];
    const row_t *row = apr_hash_get(ledger->rows, make_key(key, id, issuer, name),
                                    APR_HASH_KEY_STRING);
    int left = limit->n;
    size_t i;

    for (i = 0; row != NULL && i < row->n && left > 0; i++) {
        left -= row->at[(row->first + row->n - 1 - i) % row->size] + limit->each > now;
    }
    return left;
}
