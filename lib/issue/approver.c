/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/approver.h"

#include <string.h>
#include <strings.h>

#include "lib/base/reason.h"
#include "lib/issue/names.h"
#include "lib/issue/suffix.h"

/** 2028-03-15T00:00:00Z */
#define LAST_MAIL apr_time_from_sec(APR_INT64_C(1836691200))

const char *mssl_approver_next_domain(const char *name, const char *at)
{
    const char *domain = mssl_suffix_get_domain(name);

    if (at == NULL) {
        return strncmp(name, "*.", 2) == 0 ? name + 2 : name;
    }
    if (at >= domain) {
        return NULL;
    }
    at = strchr(at, '.');
    return at != NULL ? at + 1 : NULL;
}

static int is_of(const char *host, const char *name)
{
    const char *at = NULL;

    while ((at = mssl_approver_next_domain(name, at)) != NULL) {
        if (strcasecmp(host, at) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_role(const char *address, size_t len)
{
    static const char *const roles[] = { "admin", "administrator", "hostmaster", "postmaster",
                                         "webmaster" };
    size_t i;

    for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (strlen(roles[i]) == len && strncasecmp(roles[i], address, len) == 0) {
            return 1;
        }
    }
    return 0;
}

apr_status_t mssl_approver_check(const char *address, const char *names, mssl_reason_t *why)
{
    const char *host = strchr(address, '@');
    int has_role = host != NULL && is_role(address, (size_t)(host - address));
    char name[MSSL_NAME_SIZE];

    while (mssl_names_next(name, &names)) {
        if (!has_role || !is_of(host + 1, name)) {
            return mssl_reason_set(why, APR_ENOENT, "%s may not approve %s: CAs take admin@, "
                                   "administrator@, hostmaster@, postmaster@ or webmaster@ of the name or "
                                   "a parent down to %s, or a contact in the DNS (CAA contactemail, TXT "
                                   "at _validation-contactemail). Addresses from WHOIS are forbidden "
                                   "since 2025-07-15 (CA/Browser Forum, ballot SC-080v3)", address,
                                   name, mssl_suffix_get_domain(name));
        }
    }
    return APR_SUCCESS;
}

apr_status_t mssl_approver_check_date(apr_time_t now, mssl_reason_t *why)
{
    if (now >= LAST_MAIL) {
        return mssl_reason_set(why, APR_EINVAL, "approval by mail is forbidden to public CAs since "
                               "2028-03-15 (CA/Browser Forum, ballot SC-090); leave --approver out, so that "
                               "a file or the DNS is looked at. An issuer that still takes mail says "
                               "so by --mail-approval in its MSSLIssuer");
    }
    return APR_SUCCESS;
}
