/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tests/unit/issuing.h"

#define FILES "keys/.meanwhile-a.example"
#define LONG_AGO apr_time_from_sec(1700000000)
#define CHAIN "work/.meanwhile-a.example/chain.pem"

/* A paid issuer beside the free one, which is first. */
static mssl_issuer_t *get_shop(const rig_t *rig)
{
    return &APR_ARRAY_IDX(rig->issuing.issuers, 1, mssl_issuer_t);
}

/* A free pair is in service, a paid order is pending, and the free one's time has come. */
static int begin_waiting(void **state)
{
    mssl_issuer_t shop;
    rig_t *rig;

    begin(state);
    rig = *state;
    shop = *get_issuer(rig);
    shop.name = "shop";
    shop.directory = NULL;
    shop.by_request = 1;
    APR_ARRAY_PUSH(rig->issuing.issuers, mssl_issuer_t) = shop;
    rig->conf.issuer = get_issuer(rig);
    work(rig, MSSL_TASK_ORDER, "sign 10");
    assert_int_equal(rig->job.meanwhile, 0);
    rig->conf.issuer = get_shop(rig);
    rig->conf.is_asked = 1;
    rig->conf.why = MSSL_WHY_ASKED;
    work(rig, MSSL_TASK_ORDER, "echo order: o-1 >result; exit 10");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    assert_true(rig->job.renew != 0 && rig->job.meanwhile == rig->job.renew);
    rig->job.meanwhile = LONG_AGO;
    rig->conf.issuer = get_issuer(rig);
    rig->conf.is_asked = 0;
    rig->conf.why = MSSL_WHY_RENEWAL;
    return 0;
}

/* All that is the order's. */
static const char *get_order(const rig_t *rig)
{
    mssl_job_t job = rig->job;

    job.serial[0] = job.sha256[0] = job.directory[0] = job.confirmed[0] = job.filed[0] = '\0';
    job.not_before = job.not_after = job.installed = job.renew = job.advised = 0;
    job.meanwhile = job.meanwhile_failing = 0;
    job.meanwhile_failures = job.meanwhile_refusals = 0;
    job.meanwhile_class = MSSL_CLASS_NONE;
    job.meanwhile_text[0] = job.meanwhile_issuer[0] = '\0';
    return apr_pstrcat(rig->pool, mssl_job_format(&job, rig->pool), read_text(rig, "keys/a.example.key"),
                       read_text(rig, "keys/a.example.csr"), read_text(rig, "work/a.example/result"),
                       read_text(rig, "work/a.example/csr.pem"), NULL);
}

static void test_renewed(void **state)
{
    static const mssl_request_t request = { .approver = "admin@a.example" };
    rig_t *rig = *state;
    const char *order = get_order(rig), *before = apr_pstrdup(rig->pool, rig->job.serial);
    const char *pair = read_text(rig, issued_of(rig, "a.example", "a.example"));

    assert_int_equal(mkdir(path_of(rig, "requests/owner"), 0700), 0);
    certs_write_text(rig->root, "requests/owner/a.example", "organisation: A\n");
    rig->conf.request = &request;
    work(rig, MSSL_TASK_MEANWHILE, "echo \"$PWD $MSSL_NAMES $MSSL_REQUEST ${MSSL_ORDER:-} ${MSSL_APPROVER:-} "
         "${MSSL_OWNER_FILE:-}\" >\"$MSSL_ACCOUNT_DIR/said\"; ls >>\"$MSSL_ACCOUNT_DIR/said\"\n" ISSUES);
    assert_string_equal(get_verbs(rig), "issue ");
    assert_string_equal(get_order(rig), order);
    assert_string_not_equal(rig->job.serial, before);
    assert_string_not_equal(read_text(rig, issued_of(rig, "a.example", "a.example")), pair);
    assert_string_equal(rig->job.directory, "https://ca.example/dir");
    assert_string_equal(rig->job.meanwhile_issuer, "fake");
    assert_true(rig->job.renew > apr_time_now() && rig->job.meanwhile == rig->job.renew);
    assert_int_equal(count_files(rig, "keys"), 2);
    assert_null(read_text(rig, CHAIN));
    /* It is one of what it replaces, and knows nothing of the other's number, approver and owner. */
    assert_non_null(strstr(read_text(rig, "accounts/fake/verbs"), " - replaces"));
    assert_non_null(strstr(read_text(rig, "accounts/fake/said"), "/work/.meanwhile-a.example a.example "));
    assert_null(strstr(read_text(rig, "accounts/fake/said"), rig->job.request));
    assert_null(strstr(read_text(rig, "accounts/fake/said"), "admin@"));
    assert_null(strstr(read_text(rig, "accounts/fake/said"), "owner"));
    /* Not before its time again. */
    work(rig, MSSL_TASK_MEANWHILE, "exit 1");
    assert_string_equal(get_verbs(rig), "");
    /* What comes of the order takes its place, and ends all of it. */
    rig->job.meanwhile = LONG_AGO;
    work(rig, MSSL_TASK_MEANWHILE, "exit 31");
    assert_int_equal(count_files(rig, "keys"), 4);
    work(rig, MSSL_TASK_POLL, "sign");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_int_equal(rig->job.is_bought, 1);
    assert_int_equal(rig->job.meanwhile + rig->job.meanwhile_failures, 0);
    assert_int_equal(count_files(rig, "keys"), 0);
}

