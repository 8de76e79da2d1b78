/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TESTS_UNIT_DESK_H
#define MSSL_TESTS_UNIT_DESK_H

/** @file desk.h A steward at work in a state folder of its own, and what it finds there. */

#include "tests/unit/test.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "lib/base/buffer.h"
#include "lib/base/jsonread.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/inventory/file.h"
#include "lib/notify/standing.h"
#include "lib/steward/steward.h"
#include "tests/unit/stores.h"

#define DAY apr_time_from_sec(86400)
#define EVER (APR_INT64_MAX - APR_USEC_PER_SEC)
#define TEXT_MAX (64 * 1024 * 1024)

/** A state folder, and what the steward said. */
typedef struct desk_t {
    apr_pool_t *pool;
    char root[64];
    int dir, inventory, calls[MSSL_STEWARD_WAITS + 1];
    char said[1024];
    mssl_book_t *book;
    mssl_steward_conf_t conf;
    mssl_steward_t *steward;
} desk_t;

static inline void hear(void *baton, mssl_steward_event_t event, const char *text)
{
    desk_t *desk = baton;

    desk->calls[event]++;
    apr_cpystrn(desk->said, text, sizeof(desk->said));
}

static inline int make_folder(const desk_t *desk, const char *name)
{
    assert_int_equal(mkdirat(desk->dir, name, 0700), 0);
    return openat(desk->dir, name, O_RDONLY | O_DIRECTORY);
}

static inline int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));
    sigset_t child;

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    certs_folder(desk->root, sizeof(desk->root));
    desk->dir = open(desk->root, O_RDONLY | O_DIRECTORY);
    desk->inventory = make_folder(desk, MSSL_BOOK_FOLDER);
    close(make_folder(desk, MSSL_NOTIFIED_DIR));
    close(make_folder(desk, MSSL_STANDING_FOLDER));
    desk->book = mssl_book_make(1, desk->pool);
    desk->book->shelf[0].label = "dir:/etc/mssl";
    desk->book->shelf[0].is_reachable = desk->book->shelf[0].can_list = 1;
    mssl_steward_conf_init(&desk->conf);
    desk->conf.dir = desk->dir;
    desk->conf.self = "/nonexistent";
    desk->conf.report = hear;
    desk->conf.baton = desk;
    desk->steward = mssl_steward_make(&desk->conf, desk->pool);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    *state = desk;
    return 0;
}

static inline int tear_down(void **state)
{
    desk_t *desk = *state;

    close(desk->inventory);
    close(desk->dir);
    apr_pool_destroy(desk->pool);
    certs_remove(desk->root);
    free(desk);
    apr_terminate();
    return 0;
}

/* A steward as if the one before had been killed. */
static inline void begin_anew(desk_t *desk)
{
    apr_pool_clear(desk->pool);
    desk->book = mssl_book_make(1, desk->pool);
    desk->book->shelf[0].label = "dir:/etc/mssl";
    desk->book->shelf[0].is_reachable = desk->book->shelf[0].can_list = 1;
    desk->steward = mssl_steward_make(&desk->conf, desk->pool);
}

static inline void put(desk_t *desk, const char *key, int is_bad)
{
    mssl_finding_t finding = { .nfacts = 1 };
    apr_time_t now = apr_time_now();

    finding.fact[0].is_bad = is_bad;
    finding.fact[0].reason = is_bad ? "no PEM \x1b[2J" : NULL;
    finding.fact[0].dates = (mssl_dates_t){ now - 10 * DAY, now + 80 * DAY, 0, EVER };
    finding.fact[0].file = apr_pstrcat(desk->pool, "/etc/mssl/", key, ".pem", NULL);
    assert_int_equal(mssl_book_put(desk->book, 0, key, &finding, 1), APR_SUCCESS);
}

/* The end of a walk. */
static inline void save(desk_t *desk)
{
    mssl_progress_t progress = { .number = 1, .source = -1, .walk = { .is_complete = 1 } };
    mssl_reason_t why = { "" };

    if (mssl_book_save(desk->book, &progress, desk->inventory, &why) != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
}

/* One command each, by a shell that runs in the folder. */
static inline void configure(desk_t *desk, const char *const *scripts, int n, int every)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0640 };
    mssl_settings_t settings = { "www.example", apr_array_make(desk->pool, 2,
                                                               sizeof(mssl_order_t)) };
    mssl_buffer_t text = { .max = TEXT_MAX };
    mssl_reason_t why = { "" };
    int i;

    for (i = 0; i < n; i++) {
        mssl_order_t order = { apr_time_from_sec(every),
                               apr_pcalloc(desk->pool, 6 * sizeof(char *)) };

        order.argv[0] = "/bin/sh";
        order.argv[1] = "-c";
        order.argv[2] = apr_psprintf(desk->pool, "cd %s; %s", desk->root, scripts[i]);
        order.argv[3] = "a 'word'";
        APR_ARRAY_PUSH(settings.orders, mssl_order_t) = order;
    }
    assert_int_equal(mssl_settings_write(&settings, mssl_buffer_add, &text), APR_SUCCESS);
    assert_int_equal(mssl_file_write(desk->dir, MSSL_SETTINGS_FILE, text.data, text.len, &owner,
                                     &why), APR_SUCCESS);
    mssl_buffer_free(&text);
}

static inline void configure_one(desk_t *desk, const char *script)
{
    configure(desk, &script, 1, 3600);
}

static inline const char *read_file(desk_t *desk, const char *name)
{
    mssl_reason_t why = { "" };
    const char *text;
    apr_size_t len;

    if (mssl_file_slurp(&text, &len, desk->dir, name, TEXT_MAX, desk->pool, &why)
        != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
    return text;
}

static inline const mssl_json_value_t *read_json(desk_t *desk, const char *name)
{
    const char *text = read_file(desk, name);
    const mssl_json_value_t *value;
    mssl_reason_t why = { "" };

    if (mssl_json_read(&value, text, strlen(text), desk->pool, &why) != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
    return value;
}

static inline void look(desk_t *desk)
{
    assert_int_equal(mssl_steward_look(desk->steward), APR_SUCCESS);
}

static inline const mssl_standing_t *read_standing(desk_t *desk)
{
    mssl_standing_t *standing;
    mssl_reason_t why = { "" };

    if (mssl_standing_read(&standing, desk->dir, geteuid(), desk->pool, &why) != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
    return standing;
}

#endif /* MSSL_TESTS_UNIT_DESK_H */
