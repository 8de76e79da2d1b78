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

/** Write the line. */
void mssl_challenges_tell(const server_rec *s, const char *text);

#endif /* MSSL_HTTPD_SERVER_CHALLENGES_H */