/* As any order does that fails: another time, another issuer; the order that waits is as it was. */
static void test_fails(void **state)
{
    static const struct {
        const char *script;
        mssl_class_t class;
        const char *says;
    } rows[] = {
        { "exit 31", MSSL_CLASS_CA, "exit" },
        { "kill -9 $$", MSSL_CLASS_CA, "" },
        { "echo class: dns >result; exit 20", MSSL_CLASS_DNS, "finds no address" },
        { "exit 30", MSSL_CLASS_LIMIT, "limit" },
        { "exit 32", MSSL_CLASS_ACCOUNT, "account" },
        { "exit 21", MSSL_CLASS_POLICY, "makes none" },
        { "exit 3", MSSL_CLASS_POLICY, "makes none" },
        { "exit 0", MSSL_CLASS_CHAIN, "chain.pem" },
        { "echo x >\"$MSSL_CHAIN\"", MSSL_CLASS_CHAIN, "" },
        { "sign 1", MSSL_CLASS_CHAIN, "" }, /* it ends before what it replaces */
    };
    rig_t *rig = *state;
    const char *order = get_order(rig), *before = apr_pstrdup(rig->pool, rig->job.serial);
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        rig->job.meanwhile = LONG_AGO;
        work(rig, MSSL_TASK_MEANWHILE, rows[i].script);
        assert_int_equal(rig->job.meanwhile_class, rows[i].class);
        assert_int_equal(rig->job.meanwhile_failures, i + 1);
        assert_int_equal(rig->job.meanwhile_refusals, i == 0 ? 1 : i == 1 ? 2 : i == 3 ? 1 : 0);
        assert_non_null(strstr(rig->job.meanwhile_text, rows[i].says));
        assert_within(apr_time_sec(rig->job.meanwhile - apr_time_now()),
                      i == 0 ? 50 : i == 1 ? 590 : i == 2 ? 5990 : 69000,
                      i == 0 ? 60 : i == 1 ? 600 : i == 2 ? 6000 : 104000);
        assert_string_equal(get_order(rig), order);
        assert_string_equal(rig->job.serial, before);
    }
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    rig->job.meanwhile = LONG_AGO;
    work(rig, MSSL_TASK_MEANWHILE, ISSUES);
    assert_int_equal(rig->job.meanwhile_failures, 0);
    assert_int_equal(rig->job.meanwhile_refusals, 0);
    assert_string_equal(rig->job.meanwhile_text, "");
    assert_string_not_equal(rig->job.serial, before);
    assert_string_equal(get_order(rig), order);
}

/* Its time has come, and has again. */
static void crash_in_turn(rig_t *rig, const char *script)
{
    rig->job.meanwhile = LONG_AGO;
    crash(rig, MSSL_TASK_MEANWHILE, script);
    rig->job.meanwhile = LONG_AGO;
}

static void test_crash(void **state)
{
    rig_t *rig = *state;
    const char *order = get_order(rig), *before = apr_pstrdup(rig->pool, rig->job.serial), *asked, *again;

    /* It may know of the order; the same key, request and number. */
    crash_in_turn(rig, "");
    assert_string_equal(get_order(rig), order);
    asked = strstr(read_text(rig, "accounts/fake/verbs"), "issue ") + 6;
    work(rig, MSSL_TASK_MEANWHILE, "[ $verb = poll ] && exit 31; exit 1");
    assert_string_equal(get_verbs(rig), "poll ");
    crash_in_turn(rig, "");
    work(rig, MSSL_TASK_MEANWHILE, ISSUES);
    assert_string_equal(get_verbs(rig), "poll issue ");
    again = strstr(read_text(rig, "accounts/fake/verbs"), "issue ") + 6;
    assert_string_equal(again, asked);
    assert_string_not_equal(rig->job.serial, before);
    assert_string_equal(get_order(rig), order);
    /* The issuer was done: nobody is asked again. */
    crash_in_turn(rig, "sign 200");
    before = apr_pstrdup(rig->pool, rig->job.serial);
    work(rig, MSSL_TASK_MEANWHILE, "exit 1");
    assert_string_equal(get_verbs(rig), "");
    assert_string_not_equal(rig->job.serial, before);
    assert_int_equal(count_files(rig, "keys"), 2);
}

/* It lies in the folder after it went into service: a new one has a new key. */
static void test_left_behind(void **state)
{
    rig_t *rig = *state;
    const char *key;

    crash_in_turn(rig, "sign 200");
    key = read_text(rig, FILES ".key");
    assert_non_null(key);
    rig->job.not_after = apr_time_now() + apr_time_from_sec(300 * CERT_DAY);
    work(rig, MSSL_TASK_MEANWHILE, "sign 400; cp \"$MSSL_CSR\" \"$MSSL_ACCOUNT_DIR/csr\"");
    assert_string_equal(get_verbs(rig), "issue ");
    assert_int_equal(rig->job.meanwhile_failures, 0);
    assert_null(strstr(read_text(rig, issued_of(rig, "a.example", "a.example")), key));
}

