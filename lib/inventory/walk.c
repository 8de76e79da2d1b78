/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/walk.h"

#include <apr_strings.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/inventory/forget.h"
#include "lib/inventory/keeper.h"
#include "lib/store/catalog.h"

/** How often a walk under way is looked after. */
#define TICK (50 * 1000)
/** What a walk under way has found is published first after, and then at most so often. */
#define PUBLISH_FIRST apr_time_from_sec(2)
#define PUBLISH_EVERY apr_time_from_sec(10)
/** ... and takes no more than this part of the time. */
#define PUBLISH_PART 20
/** States change with time alone. */
#define PUBLISH_IDLE apr_time_from_sec(3600)
#define SAVE_EVERY apr_time_from_sec(60)
/** The first time after that failed; then twice as long each time, up to the above. */
#define SAVE_AGAIN apr_time_from_sec(1)
/** Pairs that are put into the history in a second: each goes to the disk by itself. */
#define KEEP_RATE 100
/** Names that are gone are looked for in it. */
#define SWEEP_EVERY apr_time_from_sec(86400)
/** A look that is under way at the end may take so long. */
#define LAST_LOOK apr_time_from_sec(1)

typedef struct walk_t {
    const mssl_walk_conf_t *conf;
    apr_pool_t *pool;
    mssl_desk_t *desk;
    mssl_worker_t *worker;   /* at progress.source; NULL: none is at work */
    mssl_worker_t **hung;    /* by source: given up, may come back */
    mssl_keeper_t *keeper;   /* NULL: none is at work */
    apr_time_t next;         /* walk */
    apr_time_t began;        /* this walk; monotonic, as those below */
    apr_time_t publish, save, sweep;
    apr_interval_time_t again; /* until it is saved anew, where that fails */
    int is_walking, is_unsaved, is_unkept, is_unpublished;
    int has_kept;            /* what the book says is kept is there */
} walk_t;

static void report(const walk_t *walk, mssl_walk_event_t event, const char *label,
                   const char *text)
{
    if (walk->conf->report != NULL) {
        walk->conf->report(walk->conf->baton, event, label, text);
    }
}

static void publish(walk_t *walk)
{
    mssl_desk_t *desk = walk->desk;
    apr_time_t began = mssl_monotonic_now(), now;
    mssl_index_walk_t state;
    apr_status_t rv;

    if (walk->conf->index == NULL) {
        return;
    }
    pthread_mutex_lock(&desk->lock);
    state = desk->progress.walk;
    state.next = walk->is_walking ? 0 : walk->next;
    rv = mssl_book_publish(desk->book, walk->conf->index, walk->conf->ways, &walk->conf->warns,
                           &state, apr_time_now(), walk->pool);
    pthread_mutex_unlock(&desk->lock);
    now = mssl_monotonic_now();
    walk->publish = now + (walk->is_walking ? PUBLISH_EVERY : PUBLISH_IDLE)
                    + (now - began) * PUBLISH_PART;
    if (rv != APR_SUCCESS && !walk->is_unpublished) {
        report(walk, MSSL_WALK_UNPUBLISHED, NULL, apr_psprintf(walk->pool, "%pm", &rv));
    }
    walk->is_unpublished = rv != APR_SUCCESS;
}

static void save(walk_t *walk)
{
    mssl_desk_t *desk = walk->desk;
    mssl_reason_t why = { "" };
    apr_status_t rv;

    walk->save = mssl_monotonic_now() + SAVE_EVERY;
    if (walk->conf->dir < 0) {
        return;
    }
    pthread_mutex_lock(&desk->lock);
    rv = mssl_book_save(desk->book, &desk->progress, walk->conf->dir, &why);
    pthread_mutex_unlock(&desk->lock);
    if (rv != APR_SUCCESS && !walk->is_unsaved) {
        report(walk, MSSL_WALK_UNSAVED, NULL, why.text);
    }
    walk->is_unsaved = rv != APR_SUCCESS;
    if (walk->is_unsaved) {
        walk->save = mssl_monotonic_now() + walk->again;
        walk->again = 2 * walk->again < SAVE_EVERY ? 2 * walk->again : SAVE_EVERY;
    }
    else {
        walk->again = SAVE_AGAIN;
    }
}

