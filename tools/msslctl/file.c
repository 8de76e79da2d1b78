/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/file.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/inventory/history.h"

/** What a new file gets of the others' mode: nobody but its owner writes it, nobody executes it. */
#define MODE_MASK 0644

/* Nobody else can put another folder in its place, or files into it. */
static int is_ours(const struct stat *st, int is_last)
{
    int is_sticky = (st->st_mode & S_ISVTX) != 0 && !is_last;

    return (st->st_uid == 0 || st->st_uid == geteuid()) && ((st->st_mode & 022) == 0 || is_sticky);
}

/* Whether it stands in a command as it is: no byte that a shell reads otherwise. */
static int is_plain(const char *path)
{
    return path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._@+=:-")]
           == '\0';
}

/* With what mends it, to be typed. */
static apr_status_t refuse(const char *folder, const struct stat *st, apr_pool_t *pool,
                           mssl_reason_t *why)
{
    const char *it = is_plain(folder) ? folder : "that folder";
    int is_other = st->st_uid != 0 && st->st_uid != geteuid(), is_open = (st->st_mode & 022) != 0;

    return mssl_reason_set(why, APR_EACCES, "%s is not root's alone to write; run: %s%s%s", folder,
                           is_other ? apr_pstrcat(pool, "chown root ", it, NULL) : "",
                           is_other && is_open ? " && " : "",
                           is_open ? apr_pstrcat(pool, "chmod go-w ", it, NULL) : "");
}

/* Step by step from the root, as a path that is walked twice may lead elsewhere. */
static apr_status_t open_folder(int *fd, const char *path, apr_pool_t *pool, mssl_reason_t *why)
{
    char *state = NULL, *part, *copy = apr_pstrdup(pool, path);
    apr_status_t rv = APR_SUCCESS;
    struct stat st;
    int next;

    *fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (part = apr_strtok(copy, "/", &state); *fd >= 0 && rv == APR_SUCCESS && part != NULL;) {
        const char *after = apr_strtok(NULL, "/", &state);

        next = mssl_folder_open(*fd, part);
        if (next < 0) {
            rv = mssl_reason_set(why, errno, "%s: '%s' cannot be opened as a folder (%s)", path, part,
                                 strerror(errno));
        }
        else if (fstat(next, &st) != 0) {
            rv = mssl_reason_set(why, errno, "%s: '%s' cannot be looked at", path, part);
        }
        else if (!is_ours(&st, after == NULL)) {
            rv = refuse(apr_pstrndup(pool, path, (apr_size_t)(part - copy) + strlen(part)), &st,
                        pool, why);
        }
        close(*fd);
        *fd = next;
        part = (char *)after;
    }
    if (*fd < 0 && rv == APR_SUCCESS) {
        rv = mssl_reason_set(why, errno, "%s: cannot be opened (%s)", path, strerror(errno));
    }
    return rv;
}

