/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_WISH_H
#define MSSL_LIB_ISSUE_WISH_H

/**
 * @file wish.h
 * What the schedule knows of a name, and what that wants next, and when: pure functions. One thread.
 */

#include "lib/base/heap.h"
#include "lib/issue/choice.h"
#include "lib/issue/permit.h"
#include "lib/issue/task.h"

/** The order of turns. */
typedef enum {
    MSSL_RANK_RENEWAL = 0,
    MSSL_RANK_ASKED,
    MSSL_RANK_UNDER_WAY,
    MSSL_RANK_FIRST,
    MSSL_RANK_LOOK_NAMED, /**< of names that ask for an issuer: not held up by the limits of others */
    MSSL_RANK_LOOK,
    MSSL_RANKS
} mssl_rank_t;

/** What the schedule knows of a name. There may be 100,000 of them. */
typedef struct mssl_entry_t {
    mssl_heap_node_t due;        /**< in the heap of its rank; first, so that one is the other */
    const char *name;            /**< behind this */
    const mssl_permit_t *permit; /**< NULL: nobody vouches */
    apr_time_t next;             /**< of the job */
    apr_time_t look;             /**< when preflight alone is to look; 0: never */
    apr_time_t hinted;           /**< when a hint made it look last */
    apr_time_t until;            /**< pending: then declined */
    apr_time_t meanwhile;        /**< when what is in service is renewed beside a paid order; 0: never */
    apr_time_t checked;
    apr_time_t since;
    apr_time_t held;             /**< given back: not before; 0 */
    unsigned short refusals, meanwhile_refusals; /**< as mssl_job_t */
    unsigned char state, class, found, why, meanwhile_class;
    unsigned char rank;
    unsigned char asked;         /**< mssl_task_t + 1; 0: nothing */
    unsigned char turn;          /**< the same, of the turn under way */
    unsigned is_running : 1, is_served : 1, has_pair : 1, is_on_disk : 1;
    unsigned is_left : 1;        /**< no first order is made but when an admin asks */
    unsigned is_bought : 1;      /**< a pending order is paid for: asked for, it is asked after */
    unsigned is_filed : 1;       /**< its pair lies under other names, too */
    unsigned is_within : 1;      /**< the pair of its permit's head serves it */
    unsigned is_lost : 1;        /**< its pair was seen to be gone, and asked for */
} mssl_entry_t;

/** What an entry wants. */
typedef struct mssl_wish_t {
    mssl_rank_t rank;
    mssl_task_t task;
    mssl_job_why_t why;
    apr_time_t at; /**< MSSL_NEVER (choice.h): by itself nothing */
} mssl_wish_t;

/** What a job's file says now. */
void mssl_wish_note_job(mssl_entry_t *entry, const mssl_job_t *job, apr_time_t now);

/** @param is_surveyed whether the inventory said whose certificates serve: no first order before */
mssl_wish_t mssl_wish_find(const mssl_entry_t *entry, int is_surveyed);

/** What its order needs of an issuer. */
mssl_need_t mssl_wish_get_need(const mssl_entry_t *entry, const mssl_wish_t *wish);

/** Whether it is to keep its pair though its issuer cannot be asked: it is due by itself, and not failed
 * already with all that can be done (meanwhile). */
int mssl_wish_is_kept(const mssl_entry_t *entry, const mssl_wish_t *wish);

/** Whoever asks: nothing is ordered for a name that nobody vouches for. */
int mssl_wish_is_allowed(const mssl_entry_t *entry, mssl_task_t task);

#endif /* MSSL_LIB_ISSUE_WISH_H */
