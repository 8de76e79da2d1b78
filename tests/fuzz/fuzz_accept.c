/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What an issuer hands back as a chain, judged for a key and a root of our own: what is taken has no
 * name but the one that was asked for.
 */

#include <apr_general.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/files/write.h"
#include "lib/issue/accept.h"

#define NAME "a.example"
/** A day in the life of the corpus. */
#define NOW apr_time_from_sec(APR_INT64_C(1796072355))

#define REQUIRE(condition)                              \
    do {                                                \
        if (!(condition)) {                             \
            fprintf(stderr, "%s\n", #condition);        \
            abort();                                    \
        }                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char root[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBfTCCASOgAwIBAgIURsnpL4UC3ibUdipZnCUPq9vNHGkwCgYIKoZIzj0EAwIw\n"
    "FDESMBAGA1UEAwwJZnV6eiByb290MB4XDTI2MTEyOTIwNTkxNVoXDTM2MTEyNjIw\n"
    "NTkxNVowFDESMBAGA1UEAwwJZnV6eiByb290MFkwEwYHKoZIzj0CAQYIKoZIzj0D\n"
    "AQcDQgAEE02Gtda2cvL8hgILi4e0LI56rXBafEw98afEtrybHz2CbjzVjBSVyK+E\n"
    "4JxwItQZ/TTM6h0zxzl7ZO3qnm92jaNTMFEwHQYDVR0OBBYEFNpnkXxdMXmpwAD+\n"
    "56LagHrAKa1AMB8GA1UdIwQYMBaAFNpnkXxdMXmpwAD+56LagHrAKa1AMA8GA1Ud\n"
    "EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgWjA6Du+bOo26ANA8M44TO4fC\n"
    "I23HWMZNzl63dk53GvsCIQDcBvdIOZ2gA73PoD2e0ew3p7W+kWWBtozHrmWBRl8R\n"
    "rA==\n"
    "-----END CERTIFICATE-----\n";

static char key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg46u4/o4qTYCtj8GF\n"
    "0PoEZvsD6rpHkR457DA5x/Pjs4ehRANCAAQuwLZA2iG8eq7pqA8La1/r2glb3ShT\n"
    "OpBCPsyXIoRKWtGfuIWNtzcMt7GlRCtxltscqPmsG5oXOFymkR7ReQi1\n"
    "-----END PRIVATE KEY-----\n";

static void check(const uint8_t *data, size_t size)
{
    BIO *bio = BIO_new_mem_buf(data, (int)size);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    /* The leaf need not come first: the one of the key is looked for. */
    if (cert != NULL && X509_check_ca(cert) == 0) {
        REQUIRE(X509_check_host(cert, NAME, 0, 0, NULL) == 1);
        REQUIRE(X509_check_host(cert, "b.example", 0, 0, NULL) != 1);
    }
    X509_free(cert);
    BIO_free(bio);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char ca_file[64];
    const mssl_buffer_t ours = { .data = key, .len = sizeof(key) - 1 };
    mssl_buffer_t chain = { .max = size + 1 };
    mssl_reason_t why = { "" };
    mssl_accepted_t accepted;
    apr_pool_t *pool;

    if (ca_file[0] == '\0') {
        apr_initialize();
        snprintf(ca_file, sizeof(ca_file), "/proc/self/fd/%d",
                 mssl_file_make_memory("root", root, sizeof(root) - 1));
    }
    apr_pool_create(&pool, NULL);
    mssl_buffer_add(&chain, (const char *)data, size);
    if (mssl_accept(&accepted, NAME, &ours, &chain, 0, ca_file, NOW, pool, &why) == APR_SUCCESS) {
        REQUIRE(strlen(accepted.sha256) == 64 && accepted.not_before <= NOW);
        check(data, size);
    }
    else {
        REQUIRE(why.text[0] != '\0' && accepted.sha256[0] == '\0');
    }
    mssl_buffer_free(&chain);
    apr_pool_destroy(pool);
    ERR_clear_error();
    return 0;
}
