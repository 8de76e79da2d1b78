/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/preflight.h"

#include <apr_strings.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/issue/permit.h"
#include "lib/issue/preflight.h"

/** For each address: somebody waits for it. */
#define PATIENCE apr_time_from_sec(4)
#define TEXT_MAX ((size_t)64 << 10)
#define SPOTS_MAX 64

static void take_address(void *baton, const char *address, mssl_job_found_t found, int status)
{
    apr_array_header_t *spots = baton;

    APR_ARRAY_PUSH(spots, mssl_explain_spot_t)
        = (mssl_explain_spot_t){ apr_pstrdup(spots->pool, address), found, status };
}

void ctl_preflight_look(mssl_explain_preflight_t *seen, const mssl_issuing_t *issuing,
                        const char *name, apr_interval_time_t patience, apr_pool_t *pool)
{
    apr_array_header_t *spots = apr_array_make(pool, 4, sizeof(mssl_explain_spot_t));
    const mssl_preflight_t preflight = {
        .challenge_dir = issuing->challenge_dir, .addresses = issuing->addresses,
        .patience = patience, .seen = take_address, .seen_baton = spots
    };
    mssl_reason_t why = { "" };

    seen->found = mssl_preflight(&preflight, name, pool, &why);
    seen->text = apr_pstrdup(pool, why.text);
    seen->n = spots->nelts;
    seen->spot = (const mssl_explain_spot_t *)spots->elts;
}

typedef struct asked_t {
    const ctl_server_t *server;
    const char *name;
} asked_t;

static void report_nothing(void *baton, const char *text)
{
    (void)baton;
    (void)text; /* doctor says it */
}

/* Whether an order of it waits for a preflight, now or when its turn comes. */
static int is_to_be_looked_at(const ctl_issuing_t *issuing, const char *name)
{
    mssl_reason_t why = { "" };
    const mssl_permits_t *permits;
    const mssl_permit_t *permit;
    mssl_job_t job;
    int has_job = mssl_job_load(&job, issuing->jobs, name, geteuid(), &why) == APR_SUCCESS;

    if (!issuing->issuing->preflight
        || (has_job && job.state != MSSL_JOB_WANTED && job.state != MSSL_JOB_ORDERED
            && job.state != MSSL_JOB_FAILED)) {
        return 0;
    }
    permits = mssl_permits_read(issuing->issuing, issuing->dir, NULL, NULL, report_nothing, NULL,
                                issuing->ctl->pool);
    permit = mssl_permits_find(permits, name);
    return permit != NULL ? !permit->skips_preflight : has_job;
}

static void write_seen(const mssl_explain_preflight_t *seen, FILE *out)
{
    mssl_json_t json;
    int i;

    mssl_json_init(&json, ctl_print_sink, out, 0);
    mssl_json_open(&json, NULL, '{');
    mssl_json_int(&json, "found", seen->found);
    mssl_json_text(&json, "text", seen->text);
    mssl_json_open(&json, "addresses", '[');
    for (i = 0; i < seen->n; i++) {
        mssl_json_open(&json, NULL, '{');
        mssl_json_text(&json, "address", seen->spot[i].address);
        mssl_json_int(&json, "found", seen->spot[i].found);
        mssl_json_int(&json, "status", seen->spot[i].status);
        mssl_json_close(&json);
    }
    mssl_json_close(&json);
    mssl_json_close(&json);
    mssl_json_end(&json);
}

/* In the worker. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    const asked_t *asked = baton;
    mssl_explain_preflight_t seen;
    ctl_issuing_t issuing;

    (void)stop;
    if (ctl_issuing_open(&issuing, ctl, asked->server) != CTL_FINE) {
        return CTL_FINE; /* said, and the rest is told all the same */
    }
    if (is_to_be_looked_at(&issuing, asked->name)) {
        ctl_preflight_look(&seen, issuing.issuing, asked->name, PATIENCE, ctl->pool);
        write_seen(&seen, out);
    }
    ctl_issuing_close(&issuing);
    return CTL_FINE;
}

/* Whether a process of ours can be whom those files belong to. */
static int may_look(const ctl_server_t *server)
{
    const mssl_json_value_t *issuing = mssl_json_get(server->json, "issuing");
    const struct passwd *user = geteuid() == 0 ? getpwnam(server->steward) : NULL;
    struct stat st;

    if (mssl_json_get_first(issuing, "for") == NULL || mssl_json_get_first(issuing, "issuers") == NULL) {
        return 0;
    }
    return geteuid() == 0 ? user != NULL && user->pw_uid != 0
                          : stat(server->state_dir, &st) == 0 && st.st_uid == geteuid();
}

int ctl_preflight_ask(ctl_t *ctl, const ctl_server_t *server, const char *name, mssl_buffer_t *text)
{
    asked_t asked = { server, name };

    *text = (mssl_buffer_t){ .max = TEXT_MAX };
    if (!may_look(server)) {
        return CTL_FINE;
    }
    return ctl_worker_take(ctl, server, MSSL_ROLE_STEWARD, work, &asked, text) == CTL_INTERRUPTED
               ? CTL_INTERRUPTED : CTL_FINE;
}

static int take_found(mssl_job_found_t *found, const mssl_json_value_t *value)
{
    apr_int64_t number = mssl_json_get_int(value, "found", 0);

    *found = (mssl_job_found_t)number;
    return number == MSSL_FOUND_OURS || number == MSSL_FOUND_UNKNOWN || number == MSSL_FOUND_ELSEWHERE
           || number == MSSL_FOUND_NO_ADDRESS;
}

void ctl_preflight_read(mssl_explain_facts_t *facts, const mssl_buffer_t *text, apr_pool_t *pool)
{
    mssl_explain_preflight_t *seen = apr_pcalloc(pool, sizeof(*seen));
    mssl_explain_spot_t *spots = apr_pcalloc(pool, SPOTS_MAX * sizeof(*spots));
    const mssl_json_value_t *root = NULL, *value;
    mssl_reason_t why = { "" };

    if (text->data == NULL || mssl_json_read(&root, text->data, text->len, pool, &why) != APR_SUCCESS
        || !take_found(&seen->found, root)) {
        return;
    }
    seen->text = mssl_json_get_text(root, "text", "");
    seen->spot = spots;
    for (value = mssl_json_get_first(root, "addresses"); value != NULL && seen->n < SPOTS_MAX;
         value = value->next) {
        mssl_explain_spot_t *spot = &spots[seen->n];

        spot->address = mssl_json_get_text(value, "address", "-");
        spot->status = (int)mssl_json_get_int(value, "status", 0);
        seen->n += take_found(&spot->found, value);
    }
    facts->preflight = seen;
}
