/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/todo.h"

#include <apr_strings.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/steward/asked.h"

int mssl_todo_load(const mssl_todo_t *todo, mssl_request_t *request, const char *name)
{
    mssl_reason_t why = { "" };
    apr_status_t rv = mssl_asked_load(request, todo->dir, MSSL_ASKED_TODO, name, &why);
    char text[sizeof(why.text) + 64];

    if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv)) {
        apr_snprintf(text, sizeof(text), MSSL_ASKED_TODO "/%s; it is removed", why.text);
        todo->report(todo->baton, text);
    }
    return rv == APR_SUCCESS && request->verb != MSSL_VERB_NONE;
}

/** A look. */
typedef struct look_t {
    const mssl_todo_t *todo;
    int (*take)(void *baton, const char *name, const mssl_request_t *request);
} look_t;

static void take(void *baton, const char *name)
{
    const look_t *look = baton;
    mssl_request_t request;

    if (!mssl_todo_load(look->todo, &request, name)
        || !look->take(look->todo->baton, name, &request)) {
        mssl_todo_remove(look->todo, name);
    }
}

void mssl_todo_look(mssl_todo_t *todo, int (*take_one)(void *baton, const char *name,
                                                       const mssl_request_t *request))
{
    look_t look = { todo, take_one };
    int fd;

    if (!mssl_sight_has_changed(&todo->sight, todo->dir, MSSL_ASKED_TODO)) {
        return;
    }
    fd = mssl_folder_open(todo->dir, MSSL_ASKED_TODO);
    if (fd >= 0) {
        mssl_asked_list(fd, take, &look);
        close(fd);
    }
}

void mssl_todo_remove(const mssl_todo_t *todo, const char *name)
{
    mssl_asked_remove(todo->dir, MSSL_ASKED_TODO, name);
}
