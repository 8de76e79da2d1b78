/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* The short way against the long one: the same verdict, reason and facts, whatever the files hold. */

#include "tests/unit/test.h"

#include <apr_strings.h>
#include <dirent.h>

#include "lib/files/read.h"
#include "lib/pair/brief.h"
#include "lib/pair/judge.h"
#include "tests/unit/pairs.h"

typedef struct bench_t {
    family_t *family;
    apr_pool_t *pool;
    mssl_briefs_t *briefs;
} bench_t;

static int set_up(void **state)
{
    bench_t *bench = calloc(1, sizeof(*bench));
    void *family;

    pairs_set_up(&family);
    bench->family = family;
    apr_pool_create(&bench->pool, NULL);
    *state = bench;
    return mssl_briefs_make(&bench->briefs, bench->pool) != APR_SUCCESS;
}

static int tear_down(void **state)
{
    bench_t *bench = *state;
    void *family = bench->family;

    apr_pool_destroy(bench->pool);
    free(bench);
    return pairs_tear_down(&family);
}

/* Twice: the second time the chain is known. @return whether it is a good pair */
static int compare(bench_t *bench, const mssl_item_t *item, const char *key)
{
    mssl_reason_t why, full_why;
    mssl_dates_t dates;
    mssl_brief_t brief;
    mssl_pair_t *pair;
    apr_status_t rv;
    int i;

    for (i = 0; i < 2; i++) {
        why.text[0] = full_why.text[0] = '\0';
        rv = mssl_judge_item(&pair, item, key, NULL, &full_why);
        if (mssl_briefs_judge(bench->briefs, item, key, &brief, &why) != rv) {
            fail_msg("%s for %s: '%s', not '%s'", item->label, key, why.text, full_why.text);
        }
        assert_string_equal(why.text, full_why.text);
        if (rv == APR_SUCCESS) {
            mssl_pair_get_dates(pair, &dates);
            assert_memory_equal(&brief.dates, &dates, sizeof(dates));
            assert_int_equal(brief.type, mssl_pair_get_type(pair));
            assert_int_equal(brief.signs_itself, mssl_pair_signs_itself(pair));
            assert_memory_equal(brief.sha256, mssl_pair_get_sha256(pair), MSSL_SHA256_LEN);
        }
        mssl_pair_unref(pair);
    }
    return rv == APR_SUCCESS;
}

static const char *const keys[] = { "a.example", "x.b.example", "*.b.example", "b.example",
                                    "other.example" };

/* @return how many of the keys it is a good pair of, shared and not */
static int compare_keys(bench_t *bench, mssl_item_t item)
{
    size_t i;
    int good = 0;

    for (i = 0; i < COUNT(keys); i++) {
        item.is_shared = 0;
        good += compare(bench, &item, keys[i]);
        item.is_shared = 1;
        good += compare(bench, &item, keys[i]);
    }
    return good;
}

#define NAMES "a.example,*.b.example"

static void test_kinds(void **state)
{
    static const struct {
        cert_spec_t spec;
        int good;
    } rows[] = {
        { { .names = NAMES }, 5 },
        { { .names = NAMES, .key = "p384" }, 5 },
        { { .names = NAMES, .key = "rsa" }, 5 },
        { { .names = NAMES, .key = "rsa3072", .digest = "SHA512" }, 5 },
        { { .names = NAMES, .key = "rsa1024" }, 0 },
        { { .names = NAMES, .key = "ed25519" }, 5 },
        { { .names = NAMES, .digest = "SHA1" }, 0 },
        { { .names = NAMES, .digest = "SHA384", .ends = -CERT_DAY / 2 }, 5 },
        { { .names = NAMES, .begins = CERT_DAY }, 5 },
        { { .cn = "a.example" }, 2 },
        { { .names = "c.example", .cn = "a.example" }, 0 },
    };
    bench_t *bench = *state;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        cert_t cert = certs_new(&rows[i].spec, &bench->family->root);
        pem_t pem = { NULL, 0 }, key = { NULL, 0 }, old = { NULL, 0 };
        mssl_item_t item;

        certs_add_cert(&pem, cert.x509);
        certs_add_key(&key, cert.key);
        item = pairs_item(&pem, &key);
        assert_int_equal(compare_keys(bench, item), rows[i].good);
        if (EVP_PKEY_get_base_id(cert.key) != EVP_PKEY_ED25519) {
            certs_add_old_key(&old, cert.key);
            assert_int_equal(compare_keys(bench, pairs_item(&pem, &old)), rows[i].good);
        }
        /* Another's key, none, and half a file. */
        certs_free(&cert);
        assert_int_equal(compare_keys(bench, pairs_item(&pem, NULL)), 0);
        key.len -= key.len / 2;
        assert_int_equal(compare_keys(bench, pairs_item(&pem, &key)), 0);
        free(pem.text);
        free(key.text);
        free(old.text);
    }
}

/* Certificates beside the leaf: in order, out of order, too many, expired, none of them its issuer. */
static void test_chains(void **state)
{
    bench_t *bench = *state;
    family_t *family = bench->family;
    cert_t old = certs_new(&(cert_spec_t){ .cn = "middle", .is_ca = 1, .begins = -9 * CERT_DAY,
                                           .ends = -CERT_DAY }, &family->root);
    cert_t by_old = certs_new(&(cert_spec_t){ .names = NAMES }, &old);
    cert_t own = certs_new(&(cert_spec_t){ .names = NAMES }, NULL);
    cert_t weak = certs_new(&(cert_spec_t){ .cn = "weak", .is_ca = 1, .key = "rsa1024" },
                            &family->root);
    cert_t by_weak = certs_new(&(cert_spec_t){ .names = NAMES }, &weak);
    const cert_t *all[] = { &family->leaf, &by_old, &own, &by_weak };
    const cert_t *beside[] = { &family->middle, &family->root, &old, &weak, &family->leaf };
    size_t leaf, i, j;

    for (leaf = 0; leaf < COUNT(all); leaf++) {
        for (i = 0; i < COUNT(beside); i++) {
            for (j = 0; j < COUNT(beside); j++) {
                pem_t pem = { NULL, 0 };

                if (leaf % 2 == 0) {
                    certs_add_cert(&pem, all[leaf]->x509);
                }
                certs_add_cert(&pem, beside[i]->x509);
                certs_add_cert(&pem, beside[j]->x509);
                if (leaf % 2 != 0) {
                    certs_add_cert(&pem, all[leaf]->x509);
                }
                certs_add_key(&pem, all[leaf]->key);
                compare_keys(bench, pairs_item(&pem, NULL));
                free(pem.text);
            }
        }
    }
    certs_free(&old);
    certs_free(&by_old);
    certs_free(&own);
    certs_free(&weak);
    certs_free(&by_weak);
}

/* What the fuzzers found worth keeping. */
static void test_corpus(void **state)
{
    static const char folder[] = "tests/fuzz/corpus/blocks";
    bench_t *bench = *state;
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        char *path = apr_psprintf(bench->pool, "%s/%s", folder, entry->d_name);
        mssl_item_t item = { .label = path, .format = MSSL_FORMAT_PEM };
        mssl_reason_t why;

        if (entry->d_name[0] != '.'
            && mssl_file_read(&item.cert, NULL, path, bench->pool, &why) == APR_SUCCESS) {
            compare_keys(bench, item);
            item.key = item.cert;
            compare_keys(bench, item);
            n++;
        }
    }
    closedir(dir);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kinds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_chains, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_corpus, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
