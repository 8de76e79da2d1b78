/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_STATUS_GATHER_H
#define MSSL_HTTPD_STATUS_GATHER_H

/**
 * @file gather.h
 * What httpd and the module know of the server, for one answer. Any thread.
 */

#include <httpd.h>

#include "lib/status/facts.h"

/** Rows of what needs attention, at most. */
#define MSSL_GATHER_ATTENTION 100

/** @param is_summary no name and no path is to be said */
void mssl_gather_facts(mssl_status_facts_t *facts, const request_rec *r, int is_summary);

/**
 * ... and what the steward wrote of itself: one small file is read, and nothing is waited for. What
 * is wrong with it is told once.
 */
void mssl_gather_steward(mssl_status_facts_t *facts, const request_rec *r);

#endif /* MSSL_HTTPD_STATUS_GATHER_H */
