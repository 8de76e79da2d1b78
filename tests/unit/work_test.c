/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <sys/wait.h>

#include "lib/issue/lock.h"
#include "tests/unit/issuing.h"

static void test_issue_and_renew(void **state)
{
    const char *path, *first, *second;
    rig_t *rig = *state;
    struct stat st;
    apr_time_t left;

    path = issued_of(rig, "a.example", "a.example");
    work(rig, MSSL_TASK_ORDER, ISSUES);
    assert_string_equal(rig->job.text, "");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_string_equal(get_verbs(rig), "register issue ");
    first = read_text(rig, path);
    assert_non_null(strstr(first, "BEGIN CERTIFICATE"));
    assert_non_null(strstr(first, "BEGIN PRIVATE KEY"));
    assert_int_equal(stat(path_of(rig, path), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_string_equal(rig->job.directory, "https://ca.example/dir");
    assert_string_equal(rig->job.issuer, "fake");
    assert_int_equal(strlen(rig->job.sha256), 64);
    left = rig->job.not_after - rig->job.next;
    assert_true(left > apr_time_from_sec(20 * CERT_DAY) && left < apr_time_from_sec(31 * CERT_DAY));
    assert_int_equal(count_files(rig, "keys") + count_files(rig, "work/a.example"), 0);
    assert_int_equal(count_files(rig, "archive"), 0);

    /* Another key, and the old pair is kept; one that ends no later is none. */
    rig->conf.why = MSSL_WHY_RENEWAL;
    work(rig, MSSL_TASK_ORDER, "sign 30");
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_int_equal(rig->job.class, MSSL_CLASS_CHAIN);
    assert_non_null(strstr(rig->job.text, "does not end earlier"));
    assert_int_equal(access(path_of(rig, "work/a.example/chain.pem.bad"), F_OK), 0);
    assert_string_equal(read_text(rig, path), first);
    work(rig, MSSL_TASK_ORDER, "sign 100");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_non_null(strstr(read_text(rig, "accounts/fake/verbs"), " replaces"));
    second = read_text(rig, path);
    assert_string_not_equal(strstr(first, "BEGIN PRIVATE"), strstr(second, "BEGIN PRIVATE"));
    assert_string_equal(read_text(rig, "archive/a.example.pem"), first);
    assert_int_equal(rig->job.failures, 0);

    /* Asked for: that may end earlier. */
    rig->conf.why = MSSL_WHY_ASKED;
    work(rig, MSSL_TASK_ORDER, "sign 30");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
}

static void test_pattern(void **state)
{
    rig_t *rig = *state;

    mssl_job_init(&rig->job, "*.b.example", apr_time_now());
    rig->conf.key = MSSL_KEY_RSA;
    work(rig, MSSL_TASK_ORDER, ISSUES);
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_non_null(read_text(rig, issued_of(rig, "b.example", "_.b.example")));
}

static void test_failures(void **state)
{
    rig_t *rig = *state;
    const char *first;
    apr_time_t next;

    work(rig, MSSL_TASK_ORDER, "echo class: caa >result; echo text: not me >>result; exit 20");
    first = read_text(rig, "accounts/fake/verbs");
    first = strstr(first, "issue");
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_int_equal(rig->job.class, MSSL_CLASS_CAA);
    assert_int_equal(rig->job.failures, 1);
    assert_string_equal(rig->job.said, "not me");
    assert_non_null(strstr(rig->job.text, "CAA record"));
    assert_true(rig->job.next > apr_time_now());
    /* The next one is another order for the same request. */
    work(rig, MSSL_TASK_ORDER, "exit 5");
    assert_int_equal(rig->job.class, MSSL_CLASS_CA);
    assert_int_equal(rig->job.failures, 2);
    assert_non_null(strstr(rig->job.text, "exit code 5"));
    assert_string_equal(get_verbs(rig), "issue ");
    assert_string_not_equal(read_text(rig, "accounts/fake/verbs"), first);
    assert_string_equal(strchr(strchr(read_text(rig, "accounts/fake/verbs"), ' ') + 1, ' '),
                        strchr(strchr(first, ' ') + 1, ' '));
    next = apr_time_now() + apr_time_from_sec(7200);
    work(rig, MSSL_TASK_ORDER, apr_psprintf(rig->pool, "echo retry-at: %d >result; exit 30",
                                            (int)apr_time_sec(next)));
    assert_int_equal(rig->job.class, MSSL_CLASS_LIMIT);
    assert_int_equal(apr_time_sec(rig->job.next), apr_time_sec(next));
    /* It needs another account: made anew then. */
    work(rig, MSSL_TASK_ORDER, "exit 32");
    assert_int_equal(rig->job.class, MSSL_CLASS_ACCOUNT);
    work(rig, MSSL_TASK_ORDER, ISSUES);
    assert_string_equal(get_verbs(rig), "register issue ");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_string_equal(rig->job.text, "");
    assert_string_equal(rig->job.said, "");
}

static void test_bad_chains(void **state)
{
    static const struct {
        const char *script, *text;
    } rows[] = {
        { "exit 0", "chain.pem: " },
        { "echo hello >\"$MSSL_CHAIN\"", "has no certificate" },
        { "sign; cat \"${0%/*}/ca.key\" >>\"$MSSL_CHAIN\"", "has a private key" },
        { "cp \"${0%/*}/ca.pem\" \"$MSSL_CHAIN\"", "the chain" },
        { "head -c 10000000 /dev/zero >\"$MSSL_CHAIN\"", "too large" },
        { "ln -s ../../keys/a.example.key \"$MSSL_CHAIN\"", "chain.pem: " },
        { "mkdir \"$MSSL_CHAIN\"", "chain.pem: " },
    };
    rig_t *rig = *state;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        rig->job.next = 0;
        work(rig, MSSL_TASK_ORDER, rows[i].script);
        assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
        assert_int_equal(rig->job.class, MSSL_CLASS_CHAIN);
        if (strstr(rig->job.text, rows[i].text) == NULL) {
            fail_msg("\"%s\" is not in \"%s\"", rows[i].text, rig->job.text);
        }
    }
    assert_int_equal(count_files(rig, "issued"), 0);
}

static void crash_in_order(rig_t *rig, const char *script)
{
    crash(rig, MSSL_TASK_ORDER, script);
    assert_int_equal(rig->job.state, MSSL_JOB_ORDERED);
}

static void test_crash(void **state)
{
    rig_t *rig = *state;
    const char *asked, *again;

    crash_in_order(rig, "");
    asked = strstr(read_text(rig, "accounts/fake/verbs"), "issue ") + 6;
    work(rig, MSSL_TASK_ORDER, ISSUES);
    assert_string_equal(get_verbs(rig), "poll issue ");
    again = strstr(read_text(rig, "accounts/fake/verbs"), "issue ") + 6;
    assert_string_equal(again, asked);
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);

    /* The issuer was done: nobody is asked again. */
    rig->conf.why = MSSL_WHY_ASKED;
    crash_in_order(rig, "sign");
    work(rig, MSSL_TASK_ORDER, "exit 1");
    assert_string_equal(get_verbs(rig), "");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);

    /* It knows the order, or knows that there is none. */
    crash_in_order(rig, "");
    work(rig, MSSL_TASK_ORDER, "[ $verb = poll ] && sign");
    assert_string_equal(get_verbs(rig), "poll ");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    crash_in_order(rig, "");
    work(rig, MSSL_TASK_ORDER, "[ $verb = issue ] && sign || exit 22");
    assert_string_equal(get_verbs(rig), "poll issue ");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);

    /* What costs money is not ordered twice. */
    get_issuer(rig)->by_request = rig->conf.is_asked = 1;
    crash_in_order(rig, "");
    work(rig, MSSL_TASK_ORDER, "exit 3");
    assert_string_equal(get_verbs(rig), "poll ");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    assert_non_null(strstr(rig->job.waits_for, "an admin"));
    assert_int_equal(rig->job.next, rig->job.until);
}

