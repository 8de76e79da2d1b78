/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_CHALLENGES_H
#define MSSL_HTTPD_SERVER_CHALLENGES_H

/**
 * @file challenges.h
 * What is wrong with MSSLChallengeDir, or with a file in it, as one line for the whole server: by
 * httpd's parent at a start, and by the child that meets it. Any thread.
 */

#include "httpd/conf/conf.h"

/**
 * Whether that is news to the whole server; from now on it is told.
 * @param path of the folder or file
 * @param text what is wrong with it; NULL: nothing is (any more)
 * @return 0 also where nobody remembers, as strangers bring it about
 */
int mssl_challenges_is_news(const mssl_global_t *global, const char *path, const char *text);

/**
 * Whether there is anything to look at: what MSSLChallengeDir names, or the default's folder, which
 * need not be there. Without either nobody is told of folders that nobody meant for challenges.
 */
int mssl_challenges_is_meant(const mssl_global_t *global, const char *dir);

/**
 * Read a file of it, and tell what is wrong with it, or with the folder, once.
 * @param place of the file in the folder, made of nothing that could leave it
 * @param data room for max bytes
 * @return whether there is such a file, and all is as it is to be
 */
int mssl_challenges_read(const server_rec *s, const char *place, char *data, apr_size_t *len,
                         apr_size_t max, apr_pool_t *pool);

/** Write the line. */
void mssl_challenges_tell(const server_rec *s, const char *text);

#endif /* MSSL_HTTPD_SERVER_CHALLENGES_H */
