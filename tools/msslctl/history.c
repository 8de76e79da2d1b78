/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/history.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/files/folder.h"
#include "lib/inventory/history.h"
#include "tools/msslctl/joined.h"
#include "tools/msslctl/print.h"

#define FIELDS 4

static void print_version(const ctl_print_t *print, mssl_json_t *json, const mssl_version_t *version,
                          const mssl_pair_t *pair)
{
    static const int widths[FIELDS] = { 5, 20, 20, 0 };
    apr_pool_t *pool = print->ctl->pool;
    const char *type = pair != NULL ? mssl_key_type_name(mssl_pair_get_type(pair)) : NULL;
    apr_time_t end = pair != NULL ? mssl_pair_get_not_after(pair) : 0;
    const char *fields[FIELDS];

    if (json != NULL) {
        mssl_json_open(json, NULL, '{');
        mssl_json_int(json, "version", version->number);
        mssl_json_time(json, "kept", version->kept);
        mssl_json_time(json, "not_after", end);
        mssl_json_text(json, "key_type", type);
        mssl_json_close(json);
        return;
    }
    fields[0] = apr_psprintf(pool, "%u", version->number);
    fields[1] = ctl_print_time(pool, version->kept);
    fields[2] = ctl_print_time(pool, end);
    fields[3] = type;
    ctl_print_row(print, CTL_NO_COLOR, fields, widths, FIELDS);
}

static void print_all(ctl_t *ctl, const ctl_wish_t *wish, const char *folder,
                      const apr_array_header_t *versions, FILE *out)
{
    mssl_json_t json;
    ctl_print_t print;
    int as_json = CTL_HAS(ctl, CTL_OPT_JSON), i;

    ctl_print_begin(&print, ctl, out);
    mssl_json_init(&json, ctl_print_sink, out, 2);
    if (as_json) {
        mssl_json_open(&json, NULL, '{');
        mssl_json_text(&json, "schema", "mssl-versions/1");
        mssl_json_text(&json, "name", wish->name);
        mssl_json_open(&json, "versions", '[');
    }
    for (i = 0; i < versions->nelts; i++) {
        const mssl_version_t *version = &APR_ARRAY_IDX(versions, i, mssl_version_t);
        const char *path = apr_pstrcat(ctl->pool, folder, "/", version->path, NULL);
        mssl_reason_t why = { "" };
        ctl_joined_t joined;

        ctl_joined_read(&joined, &path, 1, wish->name, ctl->pool, &why);
        print_version(&print, as_json ? &json : NULL, version, joined.pair);
        ctl_joined_free(&joined);
    }
    if (as_json) {
        mssl_json_close(&json);
        mssl_json_close(&json);
        mssl_json_end(&json);
    }
}

/* In the worker. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    const ctl_wish_t *wish = baton;
    const char *folder = apr_pstrcat(ctl->pool, wish->server->state_dir, "/" MSSL_HISTORY_FOLDER,
                                     NULL);
    int fd = mssl_folder_open(AT_FDCWD, folder);
    apr_array_header_t *versions = apr_array_make(ctl->pool, 1, sizeof(mssl_version_t));
    mssl_reason_t why = { "" };
    apr_status_t rv = APR_SUCCESS;

    (void)stop;
    if (fd >= 0) {
        rv = mssl_history_list(fd, wish->name, &versions, ctl->pool, &why);
        close(fd);
    }
    if (rv != APR_SUCCESS) {
        fprintf(stderr, "msslctl rollback: %s\n", why.text);
        return CTL_UNKNOWN;
    }
    print_all(ctl, wish, folder, versions, out);
    return CTL_FINE;
}

int ctl_history_print(ctl_t *ctl, const ctl_wish_t *wish)
{
    return ctl_worker_print(ctl, wish->server, MSSL_ROLE_READER, work, (void *)wish);
}
