/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "lib/issue/lock.h"
#include "lib/issue/rehearsal.h"
#include "tests/unit/issuing.h"

/* Files of the state folder that are not the program's, each with a sum of its bytes. */
static const char *list_files(const rig_t *rig)
{
    FILE *list = popen(apr_psprintf(rig->pool, "cd %s && find . -type f ! -path './program/*' -exec cksum "
                                    "{} + | sort", rig->root), "r");
    char *text = apr_pcalloc(rig->pool, 65536);

    assert_true(fread(text, 1, 65535, list) < 65535);
    pclose(list);
    return text;
}

static int begin_staging(void **state)
{
    rig_t *rig;

    begin(state);
    rig = *state;
    get_issuer(rig)->staging = "https://staging.example/dir";
    return 0;
}

/* @param script what the issuer does but for noting its verbs */
static mssl_rehearsal_t rehearse(rig_t *rig, const char *script)
{
    mssl_rehearsal_t rehearsal;

    write_script(rig, apr_pstrcat(rig->pool, PROLOGUE, script, NULL));
    rig->why.text[0] = '\0';
    assert_int_equal(mssl_rehearse(&rehearsal, &rig->conf, "a.example", rig->pool, &rig->why),
                     APR_SUCCESS);
    return rehearsal;
}

/* A name that has all of its own: nothing of that is another afterwards, and nothing of the trial is left. */
static void test_thrown_away(void **state)
{
    rig_t *rig = *state;
    mssl_rehearsal_t rehearsal;
    const char *before, *said;

    work(rig, MSSL_TASK_ORDER, "sign");
    rig->conf.why = MSSL_WHY_ASKED;
    work(rig, MSSL_TASK_ORDER, "exit 31");
    before = list_files(rig);
    rehearsal = rehearse(rig, "echo \"$MSSL_STAGING $PWD $MSSL_NAMES $MSSL_REQUEST\" >\"$MSSL_ACCOUNT_DIR/said\"\nsign 5");
    assert_int_equal(rehearsal.outcome, MSSL_OUTCOME_DONE);
    assert_true(rehearsal.took > 0);
    assert_within(apr_time_sec(rehearsal.accepted.not_after - apr_time_now()), 5 * CERT_DAY - 60,
                  5 * CERT_DAY);
    said = read_text(rig, "accounts/fake.staging/said");
    assert_non_null(said);
    assert_string_equal(said, apr_pstrcat(rig->pool, "1 ", rig->root, "/work/.trial a.example trial\n", NULL));
    assert_string_equal(read_text(rig, "accounts/fake.staging/registered"), "https://staging.example/dir");
    assert_int_equal(system(apr_psprintf(rig->pool, "rm -r %s/accounts/fake.staging*", rig->root)), 0);
    assert_string_equal(list_files(rig), before);
    assert_int_not_equal(faccessat(rig->dir, "work/.trial", F_OK, AT_SYMLINK_NOFOLLOW), 0);
}

/* Whose fault it is, in words; whatever it is, nothing is left. */
static void test_fails(void **state)
{
    static const struct {
        const char *script;
        mssl_outcome_t outcome;
        mssl_class_t class;
        const char *says;
    } rows[] = {
        { "exit 31", MSSL_OUTCOME_FAILED, MSSL_CLASS_CA, "" },
        { "kill -9 $$", MSSL_OUTCOME_FAILED, MSSL_CLASS_CA, "" },
        { "echo class: caa >result; exit 20", MSSL_OUTCOME_FAILED, MSSL_CLASS_CAA, "a CAA record" },
        { "exit 30", MSSL_OUTCOME_FAILED, MSSL_CLASS_LIMIT, "a limit of the CA" },
        { "exit 10", MSSL_OUTCOME_PENDING, MSSL_CLASS_NONE, "" },
        { "exit 21", MSSL_OUTCOME_DECLINED, MSSL_CLASS_NONE, "" },
        { "exit 3", MSSL_OUTCOME_NO_VERB, MSSL_CLASS_NONE, "" },
        { "exit 0", MSSL_OUTCOME_FAILED, MSSL_CLASS_CHAIN, "chain.pem" },
        { "echo x >\"$MSSL_CHAIN\"", MSSL_OUTCOME_FAILED, MSSL_CLASS_CHAIN, "" },
        { "ln -s \"${0%/*}/ca.pem\" \"$MSSL_CHAIN\"", MSSL_OUTCOME_FAILED, MSSL_CLASS_CHAIN, "" },
        { "cp \"${0%/*}/ca.pem\" \"$MSSL_CHAIN\"", MSSL_OUTCOME_FAILED, MSSL_CLASS_CHAIN, "" },
        { "head -c 2000000 /dev/zero >\"$MSSL_CHAIN\"", MSSL_OUTCOME_FAILED, MSSL_CLASS_CHAIN, "" },
    };
    rig_t *rig = *state;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        mssl_rehearsal_t rehearsal = rehearse(rig, rows[i].script);

        assert_int_equal(rehearsal.outcome, rows[i].outcome);
        assert_int_equal(rehearsal.result.class, rows[i].class);
        assert_non_null(strstr(rig->why.text, rows[i].says));
        assert_int_equal(count_files(rig, "work") + count_files(rig, "keys") + count_files(rig, "issued")
                         + count_files(rig, "jobs"), 0);
    }
}

