/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/reason.h"
#include "lib/notify/standing.h"
#include "tests/unit/certs.h"

#define NOW apr_time_from_sec(1800000000)

typedef struct desk_t {
    apr_pool_t *pool;
    char root[64];
    int dir, folder;
} desk_t;

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    certs_folder(desk->root, sizeof(desk->root));
    desk->dir = open(desk->root, O_RDONLY | O_DIRECTORY);
    assert_int_equal(mkdirat(desk->dir, MSSL_STANDING_FOLDER, 0700), 0);
    desk->folder = openat(desk->dir, MSSL_STANDING_FOLDER, O_RDONLY | O_DIRECTORY);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    desk_t *desk = *state;

    close(desk->folder);
    close(desk->dir);
    apr_pool_destroy(desk->pool);
    certs_remove(desk->root);
    free(desk);
    apr_terminate();
    return 0;
}

static mssl_standing_t make_standing(void)
{
    mssl_standing_t standing = { .pid = 42, .started = NOW - 1000000, .seen = NOW, .generation = 3,
                                 .walk = NOW - 60000000, .n = 2, .cut = 1 };

    standing.count[MSSL_EVENT_DIGEST][MSSL_RESULT_TOLD] = 7;
    standing.count[MSSL_EVENT_BROKER_DOWN][MSSL_RESULT_FAILED] = 2;
    strcpy(standing.command[0].program, "mail");
    standing.command[0].every = apr_time_from_sec(3600);
    standing.command[0].event = MSSL_EVENTS;
    standing.command[0].result = MSSL_RESULTS;
    strcpy(standing.command[1].program, "/usr/bin/\"tell\"");
    standing.command[1].every = apr_time_from_sec(1);
    standing.command[1].event = MSSL_EVENT_STORE_REACHABLE;
    standing.command[1].result = MSSL_RESULT_FAILED;
    standing.command[1].tried = NOW - 5000000;
    standing.command[1].told = NOW - 900000000;
    standing.command[1].next = NOW + 300000000;
    standing.command[1].failures = 2;
    standing.njobs = 2;
    standing.jobs[0] = (mssl_standing_jobs_t){ "installed", 40 };
    standing.jobs[1] = (mssl_standing_jobs_t){ "failed", 0 };
    standing.norders = 1;
    standing.orders[0] = (mssl_standing_orders_t){ "le-2", 41, 3 };
    return standing;
}

static char *write_text(desk_t *desk, const mssl_standing_t *standing)
{
    mssl_buffer_t text = { .max = MSSL_STANDING_MAX };
    char *copy;

    assert_int_equal(mssl_standing_write(standing, mssl_buffer_add, &text), APR_SUCCESS);
    copy = apr_pstrdup(desk->pool, text.data);
    mssl_buffer_free(&text);
    return copy;
}

