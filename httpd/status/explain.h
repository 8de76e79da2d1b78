/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_STATUS_EXPLAIN_H
#define MSSL_HTTPD_STATUS_EXPLAIN_H

/**
 * @file explain.h
 * What the server knows of one name: the inventory's index, httpd's virtual hosts, the settings where
 * it is, and the file of its job where certificates are issued. Else memory alone is read, and nothing
 * is left: no entry in a cache, no intent, no count. Any thread.
 */

#include <httpd.h>

#include "lib/explain/explain.h"

/** @param given what was asked for, hostile bytes; kept */
void mssl_explain_gather(mssl_explain_facts_t *facts, const request_rec *r, const char *given);

#endif /* MSSL_HTTPD_STATUS_EXPLAIN_H */
