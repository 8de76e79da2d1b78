/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/providers/providers.h"
#include "tests/unit/certs.h"

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    void *dir;
    mssl_material_t material;
    mssl_reason_t why;
} room_t;

/* Removed at the moment when it is to be read; NULL: nothing is. */
static const char *going;

static int open_for_real(int dirfd, const char *path, int flags, unsigned int mode)
{
    if (going != NULL && strcmp(strrchr(going, '/') + 1, path) == 0) {
        unlink(going);
        going = NULL;
    }
    return (int)syscall(SYS_openat, dirfd, path, flags, mode);
}

/* As the C library's, for all of libmssl; by either name, as the compiler calls it. */
int openat(int dirfd, const char *path, int flags, ...)
{
    unsigned int mode = 0;
    va_list args;

    if ((flags & O_CREAT) != 0) {
        va_start(args, flags);
        mode = va_arg(args, unsigned int);
        va_end(args);
    }
    return open_for_real(dirfd, path, flags, mode);
}

int __openat_2(int dirfd, const char *path, int flags);
int __openat_2(int dirfd, const char *path, int flags)
{
    return open_for_real(dirfd, path, flags, 0);
}

static void make(room_t *room)
{
    assert_int_equal(mssl_store_dir.make(&room->dir, room->root, room->pool, &room->why),
                     APR_SUCCESS);
}

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    make(room);
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    certs_remove(room->root);
    apr_pool_destroy(room->pool);
    free(room);
    apr_terminate();
    return 0;
}

static apr_status_t fetch(room_t *room, const char *key, const mssl_stamp_t *known)
{
    mssl_question_t question = { key, known, room->pool, &room->material, &room->why };

    memset(&room->material, 0, sizeof(room->material));
    room->why.text[0] = '\0';
    return mssl_store_dir.fetch(room->dir, &question);
}

static void put(room_t *room, const char *name)
{
    certs_write_text(room->root, name, name); /* each file says its own name */
}

/* The items as "cert+key+chain+staple+password", in order, blank between. */
static const char *found(room_t *room, const char *key)
{
    static char text[4096];
    const mssl_item_t *item;
    size_t used = 0;
    int i;

    text[0] = '\0';
    if (fetch(room, key, NULL) != APR_SUCCESS) {
        return "nothing";
    }
    for (i = 0; i < room->material.nitems; i++) {
        item = &room->material.item[i];
        assert_int_equal(item->rv, APR_SUCCESS);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s%s%s%s%s%s%s%s%s",
                                 i > 0 ? " " : "", item->cert.data,
                                 item->key.data != NULL ? "+" : "",
                                 item->key.data != NULL ? item->key.data : "",
                                 item->chain.data != NULL ? "+" : "",
                                 item->chain.data != NULL ? item->chain.data : "",
                                 item->staple.data != NULL ? "+" : "",
                                 item->staple.data != NULL ? item->staple.data : "",
                                 item->password != NULL ? "+" : "",
                                 item->password != NULL ? item->password : "",
                                 item->is_shared ? "(shared)" : "");
    }
    return text;
}

