/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/glance.h"

#include <apr_thread_mutex.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/hash.h"

/** A name has one place of these, which the next name for it takes over. */
#define PLACES 512

typedef struct place_t {
    apr_uint64_t hash;
    apr_time_t seen; /* 0: nobody has it */
    mssl_glance_is_t is;
} place_t;

struct mssl_glance_t {
    int jobs;
    uid_t owner;
    mssl_hash_seed_t seed;
    apr_thread_mutex_t *mutex; /* of the places */
    place_t place[PLACES];
};

mssl_glance_t *mssl_glance_make(int jobs, uid_t owner, apr_pool_t *pool)
{
    mssl_glance_t *glance = apr_pcalloc(pool, sizeof(*glance));

    glance->jobs = jobs;
    glance->owner = owner;
    mssl_hash_seed_init(&glance->seed);
    return apr_thread_mutex_create(&glance->mutex, APR_THREAD_MUTEX_DEFAULT, pool) == APR_SUCCESS
               ? glance : NULL;
}

apr_status_t mssl_glance_load(const mssl_glance_t *glance, mssl_job_t *job, const char *name,
                              mssl_reason_t *why)
{
    return mssl_job_load_covering(job, glance->jobs, name, glance->owner, why);
}

apr_time_t mssl_glance_get_written(void *baton)
{
    const mssl_glance_t *glance = baton;
    struct stat st;

    if (fstat(glance->jobs, &st) != 0) {
        return 0;
    }
    return apr_time_from_sec(st.st_mtim.tv_sec) + st.st_mtim.tv_nsec / 1000;
}

static mssl_glance_is_t look(const mssl_glance_t *glance, const char *name, apr_time_t now)
{
    mssl_reason_t why;
    mssl_job_t job;

    if (mssl_job_load(&job, glance->jobs, name, glance->owner, &why) != APR_SUCCESS) {
        return MSSL_GLANCE_NOTHING;
    }
    switch (job.state) {
    case MSSL_JOB_WANTED:
    case MSSL_JOB_ORDERED:
        return MSSL_GLANCE_MAKING;
    case MSSL_JOB_PENDING:
        return MSSL_GLANCE_PENDING;
    case MSSL_JOB_INSTALLED:
        return now - job.installed < MSSL_GLANCE_FRESH ? MSSL_GLANCE_MAKING : MSSL_GLANCE_NOTHING;
    default:
        return MSSL_GLANCE_NOTHING;
    }
}

static mssl_glance_is_t glance_at(mssl_glance_t *glance, const char *name, apr_time_t now)
{
    apr_uint64_t hash = mssl_hash_bytes(&glance->seed, name, strlen(name));
    place_t *place = &glance->place[hash % PLACES];
    place_t found;

    apr_thread_mutex_lock(glance->mutex);
    found = *place;
    apr_thread_mutex_unlock(glance->mutex);
    if (found.seen != 0 && found.hash == hash && now >= found.seen
        && now - found.seen < MSSL_GLANCE_AGE) {
        return found.is;
    }
    found.hash = hash;
    found.seen = now;
    found.is = look(glance, name, now);
    apr_thread_mutex_lock(glance->mutex);
    *place = found;
    apr_thread_mutex_unlock(glance->mutex);
    return found.is;
}

mssl_glance_is_t mssl_glance_at(mssl_glance_t *glance, const char *name, apr_time_t now)
{
    mssl_glance_is_t is = glance_at(glance, name, now);
    char pattern[MSSL_NAME_SIZE];

    return is == MSSL_GLANCE_NOTHING && mssl_name_pattern(pattern, name)
               ? glance_at(glance, pattern, now) : is;
}
