/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/challengedir.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "httpd/server/challenges.h"
#include "httpd/start/memory.h"
#include "httpd/start/statedir.h"
#include "httpd/start/user.h"
#include "lib/files/owned.h"

APLOG_USE_MODULE(mssl);

const char *mssl_challengedir_get(mssl_global_t *global, apr_pool_t *p)
{
    return global->challenge_dir != NULL
        ? global->challenge_dir : apr_pstrcat(p, mssl_statedir_get(global, p), "/" MSSL_CHALLENGE_SUBDIR, NULL);
}

static void find(mssl_challenges_t *challenges, mssl_global_t *global, apr_pool_t *p)
{
    challenges->owner = mssl_user_find_steward(global, p)->uid;
    challenges->dir = mssl_challengedir_get(global, p);
}

/* Whether the folder is as it is to be, or need not be there; else why not. */
static int is_good(const mssl_global_t *global, const mssl_challenges_t *challenges,
                   mssl_reason_t *why)
{
    return !mssl_challenges_is_meant(global, challenges->dir)
        || mssl_owned_check(challenges->dir, challenges->owner, why) == APR_SUCCESS;
}

void mssl_challengedir_check(mssl_global_t *global, server_rec *s, apr_pool_t *ptemp)
{
    mssl_challenges_t challenges;
    mssl_reason_t why = { "" };

    if (global->challenge_dir == NULL || ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST) {
        return;
    }
    find(&challenges, global, ptemp);
    if (!is_good(global, &challenges, &why)) {
        mssl_challenges_tell(s, why.text);
    }
}

void mssl_challengedir_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf, int is_used)
{
    mssl_reason_t why = { "" };

    if (global->challenge_dir == NULL && !is_used) {
        return;
    }
    find(&global->challenges, global, pconf);
    if (global->told == NULL) {
        global->told = mssl_memory_get_told(s);
    }
    if (!is_good(global, &global->challenges, &why)
        && mssl_challenges_is_news(global, global->challenges.dir, why.text)) {
        mssl_challenges_tell(s, why.text);
    }
}