/* A source is through, or was given up. */
static void end_source(walk_t *walk, apr_status_t rv, const mssl_reason_t *why)
{
    mssl_desk_t *desk = walk->desk;
    int source = desk->progress.source;
    mssl_shelf_t *shelf = &desk->book->shelf[source];
    int was_reachable = shelf->is_reachable;

    pthread_mutex_lock(&desk->lock);
    shelf->is_reachable = rv == APR_SUCCESS;
    shelf->is_new = 0;
    shelf->why.text[0] = '\0';
    if (rv == APR_SUCCESS) {
        desk->has_lost |= mssl_book_sweep(desk->book, source, desk->progress.number) > 0;
    }
    else {
        shelf->why = *why;
    }
    desk->progress.source++;
    desk->progress.key[0] = '\0';
    pthread_mutex_unlock(&desk->lock);
    if (was_reachable != shelf->is_reachable) {
        report(walk, rv == APR_SUCCESS ? MSSL_WALK_REACHABLE : MSSL_WALK_UNREACHABLE, shelf->label,
               why->text);
    }
}

/* Under the lock. Of a source that was not read nobody knows what is gone. */
static int knows_all(const mssl_book_t *book)
{
    int i, all = 1;

    for (i = 0; i < book->nshelves; i++) {
        all &= book->shelf[i].is_reachable;
    }
    return all;
}

/* Put what is new into the history; one that is still at it goes on. */
static void begin_keeper(walk_t *walk)
{
    mssl_desk_t *desk = walk->desk;
    mssl_keeper_conf_t conf = { walk->conf->versions, walk->conf->rate > 0 ? KEEP_RATE : 0, 0,
                                !walk->has_kept };

    if (walk->keeper != NULL || desk->served == NULL) {
        return;
    }
    pthread_mutex_lock(&desk->lock);
    conf.sweeps = (desk->has_lost || mssl_monotonic_now() >= walk->sweep) && knows_all(desk->book);
    desk->has_lost &= !conf.sweeps;
    pthread_mutex_unlock(&desk->lock);
    walk->keeper = mssl_keeper_begin(desk, &conf);
    walk->sweep = conf.sweeps ? mssl_monotonic_now() + SWEEP_EVERY : walk->sweep;
}

static void end_keeper(walk_t *walk)
{
    mssl_reason_t why = { "" };
    apr_status_t rv = mssl_keeper_end(walk->keeper, &why);

    walk->keeper = NULL;
    walk->has_kept |= rv == APR_SUCCESS;
    if (rv != APR_SUCCESS && !walk->is_unkept) {
        report(walk, MSSL_WALK_UNSAVED, NULL, why.text);
    }
    walk->is_unkept = rv != APR_SUCCESS;
}

/* Whether there is a source that no walk has come to. */
static int has_new(const mssl_book_t *book)
{
    int i, found = 0;

    for (i = 0; i < book->nshelves; i++) {
        found |= book->shelf[i].is_new && book->shelf[i].can_list;
    }
    return found;
}

/* Before a walk of what is new. */
static apr_interval_time_t get_wait(const walk_t *walk)
{
    return walk->conf->is_awaited ? 0 : walk->conf->wait;
}

static void end_walk(walk_t *walk)
{
    mssl_progress_t *progress = &walk->desk->progress;
    apr_time_t now = apr_time_now();
    mssl_reason_t text;

    pthread_mutex_lock(&walk->desk->lock);
    progress->source = -1;
    progress->walk.ended = now;
    progress->walk.took = mssl_monotonic_now() - walk->began;
    progress->walk.is_complete = 1;
    pthread_mutex_unlock(&walk->desk->lock);
    walk->is_walking = 0;
    walk->next = now + (has_new(walk->desk->book) ? get_wait(walk) : walk->conf->interval);
    begin_keeper(walk);
    publish(walk);
    save(walk);
    mssl_reason_set(&text, APR_SUCCESS, "%u names looked at in %" APR_TIME_T_FMT " ms",
                    progress->walk.seen, apr_time_as_msec(progress->walk.took));
    report(walk, MSSL_WALK_DONE, NULL, text.text);
}

static void begin_walk(walk_t *walk)
{
    mssl_progress_t *progress = &walk->desk->progress;
    apr_time_t now = apr_time_now();

    pthread_mutex_lock(&walk->desk->lock);
    if (progress->source < 0) {
        progress->number++;
        progress->source = 0;
        progress->key[0] = '\0';
        progress->walk.started = now;
        progress->walk.seen = 0;
    }
    pthread_mutex_unlock(&walk->desk->lock);
    walk->is_walking = 1;
    walk->began = mssl_monotonic_now();
    walk->publish = walk->began + PUBLISH_FIRST;
    walk->save = walk->began + SAVE_EVERY;
}

