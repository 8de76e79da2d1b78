/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BROKER_WATCH_H
#define MSSL_LIB_BROKER_WATCH_H

/**
 * @file watch.h
 * The broker's looks at files, where children can read of them. A name in use is due to be
 * looked at once per MSSLCheckInterval by every child, and to ask the broker costs ten times the
 * look itself. So when a child asks about a name and nothing has changed, the broker goes on
 * looking, once per interval, for as many looks as the question was worth; children find in a table
 * in shared memory that the files with that stamp were still there, and when that was.
 *
 * Nothing is believed longer than without it: an answer counts from the look that it rests on.
 * Where a look is late (a hung file system, a dead broker), the table is silent and the child asks.
 *
 * Beside that stands which keys children asked for last, for the inventory, which looks at those first:
 * hashes, too, so that it hears nothing from anybody, and finds what it knows already.
 *
 * The broker alone writes. The parent maps the table for reading and children inherit that; it
 * cannot be made writable from there. It holds hashes and times, no names.
 */

#include "lib/broker/finder.h"

typedef struct mssl_watch_t mssl_watch_t;

/** A name is looked at so often after a question: what one costs. */
#define MSSL_WATCH_LOOKS 16
/** Names that are watched at a time. The one with the fewest looks left gives way to a new one. */
#define MSSL_WATCH_NAMES 8192

/**
 * Parent, before anybody is forked: the table.
 * @param interval of the looks, and how long one counts; 0: the table stays silent
 * @param pool ends it, where the broker or a child has not
 */
apr_status_t mssl_watch_make(mssl_watch_t **watch, apr_interval_time_t interval, apr_pool_t *pool);

/** Parent: what the broker needs of it. */
void mssl_watch_keep(const mssl_watch_t *watch, mssl_kept_t *kept);

/** Parent: what a process needs that asks mssl_watch_is_used() and nothing else. */
void mssl_watch_keep_reading(const mssl_watch_t *watch, mssl_kept_t *kept);

/**
 * Child: nobody here can write the table from now on. A read-only mapping stays, to be asked by any
 * thread.
 */
void mssl_watch_close(mssl_watch_t *watch);

/**
 * Child: whether a look less than an interval ago found the files of a key as they are known. Any
 * thread; takes no lock.
 * @param as_of out: when
 */
int mssl_watch_has_looked(const mssl_watch_t *watch, int source, const char *key,
                          const mssl_stamp_t *known, apr_time_t *as_of);

/**
 * Child: whether the broker has had anything from a source since then, be it an error: what is late
 * is not late for the source. Any thread; takes no lock.
 * @param since of mssl_monotonic_now()
 */
int mssl_watch_has_answered(const mssl_watch_t *watch, int source, apr_time_t since);

/** Whether a child asked the broker for a key that is there, lately. Takes no lock. */
int mssl_watch_is_used(const mssl_watch_t *watch, int source, const char *key);

/** Broker, any thread: a child asked for a key, and it is there. */
void mssl_watch_note_use(mssl_watch_t *watch, int source, const char *key);

/** Broker, any thread: a source has answered. */
void mssl_watch_note_answer(mssl_watch_t *watch, int source);

/**
 * Broker: begin to look. One thread is started.
 * @param fetch called by that thread, each time with a stamp
 */
apr_status_t mssl_watch_begin(mssl_watch_t *watch, mssl_ask_fn fetch, void *baton);

/**
 * Broker, any thread: a child asked, and the files are as it knew them.
 * @param as_of when that look was begun
 */
void mssl_watch_note(mssl_watch_t *watch, int source, const char *key, const mssl_stamp_t *stamp,
                     apr_time_t as_of);

/** Broker: no more looks. A thread that hangs in a file system is left to the end of the process. */
void mssl_watch_end(mssl_watch_t *watch);

#endif /* MSSL_LIB_BROKER_WATCH_H */
