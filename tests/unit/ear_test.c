/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "lib/issue/settings.h"
#include "lib/steward/asked.h"
#include "lib/steward/ear.h"
#include "tests/unit/scheduled.h"

#define SOCKET MSSL_HINTS_DIR "/" MSSL_HINTS_SOCKET

/** What was said of whom. */
typedef struct heard_t {
    char unknown[4096], said[4096];
    int n;
} heard_t;

static void hear_unknown(void *baton, const char *name)
{
    heard_t *heard = baton;
    size_t len = strlen(heard->unknown);

    apr_snprintf(heard->unknown + len, sizeof(heard->unknown) - len, "%s ", name);
    heard->n++;
}

static void hear_said(void *baton, const char *text)
{
    heard_t *heard = baton;
    size_t len = strlen(heard->said);

    apr_snprintf(heard->said + len, sizeof(heard->said) - len, "%s\n", text);
}

static heard_t hear(room_t *room, mssl_ear_t *ear)
{
    heard_t heard = { .n = 0 };

    mssl_ear_hear(ear, room->schedule, hear_unknown, hear_said, &heard);
    return heard;
}

/* By the path of the socket, as a child does. @return whether somebody takes it */
static int say(const room_t *room, const char *text)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    ssize_t len;

    apr_snprintf(at.sun_path, sizeof(at.sun_path), "%s/" SOCKET, room->root);
    len = sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&at, sizeof(at));
    close(fd);
    return len == (ssize_t)strlen(text);
}

/* Names bring turns forward, others are told, and what is no name is nothing. */
static void test_names(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } none[] = {
        { "", 0 }, { "192.0.2.1", 9 }, { "a b", 3 }, { "../x", 4 }, { "a..test", 7 }, { "*.wild.test", 11 },
        { "a.test\n", 7 }, { "a\0.test", 7 }, { "\xc3\xa4.test", 7 },
    };
    room_t *room = *state;
    char longest[MSSL_NAME_SIZE + 64];
    mssl_job_t job = make_job("a.test", MSSL_JOB_FAILED, NOW + DAY);
    mssl_ear_t ear;
    heard_t heard;
    int ends[2];
    size_t i;

    permit(room, "a.test\n*.wild.test\n");
    survey(room, NULL);
    room->now = apr_time_now();
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    mssl_ear_init(&ear, ends[0], room->dir, room->root);
    assert_string_equal(hear(room, &ear).said, ""); /* nothing came: it does not wait */
    job.class = MSSL_CLASS_DNS;
    job.next = room->now + DAY;
    job.failing = job.checked = room->now - MSSL_ECHO_SPAN;
    put(room, &job);
    job = make_job("*.wild.test", MSSL_JOB_FAILED, room->now + DAY);
    job.class = MSSL_CLASS_DNS;
    job.failing = job.checked = room->now - MSSL_ECHO_SPAN;
    put(room, &job);
    assert_string_equal(next(room), "nothing");
    for (i = 0; i < COUNT(none); i++) {
        assert_int_equal(send(ends[1], none[i].text, none[i].len, 0), none[i].len);
    }
    memset(longest, 'a', sizeof(longest));
    assert_int_equal(send(ends[1], longest, sizeof(longest), 0), sizeof(longest));
    heard = hear(room, &ear);
    assert_string_equal(heard.unknown, "");
    assert_string_equal(heard.said, "");
    room->now = apr_time_now();
    assert_string_equal(next(room), "nothing");
    assert_int_equal(send(ends[1], "A.Test.", 7, 0), 7);
    assert_int_equal(send(ends[1], "stranger.test", 13, 0), 13);
    assert_int_equal(send(ends[1], "x.wild.test", 11, 0), 11);
    assert_int_equal(send(ends[1], "y.x.wild.test", 13, 0), 13);
    heard = hear(room, &ear);
    assert_string_equal(heard.unknown, "stranger.test y.x.wild.test ");
    assert_string_equal(heard.said, "");
    room->now = apr_time_now();
    assert_true(take(room) && room->turn.task == MSSL_TASK_PREFLIGHT);
    assert_true(take(room) && room->turn.task == MSSL_TASK_PREFLIGHT);
    assert_false(take(room));
    close(ends[0]);
    close(ends[1]);
}

/* What is lost is asked for, when somebody comes for it. */
static void test_lost(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_INSTALLED, NOW + 60 * DAY);
    mssl_ear_t ear;
    int ends[2];

    permit(room, "a.test\n");
    put(room, &job);
    survey(room, NULL);
    assert_int_equal(mkdirat(room->dir, MSSL_ISSUED_DIR, 0700), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    mssl_ear_init(&ear, ends[0], room->dir, room->root);
    assert_int_equal(send(ends[1], "a.test", 6, 0), 6);
    assert_non_null(strstr(hear(room, &ear).said, "a.test: what was issued for it is not in issued/"));
    assert_string_equal(next(room), "order a.test first");
    close(ends[0]);
    close(ends[1]);
}