/* Begin with the next source that can be walked; those that still hang are passed over. */
static void begin_source(walk_t *walk)
{
    mssl_desk_t *desk = walk->desk;
    mssl_reason_t why = { "" };
    int source = desk->progress.source;

    if (!mssl_catalog_can_list(walk->conf->store, source)) {
        end_source(walk, APR_SUCCESS, &why);
        return;
    }
    if (walk->hung[source] != NULL) {
        if (!mssl_worker_is_done(walk->hung[source])) {
            mssl_reason_set(&why, APR_EBUSY, "a look at it still hangs");
            end_source(walk, APR_EBUSY, &why);
            return;
        }
        mssl_worker_end(walk->hung[source], &why);
        walk->hung[source] = NULL;
        why.text[0] = '\0';
    }
    walk->worker = mssl_worker_begin(desk);
    if (walk->worker == NULL) {
        mssl_reason_set(&why, APR_ENOMEM, "no thread for it");
        end_source(walk, APR_ENOMEM, &why);
    }
}

/* Look after the source at hand. */
static void attend(walk_t *walk)
{
    mssl_progress_t *progress = &walk->desk->progress;
    mssl_reason_t why = { "" };
    apr_status_t rv;

    if (mssl_worker_is_done(walk->worker)) {
        rv = mssl_worker_end(walk->worker, &why);
        walk->worker = NULL;
        end_source(walk, rv, &why);
    }
    else if (mssl_monotonic_now() - mssl_worker_get_time(walk->worker) > walk->conf->patience) {
        mssl_worker_give_up(walk->worker);
        walk->hung[progress->source] = walk->worker;
        walk->worker = NULL;
        mssl_reason_set(&why, APR_TIMEUP, "no progress in %d s; does its file system hang?",
                        (int)apr_time_sec(walk->conf->patience));
        end_source(walk, APR_TIMEUP, &why);
    }
}

/* The clock was set back where that is further away than it can be: nobody waits for that time. */
static int is_walk_due(const walk_t *walk)
{
    apr_time_t now = apr_time_now();

    return now >= walk->next || walk->next - now > walk->conf->interval;
}

/* One step of what is to be done. */
static void step(walk_t *walk)
{
    if (walk->keeper != NULL && mssl_keeper_is_done(walk->keeper)) {
        end_keeper(walk);
    }
    if (!walk->is_walking) {
        if (is_walk_due(walk)) {
            begin_walk(walk);
        }
    }
    else if (walk->worker != NULL) {
        attend(walk);
    }
    while (walk->is_walking && walk->worker == NULL) {
        if (walk->desk->progress.source == walk->desk->book->nshelves) {
            end_walk(walk);
        }
        else {
            begin_source(walk);
        }
    }
    if (mssl_monotonic_now() >= walk->publish) {
        publish(walk);
    }
    if ((walk->is_walking || walk->is_unsaved) && mssl_monotonic_now() >= walk->save) {
        save(walk);
    }
}

/* @return 1: it is time to stop */
static int wait_for_stop(const walk_t *walk)
{
    struct pollfd spot = { .fd = walk->conf->stop, .events = POLLIN };
    apr_time_t until = walk->is_unsaved && walk->save < walk->publish ? walk->save : walk->publish;
    apr_interval_time_t left = until - mssl_monotonic_now();
    apr_interval_time_t next = walk->is_walking ? TICK : walk->next - apr_time_now();
    int n;

    left = walk->is_walking || next < left ? next : left;
    left = left < 0 ? 0 : left > PUBLISH_IDLE ? PUBLISH_IDLE : left;
    n = poll(&spot, 1, (int)((left + 999) / 1000));
    return n > 0 || (n < 0 && errno != EINTR);
}

