/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_TIDING_H
#define MSSL_LIB_STEWARD_TIDING_H

/** @file tiding.h What is told of a name; and, for tidings.c and tidingsfile.c only, what tidings are made of. */

#include <apr_pools.h>

#include "lib/issue/job.h"
#include "lib/notify/standing.h"

typedef struct mssl_tidings_t mssl_tidings_t;

/** What is told of a name, as it was then. Times are 0 where there is none. */
typedef struct mssl_tiding_t {
    char name[MSSL_NAME_SIZE]; /**< or "*.parent" */
    mssl_job_state_t state;
    apr_time_t since, not_after;
    const char *reason;        /**< our words, the CA's in parentheses; printable */
    const char *reader;        /**< the name's own, beside the command's; NULL: there is none */
} mssl_tiding_t;

typedef struct mssl_tidingentry_t {
    mssl_tiding_t said;   /* its reason and reader: by malloc(), or NULL */
    mssl_event_t event;   /* to be told; MSSL_EVENTS: nothing is */
    apr_time_t run;       /* when the failures began that are to be told, or else were; 0: none */
    apr_uint64_t place;   /* of its coming */
    int is_beside;        /* of what serves, renewed beside an order; a name may have both */
} mssl_tidingentry_t;

struct mssl_tidings_t {
    mssl_tidingentry_t *entry;
    int n, size;
    apr_uint64_t place;               /* of the last that came */
    int unnamed[MSSL_EVENTS];         /* to be told, and there was no room */
    apr_time_t told[MSSL_EVENTS];
};

/** The events that it tells of, the worst first. */
#define MSSL_TIDINGS_EVENTS 4
extern const mssl_event_t mssl_tidings_events[MSSL_TIDINGS_EVENTS];

/** One more. @return NULL: there is no room */
mssl_tidingentry_t *mssl_tidings_add(mssl_tidings_t *tidings, const char *name, int is_beside);

/** Nothing is known any more. */
void mssl_tidings_clear(mssl_tidings_t *tidings);

#endif /* MSSL_LIB_STEWARD_TIDING_H */
