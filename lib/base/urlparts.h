/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_URLPARTS_H
#define MSSL_LIB_BASE_URLPARTS_H

/**
 * @file urlparts.h
 * The rules for the pieces of a URL, shared by those who take URLs apart (lib/base/url.h for the
 * admin's, switch/target.h for hostile ones), and who build some. Pure, any thread.
 */

#include <apr_network_io.h>
#include <apr_pools.h>

#include "lib/base/name.h"
#include "mod_mssl.h"

/** The byte that "%XX" at a place stands for, or -1 when there is no such escape. */
int mssl_urlparts_get_escaped(const char *at);

/** Whether a byte stands for itself behind the host of a URL ("%" does: it begins an escape). */
int mssl_urlparts_is_byte(char c);

/**
 * Encode what cannot stand in the path and query of a URL. What is encoded already stays as it is;
 * a "%" that begins no escape becomes "%25". Encoding twice changes nothing.
 * @return in pool, at most three times as long
 */
const char *mssl_urlparts_encode(apr_pool_t *pool, const char *in);

/** @return APR_SUCCESS, or APR_EINVAL when a "%" begins no escape */
apr_status_t mssl_urlparts_check_escapes(const char *in, mssl_reason_t *why);

/**
 * Take host[:port] off the front of what stands behind "://"; it ends at "/", "?" or the end of the
 * text. No userinfo, no escape, no IP literal, no empty port, no leading zero.
 * @param port in: what counts when none is given; out
 * @param rest out: where the path begins, in the text
 * @param why names no byte of the text
 */
apr_status_t mssl_urlparts_get_authority(char name[MSSL_NAME_SIZE], apr_port_t *port,
                                         const char **rest, const char *in, mssl_reason_t *why);

/** "192.0.2.1:443", "[2001:db8::1]:443", "*:443". @param port 0: any, which is "*", too */
const char *mssl_urlparts_join(apr_pool_t *pool, const char *address, int port);

#endif /* MSSL_LIB_BASE_URLPARTS_H */