static const struct {
    const char *key, *files[5], *found;
} layouts[] = {
    { "a.example", { "a.example.pem" }, "a.example.pem" },
    { "a.example", { "a.example.pem", "a.example.key" }, "a.example.pem+a.example.key" },
    { "a.example", { "a.example.crt", "a.example.key" }, "a.example.crt+a.example.key" },
    { "a.example", { "a.example.cer", "a.example.key", "a.example.chain" },
      "a.example.cer+a.example.key+a.example.chain" },
    { "a.example", { "a.example.crt", "a.example.key", "a.example.ca-bundle" },
      "a.example.crt+a.example.key+a.example.ca-bundle" },
    { "a.example", { "a.example.crt", "a.example.cer", "a.example.key" },
      "a.example.crt+a.example.key" },
    { "a.example", { "a.example/fullchain.pem", "a.example/privkey.pem" },
      "a.example/fullchain.pem+a.example/privkey.pem" },
    { "a.example", { "a.example/fullchain.cer", "a.example/a.example.key" },
      "a.example/fullchain.cer+a.example/a.example.key" },
    { "a.example", { "a.example_ecc/fullchain.cer", "a.example_ecc/a.example.key" },
      "a.example_ecc/fullchain.cer+a.example_ecc/a.example.key" },
    { "a.example", { "a.example.pfx", "a.example.pass" }, "a.example.pfx+a.example.pass" },
    { "a.example", { "a.example.pem", "a.example.ocsp" }, "a.example.pem+a.example.ocsp" },
    { "a.example", { "a.example.rsa.pem", "a.example.ecdsa.crt", "a.example.ecdsa.key",
                     "a.example.ecdsa.ocsp" },
      "a.example.ecdsa.crt+a.example.ecdsa.key+a.example.ecdsa.ocsp a.example.rsa.pem" },
    { "a.example", { "a.example.key", "a.example.chain", "a.example.pass", "b.example.pem" },
      "nothing" },
    { "a.example", { "_.example.pem", "*.example.pem" }, "nothing" },
    { "*.example", { "_.example.pem", "*.example.crt", "*.example.key", "example.pem" },
      "_.example.pem *.example.crt+*.example.key" },
    { "*.example", { "_.example/fullchain.pem", "_.example/privkey.pem" },
      "_.example/fullchain.pem+_.example/privkey.pem" },
    { "*.example", { "*.example_ecc/fullchain.cer", "*.example_ecc/*.example.key" },
      "*.example_ecc/fullchain.cer+*.example_ecc/*.example.key" },
    { "*.example", { "example/fullchain.pem", "example/privkey.pem" },
      "example/fullchain.pem+example/privkey.pem(shared)" },
    { "*.example", { "example_ecc/fullchain.cer", "example_ecc/example.key" },
      "example_ecc/fullchain.cer+example_ecc/example.key(shared)" },
    { "a.example", { "a.example/cert.pem", "private/a.example/key.pem" },
      "a.example/cert.pem+private/a.example/key.pem" },
    { "a.example", { "a.example/cert.pem", "a.example/privkey.pem" }, "nothing" },
    { "a.example", { "a.example/cert.pem", "a.example/fullchain.pem", "a.example/privkey.pem",
                     "private/a.example/key.pem" },
      "a.example/fullchain.pem+a.example/privkey.pem" },
    { "a.example", { "a.example-0001/fullchain.pem", "a.example-0001/privkey.pem",
                     "a.example-0003/fullchain.pem", "a.example-0003/privkey.pem",
                     "a.example-0004/fullchain.pem" },
      "a.example-0001/fullchain.pem+a.example-0001/privkey.pem "
      "a.example-0003/fullchain.pem+a.example-0003/privkey.pem" },
    { "www.a.example", { "a.example/fullchain.pem", "a.example/privkey.pem" },
      "a.example/fullchain.pem+a.example/privkey.pem(shared)" },
    { "d.c.b.a.example", { "a.example-0001/fullchain.pem", "example/fullchain.pem" },
      "a.example-0001/fullchain.pem(shared)" },
    { "e.d.c.b.a.example", { "a.example/fullchain.pem", "a.example.pem" }, "nothing" },
    { "*.a.example", { "a.example-0002/fullchain.pem" },
      "a.example-0002/fullchain.pem(shared)" },
};

static void test_layouts(void **state)
{
    size_t i, j;

    for (i = 0; i < COUNT(layouts); i++) {
        set_up(state);
        for (j = 0; j < COUNT(layouts[i].files) && layouts[i].files[j] != NULL; j++) {
            put(*state, layouts[i].files[j]);
        }
        assert_string_equal(found(*state, layouts[i].key), layouts[i].found);
        tear_down(state);
    }
}