/* The CA for trials has forgotten the account: it is made anew with the next trial, that of orders stays. */
static void test_account(void **state)
{
    rig_t *rig = *state;

    work(rig, MSSL_TASK_ORDER, "sign");
    assert_int_equal(rehearse(rig, "exit 32").result.class, MSSL_CLASS_ACCOUNT);
    assert_null(read_text(rig, "accounts/fake.staging/registered"));
    assert_string_equal(read_text(rig, "accounts/fake/registered"), "https://ca.example/dir");
    assert_int_equal(rehearse(rig, ISSUES).outcome, MSSL_OUTCOME_DONE);
    assert_non_null(strstr(strstr(read_text(rig, "accounts/fake.staging/verbs"), "issue"), "register"));
}

/* What one that was ended left does not come into the next; two at once are refused. */
static void test_one_at_a_time(void **state)
{
    rig_t *rig = *state;
    mssl_rehearsal_t rehearsal;
    int lock;

    certs_write_text(rig->root, "work/.trial/chain.pem", "of before");
    certs_write_text(rig->root, "work/.trial/deep/file", "of before");
    rehearsal = rehearse(rig, "ls >\"$MSSL_ACCOUNT_DIR/seen\"; exit 0");
    assert_int_equal(rehearsal.result.class, MSSL_CLASS_CHAIN);
    assert_string_equal(read_text(rig, "accounts/fake.staging/seen"), "csr.pem\nlog\n"); /* and no key */
    assert_int_equal(mssl_lock_take(&lock, rig->dir, MSSL_TRIAL_FOLDER, &rig->why), APR_SUCCESS);
    write_script(rig, PROLOGUE ISSUES);
    rig->why.text[0] = '\0';
    assert_int_equal(mssl_rehearse(&rehearsal, &rig->conf, "a.example", rig->pool, &rig->why), APR_EAGAIN);
    assert_non_null(strstr(rig->why.text, "another process works on it"));
    close(lock);
    assert_int_equal(rehearse(rig, ISSUES).outcome, MSSL_OUTCOME_DONE);
}

/* Of the type that the name's would have. */
static void test_key(void **state)
{
    rig_t *rig = *state;
    int i;

    for (i = 0; i < 2; i++) {
        rig->conf.key = i == 0 ? MSSL_KEY_RSA : -1;
        rig->issuing.key = MSSL_KEY_ECDSA;
        assert_int_equal(rehearse(rig, "openssl req -in \"$MSSL_CSR\" -noout -text >\"$MSSL_ACCOUNT_DIR/csr\"; sign")
                             .outcome, MSSL_OUTCOME_DONE);
        assert_int_equal(strstr(read_text(rig, "accounts/fake.staging/csr"), "rsaEncryption") != NULL, i == 0);
    }
}

/* There is no room for it: it is not begun, and says why. */
static void test_no_folder(void **state)
{
    rig_t *rig = *state;
    mssl_rehearsal_t rehearsal;

    int i;

    write_script(rig, PROLOGUE ISSUES);
    certs_write_text(rig->root, "elsewhere/file", "x");
    for (i = 0; i < 3; i++) {
        if (i == 0) {
            certs_write_text(rig->root, "work/.trial", "a file");
        }
        else if (i == 1) {
            assert_int_equal(symlinkat("../elsewhere", rig->dir, "work/.trial"), 0);
        }
        else {
            assert_int_equal(renameat(rig->dir, "work", rig->dir, "gone"), 0);
        }
        rig->why.text[0] = '\0';
        assert_int_not_equal(mssl_rehearse(&rehearsal, &rig->conf, "a.example", rig->pool, &rig->why),
                             APR_SUCCESS);
        assert_non_null(strstr(rig->why.text, "work/.trial"));
        unlinkat(rig->dir, "work/.trial", 0);
    }
    assert_int_equal(renameat(rig->dir, "gone", rig->dir, "work"), 0);
    assert_string_equal(read_text(rig, "elsewhere/file"), "x");
    assert_int_equal(count_files(rig, "elsewhere"), 1);
    assert_int_equal(rehearse(rig, ISSUES).outcome, MSSL_OUTCOME_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_thrown_away, begin_staging, tear_down),
        cmocka_unit_test_setup_teardown(test_fails, begin_staging, tear_down),
        cmocka_unit_test_setup_teardown(test_account, begin_staging, tear_down),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, begin_staging, tear_down),
        cmocka_unit_test_setup_teardown(test_key, begin_staging, tear_down),
        cmocka_unit_test_setup_teardown(test_no_folder, begin_staging, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
