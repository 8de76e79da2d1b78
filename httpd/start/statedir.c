/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <http_core.h>
#include <http_log.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/base/tags.h"
#include "lib/files/folder.h"

APLOG_USE_MODULE(mssl);

#define RUNTIME_NAME "mssl"
/** Others may walk through it to their own folders, and not look around. */
#define ROOTS_MODE 0711
#define USERS_MODE 0700
/** statfs(2)'s f_type of what is gone when the machine is switched off. */
#define TMPFS 0x01021994UL
#define RAMFS 0x858458F6UL

const char *mssl_statedir_get(mssl_global_t *global, apr_pool_t *p)
{
    if (global->state_dir == NULL) {
        /* Not before all is read: DefaultRuntimeDir may follow LoadModule. */
        global->state_dir = geteuid() == 0 ? MSSL_STATEDIR
                                           : ap_runtime_dir_relative(p, RUNTIME_NAME);
    }
    return global->state_dir;
}

static mode_t get_mode(void)
{
    return geteuid() == 0 ? ROOTS_MODE : USERS_MODE;
}

/* What is there is ours and nobody else writes there. */
static apr_status_t judge(const struct stat *st, const char *dir, mssl_reason_t *why)
{
    return st->st_uid == geteuid() && (st->st_mode & 022) == 0
        ? APR_SUCCESS
        : mssl_reason_set(why, APR_EACCES, "'%s' must belong to uid %ld and be writable by "
                          "nobody else; run: chown %ld %s && chmod %o %s", dir, (long)geteuid(),
                          (long)geteuid(), dir, (unsigned)get_mode(), dir);
}

/* The same of one that is open. Narrower than it needs to be: widened. */
static apr_status_t check(int fd, const char *dir, mssl_reason_t *why)
{
    mode_t mode = get_mode();
    apr_status_t rv;
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return mssl_reason_set(why, errno, "'%s' cannot be looked at (%s)", dir, strerror(errno));
    }
    rv = judge(&st, dir, why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if ((st.st_mode & mode) != mode && fchmod(fd, mode) != 0) {
        return mssl_reason_set(why, errno, "the mode of '%s' cannot be set (%s)", dir,
                               strerror(errno));
    }
    return APR_SUCCESS;
}

apr_status_t mssl_statedir_open(mssl_global_t *global, int *fd, apr_pool_t *p, mssl_reason_t *why)
{
    const char *dir = mssl_statedir_get(global, p);
    apr_status_t rv;

    *fd = -1;
    if (mkdir(dir, USERS_MODE) != 0 && errno != EEXIST) {
        return mssl_reason_set(why, errno, "cannot create '%s' (%s); create its parent, or name "
                               "another folder with MSSLStateDir", dir, strerror(errno));
    }
    *fd = mssl_folder_open(AT_FDCWD, dir);
    if (*fd < 0) {
        return mssl_reason_set(why, errno, "'%s' is not a directory that can be opened (%s); remove "
                               "it, or name another folder with MSSLStateDir", dir,
                               strerror(errno));
    }
    rv = check(*fd, dir, why);
    if (rv != APR_SUCCESS) {
        close(*fd);
        *fd = -1;
    }
    return rv;
}

apr_status_t mssl_statedir_look(mssl_global_t *global, apr_pool_t *p, mssl_reason_t *why)
{
    const char *dir = mssl_statedir_get(global, p);
    struct stat st;

    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode) || (st.st_uid == 0 && geteuid() != 0)) {
        return APR_SUCCESS;
    }
    return judge(&st, dir, why);
}

void mssl_statedir_check_disk(mssl_global_t *global, server_rec *s)
{
    const char *dir = mssl_statedir_get(global, s->process->pconf);
    struct statfs fs;
    unsigned long type;

    if ((global->history == NULL && global->issued == NULL) || statfs(dir, &fs) != 0) {
        return;
    }
    type = (unsigned long)fs.f_type & 0xFFFFFFFFUL;
    if (type == TMPFS || type == RAMFS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0236) "MSSLStateDir: '%s' lies in "
                     "memory (tmpfs) and is gone with a reboot, %s with it; name a folder on a disk",
                     dir, global->issued != NULL ? "and all certificates that are issued"
                                                 : "and what is kept of certificates");
    }
}
