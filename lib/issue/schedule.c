/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/schedule.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/issue/choice.h"
#include "lib/issue/wish.h"

/** What preflight found counts for so long; who serves the name is asked again by its order (task.h). */
#define FOUND_SPAN apr_time_from_sec(3600)
/** So many that were looked at wait for their order: others are not looked at meanwhile. */
#define LOOKED_MAX 16
/** A pair of another CA than the issuer's present one is made anew, but not right after it was made. */
#define MOVE_SPAN apr_time_from_sec(86400)

struct mssl_schedule_t {
    mssl_choice_t choice;
    apr_hash_t *entries;         /* name -> mssl_entry_t * */
    mssl_heap_t heap[MSSL_RANKS];/* what is not under way */
    int running, is_surveyed;
    apr_time_t renewed;          /* the last turn of a renewal */
    apr_time_t limited;          /* no first order is let before */
};

static apr_status_t free_entries(void *data)
{
    mssl_schedule_t *schedule = data;
    apr_hash_index_t *hi;
    int rank;

    for (hi = apr_hash_first(NULL, schedule->entries); hi != NULL; hi = apr_hash_next(hi)) {
        free(apr_hash_this_val(hi));
    }
    for (rank = 0; rank < MSSL_RANKS; rank++) {
        mssl_heap_free(&schedule->heap[rank]);
    }
    return APR_SUCCESS;
}

mssl_schedule_t *mssl_schedule_make(const mssl_issuing_t *issuing, mssl_ledger_t *ledger,
                                    apr_pool_t *pool)
{
    mssl_schedule_t *schedule = apr_pcalloc(pool, sizeof(*schedule));

    schedule->choice.issuing = issuing;
    schedule->choice.ledger = ledger;
    schedule->entries = apr_hash_make(pool);
    schedule->choice.unknown = mssl_ledger_make(-1, pool);
    apr_pool_cleanup_register(pool, schedule, free_entries, apr_pool_cleanup_null);
    return schedule;
}

static mssl_entry_t *find(const mssl_schedule_t *schedule, const char *name)
{
    return apr_hash_get(schedule->entries, name, APR_HASH_KEY_STRING);
}

/* It wants something else now, or at another time. */
static void settle(mssl_schedule_t *schedule, mssl_entry_t *entry)
{
    const char *head = entry->permit != NULL ? entry->permit->head : NULL;
    const mssl_entry_t *first = head != NULL ? find(schedule, head) : NULL;
    mssl_wish_t wish;

    entry->is_within = first != NULL && first->is_filed;
    entry->is_left = entry->permit != NULL && entry->class != MSSL_CLASS_LIMIT
                     && mssl_choice_is_asked_for(&schedule->choice, entry->permit);
    wish = mssl_wish_find(entry, schedule->is_surveyed);
    mssl_heap_remove(&schedule->heap[entry->rank], &entry->due);
    entry->rank = (unsigned char)wish.rank;
    entry->due.at = wish.at > entry->held ? wish.at : entry->held;
    if (!entry->is_running) {
        /* Without memory it has no turn until it is settled anew. */
        (void)mssl_heap_add(&schedule->heap[wish.rank], &entry->due);
    }
}

/* @return NULL: no memory */
static mssl_entry_t *find_or_add(mssl_schedule_t *schedule, const char *name, apr_time_t now)
{
    mssl_entry_t *entry = find(schedule, name);
    size_t len = strlen(name) + 1;

    if (entry == NULL && (entry = calloc(1, sizeof(*entry) + len)) != NULL) {
        entry->name = memcpy(entry + 1, name, len);
        entry->next = now;
        apr_hash_set(schedule->entries, entry->name, APR_HASH_KEY_STRING, entry);
    }
    return entry;
}

static void drop(mssl_schedule_t *schedule, mssl_entry_t *entry)
{
    mssl_heap_remove(&schedule->heap[entry->rank], &entry->due);
    apr_hash_set(schedule->entries, entry->name, APR_HASH_KEY_STRING, NULL);
    free(entry);
}

