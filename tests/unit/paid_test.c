/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tests/unit/issuing.h"

#define YEAR (365 * CERT_DAY)
#define NAMES "a.example b.example *.c.example"

/* As paid_until has it, in the issuer's words. */
static const char *until(const rig_t *rig, int days)
{
    return apr_psprintf(rig->pool, "echo \"paid-until: $(( $(date +%%s) + %d * 86400 ))\" >>result; ", days);
}

static int begin_paid(void **state)
{
    rig_t *rig;

    begin(state);
    rig = *state;
    get_issuer(rig)->by_request = rig->conf.is_asked = 1;
    return 0;
}

static mssl_job_t load(const rig_t *rig, const char *name)
{
    int jobs = openat(rig->dir, "jobs", O_RDONLY | O_DIRECTORY);
    mssl_reason_t why = { "" };
    mssl_job_t job;

    if (mssl_job_load(&job, jobs, name, geteuid(), &why) != APR_SUCCESS) {
        job.name[0] = '\0';
    }
    close(jobs);
    return job;
}

/* One order, one key, one job; each name has the pair and a copy of the job. */
static void test_several_names(void **state)
{
    const char *a, *b, *c;
    rig_t *rig = *state;
    mssl_job_t copy;

    a = issued_of(rig, "a.example", "a.example");
    b = issued_of(rig, "b.example", "b.example");
    c = issued_of(rig, "c.example", "_.c.example");
    rig->conf.names = NAMES;
    work(rig, MSSL_TASK_ORDER, "echo $MSSL_NAMES >\"$MSSL_ACCOUNT_DIR/names\"; exit 10");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    assert_string_equal(read_text(rig, "accounts/fake/names"), NAMES "\n");
    copy = load(rig, "*.c.example");
    assert_string_equal(copy.of, "a.example");
    assert_int_equal(copy.state, MSSL_JOB_PENDING);
    /* What it has too much, or too little, is no good. */
    work(rig, MSSL_TASK_POLL, "cp \"$MSSL_CSR\" csr; openssl x509 -req -in csr -CA \"${0%/*}/ca.pem\" -CAkey "
         "\"${0%/*}/ca.key\" -extfile /dev/stdin -out \"$MSSL_CHAIN\" 2>/dev/null <<X\n"
         "subjectAltName=DNS:a.example,DNS:b.example\nX\n");
    assert_int_equal(rig->job.class, MSSL_CLASS_CHAIN);
    assert_non_null(strstr(rig->job.text, "has not *.c.example"));
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_string_equal(rig->job.text, "");
    assert_string_equal(rig->job.filed, NAMES);
    assert_non_null(read_text(rig, a));
    assert_string_equal(read_text(rig, a), read_text(rig, b));
    assert_string_equal(read_text(rig, a), read_text(rig, c));
    copy = load(rig, "b.example");
    assert_string_equal(copy.of, "a.example");
    assert_int_equal(copy.state, MSSL_JOB_INSTALLED);
    assert_string_equal(rig->job.text, "");
    /* Fewer names: what is dropped is out of service with its copy. */
    rig->conf.names = "a.example b.example";
    rig->conf.why = MSSL_WHY_ASKED;
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_string_equal(rig->job.filed, "a.example b.example");
    assert_null(read_text(rig, c));
    assert_non_null(read_text(rig, "archive/_.c.example.pem"));
    assert_string_equal(load(rig, "*.c.example").name, "");
    work(rig, MSSL_TASK_FORGET, "exit 1");
    assert_int_equal(count_files(rig, "issued"), 0);
    assert_int_equal(count_files(rig, "jobs"), 0);
}

