/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_NOTIFY_H
#define MSSL_HTTPD_CONF_NOTIFY_H

/**
 * @file notify.h
 * MSSLNotifyCommand and MSSLSteward, as they are read. A program that went away ends no running
 * server at a graceful restart: it is one line, and it is tried all the same when something is to be
 * told.
 */

#include "httpd/conf/conf.h"

const char *mssl_notify_add(cmd_parms *cmd, void *dir, int argc, char *const argv[]);
const char *mssl_notify_set_steward(cmd_parms *cmd, void *dir, const char *arg);

#define MSSL_NOTIFY_DIRECTIVES \
    AP_INIT_TAKE_ARGV("MSSLNotifyCommand", mssl_notify_add, NULL, RSRC_CONF, \
                      "What is run when an admin is to know how certificates are: [every=TIME] " \
                      "PROGRAM [ARG...], or 'mail ADDRESS...'; may repeat"), \
    AP_INIT_TAKE1("MSSLSteward", mssl_notify_set_steward, NULL, RSRC_CONF, \
                  "Who begins the process that runs them: httpd[:PROGRAM], or external"),

#endif /* MSSL_HTTPD_CONF_NOTIFY_H */
