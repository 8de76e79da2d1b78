/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TESTS_HALLS_H
#define MSSL_TESTS_HALLS_H

/** @file halls.h An inventory in a thread, over the stores of a room, walk by walk. */

#include "tests/unit/test.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <pthread.h>

#include "lib/inventory/walk.h"
#include "tests/unit/stores.h"

#define SOON apr_time_from_sec(20)
#define HOUR apr_time_from_sec(3600)

/** An inventory in a thread, over the stores of a room. */
typedef struct hall_t {
    room_t *room;
    apr_pool_t *pool;
    mssl_walk_conf_t conf;
    mssl_served_t history;
    mssl_ways_t ways;
    const mssl_view_t *view;
    char state[64];
    int ends[2];
    pthread_t thread;
    pthread_mutex_t lock;
    char reports[4096]; /* "event label text\n" each */
} hall_t;

static inline const mssl_view_t *get_view(void *baton, int way, const char *name, int i)
{
    hall_t *hall = baton;

    (void)way;
    (void)name;
    return i == 0 ? hall->view : NULL;
}

static inline void note(void *baton, mssl_walk_event_t event, const char *label, const char *text)
{
    static const char *const words[] = { "?", "UNREACHABLE", "REACHABLE", "DAMAGED", "UNSAVED",
                                         "UNPUBLISHED", "DONE" };
    hall_t *hall = baton;
    size_t used;

    pthread_mutex_lock(&hall->lock);
    used = strlen(hall->reports);
    snprintf(hall->reports + used, sizeof(hall->reports) - used, "%s %s %s\n", words[event],
             label != NULL ? label : "-", text);
    pthread_mutex_unlock(&hall->lock);
}

static inline int set_up(void **state)
{
    hall_t *hall = calloc(1, sizeof(*hall));
    void *room;

    room_set_up(&room);
    hall->room = room;
    hall->pool = hall->room->pool;
    hall->view = hall->room->view;
    hall->ways = (mssl_ways_t){ 1, get_view, hall };
    pthread_mutex_init(&hall->lock, NULL);
    certs_folder(hall->state, sizeof(hall->state));
    hall->conf = (mssl_walk_conf_t){
        .store = hall->room->store, .ways = &hall->ways, .interval = HOUR, .patience = HOUR,
        .report = note, .baton = hall,
        .dir = open(hall->state, O_RDONLY | O_DIRECTORY)
    };
    mssl_warns_init(&hall->conf.warns);
    *state = hall;
    return mssl_index_make(&hall->conf.index, hall->pool) != APR_SUCCESS;
}

static inline void open_history(hall_t *hall, const char *folder)
{
    hall->history.path = folder;
    hall->history.dir = open(folder, O_RDONLY | O_DIRECTORY);
    assert_true(hall->history.dir >= 0);
    hall->conf.history = &hall->history;
    hall->conf.history_serves = 1;
}

static inline int tear_down(void **state)
{
    hall_t *hall = *state;
    void *room = hall->room;

    close(hall->conf.dir);
    certs_remove(hall->state);
    pthread_mutex_destroy(&hall->lock);
    free(hall);
    return room_tear_down(&room);
}

static inline void *run(void *data)
{
    hall_t *hall = data;
    apr_pool_t *pool;

    apr_pool_create_unmanaged_ex(&pool, NULL, NULL);
    assert_int_equal(mssl_walk_run(&hall->conf, pool), APR_SUCCESS);
    apr_pool_destroy(pool);
    return NULL;
}

static inline void begin(hall_t *hall)
{
    assert_int_equal(pipe(hall->ends), 0);
    hall->conf.stop = hall->ends[0];
    assert_int_equal(pthread_create(&hall->thread, NULL, run, hall), 0);
}

static inline void end(hall_t *hall)
{
    close(hall->ends[1]);
    pthread_join(hall->thread, NULL);
    close(hall->ends[0]);
}

static inline int reported(hall_t *hall, const char *part)
{
    int is_there;

    pthread_mutex_lock(&hall->lock);
    is_there = strstr(hall->reports, part) != NULL;
    pthread_mutex_unlock(&hall->lock);
    return is_there;
}

static inline void wait_for(hall_t *hall, const char *part)
{
    apr_time_t deadline = apr_time_now() + SOON;

    while (!reported(hall, part)) {
        if (apr_time_now() > deadline) {
            fail_msg("no '%s' in: %s", part, hall->reports);
        }
        apr_sleep(5000);
    }
}

/* One walk from beginning to end, by an inventory of its own. */
static inline void walk_once(hall_t *hall)
{
    hall->reports[0] = '\0';
    begin(hall);
    wait_for(hall, "DONE");
    end(hall);
}

/* One that began now: the first may be one that was under way. */
static inline void walk_anew(hall_t *hall)
{
    hall->reports[0] = '\0';
    begin(hall);
    wait_for(hall, "DONE");
    pthread_mutex_lock(&hall->lock);
    hall->reports[0] = '\0';
    pthread_mutex_unlock(&hall->lock);
    wait_for(hall, "DONE");
    end(hall);
}

#endif /* MSSL_TESTS_HALLS_H */
