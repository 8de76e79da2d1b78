/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * A store of dir: whose folder was listed, against one that was not: whatever changes, both find the
 * same, with the same stamps, and the first looks at less.
 */

#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <string.h>

#include "lib/base/monotonic.h"
#include "lib/providers/providers.h"
#include "tests/unit/certs.h"

/** More than that a file must be old, so that a change cannot be missed. */
#define OLD 3
/** Of so many looks one at most is left. */
#define PART 3

static int looks; /* of lib/files/stamp.c */

int lstat(const char *path, struct stat *st)
{
    looks++;
    return fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

static const char *const keys[] = {
    "a.example", "b.example", "www.b.example", "f.example", "l.example", "n.example", "*.example",
    "*.b.example"
};

/** A change; first and second are names of files or folders, and %f in them is f.example's fan. */
typedef struct change_t {
    const char *name;
    enum { NOTHING, ADD, REMOVE, REPLACE, REWRITE, TURN, MOVE, SWAP, TOUCH } what;
    const char *first, *second;
} change_t;

static const change_t changes[] = {
    { "nothing", NOTHING, NULL, NULL },
    { "a chain is added", ADD, "a.example.chain", NULL },
    { "a pair of another key type is added", ADD, "a.example.ecdsa.pem", NULL },
    { "a name is added", ADD, "n.example.pem", NULL },
    { "a wildcard is added", ADD, "_.example.pem", NULL },
    { "a key is removed", REMOVE, "a.example.key", NULL },
    { "a pair is removed", REMOVE, "a.example.pem", NULL },
    { "a pair is replaced", REPLACE, "a.example.pem", NULL },
    { "a pair is written again in place", REWRITE, "a.example.pem", NULL },
    { "a link is turned", TURN, "l.example.pem", "target.2" },
    { "a link is turned to nothing", TURN, "l.example.pem", "target.3" },
    { "what a link leads to is replaced", REPLACE, "target.1", NULL },
    { "a folder form appears", ADD, "a.example/fullchain.pem", NULL },
    { "a folder of acme.sh appears", ADD, "a.example_ecc/fullchain.cer", NULL },
    { "a numbered folder appears", ADD, "b.example-0002/fullchain.pem", NULL },
    { "a parent's folder appears", ADD, "www.b.example/fullchain.pem", NULL },
    { "a form appears in a folder that is there", ADD, "b.example/fullchain.cer", NULL },
    { "a file of a folder is removed", REMOVE, "b.example/privkey.pem", NULL },
    { "a file of a folder is written again", REWRITE, "b.example/privkey.pem", NULL },
    { "a folder is moved away", MOVE, "b.example", "aside" },
    { "another folder takes its place", SWAP, "b.example", "b.example.other" },
    { "a name is excluded", ADD, "a.example.none", NULL },
    { "a name that has nothing is excluded", ADD, "n.example.none", NULL },
    { "a form appears in a fan", ADD, "%f/f.example.key", NULL },
    { "a name is excluded in a fan", ADD, "%f/f.example.none", NULL },
    { "a file of a fan is replaced", REPLACE, "%f/f.example.pem", NULL },
    { "a file of a fan is removed", REMOVE, "%f/f.example.pem", NULL },
    { "a fan appears", ADD, "%a/a.example.pem", NULL },
    { "a fan is moved away", MOVE, "%f", "aside" },
    { "another fan takes its place", SWAP, "%f", "fan.other" },
    { "another store takes its place", SWAP, "", ".other" },
    { "a neighbour comes and goes", TOUCH, "neighbour.pem", NULL },
};

typedef struct store_t {
    char root[80];
    void *listed;
    mssl_stamp_t known[COUNT(keys)];
    apr_status_t rv[COUNT(keys)];
} store_t;

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    store_t store[COUNT(changes)];
    char text[2][1024]; /* what was found */
    mssl_reason_t why;
} room_t;

static void *make(room_t *room, const char *root)
{
    void *dir;

    assert_int_equal(mssl_store_dir.make(&dir, root, room->pool, &room->why), APR_SUCCESS);
    return dir;
}

static void expand(char *out, size_t size, const char *root, const char *name)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const char *key = name[0] == '%' && name[1] == 'f' ? "f.example" : "a.example";

    if (name[0] != '%') {
        snprintf(out, size, "%s%s%s", root, name[0] != '.' && name[0] != '\0' ? "/" : "", name);
        return;
    }
    EVP_Digest(key, strlen(key), digest, NULL, EVP_sha256(), NULL);
    snprintf(out, size, "%s/%02x%s", root, digest[0], name + 2);
}