static void put(desk_t *desk, const char *text, size_t len)
{
    int fd = openat(desk->folder, MSSL_STANDING_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    close(fd);
}

static apr_status_t read_it(desk_t *desk, mssl_standing_t **standing)
{
    mssl_reason_t why = { "" };
    apr_status_t rv = mssl_standing_read(standing, desk->dir, geteuid(), desk->pool, &why);

    assert_true((rv == APR_SUCCESS) == (*standing != NULL));
    assert_true((rv == APR_SUCCESS) == (why.text[0] == '\0'));
    return rv;
}

static void test_round(void **state)
{
    desk_t *desk = *state;
    mssl_standing_t standing = make_standing(), *seen;
    const char *text = write_text(desk, &standing), *again;

    assert_true(APR_STATUS_IS_ENOENT(read_it(desk, &seen)));
    put(desk, text, strlen(text));
    assert_int_equal(read_it(desk, &seen), APR_SUCCESS);
    again = write_text(desk, seen);
    assert_string_equal(again, text);
    assert_int_equal(seen->pid, 42);
    assert_int_equal(seen->generation, 3);
    assert_int_equal(seen->count[MSSL_EVENT_DIGEST][MSSL_RESULT_TOLD], 7);
    assert_int_equal(seen->command[0].event, MSSL_EVENTS);
    assert_string_equal(seen->command[1].program, "/usr/bin/\"tell\"");
    assert_true(seen->command[1].next == NOW + 300000000);
    assert_int_equal(seen->njobs, 2);
    assert_string_equal(seen->jobs[0].state, "installed");
    assert_int_equal(seen->jobs[0].n, 40);
    assert_int_equal(seen->norders, 1);
    assert_string_equal(seen->orders[0].issuer, "le-2");
    assert_int_equal(seen->orders[0].failed, 3);
}

/* All commands that there may be, with the longest paths, take less than the bound. */
static void test_largest(void **state)
{
    desk_t *desk = *state;
    mssl_standing_t standing = make_standing(), *seen;
    const char *text;
    int i, j;

    standing.n = MSSL_STANDING_COMMANDS;
    for (i = 0; i < standing.n; i++) {
        standing.command[i] = standing.command[1 < i ? 1 : i];
        standing.command[i].every = 1000000;
        memset(standing.command[i].program, '"', MSSL_STANDING_PROGRAM - 1);
        standing.command[i].program[MSSL_STANDING_PROGRAM - 1] = '\0';
    }
    standing.njobs = MSSL_STANDING_STATES;
    for (i = 0; i < standing.njobs; i++) {
        memset(standing.jobs[i].state, 'a' + i, MSSL_STANDING_WORD - 1);
        standing.jobs[i].n = 999999999999;
    }
    standing.norders = MSSL_STANDING_ISSUERS;
    for (i = 0; i < standing.norders; i++) {
        memset(standing.orders[i].issuer, 'a' + i, MSSL_STANDING_WORD - 1);
        standing.orders[i].issued = standing.orders[i].failed = 999999999999;
    }
    for (i = 0; i < MSSL_EVENTS; i++) {
        for (j = 0; j < MSSL_RESULTS; j++) {
            standing.count[i][j] = 999999999999;
        }
    }
    text = write_text(desk, &standing);
    put(desk, text, strlen(text));
    assert_int_equal(read_it(desk, &seen), APR_SUCCESS);
    assert_int_equal(seen->n, MSSL_STANDING_COMMANDS);
    assert_int_equal(seen->njobs, MSSL_STANDING_STATES);
    assert_int_equal(seen->norders, MSSL_STANDING_ISSUERS);
}

/* An event that another version did not know has not been. */
static void test_older(void **state)
{
    static const char text[] =
        "{\"schema\":\"mssl-steward/1\",\"pid\":7,\"started\":\"2026-01-02T03:04:05Z\",\"seen\":"
        "\"2026-01-02T03:04:05Z\",\"generation\":0,\"walk\":null,\"commands\":[],\"cut\":0,"
        "\"notifications\":{\"digest\":{\"told\":2,\"failed\":1},\"of_tomorrow\":{\"told\":9}}}";
    desk_t *desk = *state;
    mssl_standing_t *seen;
    int event;

    put(desk, text, strlen(text));
    assert_int_equal(read_it(desk, &seen), APR_SUCCESS);
    assert_int_equal(seen->count[MSSL_EVENT_DIGEST][MSSL_RESULT_TOLD], 2);
    for (event = MSSL_EVENT_DIGEST + 1; event < MSSL_EVENTS; event++) {
        assert_int_equal(seen->count[event][MSSL_RESULT_TOLD], 0);
        assert_int_equal(seen->count[event][MSSL_RESULT_FAILED], 0);
        assert_int_equal(mssl_event_is_of_jobs(mssl_event_get_word((mssl_event_t)event)),
                         event >= MSSL_EVENT_ISSUED && event <= MSSL_EVENT_DECLINED);
    }
}

/* Cut anywhere, it is none; and no byte that is changed makes it anything worse. */
static void test_damaged(void **state)
{
    desk_t *desk = *state;
    mssl_standing_t standing = make_standing(), *seen;
    char *text = write_text(desk, &standing);
    size_t len = strlen(text), i;

    for (i = 0; i + 2 < len; i += 7) { /* the last two are a bracket and the end of the line */
        put(desk, text, i);
        assert_int_equal(read_it(desk, &seen), APR_EINVAL);
    }
    for (i = 0; i < len; i += 3) {
        char was = text[i];

        text[i] = "\0\"9-x{}\xff"[i % 8];
        put(desk, text, len);
        read_it(desk, &seen);
        text[i] = was;
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *was, *is;
    } rows[] = {
        { "mssl-steward/1", "mssl-steward/2" },
        { "\"pid\":42", "\"pid\":0" },
        { "\"pid\":42", "\"pid\":-42" },
        { "\"pid\":42", "\"pid\":99999999999" },
        { "\"pid\":42", "\"pid\":\"42\"" },
        { "2027-01-15T08:00:00Z", "2027-13-15T08:00:00Z" },
        { "2027-01-15T08:00:00Z", "2027-01-15 08:00:00Z" },
        { "2027-01-15T08:00:00Z", "2027-01-15T08:00:00Zx" },
        { "\"seen\":\"2027-01-15T08:00:00Z\"", "\"seen\":null" },
        { "\"mail\"", "\"\"" },
        { "\"every\":3600", "\"every\":0" },
        { "\"store_reachable\",\"result\"", "\"everything\",\"result\"" },
        { "\"result\":\"failed\"", "\"result\":\"maybe\"" },
        { "\"failures\":2", "\"failures\":-2" },
        { "\"told\":7", "\"told\":-7" },
        { "\"told\":7", "\"told\":9223372036854775807" },
        { "\"notifications\":{", "\"others\":{" },
        { "\"installed\":40", "\"installed\":-1" },
        { "\"installed\":40", "\"in stalled\":40" },
        { "\"installed\":40", "\"\":40" },
        { "\"installed\":40", "\"this-word-is-one-letter-too-long-x\":40" },
        { "\"le-2\"", "\"<b>\"" },
        { "\"issued\":41", "\"issued\":\"41\"" },
    };
    desk_t *desk = *state;
    mssl_standing_t standing = make_standing(), *seen;
    const char *text = write_text(desk, &standing), *at;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        at = strstr(text, rows[i].was);
        if (at == NULL) {
            fail_msg("no %s in %s", rows[i].was, text);
        }
        at = apr_pstrcat(desk->pool, apr_pstrmemdup(desk->pool, text, (apr_size_t)(at - text)),
                         rows[i].is, at + strlen(rows[i].was), NULL);
        put(desk, at, strlen(at));
        if (read_it(desk, &seen) != APR_EINVAL) {
            fail_msg("taken: %s", rows[i].is);
        }
    }
    /* A program that is too long, one command too many. */
    at = apr_pstrcat(desk->pool, apr_pstrmemdup(desk->pool, text, (apr_size_t)(
                     strstr(text, "mail") - text)), text, NULL);
    put(desk, at, strlen(at));
    assert_int_equal(read_it(desk, &seen), APR_EINVAL);
}