static apr_status_t read_before(ctl_file_t *file, mssl_reason_t *why)
{
    int fd = openat(file->dir, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    apr_status_t rv = APR_SUCCESS;
    char part[8192];
    struct stat st;
    ssize_t n;

    if (fd < 0) {
        return errno == ENOENT ? APR_SUCCESS
                               : mssl_reason_set(why, errno, "%s: cannot be opened (%s)",
                                                 file->name, strerror(errno));
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        rv = mssl_reason_set(why, APR_EGENERAL, "%s: is no file", file->name);
    }
    while (rv == APR_SUCCESS && (n = read(fd, part, sizeof(part))) != 0) {
        rv = n < 0 ? errno : mssl_buffer_add(&file->before, part, (size_t)n);
    }
    close(fd);
    if (rv != APR_SUCCESS) {
        return why->text[0] != '\0' ? rv : mssl_reason_set(why, rv, "%s: cannot be read",
                                                           file->name);
    }
    file->is_there = 1;
    file->owner = (mssl_owner_t){ st.st_uid, st.st_gid, st.st_mode & 07777 & ~022u };
    return APR_SUCCESS;
}

apr_status_t ctl_file_open(ctl_file_t *file, const ctl_plan_t *plan, const ctl_wish_t *wish,
                           apr_pool_t *pool, mssl_reason_t *why)
{
    char *real;
    apr_status_t rv;

    memset(file, 0, sizeof(*file));
    file->dir = -1;
    file->before.max = MSSL_FILE_MAX;
    file->folder = ctl_plan_folder(plan, wish, pool);
    file->name = ctl_plan_file(plan, wish, pool);
    file->owner = plan->has_owner
                      ? (mssl_owner_t){ plan->uid, plan->gid, plan->mode & MODE_MASK }
                      : (mssl_owner_t){ (uid_t)-1, (gid_t)-1, 0600 };
    real = realpath(file->folder, NULL); /* links on the way are root's, or it is not his folder */
    rv = open_folder(&file->dir, real != NULL ? real : file->folder, pool, why);
    free(real);
    if (rv == APR_SUCCESS) {
        rv = read_before(file, why);
    }
    if (geteuid() != 0) {
        file->owner.uid = (uid_t)-1; /* who is not root gives nothing away */
        file->owner.gid = (gid_t)-1;
    }
    return rv;
}

apr_status_t ctl_file_write(const ctl_file_t *file, const mssl_blob_t *text, mssl_reason_t *why)
{
    return mssl_file_write(file->dir, file->name, text->data, text->len, &file->owner, why);
}

apr_status_t ctl_file_undo(const ctl_file_t *file, mssl_reason_t *why)
{
    if (file->is_there) {
        return mssl_file_write(file->dir, file->name, file->before.data, file->before.len,
                               &file->owner, why);
    }
    if (unlinkat(file->dir, file->name, 0) != 0) {
        return mssl_reason_set(why, errno, "%s: cannot be removed (%s)", file->name,
                               strerror(errno));
    }
    fsync(file->dir);
    return APR_SUCCESS;
}

void ctl_file_close(ctl_file_t *file)
{
    if (file->dir >= 0) {
        close(file->dir);
    }
    file->dir = -1;
    mssl_buffer_free(&file->before);
}

/** What the keeper is given. */
typedef struct keeping_t {
    const ctl_wish_t *wish;
    const char *folder;
    const mssl_blob_t *old;
} keeping_t;

/* In the worker, who is MSSLUser. */
static int keep(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    const keeping_t *keeping = baton;
    int dir = mssl_folder_open(AT_FDCWD, keeping->folder);
    mssl_reason_t why = { "" };
    apr_uint32_t number = 0;
    int most = keeping->wish->server->keep;
    apr_status_t rv = dir < 0 ? errno : APR_SUCCESS;

    (void)stop;
    if (rv == APR_SUCCESS) {
        rv = mssl_history_add(dir, keeping->wish->name, keeping->old, NULL,
                              most > CTL_HISTORY_KEEP ? most : CTL_HISTORY_KEEP, &number, ctl->pool,
                              &why);
        close(dir);
    }
    fprintf(out, "%u", rv == APR_SUCCESS ? number : 0);
    return rv == APR_SUCCESS ? CTL_FINE : CTL_NOT_WRITTEN;
}

/* MSSLStateDir is root's; history in it is MSSLUser's, and root goes no further. */
static const char *make_folder(const char **folder, ctl_t *ctl, const ctl_server_t *server)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam(server->user) : NULL;
    int dir = mssl_folder_open(AT_FDCWD, server->state_dir), fd;
    const char *wrong = NULL;

    if (geteuid() == 0 && (user == NULL || user->pw_uid == 0)) {
        wrong = apr_psprintf(ctl->pool, "there is no user %s (MSSLUser), to whom history belongs",
                             server->user);
    }
    else if (dir < 0) {
        wrong = apr_psprintf(ctl->pool, "%s cannot be opened (%s)", server->state_dir,
                             strerror(errno));
    }
    else if (mkdirat(dir, MSSL_HISTORY_FOLDER, 0700) == 0 && user != NULL) {
        fd = mssl_folder_open(dir, MSSL_HISTORY_FOLDER);
        if (fd < 0 || fchown(fd, user->pw_uid, user->pw_gid) != 0) {
            wrong = "its folder cannot be given to MSSLUser";
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    if (dir >= 0) {
        close(dir);
    }
    *folder = apr_pstrcat(ctl->pool, server->state_dir, "/" MSSL_HISTORY_FOLDER, NULL);
    return wrong;
}

const char *ctl_file_keep(ctl_t *ctl, const ctl_wish_t *wish, const mssl_blob_t *old,
                          unsigned *number)
{
    keeping_t keeping = { wish, NULL, old };
    mssl_buffer_t answer = { .max = 32 };
    const char *wrong = make_folder(&keeping.folder, ctl, wish->server);

    *number = 0;
    if (wrong != NULL) {
        return wrong;
    }
    if (ctl_worker_take(ctl, wish->server, MSSL_ROLE_KEEPER, keep, &keeping, &answer) != CTL_FINE) {
        wrong = apr_psprintf(ctl->pool, "%s cannot be written", keeping.folder);
    }
    else if (answer.data != NULL) {
        *number = (unsigned)strtoul(answer.data, NULL, 10);
    }
    mssl_buffer_free(&answer);
    return wrong;
}