static void test_fan_out(void **state)
{
    room_t *room = *state;
    unsigned char digest[32];
    char file[128], expected[300];

    put(room, "a.example.pem");
    assert_string_equal(found(room, "a.example"), "a.example.pem");
    EVP_Digest("a.example", 9, digest, NULL, EVP_sha256(), NULL);
    snprintf(file, sizeof(file), "%02x/other.pem", digest[0]);
    put(room, file);
    assert_string_equal(found(room, "a.example"), "a.example.pem"); /* the flat form still counts */
    snprintf(file, sizeof(file), "%02x/a.example.pem", digest[0]);
    put(room, file);
    assert_string_equal(found(room, "a.example"), file);
    /* A wildcard lies where its parent lies. */
    snprintf(file, sizeof(file), "%02x/_.a.example.pem", digest[0]);
    put(room, file);
    snprintf(expected, sizeof(expected), "%s", file);
    assert_string_equal(found(room, "*.a.example"), expected);
}

static void test_none(void **state)
{
    room_t *room = *state;

    put(room, "_.example.pem");
    certs_write_text(room->root, "a.example.none", "");
    assert_int_equal(fetch(room, "a.example", NULL), APR_SUCCESS);
    assert_int_equal(room->material.excluded, 1);
    assert_int_equal(room->material.nitems, 0);
    assert_int_equal(fetch(room, "b.example", NULL), APR_NOTFOUND);
    assert_int_equal(fetch(room, "*.example", NULL), APR_SUCCESS);
    assert_int_equal(room->material.excluded, 0);
}

static void test_long_names(void **state)
{
    char name[254];

    memset(name, 'a', sizeof(name));
    name[60] = name[120] = name[180] = name[240] = '.';
    name[253] = '\0';
    assert_int_equal(fetch(*state, name, NULL), APR_NOTFOUND);
    assert_int_equal(fetch(*state, "*.example", NULL), APR_NOTFOUND);
}

static void test_password_is_a_line(void **state)
{
    room_t *room = *state;

    put(room, "a.example.pfx");
    certs_write_text(room->root, "a.example.pass", "with blanks \r\nsecond");
    assert_int_equal(fetch(room, "a.example", NULL), APR_SUCCESS);
    assert_string_equal(room->material.item[0].password, "with blanks ");
    assert_int_equal(room->material.item[0].format, MSSL_FORMAT_PKCS12);
}

static void test_odd_files(void **state)
{
    room_t *room = *state;
    char path[128];

    snprintf(path, sizeof(path), "%s/a.example.pem", room->root);
    mkdir(path, 0755);
    assert_int_equal(fetch(room, "a.example", NULL), APR_SUCCESS);
    assert_int_equal(room->material.nitems, 1);
    assert_int_not_equal(room->material.item[0].rv, APR_SUCCESS);
    assert_non_null(strstr(room->material.item[0].why.text, "a.example.pem: not a regular file"));
    /* A staple that is none costs the staple. */
    put(room, "b.example.pem");
    snprintf(path, sizeof(path), "%s/b.example.ocsp", room->root);
    mkdir(path, 0755);
    assert_int_equal(fetch(room, "b.example", NULL), APR_SUCCESS);
    assert_int_equal(room->material.item[0].rv, APR_SUCCESS);
    assert_null(room->material.item[0].staple.data);
    assert_non_null(strstr(room->material.item[0].why.text, "b.example.ocsp"));
}

static void test_stamp(void **state)
{
    room_t *room = *state;
    mssl_stamp_t stamp;

    put(room, "a.example/fullchain.pem");
    put(room, "a.example/privkey.pem");
    sleep(3);
    assert_int_equal(fetch(room, "a.example", NULL), APR_SUCCESS);
    stamp = room->material.stamp;
    assert_int_equal(fetch(room, "a.example", &stamp), APR_EEXIST);
    assert_int_equal(room->material.nitems, 0);
    put(room, "b.example.pem"); /* a neighbour is no change */
    assert_int_equal(fetch(room, "a.example", &stamp), APR_EEXIST);
    put(room, "a.example/privkey.pem");
    assert_int_equal(fetch(room, "a.example", &stamp), APR_SUCCESS);
    sleep(3);
    assert_int_equal(fetch(room, "a.example", NULL), APR_SUCCESS);
    stamp = room->material.stamp;
    put(room, "a.example.pem"); /* a better form appears */
    assert_int_equal(fetch(room, "a.example", &stamp), APR_SUCCESS);
    assert_int_equal(room->material.nitems, 2);
}

