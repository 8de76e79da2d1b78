/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_INVENTORY_H
#define MSSL_HTTPD_CONF_INVENTORY_H

/**
 * @file inventory.h
 * MSSLInventory and MSSLExpiryWarn, as they are read.
 */

#include "httpd/conf/conf.h"

const char *mssl_inventory_set(cmd_parms *cmd, void *dir, int argc, char *const argv[]);
const char *mssl_inventory_set_warn(cmd_parms *cmd, void *dir, const char *warn,
                                    const char *urgent);

#define MSSL_INVENTORY_DIRECTIVES \
    AP_INIT_TAKE_ARGV("MSSLInventory", mssl_inventory_set, NULL, RSRC_CONF, \
                      "Whether all certificates of all stores are looked at, at leisure: on|off " \
                      "[INTERVAL] [keep=N] ('on 1h keep=2')"), \
    AP_INIT_TAKE12("MSSLExpiryWarn", mssl_inventory_set_warn, NULL, RSRC_CONF, \
                   "How long before its end a certificate is told of: WARN [URGENT], a part of " \
                   "its lifetime or days ('25% 12%')"),

#endif /* MSSL_HTTPD_CONF_INVENTORY_H */
