/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/desk.h"

#include "lib/steward/heard.h"

#define HOUR apr_time_from_sec(3600)
#define NOW (500000 * HOUR)

static void write_alarm(desk_t *desk, int broker, int inventory)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0640 };
    mssl_alarm_t alarm[MSSL_ALARMS] = { { 1, broker, NOW }, { 1, inventory, NOW } };
    mssl_buffer_t text = { .max = TEXT_MAX };
    mssl_reason_t why = { "" };

    assert_int_equal(mssl_alarm_write(alarm, mssl_buffer_add, &text), APR_SUCCESS);
    assert_int_equal(mssl_file_write(desk->dir, MSSL_ALARM_FILE, text.data, text.len, &owner, &why),
                     APR_SUCCESS);
    mssl_buffer_free(&text);
}

/* What is due is told, if anything is. */
static mssl_event_t tell(mssl_heard_t *heard, const mssl_alarm_t *alarm, apr_time_t now)
{
    mssl_alarm_id_t id;
    mssl_event_t event = mssl_heard_due(heard, alarm, now, HOUR, &id);

    if (event != MSSL_EVENTS) {
        mssl_heard_told(heard, event, id, now);
    }
    return event;
}

static void test_once_each(void **state)
{
    mssl_heard_t heard = { { { 0, 0 } } };
    mssl_alarm_t alarm[MSSL_ALARMS] = { { 1, 0, 0 }, { 1, 0, 0 } };
    apr_time_t now = NOW;

    (void)state;
    assert_int_equal(tell(&heard, alarm, now), MSSL_EVENTS);
    alarm[0].is_down = alarm[1].is_down = 1;
    assert_int_equal(tell(&heard, alarm, now), MSSL_EVENT_BROKER_DOWN);
    assert_int_equal(tell(&heard, alarm, now), MSSL_EVENT_INVENTORY_DOWN);
    assert_int_equal(tell(&heard, alarm, now + 100 * HOUR), MSSL_EVENTS);
    alarm[0].is_down = alarm[1].is_down = 0;
    assert_int_equal(tell(&heard, alarm, now + 1), MSSL_EVENT_BROKER_UP);
    assert_true(mssl_heard_forget(&heard, alarm));
    assert_false(mssl_heard_forget(&heard, alarm));
    assert_int_equal(tell(&heard, alarm, now + 1), MSSL_EVENTS);
    /* Down again within every=: when that is over, if it still is so. */
    alarm[0].is_down = 1;
    assert_int_equal(tell(&heard, alarm, now + HOUR - 1), MSSL_EVENTS);
    assert_int_equal(tell(&heard, alarm, now + HOUR), MSSL_EVENT_BROKER_DOWN);
    /* Not used any more: nothing to be told, and nothing when it is again. */
    alarm[0].is_used = 0;
    assert_int_equal(tell(&heard, alarm, now + HOUR), MSSL_EVENTS);
    assert_true(mssl_heard_forget(&heard, alarm));
    alarm[0].is_used = 1;
    alarm[0].is_down = 0;
    assert_int_equal(tell(&heard, alarm, now + HOUR), MSSL_EVENTS);
    /* A clock that was set back a year. */
    alarm[0].is_down = 1;
    assert_int_equal(tell(&heard, alarm, now - 9000 * HOUR), MSSL_EVENT_BROKER_DOWN);
}

static void test_no_storm(void **state)
{
    mssl_heard_t heard = { { { 0, 0 } } };
    mssl_alarm_t alarm[MSSL_ALARMS] = { { 1, 0, 0 }, { 1, 0, 0 } };
    int i, n = 0;

    (void)state;
    for (i = 0; i < 24 * 60; i++) { /* a day of it, another one each minute */
        alarm[0].is_down = i % 2 == 0;
        n += tell(&heard, alarm, NOW + i * apr_time_from_sec(60)) != MSSL_EVENTS;
    }
    assert_int_equal(n, 2 * 24);
}