static void test_vanished(void **state)
{
    room_t *room = *state;
    char aside[80];

    put(room, "a.example.pem");
    assert_int_equal(fetch(room, "a.example", NULL), APR_SUCCESS);
    snprintf(aside, sizeof(aside), "%s.aside", room->root);
    assert_int_equal(rename(room->root, aside), 0);
    assert_true(APR_STATUS_IS_ENOENT(fetch(room, "a.example", NULL)));
    assert_non_null(strstr(room->why.text, room->root));
    /* An empty directory in its place: a mount point without its mount. */
    mkdir(room->root, 0755);
    assert_int_equal(fetch(room, "a.example", NULL), APR_ENODIR);
    assert_non_null(strstr(room->why.text, "mount it again"));
    /* Another one with something in it is a store that was swapped. */
    put(room, "b.example.pem");
    assert_int_equal(fetch(room, "a.example", NULL), APR_NOTFOUND);
    assert_int_equal(fetch(room, "b.example", NULL), APR_SUCCESS);
    /* Emptied by hand, it is the same directory. */
    snprintf(aside, sizeof(aside), "%s/b.example.pem", room->root);
    unlink(aside);
    assert_int_equal(fetch(room, "b.example", NULL), APR_NOTFOUND);
    snprintf(aside, sizeof(aside), "%s.aside", room->root);
    certs_remove(aside);
}

static void test_closed_store(void **state)
{
    room_t *room = *state;

    if (geteuid() != 0) {
        print_message("needs root: a closed store is not tested\n");
        skip();
    }
    put(room, "a.example.pem");
    chmod(room->root, 0700);
    assert_int_equal(seteuid(65534), 0);
    assert_true(APR_STATUS_IS_EACCES(fetch(room, "a.example", NULL)));
    assert_true(APR_STATUS_IS_EACCES(fetch(room, "none.example", NULL)));
    assert_int_equal(seteuid(0), 0);
    assert_non_null(strstr(room->why.text, "may not be entered by uid 65534"));
}

static void test_make(void **state)
{
    room_t *room = *state;
    char path[128];
    void *dir;

    snprintf(path, sizeof(path), "%s/none", room->root);
    assert_true(APR_STATUS_IS_ENOENT(mssl_store_dir.make(&dir, path, room->pool, &room->why)));
    assert_non_null(dir); /* usable when a graceful restart forgives */
    put(room, "file");
    snprintf(path, sizeof(path), "%s/file", room->root);
    assert_int_equal(mssl_store_dir.make(&dir, path, room->pool, &room->why), APR_ENOTDIR);
    assert_int_equal(mssl_store_dir.make(&dir, "relative", room->pool, &room->why), APR_EINVAL);
    assert_int_equal(mssl_store_dir.check(path, room->pool, &room->why), APR_ENOTDIR);
    assert_int_equal(mssl_store_dir.check("/", room->pool, &room->why), APR_EINVAL);
    assert_int_equal(mssl_store_dir.check(room->root, room->pool, &room->why), APR_SUCCESS);
    chmod(room->root, 0777);
    assert_int_equal(mssl_store_dir.check(room->root, room->pool, &room->why), APR_EACCES);
    assert_int_equal(mssl_store_dir.make(&dir, room->root, room->pool, &room->why), APR_EACCES);
    assert_non_null(strstr(room->why.text, "chmod o-w"));
}

/* Between the look for files and their reading. */
static void test_gone_before_it_is_read(void **state)
{
    room_t *room = *state;

    put(room, "a.test.pem");
    put(room, "a.test.crt");
    put(room, "a.test.key");
    going = apr_pstrcat(room->pool, room->root, "/a.test.crt", NULL);
    assert_string_equal(found(room, "a.test"), "a.test.pem+a.test.key");
    assert_null(going);
    going = apr_pstrcat(room->pool, room->root, "/a.test.pem", NULL);
    assert_int_equal(fetch(room, "a.test", NULL), APR_NOTFOUND);
    assert_int_equal(room->material.nitems, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),
        cmocka_unit_test_setup_teardown(test_fan_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_password_is_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_odd_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stamp, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gone_before_it_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_vanished, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closed_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_make, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("dir", tests, NULL, NULL);
}