static void end_turn(mssl_schedule_t *schedule, mssl_entry_t *entry)
{
    schedule->running -= (int)entry->is_running;
    entry->is_running = 0;
}

/* Its issuer has another directory now. */
static int is_of_another_ca(const mssl_issuer_t *issuer, const mssl_job_t *job)
{
    return issuer != NULL && !issuer->by_request && mssl_issuer_is_another_ca(issuer, job->directory);
}

/* What serves them may be another's now. */
static void settle_others(mssl_schedule_t *schedule, const char *names)
{
    char name[MSSL_NAME_SIZE];
    mssl_entry_t *entry;

    while (mssl_names_next(name, &names)) {
        entry = find(schedule, name);
        if (entry != NULL) {
            settle(schedule, entry);
        }
    }
}

/* A wildcard, and there is one for it. */
static int has_issuer(const mssl_schedule_t *schedule, const mssl_entry_t *entry)
{
    const mssl_need_t need = {
        .name = entry->name, .named = entry->permit != NULL ? entry->permit->issuer : NULL
    };

    return entry->name[0] == '*' && mssl_choice_is_there(&schedule->choice, &need);
}

void mssl_schedule_put(mssl_schedule_t *schedule, const mssl_job_t *job, apr_time_t now)
{
    const mssl_issuer_t *issuer = mssl_issuing_find(schedule->choice.issuing, job->issuer);
    mssl_entry_t *entry = find_or_add(schedule, job->name, now);

    if (entry == NULL) {
        return;
    }
    end_turn(schedule, entry);
    entry->held = 0;
    mssl_wish_note_job(entry, job, now);
    if (job->state == MSSL_JOB_INSTALLED && is_of_another_ca(issuer, job)
        && entry->next > job->installed + MOVE_SPAN) {
        entry->next = job->installed + MOVE_SPAN;
    }
    if (job->state == MSSL_JOB_FAILED && job->issuer[0] == '\0' && has_issuer(schedule, entry)) {
        entry->next = now; /* there was none for it */
    }
    if (job->state == MSSL_JOB_FAILED
        && (job->class == MSSL_CLASS_ACCOUNT || job->class == MSSL_CLASS_FUNDS)) {
        mssl_choice_stop(&schedule->choice, job->issuer);
    }
    entry->is_bought = job->state == MSSL_JOB_PENDING && issuer != NULL && issuer->by_request;
    settle(schedule, entry);
    settle_others(schedule, job->filed);
}

void mssl_schedule_advise(mssl_schedule_t *schedule, const mssl_job_t *job, apr_time_t now)
{
    const mssl_entry_t *entry = find(schedule, job->name);

    if (entry != NULL && !entry->is_running) {
        mssl_schedule_put(schedule, job, now);
    }
}

static const char *get_named(const mssl_permit_t *permit)
{
    return permit != NULL && permit->issuer != NULL ? permit->issuer : "";
}

void mssl_schedule_permit(mssl_schedule_t *schedule, const mssl_permits_t *permits, apr_time_t now)
{
    apr_hash_index_t *hi;
    int i;

    for (hi = apr_hash_first(NULL, schedule->entries); hi != NULL; hi = apr_hash_next(hi)) {
        mssl_entry_t *entry = apr_hash_this_val(hi);
        const mssl_permit_t *before = entry->permit;

        entry->permit = mssl_permits_find(permits, entry->name);
        if (entry->next == MSSL_NEVER && strcmp(get_named(before), get_named(entry->permit)) != 0) {
            entry->next = 1;
        }
        if (entry->permit == NULL && !entry->is_on_disk && !entry->is_running) {
            drop(schedule, entry);
        }
        else {
            settle(schedule, entry);
        }
    }
    for (i = 0; i < mssl_permits_count(permits); i++) {
        const mssl_permit_t *permit = mssl_permits_get(permits, i);
        mssl_entry_t *entry = find_or_add(schedule, permit->name, now);

        if (entry != NULL) {
            entry->permit = permit;
            settle(schedule, entry);
        }
    }
}