/* A name goes on with its own until the common one is there; what is pending for it is settled before. */
static void test_own_job_of_another(void **state)
{
    rig_t *rig = *state;
    mssl_job_t first = rig->job, other;

    get_issuer(rig)->by_request = 0;
    mssl_job_init(&rig->job, "b.example", apr_time_now());
    work(rig, MSSL_TASK_ORDER, "sign");
    rig->job = first;
    rig->conf.names = "a.example b.example";
    work(rig, MSSL_TASK_ORDER, "exit 10");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    other = load(rig, "b.example");
    assert_string_equal(other.of, "");
    assert_int_equal(other.state, MSSL_JOB_INSTALLED);
    work(rig, MSSL_TASK_POLL, "sign");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_string_equal(load(rig, "b.example").of, "a.example");

    mssl_job_init(&rig->job, "d.example", apr_time_now());
    rig->conf.names = NULL;
    work(rig, MSSL_TASK_ORDER, "exit 10");
    mssl_job_init(&rig->job, "e.example", apr_time_now());
    rig->conf.names = "e.example d.example";
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_string_equal(rig->job.text, "d.example has a pending order of its own; run: msslctl decline "
                        "d.example");
    mssl_job_init(&rig->job, "f.example", apr_time_now());
    rig->conf.names = "f.example b.example";
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_string_equal(rig->job.text, "b.example is in a certificate with others; run: msslctl forget "
                        "a.example");
}

/* Within the term by reissue, with its order's number; then told, and ordered only when that is asked for. */
static void test_term(void **state)
{
    rig_t *rig = *state;
    apr_time_t first;

    work(rig, MSSL_TASK_ORDER, apr_pstrcat(rig->pool, "echo order: o-1 >result; ", until(rig, 365), "sign", NULL));
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_string_equal(rig->job.order, "o-1");
    assert_within(apr_time_sec(rig->job.paid_until - apr_time_now()), YEAR - 60, YEAR);
    assert_true(rig->job.next == rig->job.renew && rig->job.next != 0);
    first = rig->job.paid_until;
    rig->conf.is_asked = 0;
    rig->conf.why = MSSL_WHY_RENEWAL;
    work(rig, MSSL_TASK_ORDER, "[ $verb = reissue ] && exit 31");
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_true(rig->job.next > apr_time_now());
    work(rig, MSSL_TASK_ORDER, "[ $verb = reissue ] && sign 200");
    assert_string_equal(get_verbs(rig), "reissue ");
    assert_non_null(strstr(read_text(rig, "accounts/fake/verbs"), " o-1 "));
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_int_equal(rig->job.paid_until, first);
    /* The last one of the term: nothing is to be had by another. */
    work(rig, MSSL_TASK_ORDER, "[ $verb = reissue ] && sign 366");
    assert_int_equal(rig->job.renew, 0);
    assert_within(apr_time_sec(rig->job.not_after - rig->job.next), 30 * CERT_DAY, 30 * CERT_DAY);
    /* The term is over: told, and nobody is asked. */
    rig->job.paid_until = apr_time_now() - 1;
    rig->job.not_after = apr_time_now() + apr_time_from_sec(20 * CERT_DAY);
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_string_equal(get_verbs(rig), "");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_non_null(strstr(rig->job.waits_for, "msslctl request a.example --renew"));
    assert_int_equal(rig->job.next, rig->job.not_after - apr_time_from_sec(14 * CERT_DAY));
    /* Asked for: a new order. */
    rig->conf.is_asked = rig->conf.renews = 1;
    rig->conf.why = MSSL_WHY_ASKED;
    work(rig, MSSL_TASK_ORDER, apr_pstrcat(rig->pool, "echo order: o-2 >result; ", until(rig, 300), "sign", NULL));
    assert_string_equal(get_verbs(rig), "issue ");
    assert_string_equal(rig->job.order, "o-2");
    assert_string_equal(rig->job.waits_for, "");
    /* Also while it is paid for; else it is had within the order. */
    rig->conf.renews = 0;
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_string_equal(get_verbs(rig), "reissue ");
    rig->conf.renews = 1;
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_string_equal(get_verbs(rig), "issue ");
}

