/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/ends.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/folder.h"
#include "lib/issue/settings.h"
#include "lib/notify/standing.h"

mssl_job_state_t ctl_ends_state(ctl_end_t end)
{
    return end == CTL_END_FAILED ? MSSL_JOB_FAILED : MSSL_JOB_DECLINED;
}

const char *ctl_ends_text(apr_pool_t *pool, ctl_end_t end, int n)
{
    return end == CTL_END_FAILED
               ? apr_psprintf(pool, "%d certificate%s could not be made", n, n == 1 ? "" : "s")
               : apr_psprintf(pool, "%d order%s declined", n, n == 1 ? " was" : "s were");
}

const char *ctl_ends_command(apr_pool_t *pool, ctl_end_t end)
{
    return apr_pstrcat(pool, "msslctl jobs --state ", mssl_job_state_text(ctl_ends_state(end)), NULL);
}

/* The folder is the steward's, in one of root's. @return whether it is there */
static int get_owner(uid_t *owner, int dir, const char *name)
{
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode)) {
        return 0;
    }
    *owner = st.st_uid;
    return 1;
}

static void count_all(int counts[CTL_ENDS], int dir, apr_pool_t *pool)
{
    mssl_standing_t *standing = NULL;
    mssl_reason_t why;
    uid_t owner;
    int i, end;

    if (!get_owner(&owner, dir, MSSL_STANDING_FOLDER)
        || mssl_standing_read(&standing, dir, owner, pool, &why) != APR_SUCCESS) {
        return;
    }
    for (i = 0; i < standing->njobs; i++) {
        const mssl_standing_jobs_t *jobs = &standing->jobs[i];

        for (end = 0; end < CTL_ENDS; end++) {
            if (strcmp(jobs->state, mssl_job_state_text(ctl_ends_state((ctl_end_t)end))) == 0) {
                counts[end] = jobs->n < INT_MAX ? (int)jobs->n : INT_MAX;
            }
        }
    }
}

static void count_some(int counts[CTL_ENDS], int dir, const char *const *names, int n)
{
    int jobs = mssl_folder_open(dir, MSSL_JOBS_DIR), i, end, is_there;
    mssl_reason_t why;
    mssl_job_t job;
    uid_t owner;

    is_there = jobs >= 0 && get_owner(&owner, dir, MSSL_JOBS_DIR);
    for (i = 0; is_there && i < n; i++) {
        if (mssl_job_load_covering(&job, jobs, names[i], owner, &why) != APR_SUCCESS) {
            continue;
        }
        for (end = 0; end < CTL_ENDS; end++) {
            counts[end] += job.state == ctl_ends_state((ctl_end_t)end);
        }
    }
    if (jobs >= 0) {
        close(jobs);
    }
}

void ctl_ends_count(int counts[CTL_ENDS], const ctl_server_t *server, const char *const *names, int n,
                    apr_pool_t *pool)
{
    int dir = server->state_dir != NULL
                  ? open(server->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

    memset(counts, 0, CTL_ENDS * sizeof(*counts));
    if (dir < 0) {
        return;
    }
    if (n > 0) {
        count_some(counts, dir, names, n);
    }
    else {
        count_all(counts, dir, pool);
    }
    close(dir);
}
