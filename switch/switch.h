/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_SWITCH_SWITCH_H
#define MSSL_SWITCH_SWITCH_H

/**
 * @file switch.h
 * The switch: SetHandler mssl-switch (SPEC section 5). Parses the target strictly, looks the name up, remembers the
 * intent of a client without SNI or over plain HTTP, and redirects to the rebuilt URL.
 */

#include <httpd.h>

#define MSSL_SWITCH_HANDLER "mssl-switch"

/** handler hook. */
int mssl_switch_handler(request_rec *r);

/** Answer a request that is known to be the switch's; also for the guard, before any module of a website. @return DONE */
int mssl_switch_answer(request_rec *r);

#endif /* MSSL_SWITCH_SWITCH_H */
