/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/broker/lastgood.h"

#define SOURCE "dir:/store"
#define PLACES (MSSL_LASTGOOD_SETS * MSSL_LASTGOOD_WAYS)
#define HEAD 4096
#define SIZE (HEAD + (size_t)PLACES * MSSL_LASTGOOD_SLOT)

typedef struct table_t {
    apr_pool_t *pool;
    int fd;
    mssl_lastgood_t *last, *held; /* one that maps for each use, one that has it mapped */
    unsigned char *raw;           /* what lies there */
} table_t;

static unsigned char *map_raw(int fd)
{
    char path[40];
    unsigned char *raw;
    int writer;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    writer = open(path, O_RDWR | O_CLOEXEC);
    raw = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
    assert_true(raw != MAP_FAILED);
    close(writer);
    return raw;
}

static int set_up(void **state)
{
    table_t *table = calloc(1, sizeof(*table));
    mssl_kept_t kept = { 0 };

    apr_initialize();
    apr_pool_create(&table->pool, NULL);
    assert_int_equal(mssl_lastgood_make(&table->fd, geteuid()), APR_SUCCESS);
    table->last = mssl_lastgood_new(table->fd, table->pool);
    table->held = mssl_lastgood_new(table->fd, table->pool);
    assert_int_equal(mssl_lastgood_hold(table->held, &kept), APR_SUCCESS);
    assert_int_equal(kept.nmaps, 1);
    table->raw = map_raw(table->fd);
    *state = table;
    return 0;
}

static int tear_down(void **state)
{
    table_t *table = *state;

    munmap(table->raw, SIZE);
    close(table->fd);
    apr_pool_destroy(table->pool);
    free(table);
    apr_terminate();
    return 0;
}

static void put(mssl_lastgood_t *last, const char *key, const char *text)
{
    mssl_lastgood_put(last, SOURCE, key, text, strlen(text));
}

/* What is kept as a text, "none", or "error". */
static const char *get(table_t *table, mssl_lastgood_t *last, const char *source, const char *key)
{
    unsigned char *body;
    size_t len;
    apr_status_t rv = mssl_lastgood_get(last, source, key, &body, &len, table->pool);
    static char text[64];

    if (rv != APR_SUCCESS) {
        return rv == APR_NOTFOUND ? "none" : "error";
    }
    snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)body);
    return text;
}

#define gives(table, source, key, text) do { \
        assert_string_equal(get(table, (table)->last, source, key), text); \
        assert_string_equal(get(table, (table)->held, source, key), text); \
    } while (0)

static int lies_there(const table_t *table, const char *text)
{
    return memmem(table->raw, SIZE, text, strlen(text)) != NULL;
}

static void test_kept(void **state)
{
    table_t *table = *state;

    gives(table, SOURCE, "a.example", "none");
    put(table->last, "a.example", "first key");
    put(table->held, "b.example", "another's");
    gives(table, SOURCE, "a.example", "first key");
    gives(table, SOURCE, "b.example", "another's");
    gives(table, SOURCE, "a.exampl", "none");
    gives(table, SOURCE, "*.example", "none");
    gives(table, "dir:/stor", "a.example", "none"); /* another source is another name */
    gives(table, "dir:/storea", ".example", "none");
    put(table->held, "a.example", "second");
    gives(table, SOURCE, "a.example", "second");
    mssl_lastgood_drop(table->last, SOURCE, "a.example", 0);
    mssl_lastgood_drop(table->last, SOURCE, "a.example", 0);
    gives(table, SOURCE, "a.example", "none");
    gives(table, SOURCE, "b.example", "another's");
}