/* In its place, where it is there. */
static void put(const char *path, const char *text)
{
    char folder[300];
    FILE *file;

    snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
    mkdir(folder, 0755);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void fill(const char *root)
{
    static const char *const files[] = {
        "a.example.pem", "a.example.key", "b.example/fullchain.pem", "b.example/privkey.pem",
        "b.example.other/fullchain.pem", "%f/f.example.pem", "fan.other/f.example.crt", "target.1",
        "target.2", ".other/b.example.pem"
    };
    char path[300];
    size_t i;

    mkdir(root, 0755);
    for (i = 0; i < COUNT(files); i++) {
        expand(path, sizeof(path), root, files[i]);
        put(path, files[i]);
    }
    expand(path, sizeof(path), root, "l.example.pem");
    certs_link("target.1", path);
}

static void replace(const char *path)
{
    char beside[310];

    snprintf(beside, sizeof(beside), "%s.tmp", path);
    put(beside, "replaced");
    assert_int_equal(rename(beside, path), 0);
}

static void apply(const change_t *change, const char *root)
{
    char first[300], second[300], aside[300];

    expand(first, sizeof(first), root, change->first != NULL ? change->first : "");
    expand(second, sizeof(second), root, change->second != NULL ? change->second : "");
    snprintf(aside, sizeof(aside), "%s.aside", root);
    switch (change->what) {
    case NOTHING:
        break;
    case ADD:
    case REWRITE:
        put(first, "changed");
        break;
    case REMOVE:
        assert_int_equal(unlink(first), 0);
        break;
    case REPLACE:
        replace(first);
        break;
    case TURN:
        assert_int_equal(unlink(first), 0);
        certs_link(change->second, first);
        break;
    case MOVE:
        assert_int_equal(rename(first, second), 0);
        break;
    case SWAP:
        assert_int_equal(rename(first, aside), 0);
        assert_int_equal(rename(second, first), 0);
        break;
    case TOUCH:
        put(first, "new");
        assert_int_equal(unlink(first), 0);
        break;
    }
}

/* What a store finds for a key. @param text out: the items, and whether the name is excluded */
static apr_status_t look(room_t *room, void *dir, const char *key, const mssl_stamp_t *known,
                         mssl_stamp_t *stamp, char *text, size_t size)
{
    mssl_material_t *found = apr_pcalloc(room->pool, sizeof(*found));
    mssl_question_t question = { key, known, room->pool, found, &room->why };
    apr_status_t rv = mssl_store_dir.fetch(dir, &question);
    size_t used = 0;
    int i;

    text[0] = '\0';
    for (i = 0; i < found->nitems; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s %d %s %s%s;", found->item[i].label,
                                 found->item[i].rv,
                                 found->item[i].cert.data != NULL ? found->item[i].cert.data : "-",
                                 found->item[i].key.data != NULL ? found->item[i].key.data : "-",
                                 found->excluded ? " excluded" : "");
    }
    *stamp = found->stamp;
    return rv;
}

static apr_status_t take(void *baton, const char *key)
{
    (void)baton;
    (void)key;
    return APR_SUCCESS;
}

static void list(room_t *room, store_t *store)
{
    assert_int_equal(mssl_store_dir.list(store->listed, NULL, take, NULL, room->pool, &room->why),
                     APR_SUCCESS);
}

/* What is known of a store before it is changed: the same by both ways. */
static void learn(room_t *room, store_t *store)
{
    void *plain = make(room, store->root);
    mssl_stamp_t stamp;
    size_t i;

    for (i = 0; i < COUNT(keys); i++) {
        store->rv[i] = look(room, store->listed, keys[i], NULL, &store->known[i], room->text[0],
                            sizeof(room->text[0]));
        assert_int_equal(look(room, plain, keys[i], NULL, &stamp, room->text[1],
                              sizeof(room->text[1])), store->rv[i]);
        assert_string_equal(room->text[0], room->text[1]);
    }
}

/* The change is seen, or there is none, by both ways. */
static void compare(room_t *room, store_t *store, const char *what)
{
    void *plain = make(room, store->root);
    apr_status_t rv[2];
    mssl_stamp_t stamp;
    size_t i;

    for (i = 0; i < COUNT(keys); i++) {
        rv[0] = look(room, store->listed, keys[i], &store->known[i], &stamp, room->text[0],
                     sizeof(room->text[0]));
        rv[1] = look(room, plain, keys[i], &store->known[i], &stamp, room->text[1],
                     sizeof(room->text[1]));
        if (rv[0] != rv[1] || strcmp(room->text[0], room->text[1]) != 0) {
            fail_msg("%s: %s: %d %s, and is %d %s", what, keys[i], rv[0], room->text[0], rv[1],
                     room->text[1]);
        }
    }
}

