/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/workers.h"

#include <apr_allocator.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/monotonic.h"

/** What a worker's pool may keep between jobs, bytes. */
#define POOL_KEEP ((apr_size_t)64 * 1024)
/** worker_t.since: its thread has ended. */
#define ENDED (-1)
/** ... and was joined, and no other was started in its place. */
#define EMPTY (-2)

/** A worker and what it is at; under the lock. */
typedef struct worker_t {
    pthread_t thread;
    mssl_workers_t *all;
    apr_time_t since; /* when it began; 0: it is idle; ENDED; EMPTY */
    int source;
    char key[MSSL_NAME_SIZE];
} worker_t;

struct mssl_workers_t {
    mssl_workers_run_fn run;
    void *baton;
    int wanted, a_source;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    worker_t worker[MSSL_WORKERS_MAX];
    int n; /* places in use */
    mssl_job_t *first, **last;
    int is_over;
    apr_pool_t *pool; /* of the thread that ticks */
};

static int hangs(const worker_t *worker, apr_time_t now)
{
    return worker->since > 0 && now - worker->since >= MSSL_WORKERS_HANG_AFTER;
}

/* Those that live and do not hang. */
static int count_able(const mssl_workers_t *workers)
{
    apr_time_t now = mssl_monotonic_now();
    int i, n = 0;

    for (i = 0; i < workers->n; i++) {
        n += workers->worker[i].since >= 0 && !hangs(&workers->worker[i], now);
    }
    return n;
}

/* Whether a job may have a worker now. @param is_busy out: somebody is at its name */
static int may_run(const mssl_workers_t *workers, const mssl_job_t *job, apr_time_t now,
                   int *is_busy)
{
    int i, of_source = 0;

    *is_busy = 0;
    for (i = 0; i < workers->n; i++) {
        const worker_t *worker = &workers->worker[i];

        if (worker->since <= 0 || worker->source != job->source) {
            continue;
        }
        *is_busy |= strcmp(worker->key, job->key) == 0;
        of_source += !hangs(worker, now);
    }
    return !*is_busy && of_source < workers->a_source;
}

/*
 * The first job whose source has a worker to spare and whose name nobody is at.
 * @param is_busy out: it has waited long enough for whoever is at its name
 */
static mssl_job_t *take(mssl_workers_t *workers, int *is_busy)
{
    apr_time_t now = mssl_monotonic_now();
    mssl_job_t **at, *job;

    for (at = &workers->first; (job = *at) != NULL; at = &job->behind) {
        int may = may_run(workers, job, now, is_busy);

        *is_busy = *is_busy && now - job->asked >= MSSL_WORKERS_BUSY_AFTER;
        if (may || *is_busy) {
            *at = job->behind;
            if (*at == NULL) {
                workers->last = at;
            }
            return job;
        }
    }
    return NULL;
}

/* Not for ever where a job waits for whoever is at its name. */
static void wait_for_work(mssl_workers_t *workers)
{
    if (workers->first == NULL) {
        pthread_cond_wait(&workers->wake, &workers->lock);
        return;
    }
    mssl_monotonic_wait(&workers->wake, &workers->lock,
                        mssl_monotonic_now() + MSSL_WORKERS_BUSY_AFTER);
}

/* For ever, but when it hung, came back, and was replaced meanwhile. */
static void work_on(worker_t *self, apr_pool_t *pool)
{
    mssl_workers_t *workers = self->all;

    while (!workers->is_over && count_able(workers) <= workers->wanted) {
        int is_busy;
        mssl_job_t *job = take(workers, &is_busy);

        if (job == NULL) {
            wait_for_work(workers);
            continue;
        }
        if (!is_busy) {
            self->since = mssl_monotonic_now();
            self->source = job->source;
            memcpy(self->key, job->key, sizeof(self->key));
        }
        pthread_mutex_unlock(&workers->lock);
        workers->run(workers->baton, job, is_busy, pool);
        apr_pool_clear(pool);
        pthread_mutex_lock(&workers->lock);
        self->since = 0;
        pthread_cond_broadcast(&workers->wake); /* some may have waited for this source or name */
    }
}

static void *work(void *data)
{
    worker_t *self = data;
    mssl_workers_t *workers = self->all;
    apr_pool_t *pool = NULL;

    /* Emptied after each job: APR maps memory for a pool and unmaps it. */
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) == APR_SUCCESS) {
        apr_allocator_max_free_set(apr_pool_allocator_get(pool), POOL_KEEP);
    }
    pthread_mutex_lock(&workers->lock);
    if (pool != NULL) {
        work_on(self, pool);
    }
    self->since = ENDED;
    pthread_mutex_unlock(&workers->lock);
    if (pool != NULL) {
        apr_pool_destroy(pool);
    }
    return NULL;
}