/* What else somebody remembers is not to be believed: until there is something new. */
static void test_removed(void **state)
{
    table_t *table = *state;
    unsigned char *body;
    size_t len;

    put(table->last, "a.example", "first key");
    mssl_lastgood_drop(table->last, SOURCE, "a.example", 1);
    assert_false(lies_there(table, "first key") || lies_there(table, "a.example"));
    assert_int_equal(mssl_lastgood_get(table->held, SOURCE, "a.example", &body, &len, table->pool),
                     APR_ENOENT);
    assert_null(body);
    gives(table, SOURCE, "b.example", "none");
    assert_int_equal(mssl_lastgood_touch(table->held, SOURCE, "a.example"), 0);
    mssl_lastgood_put(table->held, SOURCE, "a.example", NULL, 0); /* looked at, and bad */
    assert_int_equal(mssl_lastgood_touch(table->held, SOURCE, "a.example"), 1);
    assert_int_equal(mssl_lastgood_get(table->held, SOURCE, "a.example", &body, &len, table->pool),
                     APR_ENOENT);
    put(table->last, "a.example", "second");
    gives(table, SOURCE, "a.example", "second");
    mssl_lastgood_drop(table->last, SOURCE, "never.example", 1);
    assert_int_equal(mssl_lastgood_get(table->held, SOURCE, "never.example", &body, &len,
                                       table->pool), APR_ENOENT);
}

static void test_wiped(void **state)
{
    table_t *table = *state;
    char *large = malloc(MSSL_LASTGOOD_SLOT);

    put(table->last, "a.example", "the first private key");
    assert_true(lies_there(table, "the first private key"));
    put(table->last, "a.example", "2nd");
    assert_false(lies_there(table, "private key"));
    mssl_lastgood_drop(table->last, SOURCE, "a.example", 0);
    assert_false(lies_there(table, "2nd") || lies_there(table, "a.example"));
    /* What does not fit is not kept, and takes what was there along. */
    put(table->last, "a.example", "the first private key");
    memset(large, 'x', MSSL_LASTGOOD_SLOT);
    mssl_lastgood_put(table->last, SOURCE, "a.example", large, MSSL_LASTGOOD_SLOT - 50);
    gives(table, SOURCE, "a.example", "none");
    assert_false(lies_there(table, "private key"));
    assert_true(mssl_lastgood_touch(table->held, SOURCE, "a.example")); /* and that is known */
    mssl_lastgood_put(table->last, SOURCE, "a.example", large, MSSL_LASTGOOD_SLOT - 64);
    assert_string_not_equal(get(table, table->last, SOURCE, "a.example"), "none");
    memset(large, 'k', MSSL_LASTGOOD_SLOT);
    large[MSSL_LASTGOOD_SLOT - 1] = '\0';
    put(table->last, large, "whose key is too long"); /* cannot be */
    assert_false(lies_there(table, "too long"));
    free(large);
}

/* More names than places: in a set the one that was used last stays. */
static void test_bounded(void **state)
{
    table_t *table = *state;
    char key[32], text[32];
    int i, kept = 0;

    put(table->held, "used.example", "used");
    for (i = 0; i < 5000; i++) {
        snprintf(key, sizeof(key), "n%d.example", i);
        put(table->held, key, key);
        assert_true(mssl_lastgood_touch(table->held, SOURCE, "used.example"));
    }
    assert_string_equal(get(table, table->held, SOURCE, "used.example"), "used");
    for (i = 0; i < 5000; i++) {
        snprintf(key, sizeof(key), "n%d.example", i);
        snprintf(text, sizeof(text), "%s", get(table, table->held, SOURCE, key));
        assert_true(strcmp(text, key) == 0 || strcmp(text, "none") == 0);
        kept += strcmp(text, key) == 0;
        assert_true(i < 4990 || strcmp(text, key) == 0);
    }
    assert_within(kept, 3000, PLACES - 1);
}

static void test_touch(void **state)
{
    table_t *table = *state;
    char key[32];
    int i, wanted = 0;

    assert_false(mssl_lastgood_touch(table->held, SOURCE, "a.example"));
    put(table->held, "a.example", "a");
    assert_true(mssl_lastgood_touch(table->held, SOURCE, "a.example"));
    for (i = 0; i < 64; i++) {
        wanted += !mssl_lastgood_touch(table->last, SOURCE, "b.example");
    }
    assert_int_equal(wanted, 4); /* to map it costs as much as the look at the files */
    for (i = 0; i < 8 * PLACES; i++) {
        snprintf(key, sizeof(key), "n%d.example", i);
        put(table->held, key, "x");
    }
    assert_true(mssl_lastgood_touch(table->held, SOURCE, "c.example")); /* nobody is pushed out */
}

