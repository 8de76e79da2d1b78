/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/issue/ask.h"
#include "lib/process/landlock.h"
#include "tests/unit/certs.h"

#define NAME "shop.example.com"

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    mssl_ask_t ask;
    mssl_reason_t why;
} room_t;

static const char *path_of(const room_t *room, const char *name)
{
    return apr_pstrcat(room->pool, room->root, "/", name, NULL);
}

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));
    sigset_t child;

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    assert_int_equal(mkdir(path_of(room, "state"), 0755), 0);
    assert_int_equal(mkdir(path_of(room, "panel"), 0755), 0);
    certs_write_text(room->root, "state/key", "secret");
    certs_write_text(room->root, "panel/sites", NAME "\n");
    room->ask = (mssl_ask_t){
        .program = path_of(room, "panel/ask"), .state_dir = path_of(room, "state"),
        .patience = apr_time_from_sec(20), .mercy = apr_time_from_sec(1)
    };
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    certs_remove(room->root);
    apr_pool_destroy(room->pool);
    free(room);
    apr_terminate();
    return 0;
}

static mssl_answer_t ask(room_t *room, const char *script)
{
    certs_write_text(room->root, "panel/ask",
                     apr_pstrcat(room->pool, "#!/bin/sh\n", script, "\n", NULL));
    chmod(path_of(room, "panel/ask"), 0755);
    room->why.text[0] = '\0';
    return mssl_ask(&room->ask, NAME, room->pool, &room->why);
}

static void test_answers(void **state)
{
    room_t *room = *state;

    assert_int_equal(ask(room, "exit 0"), MSSL_ANSWER_YES);
    assert_int_equal(ask(room, "exit 1"), MSSL_ANSWER_NO);
    assert_int_equal(ask(room, "exit 2"), MSSL_ANSWER_BROKEN);
    assert_int_equal(ask(room, "exit 255"), MSSL_ANSWER_BROKEN);
    assert_int_equal(ask(room, "kill -SEGV $$"), MSSL_ANSWER_BROKEN);
    assert_int_equal(ask(room, "kill -KILL $$"), MSSL_ANSWER_BROKEN);
    assert_int_equal(ask(room, "no-such-program"), MSSL_ANSWER_BROKEN);
}

/* The name is in the environment, with nothing of ours beside it, and never an argument. */
static void test_what_it_is_told(void **state)
{
    room_t *room = *state;

    setenv("MSSL_SECRET", "x", 1);
    assert_int_equal(ask(room, "[ $# = 0 ] && [ \"$MSSL_NAME\" = " NAME " ] && [ -z \"$MSSL_SECRET\" ] "
                               "&& [ -z \"$(cat)\" ]"), MSSL_ANSWER_YES);
    unsetenv("MSSL_SECRET");
    assert_int_equal(ask(room, "grep -qx \"$MSSL_NAME\" \"${0%/*}/sites\""), MSSL_ANSWER_YES);
    assert_int_equal(ask(room, "grep -qx \"x$MSSL_NAME\" \"${0%/*}/sites\""), MSSL_ANSWER_NO);
}

static void test_hangs(void **state)
{
    room_t *room = *state;

    room->ask.patience = apr_time_from_sec(1) / 5;
    room->ask.mercy = apr_time_from_sec(1) / 5;
    assert_int_equal(ask(room, "sleep 1000; exit 0"), MSSL_ANSWER_LATE);
    assert_int_equal(ask(room, "trap '' TERM; while :; do :; done"), MSSL_ANSWER_LATE);
    assert_non_null(strstr(room->why.text, "did not end within"));
}

static void test_floods(void **state)
{
    room_t *room = *state;

    assert_int_equal(ask(room, "dd if=/dev/zero bs=65536 count=400 2>/dev/null; "
                               "dd if=/dev/zero bs=65536 count=400 2>/dev/null >&2; exit 0"),
                     MSSL_ANSWER_YES);
    room->ask.patience = apr_time_from_sec(1) / 5;
    assert_int_equal(ask(room, "while :; do echo y; echo n >&2; done"), MSSL_ANSWER_LATE);
}

