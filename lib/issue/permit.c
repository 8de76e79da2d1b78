/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/permit.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/files/sight.h"
#include "lib/files/slurp.h"
#include "lib/issue/request.h"
#include "lib/issue/suffix.h"
#include "lib/issue/vhosts.h"
#include "lib/providers/namebook.h"

#define WANTED MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR
/** A million names. */
#define SOURCE_MAX ((apr_size_t)64 * 1024 * 1024)

/** A list, as it was read last. */
typedef struct list_t {
    const char *path, *text;
    apr_size_t len;
    mssl_sight_t sight;
} list_t;

struct mssl_permits_t {
    apr_pool_t *pool;
    apr_hash_t *names;           /* name -> mssl_permit_t * */
    apr_hash_t *heads;           /* name -> the first one of the request that has it, too */
    apr_hash_t *excluded;        /* name or pattern -> itself */
    apr_hash_t *off;             /* of virtual hosts with MSSLIssue off: name -> itself */
    apr_array_header_t *ordered; /* mssl_permit_t * */
    apr_array_header_t *lists;   /* list_t */
    mssl_sight_t vhosts, wanted, folders;
    int for_vhosts;
    mssl_list_report_fn report;
    void *baton;
};

static mssl_permit_t *add(mssl_permits_t *permits, const char *name, unsigned source)
{
    mssl_permit_t *permit = apr_hash_get(permits->names, name, APR_HASH_KEY_STRING);

    if (permit == NULL) {
        permit = apr_pcalloc(permits->pool, sizeof(*permit));
        permit->name = apr_pstrdup(permits->pool, name);
        permit->key = -1;
        apr_hash_set(permits->names, permit->name, APR_HASH_KEY_STRING, permit);
    }
    permit->sources |= source;
    return permit;
}

static void report(const mssl_permits_t *permits, const char *source, const char *why,
                   const char *effect)
{
    permits->report(permits->baton, apr_pstrcat(permits->pool, source, ": ", why, "; ", effect,
                                                NULL));
}

/* A name of a virtual host: what cannot have a public certificate is nobody's fault there. */
static void add_vhost_name(mssl_permits_t *permits, const char *text, size_t len)
{
    char name[MSSL_NAME_SIZE];

    if (mssl_name_canon(name, text, len) && mssl_suffix_is_plain(name)
        && mssl_suffix_is_public(name)) {
        add(permits, name, MSSL_FROM_VHOSTS);
    }
}

static void keep_off(mssl_permits_t *permits, const char *name)
{
    const char *kept = apr_pstrdup(permits->pool, name);

    apr_hash_set(permits->off, kept, APR_HASH_KEY_STRING, kept);
}

/* What is off there nobody else permits but who names it: a list, a request. */
static void add_off(mssl_permits_t *permits, const char *text, size_t len)
{
    char name[MSSL_NAME_SIZE];

    if (mssl_name_canon(name, text, len)) {
        keep_off(permits, name);
    }
}

static void add_vhost(void *baton, char *const field[MSSL_VHOST_FIELDS])
{
    mssl_permits_t *permits = baton;
    const char *alias = field[MSSL_VHOST_ALIASES];
    int is_off = strcmp(field[MSSL_VHOST_ISSUE], "issue") != 0;
    void (*take)(mssl_permits_t *permits, const char *text, size_t len) = is_off ? add_off
                                                                               : add_vhost_name;

    if (!is_off && (!permits->for_vhosts || strcmp(field[MSSL_VHOST_GUARD], "guarded") != 0)) {
        return;
    }
    take(permits, field[MSSL_VHOST_NAME], strlen(field[MSSL_VHOST_NAME]));
    for (; *alias != '\0'; alias += strspn(alias, " ")) {
        size_t len = strcspn(alias, " ");

        take(permits, alias, len);
        alias += len;
    }
}

static void read_vhosts(mssl_permits_t *permits, int dir, const mssl_permits_t *before)
{
    mssl_reason_t why = { "" };
    apr_hash_index_t *hi;

    if (mssl_vhosts_read(dir, add_vhost, permits, permits->pool, &why) == APR_SUCCESS) {
        return;
    }
    report(permits, "MSSLIssueFor vhosts", why.text, "no name of a virtual host is permitted");
    /* What was before is gone soon, with its memory. */
    for (hi = before != NULL ? apr_hash_first(permits->pool, before->off) : NULL; hi != NULL;
         hi = apr_hash_next(hi)) {
        keep_off(permits, apr_hash_this_val(hi));
    }
}

