/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * An OCSP response, behind the certificate that it is about and the issuer's: two bytes of length
 * (network order) and DER each.
 */

#include <openssl/err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pair/ocsp.h"

#define REQUIRE(condition)                              \
    do {                                                \
        if (!(condition)) {                             \
            fprintf(stderr, "%s\n", #condition);        \
            abort();                                    \
        }                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Take a certificate off the front. @return NULL: there is none */
static X509 *take_cert(const uint8_t **data, size_t *size)
{
    const unsigned char *der;
    X509 *cert;
    size_t len;

    if (*size < 2 || (len = (size_t)(*data)[0] << 8 | (*data)[1]) > *size - 2) {
        return NULL;
    }
    der = *data + 2;
    cert = d2i_X509(NULL, &der, (long)len);
    *data += 2 + len;
    *size -= 2 + len;
    return cert;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    X509 *cert = take_cert(&data, &size);
    X509 *issuer = cert != NULL ? take_cert(&data, &size) : NULL;
    mssl_blob_t staple = { .data = (const char *)data, .len = size };
    apr_time_t from, until;
    mssl_reason_t why;

    memset(&why, 0, sizeof(why));
    if (cert != NULL
        && mssl_ocsp_check(&staple, cert, issuer, &from, &until, &why) != APR_SUCCESS) {
        REQUIRE(why.text[0] != '\0');
    }
    else if (cert != NULL) {
        REQUIRE(issuer != NULL && size <= MSSL_OCSP_MAX);
    }
    X509_free(issuer);
    X509_free(cert);
    ERR_clear_error();
    return 0;
}
