/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_HANDLER_H
#define MSSL_HTTPD_SERVER_HANDLER_H

/**
 * @file handler.h
 * Which handler the configuration sets, before httpd's handler phase.
 */

#include <httpd.h>

#define MSSL_SWITCH_HANDLER "mssl-switch"

/** Whether SetHandler, as merged into r->per_dir_config so far, names the switch. */
int mssl_handler_is_switch(request_rec *r);

#endif /* MSSL_HTTPD_SERVER_HANDLER_H */
