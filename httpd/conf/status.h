/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_STATUS_H
#define MSSL_HTTPD_CONF_STATUS_H

/**
 * @file status.h
 * MSSLStatus, as it is read: only in <Location>, <Directory> and the like, where the admin says who
 * may come in; never in .htaccess, whose owner is somebody else.
 */

#include "httpd/conf/conf.h"

const char *mssl_status_set(cmd_parms *cmd, void *dir, const char *arg);

#define MSSL_STATUS_DIRECTIVES \
    AP_INIT_TAKE1("MSSLStatus", mssl_status_set, NULL, ACCESS_CONF, \
                  "What 'SetHandler mssl-status' shows here ('off', 'summary': no name and no " \
                  "path, 'full')"),

#endif /* MSSL_HTTPD_CONF_STATUS_H */
