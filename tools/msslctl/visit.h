/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_VISIT_H
#define MSSL_TOOLS_MSSLCTL_VISIT_H

/**
 * @file visit.h
 * What the network says of a name. A worker that is the steward's user, and reads no file, asks
 * (ctl_visit_ask), and its words go as JSON through the hands of the one who started it, who looks
 * at none of them, to the worker that reads the stores (ctl_visit_read): to that one they are foreign
 * bytes, too. Each visit makes at most one request, for "/" of the name itself: no redirect is
 * followed, so the switch is never visited.
 */

#include "lib/explain/explain.h"
#include "tools/msslctl/spots.h"
#include "tools/msslctl/worker.h"

/** What is asked. */
typedef struct ctl_visit_t {
    const ctl_server_t *server;
    const char *name;           /**< canonical */
    apr_array_header_t *spots;  /**< ctl_spot_t; NULL: no visits */
    int reads_page;             /**< --page: of the first of page_spots that has one */
    apr_array_header_t *page_spots; /**< ctl_spot_t */
    int asks_dns;
    mssl_buffer_t resolv_conf;  /**< for DNS */
    int is_elsewhere;           /**< --address: it may be another machine's, and takes no PROXY line */
} ctl_visit_t;

/**
 * Ask. At most 15 s.
 * @param text out: empty with a bound; the caller frees it
 * @return CTL_FINE; other: no worker could be had
 */
int ctl_visit_ask(ctl_t *ctl, const ctl_visit_t *visit, mssl_buffer_t *text);

/**
 * In a worker: take it into the facts. What is not as ctl_visit_ask() writes it counts for nothing.
 * @param vhost that answers for the name; NULL: none is known
 */
void ctl_visit_read(mssl_explain_facts_t *facts, const mssl_buffer_t *text,
                    const mssl_json_value_t *vhost, apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_VISIT_H */
