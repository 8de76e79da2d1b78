/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "lib/base/reason.h"
#include "lib/notify/program.h"
#include "lib/notify/settings.h"
#include "tests/unit/certs.h"

typedef struct rig_t {
    apr_pool_t *pool;
    char root[64];
} rig_t;

static int set_up(void **state)
{
    rig_t *rig = calloc(1, sizeof(*rig));

    apr_initialize();
    apr_pool_create(&rig->pool, NULL);
    certs_folder(rig->root, sizeof(rig->root));
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_t *rig = *state;

    apr_pool_destroy(rig->pool);
    certs_remove(rig->root);
    free(rig);
    apr_terminate();
    return 0;
}

static void test_programs(void **state)
{
    rig_t *rig = *state;
    const char *path = apr_pstrcat(rig->pool, rig->root, "/p", NULL);
    mssl_reason_t why = { "" };

    assert_int_equal(mssl_program_check("/bin/sh", &why), APR_SUCCESS);
    assert_int_not_equal(mssl_program_check("bin/sh", &why), APR_SUCCESS);
    assert_int_not_equal(mssl_program_check(path, &why), APR_SUCCESS);
    assert_non_null(strstr(why.text, "does not exist"));
    assert_int_equal(mknod(path, S_IFREG | 0700, 0), 0);
    assert_int_equal(mssl_program_check(path, &why), APR_SUCCESS);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_not_equal(mssl_program_check(path, &why), APR_SUCCESS);
    assert_non_null(strstr(why.text, "not executable"));
    assert_int_equal(chmod(path, 0775), 0);
    assert_int_not_equal(mssl_program_check(path, &why), APR_SUCCESS);
    assert_non_null(strstr(why.text, "writable by others"));
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(chmod(rig->root, 0777), 0);
    assert_int_not_equal(mssl_program_check(path, &why), APR_SUCCESS);
    assert_non_null(strstr(why.text, "everybody"));
    assert_int_equal(chmod(rig->root, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
        assert_int_not_equal(mssl_program_check(path, &why), APR_SUCCESS);
        assert_non_null(strstr(why.text, "belongs to"));
    }
    assert_int_not_equal(mssl_program_check(rig->root, &why), APR_SUCCESS);
}

static void test_shipped(void **state)
{
    static const char *const good[] = { "mail", "root", "a@b.example", NULL };
    static const char *const none[] = { "mail", NULL };
    static const char *const wrong[] = { "mail", "root", "-t", NULL };
    static const char *const other[] = { "sendmail", "root", NULL };
    mssl_reason_t why = { "" };

    (void)state;
    assert_int_equal(mssl_shipped_check(good, &why), APR_SUCCESS);
    assert_int_equal(mssl_shipped_check(none, &why), APR_EINVAL);
    assert_int_equal(mssl_shipped_check(wrong, &why), APR_EINVAL);
    assert_int_equal(mssl_shipped_check(other, &why), APR_EINVAL);
}

static apr_status_t refuse(void *baton, mssl_reason_t *why)
{
    return *(int *)baton != 0 ? mssl_reason_set(why, APR_EACCES, "not today") : APR_SUCCESS;
}

static apr_status_t run(const char *script, mssl_program_t *program, mssl_reason_t *why)
{
    const char *argv[] = { "/bin/sh", "-c", script, NULL }, *env[] = { NULL };
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    program->path = argv[0];
    program->argv = argv;
    program->env = env;
    program->input = "";
    return mssl_program_run(program, why);
}

/* The last of what a program says is kept, however much that is, and it is heard while it runs. */
static void test_errors(void **state)
{
    mssl_tail_t tail = { .len = 7 };
    mssl_reason_t why = { "" };
    int is_refused = 0, code;
    mssl_program_t program = { .patience = apr_time_from_sec(20), .mercy = apr_time_from_sec(1),
                               .errors = &tail, .enter = refuse, .enter_baton = &is_refused,
                               .code = &code };

    (void)state;
    assert_int_equal(run("echo one >&2; echo two", &program, &why), APR_SUCCESS);
    assert_int_equal(tail.len, 4);
    assert_memory_equal(tail.text, "one\n", 4);
    assert_int_equal(run("head -c 3000000 /dev/zero >&2; echo last >&2; exit 7", &program, &why),
                     APR_EGENERAL);
    assert_int_equal(code, 7);
    assert_int_equal(tail.len, sizeof(tail.text));
    assert_memory_equal(tail.text + tail.len - 6, "\0last\n", 6);
    /* One that leaves somebody behind, and one that says nothing more. */
    assert_int_equal(run("echo x >&2; sleep 9 & exit 0", &program, &why), APR_SUCCESS);
    assert_int_equal(tail.len, 2);
    assert_int_equal(run("echo y >&2; exec 2>&-; sleep 0.2", &program, &why), APR_SUCCESS);
    program.patience = apr_time_from_sec(1);
    assert_int_equal(run("echo z >&2; sleep 9", &program, &why), APR_TIMEUP);
    assert_memory_equal(tail.text, "z\n", 2);
    is_refused = 1;
    assert_int_equal(run("echo no >&2", &program, &why), APR_EGENERAL);
    assert_int_equal(code, 126);
    assert_memory_equal(tail.text, "/bin/sh: not today\n", 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_programs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shipped, set_up, tear_down),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
