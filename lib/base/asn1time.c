/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/asn1time.h"

#include <time.h>

int mssl_asn1time_get(apr_time_t *out, const ASN1_TIME *in)
{
    struct tm tm;

    *out = 0;
    if (in == NULL || ASN1_TIME_to_tm(in, &tm) != 1) {
        return 0;
    }
    *out = apr_time_from_sec((apr_time_t)timegm(&tm));
    return 1;
}

int mssl_asn1time_is_within(apr_time_t now, apr_time_t not_before, apr_time_t not_after)
{
    return now >= not_before && now < not_after + APR_USEC_PER_SEC;
}
