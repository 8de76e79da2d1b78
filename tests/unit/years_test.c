/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

/*
 * Two years of issuing in a few seconds: the schedule, the ledger and the plan as they are, a clock that
 * is only a number, and a certificate authority that keeps Let's Encrypt's limits and fails now and
 * then. MSSL_YEARS_NAMES names (2,000). Also with one that says when to renew, and once revokes all.
 */

#include <apr_general.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/issue/advice.h"
#include "lib/issue/plan.h"
#include "lib/issue/schedule.h"
#include "lib/issue/suffix.h"
#include "tests/unit/certs.h"

#define HOUR apr_time_from_sec(3600)
#define DAY (24 * HOUR)
#define BEGIN apr_time_from_sec(1800000000)
/** How long a turn takes, and how many of a hundred orders the authority fails. */
#define TURN apr_time_from_sec(5)
#define FAILS 3
/** When an authority that advises wants all of them renewed at once. */
#define REVOKES (BEGIN + 200 * DAY)
/** When an authority that is out for some days stops answering. */
#define OUT (BEGIN + 300 * DAY)
/** Names of one registered domain. */
#define PER_DOMAIN 80

typedef struct site_t {
    mssl_job_t job;
    int certificates, asked;
} site_t;

/** The last times of something that is limited. */
typedef struct window_t {
    apr_time_t *at;
    int n, size;
} window_t;

typedef struct world_t {
    apr_pool_t *pool;
    int nsites;
    site_t *site;
    apr_hash_t *by_name;
    mssl_issuing_t issuing;
    mssl_ledger_t *ledger;
    mssl_schedule_t *schedule;
    mssl_advice_t *advice;   /* NULL: the authority has none */
    apr_time_t now, asked;   /* asked: when it was asked for advice last */
    apr_interval_time_t life, out;
    window_t orders, *domains;
    unsigned int seed;
    long first_orders, renewals, failures, missed;
    struct {
        site_t *site;
        mssl_turn_t turn;
        apr_time_t ends;
    } running[MSSL_TURNS];
} world_t;

static unsigned int draw(world_t *world, unsigned int n)
{
    world->seed = world->seed * 1103515245u + 12345u;
    return (world->seed >> 8) % n;
}

/* One more of what may be n times in each: whether it may. */
static int is_within(window_t *window, apr_time_t now, int n, apr_interval_time_t each)
{
    int i, kept = 0;

    for (i = 0; i < window->n; i++) {
        if (now - window->at[i] < each) {
            window->at[kept++] = window->at[i];
        }
    }
    window->n = kept;
    if (window->n == window->size) {
        window->size = window->size * 2 + 8;
        window->at = realloc(window->at, (size_t)window->size * sizeof(*window->at));
    }
    window->at[window->n++] = now;
    return window->n <= n;
}

static void make_name(char *name, size_t size, int i)
{
    snprintf(name, size, "site%d.example%d.com", i, i / PER_DOMAIN);
}

static void make_world(world_t *world, int nsites, int days)
{
    static const char *argv[] = { "/none", NULL };
    int i;

    memset(world, 0, sizeof(*world));
    apr_pool_create(&world->pool, NULL);
    world->nsites = nsites;
    world->site = calloc((size_t)nsites, sizeof(*world->site));
    world->domains = calloc((size_t)nsites / PER_DOMAIN + 1, sizeof(*world->domains));
    world->by_name = apr_hash_make(world->pool);
    world->now = BEGIN;
    world->life = days * DAY;
    world->seed = 1;
    mssl_issuing_init(&world->issuing, world->pool);
    APR_ARRAY_PUSH(world->issuing.issuers, mssl_issuer_t) = (mssl_issuer_t){ "ca", argv };
    world->ledger = mssl_ledger_make(-1, world->pool);
    world->schedule = mssl_schedule_make(&world->issuing, world->ledger, world->pool);
    for (i = 0; i < nsites; i++) {
        char name[64];

        make_name(name, sizeof(name), i);
        mssl_job_init(&world->site[i].job, name, BEGIN);
        apr_hash_set(world->by_name, world->site[i].job.name, APR_HASH_KEY_STRING, &world->site[i]);
    }
}

static void free_world(world_t *world)
{
    int i;

    for (i = 0; i <= world->nsites / PER_DOMAIN; i++) {
        free(world->domains[i].at);
    }
    free(world->domains);
    free(world->orders.at);
    free(world->site);
    apr_pool_destroy(world->pool);
}

static int is_served(void *baton, const char *name)
{
    (void)baton;
    (void)name;
    return 0;
}

static void ignore(void *baton, const char *text)
{
    (void)baton;
    fail_msg("%s", text);
}