/* Bytes that are not as they were written are nothing. */
static void test_damaged(void **state)
{
    table_t *table = *state;
    unsigned char *at;
    size_t i;

    for (i = 0; i < MSSL_LASTGOOD_HEAD + 40; i++) {
        put(table->held, "a.example", "body");
        at = memmem(table->raw, SIZE, SOURCE, sizeof(SOURCE));
        at = table->raw + HEAD + (at - table->raw - HEAD) / MSSL_LASTGOOD_SLOT * MSSL_LASTGOOD_SLOT;
        at[i] ^= 0xff;
        if (i / 8 != 2 && i < MSSL_LASTGOOD_HEAD + sizeof(SOURCE "a.example" "body")) {
            gives(table, SOURCE, "a.example", "none");
        }
        memset(at, 0, MSSL_LASTGOOD_SLOT);
    }
}

/* What is written: the same byte throughout, as many as fit. */
static void write_on(table_t *table, mssl_lastgood_t *last, unsigned int seed)
{
    unsigned char body[MSSL_LASTGOOD_SLOT - 100];
    char key[32];

    (void)table;
    for (;; seed = seed * 1103515245 + 12345) {
        snprintf(key, sizeof(key), "n%u.example", seed / 7 % 50);
        memset(body, 'a' + (int)(seed / 65536 % 26), sizeof(body));
        mssl_lastgood_put(last, SOURCE, key, body, seed / 256 % sizeof(body));
        if (seed / 65536 % 16 == 0) {
            mssl_lastgood_drop(last, SOURCE, key, 0);
        }
    }
}

static void check_whole(table_t *table, apr_pool_t *pool)
{
    unsigned char *body;
    char key[32];
    size_t len, i;
    int n;

    for (n = 0; n < 50; n++) {
        snprintf(key, sizeof(key), "n%d.example", n);
        switch (mssl_lastgood_get(table->held, SOURCE, key, &body, &len, pool)) {
        case APR_SUCCESS:
            for (i = 1; i < len && body[i] == body[0]; i++) {
                continue;
            }
            assert_true(len == 0 || i >= len);
            break;
        case APR_NOTFOUND:
        case ETIMEDOUT: /* a busy machine: who has the lock does not run */
            break;
        default:
            fail();
        }
        apr_pool_clear(pool);
    }
}

/* Writers that are killed at any moment: nothing torn, nobody held up. */
static void test_killed_writers(void **state)
{
    table_t *table = *state;
    apr_pool_t *pool;
    pid_t pid[2];
    int round, i;

    apr_pool_create(&pool, table->pool);
    for (round = 0; round < 60; round++) {
        for (i = 0; i < 2; i++) {
            pid[i] = fork();
            if (pid[i] == 0) {
                mssl_kept_t kept = { 0 };

                alarm(60);
                mssl_lastgood_t *last = mssl_lastgood_new(table->fd, table->pool);

                if (i == 1) {
                    mssl_lastgood_hold(last, &kept);
                }
                write_on(table, last, (unsigned int)getpid());
            }
        }
        usleep(2000 + round * 131);
        check_whole(table, pool);
        kill(pid[0], SIGKILL);
        kill(pid[1], SIGKILL);
        waitpid(pid[0], NULL, 0);
        waitpid(pid[1], NULL, 0);
        check_whole(table, pool);
    }
}

typedef struct crowd_t {
    table_t *table;
    int n;
} crowd_t;

