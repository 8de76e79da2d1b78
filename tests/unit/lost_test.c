/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <openssl/sha.h>

#include "lib/issue/settings.h"
#include "lib/steward/lost.h"
#include "tests/unit/scheduled.h"

/** What was said, one line each. */
typedef struct heard_t {
    room_t *room;
    char text[8192];
    int n;
} heard_t;

static void hear(void *baton, const char *text)
{
    heard_t *heard = baton;
    size_t len = strlen(heard->text);

    apr_snprintf(heard->text + len, sizeof(heard->text) - len, "%s\n", text);
    heard->n++;
}

/* Where the pair of a name lies. */
static const char *issued_of(const room_t *room, const char *name)
{
    const char *hashed = name[0] == '*' ? name + 2 : name;
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)hashed, strlen(hashed), digest);
    return apr_psprintf(room->pool, "issued/%02x/%s%s.pem", digest[0], name[0] == '*' ? "_" : "",
                        name[0] == '*' ? name + 1 : name);
}

/* In service, by what its job says. */
static void add(room_t *room, const char *name)
{
    mssl_job_t job = make_job(name, MSSL_JOB_INSTALLED, NOW + 60 * DAY);

    put(room, &job);
}

static heard_t look(room_t *room, const char *name)
{
    heard_t heard = { .room = room };

    if (name != NULL) {
        mssl_lost_look(room->schedule, room->dir, name, hear, &heard);
    }
    else {
        mssl_lost_survey(room->schedule, room->dir, hear, &heard);
    }
    return heard;
}

/* Seen by a survey and by a look; said and ordered once, until its turn has ended. */
static void test_lost(void **state)
{
    room_t *room = *state;
    heard_t heard;

    permit(room, "a.test\n*.b.test\nc.test\n");
    add(room, "a.test");
    add(room, "*.b.test");
    add(room, "c.test");
    assert_int_equal(mkdirat(room->dir, MSSL_ISSUED_DIR, 0700), 0);
    certs_write_text(room->root, issued_of(room, "c.test"), "");
    assert_int_equal(look(room, NULL).n + look(room, "a.test").n, 0); /* nobody has looked whose serve */
    survey(room, NULL);
    heard = look(room, "a.test");
    assert_string_equal(heard.text, "a.test: what was issued for it is not in issued/ any more; it is "
                        "ordered anew\n");
    heard = look(room, NULL);
    assert_string_equal(heard.text, "*.b.test: what was issued for it is not in issued/ any more; it is "
                        "ordered anew\n");
    assert_int_equal(look(room, NULL).n + look(room, "a.test").n + look(room, "*.b.test").n, 0);
    assert_int_equal(look(room, "c.test").n + look(room, "strange.test").n + look(room, "").n, 0);
    assert_true(take(room) && room->turn.is_asked && room->turn.why == MSSL_WHY_ASKED);
    assert_true(take(room) && room->turn.is_asked && room->turn.task == MSSL_TASK_ORDER);
    assert_false(take(room));
    assert_int_equal(look(room, NULL).n, 0); /* somebody is at it */
    add(room, "a.test"); /* its turn has ended, and it is gone again */
    assert_int_equal(look(room, NULL).n, 1);
}

/* A mount that is not there loses nothing; nor does what is no pair's end: a link to nowhere is one. */
static void test_nothing_is_lost(void **state)
{
    room_t *room = *state;
    char folder[16];

    permit(room, "a.test\n");
    add(room, "a.test");
    survey(room, NULL);
    assert_int_equal(look(room, NULL).n + look(room, "a.test").n, 0);
    assert_int_equal(mkdirat(room->dir, MSSL_ISSUED_DIR, 0700), 0);
    apr_cpystrn(folder, issued_of(room, "a.test"), sizeof("issued/xx"));
    assert_int_equal(mkdirat(room->dir, folder, 0700), 0);
    assert_int_equal(symlinkat("nowhere", room->dir, issued_of(room, "a.test")), 0);
    assert_int_equal(look(room, NULL).n, 0);
    survey(room, "a.test");
    assert_int_equal(unlinkat(room->dir, issued_of(room, "a.test"), 0), 0);
    assert_int_equal(look(room, NULL).n, 0); /* somebody else's pair serves it */
    survey(room, NULL);
    permit(room, "b.test\n");
    assert_int_equal(look(room, NULL).n, 0); /* nobody vouches for it */
}

/* Each survey has some ordered; no name twice. */
static void test_bounded(void **state)
{
    room_t *room = *state;
    const char *names = "";
    int i, all = 2 * MSSL_LOST_MAX + 3;

    for (i = 0; i < all; i++) {
        names = apr_psprintf(room->pool, "%sn%d.test\n", names, i);
    }
    permit(room, names);
    for (i = 0; i < all; i++) {
        add(room, apr_psprintf(room->pool, "n%d.test", i));
    }
    survey(room, NULL);
    assert_int_equal(mkdirat(room->dir, MSSL_ISSUED_DIR, 0700), 0);
    assert_int_equal(look(room, NULL).n, MSSL_LOST_MAX);
    assert_int_equal(look(room, NULL).n, MSSL_LOST_MAX);
    assert_int_equal(look(room, NULL).n, 3);
    assert_int_equal(look(room, NULL).n, 0);
}

/* Money is nobody's to spend but an admin's. */
static void test_bought(void **state)
{
    room_t *room = *state;
    heard_t heard;

    permit(room, "a.test issuer:hand\n");
    add(room, "a.test");
    survey(room, NULL);
    assert_int_equal(mkdirat(room->dir, MSSL_ISSUED_DIR, 0700), 0);
    heard = look(room, "a.test");
    assert_string_equal(heard.text, "a.test: what was issued for it is not in issued/ any more; its "
                        "issuer is not asked by itself, run: msslctl retry a.test\n");
    assert_int_equal(look(room, NULL).n, 0);
    assert_false(take(room));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bought, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
