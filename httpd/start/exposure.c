/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/exposure.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/base/tags.h"
#include "lib/providers/maptable.h"

APLOG_USE_MODULE(mssl);

/** So many files of a store, lines of a map are looked at. */
#define SAMPLE 64
/** So much of a map is read for them, bytes. */
#define HEAD_MAX 65536

typedef struct check_t {
    server_rec *s;
    apr_pool_t *pool;
    apr_hash_t *seen;  /* paths that were checked */
    apr_hash_t *roots; /* directory (dev, ino) -> the server_rec whose DocumentRoot it is */
} check_t;

/** What tells directories apart, whatever links lead to them. */
typedef struct place_t {
    apr_uint64_t dev, ino;
} place_t;

static int get_place(place_t *place, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return 0;
    }
    memset(place, 0, sizeof(*place));
    place->dev = (apr_uint64_t)st.st_dev;
    place->ino = (apr_uint64_t)st.st_ino;
    return 1;
}

static const char *root_of(const server_rec *s)
{
    const core_server_config *core = ap_get_core_module_config(s->module_config);

    return core->ap_document_root;
}

static void collect_roots(check_t *check, server_rec *s)
{
    const char *last = NULL;

    for (; s != NULL; s = s->next) {
        const char *root = root_of(s);
        place_t *place = apr_palloc(check->pool, sizeof(*place));

        if (root != NULL && root != last && get_place(place, root)) {
            apr_hash_set(check->roots, place, sizeof(*place), s);
        }
        last = root;
    }
}

/* Its directory and those above it, from the inside out; "" behind "/". */
static void go_up(char *path)
{
    char *slash = strrchr(path, '/');

    if (slash == path && path[1] != '\0') {
        path[1] = '\0';
    }
    else if (slash != NULL) {
        *slash = '\0';
    }
}

static void check_roots(const check_t *check, const char *what)
{
    char *path = apr_pstrdup(check->pool, what);
    const server_rec *s;
    place_t place;

    for (; *path != '\0'; go_up(path)) {
        s = get_place(&place, path) ? apr_hash_get(check->roots, &place, sizeof(place)) : NULL;
        if (s != NULL) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, check->s, MSSLNO(0162) "'%s' lies below the "
                         "DocumentRoot '%s' of %s: visitors may load keys from there; move it out",
                         what, root_of(s), s->server_hostname);
            return;
        }
    }
}

/* Whether any user can read the file, by its mode and those of the directories above it. */
static int is_open(const check_t *check, const char *file)
{
    char *path = apr_pstrdup(check->pool, file);
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & S_IROTH) == 0) {
        return 0;
    }
    for (go_up(path); *path != '\0'; go_up(path)) {
        if (stat(path, &st) != 0 || (st.st_mode & S_IXOTH) == 0) {
            return 0;
        }
    }
    return 1;
}

static int check_file(const check_t *check, const char *path)
{
    if (!is_open(check, path)) {
        return 0;
    }
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, check->s, MSSLNO(0161) "'%s' can be read by every "
                 "user of this machine, scripts included; chmod o-rwx it or its directory, or "
                 "start httpd as root for MSSLKeyAccess broker", path);
    return 1;
}

static int has_ending(const char *name, const char *ending)
{
    size_t len = strlen(name), tail = strlen(ending);

    return len > tail && strcmp(name + len - tail, ending) == 0;
}

/* The first open key of a store speaks for the others. */
static void check_dir(const check_t *check, const char *path)
{
    apr_finfo_t entry;
    apr_dir_t *dir;
    int i, found = 0;

    if (apr_dir_open(&dir, path, check->pool) != APR_SUCCESS) {
        return;
    }
    for (i = 0; !found && i < SAMPLE
         && apr_dir_read(&entry, APR_FINFO_NAME | APR_FINFO_TYPE, dir) == APR_SUCCESS; i++) {
        const char *file = apr_pstrcat(check->pool, path, "/", entry.name, NULL);

        if (entry.filetype == APR_DIR && entry.name[0] != '.') {
            found = check_file(check, apr_pstrcat(check->pool, file, "/privkey.pem", NULL))
                    || check_file(check, apr_pstrcat(check->pool, file, "/", entry.name, ".key",
                                                     NULL));
        }
        else if (has_ending(entry.name, ".pem") || has_ending(entry.name, ".key")
                 || has_ending(entry.name, ".pass")) {
            found = check_file(check, file);
        }
    }
    apr_dir_close(dir);
}

