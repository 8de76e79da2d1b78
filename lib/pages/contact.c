/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pages/contact.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "lib/base/mailbox.h"
#include "lib/base/name.h"
#include "lib/base/reason.h"
#include "lib/base/url.h"
#include "lib/base/utf8.h"

#define MAILTO "mailto:"

static int is_line(const char *text)
{
    const char *end = text + strlen(text);

    while (text < end) {
        unsigned code = mssl_utf8_next(&text, end);

        if (code == MSSL_UTF8_BAD || mssl_utf8_is_control(code)) {
            return 0;
        }
    }
    return 1;
}

static apr_status_t take_mail(mssl_contact_t *contact, const char *text, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    const char *at = strchr(text, '@');
    char name[MSSL_NAME_SIZE];
    const char *href = MAILTO;
    const char *from;

    if (mssl_mailbox_judge(text, strlen(text)) < MSSL_MAILBOX_PUBLIC
        || !mssl_name_canon(name, at + 1, strlen(at + 1))) {
        return mssl_reason_set(why, APR_EINVAL, "it is no mail address");
    }
    /* RFC 6068 section 2: what has a meaning in a URL is encoded. */
    for (from = text; from < at; from++) {
        href = apr_isalnum(*from) || strchr("!$'*+-._~", *from) != NULL
            ? apr_psprintf(pool, "%s%c", href, *from)
            : apr_psprintf(pool, "%s%%%02X", href, (unsigned char)*from);
    }
    contact->text = apr_pstrdup(pool, text);
    contact->href = apr_pstrcat(pool, href, "@", name, NULL);
    return APR_SUCCESS;
}

static apr_status_t take_url(mssl_contact_t *contact, const char *text, apr_pool_t *pool,
                             mssl_reason_t *why)
{
    mssl_url_t url;
    apr_status_t rv = mssl_url_parse(&url, text, pool, why);

    if (rv == APR_SUCCESS) {
        contact->text = contact->href = url.text;
    }
    return rv;
}

/* "javascript:x", "ftp://host", but not "Tel:+49". */
static int is_other_url(const char *text)
{
    size_t len = 0;

    while (apr_isalpha(text[len])) {
        len++;
    }
    return len > 1 && text[len] == ':' && strchr(text, ' ') == NULL && text[len + 1] != '+'
        && !apr_isdigit(text[len + 1]);
}

apr_status_t mssl_contact_parse(mssl_contact_t *contact, const char *text, apr_pool_t *pool,
                                mssl_reason_t *why)
{
    contact->text = NULL;
    contact->href = NULL;
    if (text[strspn(text, " ")] == '\0') {
        return mssl_reason_set(why, APR_EINVAL, "it is empty");
    }
    if (strlen(text) > MSSL_CONTACT_MAX) {
        return mssl_reason_set(why, APR_EINVAL, "it is longer than %d bytes", MSSL_CONTACT_MAX);
    }
    if (!is_line(text)) {
        return mssl_reason_set(why, APR_EINVAL, "it is not one line of UTF-8");
    }
    if (strncasecmp(text, "http:", 5) == 0 || strncasecmp(text, "https:", 6) == 0) {
        return take_url(contact, text, pool, why);
    }
    if (strncasecmp(text, MAILTO, sizeof(MAILTO) - 1) == 0) {
        return take_mail(contact, text + sizeof(MAILTO) - 1, pool, why);
    }
    if (is_other_url(text)) {
        return mssl_reason_set(why, APR_EINVAL, "it is a URL of another kind than http, https and "
                               "mailto");
    }
    if (strchr(text, '@') != NULL && strchr(text, ' ') == NULL) {
        return take_mail(contact, text, pool, why);
    }
    contact->text = apr_pstrdup(pool, text);
    return APR_SUCCESS;
}