void mssl_schedule_survey(mssl_schedule_t *schedule, int (*is_served)(void *baton, const char *name),
                          void *baton, apr_time_t now)
{
    apr_hash_index_t *hi;

    schedule->is_surveyed = 1;
    for (hi = apr_hash_first(NULL, schedule->entries); hi != NULL; hi = apr_hash_next(hi)) {
        mssl_entry_t *entry = apr_hash_this_val(hi);

        entry->is_served = is_served(baton, entry->name) != 0;
        /* It was put off because of the other one. */
        if (!entry->is_served && entry->state == MSSL_JOB_WANTED
            && entry->found == MSSL_FOUND_SERVED && entry->next > now) {
            entry->next = now;
        }
        settle(schedule, entry);
    }
}

int mssl_schedule_hint(mssl_schedule_t *schedule, const char *name, apr_time_t now)
{
    mssl_entry_t *entry = find(schedule, name);

    if (entry == NULL || entry->permit == NULL) {
        return 0;
    }
    if (entry->state == MSSL_JOB_WANTED && entry->next <= now) {
        entry->next = 1;
        settle(schedule, entry);
    }
    else if (entry->look > now && now - entry->hinted >= MSSL_HINT_SPAN
             && (entry->checked > now || now - entry->checked >= MSSL_ECHO_SPAN)) {
        entry->hinted = entry->look = now;
        settle(schedule, entry);
    }
    return 1;
}

int mssl_schedule_ask(mssl_schedule_t *schedule, const char *name, mssl_task_t task)
{
    mssl_entry_t *entry = find(schedule, name);

    if (entry == NULL || !mssl_wish_is_allowed(entry, task)) {
        return 0;
    }
    entry->asked = (unsigned char)(task + 1);
    entry->held = 0;
    settle(schedule, entry);
    return 1;
}

/* Its pair is to be there, and nobody is at it. Before a survey somebody else may serve the name. */
static int is_installed(const mssl_schedule_t *schedule, const mssl_entry_t *entry)
{
    return schedule->is_surveyed && entry->permit != NULL && entry->state == MSSL_JOB_INSTALLED
           && !entry->is_served && !entry->is_running && entry->asked == 0 && !entry->is_lost;
}

int mssl_schedule_is_installed(const mssl_schedule_t *schedule, const char *name)
{
    const mssl_entry_t *entry = find(schedule, name);

    return entry != NULL && is_installed(schedule, entry);
}

void mssl_schedule_list_installed(const mssl_schedule_t *schedule,
                                  int (*take)(void *baton, const char *name), void *baton)
{
    apr_hash_index_t *hi;
    int more = 1;

    for (hi = apr_hash_first(NULL, schedule->entries); more && hi != NULL; hi = apr_hash_next(hi)) {
        const mssl_entry_t *entry = apr_hash_this_val(hi);

        more = !is_installed(schedule, entry) || take(baton, entry->name);
    }
}

mssl_lost_t mssl_schedule_lose(mssl_schedule_t *schedule, const char *name)
{
    mssl_entry_t *entry = find(schedule, name);

    const mssl_issuer_t *named;

    if (entry == NULL || !is_installed(schedule, entry)) {
        return MSSL_LOST_NOT;
    }
    entry->is_lost = 1;
    named = mssl_issuing_find(schedule->choice.issuing, get_named(entry->permit));
    if (named != NULL && named->by_request) {
        return MSSL_LOST_FOR_GOOD;
    }
    return mssl_schedule_ask(schedule, name, MSSL_TASK_ORDER) ? MSSL_LOST_ASKED : MSSL_LOST_NOT;
}

