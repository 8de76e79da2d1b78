/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/asked.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/files/folder.h"

apr_status_t mssl_asked_list(int fd, mssl_asked_fn take, void *baton)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *folder = own >= 0 ? fdopendir(own) : NULL;
    char name[MSSL_NAME_SIZE];
    struct dirent *entry;

    if (folder == NULL) {
        apr_status_t rv = errno;

        if (own >= 0) {
            close(own);
        }
        return rv;
    }
    rewinddir(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (mssl_job_parse_file(name, fd, entry->d_name)) {
            take(baton, name);
        }
    }
    closedir(folder);
    return APR_SUCCESS;
}

apr_status_t mssl_asked_load(mssl_request_t *request, int dir, const char *folder, const char *name,
                             mssl_reason_t *why)
{
    int fd = mssl_folder_open(dir, folder);
    apr_status_t rv = fd >= 0 ? mssl_request_load(request, fd, name, why) : APR_ENOENT;

    if (fd >= 0) {
        close(fd);
    }
    return rv;
}

void mssl_asked_remove(int dir, const char *folder, const char *name)
{
    char file[MSSL_NAME_SIZE];
    int fd = mssl_folder_open(dir, folder);

    if (fd >= 0) {
        unlinkat(fd, mssl_job_file(file, name), 0);
        close(fd);
    }
}

mssl_task_t mssl_asked_get_task(mssl_verb_t verb)
{
    static const mssl_task_t tasks[MSSL_VERBS] = {
        [MSSL_VERB_NONE] = MSSL_TASKS,           [MSSL_VERB_ORDER] = MSSL_TASK_ORDER,
        [MSSL_VERB_RETRY] = MSSL_TASK_ORDER,     [MSSL_VERB_FORGET] = MSSL_TASK_FORGET,
        [MSSL_VERB_REVOKE] = MSSL_TASK_REVOKE,   [MSSL_VERB_APPROVE] = MSSL_TASK_APPROVE,
        [MSSL_VERB_RENEW] = MSSL_TASK_ORDER,     [MSSL_VERB_DECLINE] = MSSL_TASK_DECLINE,
        [MSSL_VERB_RESEND] = MSSL_TASK_RESEND,
    };

    return tasks[verb];
}

void mssl_asked_hints(int fd, mssl_asked_fn take, void *baton)
{
    char data[MSSL_NAME_SIZE + 1], name[MSSL_NAME_SIZE];
    ssize_t len;
    int i;

    for (i = 0; fd >= 0 && i < MSSL_HINTS_MAX; i++) {
        len = recv(fd, data, sizeof(data), MSG_DONTWAIT);
        if (len < 0 && errno != EINTR) {
            return;
        }
        if (len > 0 && (size_t)len < sizeof(data) && mssl_name_canon(name, data, (size_t)len)) {
            take(baton, name);
        }
    }
}
