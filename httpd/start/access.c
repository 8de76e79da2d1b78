/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/access.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <http_log.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "httpd/start/user.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/** So many paths are looked at, and so many of those that cannot be read are named. */
#define PATHS_MAX 1000
#define NAMED_MAX 8

struct mssl_access_t {
    server_rec *s;
    const char *user;           /**< MSSLUser's first */
    apr_array_header_t *paths;  /**< const char * */
};

/** File systems where another machine, or another process, judges who may read. */
typedef struct remote_t {
    unsigned long type; /**< statfs(2)'s f_type */
    const char *name;
    const char *help;   /**< what else may be needed */
} remote_t;

static const remote_t remotes[] = {
    { 0x6969, "NFS", "" },
    { 0x65735546, "FUSE", "; mount it with allow_other" },
    { 0xFF534D42, "CIFS", "; mount it with gid= and file_mode=" },
    { 0xFE534D42, "SMB", "; mount it with gid= and file_mode=" },
    { 0x517B, "SMB", "; mount it with gid= and file_mode=" },
    { 0x01021997, "9p", "" },
    { 0x00C36400, "Ceph", "" },
    { 0x0BD00BD0, "Lustre", "" },
    { 0x5346414F, "AFS", "" },
    { 0x6B414653, "AFS", "" },
    { 0x19830326, "BeeGFS", "" },
};

static void add(mssl_access_t *access, apr_hash_t *seen, const char *path)
{
    if (path == NULL || *path != '/' || access->paths->nelts >= PATHS_MAX
        || apr_hash_get(seen, path, APR_HASH_KEY_STRING) != NULL) {
        return;
    }
    apr_hash_set(seen, path, APR_HASH_KEY_STRING, path);
    APR_ARRAY_PUSH(access->paths, const char *) = path;
}

static void add_server(mssl_access_t *access, apr_hash_t *seen, const mssl_server_conf_t *sc)
{
    int i;

    for (i = 0; sc->stores != NULL && i < sc->stores->nelts; i++) {
        add(access, seen, APR_ARRAY_IDX(sc->stores, i, mssl_store_row_t).arg);
    }
    for (i = 0; sc->certificates != NULL && i < sc->certificates->nelts; i++) {
        const mssl_cert_row_t *row = &APR_ARRAY_IDX(sc->certificates, i, mssl_cert_row_t);

        add(access, seen, row->cert_file);
        add(access, seen, row->key_file);
    }
}

mssl_access_t *mssl_access_make(server_rec *main_server, apr_pool_t *pconf)
{
    mssl_access_t *access = apr_pcalloc(pconf, sizeof(*access));
    apr_hash_t *seen = apr_hash_make(pconf);
    const void *stores = NULL, *certificates = NULL;
    const server_rec *s;

    access->s = main_server;
    access->user = mssl_user_find(mssl_conf_get_global(main_server), pconf)->name;
    access->paths = apr_array_make(pconf, 8, sizeof(const char *));
    if (mssl_conf_get_global(main_server)->issued != NULL) {
        add(access, seen, mssl_conf_get_global(main_server)->issued->arg);
    }
    for (s = main_server; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        /* Vhosts that inherit the server's lists stand beside each other. */
        if (sc->stores != stores || sc->certificates != certificates) {
            add_server(access, seen, sc);
        }
        stores = sc->stores;
        certificates = sc->certificates;
    }
    return access;
}

static const remote_t *find_remote(const char *path)
{
    char above[PATH_MAX];
    struct statfs fs;
    size_t i;

    /* What cannot be reached is asked about at the nearest folder above it that can. */
    apr_cpystrn(above, path, sizeof(above));
    while (statfs(above, &fs) != 0) {
        char *end = strrchr(above, '/');

        if (end == NULL || end == above) {
            return NULL;
        }
        *end = '\0';
    }
    for (i = 0; i < sizeof(remotes) / sizeof(remotes[0]); i++) {
        if (((unsigned long)fs.f_type & 0xFFFFFFFFul) == remotes[i].type) {
            return &remotes[i];
        }
    }
    return NULL;
}

static void report(const mssl_access_t *access, const char *path)
{
    const remote_t *remote = find_remote(path);
    const char *group = getuid() == 0 ? "root" : access->user;

    ap_log_error(APLOG_MARK, APLOG_ERR, 0, access->s, MSSLNO(0166) "the broker, as user '%s', "
                 "cannot read '%s'%s%s%s: nothing is served from there; let it: 'chgrp -R %s %s "
                 "&& chmod -R g+rX %s'%s", group, path, remote != NULL ? ", which lies on " : "",
                 remote != NULL ? remote->name : "",
                 remote != NULL ? ", where CAP_DAC_READ_SEARCH counts for nothing" : "", group,
                 path, path, remote != NULL ? remote->help : "");
}

/* Opening is the only question that every file system answers right. */
static int is_denied(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0) {
        close(fd);
        return 0;
    }
    return errno == EACCES || errno == EPERM;
}

static void *look(void *data)
{
    const mssl_access_t *access = data;
    int i, named = 0;

    for (i = 0; i < access->paths->nelts && named < NAMED_MAX; i++) {
        const char *path = APR_ARRAY_IDX(access->paths, i, const char *);

        if (is_denied(path)) {
            report(access, path);
            named++;
        }
    }
    return NULL;
}

void mssl_access_begin(mssl_access_t *access)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, look, access) == 0) {
        pthread_detach(thread);
    }
}
