/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_HANDLER_H
#define MSSL_HTTPD_SERVER_HANDLER_H

/**
 * @file handler.h
 * Which handler the configuration sets, before httpd's handler phase and in it.
 */

#include "httpd/conf/conf.h"

/** Whether a handler may be the one that httpd has for a request: asked for every request of all. */
static inline int mssl_handler_may_be(const request_rec *r, const char *name)
{
    return r->handler != NULL && r->handler[0] == name[0];
}

/** Whether it is. */
static inline int mssl_handler_is(const request_rec *r, const char *name)
{
    return mssl_handler_may_be(r, name) && strcmp(r->handler, name) == 0;
}

/** Whether SetHandler, as merged into r->per_dir_config so far, names the switch. */
int mssl_handler_is_switch(request_rec *r);

/**
 * Whether a vhost is the switch and nothing else: SetHandler of the vhost itself or of
 * <Location "/">. In post_config.
 */
int mssl_handler_is_all_switch(const server_rec *s);

#endif /* MSSL_HTTPD_SERVER_HANDLER_H */
