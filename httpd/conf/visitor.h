/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_VISITOR_H
#define MSSL_HTTPD_CONF_VISITOR_H

/**
 * @file visitor.h
 * The directives of visitors' pages. While the configuration is read, by the parent, one thread.
 */

#include "httpd/conf/conf.h"

/** MSSLContact TEXT: the rest of the line, or one quoted text. */
const char *mssl_visitor_set_contact(cmd_parms *cmd, void *dir, const char *args);

/**
 * MSSLPageTemplate FILE. A file that went bad ends no running server at a graceful restart: one line
 * in the log, and our own pages.
 */
const char *mssl_visitor_set_template(cmd_parms *cmd, void *dir, const char *file);

#endif /* MSSL_HTTPD_CONF_VISITOR_H */
