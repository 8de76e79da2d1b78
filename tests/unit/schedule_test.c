/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tests/unit/scheduled.h"

/* From a list to an order. */
static void test_first_order(void **state)
{
    room_t *room = *state;

    permit(room, "a.test\n");
    assert_string_equal(next(room), "nothing"); /* the inventory has not looked yet */
    survey(room, NULL);
    assert_string_equal(next(room), "preflight a.test");
    assert_string_equal(next(room), "nothing"); /* one turn at a time */
    looked(room, "a.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "order a.test first");
    assert_int_equal(room->turn.why, MSSL_WHY_FIRST);
    assert_non_null(room->turn.permit);
}

static void test_served_by_another(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("b.test", MSSL_JOB_INSTALLED, NOW);

    permit(room, "a.test\nb.test\n");
    put(room, &job);
    survey(room, "a.test b.test");
    assert_string_equal(next(room), "nothing"); /* nor is ours renewed beside it */
    survey(room, NULL);
    assert_string_equal(next(room), "order b.test first");
    assert_int_equal(room->turn.why, MSSL_WHY_RENEWAL);
    assert_string_equal(next(room), "preflight a.test");
    job = make_job("a.test", MSSL_JOB_WANTED, NOW + DAY); /* a handshake showed another one */
    job.found = MSSL_FOUND_SERVED;
    put(room, &job);
    assert_string_equal(next(room), "nothing");
    survey(room, NULL);
    assert_string_equal(next(room), "preflight a.test"); /* the inventory says that it is gone */
    survey(room, "a.test");
    mssl_schedule_forget(room->schedule, "a.test", room->now);
    assert_string_equal(next(room), "nothing"); /* a new job, and served all the same */
}

/* Renewals first, one in two seconds; then what was asked for; then what is under way. */
static void test_ranks(void **state)
{
    room_t *room = *state;
    mssl_job_t job;

    permit(room, "a.test\nb.test\nc.test\nd.test\ne.test\n");
    survey(room, NULL);
    looked(room, "a.test", MSSL_FOUND_OURS);
    job = make_job("b.test", MSSL_JOB_INSTALLED, NOW - HOUR);
    put(room, &job);
    job = make_job("c.test", MSSL_JOB_INSTALLED, NOW - 2 * HOUR);
    put(room, &job);
    job = make_job("d.test", MSSL_JOB_PENDING, NOW);
    job.until = NOW + DAY;
    put(room, &job);
    assert_true(mssl_schedule_ask(room->schedule, "e.test", MSSL_TASK_ORDER));
    assert_string_equal(next(room), "order c.test first");
    assert_string_equal(next(room), "order e.test first");
    assert_string_equal(next(room), "poll d.test");
    assert_string_equal(next(room), "order a.test first");
    assert_string_equal(next(room), "nothing"); /* four at once */
    room->now += MSSL_RENEWAL_SPAN;
    assert_string_equal(next(room), "nothing");
    mssl_schedule_give_back(room->schedule, "a.test", room->now + HOUR);
    assert_string_equal(next(room), "order b.test first");
    assert_int_equal(mssl_schedule_get_next(room->schedule), room->now + HOUR);
}

static void test_pending(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_PENDING, NOW + HOUR);

    permit(room, "a.test\n");
    survey(room, NULL);
    job.until = NOW + DAY;
    put(room, &job);
    assert_string_equal(next(room), "nothing");
    room->now += HOUR;
    assert_string_equal(next(room), "poll a.test");
    job.next = NOW + 2 * DAY;
    put(room, &job);
    room->now = NOW + DAY;
    assert_string_equal(next(room), "decline a.test");
    job.state = MSSL_JOB_DECLINED;
    put(room, &job);
    room->now += 1000 * DAY;
    assert_string_equal(next(room), "nothing"); /* only when it is asked for */
    assert_true(mssl_schedule_ask(room->schedule, "a.test", MSSL_TASK_ORDER));
    assert_string_equal(next(room), "order a.test first");
}

