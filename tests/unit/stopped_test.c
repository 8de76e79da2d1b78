/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tests/unit/issuing.h"

#define LAST (3 * CERT_DAY)
#define LONG_AGO apr_time_from_sec(1700000000)
#define UNTIL "echo \"paid-until: $(( $(date +%s) + 300 * 86400 ))\" >>result; "

/* A free issuer, and a paid one that waits for an admin; what is in service was bought there. */
static int begin_bought(void **state)
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
    rig->conf.issuer = &APR_ARRAY_IDX(rig->issuing.issuers, 1, mssl_issuer_t);
    rig->conf.is_asked = 1;
    rig->conf.is_vouched = 1;
    return 0;
}

/* Whether its issuer made one within an order, or anything. */
static int is_reissued(const rig_t *rig)
{
    const char *verbs = read_text(rig, "accounts/shop/verbs");

    return verbs != NULL && strncmp(verbs, "reissue ", 8) == 0;
}

static int is_asked(const rig_t *rig)
{
    return read_text(rig, "accounts/shop/verbs") != NULL || read_text(rig, "accounts/fake/verbs") != NULL;
}

/* By itself, at its time. @param script what would run, were anything ordered */
static void come_due(rig_t *rig, const char *script)
{
    rig->conf.is_asked = 0;
    rig->conf.why = MSSL_WHY_RENEWAL;
    unlinkat(rig->dir, "accounts/shop/verbs", 0);
    work(rig, MSSL_TASK_ORDER, script);
}

static void ends_in(rig_t *rig, int days)
{
    rig->job.not_after = apr_time_now() + apr_time_from_sec(days * CERT_DAY);
}

/* Its time has come, and a free one is in service after that. */
static void replace(rig_t *rig)
{
    const char *before = apr_pstrdup(rig->pool, rig->job.serial);

    rig->conf.is_stopped = 0;
    rig->conf.issuer = get_issuer(rig);
    rig->job.meanwhile = LONG_AGO;
    work(rig, MSSL_TASK_MEANWHILE, "sign 400");
    assert_string_equal(rig->job.meanwhile_text, "");
    assert_string_not_equal(rig->job.serial, before);
    assert_int_equal(rig->job.is_bought, 0);
    rig->conf.issuer = &APR_ARRAY_IDX(rig->issuing.issuers, 1, mssl_issuer_t);
}

/* What is paid for cannot be had now: it is kept, and had later. */
static void test_within_term(void **state)
{
    rig_t *rig = *state;
    int i;

    work(rig, MSSL_TASK_ORDER, UNTIL "echo order: o-1 >>result; sign 200");
    assert_int_equal(rig->job.is_bought, 1);
    assert_true(rig->job.renew != 0);
    for (i = 0; i < 2; i++) {
        rig->job.state = MSSL_JOB_INSTALLED;
        rig->conf.is_stopped = 1;
        rig->conf.is_vouched = i;
        come_due(rig, "sign 200");
        assert_int_equal(is_asked(rig), 0);
        assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
        assert_int_equal(rig->job.class, MSSL_CLASS_HERE);
        assert_non_null(strstr(rig->job.text, "'shop'"));
        assert_string_equal(rig->job.order, "o-1");
        assert_true(rig->job.paid_until != 0);
        assert_int_equal(rig->job.meanwhile, i ? rig->job.not_after - apr_time_from_sec(LAST) : 0);
    }
    replace(rig);
    assert_string_equal(rig->job.order, "o-1");
    come_due(rig, "sign 500");
    assert_int_equal(is_reissued(rig), 1);
    assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
    assert_int_equal(rig->job.is_bought, 1);
    assert_int_equal(rig->job.meanwhile, 0);
}

