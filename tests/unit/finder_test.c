/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* What is remembered of which look, and when it is forgotten. */

#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/broker/finder.h"

/** A name's files: "name=content" apart by blanks; a content that begins with '-' is bad, '~' late. */
typedef struct disk_t {
    apr_pool_t *pool;
    const char *files;
    apr_status_t rv;     /* what the store says, where not APR_SUCCESS */
    char stamp;
    int reads, fd, kept_reads;
    const char *said;    /* with what was recalled last */
    const char *kept;    /* on disk, as files are; NULL: nothing */
    mssl_finder_t finder;
} disk_t;

static void add_items(mssl_material_t *out, const char *files, apr_pool_t *pool)
{
    char *rest = apr_pstrdup(pool, files), *file;

    while ((file = apr_strtok(rest, " ", &rest)) != NULL) {
        mssl_item_t *item = &out->item[out->nitems++];
        char *content = strchr(file, '=');

        *content++ = '\0';
        item->label = item->key_label = file;
        item->format = MSSL_FORMAT_PEM;
        item->cert.data = content;
        item->cert.len = strlen(content);
    }
}

static apr_status_t get_kept(void *baton, const char *source, const char *key,
                             mssl_material_t *out, apr_pool_t *pool)
{
    disk_t *disk = baton;

    if (disk->kept == NULL || strcmp(source, "dir:/one") != 0 || strcmp(key, "a.example") != 0) {
        return APR_NOTFOUND;
    }
    if (out != NULL) {
        disk->kept_reads++;
        add_items(out, disk->kept, pool);
    }
    return APR_SUCCESS;
}

static apr_status_t fetch(void *baton, int source, mssl_question_t *question)
{
    disk_t *disk = baton;
    mssl_material_t *out = question->out;

    (void)source;
    if (disk->rv != APR_SUCCESS) {
        return mssl_reason_set(question->why, disk->rv, "why not");
    }
    memset(&out->stamp, disk->stamp, sizeof(out->stamp));
    if (question->known != NULL && question->known->digest[0] == disk->stamp) {
        return APR_EEXIST;
    }
    disk->reads++;
    add_items(out, disk->files, question->pool);
    return APR_SUCCESS;
}

static void judge(void *baton, const char *key, mssl_material_t *material, apr_pool_t *pool)
{
    int i;

    (void)baton;
    (void)key;
    (void)pool;
    for (i = 0; i < material->nitems; i++) {
        mssl_item_t *item = &material->item[i];

        if (item->rv == APR_SUCCESS && item->cert.data[0] == '-') {
            item->rv = mssl_reason_set(&item->why, APR_EINVAL, "bad");
            item->cert.data = NULL;
        }
    }
}

static const char *identify(void *baton, int source, const char *key, apr_pool_t *pool)
{
    (void)baton;
    (void)key;
    (void)pool;
    return source == 0 ? "dir:/one" : source == 1 ? "dir:/two" : NULL;
}

static int is_valid(const mssl_item_t *item, apr_time_t now)
{
    (void)now;
    return item->cert.data[0] != '~';
}

static int set_up(void **state)
{
    disk_t *disk = calloc(1, sizeof(*disk));

    apr_initialize();
    apr_pool_create(&disk->pool, NULL);
    assert_int_equal(mssl_lastgood_make(&disk->fd, geteuid()), APR_SUCCESS);
    disk->finder = (mssl_finder_t){ fetch, disk, judge, NULL,
                                    mssl_lastgood_new(disk->fd, disk->pool), get_kept, disk,
                                    identify, is_valid };
    assert_int_equal(mssl_lastgood_hold(disk->finder.last, &(mssl_kept_t){ 0 }), APR_SUCCESS);
    *state = disk;
    return 0;
}

static int tear_down(void **state)
{
    disk_t *disk = *state;

    close(disk->fd);
    apr_pool_destroy(disk->pool);
    free(disk);
    apr_terminate();
    return 0;
}

static apr_status_t look(disk_t *disk, int source, const char *files)
{
    mssl_reason_t why = { "" };
    mssl_material_t found = { .nitems = 0 };
    mssl_question_t question = { .key = "a.example", .pool = disk->pool, .out = &found,
                                 .why = &why };

    disk->files = files;
    disk->stamp++;
    return mssl_finder_find(&disk->finder, source, &question);
}