/* While a paid order waits, or failed, what serves is renewed at its time, by who costs nothing. */
static void test_meanwhile(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_PENDING, NOW + 2 * HOUR);

    permit(room, "a.test issuer:hand\n");
    survey(room, NULL);
    MSSL_JOB_SET(job.issuer, "hand");
    MSSL_JOB_SET(job.serial, "01");
    job.until = NOW + 30 * DAY;
    job.meanwhile = NOW + HOUR;
    put(room, &job);
    assert_int_equal(mssl_schedule_get_next(room->schedule), NOW + HOUR);
    room->now += HOUR;
    assert_string_equal(next(room), "meanwhile a.test first");
    assert_int_equal(room->turn.why, MSSL_WHY_RENEWAL);
    assert_string_equal(next(room), "nothing");
    job.meanwhile = NOW + 60 * DAY;
    put(room, &job);
    room->now += HOUR;
    assert_string_equal(next(room), "poll a.test"); /* the order as before */
    /* It fails: its issuer gives way as one of any order does; the order's own failures are nothing of it. */
    job.next = NOW + DAY;
    job.meanwhile = NOW + 3 * HOUR;
    job.meanwhile_refusals = 2;
    job.meanwhile_class = MSSL_CLASS_DNS;
    job.class = MSSL_CLASS_CA;
    job.refusals = 2;
    put(room, &job);
    room->now += HOUR;
    assert_string_equal(next(room), "meanwhile a.test first");
    job.meanwhile_class = MSSL_CLASS_CA;
    put(room, &job);
    room->now += HOUR;
    assert_string_equal(next(room), "meanwhile a.test second");
    /* Somebody else's pair is in service; or its time is over before. */
    put(room, &job);
    survey(room, "a.test");
    assert_string_equal(next(room), "nothing");
    survey(room, NULL);
    job.until = NOW;
    job.meanwhile = NOW + DAY;
    put(room, &job);
    assert_string_equal(next(room), "decline a.test");
    /* No money is left: the site has HTTPS all the same. */
    job.state = MSSL_JOB_FAILED;
    job.class = MSSL_CLASS_FUNDS;
    job.next = 0;
    job.meanwhile_refusals = 0;
    put(room, &job);
    room->now = NOW + DAY;
    assert_string_equal(next(room), "meanwhile a.test first");
    job.state = MSSL_JOB_DECLINED;
    put(room, &job);
    assert_string_equal(next(room), "nothing");
}

/* There is nobody who could: the order is asked after as before. */
static void test_nobody_meanwhile(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("*.test", MSSL_JOB_PENDING, NOW + HOUR);
    int i;

    for (i = 0; i < room->issuing.issuers->nelts; i++) {
        APR_ARRAY_IDX(room->issuing.issuers, i, mssl_issuer_t).has_no_wildcards = 1;
    }
    permit(room, "*.test\n");
    survey(room, NULL);
    MSSL_JOB_SET(job.serial, "01");
    job.until = NOW + DAY;
    job.meanwhile = NOW - HOUR;
    put(room, &job);
    assert_string_equal(next(room), "nothing");
    assert_int_equal(mssl_schedule_get_next(room->schedule), NOW + HOUR);
    room->now += HOUR;
    assert_string_equal(next(room), "poll *.test");
}

/* Whoever worked on it was ended: it goes on, and counts no more. */
static void test_crash(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_ORDERED, 0);

    permit(room, "a.test\n");
    put(room, &job);
    room->issuing.limit[MSSL_LIMIT_ORDERS].n = 1;
    mssl_ledger_note(room->ledger, "first", "a.test", MSSL_WHY_FIRST, room->now, &room->why);
    assert_string_equal(next(room), "order a.test"); /* by the issuer that the job has */
}

