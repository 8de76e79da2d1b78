/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_ADVICE_H
#define MSSL_LIB_ISSUE_ADVICE_H

/**
 * @file advice.h
 * When an issuer is asked what its CA advises on the renewal of a certificate in service (RFC 9773):
 * each MSSL_ADVICE_EACH, at a time of the day that is the name's own and that nobody has to remember,
 * so that no restart makes a storm. One at a time and one in MSSL_ADVICE_SPAN: with very many names
 * each is asked for more rarely. Beside the schedule, so that no order waits for it. An issuer that has
 * no such verb is not asked again until httpd is started anew. No file, no clock, no program. One
 * thread.
 */

#include "lib/issue/schedule.h"

#define MSSL_ADVICE_EACH apr_time_from_sec(12 * 3600)
#define MSSL_ADVICE_SPAN apr_time_from_sec(2)

typedef struct mssl_advice_t mssl_advice_t;

/** For what is configured. Freed with the pool. @param issuing kept */
mssl_advice_t *mssl_advice_make(const mssl_issuing_t *issuing, apr_pool_t *pool);

/** How a job is now: it is asked for where it is installed, by the CA that its issuer has now. */
void mssl_advice_put(mssl_advice_t *advice, const mssl_job_t *job, apr_time_t now);

/** There is no job of that name any more. */
void mssl_advice_forget(mssl_advice_t *advice, const char *name);

/**
 * The next one, if it is its time. It is under way until mssl_advice_end(); whatever comes of it, its
 * name is asked for again at its next time.
 * @param turn out: of MSSL_TASK_ADVISE; its name is the caller's to copy
 * @return 1; 0: there is none now
 */
int mssl_advice_take(mssl_advice_t *advice, apr_time_t now, mssl_turn_t *turn);

/** The one that was under way is not any more. @param has_verb 0: its issuer cannot be asked such */
void mssl_advice_end(mssl_advice_t *advice, int has_verb);

/** When mssl_advice_take() may have one, if nothing else happens; 0: never. */
apr_time_t mssl_advice_get_next(const mssl_advice_t *advice);

#endif /* MSSL_LIB_ISSUE_ADVICE_H */
