/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/challenges.h"

#include <apr_strings.h>
#include <http_log.h>
#include <sys/stat.h>

#include "lib/base/tags.h"
#include "lib/files/owned.h"

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

int mssl_challenges_read(const server_rec *s, const char *place, char *data, apr_size_t *len,
                         apr_size_t max, apr_pool_t *pool)
{
    const mssl_global_t *global = mssl_conf_get_global(s);
    const mssl_challenges_t *from = &global->challenges;
    const char *path = apr_pstrcat(pool, from->dir, "/", place, NULL);
    mssl_reason_t why = { "" };
    apr_status_t rv = mssl_owned_read(data, len, max, from->dir, place, from->owner, &why);

    if (rv == APR_EACCES) { /* something of the folders */
        path = from->dir;
    }
    if (rv == APR_SUCCESS) {
        mssl_challenges_is_news(global, from->dir, NULL);
        mssl_challenges_is_news(global, path, NULL);
    }
    else if (rv != APR_ENOENT && mssl_challenges_is_news(global, path, why.text)) {
        mssl_challenges_tell(s, why.text);
    }
    return rv == APR_SUCCESS;
}
