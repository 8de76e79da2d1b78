/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/issue/consent.h"
#include "lib/steward/vouch.h"
#include "tests/unit/certs.h"

#define NAME "shop.example.com"
#define CONSENTS MSSL_CONSENTS_DIR "/" MSSL_CONSENTS_FILE
#define OLD " 2026-01-01T00:00:00Z - 0\n"

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    mssl_vouch_conf_t conf;
    mssl_vouch_t *vouch;
    mssl_issuing_t issuing;
    char said[4096];
} room_t;

static void hear(void *baton, const char *text)
{
    room_t *room = baton;
    size_t used = strlen(room->said);

    snprintf(room->said + used, sizeof(room->said) - used, "%s\n", text);
}

static void leave(void *baton)
{
    (void)baton;
}

static const char *path_of(const room_t *room, const char *name)
{
    return apr_pstrcat(room->pool, room->root, "/", name, NULL);
}

/* What the program answers from now on. */
static void answer(room_t *room, const char *script)
{
    certs_write_text(room->root, "panel/ask",
                     apr_pstrcat(room->pool, "#!/bin/sh\n", script, "\n", NULL));
    chmod(path_of(room, "panel/ask"), 0755);
}

/* As a steward that begins. */
static void begin(room_t *room)
{
    room->said[0] = '\0';
    room->vouch = mssl_vouch_make(&room->conf, room->pool);
    mssl_vouch_configure(room->vouch, &room->issuing);
}