void mssl_schedule_resume(mssl_schedule_t *schedule)
{
    apr_hash_index_t *hi;

    if (schedule->choice.stopped == 0) {
        return; /* asked once for each of many jobs */
    }
    schedule->choice.stopped = 0;
    for (hi = apr_hash_first(NULL, schedule->entries); hi != NULL; hi = apr_hash_next(hi)) {
        mssl_entry_t *entry = apr_hash_this_val(hi);

        entry->next = entry->next == MSSL_NEVER ? 1 : entry->next;
        settle(schedule, entry);
    }
}

/* No issuer is free before. What was asked for in vain leaves what is due by itself as it was. */
static void put_off(mssl_entry_t *entry, mssl_task_t task, apr_time_t now, apr_time_t at)
{
    if (task == MSSL_TASK_MEANWHILE) {
        entry->meanwhile = at;
    }
    else if (entry->asked == 0 || entry->next == 0 || entry->next > at) {
        entry->next = at;
        entry->look = 0;
        entry->found = at - now > FOUND_SPAN ? MSSL_FOUND_NOTHING : entry->found;
    }
    entry->asked = 0;
}

/* A wildcard that none of the issuers makes: its order fails, and says so in the job. */
static int is_to_be_told(const mssl_schedule_t *schedule, const mssl_need_t *need)
{
    return need->name[0] == '*' && !mssl_choice_is_there(&schedule->choice, need);
}

/* An order that was begun has its issuer, and counts already. */
static int is_new_order(const mssl_entry_t *entry, const mssl_wish_t *wish)
{
    return wish->task == MSSL_TASK_MEANWHILE
           || (wish->task == MSSL_TASK_ORDER && entry->state != MSSL_JOB_ORDERED && !entry->is_bought);
}

/*
 * Whether it is an entry's turn, and with which issuer; else it is put off.
 * @param turn out
 */
static int begin(mssl_schedule_t *schedule, mssl_entry_t *entry, apr_time_t now, mssl_turn_t *turn)
{
    mssl_wish_t wish = mssl_wish_find(entry, schedule->is_surveyed);
    const mssl_need_t need = mssl_wish_get_need(entry, &wish);
    const mssl_issuer_t *issuer = NULL;
    int is_stopped = 0;
    apr_time_t at;

    /* What may not be ordered need not be looked at now: till then it may lead elsewhere. */
    if (wish.rank == MSSL_RANK_LOOK_NAMED
        && mssl_choice_make(&schedule->choice, &need, now, &at) == NULL) {
        put_off(entry, wish.task, now, at);
        settle(schedule, entry);
        return 0;
    }
    if (wish.rank == MSSL_RANK_FIRST
        && (entry->checked > now || now - entry->checked > FOUND_SPAN)) {
        wish.task = MSSL_TASK_PREFLIGHT;
    }
    if (is_new_order(entry, &wish)
        && (issuer = mssl_choice_make(&schedule->choice, &need, now, &at)) == NULL
        && (wish.task != MSSL_TASK_ORDER || !is_to_be_told(schedule, &need))) {
        is_stopped = at == MSSL_NEVER && mssl_wish_is_kept(entry, &wish)
                     && mssl_choice_is_apart(&schedule->choice, entry->permit);
        if (!is_stopped) {
            put_off(entry, wish.task, now, at);
            settle(schedule, entry);
            return 0;
        }
        issuer = mssl_issuing_find(schedule->choice.issuing, need.named);
    }
    *turn = (mssl_turn_t){ entry->name, wish.task, issuer, wish.why, entry->permit,
                           (mssl_job_state_t)entry->state, entry->since,
                           wish.rank == MSSL_RANK_ASKED, is_stopped };
    entry->is_running = 1;
    entry->turn = entry->asked;
    entry->asked = 0;
    settle(schedule, entry);
    schedule->running++;
    if (issuer != NULL) {
        mssl_choice_note(&schedule->choice, &need, issuer, now);
    }
    return 1;
}

