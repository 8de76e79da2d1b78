/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/issue/job.h"
#include "lib/issue/settings.h"
#include "tests/unit/certs.h"

#define NOW apr_time_from_sec(1800000000)

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    int dir;
    mssl_reason_t why;
} room_t;

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    room->dir = open(room->root, O_RDONLY | O_DIRECTORY);
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    close(room->dir);
    certs_remove(room->root);
    apr_pool_destroy(room->pool);
    free(room);
    apr_terminate();
    return 0;
}

static mssl_job_t make_full(const char *name)
{
    mssl_job_t job;

    mssl_job_init(&job, name, NOW);
    job.state = MSSL_JOB_FAILED;
    job.next = NOW + apr_time_from_sec(60);
    job.failures = 3;
    job.class = MSSL_CLASS_ELSEWHERE;
    job.why = MSSL_WHY_ASKED;
    job.not_before = NOW - apr_time_from_sec(5);
    job.not_after = job.until = job.ordered = job.installed = job.renew = job.gone = NOW;
    MSSL_JOB_SET(job.source, "vhosts");
    MSSL_JOB_SET(job.issuer, "letsencrypt");
    MSSL_JOB_SET(job.text, "another server answers");
    MSSL_JOB_SET(job.said, "urn:ietf:params:acme:error:connection: no");
    job.found = MSSL_FOUND_ELSEWHERE;
    job.failing = NOW;
    job.checked = NOW;
    MSSL_JOB_SET(job.serial, "01ab");
    return job;
}

static void test_comes_back(void **state)
{
    static const char *const names[] = { "a.test", "*.a.test" };
    room_t *room = *state;
    struct stat st;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        mssl_job_t job = make_full(names[i]), back;

        assert_int_equal(mssl_job_save(&job, room->dir, &room->why), APR_SUCCESS);
        assert_int_equal(mssl_job_load(&back, room->dir, names[i], geteuid(), &room->why),
                         APR_SUCCESS);
        assert_memory_equal(&back, &job, sizeof(job));
        assert_int_equal(fstatat(room->dir, i == 0 ? "a.test" : "_.a.test", &st, 0), 0);
        assert_int_equal(st.st_mode & 0777, 0644);
    }
    assert_int_equal(mssl_job_load(&(mssl_job_t){ 0 }, room->dir, "b.test", geteuid(), &room->why),
                     APR_ENOENT);
}

/* A person reads it. */
static void test_reads_well(void **state)
{
    room_t *room = *state;
    mssl_job_t job;

    mssl_job_init(&job, "a.test", NOW);
    MSSL_JOB_SET(job.source, "list");
    assert_string_equal(mssl_job_format(&job, room->pool),
                        "mssl-job/1\nname: a.test\nstate: wanted\nsince: 2027-01-15T08:00:00Z\n"
                        "next: 2027-01-15T08:00:00Z\nsource: list\nwhy: first\nfailures: 0\n");
}

/* Nothing that a CA says gets out of its line. */
static void test_foreign_bytes(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_full("a.test"), back;
    char large[4096];

    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    MSSL_JOB_SET(job.text, "one\nstate: installed\r\x1b[2J\xe2\x80\xae");
    MSSL_JOB_SET(job.said, large);
    assert_int_equal(mssl_job_save(&job, room->dir, &room->why), APR_SUCCESS);
    assert_int_equal(mssl_job_load(&back, room->dir, "a.test", geteuid(), &room->why), APR_SUCCESS);
    assert_int_equal(back.state, MSSL_JOB_FAILED);
    assert_string_equal(back.text, "one?state: installed??[2J???");
    assert_int_equal(strlen(back.said), MSSL_JOB_TEXT_SIZE - 1);
}

static void test_damaged(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        { "", "jobs/a.test: it does not begin with 'mssl-job/1'" },
        { "mssl-job/2\n", "jobs/a.test: it does not begin with 'mssl-job/1'" },
        { "mssl-job/1\nname: b.test\n", "jobs/a.test: line 2 is none of a job of a.test" },
        { "mssl-job/1\nstate: lost\n", "jobs/a.test: line 2 is none of a job of a.test" },
        { "mssl-job/1\nname: a.test\nsince: soon\n", "jobs/a.test: line 3 is none of a job of a.test" },
        { "mssl-job/1\nfailures: -1\n", "jobs/a.test: line 2 is none of a job of a.test" },
        { "mssl-job/1\nfailures: 3000000000\n", "jobs/a.test: line 2 is none of a job of a.test" },
        { "mssl-job/1\nno field\n", "jobs/a.test: line 2 is none of a job of a.test" },
    };
    room_t *room = *state;
    mssl_job_t job;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        certs_write_text(room->root, "a.test", rows[i].text);
        chmod(apr_pstrcat(room->pool, room->root, "/a.test", NULL), 0644);
        assert_int_equal(mssl_job_load(&job, room->dir, "a.test", geteuid(), &room->why),
                         APR_EINVAL);
        assert_string_equal(room->why.text, rows[i].why);
    }
    /* What a version to come adds is passed over. */
    certs_write_text(room->root, "a.test", "mssl-job/1\nname: a.test\ncolour: blue\nfailures: 2\n");
    assert_int_equal(mssl_job_load(&job, room->dir, "a.test", geteuid(), &room->why), APR_SUCCESS);
    assert_int_equal(job.failures, 2);
}

