/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_RANGE_H
#define MSSL_HTTPD_CONF_RANGE_H

/**
 * @file range.h
 * Address ranges in directives: 192.0.2.0/24, 2001:db8::/32, a single address.
 */

#include <httpd.h>
#include <http_config.h>

/**
 * Add one to an array of apr_ipsubnet_t *. While the configuration is read.
 * @return NULL, or what is wrong with it, for the directive's answer
 */
const char *mssl_range_add(cmd_parms *cmd, apr_array_header_t *ranges, const char *arg);

/** Whether an address is in one of the ranges; not in NULL. Any thread. */
int mssl_range_has(const apr_array_header_t *ranges, apr_sockaddr_t *addr);

#endif /* MSSL_HTTPD_CONF_RANGE_H */