/* As a child that knows what is there. */
static void look_again(disk_t *disk, const char *files)
{
    mssl_reason_t why = { "" };
    mssl_material_t found = { .nitems = 0 };
    mssl_stamp_t known;
    mssl_question_t question = { .key = "a.example", .known = &known, .pool = disk->pool,
                                 .out = &found, .why = &why };

    memset(&known, disk->stamp, sizeof(known));
    disk->files = files;
    assert_int_equal(mssl_finder_find(&disk->finder, 0, &question), APR_EEXIST);
    assert_int_equal(found.nitems, 0);
}

static const char *recalled(disk_t *disk, int source, const char *key)
{
    mssl_reason_t why = { "" };
    mssl_material_t found = { .nitems = 0 };
    mssl_question_t question = { .key = key, .pool = disk->pool, .out = &found, .why = &why };
    apr_status_t rv = mssl_finder_recall(&disk->finder, source, &question);
    const char *text = "";
    int i;

    assert_true(rv == APR_SUCCESS || rv == APR_NOTFOUND);
    assert_true((rv == APR_SUCCESS) == (found.nitems > 0));
    disk->said = apr_pstrdup(disk->pool, why.text);
    for (i = 0; i < found.nitems; i++) {
        text = apr_psprintf(disk->pool, "%s%s%s=%s", text, i > 0 ? " " : "",
                            found.item[i].label, found.item[i].cert.data);
    }
    return text;
}

#define remembers(disk, text) assert_string_equal(recalled(disk, 0, "a.example"), text)

static void test_remembered(void **state)
{
    disk_t *disk = *state;

    remembers(disk, "");
    assert_int_equal(look(disk, 0, "x=1 y=2"), APR_SUCCESS);
    remembers(disk, "x=1 y=2");
    look(disk, 0, "x=3 y=2");
    remembers(disk, "x=3 y=2");
    look(disk, 0, "x=-cut y=4"); /* of what is bad, what was good */
    remembers(disk, "x=3 y=4");
    look(disk, 0, "x=-cut y=-cut");
    remembers(disk, "x=3 y=4");
    look(disk, 0, "z=-cut x=5 y=-cut");
    remembers(disk, "x=5 y=4");
    look(disk, 0, "x=6"); /* y is gone */
    remembers(disk, "x=6");
    assert_string_equal(recalled(disk, 1, "a.example"), "");
    assert_string_equal(recalled(disk, 0, "b.example"), "");
    look(disk, 1, "x=-cut"); /* another store's */
    assert_string_equal(recalled(disk, 1, "a.example"), "");
    look(disk, 2, "x=1"); /* no store at all */
    assert_string_equal(recalled(disk, 2, "a.example"), "");
}

static void test_forgotten(void **state)
{
    disk_t *disk = *state;

    look(disk, 0, "x=1");
    disk->rv = APR_EACCES; /* the store cannot be asked: that says nothing of the name */
    assert_int_equal(look(disk, 0, ""), APR_EACCES);
    remembers(disk, "x=1");
    disk->rv = APR_NOTFOUND;
    assert_int_equal(look(disk, 0, ""), APR_NOTFOUND);
    remembers(disk, "");
    disk->rv = APR_SUCCESS;
    look(disk, 0, "x=-cut"); /* back, and bad */
    remembers(disk, "");
    look(disk, 0, "x=1");
    look(disk, 0, ""); /* files of other names only, or excluded */
    remembers(disk, "");
}

static void test_valid_stays(void **state)
{
    disk_t *disk = *state;

    look(disk, 0, "x=~late");
    remembers(disk, "x=~late");
    look(disk, 0, "x=valid");
    remembers(disk, "x=valid");
    look(disk, 0, "x=~late");
    remembers(disk, "x=valid");
    look(disk, 0, "x=~late y=new"); /* something is valid */
    remembers(disk, "x=~late y=new");
    look(disk, 0, "z=~late"); /* not for another file */
    remembers(disk, "z=~late");
}

