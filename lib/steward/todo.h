/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_TODO_H
#define MSSL_LIB_STEWARD_TODO_H

/**
 * @file todo.h
 * What msslctl asks for at once: requests/todo/NAME (lib/issue/request.h). A file stays until its turn
 * begins: whatever ends the steward, it is asked again. One thread.
 */

#include "lib/files/sight.h"
#include "lib/issue/request.h"

typedef struct mssl_todo_t {
    int dir;            /**< descriptor of MSSLStateDir */
    mssl_sight_t sight; /**< of the folder; zeroed: it is looked at anew */
    void (*report)(void *baton, const char *text);
    void *baton;
} mssl_todo_t;

/** What one of the files asks for; one that is damaged is reported. @return 0: there is nothing to do */
int mssl_todo_load(const mssl_todo_t *todo, mssl_request_t *request, const char *name);

/**
 * Call for each file that asks for something, where the folder has changed; others are removed.
 * @param take @return whether the file stays
 */
void mssl_todo_look(mssl_todo_t *todo, int (*take)(void *baton, const char *name,
                                                   const mssl_request_t *request));

/** Its turn has begun, or it has none. */
void mssl_todo_remove(const mssl_todo_t *todo, const char *name);

#endif /* MSSL_LIB_STEWARD_TODO_H */