/* One more, in a place that is free or whose thread has ended. The lock is held. */
static int start(mssl_workers_t *workers)
{
    worker_t *worker;
    int i;

    for (i = 0; i < workers->n && workers->worker[i].since >= 0; i++) {
        continue;
    }
    if (i == MSSL_WORKERS_MAX) {
        return 0;
    }
    worker = &workers->worker[i];
    if (i < workers->n && worker->since == ENDED) {
        pthread_join(worker->thread, NULL);
    }
    worker->all = workers;
    worker->since = 0;
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
        worker->since = EMPTY;
        workers->n += i == workers->n;
        return 0;
    }
    workers->n += i == workers->n;
    return 1;
}

mssl_workers_t *mssl_workers_new(int n, int a_source, mssl_workers_run_fn run, void *baton)
{
    mssl_workers_t *workers = calloc(1, sizeof(*workers));
    int started = 0;

    if (workers == NULL || pthread_mutex_init(&workers->lock, NULL) != 0) {
        free(workers);
        return NULL;
    }
    if (mssl_monotonic_init_cond(&workers->wake) != 0) {
        pthread_mutex_destroy(&workers->lock);
        free(workers);
        return NULL;
    }
    if (apr_pool_create_unmanaged_ex(&workers->pool, NULL, NULL) != APR_SUCCESS) {
        pthread_cond_destroy(&workers->wake);
        pthread_mutex_destroy(&workers->lock);
        free(workers);
        return NULL;
    }
    workers->run = run;
    workers->baton = baton;
    workers->wanted = n < MSSL_WORKERS_MAX ? n : MSSL_WORKERS_MAX;
    workers->a_source = a_source;
    workers->last = &workers->first;
    pthread_mutex_lock(&workers->lock);
    while (started < workers->wanted && start(workers)) {
        started++;
    }
    pthread_mutex_unlock(&workers->lock);
    if (started == 0) {
        mssl_workers_free(workers);
        return NULL;
    }
    return workers;
}

void mssl_workers_add(mssl_workers_t *workers, mssl_job_t *job)
{
    job->behind = NULL;
    job->asked = mssl_monotonic_now();
    pthread_mutex_lock(&workers->lock);
    *workers->last = job;
    workers->last = &job->behind;
    pthread_cond_signal(&workers->wake);
    pthread_mutex_unlock(&workers->lock);
}

/* The first job, if it has waited too long: those behind it came later. The lock is held. */
static mssl_job_t *take_late(mssl_workers_t *workers)
{
    mssl_job_t *job = workers->first;

    if (job == NULL || mssl_monotonic_now() - job->asked < MSSL_WORKERS_QUEUE_MAX) {
        return NULL;
    }
    workers->first = job->behind;
    if (workers->first == NULL) {
        workers->last = &workers->first;
    }
    return job;
}

int mssl_workers_tick(mssl_workers_t *workers)
{
    int n, are_waiting;
    mssl_job_t *late;

    pthread_mutex_lock(&workers->lock);
    while ((late = take_late(workers)) != NULL) {
        pthread_mutex_unlock(&workers->lock);
        workers->run(workers->baton, late, 1, workers->pool);
        apr_pool_clear(workers->pool);
        pthread_mutex_lock(&workers->lock);
    }
    are_waiting = workers->first != NULL;
    n = are_waiting ? count_able(workers) : workers->wanted;
    while (n < workers->wanted && start(workers)) {
        n++;
    }
    pthread_mutex_unlock(&workers->lock);
    return are_waiting;
}

void mssl_workers_free(mssl_workers_t *workers)
{
    char is_empty[MSSL_WORKERS_MAX] = { 0 };
    int i;

    pthread_mutex_lock(&workers->lock);
    workers->is_over = 1;
    for (i = 0; i < workers->n; i++) {
        is_empty[i] = workers->worker[i].since == EMPTY;
    }
    pthread_cond_broadcast(&workers->wake);
    pthread_mutex_unlock(&workers->lock);
    for (i = 0; i < workers->n; i++) {
        if (!is_empty[i]) {
            pthread_join(workers->worker[i].thread, NULL);
        }
    }
    apr_pool_destroy(workers->pool);
    pthread_cond_destroy(&workers->wake);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}