/* There was no room for the pair: it is kept, and no new one ordered. */
static void test_no_room(void **state)
{
    rig_t *rig = *state;

    assert_int_equal(rmdir(path_of(rig, "issued")), 0);
    certs_write_text(rig->root, "issued", "");
    work(rig, MSSL_TASK_ORDER, ISSUES);
    assert_int_equal(rig->job.class, MSSL_CLASS_HERE);
    assert_non_null(strstr(rig->job.text, "issued"));
    assert_int_equal(unlink(path_of(rig, "issued")), 0);
    assert_int_equal(mkdir(path_of(rig, "issued"), 0700), 0);
    work(rig, MSSL_TASK_ORDER, "exit 1");
    assert_string_equal(get_verbs(rig), "");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
}

static void test_pending(void **state)
{
    rig_t *rig = *state;
    apr_time_t until;

    work(rig, MSSL_TASK_ORDER, "echo order: o-5 >result; echo waits-for: the DNS >>result; "
                               "echo poll-after: 600 >>result; exit 10");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    assert_string_equal(rig->job.waits_for, "the DNS");
    assert_string_equal(rig->job.order, "o-5");
    assert_within(apr_time_sec(rig->job.next - apr_time_now()), 590, 600);
    until = rig->job.until;
    assert_within(apr_time_sec(until - apr_time_now()), 30 * CERT_DAY - 60, 30 * CERT_DAY);
    work(rig, MSSL_TASK_POLL, "exit 10");
    assert_non_null(strstr(read_text(rig, "accounts/fake/verbs"), " o-5 "));
    assert_string_equal(rig->job.order, "o-5");
    assert_int_equal(rig->job.until, until);
    assert_within(apr_time_sec(rig->job.next - apr_time_now()), 290, 300);
    work(rig, MSSL_TASK_POLL, "exit 31");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    work(rig, MSSL_TASK_POLL, "exit 3");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    assert_int_equal(rig->job.next, until);
    work(rig, MSSL_TASK_POLL, "sign");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_string_equal(rig->job.order, "");
    assert_string_equal(rig->job.waits_for, "");

    get_issuer(rig)->by_request = rig->conf.is_asked = 1;
    rig->conf.why = MSSL_WHY_ASKED;
    work(rig, MSSL_TASK_ORDER, "exit 10");
    assert_within(apr_time_sec(rig->job.until - apr_time_now()), 90 * CERT_DAY - 60,
                  90 * CERT_DAY);
    work(rig, MSSL_TASK_POLL, "exit 22");
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_int_equal(rig->job.next, 0); /* what serves costs nothing, and is renewed beside it */
    assert_int_equal(rig->job.meanwhile, rig->job.renew);
    work(rig, MSSL_TASK_ORDER, "exit 10");
    work(rig, MSSL_TASK_DECLINE, "exit 3");
    assert_string_equal(get_verbs(rig), "cancel ");
    assert_int_equal(rig->job.state, MSSL_JOB_DECLINED);
    assert_int_equal(rig->job.next, 0);
    work(rig, MSSL_TASK_ORDER, "echo text: no >result; exit 21");
    assert_int_equal(rig->job.state, MSSL_JOB_DECLINED);
    assert_string_equal(rig->job.said, "no");
    assert_int_equal(count_files(rig, "keys"), 2);
}

