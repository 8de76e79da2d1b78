/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_SCHEME_H
#define MSSL_HTTPD_CONF_SCHEME_H

/**
 * @file scheme.h
 * The directives about http and https (contract, section 12), as they are read.
 */

#include "httpd/conf/conf.h"

const char *mssl_scheme_set_force(cmd_parms *cmd, void *dir, const char *arg, const char *port);
const char *mssl_scheme_add_header(cmd_parms *cmd, void *dir, const char *name, const char *value);
const char *mssl_scheme_add_proxies(cmd_parms *cmd, void *dir, int argc, char *const argv[]);

#define MSSL_SCHEME_DIRECTIVES \
    AP_INIT_TAKE12("MSSLForceHTTPS", mssl_scheme_set_force, NULL, RSRC_CONF | OR_FILEINFO, \
                   "Send visitors to https ('on', 'auto': where its certificate is valid), to " \
                   "http ('off') or nowhere ('none'); and the port, if it is not the usual one"), \
    AP_INIT_TAKE12("MSSLSchemeHeader", mssl_scheme_add_header, NULL, RSRC_CONF, \
                   "A request header that tells websites of https: NAME VALUE, or 'none'; may " \
                   "repeat ('HTTPS on')"), \
    AP_INIT_TAKE_ARGV("MSSLTrustedProxy", mssl_scheme_add_proxies, NULL, RSRC_CONF, \
                      "Proxies that end TLS, and are believed when they say http or https: CIDR " \
                      "[CIDR...]"),

#endif /* MSSL_HTTPD_CONF_SCHEME_H */