/* Whatever happens to an order that may have been made, no second one is. */
static void test_never_twice(void **state)
{
    rig_t *rig = *state;
    const char *asked;

    work(rig, MSSL_TASK_ORDER, "kill -9 $$");
    asked = apr_pstrdup(rig->pool, rig->job.request);
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    assert_int_equal(rig->job.is_doubtful, 1);
    assert_non_null(strstr(rig->job.waits_for, "msslctl retry a.example"));
    assert_non_null(strstr(rig->job.waits_for, "msslctl approve a.example CERT"));
    assert_non_null(strstr(rig->job.waits_for, asked));
    work(rig, MSSL_TASK_POLL, "exit 31");
    assert_string_equal(get_verbs(rig), "poll ");
    assert_int_equal(rig->job.is_doubtful, 1);
    work(rig, MSSL_TASK_POLL, "exit 3");
    assert_int_equal(rig->job.next, rig->job.until);
    /* It knows that there is none: the same number is ordered. */
    work(rig, MSSL_TASK_POLL, "[ $verb = poll ] && exit 22; exit 10");
    assert_string_equal(get_verbs(rig), "poll issue ");
    assert_string_equal(rig->job.request, asked);
    assert_int_equal(rig->job.is_doubtful, 0);
    /* What is pending is asked after, and not ordered again. */
    work(rig, MSSL_TASK_ORDER, "exit 10");
    assert_string_equal(get_verbs(rig), "poll ");
    rig->conf.renews = 1;
    work(rig, MSSL_TASK_ORDER, "exit 10");
    assert_string_equal(get_verbs(rig), "");
    assert_non_null(strstr(rig->job.text, "msslctl decline a.example"));
    rig->conf.renews = 0;
    /* It failed: the next one is an admin's to order. */
    work(rig, MSSL_TASK_POLL, "echo class: caa >result; exit 20");
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_int_equal(rig->job.next, 0);
    /* An admin has looked: it is ordered with another number. */
    work(rig, MSSL_TASK_ORDER, "exit 99");
    assert_int_equal(rig->job.is_doubtful, 1);
    asked = apr_pstrdup(rig->pool, rig->job.request);
    work(rig, MSSL_TASK_ORDER, "[ $verb = poll ] && exit 31; exit 10");
    assert_string_equal(get_verbs(rig), "poll issue ");
    assert_string_not_equal(rig->job.request, asked);
    work(rig, MSSL_TASK_RESEND, "exit 0");
    assert_string_equal(get_verbs(rig), "resend ");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    work(rig, MSSL_TASK_DECLINE, "exit 31");
    assert_string_equal(get_verbs(rig), "cancel ");
    assert_int_equal(rig->job.state, MSSL_JOB_DECLINED);
    assert_non_null(strstr(rig->job.text, "an admin declined it; its issuer could not cancel"));
    work(rig, MSSL_TASK_RESEND, "exit 0");
    assert_string_equal(get_verbs(rig), "");
}

/* A free one served before: it goes on where somebody vouches for the name, and only then. */
static void test_free_before(void **state)
{
    static const mssl_request_t request = { .csr_only = 0 };
    rig_t *rig = *state;
    int i;

    assert_int_equal(mkdir(path_of(rig, "requests/wanted"), 0700), 0);
    get_issuer(rig)->by_request = 0;
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_true(rig->job.renew != 0);
    get_issuer(rig)->by_request = 1;
    rig->conf.why = MSSL_WHY_ASKED;
    rig->conf.request = &request;
    for (i = 0; i < 2; i++) {
        certs_write_text(rig->root, "requests/wanted/a.example", "");
        rig->conf.is_vouched = i;
        work(rig, MSSL_TASK_ORDER, "exit 10");
        work(rig, MSSL_TASK_DECLINE, "exit 0");
        assert_int_equal(rig->job.state, MSSL_JOB_DECLINED);
        assert_int_equal(rig->job.next, i ? rig->job.renew : 0);
        assert_int_equal(count_files(rig, "requests"), 1); /* who is told of it stands there */
    }
    rig->conf.is_asked = 0;
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_string_equal(get_verbs(rig), "");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_int_equal(count_files(rig, "requests"), 0);
    rig->conf.is_asked = 1;
    certs_write_text(rig->root, "requests/wanted/a.example", "");
    work(rig, MSSL_TASK_ORDER, "exit 10");
    work(rig, MSSL_TASK_POLL, "echo class: caa >result; exit 20");
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_int_equal(rig->job.next, 0);
    assert_int_equal(rig->job.meanwhile, rig->job.renew);
    /* The last days of one that was paid for: told no more, but handed on. */
    rig->job.is_bought = 1;
    rig->conf.is_asked = 0;
    rig->conf.why = MSSL_WHY_RENEWAL;
    rig->job.not_after = apr_time_now() + apr_time_from_sec(4 * CERT_DAY);
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_int_equal(rig->job.next, rig->job.not_after - apr_time_from_sec(3 * CERT_DAY));
    assert_int_equal(count_files(rig, "requests"), 1);
    rig->job.not_after = apr_time_now() + apr_time_from_sec(2 * CERT_DAY);
    work(rig, MSSL_TASK_ORDER, "sign");
    assert_string_equal(get_verbs(rig), "");
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_int_equal(rig->job.next, rig->job.since);
    assert_int_equal(count_files(rig, "requests"), 0);
}

