/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/broker.h"

#include <http_log.h>
#include <unistd.h>
#include <unixd.h>

#include "httpd/start/access.h"
#include "httpd/start/memory.h"
#include "httpd/start/process.h"
#include "lib/base/tags.h"
#include "lib/broker/channel.h"
#include "lib/inventory/served.h"

APLOG_USE_MODULE(mssl);

struct mssl_broker_process_t {
    mssl_broker_conf_t conf;
    mssl_process_t *process;
    mssl_access_t *access;
    server_rec *s;
    /* of the dispatcher; outlive each broker, so that children reach the next one */
    int ends[2];
};

static void notice(void *baton, mssl_broker_notice_t what, pid_t pid, uid_t uid,
                   unsigned int left_out)
{
    server_rec *s = baton;

    switch (what) {
    case MSSL_BROKER_STRANGER:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0157) "broker: process %ld of uid %lu "
                     "may not ask for certificates, its connection is ended (%u more since the last "
                     "line)", (long)pid, (unsigned long)uid, left_out);
        break;
    case MSSL_BROKER_CROWDED:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0158) "broker: too many connections "
                     "of process %ld, the new one is ended (%u more since the last line)", (long)pid,
                     left_out);
        break;
    case MSSL_BROKER_MALFORMED:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0159) "broker: process %ld said what "
                     "no child of httpd says, its connection is ended; is foreign code running in "
                     "it? (%u more since the last line)", (long)pid, left_out);
        break;
    }
}

/* In the broker, still root: nobody else opens what was good last. */
static void prepare(void *baton, mssl_kept_t *kept)
{
    mssl_broker_process_t *broker = baton;
    mssl_finder_t *finder = &broker->conf.finder;

    if (finder->last != NULL) {
        apr_status_t rv = mssl_lastgood_hold(finder->last, kept);

        if (rv != APR_SUCCESS) {
            mssl_memory_report_lastgood(broker->s, rv);
            finder->last = NULL;
        }
    }
}

/* In the broker. */
static apr_status_t run(void *baton)
{
    mssl_broker_process_t *broker = baton;

    mssl_access_begin(broker->access);
    return mssl_broker_serve(&broker->conf, broker->ends[1]);
}

/* From here on the old children hold the only way to the old broker. */
static apr_status_t close_ends(void *data)
{
    mssl_broker_process_t *broker = data;

    close(broker->ends[0]);
    if (broker->ends[1] >= 0) {
        close(broker->ends[1]);
    }
    return APR_SUCCESS;
}

static apr_status_t make(mssl_broker_process_t *broker, const mssl_broker_conf_t *conf,
                         apr_interval_time_t interval, server_rec *s, apr_pool_t *pconf)
{
    apr_status_t rv;

    broker->s = s;
    broker->access = mssl_access_make(s, pconf);
    broker->conf = *conf;
    broker->conf.notice = notice;
    broker->conf.notice_baton = s;
    broker->conf.child_uid = ap_unixd_config.user_id;
    rv = mssl_watch_make(&broker->conf.watch, interval, pconf);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, MSSLNO(0164) "no shared memory for what the "
                     "broker sees: each child asks it about each name in use");
    }
    rv = mssl_channel_make_dispatcher(broker->ends);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, rv, s, MSSLNO(0160) "cannot make the broker's "
                     "sockets");
        return rv;
    }
    apr_pool_cleanup_register(pconf, broker, close_ends, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

apr_status_t mssl_broker_process_start(mssl_broker_process_t **out, const mssl_broker_conf_t *conf,
                                       apr_interval_time_t interval, server_rec *s,
                                       apr_pool_t *pconf)
{
    mssl_broker_process_t *broker = apr_pcalloc(pconf, sizeof(*broker));
    const mssl_process_kind_t kind = { MSSL_ROLE_BROKER, "broker",
                                       "cached certificates go on serving",
                                       "its last child has gone", prepare, run, broker,
                                       MSSL_COUNT_BROKER_DEATHS };
    mssl_kept_t kept = { 0 };
    apr_status_t rv = make(broker, conf, interval, s, pconf);

    *out = NULL;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    mssl_kept_add_fd(&kept, broker->ends[1]);
    if (mssl_conf_get_global(s)->history != NULL) {
        mssl_kept_add_fd(&kept, mssl_conf_get_global(s)->history->dir);
    }
    if (broker->conf.watch != NULL) {
        mssl_watch_keep(broker->conf.watch, &kept);
    }
    rv = mssl_process_start(&broker->process, &kind, &kept, s, pconf);
    if (rv == APR_SUCCESS) {
        *out = broker;
    }
    return rv;
}

const mssl_watch_t *mssl_broker_process_get_watch(const mssl_broker_process_t *broker)
{
    return broker->conf.watch;
}

void mssl_broker_process_tick(mssl_broker_process_t *broker)
{
    mssl_process_tick(broker->process);
}

apr_status_t mssl_broker_process_child_init(mssl_broker_client_t **client,
                                            mssl_broker_process_t *broker, apr_pool_t *pchild)
{
    apr_status_t rv;

    /* The broker's end is not for children: whoever has it could pose as the broker for a while. */
    close(broker->ends[1]);
    broker->ends[1] = -1;
    if (broker->conf.watch != NULL) {
        mssl_watch_close(broker->conf.watch);
    }
    if (broker->conf.finder.last != NULL) {
        mssl_lastgood_close(broker->conf.finder.last);
    }
    rv = mssl_broker_client_make(client, broker->ends[0], mssl_process_get_uid(broker->process),
                                 broker->conf.watch, MSSL_BROKER_TIMEOUT, pchild);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, broker->s, MSSLNO(0163) "this child cannot ask "
                     "the broker: it serves inherited certificates and the dummy only");
    }
    return rv;
}