/* Its term is over: told, and in its last days a free one's; also of an issuer that is there no more. */
static void test_term_is_over(void **state)
{
    static const mssl_request_t request = { .issuer = "shop" };
    rig_t *rig = *state;
    mssl_job_t bought;
    int i;

    assert_int_equal(mkdir(path_of(rig, "requests/wanted"), 0700), 0);
    work(rig, MSSL_TASK_ORDER, "sign 40");
    assert_int_equal(rig->job.renew, 0);
    bought = rig->job;
    rig->conf.is_stopped = 1;
    rig->conf.request = &request;
    for (i = 0; i < 2; i++) {
        rig->job = bought;
        certs_write_text(rig->root, "requests/wanted/a.example", "");
        ends_in(rig, 20);
        come_due(rig, "sign");
        assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
        assert_non_null(strstr(rig->job.waits_for, "--renew"));
        ends_in(rig, 2);
        come_due(rig, "sign");
        assert_int_equal(is_asked(rig), 0);
        assert_int_equal(rig->job.state, MSSL_JOB_INSTALLED);
        assert_int_equal(rig->job.next, rig->job.since);
        assert_int_equal(count_files(rig, "requests"), 0); /* the next turn is a free one's */
        rig->conf.issuer = NULL;
        MSSL_JOB_SET(bought.issuer, "gone");
    }
}

/* A list names it: that stays so, and a free one is made beside it. */
static void test_listed(void **state)
{
    rig_t *rig = *state;

    work(rig, MSSL_TASK_ORDER, "sign 40");
    ends_in(rig, 2);
    come_due(rig, "sign");
    assert_int_equal(is_asked(rig), 0);
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_int_equal(rig->job.meanwhile, rig->job.not_after - apr_time_from_sec(LAST));
    assert_int_equal(rig->job.next, 0);
    replace(rig);
}

/* Its order had failed before anybody else vouched for it: it stays the one that stopped the issuer. */
static void test_failed(void **state)
{
    rig_t *rig = *state;

    work(rig, MSSL_TASK_ORDER, "sign 40");
    rig->conf.is_vouched = 0;
    rig->conf.why = MSSL_WHY_ASKED;
    work(rig, MSSL_TASK_ORDER, "echo class: funds >result; exit 32");
    assert_int_equal(rig->job.class, MSSL_CLASS_FUNDS);
    assert_int_equal(rig->job.meanwhile, 0);
    rig->conf.is_vouched = rig->conf.is_stopped = 1;
    come_due(rig, "sign");
    assert_int_equal(is_asked(rig), 0);
    assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
    assert_int_equal(rig->job.class, MSSL_CLASS_FUNDS);
    assert_int_equal(rig->job.meanwhile, rig->job.not_after - apr_time_from_sec(LAST));
    replace(rig);
}

/* What serves costs nothing: no term of it is over, and it is renewed, whoever vouches. */
static void test_free_one_serves(void **state)
{
    rig_t *rig = *state;
    mssl_job_t installed;
    int i;

    rig->conf.issuer = get_issuer(rig);
    work(rig, MSSL_TASK_ORDER, "sign 90");
    installed = rig->job;
    for (i = 0; i < 8; i++) {
        rig->job = installed;
        rig->conf.issuer = &APR_ARRAY_IDX(rig->issuing.issuers, 1, mssl_issuer_t);
        rig->conf.is_vouched = i & 1;
        rig->conf.is_stopped = 0;
        if ((i & 2) != 0) { /* its order was made, and failed */
            rig->conf.is_asked = 1;
            rig->conf.why = MSSL_WHY_ASKED;
            work(rig, MSSL_TASK_ORDER, "echo class: caa >result; exit 20");
            assert_int_equal(rig->job.class, MSSL_CLASS_CAA);
            assert_int_equal(rig->job.next, 0);
        }
        rig->conf.is_stopped = (i & 4) != 0;
        come_due(rig, "sign 300");
        assert_int_equal(is_asked(rig), 0);
        assert_int_equal(rig->job.state, MSSL_JOB_FAILED);
        assert_string_equal(rig->job.waits_for, "");
        assert_int_equal(rig->job.meanwhile, installed.renew);
        assert_int_equal(rig->job.renew, installed.renew);
        assert_int_equal(rig->job.next, 0);
    }
    replace(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_within_term, begin_bought, tear_down),
        cmocka_unit_test_setup_teardown(test_term_is_over, begin_bought, tear_down),
        cmocka_unit_test_setup_teardown(test_listed, begin_bought, tear_down),
        cmocka_unit_test_setup_teardown(test_failed, begin_bought, tear_down),
        cmocka_unit_test_setup_teardown(test_free_one_serves, begin_bought, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
