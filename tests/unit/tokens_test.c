/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <sys/stat.h>

#include "lib/issue/tokens.h"
#include "tests/unit/certs.h"

#define FOLDER ".well-known/acme-challenge/"

static void put(const char *root, const char *name, long age)
{
    struct timespec times[2] = { { .tv_sec = time(NULL) - age }, { .tv_sec = time(NULL) - age } };
    char path[256];

    certs_write_text(root, name, "x");
    snprintf(path, sizeof(path), "%s/%s", root, name);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int has(const char *root, const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    return access(path, F_OK) == 0;
}

static void test_sweep(void **state)
{
    apr_time_t now = apr_time_from_sec((apr_time_t)time(NULL));
    char root[64], path[256];

    (void)state;
    certs_folder(root, sizeof(root));
    mssl_tokens_sweep(root, now); /* nothing is there yet */
    put(root, FOLDER "old_To-ken", CERT_DAY + 60);
    put(root, FOLDER "young", CERT_DAY - 60);
    put(root, FOLDER ".htaccess", 2 * CERT_DAY);
    put(root, FOLDER "folder/old", 2 * CERT_DAY);
    put(root, "elsewhere", 2 * CERT_DAY);
    put(root, "alpn/old.example.pem", CERT_DAY + 60);
    put(root, "alpn/young.example.pem", CERT_DAY - 60);
    put(root, "alpn/readme.txt", 2 * CERT_DAY);
    put(root, "alpn/.pem", 2 * CERT_DAY);
    put(root, FOLDER "others", 2 * CERT_DAY);
    snprintf(path, sizeof(path), "%s/" FOLDER "others", root);
    assert_int_equal(geteuid() == 0 ? chown(path, 12345, (gid_t)-1) : 0, 0);
    mssl_tokens_sweep(root, now);
    assert_false(has(root, FOLDER "old_To-ken"));
    assert_true(has(root, FOLDER "young") && has(root, FOLDER ".htaccess"));
    assert_true(has(root, FOLDER "folder/old") && has(root, "elsewhere"));
    assert_false(has(root, "alpn/old.example.pem"));
    assert_true(has(root, "alpn/young.example.pem") && has(root, "alpn/readme.txt"));
    assert_true(has(root, "alpn/.pem"));
    assert_int_equal(has(root, FOLDER "others"), geteuid() == 0); /* another user's is his */
    /* A folder that leads away is not followed. */
    snprintf(path, sizeof(path), "%s/other", root);
    assert_int_equal(mkdir(path, 0755), 0);
    put(root, "other/acme-challenge/old", 2 * CERT_DAY);
    snprintf(path, sizeof(path), "rm -rf %s/.well-known", root);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof(path), "%s/.well-known", root);
    certs_link("other", path);
    mssl_tokens_sweep(root, now);
    assert_true(has(root, "other/acme-challenge/old"));
    certs_remove(root);
}

#define PROOFS ".well-known/pki-validation/"

/* An order by file is pending for weeks, and its file lies there as long. */
static void test_proofs(void **state)
{
    apr_time_t now = apr_time_from_sec((apr_time_t)time(NULL));
    mssl_tokens_t tokens = { 0 };
    char root[64], path[256], name[64];
    int i;

    (void)state;
    certs_folder(root, sizeof(root));
    put(root, PROOFS "a.example/old.txt", 101 * CERT_DAY);
    put(root, PROOFS "a.example/.old.txt", 101 * CERT_DAY);
    put(root, PROOFS "a.example/pending.txt", 91 * CERT_DAY);
    put(root, PROOFS "a.example/folder/old.txt", 101 * CERT_DAY);
    put(root, PROOFS "A.example/old.txt", 101 * CERT_DAY);
    put(root, PROOFS "old.txt", 101 * CERT_DAY);
    put(root, PROOFS "root.example/old.txt", 101 * CERT_DAY);
    put(root, "other/old.txt", 101 * CERT_DAY);
    put(root, FOLDER "old", 2 * CERT_DAY);
    snprintf(path, sizeof(path), "%s/" PROOFS "link.example", root);
    certs_link("../../other", path);
    snprintf(path, sizeof(path), "%s/" PROOFS "root.example/old.txt", root);
    assert_int_equal(geteuid() == 0 ? lchown(path, 12345, (gid_t)-1) : unlink(path), 0);
    for (i = 0; i < 1200; i++) { /* more than one turn looks at */
        snprintf(name, sizeof(name), PROOFS "n%d.example/old.txt", i);
        put(root, name, 101 * CERT_DAY);
    }
    for (i = 0; tokens.next == 0 && i < 10; i++) {
        mssl_tokens_turn(&tokens, root, now);
    }
    assert_true(i > 1 && tokens.next > now);
    assert_false(has(root, PROOFS "a.example/old.txt") || has(root, FOLDER "old"));
    assert_true(has(root, PROOFS "a.example/pending.txt") && has(root, PROOFS "a.example/.old.txt"));
    assert_true(has(root, PROOFS "a.example/folder/old.txt") && has(root, "other/old.txt"));
    assert_true(has(root, PROOFS "A.example/old.txt") && has(root, PROOFS "old.txt"));
    assert_true(geteuid() != 0 || has(root, PROOFS "root.example/old.txt"));
    for (i = 0; i < 1200; i++) {
        snprintf(name, sizeof(name), PROOFS "n%d.example/old.txt", i);
        assert_false(has(root, name));
    }
    /* Not before its time, but where the clock was set back. */
    put(root, FOLDER "old", 2 * CERT_DAY);
    mssl_tokens_turn(&tokens, root, now + apr_time_from_sec(60));
    assert_true(has(root, FOLDER "old"));
    mssl_tokens_turn(&tokens, root, now - apr_time_from_sec(CERT_DAY / 2));
    assert_false(has(root, FOLDER "old"));
    certs_remove(root);
}

static mode_t mode_of(const char *root, const char *name)
{
    char path[256];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

/* httpd's children answer from there, and the steward's umask leaves to others nothing. */
static void test_made_for_all_to_enter(void **state)
{
    char root[64], path[256];
    mode_t mask = umask(077);
    int fd;

    (void)state;
    certs_folder(root, sizeof(root));
    assert_int_equal(mssl_tokens_open(root, 0), -1);
    assert_true((fd = mssl_tokens_open(root, 1)) >= 0);
    close(fd);
    assert_int_equal(mode_of(root, ".well-known"), 0755);
    assert_int_equal(mode_of(root, FOLDER), 0755);
    /* Nor can anybody enter what was made so once. */
    snprintf(path, sizeof(path), "%s/.well-known", root);
    assert_int_equal(chmod(path, 0700), 0);
    assert_true((fd = mssl_tokens_open(root, 1)) >= 0);
    close(fd);
    assert_int_equal(mode_of(root, ".well-known"), 0755);
    umask(mask);
    certs_remove(root);
}

int main(void)
{
    const struct CMUnitTest tests[]
        = { cmocka_unit_test(test_sweep), cmocka_unit_test(test_proofs),
            cmocka_unit_test(test_made_for_all_to_enter) };

    return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
