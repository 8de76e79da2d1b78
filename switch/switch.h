/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_SWITCH_SWITCH_H
#define MSSL_SWITCH_SWITCH_H

/**
 * @file switch.h
 * The switch: SetHandler mssl-switch (contract 5). Parses the target strictly, looks the name
 * up, remembers the intent of a client without SNI or over plain HTTP, and redirects to the rebuilt
 * URL.
 */

#include <httpd.h>

/** handler hook. */
int mssl_switch_handler(request_rec *r);

/**
 * translate_name hook, before all others. httpd answers TRACE, which the switch does not take, in
 * the next phase, where what <Location> says is out of sight.
 */
int mssl_switch_refuse_trace(request_rec *r);

/**
 * Answer a request that is known to be the switch's; also for the guard, before any module of a
 * website. @return DONE
 */
int mssl_switch_answer(request_rec *r);

#endif /* MSSL_SWITCH_SWITCH_H */