static void test_files(void **state)
{
    static const char *const bad[] = { "", "mssl-heard 1\n", "mssl-heard 2\nbroker 0 0\ninventory 0 0\nend\n",
                                       "mssl-heard 1\nbroker 2 0\ninventory 0 0\nend\n",
                                       "mssl-heard 1\nbroker 1 -5\ninventory 0 0\nend\n",
                                       "mssl-heard 1\nbroker 1 5\ninventory 0 0\n" };
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    desk_t *desk = *state;
    mssl_heard_t heard = { { { 1, NOW }, { 0, NOW + HOUR } } }, read;
    mssl_alarm_t alarm[MSSL_ALARMS];
    mssl_reason_t why = { "" };
    size_t i;

    assert_int_equal(mssl_heard_save(&heard, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
    assert_int_equal(mssl_heard_load(&read, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
    assert_true(read.of[0].is_down && read.of[0].told == NOW);
    assert_true(!read.of[1].is_down && read.of[1].told == NOW + HOUR);
    for (i = 0; i < COUNT(bad); i++) {
        assert_int_equal(mssl_file_write(desk->dir, "x.heard", bad[i], strlen(bad[i]), &owner, &why),
                         APR_SUCCESS);
        assert_int_equal(mssl_heard_load(&read, desk->dir, "x", desk->pool, &why), APR_EINVAL);
        assert_false(read.of[0].is_down || read.of[1].is_down);
        assert_int_equal(faccessat(desk->dir, "x.heard.bad", F_OK, 0), 0);
        assert_int_equal(mssl_heard_load(&read, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
    }
    /* httpd's own: as it was written, and nothing of one that is damaged. */
    write_alarm(desk, 1, 0);
    assert_int_equal(mssl_alarm_read(alarm, desk->dir, desk->pool, &why), APR_SUCCESS);
    assert_true(alarm[0].is_used && alarm[0].is_down && alarm[0].since == NOW);
    assert_true(alarm[1].is_used && !alarm[1].is_down);
    for (i = 0; i < 2; i++) {
        const char *text = i == 0 ? "{\"schema\":\"mssl-health/2\",\"broker\":{\"down\":true}}"
                                  : "{\"schema\":\"mssl-health/1\",\"broker\":{\"down\":1}}";

        assert_int_equal(mssl_file_write(desk->dir, MSSL_ALARM_FILE, text, strlen(text), &owner,
                                         &why), APR_SUCCESS);
        assert_int_equal(mssl_alarm_read(alarm, desk->dir, desk->pool, &why), APR_EINVAL);
        assert_false(alarm[0].is_used || alarm[1].is_used);
    }
}

/* Told at once, before any inventory, over a restart of the steward, and when it works again. */
static void test_told(void **state)
{
    desk_t *desk = *state;
    const char *script = "[ -e no ] && exit 1; cat > json; echo $MSSL_EVENT $MSSL_COUNT $MSSL_WORST >> runs";
    const mssl_json_value_t *item;
    int i;

    desk->conf.minute = apr_time_from_msec(20);
    begin_anew(desk);
    write_alarm(desk, 1, 0);
    configure(desk, &script, 1, 3600);
    look(desk);
    assert_string_equal(read_file(desk, "runs"), "broker_down 1 broker_down\n");
    item = mssl_json_get_first(read_json(desk, "json"), "items");
    assert_string_equal(mssl_json_get_text(item, "name", ""), "broker");
    assert_string_equal(mssl_json_get_text(item, "state", ""), "broker_down");
    assert_non_null(strstr(mssl_json_get_text(item, "reason", ""), "new and renewed certificates"));
    assert_null(item->next);
    begin_anew(desk);
    look(desk);
    /* It fails, and what is not so any more by then is not told. */
    assert_int_equal(mknodat(desk->dir, "no", S_IFREG | 0600, 0), 0);
    write_alarm(desk, 0, 1);
    look(desk);
    assert_int_equal(desk->calls[MSSL_STEWARD_UNTOLD], 1);
    assert_int_equal(unlinkat(desk->dir, "no", 0), 0);
    write_alarm(desk, 0, 0);
    for (i = 0; i < 1000 && desk->calls[MSSL_STEWARD_TOLD] < 2; i++) {
        look(desk);
        apr_sleep(10000);
    }
    assert_string_equal(read_file(desk, "runs"), "broker_down 1 broker_down\nbroker_up 1 broker_up\n");
    assert_int_equal(read_standing(desk)->count[MSSL_EVENT_BROKER_UP][MSSL_RESULT_TOLD], 1);
    assert_int_equal(read_standing(desk)->count[MSSL_EVENT_BROKER_UP][MSSL_RESULT_FAILED], 1);
    /* What certificates are like is told as ever. */
    put(desk, "a.example", 1);
    save(desk);
    look(desk);
    assert_non_null(strstr(read_file(desk, "runs"), "broker_up\ndigest 1 bad\n"));
    assert_int_equal(desk->calls[MSSL_STEWARD_DAMAGED], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_each),
        cmocka_unit_test(test_no_storm),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_told, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("heard", tests, NULL, NULL);
}
