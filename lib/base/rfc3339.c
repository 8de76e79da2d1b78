/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/rfc3339.h"

#include <apr_strings.h>
#include <stdlib.h>

apr_status_t mssl_rfc3339_print(char text[MSSL_RFC3339_SIZE], apr_time_t time)
{
    apr_time_exp_t at;
    apr_status_t rv = apr_time_exp_gmt(&at, time);

    text[0] = '\0';
    if (rv == APR_SUCCESS) {
        apr_snprintf(text, MSSL_RFC3339_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", at.tm_year + 1900,
                     at.tm_mon + 1, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec);
    }
    return rv;
}

/* As in the form, where 0 stands for a digit. */
static int has_form(const char *text, const char *form)
{
    for (; *form != '\0'; form++, text++) {
        if (*form == '0' ? *text < '0' || *text > '9' : *text != *form) {
            return 0;
        }
    }
    return *text == '\0';
}

apr_status_t mssl_rfc3339_parse(apr_time_t *time, const char *text)
{
    apr_time_exp_t when = { 0 };

    *time = 0;
    if (!has_form(text, "0000-00-00T00:00:00Z")) {
        return APR_EINVAL;
    }
    when.tm_year = atoi(text) - 1900;
    when.tm_mon = atoi(text + 5) - 1;
    when.tm_mday = atoi(text + 8);
    when.tm_hour = atoi(text + 11);
    when.tm_min = atoi(text + 14);
    when.tm_sec = atoi(text + 17);
    return when.tm_year >= 70 && when.tm_mon >= 0 && when.tm_mon < 12 && when.tm_mday >= 1
                   && when.tm_mday <= 31
               ? apr_time_exp_gmt_get(time, &when) : APR_EINVAL;
}
