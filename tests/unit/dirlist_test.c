/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <stdio.h>

#include "lib/providers/dirlist.h"
#include "lib/providers/providers.h"
#include "tests/unit/certs.h"

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    char told[4096]; /* each with a blank behind it */
    int left;        /* how many are still taken */
    mssl_reason_t why;
} room_t;

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
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

static apr_status_t take(void *baton, const char *key)
{
    room_t *room = baton;
    size_t used = strlen(room->told);

    snprintf(room->told + used, sizeof(room->told) - used, "%s ", key);
    return --room->left > 0 ? APR_SUCCESS : APR_EINTR;
}

static apr_status_t list(room_t *room, const mssl_store_provider_t *provider, void *instance,
                         const char *after, int max)
{
    room->told[0] = '\0';
    room->left = max;
    return provider->list(instance, after, take, room, room->pool, &room->why);
}

static void test_dir(void **state)
{
    static const char *const files[] = {
        "b.example.pem", "b.example.key", "b.example.ocsp", "a.example.crt", "a.example.key",
        "_.w.example.pem", "k.example.ecdsa.pem", "k.example.rsa.pem", "l.example/fullchain.pem",
        "l.example-0001/fullchain.pem", "e.example_ecc/fullchain.cer", "private/u.example/key.pem",
        "n.example.none", "Upper.example.pem", "b.example.pem.bak", "README", "one.pem",
        "3f/fan.example.pem", "3f/aa/deep.example.pem", "ff", "-.pem/x", "p.example.pfx",
        "p.example.pass", "a.example.issuer.crt"
    };
    room_t *room = *state;
    void *dir;
    size_t i;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        certs_write_text(room->root, files[i], "x");
    }
    assert_int_equal(mssl_store_dir.make(&dir, room->root, room->pool, &room->why), APR_SUCCESS);
    assert_int_equal(list(room, &mssl_store_dir, dir, NULL, 100), APR_SUCCESS);
    assert_string_equal(room->told, "*.w.example - a.example b.example e.example fan.example "
                        "k.example l.example n.example one p.example ");
    /* In pieces, from where the last ended. */
    assert_int_equal(list(room, &mssl_store_dir, dir, NULL, 2), APR_EINTR);
    assert_string_equal(room->told, "*.w.example - ");
    assert_int_equal(list(room, &mssl_store_dir, dir, "b.example", 2), APR_EINTR);
    assert_string_equal(room->told, "e.example fan.example ");
    certs_remove(room->root);
    assert_true(APR_STATUS_IS_ENOENT(list(room, &mssl_store_dir, dir, NULL, 100)));
    assert_non_null(strstr(room->why.text, room->root));
}

static void test_map(void **state)
{
    room_t *room = *state;
    char path[128];
    void *map;

    certs_write_text(room->root, "sites.map", "b.example b.pem\n*.w.example,a.example a.pem\n"
                     "a.example second.pem\nbad/name x.pem\n");
    snprintf(path, sizeof(path), "%s/sites.map", room->root);
    assert_int_equal(mssl_store_map.check(path, room->pool, &room->why), APR_SUCCESS);
    assert_int_equal(mssl_store_map.make(&map, path, room->pool, &room->why), APR_SUCCESS);
    assert_int_equal(list(room, &mssl_store_map, map, NULL, 100), APR_SUCCESS);
    assert_string_equal(room->told, "*.w.example a.example b.example ");
    assert_int_equal(list(room, &mssl_store_map, map, "a.example", 100), APR_SUCCESS);
    assert_string_equal(room->told, "b.example ");
}

/* What is said to be a place is one. */
static void test_places(void **state)
{
    room_t *room = *state;
    char first[128];
    void *dir;

    assert_int_equal(mssl_store_dir.make(&dir, room->root, room->pool, &room->why), APR_SUCCESS);
    room->left = 100;
    assert_int_equal(mssl_store_dir.places(dir, "*.w.example", take, room, room->pool),
                     APR_SUCCESS);
    snprintf(first, sizeof(first), "%s/_.w.example.pem ", room->root);
    assert_int_equal(strncmp(room->told, first, strlen(first)), 0);
    assert_non_null(strstr(room->told, "/_.w.example/fullchain.pem "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_dir, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_map, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_places, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
