/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/halls.h"

#include <sys/stat.h>

#include "lib/inventory/history.h"

static const char *fan_of(const char *name, apr_pool_t *pool)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    EVP_Digest(name, strlen(name), digest, NULL, EVP_sha256(), NULL);
    return apr_psprintf(pool, "%02x", digest[0]);
}

/*
 * Versions of a name in the history, and what the last one's certificate says.
 * @return -1: that one went while it was looked at
 */
static int count_versions(hall_t *hall, const char *name, char *cn, size_t size)
{
    apr_array_header_t *versions;
    mssl_reason_t why;
    mssl_blob_t blob;
    BIO *bio;
    X509 *cert;

    assert_int_equal(mssl_history_list(hall->history.dir, name, &versions, hall->pool, &why),
                     APR_SUCCESS);
    if (versions->nelts > 0) {
        if (mssl_history_read(hall->history.dir,
                              &APR_ARRAY_IDX(versions, versions->nelts - 1, mssl_version_t),
                              &blob, hall->pool, &why) != APR_SUCCESS) {
            return -1;
        }
        assert_non_null(strstr(blob.data, "PRIVATE KEY"));
        bio = BIO_new_mem_buf(blob.data, (int)blob.len);
        cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        certs_get_cn(cert, cn, size);
        X509_free(cert);
        BIO_free(bio);
    }
    return versions->nelts;
}

static void wait_versions(hall_t *hall, const char *name, int n, const char *last)
{
    apr_time_t deadline = apr_time_now() + SOON;
    char cn[64] = "";

    begin(hall);
    while (count_versions(hall, name, cn, sizeof(cn)) != n || (n > 0 && strcmp(cn, last) != 0)) {
        assert_true(apr_time_now() < deadline);
        apr_sleep(5000);
    }
    end(hall);
}

/* Good pairs are kept whoever puts them there, each once, as many as are wanted. */
static void test_history(void **state)
{
    static const struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
    hall_t *hall = *state;
    const char *root = hall->room->root;
    char folder[64], cn[64];

    certs_folder(folder, sizeof(folder));
    open_history(hall, folder);
    hall->conf.versions = 2;
    hall->conf.interval = APR_USEC_PER_SEC / 20;
    hall->conf.is_restart = 1;
    room_put(root, "a.example.pem", "a.example", "one");
    room_put(root, "_.w.example.pem", "*.w.example", "wild");
    room_put(root, "gone.example.pem", "gone.example", "gone");
    wait_versions(hall, "a.example", 1, "one");
    wait_versions(hall, "*.w.example", 1, "wild");
    wait_versions(hall, "gone.example", 1, "gone");
    room_put(root, "a.example.pem", "a.example", "two");
    wait_versions(hall, "a.example", 2, "two");
    room_put(root, "a.example.pem", "a.example", "three");
    wait_versions(hall, "a.example", 2, "three");
    certs_write_text(root, "a.example.pem", "garbage");
    room_remove(root, "gone.example.pem");
    walk_anew(hall);
    wait_versions(hall, "a.example", 2, "three");
    /* A week after it was missed first. */
    assert_int_equal(count_versions(hall, "gone.example", cn, sizeof(cn)), 1);
    assert_int_equal(utimensat(hall->history.dir,
                               apr_psprintf(hall->pool, "%s/gone.example.gone",
                                            fan_of("gone.example", hall->pool)), old, 0), 0);
    wait_versions(hall, "gone.example", 0, "");
    assert_int_equal(count_versions(hall, "*.w.example", cn, sizeof(cn)), 1);
    close(hall->history.dir);
    certs_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_history, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