/* A name that nobody has written down for us. */
static void add_found(mssl_permits_t *permits, const char *text, size_t len, unsigned source)
{
    char name[MSSL_NAME_SIZE];

    if (mssl_name_canon(name, text, len) && strlen(name) == len && memcmp(name, text, len) == 0
        && mssl_suffix_is_plain(name) && mssl_suffix_is_public(name)
        && apr_hash_get(permits->off, name, APR_HASH_KEY_STRING) == NULL) {
        add(permits, name, source);
    }
}

static void take_page(mssl_permits_t *permits, const mssl_namepage_t *page)
{
    const char *name;
    size_t at = 0, len;

    while (mssl_namepage_next(page, &at, &name, &len)) {
        add_found(permits, name, len, MSSL_FROM_FOLDERS);
    }
}

/* Nobody knows yet what some folder has: what was permitted by one goes on. */
static void recall_folders(mssl_permits_t *permits, const mssl_permits_t *before,
                           const apr_array_header_t *known)
{
    apr_hash_index_t *hi;
    int i;

    for (i = 0; before == NULL && known != NULL && i < known->nelts; i++) {
        const mssl_known_t *one = &APR_ARRAY_IDX(known, i, mssl_known_t);

        if (one->source == MSSL_FROM_FOLDERS) {
            add_found(permits, one->name, strlen(one->name), one->source);
        }
    }
    for (hi = before != NULL ? apr_hash_first(permits->pool, before->names) : NULL; hi != NULL;
         hi = apr_hash_next(hi)) {
        const mssl_permit_t *permit = apr_hash_this_val(hi);

        if ((permit->sources & MSSL_FROM_FOLDERS) != 0) {
            add_found(permits, permit->name, strlen(permit->name), MSSL_FROM_FOLDERS);
        }
    }
}

static void take_consents(mssl_permits_t *permits, const apr_array_header_t *known)
{
    int i;

    for (i = 0; known != NULL && i < known->nelts; i++) {
        const mssl_known_t *one = &APR_ARRAY_IDX(known, i, mssl_known_t);

        if (one->source == MSSL_FROM_ASK) {
            add_found(permits, one->name, strlen(one->name), one->source);
        }
    }
}

static void read_folders(mssl_permits_t *permits, const mssl_issuing_t *issuing, int dir,
                         const mssl_permits_t *before, const apr_array_header_t *known)
{
    int fd = mssl_folder_open(dir, MSSL_NAMEBOOK_FOLDER), i, nlisted = 0;
    apr_array_header_t *pages = NULL;
    mssl_reason_t why = { "" };
    apr_status_t rv = fd >= 0 ? APR_SUCCESS : errno;
    apr_pool_t *sub;

    apr_pool_create(&sub, permits->pool);
    if (fd >= 0) {
        rv = mssl_namebook_load(&pages, fd, sub, &why);
        close(fd);
    }
    if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv)) {
        report(permits, "MSSLIssueFor folders", why.text[0] != '\0' ? why.text : strerror(rv),
               "the names that folders had stay in force until the inventory has written it anew");
    }
    for (i = 0; rv == APR_SUCCESS && i < issuing->folders->nelts; i++) {
        const mssl_namepage_t *page
            = mssl_namebook_find(pages, APR_ARRAY_IDX(issuing->folders, i, const char *));

        if (page != NULL && page->listed != 0) {
            take_page(permits, page);
            nlisted++;
        }
    }
    if (nlisted < issuing->folders->nelts) {
        recall_folders(permits, before, known);
    }
    apr_pool_destroy(sub);
}

static void take_line(void *baton, const mssl_list_line_t *line)
{
    mssl_permits_t *permits = baton;
    mssl_permit_t *permit;

    if (line->is_excluded) {
        const char *name = apr_pstrdup(permits->pool, line->name);

        apr_hash_set(permits->excluded, name, APR_HASH_KEY_STRING, name);
        return;
    }
    permit = add(permits, line->name, MSSL_FROM_LIST);
    permit->skips_preflight |= (char)line->skips_preflight;
    permit->key = line->key >= 0 ? (signed char)line->key : permit->key;
    if (line->issuer[0] != '\0') {
        permit->issuer = apr_pstrdup(permits->pool, line->issuer);
    }
}