static int set_up(void **state)
{
    static const char *const folders[] = { "panel", "state", "state/" MSSL_CONSENTS_DIR,
                                           "state/" MSSL_JOBS_DIR, "state/" MSSL_WORK_DIR };
    room_t *room = calloc(1, sizeof(*room));
    sigset_t child;
    size_t i;

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    for (i = 0; i < COUNT(folders); i++) {
        assert_int_equal(mkdir(path_of(room, folders[i]), 0755), 0);
    }
    room->conf = (mssl_vouch_conf_t){
        .dir = open(path_of(room, "state"), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        .state_dir = path_of(room, "state"), .report = hear, .leave = leave, .baton = room
    };
    mssl_issuing_init(&room->issuing, room->pool);
    room->issuing.ask = path_of(room, "panel/ask");
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    begin(room);
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    close(room->conf.dir);
    certs_remove(room->root);
    apr_pool_destroy(room->pool);
    free(room);
    apr_terminate();
    return 0;
}

static void ignore(void *baton, const char *text)
{
    (void)baton;
    (void)text;
}

static const mssl_permits_t *read_permits(room_t *room)
{
    return mssl_permits_read(&room->issuing, room->conf.dir, NULL, mssl_vouch_get_known(room->vouch),
                             ignore, NULL, room->pool);
}

static int bring(room_t *room, const char *name)
{
    return mssl_vouch_bring(room->vouch, read_permits(room), name, 1);
}

static int has(room_t *room, const char *name)
{
    return mssl_permits_find(read_permits(room), name) != NULL;
}

/* Until it has changed who may, or for a while. @return whether it has */
static int look(room_t *room, int tries)
{
    int i;

    for (i = 0; i < tries; i++) {
        if (mssl_vouch_look(room->vouch)) {
            return 1;
        }
        usleep(10000);
    }
    return 0;
}

static void wait_said(room_t *room, const char *text)
{
    int i;

    for (i = 0; i < 2000 && strstr(room->said, text) == NULL; i++) {
        look(room, 1);
    }
    if (strstr(room->said, text) == NULL) {
        fail_msg("'%s' is not in '%s'", text, room->said);
    }
}

static mssl_turn_t make_turn(room_t *room, mssl_task_t task, mssl_job_why_t why)
{
    return (mssl_turn_t){ .name = NAME, .task = task, .why = why,
                          .permit = mssl_permits_find(read_permits(room), NAME) };
}

/* @return 0: it may begin; else in how many seconds it is looked at again */
static int check(room_t *room, const mssl_turn_t *turn)
{
    apr_time_t now = apr_time_now(), then = mssl_vouch_check(room->vouch, turn, now);

    return then == 0 ? 0 : (int)apr_time_sec(then - now + apr_time_from_sec(1));
}

static void remember(room_t *room, const char *text)
{
    certs_write_text(room->root, "state/" CONSENTS, text);
    chmod(path_of(room, "state/" CONSENTS), 0600);
    begin(room);
}

static void test_yes_outlives_a_restart(void **state)
{
    room_t *room = *state;

    answer(room, "exit 0");
    assert_true(bring(room, NAME));
    assert_false(has(room, NAME));
    assert_true(look(room, 2000));
    assert_true(has(room, NAME));
    begin(room);
    assert_true(has(room, NAME));
    room->issuing.ask = NULL; /* the directive was taken out */
    begin(room);
    assert_false(has(room, NAME));
    assert_false(bring(room, NAME));
    assert_string_equal(room->said, "");
}

static void test_what_is_not_asked(void **state)
{
    static const char *const names[] = { "localhost", "com", "a_b.example.com", "*.example.com" };
    room_t *room = *state;
    size_t i;

    for (i = 0; i < COUNT(names); i++) {
        assert_false(bring(room, names[i]));
    }
}

static void test_before_an_order(void **state)
{
    room_t *room = *state;
    mssl_permit_t both = { .name = NAME, .sources = MSSL_FROM_ASK | MSSL_FROM_LIST };
    mssl_turn_t turn;

    answer(room, "exit 0");
    remember(room, NAME OLD);
    turn = make_turn(room, MSSL_TASK_RETIRE, MSSL_WHY_FIRST);
    assert_int_equal(check(room, &turn), 0);
    turn = make_turn(room, MSSL_TASK_ORDER, MSSL_WHY_RENEWAL);
    turn.state = MSSL_JOB_ORDERED; /* it was begun */
    assert_int_equal(check(room, &turn), 0);
    turn.state = MSSL_JOB_INSTALLED;
    turn.permit = &both; /* somebody else vouches, too */
    assert_int_equal(check(room, &turn), 0);
    turn = make_turn(room, MSSL_TASK_ORDER, MSSL_WHY_RENEWAL);
    assert_within(check(room, &turn), 6, 7);
    assert_false(look(room, 100)); /* as it was before */
    while (check(room, &turn) != 0) {
        look(room, 1);
    }
}

static void put_job(room_t *room)
{
    int folder = open(path_of(room, "state/" MSSL_JOBS_DIR), O_RDONLY | O_DIRECTORY);
    mssl_job_t job;

    mssl_job_init(&job, NAME, apr_time_now());
    job.state = MSSL_JOB_INSTALLED;
    MSSL_JOB_SET(job.serial, "01");
    assert_int_equal(mssl_job_save(&job, folder, NULL), APR_SUCCESS);
    close(folder);
}

static void expect_in_job(room_t *room, const char *text)
{
    int folder = open(path_of(room, "state/" MSSL_JOBS_DIR), O_RDONLY | O_DIRECTORY);
    mssl_job_t job;

    assert_int_equal(mssl_job_load(&job, folder, NAME, geteuid(), NULL), APR_SUCCESS);
    assert_string_equal(job.text, text);
    assert_int_equal(job.state, MSSL_JOB_INSTALLED);
    close(folder);
}

static void test_no_before_a_renewal(void **state)
{
    room_t *room = *state;
    mssl_turn_t turn;

    put_job(room);

    answer(room, "exit 1");
    remember(room, NAME OLD);
    turn = make_turn(room, MSSL_TASK_ORDER, MSSL_WHY_RENEWAL);
    check(room, &turn);
    wait_said(room, NAME ": ");
    assert_non_null(strstr(room->said, "says no, where it said yes before (1 of 3, on as many days)"));
    assert_true(has(room, NAME));
    expect_in_job(room, "nothing is ordered: the program of MSSLIssueFor says no to the name");
    assert_within(check(room, &turn), 86400, 86462); /* the next one is another day's */
    turn.why = MSSL_WHY_ASKED;
    assert_within(check(room, &turn), 590, 601); /* an admin need not wait for that */
}

static void test_no_before_a_first_order(void **state)
{
    room_t *room = *state;
    mssl_turn_t turn;

    answer(room, "exit 3");
    remember(room, NAME OLD);
    turn = make_turn(room, MSSL_TASK_ORDER, MSSL_WHY_FIRST);
    check(room, &turn);
    assert_true(look(room, 2000));
    assert_false(has(room, NAME));
    assert_non_null(strstr(room->said, "its exit code was neither 0 nor 1"));
}

/* Out of order: told once, and nothing is taken away. */
static void test_out_of_order(void **state)
{
    room_t *room = *state;
    mssl_turn_t turn;
    const char *said;

    put_job(room);
    answer(room, "kill -KILL $$");
    remember(room, NAME OLD);
    turn = make_turn(room, MSSL_TASK_ORDER, MSSL_WHY_RENEWAL);
    check(room, &turn);
    wait_said(room, "takes nothing from a name that has a certificate");
    expect_in_job(room, "nothing is ordered: the program of MSSLIssueFor is out of order");
    said = apr_pstrdup(room->pool, room->said);
    assert_true(bring(room, "other.example.com"));
    assert_false(look(room, 300));
    assert_string_equal(room->said, said);
    assert_true(has(room, NAME));
    assert_within(check(room, &turn), 590, 601);
}

/* What was answered cannot be read: names of jobs are kept, and asked for when they are due. */
static void test_lost(void **state)
{
    room_t *room = *state;
    mssl_job_t job;
    mssl_turn_t turn;

    mssl_job_init(&job, NAME, apr_time_now());
    MSSL_JOB_SET(job.source, MSSL_SOURCE_ASK);
    mssl_vouch_note_job(room->vouch, &job);
    assert_false(has(room, NAME)); /* it can: it says so itself */
    assert_int_equal(mkdir(path_of(room, "state/" CONSENTS), 0700), 0);
    begin(room);
    wait_said(room, "the program of MSSLIssueFor is asked anew for each name when it is due");
    mssl_vouch_note_job(room->vouch, &job);
    assert_true(has(room, NAME));
    rmdir(path_of(room, "state/" CONSENTS));
    answer(room, "exit 0");
    turn = make_turn(room, MSSL_TASK_ORDER, MSSL_WHY_RENEWAL);
    while (check(room, &turn) != 0) {
        look(room, 1);
    }
    begin(room);
    assert_true(has(room, NAME));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_yes_outlives_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_before_an_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_before_a_renewal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_before_a_first_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lost, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
