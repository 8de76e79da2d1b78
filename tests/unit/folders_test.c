/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/inventory/folders.h"
#include "lib/providers/namebook.h"
#include "tests/unit/certs.h"

#define TICK (20 * 1000)

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    mssl_folders_conf_t conf;
    mssl_folders_t *folders;
    pthread_mutex_t lock;
    char said[4096]; /* a letter an event, and its text */
} room_t;

static void hear(void *baton, mssl_folders_event_t event, const char *pattern, const char *text)
{
    room_t *room = baton;
    size_t used;

    pthread_mutex_lock(&room->lock);
    used = strlen(room->said);
    snprintf(room->said + used, sizeof(room->said) - used, "%c %s %s\n", "?urcs"[event],
             pattern != NULL ? strrchr(pattern, '/') - 1 : "-", text);
    pthread_mutex_unlock(&room->lock);
}

static const char *path_of(const room_t *room, const char *name)
{
    return apr_pstrcat(room->pool, room->root, "/", name, NULL);
}

static void make(const room_t *room, const char *name)
{
    assert_int_equal(mkdir(path_of(room, name), 0755), 0);
}

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    pthread_mutex_init(&room->lock, NULL);
    make(room, "book");
    make(room, "a");
    make(room, "b");
    make(room, "a/one.example.com");
    make(room, "b/two.example.com");
    room->conf = (mssl_folders_conf_t){
        .patterns = apr_array_make(room->pool, 2, sizeof(const char *)), .web = (uid_t)-1,
        .dir = open(path_of(room, "book"), O_RDONLY | O_DIRECTORY), .every = TICK,
        .relist = apr_time_from_sec(3600), .report = hear, .baton = room
    };
    APR_ARRAY_PUSH((apr_array_header_t *)room->conf.patterns, const char *) = path_of(room, "a/%0");
    APR_ARRAY_PUSH((apr_array_header_t *)room->conf.patterns, const char *) = path_of(room, "b/%0");
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    mssl_folders_end(room->folders);
    close(room->conf.dir);
    certs_remove(room->root);
    apr_pool_destroy(room->pool);
    free(room);
    apr_terminate();
    return 0;
}

static void begin(room_t *room)
{
    room->folders = mssl_folders_begin(&room->conf, room->pool);
    assert_non_null(room->folders);
}

static void end(room_t *room)
{
    mssl_folders_end(room->folders);
    room->folders = NULL;
}

/* What the file has, "name name |name !": a mark behind what cannot be listed now. */
static const char *read_book(room_t *room)
{
    apr_array_header_t *pages;
    const char *all = "";
    int i;

    mssl_namebook_load(&pages, room->conf.dir, room->pool, NULL);
    for (i = 0; i < pages->nelts; i++) {
        const mssl_namepage_t *page = &APR_ARRAY_IDX(pages, i, mssl_namepage_t);
        const char *name;
        size_t at = 0, len;

        all = apr_pstrcat(room->pool, all, i > 0 ? "|" : "", page->listed == 0 ? "never" : "", NULL);
        while (mssl_namepage_next(page, &at, &name, &len)) {
            all = apr_psprintf(room->pool, "%s%.*s ", all, (int)len, name);
        }
        all = apr_pstrcat(room->pool, all, page->why != NULL ? "!" : "", NULL);
    }
    return all;
}

static void wait_book(room_t *room, const char *expected)
{
    int i;

    for (i = 0; i < 1500 && strcmp(read_book(room), expected) != 0; i++) {
        apr_sleep(TICK);
    }
    assert_string_equal(read_book(room), expected);
}

static void wait_said(room_t *room, const char *text)
{
    int i, found = 0;

    for (i = 0; i < 1500 && !found; i++) {
        pthread_mutex_lock(&room->lock);
        found = strstr(room->said, text) != NULL;
        pthread_mutex_unlock(&room->lock);
        if (!found) {
            apr_sleep(TICK);
        }
    }
    if (!found) {
        fail_msg("'%s' is not in '%s'", text, room->said);
    }
}

static void test_comes_and_goes(void **state)
{
    room_t *room = *state;

    begin(room);
    wait_book(room, "one.example.com |two.example.com ");
    make(room, "a/new.example.com");
    wait_book(room, "new.example.com one.example.com |two.example.com ");
    rmdir(path_of(room, "a/new.example.com"));
    rmdir(path_of(room, "b/two.example.com"));
    wait_book(room, "one.example.com |");
    make(room, "b/two.example.com");
    wait_book(room, "one.example.com |two.example.com ");
    assert_string_equal(room->said, "");
}

/* Of one that cannot be listed the names stay, and the other one goes on. */
static void test_out_of_reach(void **state)
{
    room_t *room = *state;

    begin(room);
    wait_book(room, "one.example.com |two.example.com ");
    rename(path_of(room, "a"), path_of(room, "away"));
    wait_book(room, "one.example.com !|two.example.com ");
    wait_said(room, "does not exist; create it or mount it");
    make(room, "b/more.example.com");
    wait_book(room, "one.example.com !|more.example.com two.example.com ");
    end(room);
    begin(room); /* a restart forgets nothing */
    make(room, "b/again.example.com");
    wait_book(room, "one.example.com !|again.example.com more.example.com two.example.com ");
    rename(path_of(room, "away"), path_of(room, "a"));
    wait_book(room, "one.example.com |again.example.com more.example.com two.example.com ");
    wait_said(room, "r a/%0");
    chmod(path_of(room, "a"), 0777);
    make(room, "a/smuggled.example.com");
    wait_said(room, "is writable by others");
    wait_book(room, "one.example.com !|again.example.com more.example.com two.example.com ");
    chmod(path_of(room, "a"), 0755);
    rmdir(path_of(room, "a/smuggled.example.com"));
    wait_book(room, "one.example.com |again.example.com more.example.com two.example.com ");
}

/* An empty folder in the place of the one that had names is a mount point without its mount. */
static void test_unmounted(void **state)
{
    room_t *room = *state;

    begin(room);
    wait_book(room, "one.example.com |two.example.com ");
    end(room);
    rename(path_of(room, "a"), path_of(room, "away"));
    make(room, "a");
    begin(room);
    wait_said(room, "is empty and not the directory that it was; mount it again");
    wait_book(room, "one.example.com !|two.example.com ");
    make(room, "a/new.example.com");
    wait_book(room, "new.example.com |two.example.com ");
}

static void test_never_listed(void **state)
{
    room_t *room = *state;

    rename(path_of(room, "a"), path_of(room, "away"));
    begin(room);
    wait_book(room, "never!|two.example.com ");
}

/* A file that is damaged is made anew; what is on the disk counts. */
static void test_damaged(void **state)
{
    room_t *room = *state;

    certs_write_text(room->root, "book/folders", "rubbish\n");
    chmod(path_of(room, "book/folders"), 0640);
    begin(room);
    wait_book(room, "one.example.com |two.example.com ");
    wait_said(room, "s - inventory.d/folders: is damaged");
}

static void test_nothing_to_do(void **state)
{
    room_t *room = *state;

    room->conf.patterns = apr_array_make(room->pool, 1, sizeof(const char *));
    assert_null(mssl_folders_begin(&room->conf, room->pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_comes_and_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_reach, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unmounted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_never_listed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_to_do, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
