/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/desk.h"

#include "lib/issue/request.h"
#include "lib/issue/settings.h"
#include "lib/steward/desk.h"

#define HOUR apr_time_from_sec(3600)
#define NOW (500000 * HOUR)
#define MAX 200

static mssl_job_t make_job(const char *name, mssl_job_state_t state)
{
    mssl_job_t job;

    mssl_job_init(&job, name, NOW);
    job.state = state;
    MSSL_JOB_SET(job.issuer, "fake");
    job.installed = state == MSSL_JOB_INSTALLED ? NOW : 0;
    return job;
}

static void note(mssl_tidings_t *tidings, mssl_job_t job)
{
    assert_true(mssl_tidings_note(tidings, &job, MSSL_TASK_ORDER, NOW));
}

static int may_but(void *baton, const char *reader, mssl_event_t event)
{
    (void)event;
    return strcmp(reader, baton) != 0;
}

static const char *find_reader(void *baton, const char *name)
{
    return strcmp(name, "c.example") == 0 ? baton : NULL;
}

/* One reader after the other; who has none is told nothing, and one that waits holds up nobody. */
static void test_readers(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool);
    mssl_tidings_batch_t batch;
    mssl_reason_t why = { "" };

    note(tidings, make_job("a.example", MSSL_JOB_INSTALLED));
    note(tidings, make_job("b.example", MSSL_JOB_INSTALLED));
    note(tidings, make_job("c.example", MSSL_JOB_INSTALLED));
    note(tidings, make_job("d.example", MSSL_JOB_INSTALLED));
    note(tidings, make_job("e.example", MSSL_JOB_DECLINED));
    mssl_tidings_set_reader(tidings, "a.example", "x@x.example");
    mssl_tidings_set_reader(tidings, "b.example", "y@x.example");
    mssl_tidings_set_reader(tidings, "c.example", "z@x.example");
    mssl_tidings_set_reader(tidings, "c.example", "x@x.example");
    mssl_tidings_set_reader(tidings, "e.example", "y@x.example");
    mssl_tidings_set_reader(tidings, "none.example", "y@x.example");
    assert_int_equal(mssl_tidings_save(tidings, desk->dir, "t", desk->pool, &why), APR_SUCCESS);
    assert_true(mssl_tidings_due_to(tidings, may_but, "y@x.example", MAX, &batch, desk->pool));
    assert_int_equal(batch.n, 2);
    assert_int_equal(batch.event, MSSL_EVENT_ISSUED);
    assert_string_equal(batch.reader, "x@x.example");
    assert_string_equal(batch.item[0].name, "a.example");
    assert_string_equal(batch.item[1].name, "c.example");
    mssl_tidings_told(tidings, &batch, NOW);
    assert_false(mssl_tidings_due_to(tidings, may_but, "y@x.example", MAX, &batch, desk->pool));
    /* The worst first, and no other event's names. */
    assert_true(mssl_tidings_due_to(tidings, may_but, "", MAX, &batch, desk->pool));
    assert_int_equal(batch.event, MSSL_EVENT_DECLINED);
    assert_int_equal(batch.n, 1);
    mssl_tidings_told(tidings, &batch, NOW);
    assert_true(mssl_tidings_due_to(tidings, may_but, "", MAX, &batch, desk->pool));
    assert_string_equal(batch.item[0].name, "b.example");
    mssl_tidings_told(tidings, &batch, NOW);
    assert_false(mssl_tidings_due_to(tidings, may_but, "", MAX, &batch, desk->pool));
    /* Whose they are is looked up again behind a restart. */
    tidings = mssl_tidings_make(desk->pool);
    assert_int_equal(mssl_tidings_load(tidings, desk->dir, "t", desk->pool, &why), APR_SUCCESS);
    assert_false(mssl_tidings_due_to(tidings, may_but, "", MAX, &batch, desk->pool));
    mssl_tidings_find_readers(tidings, find_reader, "x@x.example");
    assert_true(mssl_tidings_due_to(tidings, may_but, "", MAX, &batch, desk->pool));
    assert_int_equal(batch.n, 1);
    assert_string_equal(batch.item[0].name, "c.example");
    /* For who is told of all it is as ever. */
    assert_true(mssl_tidings_due(tidings, NOW, HOUR, MAX, &batch, desk->pool));
    assert_null(batch.reader);
}

static void report(void *baton, mssl_desk_event_t event, const char *text)
{
    desk_t *desk = baton;

    desk->calls[event]++;
    apr_cpystrn(desk->said, text, sizeof(desk->said));
}

static void keep(void *baton)
{
    (void)baton;
}