static void *work(void *data)
{
    const crowd_t *crowd = data;
    table_t *table = crowd->table;
    mssl_lastgood_t *last = crowd->n % 2 ? table->last : table->held;
    apr_pool_t *pool;
    char key[32];
    int i;

    assert_int_equal(apr_pool_create_unmanaged_ex(&pool, NULL, NULL), APR_SUCCESS);
    for (i = 0; i < 300; i++) {
        unsigned char *body;
        size_t len;

        snprintf(key, sizeof(key), "n%d.example", (i * 7 + crowd->n) % 40);
        mssl_lastgood_put(last, SOURCE, key, key, strlen(key));
        if (mssl_lastgood_get(last, SOURCE, key, &body, &len, pool) == APR_SUCCESS) {
            assert_memory_equal(body, key, len);
        }
        mssl_lastgood_touch(last, SOURCE, key);
        if (i % 5 == 0) {
            mssl_lastgood_drop(last, SOURCE, key, 0);
        }
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return NULL;
}

static void test_threads(void **state)
{
    pthread_t thread[6];
    crowd_t crowd[COUNT(thread)];
    size_t i;

    for (i = 0; i < COUNT(thread); i++) {
        crowd[i] = (crowd_t){ *state, (int)i };
        assert_int_equal(pthread_create(&thread[i], NULL, work, &crowd[i]), 0);
    }
    for (i = 0; i < COUNT(thread); i++) {
        pthread_join(thread[i], NULL);
    }
}

/* @return the process that has the lock, which is the first thing in the table */
static pid_t hold_lock(table_t *table, void (*then)(void))
{
    int ends[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        pthread_mutex_lock((pthread_mutex_t *)map_raw(table->fd));
        if (write(ends[1], "", 1) == 1) {
            then();
        }
        _exit(0);
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static void rest(void)
{
    alarm(60);
    pause();
}

static void go(void)
{
}

static void test_who_has_the_lock(void **state)
{
    table_t *table = *state;
    pid_t pid;

    put(table->held, "a.example", "a");
    pid = hold_lock(table, go); /* dies with it */
    waitpid(pid, NULL, 0);
    gives(table, SOURCE, "a.example", "a");
    pid = hold_lock(table, rest); /* does not go on: nobody waits for it for ever */
    gives(table, SOURCE, "a.example", "error");
    put(table->held, "a.example", "b");
    mssl_lastgood_drop(table->last, SOURCE, "a.example", 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    gives(table, SOURCE, "a.example", "a");
}

static int is_mapped(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    int found = 0;

    while (fgets(line, sizeof(line), maps) != NULL) {
        found |= strstr(line, "mssl-lastgood") != NULL;
    }
    fclose(maps);
    return found;
}

/* Whether a process that was forked can make anything of what it inherits. */
static int opens(const table_t *table, uid_t uid)
{
    mssl_lastgood_t *last = mssl_lastgood_new(table->fd, table->pool);
    apr_pool_t *pool = table->pool;
    unsigned char *body;
    char byte;
    size_t len;

    if (uid != geteuid() && setresuid(uid, uid, uid) != 0) {
        return -1;
    }
    if (read(table->fd, &byte, 1) >= 0
        || mmap(NULL, HEAD, PROT_READ, MAP_SHARED, table->fd, 0) != MAP_FAILED) {
        return -1;
    }
    return mssl_lastgood_get(last, SOURCE, "a.example", &body, &len, pool) == APR_SUCCESS;
}

static void test_nobody_elses(void **state)
{
    table_t *table = *state;
    int status;
    pid_t pid;

    put(table->held, "a.example", "a");
    munmap(table->raw, SIZE);
    pid = fork();
    if (pid == 0) {
        _exit(is_mapped() ? 10 : 0);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0); /* what is held is nobody's who is forked */
    pid = fork();
    if (pid == 0) {
        _exit(opens(table, geteuid()) == 1 && !is_mapped() ? 0 : 10);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    if (geteuid() == 0) {
        pid = fork();
        if (pid == 0) {
            _exit(opens(table, 65534) == 0 ? 0 : 10);
        }
        waitpid(pid, &status, 0);
        assert_int_equal(status, 0);
    }
    table->raw = map_raw(table->fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wiped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_touch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_killed_writers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_has_the_lock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_elses, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("lastgood", tests, NULL, NULL);
}
