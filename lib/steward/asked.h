/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_ASKED_H
#define MSSL_LIB_STEWARD_ASKED_H

/**
 * @file asked.h
 * What others ask of the steward: msslctl by files in its own folder (lib/issue/request.h), httpd's
 * children by hints, which are names, foreign bytes, and no right. One thread.
 */

#include "lib/issue/task.h"
#include "lib/issue/settings.h"

/** Hints that are taken at one look; the rest waits, or is dropped by who sends it. */
#define MSSL_HINTS_MAX 1000

/** Below MSSLStateDir: what is to be done at once; who may have one because that was asked for. */
#define MSSL_ASKED_TODO MSSL_REQUESTS_DIR "/" MSSL_TODO_DIR
#define MSSL_ASKED_WANTED MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR

/** @param name canonical, or a pattern (todo/ alone) */
typedef void (*mssl_asked_fn)(void *baton, const char *name);

/**
 * Call for each file of a folder that is called after a name.
 * @param fd descriptor of the folder, the caller's
 */
apr_status_t mssl_asked_list(int fd, mssl_asked_fn take, void *baton);

/**
 * What a name's file asks for.
 * @param dir descriptor of MSSLStateDir
 * @param folder below it: MSSL_ASKED_TODO, MSSL_ASKED_WANTED
 * @return as mssl_request_load()
 */
apr_status_t mssl_asked_load(mssl_request_t *request, int dir, const char *folder, const char *name,
                             mssl_reason_t *why);

/** Remove a name's file. @param folder below dir: MSSL_ASKED_TODO, or another of requests/ */
void mssl_asked_remove(int dir, const char *folder, const char *name);

/** What a verb has done. @return MSSL_TASKS: nothing */
mssl_task_t mssl_asked_get_task(mssl_verb_t verb);

/**
 * Take hints without waiting. What is no name is passed over.
 * @param fd of a datagram socket; -1: there is none
 */
void mssl_asked_hints(int fd, mssl_asked_fn take, void *baton);

#endif /* MSSL_LIB_STEWARD_ASKED_H */
