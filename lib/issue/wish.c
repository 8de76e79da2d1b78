/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/wish.h"

#include <limits.h>

#include "lib/issue/plan.h"

static mssl_wish_t wish(mssl_rank_t rank, mssl_task_t task, mssl_job_why_t why, apr_time_t at)
{
    return (mssl_wish_t){ rank, task, why, at };
}

static mssl_rank_t get_look(const mssl_entry_t *entry)
{
    return entry->permit != NULL && entry->permit->issuer != NULL ? MSSL_RANK_LOOK_NAMED
                                                                  : MSSL_RANK_LOOK;
}

static int has_found(const mssl_entry_t *entry)
{
    return entry->found == MSSL_FOUND_OURS || entry->found == MSSL_FOUND_UNKNOWN;
}

/* A first order, or the look before it. */
static mssl_wish_t wish_first(const mssl_entry_t *entry, int is_surveyed, apr_time_t at)
{
    if (!is_surveyed || entry->is_served || entry->is_left) {
        at = MSSL_NEVER;
    }
    return has_found(entry) && at != MSSL_NEVER
               ? wish(MSSL_RANK_FIRST, MSSL_TASK_ORDER, MSSL_WHY_FIRST, at)
               : wish(get_look(entry), MSSL_TASK_PREFLIGHT, MSSL_WHY_FIRST, at);
}

static mssl_wish_t wish_failed(const mssl_entry_t *entry, int is_surveyed, apr_time_t next)
{
    if (entry->has_pair) {
        return wish(MSSL_RANK_RENEWAL, MSSL_TASK_ORDER, MSSL_WHY_RENEWAL, next);
    }
    return wish_first(entry, is_surveyed, entry->look != 0 && entry->look < next ? entry->look : next);
}

/* Of a name that nobody vouches for. */
static mssl_wish_t wish_to_leave(const mssl_entry_t *entry)
{
    if (entry->state == MSSL_JOB_GONE) {
        return wish(MSSL_RANK_UNDER_WAY, MSSL_TASK_RETIRE, MSSL_WHY_FIRST,
                    entry->has_pair ? entry->next : MSSL_NEVER);
    }
    return wish(MSSL_RANK_UNDER_WAY, entry->has_pair ? MSSL_TASK_LEAVE : MSSL_TASK_FORGET,
                MSSL_WHY_FIRST, 0);
}

mssl_need_t mssl_wish_get_need(const mssl_entry_t *entry, const mssl_wish_t *wish)
{
    int is_meanwhile = wish->task == MSSL_TASK_MEANWHILE;

    /* The issuer that was asked for has the order that waits. */
    return (mssl_need_t){
        .name = entry->name,
        .named = entry->permit != NULL && !is_meanwhile ? entry->permit->issuer : NULL,
        .cause = wish->why,
        .class = (mssl_class_t)(is_meanwhile ? entry->meanwhile_class : entry->class),
        .refusals = is_meanwhile ? entry->meanwhile_refusals : entry->refusals,
        .is_unknown = wish->why == MSSL_WHY_FIRST && entry->found == MSSL_FOUND_UNKNOWN,
    };
}

int mssl_wish_is_kept(const mssl_entry_t *entry, const mssl_wish_t *wish)
{
    return wish->task == MSSL_TASK_ORDER && wish->rank == MSSL_RANK_RENEWAL && entry->has_pair
           && (entry->state != MSSL_JOB_FAILED
               || (entry->meanwhile == 0
                   && (entry->permit->sources & ~(unsigned)MSSL_FROM_REQUESTS) != 0));
}

/* Whoever asks: nothing is ordered for a name that nobody vouches for. */
int mssl_wish_is_allowed(const mssl_entry_t *entry, mssl_task_t task)
{
    return entry->permit != NULL || task != MSSL_TASK_ORDER;
}

static unsigned short get_number(int failures)
{
    return (unsigned short)(failures < USHRT_MAX ? failures : USHRT_MAX);
}

