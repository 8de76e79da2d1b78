/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* In which order a walk looks at keys, and which it looks at that no list has. */

#include "tests/unit/halls.h"

#include <sys/stat.h>

#include "lib/inventory/index.h"
#include "lib/providers/providers.h"

/** What was asked for, in order: "a.example b.example ". */
static char asked[4096];
static const char *used = ""; /* in the same form */

static apr_status_t spy_fetch(void *instance, mssl_question_t *question)
{
    size_t n = strlen(asked);

    snprintf(asked + n, sizeof(asked) - n, "%s ", question->key);
    return mssl_store_dir.fetch(instance, question);
}

static int is_used(void *baton, int source, const char *key)
{
    char text[MSSL_NAME_SIZE + 2];

    (void)baton;
    (void)source;
    snprintf(text, sizeof(text), "%s ", key);
    return strstr(used, text) != NULL;
}

/* The walks of a hall go through a store of the second folder, too, which tells what it was asked. */
static void add_spy(hall_t *hall)
{
    static mssl_store_provider_t spy;
    mssl_reason_t why = { "" };
    mssl_source_t *source;

    spy = mssl_store_dir;
    spy.fetch = spy_fetch;
    assert_int_equal(mssl_store_add_provider(&source, hall->room->store, "spy", &spy,
                                             hall->room->second, 0, &why), APR_SUCCESS);
    hall->view = mssl_store_get_view(hall->room->store, &source, 1);
    hall->conf.is_used = is_used;
    asked[0] = '\0';
}

/* A folder as certbot makes it. */
static void put_folder(const char *root, const char *name, const char *names, const char *cn)
{
    char cert_file[128], key_file[128], path[256];
    cert_t cert = certs_new(&(cert_spec_t){ .names = names, .cn = cn }, NULL);

    snprintf(path, sizeof(path), "%s/%s", root, name);
    mkdir(path, 0755);
    snprintf(cert_file, sizeof(cert_file), "%s/fullchain.pem", name);
    snprintf(key_file, sizeof(key_file), "%s/privkey.pem", name);
    certs_write_pair(root, cert_file, key_file, &cert);
    certs_free(&cert);
}

static void test_used_first(void **state)
{
    hall_t *hall = *state;
    static const char *const keys[] = { "a.example", "b.example", "c.example", "y.example",
                                        "z.example" };
    char file[64];
    size_t i;

    for (i = 0; i < COUNT(keys); i++) {
        snprintf(file, sizeof(file), "%s.pem", keys[i]);
        room_put(hall->room->second, file, keys[i], keys[i]);
    }
    add_spy(hall);
    used = "z.example c.example not.there ";
    walk_once(hall);
    assert_string_equal(asked, "c.example z.example a.example b.example y.example ");
    asked[0] = '\0';
    used = "";
    hall->conf.is_restart = 1;
    hall->conf.interval = APR_USEC_PER_SEC / 20;
    walk_once(hall); /* nobody is */
    assert_string_equal(asked, "a.example b.example c.example y.example z.example ");
}

static mssl_name_state_t state_of(hall_t *hall, const char *name)
{
    mssl_index_row_t *row;

    return mssl_index_lookup(hall->conf.index, name, &row, hall->pool) == APR_SUCCESS
               ? row->state : MSSL_STATES;
}

/* Names that are in the certificate of a parent's folder alone. */
static void test_not_listed(void **state)
{
    hall_t *hall = *state;
    const char *root = hall->room->second;

    put_folder(root, "shop.example", "shop.example,www.shop.example,a.b.shop.example,"
                    "*.shop.example,*.b.shop.example,other.example,notshop.example", "shop");
    put_folder(root, "new.example-0001", "new.example,www.new.example", "new");
    room_put(root, "flat.example.pem", "flat.example,www.flat.example", "flat");
    room_put(root, "own.shop.example.pem", "own.shop.example", "own");
    add_spy(hall);
    walk_once(hall);
    assert_int_equal(state_of(hall, "shop.example"), MSSL_STATE_VALID);
    assert_int_equal(state_of(hall, "www.shop.example"), MSSL_STATE_VALID);
    assert_int_equal(state_of(hall, "a.b.shop.example"), MSSL_STATE_VALID);
    assert_int_equal(state_of(hall, "*.shop.example"), MSSL_STATE_VALID);
    assert_int_equal(state_of(hall, "www.new.example"), MSSL_STATE_VALID);
    assert_int_equal(state_of(hall, "own.shop.example"), MSSL_STATE_VALID);
    /* Nobody is shown it for these. */
    assert_int_equal(state_of(hall, "*.b.shop.example"), MSSL_STATES);
    assert_int_equal(state_of(hall, "other.example"), MSSL_STATES);
    assert_int_equal(state_of(hall, "notshop.example"), MSSL_STATES);
    assert_int_equal(state_of(hall, "www.flat.example"), MSSL_STATES);
    /* They stay where nothing changed, also for the next inventory, and go with the certificate. */
    hall->conf.is_restart = 1;
    hall->conf.interval = APR_USEC_PER_SEC / 20;
    walk_anew(hall);
    assert_int_equal(state_of(hall, "www.shop.example"), MSSL_STATE_VALID);
    assert_int_equal(state_of(hall, "www.new.example"), MSSL_STATE_VALID);
    put_folder(root, "shop.example", "shop.example,m.shop.example", "less");
    walk_anew(hall);
    assert_int_equal(state_of(hall, "m.shop.example"), MSSL_STATE_VALID);
    assert_int_equal(state_of(hall, "www.shop.example"), MSSL_STATES);
    assert_int_equal(state_of(hall, "*.shop.example"), MSSL_STATES);
    certs_write_text(root, "shop.example/privkey.pem", "garbage");
    walk_anew(hall);
    assert_int_equal(state_of(hall, "m.shop.example"), MSSL_STATE_AT_RISK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_used_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_listed, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
