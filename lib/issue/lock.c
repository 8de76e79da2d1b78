/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/lock.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/issue/job.h"
#include "lib/issue/settings.h"

apr_status_t mssl_lock_take(int *fd, int dir, const char *name, mssl_reason_t *why)
{
    struct stat mine, there;
    char path[MSSL_NAME_SIZE + 32], file[MSSL_NAME_SIZE];
    int rc;

    apr_snprintf(path, sizeof(path), MSSL_WORK_DIR "/%s.lock", mssl_job_file(file, name));
    for (;;) {
        *fd = openat(dir, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (*fd < 0) {
            return mssl_reason_set(why, errno, "%s: %s", path, strerror(errno));
        }
        rc = flock(*fd, LOCK_EX | LOCK_NB);
        if (rc == 0 && fstat(*fd, &mine) == 0 && fstatat(dir, path, &there, 0) == 0
            && mine.st_ino == there.st_ino) {
            return APR_SUCCESS;
        }
        close(*fd);
        *fd = -1;
        if (rc != 0 && errno != EINTR) {
            return mssl_reason_set(why, APR_EAGAIN, "%s: another process works on it", path);
        }
        /* Who had it before took the file away (forget): the next one has another. */
    }
}
