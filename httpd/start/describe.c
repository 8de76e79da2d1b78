/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/describe.h"

#include <http_core.h>
#include <http_log.h>
#include <stdio.h>
#include <unistd.h>

#include "httpd/server/address.h"
#include "httpd/start/issuance.h"
#include "httpd/start/schema.h"
#include "httpd/start/statedir.h"
#include "httpd/start/statefolder.h"
#include "httpd/start/user.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

#define SERVER_FILE "server.json"
#define VHOSTS_FILE "vhosts"
/** Some 100,000 virtual hosts take 40 MB; what is larger is no configuration. */
#define TEXT_MAX ((size_t)1 << 30)

/* Readable by the steward, where there is one. */
static mssl_owner_t find_owner(const mssl_global_t *global)
{
    mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };

    if (geteuid() == 0 && mssl_user_find_steward_group(global, &owner.gid)) {
        owner.mode = 0640;
    }
    return owner;
}

void mssl_describe_write(mssl_global_t *global, server_rec *s, apr_pool_t *ptemp)
{
    mssl_buffer_t text = { .max = TEXT_MAX };
    mssl_owner_t owner = find_owner(global);
    mssl_schema_t *schema = mssl_schema_make(global, s, ptemp);
    mssl_reason_t why = { "" };
    apr_status_t rv, rv2;
    int dir;

    rv = mssl_statedir_open(global, &dir, s->process->pconf, &why);
    if (rv == APR_SUCCESS) {
        rv = mssl_schema_write_server(schema, mssl_buffer_add, &text);
        rv = mssl_statefolder_write(dir, SERVER_FILE, rv, &text, &owner, &why);
        rv2 = mssl_schema_write_vhosts(schema, mssl_buffer_add, &text);
        rv2 = mssl_statefolder_write(dir, VHOSTS_FILE, rv2, &text, &owner, &why);
        rv = rv != APR_SUCCESS ? rv : rv2;
        close(dir);
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0210) "MSSLStateDir: msslctl and the "
                     "steward do not learn what is configured now: %s", why.text);
    }
}

static apr_status_t print(void *baton, const char *data, size_t len)
{
    return fwrite(data, 1, len, baton) == len ? APR_SUCCESS : APR_EGENERAL;
}

void mssl_describe_test_config(apr_pool_t *pconf, server_rec *s)
{
    mssl_global_t *global = mssl_conf_get_global(s);

    if (ap_exists_config_define("DUMP_MSSL")) {
        mssl_addr_init(global, s, pconf);
        mssl_issuance_plan(global, s, pconf);
        mssl_schema_write_server(mssl_schema_make(global, s, pconf), print, stdout);
        fflush(stdout);
    }
}