static void pass_report(void *baton, const char *text)
{
    const mssl_permits_t *permits = baton;

    permits->report(permits->baton, text);
}

/* A list that cannot be read goes on as it was. */
static void recall(list_t *list, const mssl_permits_t *before, apr_pool_t *pool)
{
    int i;

    for (i = 0; before != NULL && i < before->lists->nelts; i++) {
        const list_t *old = &APR_ARRAY_IDX(before->lists, i, list_t);

        if (strcmp(old->path, list->path) == 0 && old->text != NULL) {
            list->text = apr_pstrmemdup(pool, old->text, old->len);
            list->len = old->len;
        }
    }
}

static void read_list(mssl_permits_t *permits, const char *path, const mssl_permits_t *before)
{
    list_t *list = apr_array_push(permits->lists);
    mssl_reason_t why = { "" };

    memset(list, 0, sizeof(*list));
    list->path = apr_pstrdup(permits->pool, path);
    mssl_sight_has_changed(&list->sight, AT_FDCWD, path);
    if (mssl_file_slurp(&list->text, &list->len, AT_FDCWD, path, SOURCE_MAX, permits->pool, &why)
        != APR_SUCCESS) {
        recall(list, before, permits->pool);
        report(permits, "MSSLIssueFor list", why.text,
               list->text != NULL ? "what it said before goes on" : "no name of it is permitted");
    }
    if (list->text != NULL) {
        mssl_list_read(list->text, list->len, path, take_line, pass_report, permits);
    }
}

/* Of a request for several names: one that is excluded, or may stand in no certificate. */
static const char *find_forbidden(const mssl_permits_t *permits, const char *names)
{
    char name[MSSL_NAME_SIZE];

    while (mssl_names_next(name, &names)) {
        if (!mssl_suffix_is_plain(name) || mssl_permits_is_excluded(permits, name)) {
            return apr_pstrdup(permits->pool, name);
        }
    }
    return NULL;
}

/* @param names of a request, with the first one, which permit is of */
static void note_heads(mssl_permits_t *permits, const mssl_permit_t *permit, const char *names)
{
    char name[MSSL_NAME_SIZE];

    mssl_names_next(name, &names);
    while (mssl_names_next(name, &names)) {
        apr_hash_set(permits->heads, apr_pstrdup(permits->pool, name), APR_HASH_KEY_STRING,
                     permit->name);
    }
}

static void add_request(mssl_permits_t *permits, int folder, const char *file)
{
    char name[MSSL_NAME_SIZE];
    mssl_request_t request;
    mssl_reason_t why = { "" };
    mssl_permit_t *permit;
    const char *other;

    if (!mssl_job_parse_file(name, folder, file) || !mssl_suffix_is_plain(name)) {
        return; /* a file that is being written */
    }
    if (mssl_request_load(&request, folder, name, &why) != APR_SUCCESS) {
        report(permits, WANTED, why.text, "this request is passed over");
        return;
    }
    other = find_forbidden(permits, request.names);
    if (other != NULL) {
        report(permits, WANTED, apr_pstrcat(permits->pool, name, ": ", other, " may have none", NULL),
               "this request is passed over");
        return;
    }
    permit = add(permits, name, MSSL_FROM_REQUESTS);
    if (request.issuer[0] != '\0') {
        permit->issuer = apr_pstrdup(permits->pool, request.issuer);
    }
    note_heads(permits, permit, request.names);
}