/* Who looked before there was anybody to remember it. */
static void test_unknown(void **state)
{
    disk_t *disk = *state;

    disk->stamp = 1;
    look_again(disk, "x=1");
    remembers(disk, "x=1");
    assert_int_equal(disk->reads, 1);
    look_again(disk, "x=1");
    assert_int_equal(disk->reads, 1);
    look(disk, 0, "");
    assert_int_equal(disk->reads, 2);
    look_again(disk, "x=-costly");
    look_again(disk, "x=-costly");
    assert_int_equal(disk->reads, 3); /* what is bad is not read at each look */
    remembers(disk, "");
    look(disk, 0, "x=2");
    remembers(disk, "x=2");
}

/* What does not fit is nothing, and not the one before. */
static void test_large(void **state)
{
    disk_t *disk = *state;
    char *large = apr_pcalloc(disk->pool, MSSL_LASTGOOD_SLOT + 3);

    look(disk, 0, "x=1");
    memcpy(large, "x=", 2);
    memset(large + 2, 'l', MSSL_LASTGOOD_SLOT);
    assert_int_equal(look(disk, 0, large), APR_SUCCESS);
    remembers(disk, "");
    look_again(disk, large);
    look_again(disk, large);
    assert_int_equal(disk->reads, 2);
}

/* Nobody remembers: what is on disk serves, and is said to. Never for what was taken away. */
static void test_kept(void **state)
{
    disk_t *disk = *state;

    look(disk, 0, "x=-cut");
    remembers(disk, "");
    disk->kept = "h1=old h2=-damaged";
    remembers(disk, "h1=old");
    assert_string_equal(disk->said, MSSL_FINDER_KEPT);
    assert_string_equal(recalled(disk, 1, "a.example"), "");
    assert_string_equal(recalled(disk, 0, "b.example"), "");
    disk->kept = "h1=-damaged";
    remembers(disk, "");
    assert_string_equal(disk->said, "");
    disk->kept = "h1=old";
    disk->kept_reads = 0;
    look(disk, 0, "x=1"); /* memory goes before, and the disk is not looked at */
    look(disk, 0, "x=-cut");
    remembers(disk, "x=1");
    assert_string_equal(disk->said, "");
    assert_int_equal(disk->kept_reads, 0);
    disk->rv = APR_NOTFOUND;
    look(disk, 0, "");
    disk->rv = APR_SUCCESS;
    look(disk, 0, "x=-cut"); /* taken away, and bad: not what was there before */
    remembers(disk, "");
    look_again(disk, "x=-cut");
    look_again(disk, "x=-cut");
    remembers(disk, "");
    assert_int_equal(disk->kept_reads, 0);
    look(disk, 0, "x=2");
    remembers(disk, "x=2");
    disk->kept = NULL; /* nothing of a name that nobody has is known behind it */
    look(disk, 0, "");
    disk->kept = "h1=old";
    look(disk, 0, "x=-cut");
    remembers(disk, "h1=old");
}

/* A name that was never seen, and taken away before it went bad. */
static void test_kept_and_gone(void **state)
{
    disk_t *disk = *state;

    disk->kept = "h1=old";
    disk->rv = APR_NOTFOUND;
    look(disk, 0, "");
    disk->rv = APR_SUCCESS;
    look(disk, 0, "x=-cut");
    remembers(disk, "");
}

static int is_stolen(void *baton, const mssl_item_t *item)
{
    (void)baton;
    return item->cert.len >= 6 && memcmp(item->cert.data, "stolen", 6) == 0;
}

/* What was revoked since is not what was good last. */
static void test_revoked(void **state)
{
    disk_t *disk = *state;

    look(disk, 0, "x=stolen y=1");
    look(disk, 0, "x=-cut y=-cut");
    remembers(disk, "x=stolen y=1");
    disk->finder.is_revoked = is_stolen;
    remembers(disk, "y=1");
    look(disk, 0, "");
    look(disk, 0, "x=stolen");
    look(disk, 0, "x=-cut");
    remembers(disk, "");
}

/* Without shared memory. */
static void test_kept_alone(void **state)
{
    disk_t *disk = *state;

    disk->finder.last = NULL;
    disk->kept = "h1=old";
    look(disk, 0, "x=-cut");
    remembers(disk, "h1=old");
    look(disk, 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_valid_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unknown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kept_and_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kept_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_revoked, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("finder", tests, NULL, NULL);
}
