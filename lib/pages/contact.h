/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAGES_CONTACT_H
#define MSSL_LIB_PAGES_CONTACT_H

/**
 * @file contact.h
 * Whom visitors may ask: MSSLContact. While the configuration is read; constant from then on.
 */

#include <apr_pools.h>

#include "mod_mssl.h"

/** Longest text, bytes. */
#define MSSL_CONTACT_MAX 200

typedef struct mssl_contact_t {
    const char *text; /**< as it is shown, plain text in UTF-8: "help@host.example" */
    const char *href; /**< "mailto:help%40..." or a http(s) URL, not escaped for HTML; NULL: a text */
} mssl_contact_t;

/**
 * Take what the admin wrote: a http or https URL, a mail address (with "mailto:" or without), or any
 * other line of text.
 * @param why out: what is wrong
 * @return APR_SUCCESS or APR_EINVAL
 */
apr_status_t mssl_contact_parse(mssl_contact_t *contact, const char *text, apr_pool_t *pool,
                                mssl_reason_t *why);

#endif /* MSSL_LIB_PAGES_CONTACT_H */
