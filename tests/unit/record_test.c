/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/desk.h"

#include "lib/notify/program.h"
#include "lib/steward/record.h"

/* What it writes of itself, and that the next one goes on from there. */
static void test_record(void **state)
{
    static const char *const scripts[] = { "cp " MSSL_STANDING_FOLDER "/" MSSL_STANDING_FILE " seen",
                                           "exit 3" };
    desk_t *desk = *state;
    const mssl_standing_t *standing;
    const mssl_json_value_t *seen;
    int folder;

    desk->conf.generation = 5;
    begin_anew(desk);
    look(desk);
    standing = read_standing(desk);
    assert_int_equal(standing->pid, getpid());
    assert_int_equal(standing->generation, 5);
    assert_int_equal(standing->n, 0);
    put(desk, "a.example", 1);
    save(desk);
    configure(desk, scripts, 2, 3600);
    look(desk);
    /* While it ran it was under way. */
    seen = mssl_json_get_first(read_json(desk, "seen"), "commands");
    assert_string_equal(mssl_json_get_text(seen, "program", ""), "/bin/sh");
    assert_string_equal(mssl_json_get_text(seen, "event", ""), "digest");
    assert_int_equal(mssl_json_get(seen, "result")->kind, MSSL_JSON_NULL);
    standing = read_standing(desk);
    assert_int_equal(standing->n, 2);
    assert_int_equal(standing->count[MSSL_EVENT_DIGEST][MSSL_RESULT_TOLD], 1);
    assert_int_equal(standing->count[MSSL_EVENT_DIGEST][MSSL_RESULT_FAILED], 1);
    assert_int_equal(standing->command[0].result, MSSL_RESULT_TOLD);
    assert_true(standing->command[0].told != 0 && standing->command[0].next == 0);
    assert_int_equal(standing->command[1].result, MSSL_RESULT_FAILED);
    assert_int_equal(standing->command[1].failures, 1);
    assert_true(standing->command[1].next > apr_time_now() && standing->command[1].told == 0);
    begin_anew(desk);
    configure(desk, scripts, 1, 3600);
    look(desk);
    standing = read_standing(desk);
    assert_int_equal(standing->n, 1);
    assert_int_equal(standing->count[MSSL_EVENT_DIGEST][MSSL_RESULT_TOLD], 1);
    assert_int_equal(standing->command[0].result, MSSL_RESULT_TOLD);
    /* Damaged: set aside, and made anew. */
    folder = openat(desk->dir, MSSL_STANDING_FOLDER, O_RDONLY | O_DIRECTORY);
    close(openat(folder, MSSL_STANDING_FILE, O_WRONLY | O_TRUNC));
    begin_anew(desk);
    look(desk);
    assert_int_equal(desk->calls[MSSL_STEWARD_DAMAGED], 1);
    assert_non_null(strstr(desk->said, "set aside as steward.json.bad"));
    assert_int_equal(faccessat(folder, MSSL_STANDING_FILE ".bad", F_OK, 0), 0);
    assert_int_equal(read_standing(desk)->count[MSSL_EVENT_DIGEST][MSSL_RESULT_TOLD], 0);
    close(folder);
}

/* Orders are counted over restarts, and jobs anew by each. */
static void test_record_issuing(void **state)
{
    desk_t *desk = *state;
    const mssl_standing_t *standing;
    mssl_record_t *record = mssl_record_make(desk->dir, 0, desk->pool);
    mssl_reason_t why = { "" };
    int i;

    mssl_record_set_jobs(record, "wanted", 3);
    mssl_record_set_jobs(record, "failed", 1);
    mssl_record_set_jobs(record, "wanted", 2);
    mssl_record_set_jobs(record, "No Word", 2);
    mssl_record_add_order(record, "le", 1);
    mssl_record_add_order(record, "le", 0);
    mssl_record_add_order(record, "le", 1);
    mssl_record_add_order(record, "", 1);
    assert_int_equal(mssl_record_keep(record, &why), APR_SUCCESS);
    standing = read_standing(desk);
    assert_int_equal(standing->njobs, 2);
    assert_string_equal(standing->jobs[0].state, "wanted");
    assert_int_equal(standing->jobs[0].n, 2);
    assert_int_equal(standing->norders, 1);
    assert_int_equal(standing->orders[0].issued, 2);
    assert_int_equal(standing->orders[0].failed, 1);
    record = mssl_record_make(desk->dir, 1, desk->pool);
    assert_int_equal(mssl_record_load(record, &why), APR_SUCCESS);
    for (i = 0; i <= MSSL_STANDING_ISSUERS; i++) {
        mssl_record_add_order(record, apr_psprintf(desk->pool, "ca-%d", i), 1);
    }
    assert_int_equal(mssl_record_keep(record, &why), APR_SUCCESS);
    standing = read_standing(desk);
    assert_int_equal(standing->njobs, 0);
    assert_int_equal(standing->norders, MSSL_STANDING_ISSUERS);
    assert_string_equal(standing->orders[0].issuer, "le");
    assert_int_equal(standing->orders[0].issued, 2);
    mssl_record_set_jobs(record, "wanted", 1);
    mssl_record_clear_jobs(record);
    assert_int_equal(mssl_record_keep(record, &why), APR_SUCCESS);
    assert_int_equal(read_standing(desk)->njobs, 0);
}

static void count_tick(void *baton)
{
    ++*(int *)baton;
}

/* Its folder is gone: told once, and commands are run as ever. What runs long is no reason to be old. */
static void test_record_lost(void **state)
{
    desk_t *desk = *state;
    int ticks = 0;
    const char *argv[] = { "/bin/sh", "-c", "sleep 1.5", NULL }, *env[] = { NULL };
    mssl_program_t program = { "/bin/sh", argv, env, "", 0, apr_time_from_sec(30),
                               apr_time_from_sec(1), count_tick, &ticks };
    mssl_reason_t why = { "" };

    assert_int_equal(unlinkat(desk->dir, MSSL_STANDING_FOLDER, AT_REMOVEDIR), 0);
    put(desk, "a.example", 1);
    save(desk);
    configure_one(desk, "echo x >> runs");
    look(desk);
    look(desk);
    assert_int_equal(desk->calls[MSSL_STEWARD_DAMAGED], 1);
    assert_string_equal(read_file(desk, "runs"), "x\n");
    assert_int_equal(mssl_program_run(&program, &why), APR_SUCCESS);
    assert_true(ticks >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_record_issuing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_record_lost, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