/* Nothing that lies there holds a reader up, and nothing of another user's is read. */
static void test_others(void **state)
{
    desk_t *desk = *state;
    mssl_standing_t standing = make_standing(), *seen;
    const char *text = write_text(desk, &standing);
    mssl_reason_t why = { "" };

    assert_int_equal(mkfifoat(desk->folder, MSSL_STANDING_FILE, 0644), 0);
    assert_int_equal(read_it(desk, &seen), APR_EACCES);
    assert_int_equal(unlinkat(desk->folder, MSSL_STANDING_FILE, 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", desk->folder, MSSL_STANDING_FILE), 0);
    assert_int_not_equal(read_it(desk, &seen), APR_SUCCESS);
    assert_int_equal(unlinkat(desk->folder, MSSL_STANDING_FILE, 0), 0);
    put(desk, text, strlen(text));
    if (geteuid() == 0) {
        assert_int_equal(fchownat(desk->folder, MSSL_STANDING_FILE, 1, 1, 0), 0);
        assert_int_equal(read_it(desk, &seen), APR_EACCES);
        assert_int_equal(mssl_standing_read(&seen, desk->dir, 1, desk->pool, &why), APR_SUCCESS);
        assert_int_equal(mssl_standing_read(&seen, desk->dir, 2, desk->pool, &why), APR_EACCES);
    }
    assert_int_equal(unlinkat(desk->folder, MSSL_STANDING_FILE, 0), 0);
    put(desk, text, strlen(text));
    assert_int_equal(fchmodat(desk->folder, MSSL_STANDING_FILE, 0666, 0), 0);
    assert_int_equal(read_it(desk, &seen), APR_EACCES);
    assert_int_equal(fchmodat(desk->folder, MSSL_STANDING_FILE, 0644, 0), 0);
    assert_int_equal(truncate(apr_pstrcat(desk->pool, desk->root, "/" MSSL_STANDING_FOLDER "/"
                                          MSSL_STANDING_FILE, NULL), 1 << 30), 0);
    assert_int_equal(read_it(desk, &seen), APR_EINVAL);
}

static void test_old(void **state)
{
    mssl_standing_t standing = make_standing();

    (void)state;
    assert_false(mssl_standing_is_old(&standing, NOW + MSSL_STANDING_LATE));
    assert_true(mssl_standing_is_old(&standing, NOW + MSSL_STANDING_LATE + 1));
    assert_true(mssl_standing_is_old(&standing, NOW - MSSL_STANDING_LATE - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_largest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_older, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
        cmocka_unit_test(test_old),
    };

    return cmocka_run_group_tests_name("standing", tests, NULL, NULL);
}
