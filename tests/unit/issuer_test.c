/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_strings.h>
#include <sys/wait.h>

#include "lib/process/landlock.h"
#include "tests/unit/issuing.h"

static mssl_outcome_t run(rig_t *rig, const char *verb, const char *script)
{
    write_script(rig, script);
    rig->why.text[0] = '\0';
    return mssl_issuer_run(&rig->result, &rig->conf, &rig->issuer, verb, &rig->job, rig->folder,
                           rig->pool, &rig->why);
}

static void test_talk(void **state)
{
    rig_t *rig = *state;

    rig->issuer.argv[1] = "--option";
    rig->issuer.argv[2] = "two words";
    MSSL_JOB_SET(rig->job.request, "0123");
    assert_int_equal(run(rig, "issue", "echo \"$# $2 $3\" >&2; env | sort >&2; pwd >&2; exit 10"),
                     MSSL_OUTCOME_PENDING);
    assert_non_null(strstr(read_log(rig), "3 two words issue\n"));
    assert_non_null(strstr(read_log(rig), "MSSL_NAME=a.example\n"));
    assert_non_null(strstr(read_log(rig), "MSSL_REQUEST=0123\n"));
    assert_non_null(strstr(read_log(rig), "/accounts/fake\n"));
    assert_non_null(strstr(read_log(rig), "/work/a.example/chain.pem\n"));
    assert_null(strstr(read_log(rig), "MSSL_ORDER"));
    assert_null(strstr(read_log(rig), "MSSL_REPLACES"));
    assert_non_null(strstr(read_log(rig), apr_pstrcat(rig->pool, "\n", rig->root,
                                                      "/work/a.example\n", NULL)));
    MSSL_JOB_SET(rig->job.order, "order 5");
    certs_write_text(rig->root, "work/a.example/" MSSL_WORK_REPLACES, "");
    assert_int_equal(run(rig, "poll", "echo class: caa >result; echo text: no >>result\n"
                                      "env >&2; exit 20"), MSSL_OUTCOME_FAILED);
    assert_non_null(strstr(read_log(rig), "MSSL_ORDER=order 5\n"));
    assert_non_null(strstr(read_log(rig), "/replaces.pem\n"));
    assert_int_equal(rig->result.class, MSSL_CLASS_CAA);
    assert_string_equal(rig->result.text, "no");
    /* What the last one said is not the next one's. */
    assert_int_equal(run(rig, "poll", "exit 0"), MSSL_OUTCOME_DONE);
    assert_string_equal(rig->result.text, "");
}

/* It writes in three folders, and reads what programs are made of and what its arguments name. */
static void test_confined(void **state)
{
    rig_t *rig = *state;

    if (mssl_landlock_get_version() == 0) {
        print_message("issuer: there is no Landlock here, the rest is not tried\n");
        return;
    }
    certs_write_text(rig->root, "keys/a.example.key", "secret");
    certs_write_text(rig->root, "named", "named");
    rig->issuer.argv[1] = path_of(rig, "named");
    rig->issuer.argv[2] = mssl_landlock_get_version() < 6 ? "old" : "new";
    assert_int_equal(
        run(rig, "issue",
            "s=${MSSL_CSR%/work/*}\n"
            "f() { echo \"$1\" >&2; exit 1; }\n"
            "cat \"$s/keys/a.example.key\" && f key\n"
            "ls \"$s/keys\" && f ls\n"
            "ls \"$s\" && f state\n"
            "echo x >\"$s/keys/new\" && f new\n"
            "echo x >\"$s/work/new\" && f work\n"
            "echo x >/tmp/mssl-issuer-test.$$ && f tmp\n"
            "cat /proc/$PPID/environ && f environ\n"
            "[ \"$2\" = old ] || { kill -0 $PPID && f signal; }\n"
            "[ \"$(cat \"$1\")\" = named ] || f named\n"
            "echo x >\"$1\" && f write\n"
            "echo x >chain.pem && mkdir d && rmdir d || f own\n"
            "echo x >\"$MSSL_ACCOUNT_DIR/key\" || f account\n"
            "mkdir -p \"$MSSL_CHALLENGE_DIR/.well-known/x\" || f challenge\n"
            "echo x >\"$MSSL_CHALLENGE_DIR/.well-known/x/y\" || f challenge\n"
            "echo x >/dev/null || f null\n"
            "head -c 1 /dev/urandom >/dev/null || f random\n"
            "cat /etc/passwd >/dev/null || f etc\n"
            "exit 0"), MSSL_OUTCOME_DONE);
    assert_int_equal(access(path_of(rig, "challenge/.well-known/x/y"), F_OK), 0);
    certs_write_text(rig->root, "work/a.example/ran", "#!/bin/sh\nexit 0\n");
    assert_int_equal(chmod(path_of(rig, "work/a.example/ran"), 0755), 0);
    assert_int_equal(run(rig, "issue", "./ran || exit 20"), MSSL_OUTCOME_FAILED);
}

