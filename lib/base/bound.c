/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/bound.h"

#include <string.h>

/*
 * Layout: version (1), SHA-256 (32), then 8 bytes each in network order: notBefore and notAfter in
 * seconds, the session's number; then the name without NUL.
 */
#define VERSION 1
#define AT_NOT_BEFORE (1 + MSSL_SHA256_LEN)
#define AT_NOT_AFTER (AT_NOT_BEFORE + 8)
#define AT_NUMBER (AT_NOT_AFTER + 8)
#define FIXED (AT_NUMBER + 8)

/* The years 0 to 9999, all that a certificate can say (RFC 5280 section 4.1.2.5), in seconds. */
#define FIRST_SECOND APR_INT64_C(-62167219200)
#define LAST_SECOND APR_INT64_C(253402300799)

static void put_number(unsigned char *out, apr_uint64_t number)
{
    int i;

    for (i = 7; i >= 0; i--) {
        out[i] = (unsigned char)number;
        number >>= 8;
    }
}

static apr_uint64_t get_number(const unsigned char *in)
{
    apr_uint64_t number = 0;
    int i;

    for (i = 0; i < 8; i++) {
        number = number << 8 | in[i];
    }
    return number;
}

static int put_date(unsigned char *out, apr_time_t date)
{
    apr_int64_t seconds = apr_time_sec(date);

    put_number(out, (apr_uint64_t)seconds);
    return seconds >= FIRST_SECOND && seconds <= LAST_SECOND;
}

static int get_date(apr_time_t *date, const unsigned char *in)
{
    apr_int64_t seconds = (apr_int64_t)get_number(in);

    if (seconds < FIRST_SECOND || seconds > LAST_SECOND) {
        return 0;
    }
    *date = apr_time_from_sec(seconds);
    return 1;
}

size_t mssl_bound_encode(unsigned char out[MSSL_BOUND_MAX], const mssl_bound_t *bound)
{
    size_t len = strlen(bound->name);

    if (len == 0 || !put_date(out + AT_NOT_BEFORE, bound->not_before)
        || !put_date(out + AT_NOT_AFTER, bound->not_after)) {
        return 0;
    }
    out[0] = VERSION;
    memcpy(out + 1, bound->sha256, MSSL_SHA256_LEN);
    put_number(out + AT_NUMBER, bound->number);
    memcpy(out + FIXED, bound->name, len);
    return FIXED + len;
}

int mssl_bound_decode(mssl_bound_t *bound, const unsigned char *data, size_t len)
{
    memset(bound, 0, sizeof(*bound));
    if (data == NULL || len <= FIXED || data[0] != VERSION
        || !get_date(&bound->not_before, data + AT_NOT_BEFORE)
        || !get_date(&bound->not_after, data + AT_NOT_AFTER)
        || !mssl_name_canon(bound->name, (const char *)data + FIXED, len - FIXED)
        || strlen(bound->name) != len - FIXED
        || memcmp(bound->name, data + FIXED, len - FIXED) != 0) {
        memset(bound, 0, sizeof(*bound));
        return 0;
    }
    memcpy(bound->sha256, data + 1, MSSL_SHA256_LEN);
    bound->number = get_number(data + AT_NUMBER);
    return 1;
}
