/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * walks STORE STATE KEEP
 *
 * What the inventory costs without httpd around it, and without the pace that it keeps there: a first walk
 * of the store dir:STORE with nothing known, and one more where nothing has changed, each with what the
 * history (KEEP versions; 0: none) has to do behind it, and with what is written into the folder STATE.
 * Prints a line of JSON for each, with seconds of this process's CPU: of the walk, and of what was done
 * until nothing was to be done any more.
 */

#include <apr_general.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/inventory/history.h"
#include "lib/inventory/walk.h"
#include "lib/providers/providers.h"

/** Nothing more is done when so much CPU at most was used in so many ticks of a tenth of a second. */
#define IDLE_CPU 0.01
#define IDLE_TICKS 10
#define TICK (100 * 1000)
#define BETWEEN apr_time_from_sec(4)

typedef struct bench_t {
    mssl_walk_conf_t conf;
    mssl_ways_t ways;
    mssl_served_t history;
    const mssl_view_t *view;
    apr_pool_t *pool;
    int ends[2];
    int done; /* atomic: walks that have ended */
} bench_t;

static double cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const mssl_view_t *get_view(void *baton, int way, const char *name, int i)
{
    (void)way;
    (void)name;
    return i == 0 ? ((bench_t *)baton)->view : NULL;
}

static void report(void *baton, mssl_walk_event_t event, const char *label, const char *text)
{
    bench_t *bench = baton;

    if (event == MSSL_WALK_DONE) {
        __atomic_add_fetch(&bench->done, 1, __ATOMIC_RELAXED);
    }
    else {
        fprintf(stderr, "walks: %s: %s\n", label != NULL ? label : "inventory", text);
        exit(1);
    }
}

static void *run(void *data)
{
    bench_t *bench = data;
    apr_pool_t *pool;

    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS
        || mssl_walk_run(&bench->conf, pool) != APR_SUCCESS) {
        exit(1);
    }
    apr_pool_destroy(pool);
    return NULL;
}

static void wait_idle(void)
{
    double before;
    int idle = 0;

    while (idle < IDLE_TICKS) {
        before = cpu();
        usleep(TICK);
        idle = cpu() - before < IDLE_CPU / IDLE_TICKS ? idle + 1 : 0;
    }
}

static void wait_done(const bench_t *bench, int n)
{
    while (__atomic_load_n(&bench->done, __ATOMIC_RELAXED) < n) {
        usleep(TICK / 10);
    }
}

/*
 * Walks in a thread, as an inventory that goes on from what is written; until so many are done.
 * @param walk, history out: seconds of the last one, and of what was done behind it
 */
static void walk_through(bench_t *bench, int walks, double *walk, double *history)
{
    double begun = cpu(), ended;
    pthread_t thread;
    int i;

    if (pipe(bench->ends) != 0) {
        exit(1);
    }
    bench->conf.stop = bench->ends[0];
    bench->done = 0;
    if (pthread_create(&thread, NULL, run, bench) != 0) {
        exit(1);
    }
    for (i = 1; i <= walks; i++) {
        begun = i > 1 ? cpu() : begun;
        wait_done(bench, i);
        ended = cpu();
        *walk = ended - begun;
        wait_idle();
        *history = cpu() - ended;
    }
    close(bench->ends[1]);
    pthread_join(thread, NULL);
    close(bench->ends[0]);
}

static void say(const char *what, double walk, double history)
{
    printf("{\"walk\": \"%s\", \"cpu_s\": %.3f, \"history_cpu_s\": %.3f}\n", what, walk, history);
}

static int open_folder(const char *parent, const char *name, apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, parent, "/", name, NULL);

    if (mkdir(path, 0700) != 0) {
        fprintf(stderr, "walks: %s: %s; STATE is to be an empty folder\n", path, strerror(errno));
        exit(1);
    }
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void set_up(bench_t *bench, const char *store, const char *state, int keep)
{
    mssl_store_conf_t conf;
    mssl_reason_t why = { "" };
    mssl_source_t *source;

    mssl_store_conf_init(&conf);
    if (mssl_store_make(&bench->conf.store, &conf, bench->pool) != APR_SUCCESS
        || mssl_store_add_provider(&source, bench->conf.store, "dir", &mssl_store_dir, store, 0,
                                   &why) != APR_SUCCESS
        || mssl_index_make(&bench->conf.index, bench->pool) != APR_SUCCESS) {
        fprintf(stderr, "walks: %s\n", why.text);
        exit(1);
    }
    bench->view = mssl_store_get_view(bench->conf.store, &source, 1);
    bench->ways = (mssl_ways_t){ 1, get_view, bench };
    bench->conf.ways = &bench->ways;
    bench->conf.dir = open_folder(state, "inventory.d", bench->pool);
    bench->history.dir = open_folder(state, MSSL_HISTORY_FOLDER, bench->pool);
    bench->history.path = apr_pstrcat(bench->pool, state, "/" MSSL_HISTORY_FOLDER, NULL);
    bench->conf.history = keep > 0 ? &bench->history : NULL;
    bench->conf.versions = keep;
    bench->conf.patience = apr_time_from_sec(60);
    bench->conf.report = report;
    bench->conf.baton = bench;
    mssl_warns_init(&bench->conf.warns);
}

int main(int argc, char **argv)
{
    static bench_t bench;
    double walk, history;

    if (argc != 4) {
        fprintf(stderr, "usage: walks STORE STATE KEEP\n");
        return 64;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    apr_initialize();
    apr_pool_create(&bench.pool, NULL);
    set_up(&bench, argv[1], argv[2], atoi(argv[3]));
    bench.conf.interval = apr_time_from_sec(3600);
    walk_through(&bench, 1, &walk, &history);
    say("first", walk, history);
    /* The next one reads the file, and looks whether the history is there: that is not what an hour costs. */
    bench.conf.is_restart = 1;
    bench.conf.interval = BETWEEN;
    walk_through(&bench, 2, &walk, &history);
    say("unchanged", walk, history);
    return 0;
}
