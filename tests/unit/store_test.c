/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Which pair a name gets: levels, validity, sources, and what is told about it. */

#include "tests/unit/stores.h"
#include "lib/providers/config.h"

static const mssl_view_t *both_stores(room_t *room)
{
    mssl_source_t *sources[2] = { room->source, NULL };
    mssl_reason_t why;

    assert_int_equal(mssl_store_add_provider(&sources[1], room->store, "dir", &mssl_store_dir,
                                             room->second, 0, &why), APR_SUCCESS);
    return mssl_store_get_view(room->store, sources, 2);
}

static void test_levels(void **state)
{
    room_t *room = *state;
    const mssl_view_t *view = both_stores(room);

    room_put(room->second, "_.example.pem", "*.example", "second wildcard");
    assert_string_equal(room_look(room, view, "a.example"), "second wildcard");
    assert_string_equal(room_look(room, view, "example"), "none");
    assert_string_equal(room_look(room, view, "x.a.example"), "none");
    room_put(room->root, "_.example.pem", "*.example", "first wildcard");
    room->now += room->conf.negative_timeout;
    assert_string_equal(room_look(room, view, "a.example"), "first wildcard");
    room_put(room->second, "a.example.pem", "a.example", "second exact");
    room->now += room->conf.negative_timeout;
    assert_string_equal(room_look(room, view, "a.example"), "second exact");
    room_put(room->root, "a.example.pem", "a.example", "first exact");
    room->now += room->conf.negative_timeout;
    assert_string_equal(room_look(room, view, "a.example"), "first exact");
    assert_string_equal(room_look(room, view, "b.example"), "first wildcard");
}

static void test_valid_beats_late(void **state)
{
    room_t *room = *state;
    const mssl_view_t *view = both_stores(room);

    room_put_invalid(room->root, "a.example.pem", "a.example", "expired exact", -1);
    assert_string_equal(room_look(room, view, "a.example"), "expired exact");
    room_reported(room, "LATE a.example ");
    room_later(room);
    assert_string_equal(room_look(room, view, "a.example"), "expired exact");
    room_reported(room, ""); /* once */
    room_put_invalid(room->second, "a.example.pem", "a.example", "future exact", 1);
    room->now += room->conf.negative_timeout;
    assert_string_equal(room_look(room, view, "a.example"), "expired exact");
    room_reported(room, "is not valid before");
    room_put(room->second, "_.example.pem", "*.example", "wildcard");
    room->now += room->conf.negative_timeout;
    assert_string_equal(room_look(room, view, "a.example"), "wildcard");
    room_put(room->second, "a.example.pem", "a.example", "second exact");
    room_later(room);
    assert_string_equal(room_look(room, view, "a.example"), "second exact");
    room_reported(room, "GOOD a.example");
    /* The other way about: what is valid in the first becomes late by time alone. */
    room_put(room->root, "a.example.pem", "a.example", "first exact");
    room_later(room);
    assert_string_equal(room_look(room, view, "a.example"), "first exact");
    room_reported(room, "GOOD a.example");
    room->now += apr_time_from_sec(100 * CERT_DAY);
    assert_string_equal(room_look(room, view, "a.example"), "first exact");
    room_reported(room, "expired on");
}

/* A bad pair at one place does not hide a good one at the next. */
static void test_order_in_a_store(void **state)
{
    room_t *room = *state;

    room_put_invalid(room->root, "a.example.pem", "a.example", "late", -1);
    room_put(room->root, "a.example.crt", "a.example", "joined crt");
    room_gives(room, "a.example", "joined crt");
    room_reported(room, "LATE a.example");
    certs_write_text(room->root, "b.example.pem", "garbage");
    room_put(room->root, "b.example.crt", "b.example", "good b");
    room_gives(room, "b.example", "good b");
    room_reported(room, "BAD b.example ");
}