/* A name that another process works on, whatever is to be done for it: not before its time, and then. */
static void test_given_back(void **state)
{
    static const mssl_job_state_t states[] = { MSSL_JOB_ORDERED, MSSL_JOB_PENDING, MSSL_JOB_FAILED,
                                               MSSL_JOB_GONE };
    room_t *room = *state;
    size_t i;

    permit(room, "a.test\n");
    survey(room, NULL);
    for (i = 0; i < COUNT(states); i++) {
        mssl_job_t job = make_job("a.test", states[i], room->now - DAY);
        const char *first;

        job.until = room->now - HOUR;
        job.class = states[i] == MSSL_JOB_FAILED ? MSSL_CLASS_DNS : MSSL_CLASS_NONE;
        put(room, &job);
        first = apr_pstrdup(room->pool, next(room));
        assert_string_not_equal(first, "nothing");
        mssl_schedule_give_back(room->schedule, "a.test", room->now + HOUR);
        assert_string_equal(next(room), "nothing");
        assert_int_equal(mssl_schedule_get_next(room->schedule), room->now + HOUR);
        room->now += HOUR;
        assert_string_equal(next(room), first);
        /* What it became meanwhile counts at once. */
        mssl_schedule_give_back(room->schedule, "a.test", room->now + HOUR);
        put(room, &job);
        assert_string_equal(next(room), first);
    }
}

static void test_limits(void **state)
{
    room_t *room = *state;
    const char *other;

    room->issuing.limit[MSSL_LIMIT_ORDERS] = (mssl_limit_t){ 2, HOUR };
    room->issuing.limit[MSSL_LIMIT_DOMAIN] = (mssl_limit_t){ 1, DAY };
    permit(room, "a.one.com\nb.one.com\n");
    survey(room, NULL);
    looked(room, "a.one.com", MSSL_FOUND_OURS);
    looked(room, "b.one.com", MSSL_FOUND_OURS);
    next(room);
    mssl_ledger_note(room->ledger, room->turn.issuer->name, room->turn.name, room->turn.why,
                     room->now, &room->why);
    /* The same domain: the next issuer is free. */
    other = strcmp(room->turn.name, "a.one.com") == 0 ? "order b.one.com second"
                                                      : "order a.one.com second";
    assert_string_equal(next(room), other);
    mssl_ledger_note(room->ledger, "second", "b.one.com", MSSL_WHY_FIRST, room->now, &room->why);
    permit(room, "a.one.com\nb.one.com\nc.one.com\nd.two.com\n");
    looked(room, "c.one.com", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "preflight d.two.com");
    looked(room, "d.two.com", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "order d.two.com first"); /* one domain holds up no other */
    mssl_ledger_note(room->ledger, "first", "d.two.com", MSSL_WHY_FIRST, room->now, &room->why);
    room->now += DAY;
    assert_string_equal(next(room), "preflight c.one.com"); /* what was found is old by now */
}

/* What preflight says nothing of has a tenth of the orders. */
static void test_unknown(void **state)
{
    static const char *const names[] = { "a.test", "b.test", "c.test" };
    room_t *room = *state;
    size_t i;

    APR_ARRAY_IDX(room->issuing.issuers, 2, mssl_issuer_t).by_request = 1;
    room->issuing.limit[MSSL_LIMIT_ORDERS] = (mssl_limit_t){ 20, HOUR };
    permit(room, "a.test\nb.test\nc.test\n");
    survey(room, NULL);
    for (i = 0; i < 3; i++) {
        looked(room, names[i], MSSL_FOUND_UNKNOWN);
    }
    assert_int_equal(strncmp(next(room), "order ", 6), 0);
    assert_int_equal(strncmp(next(room), "order ", 6), 0);
    assert_string_equal(next(room), "nothing");
    room->now += HOUR;
    assert_int_not_equal(strcmp(next(room), "nothing"), 0);
}

