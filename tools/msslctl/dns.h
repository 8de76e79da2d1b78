/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_DNS_H
#define MSSL_TOOLS_MSSLCTL_DNS_H

/**
 * @file dns.h
 * What DNS says of a name: A and AAAA, and whom mail goes to, from the servers of resolv.conf, never from /etc/hosts, which
 * would say what this machine thinks and not what visitors get. In a worker that can open no file:
 * the text of resolv.conf is handed in. libc makes the questions and takes answers apart
 * (res_mkquery(3), ns_parserr(3): musl's libc has them, too, but none of glibc's res_n*); only the
 * sending is ours, as libc's would open files, and wait as long as resolv.conf likes.
 */

#include <apr_pools.h>
#include <apr_tables.h>

#include "lib/base/buffer.h"
#include "lib/base/json.h"

#define CTL_DNS_CONF "/etc/resolv.conf"

/** Read the text of CTL_DNS_CONF. Nothing in it is looked at. It stays empty where there is none. */
void ctl_dns_read_conf(mssl_buffer_t *text);

/**
 * Ask, and write "dns" as an object: a[] and aaaa[] of addresses, null where nobody answered;
 * cname, error (in words) or null. At most 2 s.
 * @param conf the text of CTL_DNS_CONF
 */
void ctl_dns_ask(mssl_json_t *json, const char *name, const mssl_buffer_t *conf, apr_pool_t *pool);

/** What ctl_dns_list() looks for. */
typedef enum {
    CTL_DNS_ADDRESS, /**< A and AAAA, as texts */
    CTL_DNS_MX,      /**< exchanges; "": the null MX (RFC 7505) */
    CTL_DNS_TXT,     /**< texts, of several strings joined */
    CTL_DNS_CAA      /**< "tag value" (RFC 8659), tags in lower case */
} ctl_dns_kind_t;

/**
 * Ask for records of one kind. At most 2 s.
 * @param list out: const char *, in pool; what DNS says, foreign bytes without NUL
 * @return 1; 0: nobody answered
 */
int ctl_dns_list(apr_array_header_t **list, const char *name, ctl_dns_kind_t kind,
                 const mssl_buffer_t *conf, apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_DNS_H */
