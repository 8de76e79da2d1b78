/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_MADE_H
#define MSSL_HTTPD_SERVER_MADE_H

/**
 * @file made.h
 * The dummy that the module makes, where all processes of a generation have it: in memory that
 * httpd's parent alone can write. When it renews one, each child finds that at its next handshake
 * with a dummy. What is inherited of it, by children and by daemons that other modules fork, is a
 * mapping for reading that cannot become one for writing, and a descriptor that opens for root only.
 */

#include "httpd/conf/conf.h"

typedef struct mssl_made_t mssl_made_t;

/** Parent, post_config. @param pconf ends it @return APR_SUCCESS; other: no such memory */
apr_status_t mssl_made_make(mssl_made_t **made, apr_pool_t *pconf);

/** Parent: from now on this is the one of its key type. @param pem key and certificate */
void mssl_made_put(mssl_made_t *made, mssl_key_type_t type, const char *pem);

/** Child, child_init: nobody here can write any more. */
void mssl_made_close(mssl_made_t *made);

/**
 * The pairs as they are now. Any process, any thread; waits for no other process.
 * @param choice out: to be released; all NULL where there are none
 */
void mssl_made_get(mssl_made_t *made, mssl_choice_t *choice);

#endif /* MSSL_HTTPD_SERVER_MADE_H */
