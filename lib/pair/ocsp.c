/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <time.h>

#include "lib/base/asn1time.h"
#include "lib/base/reason.h"

/**
 * Without a nextUpdate there is newer information at any time (RFC 6960 section 2.4): believe it
 * for a day.
 */
#define OPEN_ENDED (24 * 3600 * APR_USEC_PER_SEC)

/** CAs answer with one statement about one certificate in some 500 to 2,000 bytes. */
#define STATEMENTS_MAX 16
/** As for a pair's own keys (pair.c): what checking a signature may cost. */
#define ISSUER_BITS_MAX 8192

/* Digests that name a certificate (RFC 6960 section 4.3, RFC 5019): nothing that is made up. */
static const int digests[] = { NID_sha1, NID_sha256, NID_sha384, NID_sha512 };

#define DIGESTS (sizeof(digests) / sizeof(digests[0]))

/** The names of one certificate, each made when a statement asks for it, and once. */
typedef struct ids_t {
    X509 *cert, *issuer;
    OCSP_CERTID *id[DIGESTS];
} ids_t;

static int is_about(ids_t *ids, const OCSP_CERTID *given)
{
    ASN1_OBJECT *oid;
    size_t i;

    OCSP_id_get0_info(NULL, &oid, NULL, NULL, (OCSP_CERTID *)given);
    for (i = 0; i < DIGESTS; i++) {
        if (OBJ_obj2nid(oid) != digests[i]) {
            continue;
        }
        if (ids->id[i] == NULL) {
            ids->id[i] = OCSP_cert_to_id(EVP_get_digestbynid(digests[i]), ids->cert, ids->issuer);
        }
        return ids->id[i] != NULL && OCSP_id_cmp(ids->id[i], given) == 0;
    }
    return 0;
}

/* The statement about this certificate, whichever digest its id is made with. */
static OCSP_SINGLERESP *find_single(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer)
{
    ids_t ids = { .cert = cert, .issuer = issuer };
    OCSP_SINGLERESP *found = NULL;
    size_t i;
    int n;

    for (n = 0; found == NULL && n < OCSP_resp_count(basic) && n < STATEMENTS_MAX; n++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, n);

        found = is_about(&ids, OCSP_SINGLERESP_get0_id(single)) ? single : NULL;
    }
    for (i = 0; i < DIGESTS; i++) {
        OCSP_CERTID_free(ids.id[i]);
    }
    return found;
}

/* Signed by the issuer, or by somebody whom the issuer made its OCSP signer. */
static int is_signed(OCSP_BASICRESP *basic, X509 *issuer)
{
    X509_STORE *trust = X509_STORE_new();
    STACK_OF(X509) *known = sk_X509_new_null();
    int ok = 0;

    if (trust != NULL && known != NULL && X509_STORE_add_cert(trust, issuer) == 1
        && X509_STORE_set_flags(trust, X509_V_FLAG_PARTIAL_CHAIN) == 1
        && sk_X509_push(known, issuer) > 0) {
        ok = OCSP_basic_verify(basic, known, trust, 0) == 1;
    }
    sk_X509_free(known);
    X509_STORE_free(trust);
    return ok;
}

static apr_status_t judge(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer, apr_time_t *from,
                          apr_time_t *until, mssl_reason_t *why)
{
    OCSP_SINGLERESP *single = find_single(basic, cert, issuer);
    ASN1_GENERALIZEDTIME *begins, *ends;
    int status;

    if (single == NULL) {
        return mssl_reason_set(why, APR_EINVAL, OCSP_resp_count(basic) > STATEMENTS_MAX
                               ? "is not about this certificate in its first 16 statements"
                               : "is about another certificate");
    }
    if (!is_signed(basic, issuer)) {
        return mssl_reason_set_openssl(why, APR_EINVAL,
                                       "is not signed by the certificate's issuer");
    }
    status = OCSP_single_get0_status(single, NULL, NULL, &begins, &ends);
    if (status != V_OCSP_CERTSTATUS_GOOD) {
        return mssl_reason_set(why, APR_EINVAL, "says that the certificate is %s",
                               OCSP_cert_status_str(status));
    }
    if (!mssl_asn1time_get(from, begins)) {
        return mssl_reason_set(why, APR_EINVAL, "has no proper date");
    }
    if (!mssl_asn1time_get(until, ends)) {
        *until = *from + OPEN_ENDED;
    }
    return APR_SUCCESS;
}

apr_status_t mssl_ocsp_check(const mssl_blob_t *staple, X509 *cert, X509 *issuer,
                             apr_time_t *from, apr_time_t *until, mssl_reason_t *why)
{
    const unsigned char *der = (const unsigned char *)staple->data;
    OCSP_RESPONSE *response = NULL;
    OCSP_BASICRESP *basic = NULL;
    apr_status_t rv;

    *from = *until = 0;
    if (issuer == NULL) {
        return mssl_reason_set(why, APR_EINVAL, "cannot be checked, as the issuer's certificate "
                               "is not in the chain");
    }
    if (staple->len > MSSL_OCSP_MAX) {
        return mssl_reason_set(why, APR_EINVAL, "is larger than 64 KB, which no CA's is");
    }
    if (EVP_PKEY_get_bits(X509_get0_pubkey(issuer)) > ISSUER_BITS_MAX) {
        return mssl_reason_set(why, APR_EINVAL, "cannot be checked, as the issuer's key has more "
                               "than 8192 bits");
    }
    response = d2i_OCSP_RESPONSE(NULL, &der, (long)staple->len);
    if (response == NULL || OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL
        || (basic = OCSP_response_get1_basic(response)) == NULL) {
        rv = mssl_reason_set(why, APR_EINVAL, "is not a successful OCSP response in DER");
    }
    else {
        rv = judge(basic, cert, issuer, from, until, why);
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return rv;
}
