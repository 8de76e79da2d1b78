/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/slurp.h"
#include "lib/issue/consent.h"
#include "tests/unit/certs.h"

#define NOW apr_time_from_sec(APR_INT64_C(1800000000))
#define HOUR apr_time_from_sec(3600)
#define NAME "shop.example.com"

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    int folder, has_changed;
    mssl_consents_t *consents;
    mssl_reason_t why;
} room_t;

static void begin(room_t *room)
{
    room->consents = mssl_consents_make(room->folder, room->pool);
    room->why.text[0] = '\0';
    assert_int_equal(mssl_consents_load(room->consents, 1, &room->why), APR_SUCCESS);
}

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    room->folder = open(room->root, O_RDONLY | O_DIRECTORY);
    begin(room);
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    close(room->folder);
    certs_remove(room->root);
    apr_pool_destroy(room->pool);
    free(room);
    apr_terminate();
    return 0;
}

/* @return whether who may has changed */
static int note(room_t *room, const char *name, mssl_answer_t answer, apr_time_t now)
{
    assert_int_equal(mssl_consents_note(room->consents, name, answer, now, &room->has_changed,
                                        &room->why), APR_SUCCESS);
    return room->has_changed;
}

static int get_noes(const room_t *room)
{
    const mssl_consent_t *consent = mssl_consents_find(room->consents, NAME);

    return consent != NULL ? consent->noes : -1;
}

static const char *read_file(room_t *room)
{
    const char *text;
    apr_size_t len;

    return mssl_file_slurp(&text, &len, room->folder, MSSL_CONSENTS_FILE, 1 << 20, room->pool, NULL)
                   == APR_SUCCESS ? text : "";
}

static void test_yes(void **state)
{
    room_t *room = *state;
    const char *text;

    assert_true(note(room, NAME, MSSL_ANSWER_YES, NOW));
    text = read_file(room);
    assert_string_equal(text, NAME " 2027-01-15T08:00:00Z - 0\n");
    assert_false(note(room, NAME, MSSL_ANSWER_YES, NOW + HOUR));
    assert_int_equal(mssl_consents_find(room->consents, NAME)->yes, NOW + HOUR);
    assert_string_equal(read_file(room), text); /* said once, it says so */
    begin(room);
    assert_int_equal(mssl_consents_find(room->consents, NAME)->yes, NOW);
}

/* What never had a yes costs nothing. */
static void test_no_to_strangers(void **state)
{
    room_t *room = *state;
    int answer;

    for (answer = MSSL_ANSWER_NO; answer < MSSL_ANSWERS; answer++) {
        assert_false(note(room, NAME, (mssl_answer_t)answer, NOW));
    }
    assert_int_equal(get_noes(room), -1);
    assert_string_equal(read_file(room), "");
}

static void test_three_noes_on_three_days(void **state)
{
    room_t *room = *state;

    note(room, NAME, MSSL_ANSWER_YES, NOW);
    assert_false(note(room, NAME, MSSL_ANSWER_NO, NOW + HOUR));
    assert_false(note(room, NAME, MSSL_ANSWER_NO, NOW + 2 * HOUR)); /* the same day's */
    assert_int_equal(get_noes(room), 1);
    begin(room); /* a restart forgets none */
    assert_int_equal(get_noes(room), 1);
    assert_false(note(room, NAME, MSSL_ANSWER_NO, NOW + 24 * HOUR));
    assert_int_equal(get_noes(room), 1);
    assert_false(note(room, NAME, MSSL_ANSWER_NO, NOW + 25 * HOUR));
    assert_int_equal(get_noes(room), 2);
    assert_true(note(room, NAME, MSSL_ANSWER_NO, NOW + 49 * HOUR));
    assert_int_equal(get_noes(room), -1);
    begin(room);
    assert_int_equal(get_noes(room), -1);
    assert_string_equal(read_file(room), "");
    assert_true(note(room, NAME, MSSL_ANSWER_YES, NOW + 50 * HOUR)); /* and it is back */
}

/* A yes makes all noes good; a broken program takes nothing, however often. */
static void test_broken(void **state)
{
    room_t *room = *state;
    int i;

    note(room, NAME, MSSL_ANSWER_YES, NOW);
    note(room, NAME, MSSL_ANSWER_NO, NOW + HOUR);
    note(room, NAME, MSSL_ANSWER_NO, NOW + 26 * HOUR);
    for (i = 2; i < 100; i++) {
        assert_false(note(room, NAME, MSSL_ANSWER_LATE, NOW + i * 24 * HOUR));
        assert_false(note(room, NAME, MSSL_ANSWER_BROKEN, NOW + i * 24 * HOUR + HOUR));
        assert_false(note(room, NAME, MSSL_ANSWER_ELSEWHERE, NOW + i * 24 * HOUR + 2 * HOUR));
    }
    assert_int_equal(get_noes(room), 2);
    assert_int_equal(mssl_consents_find(room->consents, NAME)->last, MSSL_ANSWER_ELSEWHERE);
    assert_false(note(room, NAME, MSSL_ANSWER_YES, NOW + 4000 * HOUR));
    assert_int_equal(get_noes(room), 0);
    begin(room);
    assert_int_equal(get_noes(room), 0);
}