/* All names are added at once, by a list. */
static void permit_all(world_t *world, const char *root)
{
    FILE *file = fopen(apr_pstrcat(world->pool, root, "/names", NULL), "w");
    int i;

    for (i = 0; i < world->nsites; i++) {
        fprintf(file, "%s\n", world->site[i].job.name);
    }
    fclose(file);
    APR_ARRAY_PUSH(world->issuing.lists, const char *) = apr_pstrcat(world->pool, root, "/names",
                                                                     NULL);
    mssl_schedule_permit(world->schedule, mssl_permits_read(&world->issuing, -1, NULL, NULL, ignore, NULL,
                                                            world->pool), world->now);
    mssl_schedule_survey(world->schedule, is_served, NULL, world->now);
}

static int is_out(const world_t *world, apr_time_t at)
{
    return at >= OUT && at < OUT + world->out;
}

/* What the authority says. */
static void order(world_t *world, site_t *site, mssl_job_why_t why)
{
    mssl_job_t *job = &site->job;
    int domain = atoi(strstr(job->name, ".example") + 8);

    if (why == MSSL_WHY_FIRST) {
        world->first_orders++;
        assert_true(is_within(&world->orders, world->now, 300, 3 * HOUR));
    }
    else {
        world->renewals++;
    }
    if (is_out(world, world->now)) {
        world->missed++;
        mssl_plan_fail(job, MSSL_CLASS_CA, 0, world->now);
        return;
    }
    if (world->out == 0 && draw(world, 100) < FAILS) {
        world->failures++;
        mssl_plan_fail(job, draw(world, 2) ? MSSL_CLASS_CA : MSSL_CLASS_CONNECTION, 0, world->now);
        return;
    }
    if (why == MSSL_WHY_FIRST) {
        assert_true(is_within(&world->domains[domain], world->now, 50, 7 * DAY));
    }
    site->certificates++;
    job->state = MSSL_JOB_INSTALLED;
    job->since = job->installed = world->now;
    job->failures = 0;
    job->failing = 0;
    job->class = MSSL_CLASS_NONE;
    strcpy(job->serial, "01");
    strcpy(job->issuer, "ca");
    job->not_before = world->now - HOUR;
    job->not_after = job->not_before + world->life;
    job->renew = job->next = mssl_plan_renewal(job->name, job->not_before, job->not_after, 0);
}

/* A window of two days around two thirds of its life; for what was made before REVOKES, at once. */
static void advise(world_t *world, site_t *site)
{
    mssl_job_t *job = &site->job;
    apr_time_t planned = mssl_plan_renewal(job->name, job->not_before, job->not_after, 0);
    apr_time_t at = job->not_before + world->life / 3 * 2 - DAY + mssl_plan_spread(job->name, 48) * HOUR;

    assert_true(world->now - world->asked >= MSSL_ADVICE_SPAN);
    world->asked = world->now;
    site->asked++;
    if (job->state == MSSL_JOB_INSTALLED && job->next > world->now) {
        at = world->now >= REVOKES && job->installed < REVOKES ? REVOKES : at;
        job->renew = job->next = mssl_plan_advised(planned, at < world->now ? world->now : at,
                                                   job->not_after);
        mssl_schedule_advise(world->schedule, job, world->now);
    }
    mssl_advice_end(world->advice, 1);
}

static void end_turn(world_t *world, int i)
{
    site_t *site = world->running[i].site;
    mssl_job_t *job = &site->job;

    /* No name is without a valid one that had one. */
    assert_true(job->serial[0] == '\0' || world->now < job->not_after);
    if (world->running[i].turn.task == MSSL_TASK_PREFLIGHT) {
        job->found = MSSL_FOUND_OURS;
        job->checked = world->now;
        job->state = MSSL_JOB_WANTED;
        job->next = world->now;
    }
    else {
        assert_int_equal(world->running[i].turn.task, MSSL_TASK_ORDER);
        order(world, site, world->running[i].turn.why);
    }
    world->running[i].site = NULL;
    mssl_schedule_put(world->schedule, job, world->now);
    if (world->advice != NULL) {
        mssl_advice_put(world->advice, job, world->now);
    }
}

static void begin_turn(world_t *world, const mssl_turn_t *turn)
{
    mssl_reason_t why;
    int i;

    for (i = 0; world->running[i].site != NULL; i++) {
        assert_true(i < MSSL_TURNS - 1);
    }
    world->running[i].site = apr_hash_get(world->by_name, turn->name, APR_HASH_KEY_STRING);
    world->running[i].turn = *turn;
    world->running[i].ends = world->now + TURN;
    if (turn->task == MSSL_TASK_ORDER) {
        assert_int_equal(mssl_ledger_note(world->ledger, turn->issuer->name, turn->name, turn->why,
                                          world->now, &why), APR_SUCCESS);
    }
}

