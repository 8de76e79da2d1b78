/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_ISSUE_H
#define MSSL_HTTPD_CONF_ISSUE_H

/**
 * @file issue.h
 * The directives of issuing (contract 14), as they are read into mssl_issuing_t. A program
 * that went away ends no running server at a graceful restart: it is one line, and it is tried all
 * the same. What hangs on httpd's User, who may be named further down, is looked at by
 * httpd/start/issuecheck.h.
 */

#include "httpd/conf/conf.h"

/** Whether any source of MSSLIssueFor is named. */
int mssl_issue_has_source(const mssl_issuing_t *issuing);

/**
 * The value of an option of an issuer's command line: "--option VALUE" or "--option=VALUE".
 * @param i out: its place in argv, where to go on behind it; begin with 0
 * @return NULL: there is none any more
 */
const char *mssl_issue_find_option(const mssl_issuer_t *issuer, const char *option, int *i);

const char *mssl_issue_add_source(cmd_parms *cmd, void *dir, const char *arg);
const char *mssl_issue_set(cmd_parms *cmd, void *dir, int on);
const char *mssl_issue_add_issuer(cmd_parms *cmd, void *dir, int argc, char *const argv[]);
const char *mssl_issue_set_key(cmd_parms *cmd, void *dir, const char *arg);
const char *mssl_issue_set_preflight(cmd_parms *cmd, void *dir, int on);
const char *mssl_issue_set_limit(cmd_parms *cmd, void *dir, const char *what, const char *limit);
const char *mssl_issue_set_window(cmd_parms *cmd, void *dir, const char *arg);

#define MSSL_ISSUE_DIRECTIVES \
    AP_INIT_ITERATE("MSSLIssueFor", mssl_issue_add_source, NULL, RSRC_CONF, \
                    "Who may have a certificate: vhosts, list:FILE, folders:PATTERN, " \
                    "ask:PROGRAM, requests; may repeat"), \
    AP_INIT_FLAG("MSSLIssue", mssl_issue_set, NULL, RSRC_CONF, \
                 "Whether 'MSSLIssueFor vhosts' takes the names of this virtual host ('on', " \
                 "'off')"), \
    AP_INIT_TAKE_ARGV("MSSLIssuer", mssl_issue_add_issuer, NULL, RSRC_CONF, \
                      "What makes certificates: NAME PROGRAM [ARG...]; may repeat, tried in order"), \
    AP_INIT_TAKE1("MSSLIssueKey", mssl_issue_set_key, NULL, RSRC_CONF, \
                  "The key of certificates that are made ('ecdsa', 'rsa')"), \
    AP_INIT_FLAG("MSSLIssuePreflight", mssl_issue_set_preflight, NULL, RSRC_CONF, \
                 "Whether it is looked first where a name leads ('on', 'off')"), \
    AP_INIT_TAKE2("MSSLIssueLimit", mssl_issue_set_limit, NULL, RSRC_CONF, \
                  "How much is ordered of an issuer: orders|domain|name N/TIME"), \
    AP_INIT_TAKE1("MSSLRenewWindow", mssl_issue_set_window, NULL, RSRC_CONF, \
                  "How much of its lifetime is left when a certificate is renewed ('33%')"),

#endif /* MSSL_HTTPD_CONF_ISSUE_H */
