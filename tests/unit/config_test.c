/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_strings.h>

#include "tests/unit/stores.h"
#include "lib/providers/config.h"

/** What a provider told, a word each. */
static apr_status_t tell(void *baton, const char *text)
{
    strcat(strcat(baton, text), ";");
    return strstr(baton, "stop") == NULL ? APR_SUCCESS : APR_EINTR;
}

static void add(mssl_config_t *config, room_t *room, const char *keys, const char *cert,
                const char *key)
{
    apr_array_header_t *list = apr_array_make(room->pool, 2, sizeof(char *));
    char *state = NULL, *name, *copy = apr_pstrdup(room->pool, keys);

    for (name = apr_strtok(copy, ",", &state); name != NULL; name = apr_strtok(NULL, ",", &state)) {
        APR_ARRAY_PUSH(list, const char *) = name;
    }
    mssl_config_add(config, list, cert, key);
}

static void test_list(void **state)
{
    room_t *room = *state;
    mssl_config_t *config = mssl_config_make(room->pool);
    char told[200] = "";
    mssl_reason_t why;

    add(config, room, "b.example,*.example", "/x", NULL);
    add(config, room, "a.example,b.example", "/y", "/z");
    assert_int_equal(mssl_store_config.list(config, NULL, tell, told, room->pool, &why), APR_SUCCESS);
    assert_string_equal(told, "*.example;a.example;b.example;");
    told[0] = '\0';
    assert_int_equal(mssl_store_config.list(config, "a.example", tell, told, room->pool, &why),
                     APR_SUCCESS);
    assert_string_equal(told, "b.example;");
    strcpy(told, "stop ");
    assert_int_equal(mssl_store_config.list(config, NULL, tell, told, room->pool, &why), APR_EINTR);
    assert_string_equal(told, "stop *.example;");
    told[0] = '\0';
    mssl_store_config.places(config, "n.example", tell, told, room->pool);
    assert_string_equal(told, "the configuration: a line \"MSSLCertificate n.example CERT-FILE "
                              "[KEY-FILE]\";");
    assert_string_equal(mssl_config_identify(config, "b.example", room->pool), "\n/x\n\n/y\n/z");
    assert_string_equal(mssl_config_identify(config, "n.example", room->pool), "");
    assert_true(mssl_config_has(config, "*.example"));
    assert_false(mssl_config_has(config, "n.example"));
}

static apr_status_t fetch(mssl_config_t *config, const char *key, const mssl_stamp_t *known,
                          mssl_material_t *out, room_t *room)
{
    mssl_reason_t why;
    mssl_question_t question = { key, known, room->pool, out, &why };

    memset(out, 0, sizeof(*out));
    return mssl_store_config.fetch(config, &question);
}

static void test_fetch(void **state)
{
    room_t *room = *state;
    mssl_config_t *config = mssl_config_make(room->pool);
    const char *cert = apr_pstrcat(room->pool, room->root, "/a.example.pem", NULL);
    mssl_material_t out;
    mssl_stamp_t stamp;

    room_put(room->root, "a.example.pem", "a.example", "one");
    add(config, room, "a.example", cert, NULL);
    add(config, room, "a.example", cert, "/nowhere/key.pem");
    assert_int_equal(fetch(config, "n.example", NULL, &out, room), APR_NOTFOUND);
    assert_int_equal(fetch(config, "a.example", NULL, &out, room), APR_SUCCESS);
    assert_int_equal(out.nitems, 2);
    assert_int_equal(out.item[0].rv, APR_SUCCESS);
    assert_string_equal(out.item[0].label, cert);
    assert_null(out.item[0].key.data);
    assert_true(APR_STATUS_IS_ENOENT(out.item[1].rv));
    assert_string_equal(out.item[1].key_label, "/nowhere/key.pem");
    /* What was kept is for who may not read, not for what is gone. */
    mssl_config_keep(config);
    room_remove(room->root, "a.example.pem");
    stamp = out.stamp;
    assert_int_equal(fetch(config, "a.example", &stamp, &out, room), APR_SUCCESS);
    assert_true(APR_STATUS_IS_ENOENT(out.item[0].rv));
    stamp = out.stamp;
    assert_int_equal(fetch(config, "a.example", &stamp, &out, room), APR_EEXIST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_list, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_fetch, room_set_up, room_tear_down),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