void mssl_wish_note_job(mssl_entry_t *entry, const mssl_job_t *job, apr_time_t now)
{
    int was_checked = job->checked != 0 && job->checked <= now; /* else by a clock that was ahead */

    entry->is_lost = 0;
    entry->is_on_disk = 1;
    entry->state = (unsigned char)job->state;
    entry->class = (unsigned char)job->class;
    entry->found = (unsigned char)job->found;
    entry->why = (unsigned char)job->why;
    entry->refusals = get_number(job->refusals);
    entry->meanwhile = mssl_plan_get_meanwhile(job, now);
    entry->meanwhile_refusals = get_number(job->meanwhile_refusals);
    entry->meanwhile_class = (unsigned char)job->meanwhile_class;
    entry->next = mssl_plan_get_next(job, now);
    entry->until = job->until;
    entry->checked = job->checked;
    entry->since = job->since;
    entry->look = job->next != 0 ? mssl_plan_preflight(job, was_checked ? job->checked : now) : 0;
    entry->has_pair = job->serial[0] != '\0';
    entry->is_filed = job->filed[0] != '\0';
}

/* A paid order is under way: what is in service is renewed beside it, if that is due before. */
static mssl_wish_t wish_meanwhile(const mssl_entry_t *entry, mssl_wish_t other)
{
    return entry->meanwhile != 0 && entry->has_pair && !entry->is_served && entry->meanwhile < other.at
               ? wish(MSSL_RANK_RENEWAL, MSSL_TASK_MEANWHILE, MSSL_WHY_RENEWAL, entry->meanwhile)
               : other;
}

/* Of a pending one. */
static mssl_wish_t wish_news(const mssl_entry_t *entry, apr_time_t next)
{
    return next < entry->until
               ? wish(MSSL_RANK_UNDER_WAY, MSSL_TASK_POLL, MSSL_WHY_FIRST, next)
               : wish(MSSL_RANK_UNDER_WAY, MSSL_TASK_DECLINE, MSSL_WHY_FIRST, entry->until);
}

mssl_wish_t mssl_wish_find(const mssl_entry_t *entry, int is_surveyed)
{
    apr_time_t next = entry->next != 0 ? entry->next : MSSL_NEVER;

    if (entry->asked != 0 && mssl_wish_is_allowed(entry, (mssl_task_t)(entry->asked - 1))) {
        return wish(MSSL_RANK_ASKED, (mssl_task_t)(entry->asked - 1),
                    entry->has_pair ? MSSL_WHY_ASKED : MSSL_WHY_FIRST, 0);
    }
    if (entry->permit == NULL) {
        return wish_to_leave(entry);
    }
    if (entry->is_within) {
        return wish(MSSL_RANK_LOOK, MSSL_TASK_PREFLIGHT, MSSL_WHY_FIRST, MSSL_NEVER);
    }
    switch (entry->state) {
    case MSSL_JOB_WANTED:
        return wish_first(entry, is_surveyed, next);
    case MSSL_JOB_ORDERED: /* whoever worked on it is gone */
        return wish(MSSL_RANK_UNDER_WAY, MSSL_TASK_ORDER, (mssl_job_why_t)entry->why, 0);
    case MSSL_JOB_PENDING:
        return wish_meanwhile(entry, wish_news(entry, next));
    case MSSL_JOB_INSTALLED:
        return wish(MSSL_RANK_RENEWAL, MSSL_TASK_ORDER, MSSL_WHY_RENEWAL,
                    entry->is_served ? MSSL_NEVER : next);
    case MSSL_JOB_FAILED:
        return wish_meanwhile(entry, wish_failed(entry, is_surveyed, next));
    case MSSL_JOB_GONE:
        return entry->has_pair ? wish(MSSL_RANK_UNDER_WAY, MSSL_TASK_RETURN, MSSL_WHY_FIRST, 0)
                               : wish_first(entry, is_surveyed, 1);
    default: /* declined: what served before is made anew at its time, where that is wanted */
        return wish(MSSL_RANK_RENEWAL, MSSL_TASK_ORDER, MSSL_WHY_RENEWAL,
                    entry->has_pair && !entry->is_served ? next : MSSL_NEVER);
    }
}