static void test_key_types(void **state)
{
    room_t *room = *state;
    cert_t rsa = certs_new(&(cert_spec_t){ .names = "a.example", .cn = "rsa", .key = "rsa" }, NULL);
    cert_t late = certs_new(&(cert_spec_t){ .names = "a.example", .cn = "late", .ends = -60 },
                            NULL);
    mssl_choice_t choice;

    certs_write_joined(room->root, "a.example.rsa.pem", &rsa);
    room_put(room->root, "a.example.ecdsa.pem", "a.example", "ec");
    room_put(room->root, "_.example.pem", "*.example", "wildcard");
    assert_int_equal(mssl_store_lookup(room->view, "a.example", room->now, &choice), APR_SUCCESS);
    assert_non_null(choice.pair[MSSL_KEY_RSA]);
    assert_non_null(choice.pair[MSSL_KEY_ECDSA]);
    assert_null(choice.pair[MSSL_KEY_EDDSA]);
    mssl_choice_release(&choice);
    assert_null(choice.pair[MSSL_KEY_RSA]);
    /* An expired pair is not offered beside a valid one: clients would pick it. */
    certs_write_joined(room->root, "a.example.ecdsa.pem", &late);
    room_later(room);
    assert_int_equal(mssl_store_lookup(room->view, "a.example", room->now, &choice), APR_SUCCESS);
    assert_non_null(choice.pair[MSSL_KEY_RSA]);
    assert_null(choice.pair[MSSL_KEY_ECDSA]);
    mssl_choice_release(&choice);
    /* An exact RSA pair is not lost to a wildcard's ECDSA pair. */
    room_remove(room->root, "a.example.ecdsa.pem");
    room_later(room);
    room_gives(room, "a.example", "rsa");
    certs_free(&rsa);
    certs_free(&late);
}

static void test_not_covered(void **state)
{
    room_t *room = *state;

    room_put(room->root, "a.example.pem", "b.example,c.example,*.d.example", "other");
    room_gives(room, "a.example", "none");
    room_reported(room, "does not cover 'a.example' (it covers *.d.example, b.example, c.example)");
    room_put(room->root, "_.example.pem", "a.example", "no pattern");
    room->now += room->conf.negative_timeout;
    room_gives(room, "a.example", "none");
    room_reported(room, "BAD *.example ");
    /* An exact file with a wildcard certificate covers its name. */
    room_put(room->root, "a.example.pem", "*.example", "wild in exact");
    room_later(room);
    room_gives(room, "a.example", "wild in exact");
    room_reported(room, "GOOD a.example");
}

static void test_none_file(void **state)
{
    room_t *room = *state;
    const mssl_view_t *view = both_stores(room);

    room_put(room->root, "_.example.pem", "*.example", "first wildcard");
    certs_write_text(room->root, "a.example.none", "");
    room_gives(room, "a.example", "none");
    room_gives(room, "b.example", "first wildcard");
    room_reported(room, "");
    /* Of this store only. */
    room_put(room->second, "_.example.pem", "*.example", "second wildcard");
    assert_string_equal(room_look(room, view, "a.example"), "second wildcard");
    room_remove(room->root, "a.example.none");
    room_later(room);
    room_gives(room, "a.example", "first wildcard");
}

/* certbot and acme.sh put parent and *.parent into the parent's folder. */
static void test_shared_folder(void **state)
{
    room_t *room = *state;
    cert_t both = certs_new(&(cert_spec_t){ .names = "b.example,*.b.example", .cn = "both" }, NULL);
    cert_t one = certs_new(&(cert_spec_t){ .names = "c.example,www.c.example", .cn = "one" }, NULL);

    certs_write_pair(room->root, "b.example/fullchain.pem", "b.example/privkey.pem", &both);
    certs_write_pair(room->root, "c.example/fullchain.pem", "c.example/privkey.pem", &one);
    room_gives(room, "x.b.example", "both");
    room_gives(room, "b.example", "both");
    room_gives(room, "c.example", "one");
    room_gives(room, "x.c.example", "none");
    certs_write_text(room->root, "d.example/fullchain.pem", "garbage");
    room_gives(room, "x.d.example", "none");
    room_reported(room, ""); /* for the pattern that is no bad pair */
    room_gives(room, "d.example", "none");
    room_reported(room, "BAD d.example");
    /* Broken after it served the pattern, it goes on serving, and that is told. */
    certs_write_text(room->root, "b.example/fullchain.pem", "garbage");
    room_later(room);
    room_gives(room, "x.b.example", "both");
    room_reported(room, "BAD *.b.example");
    /* Renewed without the wildcard, it stops. */
    certs_write_pair(room->root, "b.example/fullchain.pem", "b.example/privkey.pem", &one);
    room_later(room);
    room_gives(room, "x.b.example", "none");
    certs_free(&both);
    certs_free(&one);
}

