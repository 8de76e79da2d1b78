/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/inventory/states.h"
#include "tests/unit/stores.h"

#define DAY apr_time_from_sec(86400)
#define NOW (20000 * DAY)
#define EVER (APR_INT64_MAX - APR_USEC_PER_SEC)

/* A pair whose certificate began and ends so many days from now. */
#define PAIR(begins, ends) .dates = { NOW + (begins) * DAY, NOW + (ends) * DAY, 0, EVER }
#define BAD .is_bad = 1
#define WILD .is_wildcard = 1

typedef struct row_t {
    const char *label;
    mssl_candidate_t candidate[4];
    int n;
    mssl_name_state_t state;
    int shown;
} row_t;

static const row_t rows[] = {
    { "valid", { { PAIR(-10, 80) } }, 1, MSSL_STATE_VALID, 0 },
    { "bad", { { BAD } }, 1, MSSL_STATE_BAD, -1 },
    { "excluded", { { 0 } }, 0, MSSL_STATE_EXCLUDED, -1 },
    { "expired", { { PAIR(-90, -1) } }, 1, MSSL_STATE_EXPIRED, 0 },
    { "expired, newer is bad", { { PAIR(-90, -1) }, { BAD } }, 2, MSSL_STATE_EXPIRED, 0 },
    { "not yet", { { PAIR(1, 91) } }, 1, MSSL_STATE_NOT_YET_VALID, 0 },
    /* An intermediate certificate that is not valid now. */
    { "chain expired", { { .dates = { NOW - DAY, NOW + 80 * DAY, 0, NOW - DAY } } }, 1,
      MSSL_STATE_EXPIRED, 0 },
    { "chain not yet", { { .dates = { NOW - DAY, NOW + 80 * DAY, NOW + DAY, EVER } } }, 1,
      MSSL_STATE_NOT_YET_VALID, 0 },
    { "chain ends soon", { { .dates = { NOW - DAY, NOW + 80 * DAY, 0, NOW + 2 * DAY } } }, 1,
      MSSL_STATE_URGENT, 0 },
    { "at risk", { { BAD }, { PAIR(-10, 80), .is_last_good = 1 } }, 2, MSSL_STATE_AT_RISK, 1 },
    { "at risk before urgent", { { BAD }, { PAIR(-89, 1), .is_last_good = 1 } }, 2,
      MSSL_STATE_AT_RISK, 1 },
    { "the last good expired", { { BAD }, { PAIR(-90, -1), .is_last_good = 1 } }, 2,
      MSSL_STATE_EXPIRED, 1 },
    { "urgent", { { PAIR(-80, 10) } }, 1, MSSL_STATE_URGENT, 0 },
    { "expiring", { { PAIR(-70, 20) } }, 1, MSSL_STATE_EXPIRING, 0 },
    { "degraded", { { BAD }, { PAIR(-10, 80), WILD } }, 2, MSSL_STATE_DEGRADED, 1 },
    { "urgent before degraded", { { BAD }, { PAIR(-80, 10), WILD } }, 2, MSSL_STATE_URGENT, 1 },
    { "degraded before expiring", { { BAD }, { PAIR(-70, 20), WILD } }, 2, MSSL_STATE_DEGRADED, 1 },
    /* What was replaced is nobody's concern: a valid wildcard instead of an expired pair. */
    { "wildcard instead", { { PAIR(-90, -1) }, { PAIR(-10, 80), WILD } }, 2, MSSL_STATE_VALID, 1 },
    { "own before wildcard", { { PAIR(-10, 80) }, { PAIR(-5, 85), WILD } }, 2, MSSL_STATE_VALID, 0 },
    { "a bad wildcard behind", { { PAIR(-10, 80) }, { BAD, WILD } }, 2, MSSL_STATE_VALID, 0 },
    { "shadowed", { { PAIR(-30, 60) }, { PAIR(-1, 89) } }, 2, MSSL_STATE_SHADOWED, 0 },
    { "shadowed by another store", { { PAIR(-30, 60) }, { PAIR(-1, 89), .source = 1 } }, 2,
      MSSL_STATE_SHADOWED, 0 },
    { "expiring before shadowed", { { PAIR(-70, 20) }, { PAIR(-1, 89) } }, 2, MSSL_STATE_EXPIRING,
      0 },
    { "older behind", { { PAIR(-1, 89) }, { PAIR(-30, 60) } }, 2, MSSL_STATE_VALID, 0 },
    { "another type is no shadow", { { PAIR(-30, 60) }, { PAIR(-1, 89), .type = MSSL_KEY_ECDSA } },
      2, MSSL_STATE_VALID, 0 },
    /* Of two types the one that ends first counts. */
    { "two types", { { PAIR(-10, 80) }, { PAIR(-80, 10), .type = MSSL_KEY_ECDSA } }, 2,
      MSSL_STATE_URGENT, 1 },
    { "an expired type is not shown", { { PAIR(-10, 80) },
                                        { PAIR(-80, -1), .type = MSSL_KEY_ECDSA } }, 2,
      MSSL_STATE_VALID, 0 },
    { "the second store", { { PAIR(-90, -1) }, { PAIR(-10, 80), .source = 1 } }, 2,
      MSSL_STATE_VALID, 1 },
    { "a bad pair beside a good one", { { BAD }, { PAIR(-10, 80), .source = 1 } }, 2,
      MSSL_STATE_VALID, 1 },
};

