/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_ARGS_H
#define MSSL_HTTPD_CONF_ARGS_H

/**
 * @file args.h
 * What directives have in common. While the configuration is read, by the parent, one thread.
 */

#include "httpd/conf/conf.h"

/** Only in the main server: the record that all vhosts share hangs there. @return NULL, or why not */
const char *mssl_args_check_global(cmd_parms *cmd);

/** A command line that the steward is told in JSON: UTF-8. @return NULL, or what is wrong */
const char *mssl_args_check_utf8(cmd_parms *cmd, const char *const *argv);

/**
 * A time in httpd's units, seconds where none is written, up to a year; of the whole server.
 * @param least 0, a millisecond or a second
 * @return NULL, or what is wrong
 */
const char *mssl_args_parse_time(cmd_parms *cmd, apr_interval_time_t *out, const char *arg,
                                 apr_interval_time_t least);

#endif /* MSSL_HTTPD_CONF_ARGS_H */