/* The next thing that happens. */
static void step(world_t *world)
{
    apr_time_t next, advised;
    int i, is_full = 1, first = -1;
    mssl_turn_t turn;

    while (mssl_schedule_take(world->schedule, world->now, &turn)) {
        begin_turn(world, &turn);
    }
    if (world->advice != NULL && mssl_advice_take(world->advice, world->now, &turn)) {
        advise(world, apr_hash_get(world->by_name, turn.name, APR_HASH_KEY_STRING));
    }
    next = mssl_schedule_get_next(world->schedule);
    advised = world->advice != NULL ? mssl_advice_get_next(world->advice) : 0;
    if (advised != 0 && (next == 0 || advised < next)) {
        next = advised; /* a look in vain, where all turns are at work, costs nothing */
    }
    for (i = 0; i < MSSL_TURNS; i++) {
        is_full &= world->running[i].site != NULL;
        if (world->running[i].site != NULL
            && (first < 0 || world->running[i].ends < world->running[first].ends)) {
            first = i;
        }
    }
    if (first >= 0 && (is_full || next == 0 || world->running[first].ends <= next)) {
        world->now = world->running[first].ends;
        end_turn(world, first);
    }
    else {
        assert_true(next != 0); /* else nothing would ever happen again */
        world->now = next > world->now ? next : world->now;
    }
}

static void run_years(int days, int nsites, int advises)
{
    apr_time_t all = 0;
    char root[64];
    world_t world;
    int i, served = 0;

    certs_folder(root, sizeof(root));
    make_world(&world, nsites, days);
    permit_all(&world, root);
    world.advice = advises ? mssl_advice_make(&world.issuing, world.pool) : NULL;
    while (world.now < BEGIN + 2 * 365 * DAY) {
        step(&world);
        if (all == 0 && world.first_orders >= nsites) {
            for (i = 0, served = 0; i < nsites; i++) {
                served += world.site[i].certificates > 0;
            }
            all = served == nsites ? world.now : 0;
        }
    }
    for (i = 0; i < nsites; i++) {
        const site_t *site = &world.site[i];

        assert_true(site->certificates > 0);
        assert_true(world.now < site->job.not_after);
        /* Not more often than its life asks for: renewed at two thirds, or at half; and all once. */
        assert_true(site->certificates
                    <= 2 * 365 / (days < 10 ? days * 0.45 : days * 0.62) + 2 + advises);
        if (advises) {
            assert_within(site->asked, 2 * 2 * 365 * 9 / 10, 2 * 2 * 365 + 1);
            assert_true(site->job.installed > REVOKES);
        }
    }
    print_message("%d names of %d days: all served after %.1f h, %ld first orders, %ld renewals, %ld "
                  "failed\n", nsites, days, (double)(all - BEGIN) / (double)HOUR, world.first_orders,
                  world.renewals, world.failures);
    free_world(&world);
    certs_remove(root);
}

/* A day and a half after it is back nothing is left of that, and nothing has expired (end_turn). */
static void run_outage(int days, int nsites, apr_interval_time_t out)
{
    char root[64];
    world_t world;
    int i;

    certs_folder(root, sizeof(root));
    make_world(&world, nsites, days);
    permit_all(&world, root);
    world.out = out;
    while (world.now < OUT + out + 36 * HOUR) {
        step(&world);
    }
    for (i = 0; i < nsites; i++) {
        const mssl_job_t *job = &world.site[i].job;

        assert_true(world.now < job->not_after);
        assert_false(job->state == MSSL_JOB_FAILED && is_out(&world, job->failing));
    }
    assert_true(world.missed > 0);
    print_message("%d names of %d days, the authority out for %.0f h: %ld orders in vain, none "
                  "expired\n", nsites, days, (double)out / (double)HOUR, world.missed);
    free_world(&world);
    certs_remove(root);
}

static int get_names(void)
{
    const char *text = getenv("MSSL_YEARS_NAMES");

    return text != NULL && atoi(text) > 0 ? atoi(text) : 2000;
}

static void test_lifetimes(void **state)
{
    static const int days[] = { 90, 64, 45, 6 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        run_years(days[i], get_names(), 0);
    }
}

/* An authority that says when: no limit is broken, and what it revoked is new within two days. */
static void test_advised(void **state)
{
    (void)state;
    run_years(90, get_names() / 4, 1);
    run_years(6, get_names() / 4, 1);
}

static void test_outage(void **state)
{
    (void)state;
    run_outage(90, get_names(), 3 * DAY);
    run_outage(45, get_names(), 3 * DAY);
    run_outage(6, get_names(), 54 * HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_lifetimes),
                                        cmocka_unit_test(test_advised),
                                        cmocka_unit_test(test_outage) };
    int rc;

    apr_initialize();
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return rc;
}