static void test_tables(void **state)
{
    room_t *room = *state;
    cert_t vhost = certs_new(&(cert_spec_t){ .names = "v.example,*.v.example", .cn = "vhost" },
                             NULL);
    const char *keys[] = { "v.example", "w.example" };
    apr_array_header_t list = { room->pool, sizeof(keys[0]), 2, 2, (char *)keys };
    mssl_config_t *config = mssl_config_make(room->pool);
    mssl_source_t *sources[3];
    const mssl_view_t *view;
    mssl_reason_t why;
    mssl_pair_t *pair;
    char cert[128], key[128];

    sources[1] = room->source;
    sources[0] = mssl_store_add_instance(room->store, "MSSLCertificate", &mssl_store_config, config,
                                         mssl_config_has, NULL);
    sources[2] = mssl_store_add_pairs(room->store);
    assert_int_equal(mssl_pair_new_loaded(&pair, vhost.x509, vhost.key, NULL, "vhost", &why),
                     APR_SUCCESS);
    mssl_source_add_pair(sources[2], pair);
    mssl_pair_unref(pair);
    certs_write_pair(room->second, "m.pem", "m.key", &vhost);
    snprintf(cert, sizeof(cert), "%s/m.pem", room->second);
    snprintf(key, sizeof(key), "%s/m.key", room->second);
    mssl_config_add(config, &list, cert, key);
    view = mssl_store_get_view(room->store, sources, 3);
    assert_ptr_equal(view, mssl_store_get_view(room->store, sources, 3));
    assert_ptr_not_equal(view, room->view);
    assert_false(mssl_store_has_name(view, "w.example", room->now));
    room_reported(room, "BAD w.example ");
    assert_int_equal(mssl_source_get_id(sources[2]), 2);
    assert_string_equal(mssl_source_get_label(sources[0]), "MSSLCertificate");
    room_put(room->root, "v.example.pem", "v.example", "store");
    assert_string_equal(room_look(room, view, "v.example"), "vhost");
    room_put_invalid(room->second, "m.pem", "v.example", "late file", -1);
    room_remove(room->second, "m.key");
    assert_string_equal(room_look(room, view, "x.v.example"), "vhost");
    assert_true(mssl_store_has_name(view, "x.v.example", room->now));
    assert_false(mssl_store_has_name(view, "w.example", room->now));
    certs_free(&vhost);
}

static void test_same_source(void **state)
{
    room_t *room = *state;
    mssl_source_t *again, *broken;
    mssl_reason_t why;

    mssl_store_add_provider(&again, room->store, "dir", &mssl_store_dir, room->root, 0, &why);
    assert_ptr_equal(again, room->source);
    assert_int_not_equal(mssl_store_add_provider(&broken, room->store, "dir", &mssl_store_dir,
                                                 "/tmp/mssl-test-none", 0, &why), APR_SUCCESS);
    assert_null(broken);
    /* At a graceful restart it is forgiven, and told. */
    assert_int_equal(mssl_store_add_provider(&broken, room->store, "dir", &mssl_store_dir,
                                             "/tmp/mssl-test-none", 1, &why), APR_SUCCESS);
    room_reported(room, "UNREACHABLE dir:/tmp/mssl-test-none");
    assert_string_equal(room_look(room, mssl_store_get_view(room->store, &broken, 1), "a.example"),
                        "error");
    room_reported(room, "");
    assert_string_equal(room_look(room, mssl_store_get_view(room->store, NULL, 0), "a.example"),
                        "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_levels, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_valid_beats_late, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_order_in_a_store, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_key_types, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_not_covered, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_none_file, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_shared_folder, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_tables, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_same_source, room_set_up, room_tear_down),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
