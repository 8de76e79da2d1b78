/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_NEWS_H
#define MSSL_LIB_STEWARD_NEWS_H

/**
 * @file news.h
 * What there is to say of a turn that has ended, from the job as it is now. Pure; any thread.
 */

#include "lib/issue/work.h"

typedef enum {
    MSSL_NEWS_NOTHING = 0,
    MSSL_NEWS_ISSUED,  /**< a certificate is in service */
    MSSL_NEWS_FAILED,  /**< an order failed, with whose fault it is and when it is tried again */
    MSSL_NEWS_LOOKED,  /**< so did the look before it: no order was made */
    MSSL_NEWS_PENDING, /**< somebody must act */
    MSSL_NEWS_DECLINED,
    MSSL_NEWS_GONE,    /**< nobody vouches for it any more, or it is out of service */
    MSSL_NEWS_MENDED,  /**< what was in the way of work is so no more (trouble.h) */
    MSSL_NEWS_KINDS
} mssl_news_t;

/**
 * @param text out: a sentence; the job's texts in it are printable
 * @return what it is; MSSL_NEWS_NOTHING: nothing is worth a line, as it is no news
 */
mssl_news_t mssl_news_get(mssl_reason_t *text, const mssl_job_t *job, mssl_task_t task);

/** Whose answer that is. @return a part of job; "": nobody's */
const char *mssl_news_get_issuer(const mssl_job_t *job, mssl_task_t task);

#endif /* MSSL_LIB_STEWARD_NEWS_H */
