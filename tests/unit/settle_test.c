/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tests/unit/issuing.h"

/* As an admin's CA does it. */
static void give(const rig_t *rig)
{
    assert_int_equal(system(apr_psprintf(rig->pool, "cd %s && openssl x509 -req -in "
                                         "keys/a.example.csr -CA program/ca.pem -CAkey "
                                         "program/ca.key -copy_extensions copy -days 90 -set_serial "
                                         "5 -out requests/given/a.example 2>/dev/null",
                                         rig->root)), 0);
}

/* A certificate of the name, for somebody else's key. */
static void give_other(const rig_t *rig)
{
    const cert_spec_t spec = { .names = "a.example" };
    cert_t other = certs_new(&spec, NULL);

    certs_write_pair(rig->root, "requests/given/a.example", "program/other.key", &other);
    certs_free(&other);
}

static void test_approve(void **state)
{
    rig_t *rig = *state;
    apr_time_t next;

    work(rig, MSSL_TASK_ORDER, "exit 10");
    next = rig->job.next;
    certs_write_text(rig->root, "requests/given/a.example", "hello");
    work(rig, MSSL_TASK_APPROVE, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    assert_int_equal(rig->job.next, next);
    assert_non_null(strstr(rig->job.text, "has no certificate"));
    assert_int_equal(rig->job.class, MSSL_CLASS_NONE);
    assert_int_equal(count_files(rig, "requests"), 0);
    give_other(rig);
    work(rig, MSSL_TASK_APPROVE, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    assert_int_equal(rig->job.class, MSSL_CLASS_NONE);
    assert_non_null(strstr(rig->job.text, "was not taken"));
    give(rig);
    work(rig, MSSL_TASK_DECLINE, "exit 0");
    work(rig, MSSL_TASK_APPROVE, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_string_equal(rig->job.text, "");
    assert_int_equal(count_files(rig, "requests") + count_files(rig, "keys"), 0);
    /* No key, nothing to approve. */
    certs_write_text(rig->root, "requests/given/a.example", "hello");
    work(rig, MSSL_TASK_APPROVE, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_non_null(strstr(rig->job.text, "no order"));
}

static void test_leave(void **state)
{
    const char *path;
    rig_t *rig = *state;

    path = issued_of(rig, "a.example", "a.example");
    work(rig, MSSL_TASK_ORDER, ISSUES);
    work(rig, MSSL_TASK_LEAVE, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_GONE);
    assert_int_equal(rig->job.next, rig->job.gone + MSSL_GONE_SPAN);
    assert_non_null(read_text(rig, path));
    work(rig, MSSL_TASK_RETURN, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_int_equal(rig->job.next, rig->job.renew);
    assert_int_equal(rig->job.gone, 0);
    work(rig, MSSL_TASK_LEAVE, "exit 1");
    work(rig, MSSL_TASK_RETIRE, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_GONE);
    assert_string_equal(rig->job.serial, "");
    assert_int_equal(rig->job.next, 0);
    assert_null(read_text(rig, path));
    assert_non_null(read_text(rig, "archive/a.example.pem"));
    work(rig, MSSL_TASK_RETURN, "exit 1");
    assert_int_equal(rig->job.state, MSSL_JOB_WANTED);
    work(rig, MSSL_TASK_ORDER, "mkdir -p a/b; touch a/b/c a/d; exit 1");
    work(rig, MSSL_TASK_FORGET, "exit 1");
    assert_int_equal(count_files(rig, "keys") + count_files(rig, "work") + count_files(rig, "jobs"),
                     0);
    assert_int_not_equal(access(path_of(rig, "work/a.example"), F_OK), 0);
}

static void test_revoke(void **state)
{
    const char *path, *sha256;
    rig_t *rig = *state;

    path = issued_of(rig, "a.example", "a.example");
    work(rig, MSSL_TASK_ORDER, ISSUES);
    rig->conf.reason = "keyCompromise";
    sha256 = apr_pstrcat(rig->pool, "revoked/", rig->job.sha256, NULL);
    work(rig, MSSL_TASK_REVOKE, "exit 3");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_non_null(strstr(rig->job.text, "cannot revoke"));
    work(rig, MSSL_TASK_REVOKE, "echo text: no >result; exit 31");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_string_equal(rig->job.said, "no");
    assert_non_null(read_text(rig, path));
    assert_int_equal(count_files(rig, "revoked"), 0);
    work(rig, MSSL_TASK_REVOKE, "[ $MSSL_REASON = keyCompromise ] || exit 1\n"
                                "grep -q 'BEGIN CERTIFICATE' \"$MSSL_CHAIN\" || exit 1\n"
                                "grep -q 'PRIVATE KEY' \"$MSSL_CHAIN\" && exit 1; exit 0");
    assert_int_equal(rig->job.state, MSSL_JOB_WANTED);
    assert_string_equal(rig->job.serial, "");
    assert_string_equal(rig->job.text, "it was revoked");
    assert_null(read_text(rig, path));
    assert_int_equal(count_files(rig, "revoked"), 1);
    assert_int_equal(access(path_of(rig, sha256), F_OK), 0);
    work(rig, MSSL_TASK_ORDER, ISSUES);
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    /* What cannot be written down is said, and the pair is out of service all the same. */
    assert_int_equal(unlink(path_of(rig, sha256)), 0);
    assert_int_equal(rmdir(path_of(rig, "revoked")), 0);
    work(rig, MSSL_TASK_REVOKE, "exit 0");
    assert_non_null(strstr(rig->job.text, "the history is not told: revoked/"));
    assert_null(read_text(rig, path));
}

static void advise(rig_t *rig, apr_time_t at)
{
    work(rig, MSSL_TASK_ADVISE,
         apr_psprintf(rig->pool, "[ $verb = renew-at ] && [ -s \"$MSSL_CHAIN\" ] || exit 1\n"
                                 "echo renew-at: %d >result", (int)apr_time_sec(at)));
}

/* The CA's advice moves the renewal, within bounds; what fails, or says nothing, does not. */
static void test_advise(void **state)
{
    apr_time_t planned, now = apr_time_now();
    mssl_reason_t why = { "" };
    rig_t *rig = *state;
    int jobs;

    work(rig, MSSL_TASK_ORDER, ISSUES);
    planned = rig->job.renew;
    jobs = count_files(rig, "jobs");
    work(rig, MSSL_TASK_ADVISE, "echo renew-at: 1 >result; exit 31");
    assert_int_equal(rig->job.next, planned);
    work(rig, MSSL_TASK_ADVISE, "mkdir -p d/e; : >d/e/f");
    assert_int_equal(rig->job.next, planned);
    assert_int_equal(rig->job.advised, 0);
    advise(rig, now + apr_time_from_sec(86400));
    assert_int_equal(apr_time_sec(rig->job.next), apr_time_sec(now) + 86400);
    assert_int_equal(rig->job.renew, rig->job.next);
    assert_int_equal(apr_time_sec(rig->job.advised), apr_time_sec(now) + 86400);
    advise(rig, rig->job.not_after + apr_time_from_sec(86400));
    assert_int_equal(apr_time_sec(rig->job.next),
                     apr_time_sec(planned + (rig->job.not_after - planned) / 2));
    /* Not asked for again, where it is due: it would stand behind those that came meanwhile. */
    advise(rig, apr_time_from_sec(1));
    assert_within(apr_time_sec(rig->job.next), apr_time_sec(now), apr_time_sec(apr_time_now()));
    work(rig, MSSL_TASK_ADVISE, "exit 0");
    assert_string_equal(get_verbs(rig), "");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_int_equal(count_files(rig, "work/a.example"), 0);
    assert_int_equal(count_files(rig, "jobs"), jobs);

    rig->job.next = planned;
    assert_int_equal(rename(path_of(rig, issued_of(rig, "a.example", "a.example")),
                            path_of(rig, "away")), 0);
    write_script(rig, "exit 3"); /* nobody is asked for a pair that is gone */
    assert_int_equal(mssl_work(&rig->conf, MSSL_TASK_ADVISE, &rig->job, rig->pool, &why),
                     APR_SUCCESS);
    assert_int_equal(rename(path_of(rig, "away"),
                            path_of(rig, issued_of(rig, "a.example", "a.example"))), 0);
    assert_int_equal(mssl_work(&rig->conf, MSSL_TASK_ADVISE, &rig->job, rig->pool, &why),
                     APR_ENOTIMPL);
    rig->conf.why = MSSL_WHY_RENEWAL;
    work(rig, MSSL_TASK_ORDER, "sign 100");
    assert_int_equal(rig->job.advised, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_approve, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_leave, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_revoke, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_advise, begin, tear_down),
    };

    return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
