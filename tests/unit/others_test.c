/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/inventory/writer.h"
#include "lib/steward/others.h"
#include "tests/unit/certs.h"

#define DAY apr_time_from_sec(86400)
#define NOW (20000 * DAY)

static void ignore(void *baton, const char *text)
{
    (void)baton;
    fail_msg("%s", text);
}

static void publish(mssl_index_t *index, const char *own, apr_pool_t *pool)
{
    const mssl_index_store_t stores[] = {
        { .label = "dir:/etc/mssl", .is_reachable = 1, .can_list = 1 },
        { .label = own, .source = 1, .is_reachable = 1, .can_list = 1 },
    };
    const mssl_index_row_t rows[] = { /* in the order of strcmp() */
        { .name = "*.wild.test", .state = MSSL_STATE_VALID, .types = 2, .until = NOW + 50 * DAY },
        { .name = "bad.test", .state = MSSL_STATE_BAD },
        { .name = "excluded.test", .state = MSSL_STATE_EXCLUDED, .store = -1 },
        { .name = "others.test", .state = MSSL_STATE_EXPIRING, .types = 2, .until = NOW + 9 * DAY },
        { .name = "ours.test", .state = MSSL_STATE_VALID, .types = 2, .store = 1 },
        { .name = "risk.test", .state = MSSL_STATE_AT_RISK, .types = 2, .until = NOW + 9 * DAY },
        { .name = "risky.test", .state = MSSL_STATE_AT_RISK, .types = 2, .until = NOW + DAY },
        { .name = "urgent.test", .state = MSSL_STATE_URGENT, .types = 2, .until = NOW + DAY },
    };
    const mssl_index_summary_t summary = { .made = NOW, .nstores = 2, .store = stores,
                                           .walk = { .is_complete = 1 } };
    mssl_index_writer_t *writer;
    size_t i;

    assert_int_equal(mssl_index_begin(&writer, index, &summary, COUNT(rows), pool), APR_SUCCESS);
    for (i = 0; i < COUNT(rows); i++) {
        mssl_index_add(writer, &rows[i]);
    }
    mssl_index_end(writer);
}

/* The names that may be ordered. */
static const char *list_due(mssl_schedule_t *schedule, apr_pool_t *pool)
{
    const char *text = "";
    mssl_turn_t turn;
    int more = 1;

    while (more) {
        more = mssl_schedule_take(schedule, NOW, &turn);
        if (more) {
            text = apr_pstrcat(pool, text, turn.name, "\n", NULL);
            mssl_schedule_give_back(schedule, turn.name, NOW + DAY);
        }
    }
    return text;
}

/* However the path of the state folder is written. */
static void test_survey(void **state)
{
    static const char names[] = "a.wild.test\nb.a.wild.test\nbad.test\nexcluded.test\nfree.test\n"
                                "others.test\nours.test\nrisk.test\nrisky.test\nurgent.test\n";
    static const char *argv[] = { "/none", NULL };
    static const char *const due[] = { "b.a.wild.test\n", "bad.test\n", "free.test\n", "ours.test\n",
                                       "risky.test\n", "urgent.test\n" };
    mssl_issuing_t issuing;
    mssl_schedule_t *schedule;
    mssl_index_t *index;
    apr_pool_t *pool;
    const char *text;
    char root[64];
    size_t i, len = 0;
    int dir;

    (void)state;
    apr_pool_create(&pool, NULL);
    certs_folder(root, sizeof(root));
    dir = open(root, O_RDONLY | O_DIRECTORY);
    assert_int_equal(mkdirat(dir, MSSL_ISSUED_DIR, 0700), 0);
    certs_write_text(root, "names", names);
    chmod(apr_pstrcat(pool, root, "/names", NULL), 0644);
    mssl_issuing_init(&issuing, pool);
    APR_ARRAY_PUSH(issuing.lists, const char *) = apr_pstrcat(pool, root, "/names", NULL);
    APR_ARRAY_PUSH(issuing.issuers, mssl_issuer_t) = (mssl_issuer_t){ "ca", argv };
    schedule = mssl_schedule_make(&issuing, mssl_ledger_make(-1, pool), pool);
    mssl_schedule_permit(schedule, mssl_permits_read(&issuing, -1, NULL, NULL, ignore, NULL, pool), NOW);
    assert_int_equal(mssl_index_make(&index, pool), APR_SUCCESS);
    publish(index, apr_pstrcat(pool, "dir:", root, "/./" MSSL_ISSUED_DIR "/", NULL), pool);
    mssl_others_survey(schedule, index, dir, NOW, pool);
    text = list_due(schedule, pool);
    for (i = 0; i < COUNT(due); i++) {
        assert_non_null(strstr(text, due[i]));
        len += strlen(due[i]);
    }
    assert_int_equal(strlen(text), len);
    close(dir);
    certs_remove(root);
    apr_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_survey) };
    int rc;

    apr_initialize();
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return rc;
}