/* Whoever fills the queue does not keep the steward from its work. */
static void test_bounded(void **state)
{
    room_t *room = *state;
    int ends[2], i = 0, n = 0, size = 8 * 1024 * 1024;
    heard_t heard;
    mssl_ear_t ear;

    permit(room, "a.test\n");
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    mssl_ear_init(&ear, ends[0], room->dir, room->root);
    do {
        while (i < 3 * MSSL_HINTS_MAX && send(ends[1], "s.test", 6, 0) == 6) {
            i++;
        }
        heard = hear(room, &ear);
        assert_true(heard.n <= MSSL_HINTS_MAX);
        n += heard.n;
    } while (n < 3 * MSSL_HINTS_MAX);
    assert_int_equal(n, i);
    close(ends[0]);
    close(ends[1]);
}

/* Its own socket, of the group of a folder that httpd makes; made anew where that is, or it is gone. */
static void test_own_socket(void **state)
{
    room_t *room = *state;
    struct stat st;
    mssl_ear_t ear;

    permit(room, "a.test\n");
    mssl_ear_init(&ear, -1, room->dir, room->root);
    assert_string_equal(hear(room, &ear).said, ""); /* httpd has not made the folder yet */
    assert_int_equal(ear.fd, -1);
    assert_int_equal(mkdirat(room->dir, MSSL_HINTS_DIR, 0710), 0);
    certs_write_text(room->root, SOCKET, "somebody else's");
    assert_string_equal(hear(room, &ear).said, "");
    assert_int_equal(fstatat(room->dir, SOCKET, &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0620);
    assert_true((fcntl(ear.fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true(say(room, "one.test"));
    assert_string_equal(hear(room, &ear).unknown, "one.test ");
    assert_string_equal(hear(room, &ear).unknown, "");
    assert_int_equal(unlinkat(room->dir, SOCKET, 0), 0);
    assert_string_equal(hear(room, &ear).said, "");
    assert_true(say(room, "two.test"));
    assert_string_equal(hear(room, &ear).unknown, "two.test ");
    /* A link in its place is not followed. */
    assert_int_equal(unlinkat(room->dir, SOCKET, 0), 0);
    certs_write_text(room->root, "target", "");
    assert_int_equal(symlinkat("../target", room->dir, SOCKET), 0);
    assert_string_equal(hear(room, &ear).said, "");
    assert_int_equal(fstatat(room->dir, "target", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_true(say(room, "three.test"));
    assert_string_equal(hear(room, &ear).unknown, "three.test ");
    close(ear.fd);
}

/* Said once, while it is so; an end that was inherited needs no folder. */
static void test_bad_places(void **state)
{
    static const struct {
        const char *what, *says;
    } rows[] = {
        { "file", "hints: Not a directory; who asks for a name brings nothing forward\n" },
        { "link", "hints: " },
        { "open", "hints: is not the steward's alone to write in" },
        { "taken", "hints/socket: Is a directory" },
        { "long", "hints: the path of a socket there is too long" },
    };
    room_t *room = *state;
    const char *deep = apr_psprintf(room->pool, "%s/%0150d", room->root, 0);
    mssl_ear_t ear;
    heard_t heard;
    size_t i;

    permit(room, "a.test\n");
    for (i = 0; i < COUNT(rows); i++) {
        const char *folder = apr_pstrcat(room->pool, room->root, "/" MSSL_HINTS_DIR, NULL);

        mssl_ear_init(&ear, -1, room->dir, strcmp(rows[i].what, "long") == 0 ? deep : room->root);
        if (strcmp(rows[i].what, "file") == 0) {
            certs_write_text(room->root, MSSL_HINTS_DIR, "");
        }
        else if (strcmp(rows[i].what, "link") == 0) {
            assert_int_equal(symlink(room->root, folder), 0);
        }
        else {
            assert_int_equal(mkdir(folder, 0700), 0);
            assert_int_equal(chmod(folder, strcmp(rows[i].what, "open") == 0 ? 0770 : 0700), 0);
        }
        if (strcmp(rows[i].what, "taken") == 0) {
            assert_int_equal(mkdirat(room->dir, SOCKET, 0700), 0);
        }
        heard = hear(room, &ear);
        assert_int_equal(strncmp(heard.said, rows[i].says, strlen(rows[i].says)), 0);
        assert_int_equal(ear.fd, -1);
        assert_string_equal(hear(room, &ear).said, "");
        unlinkat(room->dir, SOCKET, AT_REMOVEDIR);
        assert_int_equal(remove(folder), 0);
    }
    certs_write_text(room->root, MSSL_HINTS_DIR, "");
    mssl_ear_init(&ear, 0, room->dir, room->root);
    ear.fd = -1;
    assert_string_equal(hear(room, &ear).said, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_own_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_places, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