/* Who has no certificate loses none. */
static void test_before_a_first_order(void **state)
{
    room_t *room = *state;

    note(room, NAME, MSSL_ANSWER_YES, NOW);
    mssl_consents_mark(room->consents, "other.example.com", 1);
    mssl_consents_mark(room->consents, NAME, 1);
    assert_false(note(room, NAME, MSSL_ANSWER_YES, NOW + HOUR));
    assert_true(note(room, NAME, MSSL_ANSWER_LATE, NOW + 2 * HOUR));
    assert_int_equal(get_noes(room), -1);
    begin(room);
    assert_int_equal(get_noes(room), -1);
    note(room, NAME, MSSL_ANSWER_YES, NOW + 3 * HOUR);
    mssl_consents_mark(room->consents, NAME, 1);
    mssl_consents_mark(room->consents, NAME, 0); /* now it has one */
    assert_false(note(room, NAME, MSSL_ANSWER_NO, NOW + 4 * HOUR));
    assert_int_equal(get_noes(room), 1);
}

static void test_damaged(void **state)
{
    static const char text[] = "a.example.com 2027-01-15T08:00:00Z - 0\n"
                               "rubbish\n"
                               "Upper.example.com 2027-01-15T08:00:00Z - 0\n"
                               "../etc 2027-01-15T08:00:00Z - 0\n"
                               "b.example.com 2027-01-15T08:00:00Z - 9\n"
                               "c.example.com yesterday - 0\n"
                               "\0\0\0\0"
                               "d.example.com 2027-01-15T08:00:00Z 2027-01-16T08:00:00Z 2\n"
                               "d.example.com 2027-01-15T08:00:00Z 2027-01-17T08:00:00Z 3\n"
                               "e.example.com 2027-01-15T08:0";
    room_t *room = *state;

    certs_write(room->root, MSSL_CONSENTS_FILE, text, sizeof(text) - 1);
    chmod(apr_pstrcat(room->pool, room->root, "/" MSSL_CONSENTS_FILE, NULL), 0600);
    begin(room);
    assert_non_null(mssl_consents_find(room->consents, "a.example.com"));
    assert_null(mssl_consents_find(room->consents, "d.example.com"));
    assert_null(mssl_consents_find(room->consents, "e.example.com"));
    assert_string_equal(read_file(room), "a.example.com 2027-01-15T08:00:00Z - 0\n");
    note(room, NAME, MSSL_ANSWER_YES, NOW);
    begin(room);
    assert_int_equal(get_noes(room), 0);
}

/* A yes that cannot be written down is none: who forgets it would take the name away. */
static void count(void *baton, const mssl_consent_t *consent)
{
    (void)consent;
    ++*(int *)baton;
}

/* The file stays short, without a restart; not where another steward writes there, too. */
static void test_stays_short(void **state)
{
    room_t *room = *state;
    int fd, i, n = 0;

    for (i = 0; i < 6000; i++) {
        assert_int_equal(note(room, NAME, i % 2 == 0 ? MSSL_ANSWER_YES : MSSL_ANSWER_NO, NOW + i * HOUR),
                         i == 0);
    }
    assert_true(strlen(read_file(room)) < 2048 * 80);
    begin(room);
    assert_int_equal(get_noes(room), 1);
    fd = openat(room->folder, MSSL_CONSENTS_FILE, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "other.example.com 2026-01-02T03:04:05Z - 0\n", 43), 43);
    close(fd);
    for (i = 0; i < 6000; i++) {
        note(room, NAME, i % 2 == 0 ? MSSL_ANSWER_YES : MSSL_ANSWER_NO, NOW + i * HOUR);
    }
    begin(room);
    mssl_consents_each(room->consents, count, &n);
    assert_int_equal(n, 2);
}

static void test_no_room(void **state)
{
    room_t *room = *state;

    assert_int_equal(mkdirat(room->folder, MSSL_CONSENTS_FILE, 0700), 0);
    assert_int_not_equal(mssl_consents_note(room->consents, NAME, MSSL_ANSWER_YES, NOW,
                                            &room->has_changed, &room->why), APR_SUCCESS);
    assert_false(room->has_changed);
    assert_int_equal(get_noes(room), -1);
    assert_string_equal(room->why.text, "consents/names: Is a directory");
}

static void test_many(void **state)
{
    room_t *room = *state;
    mssl_consents_t *consents = mssl_consents_make(-1, room->pool);
    int i, n = 0;

    for (i = 0; i < 100000; i++) {
        mssl_consents_note(consents, apr_psprintf(room->pool, "n%d.example.com", i), MSSL_ANSWER_YES,
                           NOW, &room->has_changed, NULL);
    }
    mssl_consents_each(consents, count, &n);
    assert_int_equal(n, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_yes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_to_strangers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_three_noes_on_three_days, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_before_a_first_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stays_short, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