/* It does not come to an end, and has said what the order is called. */
static void test_too_late(void **state)
{
    rig_t *rig = *state;

    rig->conf.patience = rig->conf.mercy = apr_time_from_sec(1);
    work(rig, MSSL_TASK_ORDER, "echo order: o-3 >result; sleep 30");
    rig->conf.patience = apr_time_from_sec(20);
    assert_int_equal(rig->job.is_doubtful, 1);
    assert_string_equal(rig->job.order, "o-3");
    work(rig, MSSL_TASK_POLL, "exit 10");
    assert_non_null(strstr(read_text(rig, "accounts/fake/verbs"), " o-3 "));
    assert_int_equal(rig->job.is_doubtful, 0);
}

static void test_funds(void **state)
{
    rig_t *rig = *state;

    work(rig, MSSL_TASK_ORDER, "echo class: funds >result; exit 32");
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_int_equal(rig->job.class, MSSL_CLASS_FUNDS);
    assert_non_null(strstr(rig->job.text, "no money left"));
    work(rig, MSSL_TASK_ORDER, "exit 32");
    assert_int_equal(rig->job.class, MSSL_CLASS_ACCOUNT);
}

/* What a request says reaches the issuer; the owner's data only while it runs. */
static void test_request(void **state)
{
    static mssl_request_t request = { .approver = "admin@a.example", .term = "1y" };
    rig_t *rig = *state;

    assert_int_equal(mkdir(path_of(rig, "requests/owner"), 0700), 0);
    certs_write_text(rig->root, "requests/owner/a.example", "organisation: A\n");
    rig->conf.request = &request;
    work(rig, MSSL_TASK_ORDER, "echo order: o-7 >result; (echo $MSSL_APPROVER $MSSL_TERM; cat \"$MSSL_OWNER_FILE\") "
         ">\"$MSSL_ACCOUNT_DIR/said\"; exit 10");
    assert_string_equal(read_text(rig, "accounts/fake/said"), "admin@a.example 1y\norganisation: A\n");
    assert_null(read_text(rig, "work/a.example/owner"));
    assert_within(apr_time_sec(rig->job.until - apr_time_now()), 90 * CERT_DAY - 60, 90 * CERT_DAY);
    assert_null(strstr(read_text(rig, "jobs/a.example"), "organisation"));
    work(rig, MSSL_TASK_FORGET, "exit 0");
    assert_int_equal(count_files(rig, "requests"), 0);
    /* A domain alone takes 30 days; nobody is asked for a request only. */
    mssl_job_init(&rig->job, "a.example", apr_time_now());
    work(rig, MSSL_TASK_ORDER, "echo order: o-8 >result; exit 10");
    assert_within(apr_time_sec(rig->job.until - apr_time_now()), 30 * CERT_DAY - 60, 30 * CERT_DAY);
    mssl_job_init(&rig->job, "a.example", apr_time_now());
    request.csr_only = 1;
    work(rig, MSSL_TASK_ORDER, "exit 0");
    assert_string_equal(get_verbs(rig), "");
    assert_int_equal(rig->job.state, MSSL_JOB_PENDING);
    assert_int_equal(rig->job.next, rig->job.until);
    assert_non_null(read_text(rig, "keys/a.example.csr"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_several_names, begin_paid, tear_down),
        cmocka_unit_test_setup_teardown(test_own_job_of_another, begin_paid, tear_down),
        cmocka_unit_test_setup_teardown(test_term, begin_paid, tear_down),
        cmocka_unit_test_setup_teardown(test_never_twice, begin_paid, tear_down),
        cmocka_unit_test_setup_teardown(test_free_before, begin_paid, tear_down),
        cmocka_unit_test_setup_teardown(test_too_late, begin_paid, tear_down),
        cmocka_unit_test_setup_teardown(test_funds, begin_paid, tear_down),
        cmocka_unit_test_setup_teardown(test_request, begin_paid, tear_down),
    };

    return cmocka_run_group_tests_name("paid", tests, NULL, NULL);
}