static void test_rights(void **state)
{
    rig_t *rig = *state;

    assert_int_equal(run(rig, "issue", "setpriv --dump >&2; exit 0"), MSSL_OUTCOME_DONE);
    if (strstr(read_log(rig), "not found") != NULL) {
        print_message("issuer: there is no setpriv here\n");
        return;
    }
    assert_non_null(strstr(read_log(rig), "no_new_privs: 1\n"));
    if (geteuid() == 0) {
        assert_non_null(strstr(read_log(rig), "Capability bounding set: [none]\n"));
    }
}

static void test_bad_programs(void **state)
{
    rig_t *rig = *state;

    rig->conf.patience = apr_time_from_sec(1);
    assert_int_equal(run(rig, "issue", "echo before >&2; sleep 30"), MSSL_OUTCOME_FAILED);
    assert_int_equal(rig->result.class, MSSL_CLASS_CA);
    assert_non_null(strstr(rig->why.text, "did not end within 1 seconds"));
    assert_string_equal(read_log(rig), "before\n");
    assert_int_equal(run(rig, "issue", "kill -9 $$"), MSSL_OUTCOME_FAILED);
    assert_non_null(strstr(rig->why.text, "signal 9"));
    assert_int_equal(run(rig, "issue", "mkdir log; exit 5"), MSSL_OUTCOME_FAILED);
    assert_non_null(strstr(rig->why.text, "exit code 5"));
    rig->issuer.argv[0] = path_of(rig, "program/none");
    assert_int_equal(mssl_issuer_run(&rig->result, &rig->conf, &rig->issuer, "issue", &rig->job,
                                     rig->folder, rig->pool, &rig->why), MSSL_OUTCOME_FAILED);
    assert_int_equal(rig->result.class, MSSL_CLASS_HERE);
    assert_non_null(strstr(rig->why.text, "does not exist"));
}

static mssl_outcome_t make_account(rig_t *rig)
{
    return mssl_issuer_register(&rig->result, &rig->conf, &rig->issuer, &rig->job, rig->folder,
                                rig->pool, &rig->why);
}

static int count_runs(const rig_t *rig)
{
    const char *text;
    apr_size_t len = 0;

    mssl_file_slurp(&text, &len, rig->dir, "accounts/fake/runs", 65536, rig->pool, NULL);
    return (int)len;
}

/* Once, whoever asks at the same time; again where it failed, is forgotten, or is another CA's. */
static void test_register(void **state)
{
    rig_t *rig = *state;
    int i, status;

    write_script(rig, "[ $1 = register ] || exit 1\n"
                      "printf x >>\"$MSSL_ACCOUNT_DIR/runs\"; exit 32");
    assert_int_equal(make_account(rig), MSSL_OUTCOME_FAILED);
    assert_int_equal(rig->result.class, MSSL_CLASS_ACCOUNT);
    write_script(rig, "sleep 0.2; printf x >>\"$MSSL_ACCOUNT_DIR/runs\"");
    for (i = 0; i < 4; i++) {
        if (fork() == 0) {
            _exit(make_account(rig) != MSSL_OUTCOME_DONE);
        }
    }
    for (i = 0; i < 4; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(count_runs(rig), 2);
    mssl_issuer_forget(&rig->conf, &rig->issuer);
    assert_int_equal(make_account(rig), MSSL_OUTCOME_DONE);
    assert_int_equal(make_account(rig), MSSL_OUTCOME_DONE);
    assert_int_equal(count_runs(rig), 3);
    rig->issuer.directory = "https://other.example/dir";
    assert_int_equal(make_account(rig), MSSL_OUTCOME_DONE);
    assert_int_equal(make_account(rig), MSSL_OUTCOME_DONE);
    assert_int_equal(count_runs(rig), 4);
    write_script(rig, "exit 3");
    rig->issuer.directory = NULL;
    assert_int_equal(make_account(rig), MSSL_OUTCOME_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_talk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_confined, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rights, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_programs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_register, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("issuer", tests, NULL, NULL);
}