static void test_states(void **state)
{
    mssl_warns_t warns;
    mssl_judged_t judged;
    size_t i;

    (void)state;
    mssl_warns_init(&warns);
    for (i = 0; i < COUNT(rows); i++) {
        mssl_states_judge(&judged, rows[i].candidate, rows[i].n, &warns, NOW);
        if (judged.state != rows[i].state || judged.shown != rows[i].shown) {
            fail_msg("%s: %s, shown %d", rows[i].label, mssl_states_get_word(judged.state),
                     judged.shown);
        }
    }
}

/* Both ends of the period count as inside, the last second included. */
static void test_edges(void **state)
{
    mssl_candidate_t candidate = { .dates = { NOW, NOW + 90 * DAY, 0, EVER } };
    mssl_warns_t warns;
    mssl_judged_t judged;

    (void)state;
    mssl_warns_init(&warns);
    mssl_states_judge(&judged, &candidate, 1, &warns, NOW);
    assert_int_equal(judged.state, MSSL_STATE_VALID);
    mssl_states_judge(&judged, &candidate, 1, &warns, NOW - 1);
    assert_int_equal(judged.state, MSSL_STATE_NOT_YET_VALID);
    mssl_states_judge(&judged, &candidate, 1, &warns, NOW + 90 * DAY + APR_USEC_PER_SEC - 1);
    assert_int_equal(judged.state, MSSL_STATE_URGENT);
    mssl_states_judge(&judged, &candidate, 1, &warns, NOW + 90 * DAY + APR_USEC_PER_SEC);
    assert_int_equal(judged.state, MSSL_STATE_EXPIRED);
}

static void test_warns(void **state)
{
    static const struct {
        const char *text;
        int percent, days;
    } good[] = { { "25%", 25, 0 }, { "1%", 1, 0 }, { "99%", 99, 0 }, { "30d", 0, 30 },
                 { "366d", 0, 366 } };
    static const char *const bad[] = { "", "%", "d", "0%", "100%", "0d", "367d", "25", "25 %", "-1d",
                                       "+5d", " 5d", "5days", "25%%", "99999999999999999999d" };
    mssl_warns_t warns;
    mssl_warn_t warn;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(good); i++) {
        assert_true(mssl_warn_parse(&warn, good[i].text));
        assert_int_equal(warn.percent, good[i].percent);
        assert_int_equal(warn.days, good[i].days);
    }
    for (i = 0; i < COUNT(bad); i++) {
        assert_false(mssl_warn_parse(&warn, bad[i]));
    }
    mssl_warns_init(&warns);
    /* 90 days: 22.5 and 10.8; 6 days: 36 h, and not less than a day; a year: 30 and 14 days. */
    assert_int_equal(mssl_warns_get_expiring(&warns, 90 * DAY), 90 * DAY / 4);
    assert_int_equal(mssl_warns_get_urgent(&warns, 90 * DAY), 90 * DAY / 100 * 12);
    assert_int_equal(mssl_warns_get_expiring(&warns, 6 * DAY), 36 * DAY / 24);
    assert_int_equal(mssl_warns_get_urgent(&warns, 6 * DAY), DAY);
    assert_int_equal(mssl_warns_get_expiring(&warns, 366 * DAY), 30 * DAY);
    assert_int_equal(mssl_warns_get_urgent(&warns, 366 * DAY), 14 * DAY);
    warns.warn = (mssl_warn_t){ .days = 45 };
    assert_int_equal(mssl_warns_get_expiring(&warns, 366 * DAY), 45 * DAY);
}

