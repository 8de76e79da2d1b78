/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/statefolder.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "httpd/start/statedir.h"
#include "httpd/start/user.h"
#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/inventory/file.h"
#include "lib/inventory/history.h"
#include "lib/process/confine.h"

#define LOCK_FILE "lock"
/** Set-gid: what is made there has the folder's group, the steward's. */
#define MODE 02750

int mssl_statefolder_lock(mssl_global_t *global, server_rec *s, pid_t *owner)
{
    apr_pool_t *pool = s->process->pool;
    const char *key = apr_pstrcat(pool, "mssl:lock:", mssl_statedir_get(global, pool), NULL);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    mssl_reason_t why;
    void *held = NULL;
    int dir, fd;

    apr_pool_userdata_get(&held, key, pool);
    if (held != NULL || mssl_statedir_open(global, &dir, pool, &why) != APR_SUCCESS) {
        return 1;
    }
    fd = openat(dir, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    close(dir);
    if (fd < 0) {
        return 1;
    }
    if (fcntl(fd, F_SETLK, &lock) != 0 && (errno == EACCES || errno == EAGAIN)) {
        *owner = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
        close(fd);
        return 0;
    }
    /* A file system that knows no locks: as if it were ours. The descriptor stays open. */
    apr_pool_userdata_set(apr_pmemdup(pool, &fd, sizeof(fd)), key, apr_pool_cleanup_null, pool);
    return 1;
}

/* The folder is to be that user's, and of nobody else's who writes. */
static apr_status_t give(int fd, const char *name, const mssl_owner_t *owner, mssl_reason_t *why)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return mssl_reason_set(why, errno, "%s cannot be looked at (%s)", name, strerror(errno));
    }
    if ((st.st_uid != owner->uid || st.st_gid != owner->gid)
        && fchown(fd, owner->uid, owner->gid) != 0) {
        return mssl_reason_set(why, errno, "%s cannot be given to uid %lu (%s)", name,
                               (unsigned long)owner->uid, strerror(errno));
    }
    if ((st.st_mode & 07777) != owner->mode && fchmod(fd, owner->mode) != 0) {
        return mssl_reason_set(why, errno, "the mode of %s cannot be set (%s)", name,
                               strerror(errno));
    }
    return APR_SUCCESS;
}

apr_status_t mssl_statefolder_make(int *fd, int dir, const char *name, const mssl_owner_t *owner,
                                   mssl_reason_t *why)
{
    apr_status_t rv;

    *fd = -1;
    if (mkdirat(dir, name, 0700) != 0 && errno != EEXIST) {
        return mssl_reason_set(why, errno, "%s cannot be made (%s)", name, strerror(errno));
    }
    *fd = mssl_folder_open(dir, name);
    if (*fd < 0) {
        return mssl_reason_set(why, errno, "%s is not a folder that can be opened (%s)", name,
                               strerror(errno));
    }
    rv = give(*fd, name, owner, why);
    if (rv != APR_SUCCESS) {
        close(*fd);
        *fd = -1;
    }
    return rv;
}

apr_status_t mssl_statefolder_open(mssl_global_t *global, int *fd, apr_pool_t *pconf,
                                   mssl_reason_t *why)
{
    const mssl_user_t *user = mssl_user_find(global, pconf);
    mssl_plan_t plan;
    apr_status_t rv;
    gid_t group;
    int dir;

    *fd = -1;
    mssl_confine_plan(&plan, MSSL_ROLE_INVENTORY, user->uid, user->gid);
    if (!plan.writes) {
        return mssl_reason_set(why, APR_EACCES, "a process of root's that may write needs "
                               "Landlock; make the user '%s'", user->name);
    }
    if (mssl_statedir_open(global, &dir, pconf, why) != APR_SUCCESS) {
        return APR_SUCCESS;
    }
    if (geteuid() != 0 || !mssl_user_find_steward_group(global, &group)) {
        group = plan.gid;
    }
    rv = mssl_statefolder_make(fd, dir, MSSL_BOOK_FOLDER, &(mssl_owner_t){ plan.uid, group, MODE },
                               why);
    if (rv == APR_SUCCESS) {
        /* What is there already stays: it leads there, or somebody wants it otherwise. */
        (void)!symlinkat(MSSL_BOOK_FOLDER "/" MSSL_BOOK_FILE, dir, MSSL_BOOK_FILE);
    }
    close(dir);
    return rv;
}

apr_status_t mssl_statefolder_open_history(mssl_global_t *global, int *fd, apr_pool_t *pconf,
                                           mssl_reason_t *why)
{
    const mssl_user_t *user = mssl_user_find(global, pconf);
    mssl_plan_t plan;
    apr_status_t rv;
    int dir;

    *fd = -1;
    mssl_confine_plan(&plan, MSSL_ROLE_INVENTORY, user->uid, user->gid);
    if (!plan.writes || plan.uid == 0
        || mssl_statedir_open(global, &dir, pconf, why) != APR_SUCCESS) {
        return APR_SUCCESS;
    }
    rv = mssl_statefolder_make(fd, dir, MSSL_HISTORY_FOLDER,
                               &(mssl_owner_t){ plan.uid, plan.gid, 0700 }, why);
    close(dir);
    return rv;
}

apr_status_t mssl_statefolder_write(int dir, const char *name, apr_status_t rv, mssl_buffer_t *text,
                                    const mssl_owner_t *owner, mssl_reason_t *why)
{
    if (rv != APR_SUCCESS) {
        mssl_reason_set(why, rv, "%s: %s", name, rv == APR_ENOSPC ? "it would be too large"
                                                                  : "no memory for it");
    }
    else {
        rv = mssl_file_write_changed(dir, name, text->data != NULL ? text->data : "", text->len,
                                     owner, NULL, why);
    }
    mssl_buffer_free(text);
    return rv;
}