static void test_no_issuer(void **state)
{
    rig_t *rig = *state;

    rig->conf.issuer = NULL;
    work(rig, MSSL_TASK_ORDER, "exit 0");
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_int_equal(rig->job.class, MSSL_CLASS_HERE);
    assert_non_null(strstr(rig->job.text, "configured no more"));
}

static void test_preflight(void **state)
{
    rig_t *rig = *state;

    rig->conf.skips_preflight = 1;
    work(rig, MSSL_TASK_PREFLIGHT, "exit 1");
    assert_string_equal(get_verbs(rig), "");
    assert_int_equal(rig->job.state, MSSL_JOB_WANTED);
    assert_int_equal(rig->job.found, MSSL_FOUND_OURS);
    assert_true(rig->job.checked != 0 && rig->job.next <= apr_time_now());
}

/* What failed at the CA is tried again at its time, or when the name leads here, no sooner. */
static void test_preflight_unknown(void **state)
{
    rig_t *rig = *state;
    apr_time_t next;

    mssl_job_init(&rig->job, "localhost", apr_time_now());
    rig->conf.http_port = 1;
    work(rig, MSSL_TASK_PREFLIGHT, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_WANTED);
    assert_int_equal(rig->job.found, MSSL_FOUND_UNKNOWN);
    work(rig, MSSL_TASK_ORDER, "echo class: connection >result; exit 20");
    next = rig->job.next;
    work(rig, MSSL_TASK_PREFLIGHT, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_int_equal(rig->job.class, MSSL_CLASS_CONNECTION);
    assert_int_equal(rig->job.next, next);
    assert_int_equal(rig->job.failures, 1);
    assert_int_equal(rig->job.found, MSSL_FOUND_NOTHING);
    rig->job.next = apr_time_now();
    work(rig, MSSL_TASK_PREFLIGHT, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_WANTED);
}

/* Two generations of the steward: what the older one has done is not done again. */
static void test_done_meanwhile(void **state)
{
    rig_t *rig = *state;
    const char *before;

    work(rig, MSSL_TASK_ORDER, ISSUES);
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    before = mssl_job_format(&rig->job, rig->pool);
    rig->conf.skips_preflight = 1;
    work(rig, MSSL_TASK_PREFLIGHT, "exit 1");
    work(rig, MSSL_TASK_ORDER, ISSUES);
    assert_string_equal(get_verbs(rig), "");
    assert_string_equal(mssl_job_format(&rig->job, rig->pool), before);
}

static void test_lock(void **state)
{
    rig_t *rig = *state;
    mssl_reason_t why = { "" };
    int one, two;

    assert_int_equal(mssl_lock_take(&one, rig->dir, "a.example", &why), APR_SUCCESS);
    assert_int_equal(mssl_lock_take(&two, rig->dir, "a.example", &why), APR_EAGAIN);
    assert_int_equal(two, -1);
    assert_int_equal(mssl_lock_take(&two, rig->dir, "b.example", &why), APR_SUCCESS);
    close(two);
    /* Whoever holds one that was removed holds nothing. */
    work(rig, MSSL_TASK_FORGET, "exit 1");
    assert_int_equal(mssl_lock_take(&two, rig->dir, "a.example", &why), APR_SUCCESS);
    close(two);
    close(one);
    assert_int_equal(mssl_lock_take(&one, rig->dir, "a.example", &why), APR_SUCCESS);
    close(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_issue_and_renew, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_pattern, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_failures, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_chains, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_crash, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_no_room, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_pending, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_no_issuer, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_preflight, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_preflight_unknown, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_done_meanwhile, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_lock, begin, tear_down),
    };

    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
