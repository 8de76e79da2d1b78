/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TESTS_STORES_H
#define MSSL_TESTS_STORES_H

/**
 * @file stores.h
 * A store over folders below /tmp with a clock that the test turns, and a record of what it reports.
 */

#include "tests/unit/test.h"

#include <apr_general.h>
#include <pthread.h>
#include <stdio.h>

#include "lib/providers/providers.h"
#include "lib/store/store.h"
#include "tests/unit/certs.h"

typedef struct room_t {
    apr_pool_t *pool;
    char root[64], second[64];    /* folders of dir: stores */
    mssl_store_conf_t conf;
    mssl_counters_t counters;     /* of all stores of the room */
    mssl_store_t *store;
    mssl_source_t *source;        /* dir:root */
    const mssl_view_t *view;      /* of source alone */
    apr_time_t now;
    pthread_mutex_t lock;
    char reports[16384];          /* "kind key|source text\n" each */
} room_t;

static inline void room_report(void *baton, mssl_report_t kind, const char *source,
                               const char *key, const char *text)
{
    static const char *const kinds[] = { "?", "BAD", "LATE", "GOOD", "UNREACHABLE", "REACHABLE",
                                         "NOTE" };
    room_t *room = baton;
    size_t used;

    pthread_mutex_lock(&room->lock);
    used = strlen(room->reports);
    snprintf(room->reports + used, sizeof(room->reports) - used, "%s %s %s\n", kinds[kind],
             key != NULL ? key : source, text);
    pthread_mutex_unlock(&room->lock);
}

static inline void room_make_store(room_t *room)
{
    mssl_reason_t why = { "" };

    assert_int_equal(mssl_store_make(&room->store, &room->conf, room->pool), APR_SUCCESS);
    assert_int_equal(mssl_store_add_provider(&room->source, room->store, "dir", &mssl_store_dir,
                                             room->root, 0, &why), APR_SUCCESS);
    room->view = mssl_store_get_view(room->store, &room->source, 1);
}

static inline int room_set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    certs_folder(room->second, sizeof(room->second));
    pthread_mutex_init(&room->lock, NULL);
    mssl_store_conf_init(&room->conf);
    room->conf.report = room_report;
    room->conf.report_baton = room;
    mssl_counters_init(&room->counters, NULL);
    room->conf.counters = &room->counters;
    room->now = apr_time_now();
    room_make_store(room);
    *state = room;
    return 0;
}

static inline int room_tear_down(void **state)
{
    room_t *room = *state;

    apr_pool_destroy(room->pool);
    certs_remove(room->root);
    certs_remove(room->second);
    pthread_mutex_destroy(&room->lock);
    free(room);
    apr_terminate();
    return 0;
}

/** Turn the clock far enough for files to be looked at again. */
static inline void room_later(room_t *room)
{
    room->now += room->conf.check_interval + 1;
}

/** The CN of the certificate that a name gets (an ECDSA pair before an RSA one), or "none", "error". */
static inline const char *room_look(room_t *room, const mssl_view_t *view, const char *name)
{
    static __thread char cn[128];
    mssl_choice_t choice;
    apr_status_t rv = mssl_store_lookup(view, name, room->now, &choice);
    mssl_pair_t *pair = choice.pair[MSSL_KEY_ECDSA] != NULL ? choice.pair[MSSL_KEY_ECDSA]
                                                            : choice.pair[MSSL_KEY_RSA];

    snprintf(cn, sizeof(cn), "%s", rv == APR_NOTFOUND ? "none" : "error");
    if (rv == APR_SUCCESS) {
        certs_get_cn(mssl_pair_get_cert(pair), cn, sizeof(cn));
    }
    mssl_choice_release(&choice);
    return cn;
}

#define room_gives(room, name, cn) assert_string_equal(room_look(room, (room)->view, name), cn)

/** Make a certificate and put it into a folder as one file. */
static inline void room_put(const char *folder, const char *file, const char *names,
                            const char *cn)
{
    cert_t cert = certs_new(&(cert_spec_t){ .names = names, .cn = cn }, NULL);

    certs_write_joined(folder, file, &cert);
    certs_free(&cert);
}

/** The same, not valid any more (-1) or not yet (1). */
static inline void room_put_invalid(const char *folder, const char *file, const char *names,
                                 const char *cn, int sign)
{
    cert_t cert = certs_new(&(cert_spec_t){ .names = names, .cn = cn,
                                            .begins = sign < 0 ? -9 * CERT_DAY : 5 * CERT_DAY,
                                            .ends = sign < 0 ? -2 * CERT_DAY : 9 * CERT_DAY },
                              NULL);

    certs_write_joined(folder, file, &cert);
    certs_free(&cert);
}

static inline void room_remove(const char *folder, const char *file)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", folder, file);
    CERTS_CHECK(unlink(path) == 0);
}

/** What was reported since the last call has the part, or is nothing ("" for part). */
static inline void room_reported(room_t *room, const char *part)
{
    if (part[0] == '\0' ? room->reports[0] != '\0' : strstr(room->reports, part) == NULL) {
        fail_msg("'%s' expected, reported: %s", part, room->reports);
    }
    room->reports[0] = '\0';
}

static inline mssl_store_stats_t room_stats(room_t *room)
{
    mssl_store_stats_t stats;

    mssl_store_get_stats(room->store, &stats);
    return stats;
}

#endif /* MSSL_TESTS_STORES_H */