/* Which is planned for what, when an order begins. */
static void test_planned(void **state)
{
    rig_t *rig = *state;
    apr_time_t renew = rig->job.renew, last = rig->job.not_after - apr_time_from_sec(3 * CERT_DAY);
    mssl_job_t installed = rig->job;
    int i;

    rig->conf.issuer = get_shop(rig);
    rig->conf.is_asked = rig->conf.renews = 1;
    installed.state = MSSL_JOB_INSTALLED;
    for (i = 0; i < 8; i++) {
        int is_bought = i & 1, is_vouched = (i & 2) != 0, has_term = (i & 4) != 0;

        rig->job = installed;
        rig->job.is_bought = is_bought;
        rig->job.renew = has_term ? renew : 0;
        rig->conf.is_vouched = is_vouched;
        work(rig, MSSL_TASK_ORDER, "exit 10");
        assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
        assert_int_equal(rig->job.meanwhile, !is_bought && has_term ? renew : is_vouched ? last : 0);
    }
    /* One that costs nothing is itself what renews it; and what was declined waits for nothing. */
    rig->job = installed;
    rig->conf.issuer = get_issuer(rig);
    work(rig, MSSL_TASK_ORDER, "exit 10");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    assert_int_equal(rig->job.meanwhile, 0);
    rig->job = installed;
    rig->job.is_bought = 0;
    rig->conf.issuer = get_shop(rig);
    work(rig, MSSL_TASK_ORDER, "exit 10");
    assert_true(rig->job.meanwhile != 0);
    work(rig, MSSL_TASK_DECLINE, "exit 0");
    assert_int_equal(rig->job.meanwhile, 0);
}

/* What stands there by now is another thing than what the turn was given for. */
static void test_not_due(void **state)
{
    rig_t *rig = *state;
    mssl_job_t due = rig->job;
    int i;

    for (i = 0; i < 6; i++) {
        rig->job = due;
        rig->job.state = i == 0 ? MSSL_JOB_INSTALLED : i == 1 ? MSSL_JOB_DECLINED : MSSL_JOB_PENDING;
        rig->job.meanwhile = i == 2 ? 0 : i == 3 ? apr_time_now() + apr_time_from_sec(60) : LONG_AGO;
        rig->conf.issuer = i == 4 ? get_shop(rig) : get_issuer(rig);
        rig->job.serial[0] = i == 5 ? '\0' : rig->job.serial[0];
        work(rig, MSSL_TASK_MEANWHILE, "sign 300");
        assert_string_equal(get_verbs(rig), "");
        assert_string_equal(rig->job.sha256, due.sha256);
    }
}

/* The names of what serves, not those of the order. */
static void test_names(void **state)
{
    rig_t *rig = *state;

    rig->conf.issuer = get_issuer(rig);
    rig->conf.names = "a.example b.example";
    rig->job.state = MSSL_JOB_INSTALLED;
    rig->conf.why = MSSL_WHY_ASKED;
    work(rig, MSSL_TASK_ORDER, "sign 20");
    assert_string_equal(rig->job.filed, "a.example b.example");
    rig->conf.issuer = get_shop(rig);
    rig->conf.names = "a.example c.example";
    rig->conf.is_asked = 1;
    work(rig, MSSL_TASK_ORDER, "exit 10");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    rig->conf.issuer = get_issuer(rig);
    rig->conf.is_asked = 0;
    rig->job.meanwhile = LONG_AGO;
    work(rig, MSSL_TASK_MEANWHILE, "echo $MSSL_NAMES >\"$MSSL_ACCOUNT_DIR/said\"; sign");
    assert_string_equal(read_text(rig, "accounts/fake/said"), "a.example b.example\n");
    assert_string_equal(rig->job.meanwhile_text, "");
    assert_string_equal(rig->job.names, "a.example c.example");
    assert_string_equal(rig->job.filed, "a.example b.example");
    assert_string_equal(read_text(rig, issued_of(rig, "a.example", "a.example")),
                        read_text(rig, issued_of(rig, "b.example", "b.example")));
    assert_null(read_text(rig, issued_of(rig, "c.example", "c.example")));
    work(rig, MSSL_TASK_FORGET, "exit 1");
    assert_int_equal(count_files(rig, "keys") + count_files(rig, "issued") + count_files(rig, "jobs"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_renewed, begin_waiting, tear_down),
        cmocka_unit_test_setup_teardown(test_fails, begin_waiting, tear_down),
        cmocka_unit_test_setup_teardown(test_crash, begin_waiting, tear_down),
        cmocka_unit_test_setup_teardown(test_left_behind, begin_waiting, tear_down),
        cmocka_unit_test_setup_teardown(test_planned, begin_waiting, tear_down),
        cmocka_unit_test_setup_teardown(test_not_due, begin_waiting, tear_down),
        cmocka_unit_test_setup_teardown(test_names, begin_waiting, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