static void test_not_anybodys(void **state)
{
    room_t *room = *state;
    const char *path = apr_pstrcat(room->pool, room->root, "/a.test", NULL);
    mssl_job_t job;

    certs_write_text(room->root, "a.test", "mssl-job/1\nname: a.test\n");
    chmod(path, 0666);
    assert_int_equal(mssl_job_load(&job, room->dir, "a.test", geteuid(), &room->why), APR_EACCES);
    unlink(path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_not_equal(mssl_job_load(&job, room->dir, "a.test", geteuid(), &room->why),
                         APR_SUCCESS);
}

static void test_words(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < MSSL_JOB_STATES; i++) {
        assert_int_equal(mssl_job_state_parse(mssl_job_state_text((mssl_job_state_t)i)), i);
    }
    for (i = 0; i < MSSL_CLASSES; i++) {
        assert_int_equal(mssl_class_parse(mssl_class_text((mssl_class_t)i)), i);
    }
    assert_int_equal(mssl_job_state_parse("?"), MSSL_JOB_STATES);
}

static apr_status_t put(void *baton, const char *data, size_t len)
{
    return fwrite(data, 1, len, baton) == len ? APR_SUCCESS : APR_EGENERAL;
}

static mssl_issuing_t *pass_on(room_t *room, const mssl_issuing_t *issuing)
{
    FILE *file = fopen(apr_pstrcat(room->pool, room->root, "/" MSSL_ISSUING_FILE, NULL), "w");
    mssl_issuing_t *back;

    assert_int_equal(mssl_issuing_write(issuing, put, file), APR_SUCCESS);
    fclose(file);
    assert_int_equal(mssl_issuing_read(&back, room->dir, room->pool, &room->why), APR_SUCCESS);
    return back;
}

static void test_settings(void **state)
{
    static const char *argv[] = { "/usr/lib/mssl/issuers/uacme", "--contact", "a@b.test", NULL };
    room_t *room = *state;
    mssl_issuing_t issuing, *back;
    const mssl_issuer_t *issuer;

    assert_int_equal(mssl_issuing_read(&back, room->dir, room->pool, &room->why), APR_ENOENT);
    mssl_issuing_init(&issuing, room->pool);
    issuing.for_vhosts = 1;
    issuing.key = MSSL_KEY_RSA;
    issuing.preflight = 0;
    issuing.renew_percent = 40;
    issuing.urgent = (mssl_warn_t){ .days = 9 };
    issuing.challenge_dir = "/var/lib/mssl/challenge";
    issuing.limit[MSSL_LIMIT_NAME] = (mssl_limit_t){ 7, apr_time_from_sec(60) };
    APR_ARRAY_PUSH(issuing.lists, const char *) = "/etc/mssl/names";
    APR_ARRAY_PUSH(issuing.addresses, const char *) = "192.0.2.1";
    APR_ARRAY_PUSH(issuing.issuers, mssl_issuer_t) =
        (mssl_issuer_t){ .name = "letsencrypt", .argv = argv, .directory = "https://ca.test/dir",
                         .staging = "https://staging.test/dir", .contact = "a@b.test",
                         .has_no_wildcards = 1 };
    APR_ARRAY_PUSH(issuing.issuers, mssl_issuer_t) =
        (mssl_issuer_t){ .name = "hand", .argv = argv, .ca_file = "/etc/ca.pem", .by_request = 1 };
    back = pass_on(room, &issuing);
    assert_true(back->for_vhosts && !back->for_requests && !back->preflight);
    assert_int_equal(back->key, MSSL_KEY_RSA);
    assert_int_equal(back->renew_percent, 40);
    assert_true(back->urgent.days == 9 && back->urgent.percent == 0);
    assert_memory_equal(back->limit, issuing.limit, sizeof(issuing.limit));
    assert_string_equal(APR_ARRAY_IDX(back->lists, 0, const char *), "/etc/mssl/names");
    assert_string_equal(APR_ARRAY_IDX(back->addresses, 0, const char *), "192.0.2.1");
    issuer = mssl_issuing_find(back, "letsencrypt");
    assert_string_equal(issuer->argv[2], "a@b.test");
    assert_null(issuer->argv[3]);
    assert_string_equal(issuer->directory, "https://ca.test/dir");
    assert_string_equal(issuer->staging, "https://staging.test/dir");
    assert_string_equal(issuer->contact, "a@b.test");
    assert_null(issuer->ca_file);
    assert_true(issuer->has_no_wildcards && !issuer->by_request);
    assert_true(mssl_issuing_find(back, "hand")->by_request);
    assert_false(mssl_issuing_find(back, "hand")->has_no_wildcards);
    assert_null(mssl_issuing_find(back, "other"));
}

static void test_settings_damaged(void **state)
{
    static const char *const rows[] = {
        "{}",
        "{\"schema\": \"mssl-issue/1\"}",
        "{\"schema\": \"mssl-issue/1\", \"challenge_dir\": \"/c\", \"limits\": {}}",
        ("{\"schema\": \"mssl-issue/1\", \"challenge_dir\": \"/c\", \"issuers\": "
         "[{\"name\": \"a\", \"command\": [\"relative\"]}]}"),
    };
    room_t *room = *state;
    mssl_issuing_t *back;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        certs_write_text(room->root, MSSL_ISSUING_FILE, rows[i]);
        assert_int_equal(mssl_issuing_read(&back, room->dir, room->pool, &room->why), APR_EINVAL);
        assert_non_null(strstr(room->why.text, MSSL_ISSUING_FILE ": "));
        assert_null(back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reads_well, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_anybodys, set_up, tear_down),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup_teardown(test_settings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_settings_damaged, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