static void load(walk_t *walk)
{
    mssl_desk_t *desk = walk->desk;
    mssl_reason_t why = { "" };
    apr_status_t rv = APR_ENOENT;
    apr_pool_t *sub;

    desk->progress.source = -1;
    if (walk->conf->dir >= 0) {
        rv = mssl_book_load(&desk->book, &desk->progress, walk->conf->dir, walk->pool, &why);
    }
    if (rv == APR_EINVAL) {
        mssl_book_set_aside(walk->conf->dir);
        report(walk, MSSL_WALK_DAMAGED, NULL, why.text);
    }
    if (!walk->conf->is_restart) {
        desk->progress.source = -1; /* one that was under way counts for what it saw */
        desk->progress.first = desk->progress.number + 1;
        if (apr_pool_create(&sub, walk->pool) == APR_SUCCESS) {
            mssl_forget_last(desk, sub);
            apr_pool_destroy(sub);
        }
    }
}

/* The next walk, and whether one is under way. */
static void plan(walk_t *walk)
{
    const mssl_progress_t *progress = &walk->desk->progress;
    apr_time_t now = apr_time_now();
    int is_new = progress->walk.ended == 0 || has_new(walk->desk->book);
    apr_interval_time_t wait = is_new ? get_wait(walk) : walk->conf->wait;

    walk->next = progress->walk.ended == 0 ? now + wait
                                           : progress->walk.ended + walk->conf->interval;
    if (is_new && walk->next > now + wait) {
        walk->next = now + wait;
    }
    if (progress->source >= 0) {
        walk->next = now;
    }
    if (!walk->conf->is_restart && walk->next < now + wait) {
        walk->next = now + wait;
    }
    if (walk->next > now + walk->conf->interval) {
        walk->next = now + walk->conf->interval; /* the clock was set back */
    }
    walk->publish = mssl_monotonic_now();
}

static mssl_book_t *make_book(const mssl_store_t *store, apr_pool_t *pool)
{
    mssl_book_t *book = mssl_book_make(mssl_catalog_count(store), pool);
    int i;

    for (i = 0; i < book->nshelves; i++) {
        book->shelf[i].label = mssl_store_get_label(store, i);
        book->shelf[i].is_reachable = book->shelf[i].is_new = 1;
        book->shelf[i].can_list = mssl_catalog_can_list(store, i);
    }
    return book;
}

/* The keeper, too, where it does not come back soon. */
static void stop_keeper(walk_t *walk)
{
    apr_time_t until = mssl_monotonic_now() + LAST_LOOK;

    mssl_keeper_stop(walk->keeper);
    while (!mssl_keeper_is_done(walk->keeper) && mssl_monotonic_now() < until) {
        apr_sleep(TICK / 10);
    }
    if (mssl_keeper_is_done(walk->keeper)) {
        end_keeper(walk);
    }
}

/* Whoever does not come back soon is left behind. */
static void end_worker(mssl_worker_t *worker)
{
    apr_time_t until = mssl_monotonic_now() + LAST_LOOK;
    mssl_reason_t why;

    while (!mssl_worker_is_done(worker) && mssl_monotonic_now() < until) {
        apr_sleep(TICK / 10);
    }
    if (mssl_worker_is_done(worker)) {
        mssl_worker_end(worker, &why);
    }
}

apr_status_t mssl_walk_run(const mssl_walk_conf_t *conf, apr_pool_t *pool)
{
    mssl_desk_t *desk = apr_pcalloc(pool, sizeof(*desk)); /* a thread that is left may look at it */
    walk_t walk = { .conf = conf, .pool = pool, .desk = desk };
    int i;

    if (pthread_mutex_init(&desk->lock, NULL) != 0) {
        return APR_ENOMEM;
    }
    desk->store = conf->store;
    desk->rate = conf->rate;
    desk->is_used = conf->is_used;
    desk->used_baton = conf->used_baton;
    desk->served = conf->versions > 0 ? conf->history : NULL;
    desk->serving = conf->history_serves ? desk->served : NULL;
    desk->book = make_book(conf->store, pool);
    walk.hung = apr_pcalloc(pool, ((size_t)desk->book->nshelves + 1) * sizeof(*walk.hung));
    walk.again = SAVE_AGAIN;
    load(&walk);
    plan(&walk);
    do {
        step(&walk);
    } while (!wait_for_stop(&walk));
    if (walk.worker != NULL) {
        mssl_worker_give_up(walk.worker);
    }
    if (walk.keeper != NULL) {
        stop_keeper(&walk);
    }
    save(&walk);
    if (walk.worker != NULL) {
        end_worker(walk.worker);
    }
    for (i = 0; i < desk->book->nshelves; i++) {
        if (walk.hung[i] != NULL) {
            end_worker(walk.hung[i]);
        }
    }
    return APR_SUCCESS;
}
