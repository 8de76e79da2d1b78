/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_PUBLIC_H
#define MSSL_HTTPD_CONF_PUBLIC_H

/**
 * @file public.h
 * MSSLPublicAddress: what DNS should say of the names here, where that is not what the machine itself
 * has (NAT, a balancer, a CDN). While the configuration is read, by the parent, one thread.
 */

#include "httpd/conf/conf.h"

/** MSSLPublicAddress ADDR [ADDR...]: kept as inet_ntop() writes them, each once. */
const char *mssl_public_add(cmd_parms *cmd, void *dir, int argc, char *const argv[]);

#endif /* MSSL_HTTPD_CONF_PUBLIC_H */
