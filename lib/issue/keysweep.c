/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/keysweep.h"

#include <apr_strings.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/issue/job.h"
#include "lib/issue/lock.h"
#include "lib/issue/settings.h"
#include "lib/issue/shelf.h"

#define DAY apr_time_from_sec(86400)

/** A turn. */
typedef struct turn_t {
    int dir, keys, jobs; /* descriptors */
    apr_time_t now;
} turn_t;

static int is_old(const turn_t *turn, const char *file)
{
    struct stat st;

    return fstatat(turn->keys, file, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)
           && turn->now - apr_time_from_sec((apr_time_t)st.st_mtime) > MSSL_KEY_LIFE;
}

/* "NAME.key", "NAME.csr"; those of an order beside another one (meanwhile.h) are the same name's. */
static int find_name(const turn_t *turn, char name[MSSL_NAME_SIZE], const char *file)
{
    char job[MSSL_NAME_SIZE];
    const char *end = strrchr(file, '.');
    size_t skipped = strncmp(file, MSSL_SHELF_MEANWHILE, strlen(MSSL_SHELF_MEANWHILE)) == 0
                         ? strlen(MSSL_SHELF_MEANWHILE) : 0;

    if (end == NULL || (strcmp(end, ".key") != 0 && strcmp(end, ".csr") != 0)
        || (size_t)(end - file) <= skipped || (size_t)(end - file) - skipped >= sizeof(job)) {
        return 0;
    }
    apr_cpystrn(job, file + skipped, (apr_size_t)(end - file) - skipped + 1);
    return mssl_job_parse_file(name, turn->jobs, job);
}

/* Nothing comes of it by itself, and has not for so long. What cannot be read may be of any state. */
static int is_over(const turn_t *turn, const char *name, int *has_job)
{
    mssl_reason_t why;
    mssl_job_t job;
    apr_status_t rv = mssl_job_load(&job, turn->jobs, name, geteuid(), &why);

    *has_job = !APR_STATUS_IS_ENOENT(rv);
    if (rv != APR_SUCCESS) {
        return !*has_job;
    }
    return (job.state == MSSL_JOB_INSTALLED || job.state == MSSL_JOB_DECLINED
            || job.state == MSSL_JOB_GONE || (job.state == MSSL_JOB_FAILED && job.next == 0))
           && turn->now - job.since > MSSL_KEY_LIFE;
}

static void look(const turn_t *turn, const char *file)
{
    char name[MSSL_NAME_SIZE], path[sizeof(MSSL_WORK_DIR) + MSSL_NAME_SIZE + 8], work[MSSL_NAME_SIZE];
    int lock, has_job = 1;

    if (!is_old(turn, file) || !find_name(turn, name, file)
        || mssl_lock_take(&lock, turn->dir, name, NULL) != APR_SUCCESS) {
        return;
    }
    /* Whoever had the lock may have made it anew. */
    if (is_over(turn, name, &has_job) && is_old(turn, file)) {
        unlinkat(turn->keys, file, 0);
    }
    if (!has_job) { /* it was made just now, for nobody else */
        apr_snprintf(path, sizeof(path), MSSL_WORK_DIR "/%s.lock", mssl_job_file(work, name));
        unlinkat(turn->dir, path, 0);
    }
    close(lock);
}

/* @return whether that was the last of the folder */
static int look_at_some(const turn_t *turn, int *at)
{
    int own = fcntl(turn->keys, F_DUPFD_CLOEXEC, 0), i;
    DIR *list = own >= 0 ? fdopendir(own) : NULL;
    const struct dirent *entry = NULL;

    if (list == NULL) {
        if (own >= 0) {
            close(own);
        }
        return 1;
    }
    rewinddir(list);
    for (i = 0; i < *at + MSSL_KEYSWEEP_MAX && (entry = readdir(list)) != NULL; i++) {
        if (i >= *at) {
            look(turn, entry->d_name);
        }
    }
    closedir(list);
    *at = i;
    return entry == NULL;
}

void mssl_keysweep_turn(mssl_keysweep_t *sweep, int dir, apr_time_t now)
{
    turn_t turn = { dir, -1, -1, now };

    if (now < sweep->next && sweep->next - now <= DAY) { /* else the clock was set back */
        return;
    }
    turn.keys = mssl_folder_open(dir, MSSL_KEYS_DIR);
    turn.jobs = mssl_folder_open(dir, MSSL_JOBS_DIR);
    if (turn.keys < 0 || turn.jobs < 0 || look_at_some(&turn, &sweep->at)) {
        sweep->at = 0;
        sweep->next = now + DAY;
    }
    if (turn.keys >= 0) {
        close(turn.keys);
    }
    if (turn.jobs >= 0) {
        close(turn.jobs);
    }
}