/* When the first of a rank has its turn. */
static apr_time_t get_due(const mssl_schedule_t *schedule, int rank)
{
    const mssl_heap_node_t *first = mssl_heap_get(&schedule->heap[rank]);
    apr_time_t at = first != NULL ? first->at : MSSL_NEVER;

    if (rank == MSSL_RANK_RENEWAL && at < schedule->renewed + MSSL_RENEWAL_SPAN) {
        return schedule->renewed + MSSL_RENEWAL_SPAN;
    }
    if (rank >= MSSL_RANK_LOOK_NAMED && schedule->heap[MSSL_RANK_FIRST].n >= LOOKED_MAX) {
        return MSSL_NEVER; /* one of those is due before */
    }
    return rank == MSSL_RANK_LOOK && at < schedule->limited ? schedule->limited : at;
}

/* The same of all names that ask for no issuer, at once. */
static void find_limit(mssl_schedule_t *schedule, apr_time_t now)
{
    static const mssl_need_t any = { .name = "", .cause = MSSL_WHY_FIRST };
    apr_time_t at;

    schedule->limited = mssl_choice_make(&schedule->choice, &any, now, &at) == NULL
                            && at != MSSL_NEVER ? at : 0;
}

int mssl_schedule_take(mssl_schedule_t *schedule, apr_time_t now, mssl_turn_t *turn)
{
    int rank;

    for (rank = 0; rank < MSSL_RANKS && schedule->running < MSSL_TURNS; rank++) {
        if (rank == MSSL_RANK_LOOK && get_due(schedule, rank) <= now) {
            find_limit(schedule, now);
        }
        while (get_due(schedule, rank) <= now) {
            mssl_entry_t *entry = (mssl_entry_t *)(void *)mssl_heap_get(&schedule->heap[rank]);

            if (begin(schedule, entry, now, turn)) {
                schedule->renewed = rank == MSSL_RANK_RENEWAL ? now : schedule->renewed;
                return 1;
            }
        }
    }
    return 0;
}

void mssl_schedule_give_back(mssl_schedule_t *schedule, const char *name, apr_time_t then)
{
    mssl_entry_t *entry = find(schedule, name);

    if (entry != NULL) {
        end_turn(schedule, entry);
        entry->held = then;
        entry->asked = entry->asked != 0 ? entry->asked : entry->turn;
        settle(schedule, entry);
    }
}

void mssl_schedule_forget(mssl_schedule_t *schedule, const char *name, apr_time_t now)
{
    mssl_entry_t *entry = find(schedule, name);

    if (entry == NULL) {
        return;
    }
    end_turn(schedule, entry);
    if (entry->permit == NULL) {
        drop(schedule, entry);
        return;
    }
    *entry = (mssl_entry_t){ .due = entry->due, .rank = entry->rank, .name = entry->name,
                             .next = now,
                             .permit = entry->permit, .is_served = entry->is_served };
    settle(schedule, entry);
}

apr_time_t mssl_schedule_get_next(const mssl_schedule_t *schedule)
{
    apr_time_t soonest = MSSL_NEVER;
    int rank;

    for (rank = 0; rank < MSSL_RANKS; rank++) {
        apr_time_t at = get_due(schedule, rank);

        soonest = at < soonest ? at : soonest;
    }
    return soonest == MSSL_NEVER ? 0 : soonest;
}

void mssl_schedule_count(const mssl_schedule_t *schedule, apr_uint32_t states[MSSL_JOB_STATES])
{
    apr_hash_index_t *hi;

    memset(states, 0, MSSL_JOB_STATES * sizeof(states[0]));
    for (hi = apr_hash_first(NULL, schedule->entries); hi != NULL; hi = apr_hash_next(hi)) {
        states[((const mssl_entry_t *)apr_hash_this_val(hi))->state]++;
    }
}
