/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <sys/stat.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_programs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shipped, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