/* Where nothing is young, stamps are the same bytes. @return whether it was the short way */
static int compare_stamps(room_t *room, store_t *store, const char *what)
{
    void *plain = make(room, store->root);
    mssl_stamp_t stamp[2];
    int n[2] = { 0, 0 };
    size_t i;

    for (i = 0; i < COUNT(keys); i++) {
        looks = 0;
        look(room, store->listed, keys[i], NULL, &stamp[0], room->text[0], sizeof(room->text[0]));
        n[0] += looks;
        looks = 0;
        look(room, plain, keys[i], NULL, &stamp[1], room->text[1], sizeof(room->text[1]));
        n[1] += looks;
        if (memcmp(&stamp[0], &stamp[1], sizeof(stamp[0])) != 0
            || strcmp(room->text[0], room->text[1]) != 0) {
            fail_msg("%s: %s: another stamp, or %s, and is %s", what, keys[i], room->text[0],
                     room->text[1]);
        }
    }
    return n[0] * PART < n[1];
}

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));
    size_t i;

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    for (i = 0; i < COUNT(changes); i++) {
        snprintf(room->store[i].root, sizeof(room->store[i].root), "%s/%zu", room->root, i);
        fill(room->store[i].root);
        room->store[i].listed = make(room, room->store[i].root);
    }
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    apr_pool_destroy(room->pool);
    certs_remove(room->root);
    free(room);
    apr_terminate();
    return 0;
}

/* Each change, behind a list that was taken when everything was old. */
static void test_old(void **state)
{
    room_t *room = *state;
    size_t i;

    sleep(OLD);
    for (i = 0; i < COUNT(changes); i++) {
        list(room, &room->store[i]);
        learn(room, &room->store[i]);
        assert_true(compare_stamps(room, &room->store[i], "before"));
        apply(&changes[i], room->store[i].root);
        compare(room, &room->store[i], changes[i].name);
    }
    sleep(OLD);
    for (i = 0; i < COUNT(changes); i++) {
        compare(room, &room->store[i], changes[i].name);
        compare_stamps(room, &room->store[i], changes[i].name);
        list(room, &room->store[i]);
        assert_true(compare_stamps(room, &room->store[i], changes[i].name));
    }
}

/*
 * Each change, in the same moment as the list: the folder's times may not tell. A machine that stood
 * still between them makes it another moment.
 */
static void test_young(void **state)
{
    room_t *room = *state;
    apr_time_t took[COUNT(changes)];
    size_t i;

    for (i = 0; i < COUNT(changes); i++) {
        took[i] = mssl_monotonic_now();
        list(room, &room->store[i]);
        learn(room, &room->store[i]);
        apply(&changes[i], room->store[i].root);
        compare(room, &room->store[i], changes[i].name);
        took[i] = mssl_monotonic_now() - took[i];
    }
    sleep(OLD);
    for (i = 0; i < COUNT(changes); i++) {
        int is_short;

        compare(room, &room->store[i], changes[i].name);
        is_short = compare_stamps(room, &room->store[i], changes[i].name);
        assert_false(is_short && took[i] < APR_USEC_PER_SEC);
    }
}

/* A folder that cannot be listed any more takes what is known of it along. */
static void test_unlisted(void **state)
{
    room_t *room = *state;
    store_t *store = &room->store[0];
    char aside[100];

    sleep(OLD);
    list(room, store);
    learn(room, store);
    snprintf(aside, sizeof(aside), "%s.aside", store->root);
    assert_int_equal(rename(store->root, aside), 0);
    assert_int_not_equal(mssl_store_dir.list(store->listed, NULL, take, NULL, room->pool,
                                             &room->why), APR_SUCCESS);
    assert_true(APR_STATUS_IS_ENOENT(look(room, store->listed, "a.example", &store->known[0],
                                          &store->known[0], room->text[0],
                                          sizeof(room->text[0]))));
    assert_int_equal(rename(aside, store->root), 0);
    assert_false(compare_stamps(room, store, "unlisted"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_old, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_young, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unlisted, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("dir_census", tests, NULL, NULL);
}