/* A desk of the shipped command, whose program notes whom it writes to, and how many names; not to bad@. */
static void open_desk(desk_t *desk, mssl_desk_t *out, apr_interval_time_t minute)
{
    mssl_desk_conf_t *conf = apr_pcalloc(desk->pool, sizeof(*conf));
    mssl_teller_t *teller = apr_pcalloc(desk->pool, sizeof(*teller));
    mssl_order_t *order = apr_pcalloc(desk->pool, sizeof(*order));
    const char *self = apr_pstrcat(desk->pool, desk->root, "/self", NULL);
    const char *script = apr_psprintf(desk->pool, "#!/bin/sh\ncd %s\n[ \"$*\" = --owner ] || exit 64\n"
                                      "cat >json\ngrep -q bad@ json && exit 67\n"
                                      "grep -o '[a-z]*@[a-z.]*' json | head -n 1 >>runs\n"
                                      "echo $MSSL_EVENT $MSSL_COUNT >>runs\n", desk->root);
    const mssl_owner_t all = { (uid_t)-1, (gid_t)-1, 0755 };
    mssl_reason_t why = { "" };

    assert_int_equal(mssl_file_write(desk->dir, "self", script, strlen(script), &all, &why),
                     APR_SUCCESS);
    *teller = (mssl_teller_t){ .self = self, .patience = apr_time_from_sec(30),
                               .mercy = apr_time_from_sec(5) };
    order->every = HOUR;
    order->argv = apr_pcalloc(desk->pool, 2 * sizeof(char *));
    order->argv[0] = "owner";
    conf->dir = desk->dir;
    conf->notified = openat(desk->dir, MSSL_NOTIFIED_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    conf->teller = teller;
    conf->record = mssl_record_make(desk->dir, 0, desk->pool);
    conf->recheck = apr_time_from_sec(60);
    conf->minute = minute;
    conf->report = report;
    conf->keep = keep;
    conf->baton = desk;
    mssl_desk_open(out, conf, order, "www.example", 0, desk->pool);
}

/* @param address NULL: nobody asked to be told */
static void order(desk_t *desk, mssl_desk_t *at, const char *name, const char *address)
{
    mssl_job_t job = make_job(name, MSSL_JOB_INSTALLED);
    mssl_request_t request = { .verb = MSSL_VERB_NONE };
    mssl_reason_t why = { "" };
    int folder = openat(desk->dir, MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR, O_RDONLY | O_DIRECTORY);

    apr_cpystrn(request.name, name, sizeof(request.name));
    if (address != NULL) {
        apr_cpystrn(request.notify, address, sizeof(request.notify));
        assert_int_equal(mssl_request_save(&request, folder, &why), APR_SUCCESS);
    }
    close(folder);
    mssl_desk_note(at, name, &job, MSSL_TASK_ORDER);
}

static void make_requests(desk_t *desk)
{
    close(make_folder(desk, MSSL_REQUESTS_DIR));
    close(make_folder(desk, MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR));
}

/* A thousand names are one telling, and an address that is no good costs nobody else his. */
static void test_owners(void **state)
{
    desk_t *desk = *state;
    apr_time_t now;
    mssl_desk_t at;
    int i;

    make_requests(desk);
    open_desk(desk, &at, apr_time_from_sec(60));
    order(desk, &at, "bad.example", "bad@x.example");
    for (i = 0; i < 1000; i++) {
        order(desk, &at, apr_psprintf(desk->pool, "n%d.example", i), "many@x.example");
    }
    order(desk, &at, "p.example", "p@x.example");
    order(desk, &at, "nobody.example", NULL);
    now = apr_time_now(); /* a thousand files take their time on a slow disk */
    mssl_desk_serve_jobs(&at, now, desk->pool);
    assert_int_equal(desk->calls[MSSL_DESK_TOLD], 2);
    assert_int_equal(desk->calls[MSSL_DESK_UNTOLD], 1);
    assert_string_equal(read_file(desk, "runs"),
                        "many@x.example\nissued 1000\np@x.example\nissued 1\n");
    /* Within the minute the bad one is let alone; new names of others wait for every=. */
    order(desk, &at, "q.example", "p@x.example");
    order(desk, &at, "r.example", "new@x.example");
    mssl_desk_serve_jobs(&at, now, desk->pool);
    assert_int_equal(desk->calls[MSSL_DESK_UNTOLD], 1);
    assert_int_equal(desk->calls[MSSL_DESK_TOLD], 3);
    /* What is no owner's business. */
    mssl_desk_serve_alarms(&at, (const mssl_alarm_t[MSSL_ALARMS]){ { 1, 1, now }, { 1, 1, now } }, now,
                           desk->pool);
    assert_int_equal(desk->calls[MSSL_DESK_TOLD], 3);
    assert_int_equal(desk->calls[MSSL_DESK_DAMAGED], 0);
    close(at.conf->notified);
}

/* Whose address never takes anything is not written to for ever. */
static void test_given_up(void **state)
{
    desk_t *desk = *state;
    mssl_desk_t at;
    int i;

    make_requests(desk);
    open_desk(desk, &at, 0);
    order(desk, &at, "bad.example", "bad@x.example");
    for (i = 0; i < 3; i++) {
        mssl_desk_serve_jobs(&at, apr_time_now(), desk->pool);
    }
    assert_int_equal(desk->calls[MSSL_DESK_UNTOLD], 24);
    assert_non_null(strstr(desk->said, "/self: exit code 67; the owner of bad.example is not told 'issued' "
                                       "of 1, after 24 failures"));
    order(desk, &at, "p.example", "p@x.example");
    mssl_desk_serve_jobs(&at, apr_time_now(), desk->pool);
    assert_int_equal(desk->calls[MSSL_DESK_TOLD], 1);
    close(at.conf->notified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_readers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_owners, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_given_up, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
