/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_LISTEN_H
#define MSSL_HTTPD_CONF_LISTEN_H

/**
 * @file listen.h
 * Listening to directives of mod_ssl (see mssl_modssl_conf_t). httpd hands a directive to each
 * module that names it; these handlers only take note. Where mod_ssl is not loaded, or too old to
 * know the directive, they answer what httpd would: that it is not known. SetHandler is httpd's own.
 *
 * SSLVHostSNIPolicy alone is taken where mod_ssl is too old for it (before httpd 2.4.66): then one
 * configuration starts everywhere, and <IfDirective>, for which it is there since we name it, is
 * right to let it through. See httpd/start/reach.h for what is said of it.
 */

#include "httpd/conf/conf.h"

/** Whether mod_ssl is loaded and has this directive. */
int mssl_listen_has_owner(const char *name);

const char *mssl_listen_engine(cmd_parms *cmd, void *dir, const char *arg);
const char *mssl_listen_verify_client(cmd_parms *cmd, void *dir, const char *arg);
const char *mssl_listen_verify_depth(cmd_parms *cmd, void *dir, const char *arg);
const char *mssl_listen_crl_check(cmd_parms *cmd, void *dir, const char *args);
const char *mssl_listen_ocsp_enable(cmd_parms *cmd, void *dir, const char *args);
const char *mssl_listen_strict_sni(cmd_parms *cmd, void *dir, int on);
const char *mssl_listen_stapling(cmd_parms *cmd, void *dir, int on);
const char *mssl_listen_policy(cmd_parms *cmd, void *dir, const char *arg);
const char *mssl_listen_cert_file(cmd_parms *cmd, void *dir, const char *arg);
const char *mssl_listen_key_file(cmd_parms *cmd, void *dir, const char *arg);
const char *mssl_listen_ciphers(cmd_parms *cmd, void *dir, const char *args);
const char *mssl_listen_ticket_key_file(cmd_parms *cmd, void *dir, const char *arg);
const char *mssl_listen_handler(cmd_parms *cmd, void *dir, const char *arg);

/* Contexts and argument counts are mod_ssl's. */
#define MSSL_LISTEN_DIRECTIVES \
    AP_INIT_TAKE1("SSLEngine", mssl_listen_engine, NULL, RSRC_CONF, \
                  "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_TAKE1("SSLVerifyClient", mssl_listen_verify_client, NULL, RSRC_CONF | OR_AUTHCFG, \
                  "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_TAKE1("SSLVerifyDepth", mssl_listen_verify_depth, NULL, RSRC_CONF | OR_AUTHCFG, \
                  "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_RAW_ARGS("SSLCARevocationCheck", mssl_listen_crl_check, NULL, RSRC_CONF, \
                     "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_RAW_ARGS("SSLOCSPEnable", mssl_listen_ocsp_enable, NULL, RSRC_CONF, \
                     "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_FLAG("SSLStrictSNIVHostCheck", mssl_listen_strict_sni, NULL, RSRC_CONF, \
                 "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_FLAG("SSLUseStapling", mssl_listen_stapling, NULL, RSRC_CONF, \
                 "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_TAKE1("SSLVHostSNIPolicy", mssl_listen_policy, NULL, RSRC_CONF, \
                  "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_TAKE1("SSLCertificateFile", mssl_listen_cert_file, NULL, RSRC_CONF, \
                  "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_TAKE1("SSLCertificateKeyFile", mssl_listen_key_file, NULL, RSRC_CONF, \
                  "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_RAW_ARGS("SSLCipherSuite", mssl_listen_ciphers, NULL, RSRC_CONF | OR_AUTHCFG, \
                     "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_TAKE1("SSLSessionTicketKeyFile", mssl_listen_ticket_key_file, NULL, RSRC_CONF, \
                  "(mod_ssl's; mod_mssl listens)"), \
    AP_INIT_TAKE1("SetHandler", mssl_listen_handler, NULL, OR_FILEINFO, \
                  "(httpd's; mod_mssl listens)"),

#endif /* MSSL_HTTPD_CONF_LISTEN_H */
