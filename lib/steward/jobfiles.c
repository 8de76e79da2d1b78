/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/jobfiles.h"

#include <apr_strings.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/issue/settings.h"
#include "lib/issue/shadow.h"
#include "lib/steward/asked.h"

typedef struct loader_t {
    int folder;
    void (*take)(void *baton, const mssl_job_t *job);
    void (*report)(void *baton, const char *text);
    void *baton;
} loader_t;

static void set_aside(const loader_t *loader, const char *file, const mssl_reason_t *why)
{
    char bad[MSSL_NAME_SIZE + 8], text[sizeof(why->text) + sizeof(bad) + 64];

    /* A dot in front: no name begins so. */
    apr_snprintf(bad, sizeof(bad), ".%s.bad", file);
    renameat(loader->folder, file, loader->folder, bad);
    apr_snprintf(text, sizeof(text), "%s; set aside as " MSSL_JOBS_DIR "/%s, and begun anew",
                 why->text, bad);
    loader->report(loader->baton, text);
}

static void load(void *baton, const char *name)
{
    const loader_t *loader = baton;
    char file[MSSL_NAME_SIZE];
    mssl_reason_t why = { "" };
    mssl_job_t job;
    apr_status_t rv = mssl_job_load(&job, loader->folder, name, geteuid(), &why);

    if (rv == APR_SUCCESS && job.of[0] != '\0') {
        mssl_shadow_drop_stale(&job, loader->folder);
    }
    else if (rv == APR_SUCCESS) {
        loader->take(loader->baton, &job);
    }
    else if (rv == APR_EINVAL || rv == APR_EACCES) {
        set_aside(loader, mssl_job_file(file, name), &why);
    }
    else if (!APR_STATUS_IS_ENOENT(rv)) {
        loader->report(loader->baton, why.text);
    }
}

void mssl_jobfiles_load(int folder, void (*take)(void *baton, const mssl_job_t *job),
                        void (*report)(void *baton, const char *text), void *baton)
{
    loader_t loader = { folder, take, report, baton };
    apr_status_t rv = mssl_asked_list(folder, load, &loader);
    char text[256];

    if (rv != APR_SUCCESS) {
        apr_snprintf(text, sizeof(text), MSSL_JOBS_DIR ": %s", strerror(rv));
        report(baton, text);
    }
}