static void test_words(void **state)
{
    mssl_name_state_t found;
    int i;

    (void)state;
    for (i = 0; i < MSSL_STATES; i++) {
        assert_true(mssl_states_parse_word(&found, mssl_states_get_word((mssl_name_state_t)i)));
        assert_int_equal(found, i);
    }
    assert_false(mssl_states_parse_word(&found, "fine"));
}

/*
 * The choice is the handshake's own: for worlds made at random, the pair that the state is about is
 * one that a lookup finds.
 */
static const char *const files[] = { "/a.example.pem", "/a.example.rsa.pem", "/_.example.pem" };
#define FILES 3

typedef struct world_t {
    mssl_candidate_t candidate[2 * FILES];
    char cn[2 * FILES][16];
    int n;
} world_t;

static void add_pair(world_t *world, const char *folder, int source, int file)
{
    long begins = (rand() % 3 - 1) * 5 * CERT_DAY - 20 * CERT_DAY + (rand() % 4 == 0) * 40 * CERT_DAY;
    cert_spec_t spec = { .names = file == 2 ? "*.example" : "a.example",
                         .key = file == 1 ? "rsa" : "ec", .begins = begins,
                         .ends = begins + (rand() % 2 ? 10 : 60) * CERT_DAY,
                         .cn = world->cn[world->n] };
    mssl_candidate_t *candidate = &world->candidate[world->n];
    apr_time_t now = apr_time_now();
    cert_t cert;

    snprintf(world->cn[world->n], sizeof(world->cn[0]), "%d-%d", source, file);
    cert = certs_new(&spec, NULL);
    certs_write_joined(folder, files[file] + 1, &cert);
    certs_free(&cert);
    candidate->is_wildcard = file == 2;
    candidate->source = source;
    candidate->type = file == 1 ? MSSL_KEY_RSA : MSSL_KEY_ECDSA;
    candidate->dates = (mssl_dates_t){ now + apr_time_from_sec(spec.begins),
                                       now + apr_time_from_sec(spec.ends), 0, EVER };
    world->n++;
}

/* Exact names of both stores first, then the patterns. */
static void make_world(world_t *world, room_t *room)
{
    int file, source;

    world->n = 0;
    memset(world->candidate, 0, sizeof(world->candidate));
    for (file = 0; file < FILES; file += 2) {
        for (source = 0; source < 2; source++) {
            const char *folder = source == 0 ? room->root : room->second;

            if (rand() % 3 != 0) {
                add_pair(world, folder, source, file);
            }
            if (file == 0 && rand() % 3 == 0) {
                add_pair(world, folder, source, 1);
            }
        }
    }
}

static void clear_world(const room_t *room)
{
    char path[512];
    int file;

    for (file = 0; file < FILES; file++) {
        snprintf(path, sizeof(path), "%s%s", room->root, files[file]);
        unlink(path);
        snprintf(path, sizeof(path), "%s%s", room->second, files[file]);
        unlink(path);
    }
}

static void test_same_choice(void **state)
{
    room_t *room = *state;
    mssl_source_t *sources[2];
    const mssl_view_t *view;
    mssl_reason_t why;
    mssl_warns_t warns;
    mssl_judged_t judged;
    world_t world;
    int round, type;

    mssl_warns_init(&warns);
    srand(7);
    for (round = 0; round < 40; round++) {
        mssl_choice_t choice;

        make_world(&world, room);
        mssl_states_judge(&judged, world.candidate, world.n, &warns, apr_time_now());
        room_make_store(room); /* another one, which remembers no last good pair */
        sources[0] = room->source;
        assert_int_equal(mssl_store_add_provider(&sources[1], room->store, "dir", &mssl_store_dir,
                                                 room->second, 0, &why), APR_SUCCESS);
        view = mssl_store_get_view(room->store, sources, 2);
        mssl_store_lookup(view, "a.example", room->now, &choice);
        for (type = 0; type < MSSL_KEY_TYPES; type++) {
            char cn[16] = "";

            if (choice.pair[type] != NULL) {
                certs_get_cn(mssl_pair_get_cert(choice.pair[type]), cn, sizeof(cn));
            }
            assert_string_equal(cn, judged.chosen[type] >= 0 ? world.cn[judged.chosen[type]] : "");
        }
        mssl_choice_release(&choice);
        clear_world(room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_warns),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup_teardown(test_same_choice, room_set_up, room_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
