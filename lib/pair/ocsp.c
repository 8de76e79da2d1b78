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

/* The statement about this certificate, whichever digest its id is made with. */
static OCSP_SINGLERESP *find_single(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer)
{
    OCSP_SINGLERESP *single;
    OCSP_CERTID *id;
    ASN1_OBJECT *oid;
    const EVP_MD *md;
    int i, same;

    for (i = 0; i < OCSP_resp_count(basic); i++) {
        single = OCSP_resp_get0(basic, i);
        OCSP_id_get0_info(NULL, &oid, NULL, NULL, (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(single));
        md = EVP_get_digestbyobj(oid);
        id = md != NULL ? OCSP_cert_to_id(md, cert, issuer) : NULL;
        same = id != NULL && OCSP_id_cmp(id, OCSP_SINGLERESP_get0_id(single)) == 0;
        OCSP_CERTID_free(id);
        if (same) {
            return single;
        }
    }
    return NULL;
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
        return mssl_reason_set(why, APR_EINVAL, "is about another certificate");
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