/* @return how many processes there are whose command line has that word */
static int count_processes(const char *word)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    char path[300], line[4096];
    int n = 0;

    assert_non_null(proc);
    while ((entry = readdir(proc)) != NULL) {
        FILE *file;
        size_t len, i;

        snprintf(path, sizeof(path), "/proc/%.200s/cmdline", entry->d_name);
        file = fopen(path, "r");
        if (file == NULL) {
            continue;
        }
        len = fread(line, 1, sizeof(line) - 1, file);
        fclose(file);
        line[len] = '\0';
        for (i = 0; i < len; i += strlen(line + i) + 1) {
            n += strcmp(line + i, word) == 0;
        }
    }
    closedir(proc);
    return n;
}

/* What it leaves behind ends with it, and holds nothing up. */
static void test_forks(void **state)
{
    room_t *room = *state;
    const char *word = apr_psprintf(room->pool, "8640%ld", (long)getpid());
    int i;

    assert_int_equal(ask(room, apr_pstrcat(room->pool, "for i in 1 2 3 4 5 6 7 8; do sleep ", word,
                                           " & done; exit 1", NULL)), MSSL_ANSWER_NO);
    for (i = 0; i < 1000 && count_processes(word) > 0; i++) {
        usleep(10000);
    }
    assert_int_equal(count_processes(word), 0);
    assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* It can read what its user may, but nothing of ours, and write nothing. */
static void test_what_it_sees(void **state)
{
    room_t *room = *state;

    if (mssl_landlock_get_version() == 0) {
        skip();
    }
    assert_int_equal(ask(room, "cat \"${0%/*}/sites\" >/dev/null || exit 2; exit 0"),
                     MSSL_ANSWER_YES);
    assert_int_equal(ask(room, "cat \"${0%/*}/../state/key\" 2>/dev/null && exit 0; exit 1"),
                     MSSL_ANSWER_NO);
    assert_int_equal(ask(room, "ls \"${0%/*}/../state\" 2>/dev/null && exit 0; exit 1"),
                     MSSL_ANSWER_NO);
    certs_link("../state", path_of(room, "panel/link"));
    assert_int_equal(ask(room, "cat \"${0%/*}/link/key\" 2>/dev/null && exit 0; exit 1"),
                     MSSL_ANSWER_NO);
    certs_link("state", path_of(room, "beside"));
    assert_int_equal(ask(room, "cat \"${0%/*}/../beside/key\" 2>/dev/null && exit 0; exit 1"),
                     MSSL_ANSWER_NO);
    assert_int_equal(ask(room, "(: >\"${0%/*}/new\") 2>/dev/null && exit 0; exit 1"),
                     MSSL_ANSWER_NO);
    room->ask.state_dir = path_of(room, "beside"); /* a link is looked behind */
    assert_int_equal(ask(room, "cat \"${0%/*}/../state/key\" 2>/dev/null && exit 0; exit 1"),
                     MSSL_ANSWER_NO);
}

static void test_program_of_others(void **state)
{
    room_t *room = *state;

    ask(room, "exit 0");
    chmod(room->ask.program, 0777);
    assert_int_equal(mssl_ask(&room->ask, NAME, room->pool, &room->why), MSSL_ANSWER_BROKEN);
    assert_non_null(strstr(room->why.text, "is writable by others"));
    unlink(room->ask.program);
    assert_int_equal(mssl_ask(&room->ask, NAME, room->pool, &room->why), MSSL_ANSWER_BROKEN);
}

/* A name that leads nowhere is not asked for. */
static void test_elsewhere(void **state)
{
    room_t *room = *state;

    ask(room, "exit 0");
    room->ask.looks = 1;
    room->ask.look_patience = apr_time_from_sec(20);
    assert_int_equal(mssl_ask(&room->ask, "nobody.invalid", room->pool, &room->why),
                     MSSL_ANSWER_ELSEWHERE);
    assert_int_equal(mssl_ask(&room->ask, "localhost", room->pool, &room->why), MSSL_ANSWER_YES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_it_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hangs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_floods, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_forks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_it_sees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_program_of_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_elsewhere, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
