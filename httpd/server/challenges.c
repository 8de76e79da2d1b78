/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/challenges.h"

#include <http_log.h>
#include <sys/stat.h>

#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

int mssl_challenges_is_news(const mssl_global_t *global, const char *path, const char *text)
{
    apr_ssize_t len = APR_HASH_KEY_STRING;
    apr_uint32_t what = text != NULL ? apr_hashfunc_default(text, &len) | 1 : 0;

    return global->told != NULL
        && mssl_told_is_news(global->told, MSSL_TOLD_NOTE, "MSSLChallengeDir", path, what);
}

int mssl_challenges_is_meant(const mssl_global_t *global, const char *dir)
{
    struct stat st;

    return dir != NULL && (global->challenge_dir != NULL || lstat(dir, &st) == 0);
}

void mssl_challenges_tell(const server_rec *s, const char *text)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, MSSLNO(0222) "MSSLChallengeDir: %s; until then no "
                 "challenge of a certificate authority is answered from there", text);
}