/* The beginning of a file, up to its last whole line; malloc'ed. NULL: it cannot be had. */
static char *read_head(const check_t *check, const char *path, apr_size_t *len)
{
    apr_file_t *file;
    char *text, *end;

    *len = 0;
    if (apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, check->pool)
        != APR_SUCCESS) {
        return NULL;
    }
    text = malloc(HEAD_MAX + 1);
    if (text != NULL) {
        apr_file_read_full(file, text, HEAD_MAX, len); /* a short one is a whole one */
        text[*len] = '\0';
        if (*len == HEAD_MAX && (end = strrchr(text, '\n')) != NULL) {
            end[1] = '\0';
            *len = (apr_size_t)(end + 1 - text);
        }
    }
    apr_file_close(file);
    return text;
}

static void check_map(const check_t *check, const char *path)
{
    apr_size_t len, i;
    char *text = read_head(check, path, &len);
    mssl_maptable_t *table = text != NULL ? mssl_maptable_new(text, len) : NULL;
    mssl_maprow_t row;
    int found = 0;

    for (i = 0; table != NULL && !found && i < SAMPLE && i < mssl_maptable_count(table); i++) {
        row = mssl_maptable_get_row(table, i);
        found = check_file(check, ap_make_full_path(check->pool,
                                                    ap_make_dirstr_parent(check->pool, path),
                                                    row.key != NULL ? row.key : row.cert));
    }
    mssl_maptable_free(table);
}

/* Whether a path comes for the first time. */
static int is_new(check_t *check, const char *path)
{
    int is_known = apr_hash_get(check->seen, path, APR_HASH_KEY_STRING) != NULL;

    apr_hash_set(check->seen, path, APR_HASH_KEY_STRING, path);
    return !is_known;
}

static void check_server(check_t *check, const mssl_server_conf_t *sc)
{
    int i;

    for (i = 0; sc->stores != NULL && i < sc->stores->nelts; i++) {
        const mssl_store_row_t *row = &APR_ARRAY_IDX(sc->stores, i, mssl_store_row_t);

        if ((row->provider->flags & MSSL_PROVIDER_PATH) != 0 && is_new(check, row->arg)) {
            check_roots(check, row->arg);
            if (strcmp(row->name, "dir") == 0) {
                check_dir(check, row->arg);
            }
            else if (strcmp(row->name, "map") == 0) {
                check_map(check, row->arg);
            }
        }
    }
    for (i = 0; sc->certificates != NULL && i < sc->certificates->nelts; i++) {
        const mssl_cert_row_t *row = &APR_ARRAY_IDX(sc->certificates, i, mssl_cert_row_t);
        const char *path = row->key_file != NULL ? row->key_file : row->cert_file;

        if (is_new(check, path)) {
            check_roots(check, path);
            check_file(check, path);
        }
    }
}

void mssl_exposure_check(server_rec *main_server, apr_pool_t *ptemp)
{
    check_t check = { main_server, ptemp, apr_hash_make(ptemp), apr_hash_make(ptemp) };
    const void *stores = NULL, *certificates = NULL;
    const server_rec *s;

    collect_roots(&check, main_server);
    for (s = main_server; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        /* Vhosts that inherit the server's lists stand beside each other. */
        if (sc->stores != stores || sc->certificates != certificates) {
            check_server(&check, sc);
        }
        stores = sc->stores;
        certificates = sc->certificates;
    }
}