/* An issuer that fails twice for no fault of the name's gives way; one for an admin stops. */
static void test_issuers(void **state)
{
    room_t *room = *state;
    mssl_job_t job;

    permit(room, "a.test\n");
    survey(room, NULL);
    job = make_job("a.test", MSSL_JOB_FAILED, NOW);
    job.class = MSSL_CLASS_CA;
    job.failures = 5; /* most of them of other kinds */
    job.refusals = 1;
    job.found = MSSL_FOUND_OURS;
    job.checked = NOW;
    put(room, &job);
    assert_string_equal(next(room), "order a.test first");
    job.refusals = 2;
    put(room, &job);
    assert_string_equal(next(room), "order a.test second");
    job.failures = 6;
    job.class = MSSL_CLASS_UNAUTHORIZED; /* the name's fault: no other one is tried */
    put(room, &job);
    assert_string_equal(next(room), "order a.test first");
    job.class = MSSL_CLASS_ACCOUNT;
    job.next = NOW + HOUR;
    put(room, &job);
    permit(room, "a.test\nc.test\n");
    looked(room, "c.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "order c.test second");
    permit(room, "a.test\nb.test issuer:hand\nd.test issuer:gone\n");
    looked(room, "b.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "order b.test hand");
    looked(room, "d.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "nothing"); /* it asks for one that is not there */
    mssl_schedule_resume(room->schedule);
    looked(room, "a.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "order a.test first");
}

static void test_leaves_and_returns(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_INSTALLED, NOW + 30 * DAY);
    mssl_job_t failed = make_job("b.test", MSSL_JOB_FAILED, NOW + DAY);

    permit(room, "a.test\nb.test\nc.test\n");
    survey(room, NULL);
    put(room, &job);
    put(room, &failed);
    permit(room, "# nobody\n");
    assert_int_not_equal(strcmp(next(room), "nothing"), 0); /* a.test leaves, b.test is forgotten */
    assert_int_not_equal(strcmp(next(room), "nothing"), 0);
    assert_string_equal(next(room), "nothing"); /* c.test had nothing */
    mssl_schedule_forget(room->schedule, "b.test", room->now);
    job.state = MSSL_JOB_GONE;
    job.next = NOW + MSSL_GONE_SPAN;
    put(room, &job);
    assert_string_equal(next(room), "nothing");
    permit(room, "a.test\n");
    assert_string_equal(next(room), "return a.test");
    put(room, &job);
    permit(room, "# nobody\n");
    room->now += MSSL_GONE_SPAN;
    assert_string_equal(next(room), "retire a.test");
    job.serial[0] = '\0';
    job.next = 0;
    put(room, &job);
    assert_string_equal(next(room), "nothing");
    permit(room, "a.test\n"); /* later: a new job with a new key */
    assert_string_equal(next(room), "preflight a.test");
}

/* A hint is a look into the table, and brings a turn forward. */
static void test_hints(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_FAILED, NOW + DAY);

    permit(room, "a.test\nb.test\nc.test\n");
    survey(room, NULL);
    assert_false(mssl_schedule_hint(room->schedule, "stranger.test", room->now));
    assert_true(mssl_schedule_hint(room->schedule, "c.test", room->now));
    assert_string_equal(next(room), "preflight c.test");
    job.class = MSSL_CLASS_ELSEWHERE;
    job.failures = 4;
    job.failing = job.checked = NOW;
    put(room, &job);
    next(room); /* b.test */
    assert_string_equal(next(room), "nothing");
    assert_true(mssl_schedule_hint(room->schedule, "a.test", room->now));
    assert_string_equal(next(room), "nothing"); /* that was our own look, which asks by the name, too */
    room->now += MSSL_ECHO_SPAN;
    assert_true(mssl_schedule_hint(room->schedule, "a.test", room->now));
    assert_string_equal(next(room), "preflight a.test");
    job.checked = room->now;
    put(room, &job);
    room->now += MSSL_ECHO_SPAN + APR_USEC_PER_SEC;
    assert_true(mssl_schedule_hint(room->schedule, "a.test", room->now));
    assert_string_equal(next(room), "nothing"); /* not more often than in two minutes */
    room->now += 10 * apr_time_from_sec(60);
    assert_string_equal(next(room), "preflight a.test"); /* and by itself each ten */
}

/* A list that names an issuer that is not there is mended: it is tried at once. */
static void test_named_issuer_is_mended(void **state)
{
    room_t *room = *state;

    permit(room, "a.test issuer:gone\n");
    survey(room, NULL);
    looked(room, "a.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "nothing");
    permit(room, "a.test issuer:gone\nb.test\n");
    assert_string_equal(next(room), "preflight b.test"); /* other lines change nothing for it, */
    survey(room, NULL);                                  /* nor does what others file */
    assert_string_equal(next(room), "nothing");
    permit(room, "a.test issuer:hand\nb.test\n");
    assert_string_equal(next(room), "preflight a.test"); /* anew */
    looked(room, "a.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "order a.test hand");
}

/* What was tried out with staging is made anew by the real one, once a day at most. */
static void test_other_directory(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_INSTALLED, NOW + 60 * DAY);

    permit(room, "a.test\n");
    survey(room, NULL);
    MSSL_JOB_SET(job.directory, "https://staging.test/dir");
    put(room, &job);
    assert_string_equal(next(room), "order a.test first");
    job.installed = NOW;
    put(room, &job);
    assert_string_equal(next(room), "nothing");
    room->now += DAY;
    assert_string_equal(next(room), "order a.test first");
}

static mssl_issuer_t *get_issuer(room_t *room, int i)
{
    return &APR_ARRAY_IDX(room->issuing.issuers, i, mssl_issuer_t);
}

/* They go to who can write into the DNS alone; where nobody can, the order fails and says so. */
static void test_wildcards(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("*.a.test", MSSL_JOB_FAILED, NOW + HOUR);

    get_issuer(room, 0)->has_no_wildcards = 1;
    permit(room, "*.a.test\n");
    survey(room, NULL);
    looked(room, "*.a.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "order *.a.test second");
    mssl_schedule_give_back(room->schedule, "*.a.test", NOW);
    get_issuer(room, 2)->has_no_wildcards = 1;
    assert_string_equal(next(room), "order *.a.test");
    assert_null(room->turn.issuer);
    job.issuer[0] = '\0';
    job.class = MSSL_CLASS_HERE;
    put(room, &job);
    assert_string_equal(next(room), "nothing");
    /* What is not named is not asked by itself; who is named is. */
    permit(room, "*.a.test issuer:hand\n");
    put(room, &job);
    assert_string_equal(next(room), "preflight *.a.test");
    looked(room, "*.a.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "order *.a.test hand");
    /* Who could is at its limit: its time is waited for, and nothing is said. */
    get_issuer(room, 2)->has_no_wildcards = 0;
    room->issuing.limit[MSSL_LIMIT_ORDERS].n = 1;
    mssl_ledger_note(room->ledger, "second", "x.test", MSSL_WHY_FIRST, room->now, &room->why);
    permit(room, "*.a.test\n");
    looked(room, "*.a.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "nothing");
}

/* Jobs that were tried by a clock that was ahead. */
static void test_clock_set_back(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_FAILED, NOW + 400 * DAY);

    permit(room, "a.test\nb.test\n");
    survey(room, NULL);
    MSSL_JOB_SET(job.serial, "01");
    job.failures = 3;
    put(room, &job);
    assert_string_equal(next(room), "order a.test first");
    job = make_job("b.test", MSSL_JOB_FAILED, NOW + DAY);
    job.class = MSSL_CLASS_DNS;
    job.failures = 9;
    job.checked = job.failing = NOW + 400 * DAY;
    put(room, &job);
    assert_int_equal(mssl_schedule_get_next(room->schedule), NOW + 600 * APR_USEC_PER_SEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_first_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_served_by_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ranks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wildcards, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pending, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_crash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_given_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unknown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_issuers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leaves_and_returns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hints, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_named_issuer_is_mended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_directory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clock_set_back, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
