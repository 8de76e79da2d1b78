/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pairs.h"

#include <apr_strings.h>

#include "lib/base/text.h"
#include "lib/inventory/history.h"
#include "lib/inventory/served.h"
#include "lib/pair/revoked.h"

/** A MSSLStateDir. */
typedef struct room_t {
    family_t *family;
    apr_pool_t *pool;
    char root[256];
    int dir, history;
} room_t;

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    pairs_set_up((void **)&room->family);
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    assert_int_equal(mkdir(apr_pstrcat(room->pool, room->root, "/history", NULL), 0700), 0);
    assert_int_equal(mkdir(apr_pstrcat(room->pool, room->root, "/" MSSL_REVOKED_DIR, NULL), 0711), 0);
    room->dir = open(room->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    room->history = openat(room->dir, "history", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    close(room->history);
    close(room->dir);
    certs_remove(room->root);
    apr_pool_destroy(room->pool);
    pairs_tear_down((void **)&room->family);
    free(room);
    return 0;
}

static const char *digest_of(const room_t *room, X509 *cert)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char *hex = apr_palloc(room->pool, 65);

    assert_int_equal(X509_digest(cert, EVP_sha256(), digest, NULL), 1);
    mssl_text_hex(hex, digest, 32);
    return hex;
}

static void test_has(void **state)
{
    room_t *room = *state;
    pem_t pem = { NULL, 0 };
    mssl_item_t item, nothing = { .label = "" };
    mssl_reason_t why = { "" };

    certs_add_cert(&pem, room->family->leaf.x509);
    certs_add_cert(&pem, room->family->middle.x509);
    item = pairs_item(&pem, NULL);
    assert_false(mssl_revoked_has(room->history, &item));
    assert_int_equal(mssl_revoked_note(room->dir, digest_of(room, room->family->root.x509), &why),
                     APR_SUCCESS);
    assert_false(mssl_revoked_has(room->history, &item));
    assert_int_equal(mssl_revoked_note(room->dir, digest_of(room, room->family->leaf.x509), &why),
                     APR_SUCCESS);
    assert_int_equal(mssl_revoked_note(room->dir, digest_of(room, room->family->leaf.x509), &why),
                     APR_SUCCESS);
    assert_true(mssl_revoked_has(room->history, &item));
    assert_false(mssl_revoked_has(room->history, &nothing));
    item.cert.len /= 4; /* nothing that can be read */
    assert_false(mssl_revoked_has(room->history, &item));
    free(pem.text);
    assert_int_equal(unlinkat(room->dir, MSSL_REVOKED_DIR "/x", 0), -1);
    assert_int_not_equal(mssl_revoked_note(room->history, "x", &why), APR_SUCCESS);
    assert_non_null(strstr(why.text, "revoked/x: "));
}

/* What of the history serves is none of those. */
static void test_served(void **state)
{
    room_t *room = *state;
    mssl_served_t served = { room->history, "/history" };
    mssl_material_t *found = apr_pcalloc(room->pool, sizeof(*found));
    mssl_reason_t why = { "" };
    pem_t pem = { NULL, 0 };
    mssl_blob_t blob;
    apr_uint32_t number;

    certs_add_cert(&pem, room->family->leaf.x509);
    certs_add_key(&pem, room->family->leaf.key);
    blob = (mssl_blob_t){ pem.text, pem.len };
    assert_int_equal(mssl_history_add(room->history, "a.example", &blob,
                                      mssl_served_get_file("a.example", "dir:/s", MSSL_KEY_ECDSA,
                                                           room->pool), 2, &number, room->pool, &why),
                     APR_SUCCESS);
    assert_int_equal(mssl_served_get(&served, "a.example", "dir:/s", found, room->pool), APR_SUCCESS);
    assert_int_equal(found->nitems, 1);
    assert_int_equal(mssl_revoked_note(room->dir, digest_of(room, room->family->leaf.x509), &why),
                     APR_SUCCESS);
    memset(found, 0, sizeof(*found));
    assert_int_equal(mssl_served_get(&served, "a.example", "dir:/s", found, room->pool), APR_NOTFOUND);
    assert_int_equal(found->nitems, 0);
    free(pem.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_has, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_served, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("revoked", tests, NULL, NULL);
}
