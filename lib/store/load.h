/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STORE_LOAD_H
#define MSSL_LIB_STORE_LOAD_H

/**
 * @file load.h
 * A load under way, from the files of a key to its answer (load.c), and what is told of it
 * (report.c): each change of state once, for the whole server. Of the thread that loads; no lock is
 * held.
 */

#include "lib/base/reason.h"
#include "lib/store/source.h"

/** A load under way. */
typedef struct mssl_load_t {
    mssl_source_t *source;
    const char *key;
    apr_time_t now;
    apr_time_t as_of;               /* what was found was so then */
    mssl_state_t *state;            /* what was known, becomes what is known */
    mssl_answer_t *last;            /* what was good last, a reference; see get_last_good() */
    int has_last;                   /* it was asked for */
    mssl_reason_t from;             /* where that comes from, where it is worth telling */
    int is_kept_all;                /* nothing else serves */
    mssl_material_t *material;
    mssl_reason_t *bad;             /* of bad items, as many as may be. "": nothing to tell */
    mssl_pair_t *pair[MSSL_MATERIAL_MAX]; /* a reference each */
    int npairs;
    int nbad;                       /* items that are not usable */
    int is_retried;                 /* the stamp does not tell when to try again */
} mssl_load_t;

/** Whether a load found trouble that this process has not met, and might tell. */
int mssl_load_has_trouble(const mssl_load_t *load);

/**
 * There was an answer: tell what changed since the last time.
 * @param is_new it is not as it was known
 */
void mssl_load_tell(mssl_load_t *load, int is_new);

/**
 * A name that is slow by itself: that is said of the name, and not of its source; nor of its files,
 * which may be found as they were known.
 * @param why "": nothing is told
 */
void mssl_load_tell_busy(mssl_load_t *load, const mssl_reason_t *why);

/** Whether a source can be asked, by what an attempt said. */
void mssl_load_tell_reach(mssl_source_t *source, apr_status_t rv, const mssl_reason_t *why);

#endif /* MSSL_LIB_STORE_LOAD_H */