static void read_requests(mssl_permits_t *permits, int dir)
{
    int fd = mssl_folder_open(dir, WANTED);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;

    if (folder == NULL) {
        report(permits, WANTED, strerror(errno), "no name that was requested is permitted");
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    while ((entry = readdir(folder)) != NULL) {
        add_request(permits, fd, entry->d_name);
    }
    closedir(folder);
}

static void order(mssl_permits_t *permits)
{
    apr_hash_index_t *hi;

    permits->ordered = apr_array_make(permits->pool, (int)apr_hash_count(permits->names) + 1,
                                      sizeof(mssl_permit_t *));
    for (hi = apr_hash_first(permits->pool, permits->names); hi != NULL; hi = apr_hash_next(hi)) {
        mssl_permit_t *permit = apr_hash_this_val(hi);

        permit->head = apr_hash_get(permits->heads, permit->name, APR_HASH_KEY_STRING);
        if (!mssl_permits_is_excluded(permits, permit->name)) {
            APR_ARRAY_PUSH(permits->ordered, mssl_permit_t *) = permit;
        }
    }
}

mssl_permits_t *mssl_permits_read(const mssl_issuing_t *issuing, int dir,
                                  const mssl_permits_t *before, const apr_array_header_t *known,
                                  mssl_list_report_fn report_fn, void *baton, apr_pool_t *pool)
{
    mssl_permits_t *permits = apr_pcalloc(pool, sizeof(*permits));
    int i;

    permits->pool = pool;
    permits->names = apr_hash_make(pool);
    permits->excluded = apr_hash_make(pool);
    permits->off = apr_hash_make(pool);
    permits->for_vhosts = issuing->for_vhosts;
    permits->heads = apr_hash_make(pool);
    permits->lists = apr_array_make(pool, 1, sizeof(list_t));
    permits->report = report_fn;
    permits->baton = baton;
    /* Before they are read: what changes meanwhile makes them others. */
    mssl_sight_has_changed(&permits->vhosts, dir, MSSL_VHOSTS_FILE);
    mssl_sight_has_changed(&permits->wanted, dir, WANTED);
    mssl_sight_has_changed(&permits->folders, dir, MSSL_NAMEBOOK_PATH);
    if (issuing->for_vhosts || issuing->folders->nelts > 0 || issuing->ask != NULL) {
        read_vhosts(permits, dir, before);
    }
    if (issuing->folders->nelts > 0) {
        read_folders(permits, issuing, dir, before, known);
    }
    if (issuing->ask != NULL) {
        take_consents(permits, known);
    }
    for (i = 0; i < issuing->lists->nelts; i++) {
        read_list(permits, APR_ARRAY_IDX(issuing->lists, i, const char *), before);
    }
    if (issuing->for_requests) {
        read_requests(permits, dir);
    }
    order(permits);
    return permits;
}

int mssl_permits_is_outdated(mssl_permits_t *permits, int dir)
{
    int i, changed = mssl_sight_has_changed(&permits->vhosts, dir, MSSL_VHOSTS_FILE)
                     | mssl_sight_has_changed(&permits->wanted, dir, WANTED)
                     | mssl_sight_has_changed(&permits->folders, dir, MSSL_NAMEBOOK_PATH);

    for (i = 0; i < permits->lists->nelts; i++) {
        list_t *list = &APR_ARRAY_IDX(permits->lists, i, list_t);

        changed |= mssl_sight_has_changed(&list->sight, AT_FDCWD, list->path);
    }
    return changed;
}

int mssl_permits_is_excluded(const mssl_permits_t *permits, const char *name)
{
    const char *parent = strchr(name, '.');
    char pattern[MSSL_NAME_SIZE];

    if (apr_hash_count(permits->excluded) == 0) {
        return 0;
    }
    if (apr_hash_get(permits->excluded, name, APR_HASH_KEY_STRING) != NULL) {
        return 1;
    }
    for (; parent != NULL; parent = strchr(parent + 1, '.')) {
        apr_snprintf(pattern, sizeof(pattern), "*%s", parent);
        if (apr_hash_get(permits->excluded, pattern, APR_HASH_KEY_STRING) != NULL) {
            return 1;
        }
    }
    return 0;
}

int mssl_permits_may_ask(const mssl_permits_t *permits, const char *name)
{
    return name[0] != '*' && mssl_suffix_is_plain(name) && mssl_suffix_is_public(name)
           && apr_hash_get(permits->off, name, APR_HASH_KEY_STRING) == NULL
           && !mssl_permits_is_excluded(permits, name);
}

const mssl_permit_t *mssl_permits_find(const mssl_permits_t *permits, const char *name)
{
    const mssl_permit_t *permit = apr_hash_get(permits->names, name, APR_HASH_KEY_STRING);

    return permit == NULL || mssl_permits_is_excluded(permits, name) ? NULL : permit;
}

const mssl_permit_t *mssl_permits_get(const mssl_permits_t *permits, int i)
{
    return APR_ARRAY_IDX(permits->ordered, i, const mssl_permit_t *);
}

int mssl_permits_count(const mssl_permits_t *permits)
{
    return permits->ordered->nelts;
}
