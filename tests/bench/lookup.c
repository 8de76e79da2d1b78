/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * lookup PROVIDER:ARGUMENT COUNT SPAN
 *
 * What the store itself costs, without TLS: COUNT random names out of sNNNNNN.bench.example below SPAN are looked
 * up cold (read and parsed), warm (from memory) and after the check interval (stat only), and
 * COUNT names that are not there. Prints one line of JSON; times in microseconds of CPU per lookup.
 */

#include <apr_general.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/providers/providers.h"
#include "lib/store/store.h"

#define NAME_SIZE 64

typedef struct bench_t {
    mssl_store_t *store;
    const mssl_view_t *view;
    long count, span;
    long found;
} bench_t;

static double cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The same names in the same order for the same COUNT and SPAN: a step that is prime to any power of ten. */
static double look(bench_t *bench, const char *form, apr_time_t now)
{
    double begun = cpu_us();
    mssl_choice_t choice;
    char name[NAME_SIZE];
    long i;

    bench->found = 0;
    for (i = 0; i < bench->count; i++) {
        snprintf(name, sizeof(name), form, i * 7919 % bench->span);
        bench->found += mssl_store_lookup(bench->view, name, now, &choice) == APR_SUCCESS;
        mssl_choice_release(&choice);
    }
    return (cpu_us() - begun) / (double)bench->count;
}

static int open_store(bench_t *bench, const char *text, apr_pool_t *pool)
{
    int is_map = strncmp(text, "map:", 4) == 0;
    mssl_reason_t why = { "" };
    mssl_store_conf_t conf;
    mssl_source_t *source;

    mssl_store_conf_init(&conf);
    conf.cache_size = (apr_size_t)bench->count;
    if (mssl_store_make(&bench->store, &conf, pool) != APR_SUCCESS
        || mssl_store_add_provider(&source, bench->store, is_map ? "map" : "dir",
                                   is_map ? &mssl_store_map : &mssl_store_dir, text + 4, 0,
                                   &why) != APR_SUCCESS) {
        fprintf(stderr, "lookup: %s\n", why.text);
        return 0;
    }
    bench->view = mssl_store_get_view(bench->store, &source, 1);
    return 1;
}

static long resident_kb(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) {
        pages = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(int argc, char **argv)
{
    apr_time_t now = 0;
    bench_t bench = { 0 };
    apr_pool_t *pool;
    double begun, open, cold, warm, stats, unknown;
    long found, base;

    if (argc != 4 || (bench.count = atol(argv[2])) < 1 || (bench.span = atol(argv[3])) < 1) {
        fprintf(stderr, "usage: lookup PROVIDER:ARGUMENT COUNT SPAN\n");
        return 2;
    }
    apr_initialize();
    apr_pool_create(&pool, NULL);
    base = resident_kb();
    begun = cpu_us();
    if (!open_store(&bench, argv[1], pool)) {
        return 1;
    }
    /* A map is read at the first look. */
    now = apr_time_now();
    mssl_store_has_name(bench.view, "first.bench.example", now);
    open = (cpu_us() - begun) / 1000;
    cold = look(&bench, "s%06ld.bench.example", now);
    found = bench.found;
    warm = look(&bench, "s%06ld.bench.example", now);
    stats = look(&bench, "s%06ld.bench.example", now + apr_time_from_sec(2));
    unknown = look(&bench, "x%06ld.bench.invalid", now);
    printf("{\"store\": \"%s\", \"names\": %ld, \"asked\": %ld, \"found\": %ld, \"open_ms\": %.1f, "
           "\"cold_us\": %.1f, \"warm_us\": %.2f, \"stat_us\": %.1f, \"unknown_us\": %.1f, "
           "\"resident_mb\": %.1f}\n", argv[1], bench.span, bench.count, found, open, cold, warm,
           stats, unknown, (double)(resident_kb() - base) / 1024);
    apr_pool_destroy(pool);
    apr_terminate();
    return found == bench.count ? 0 : 1;
}
