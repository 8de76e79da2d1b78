/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/named.h"

#include <http_log.h>

#include "lib/base/tags.h"
#include "lib/store/told.h"

APLOG_USE_MODULE(mssl);

int mssl_named_is_newly_missing(const mssl_global_t *global, const char *directive, const char *name,
                                int has_pair)
{
    /* That it has one is noted, too: when that is over, it is news again. */
    return mssl_told_is_news(global->told, MSSL_TOLD_NOTE, directive, name, !has_pair) && !has_pair;
}

void mssl_named_note_dummy(const mssl_global_t *global, const char *name, int has_pair,
                           const server_rec *s)
{
    if (mssl_named_is_newly_missing(global, "MSSLDummyCertificate", name, has_pair)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0190) "MSSLDummyCertificate: there is "
                     "no certificate for '%s': one that the module makes is shown until there is "
                     "one; it counts at once", name);
    }
}
