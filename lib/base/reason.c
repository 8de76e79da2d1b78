/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/reason.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <string.h>

static void set_text(mssl_reason_t *why, const char *fmt, va_list args)
{
    if (why != NULL) {
        apr_vsnprintf(why->text, sizeof(why->text), fmt, args);
    }
}

apr_status_t mssl_reason_set(mssl_reason_t *why, apr_status_t rv, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set_text(why, fmt, args);
    va_end(args);
    return rv;
}

apr_status_t mssl_reason_set_openssl(mssl_reason_t *why, apr_status_t rv, const char *fmt, ...)
{
    char code[256];
    const char *text;
    unsigned long error;
    va_list args;
    size_t used;

    va_start(args, fmt);
    set_text(why, fmt, args);
    va_end(args);

    /* The first error is the cause; those behind it only tell the way it went up. */
    error = ERR_get_error();
    ERR_clear_error();
    if (why == NULL || error == 0) {
        return rv;
    }
    text = ERR_reason_error_string(error);
    if (text == NULL) {
        ERR_error_string_n(error, code, sizeof(code));
        text = code;
    }
    used = strlen(why->text);
    apr_snprintf(why->text + used, sizeof(why->text) - used, " (OpenSSL: %s)", text);
    return rv;
}
