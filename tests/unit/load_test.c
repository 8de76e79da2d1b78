/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Live files: what is added, replaced, removed, broken and mended while the store is in use. */

#include <sys/wait.h>

#include "tests/unit/stores.h"
#include "lib/base/reason.h"
#include "lib/providers/config.h"

static void test_added_replaced_removed(void **state)
{
    room_t *room = *state;
    cert_t two = certs_new(&(cert_spec_t){ .names = "a.example", .cn = "two" }, NULL);

    room_gives(room, "a.example", "none");
    room_put(room->root, "a.example.pem", "a.example", "one");
    room_gives(room, "a.example", "none"); /* believed for a while */
    room->now += room->conf.negative_timeout;
    room_gives(room, "a.example", "one");
    certs_write_joined(room->root, "a.example.pem", &two);
    room_gives(room, "a.example", "one"); /* not looked at yet */
    room_later(room);
    room_gives(room, "a.example", "two");
    room_remove(room->root, "a.example.pem");
    room_later(room);
    room_gives(room, "a.example", "none");
    certs_write_joined(room->root, "a.example.pem", &two);
    room_later(room); /* what was there is asked for sooner than after the negative timeout */
    room_gives(room, "a.example", "two");
    room_reported(room, "");
    certs_free(&two);
}

static void test_pair_is_one_unit(void **state)
{
    room_t *room = *state;
    cert_t one = certs_new(&(cert_spec_t){ .names = "a.example", .cn = "one" }, NULL);
    cert_t two = certs_new(&(cert_spec_t){ .names = "a.example", .cn = "two" }, NULL);
    pem_t cert = { NULL, 0 }, key = { NULL, 0 };

    certs_write_pair(room->root, "a.example.crt", "a.example.key", &one);
    room_gives(room, "a.example", "one");
    certs_add_cert(&cert, two.x509);
    certs_add_key(&key, two.key);
    certs_write(room->root, "a.example.crt", cert.text, cert.len);
    room_later(room);
    room_gives(room, "a.example", "one"); /* the certificate is new, the key is not: neither is used */
    room_reported(room, "a.example.key: the private key does not belong");
    room_later(room);
    room_gives(room, "a.example", "one");
    room_reported(room, ""); /* told once */
    certs_write(room->root, "a.example.key", key.text, key.len);
    room_later(room);
    room_gives(room, "a.example", "two");
    room_reported(room, "GOOD a.example");
    free(cert.text);
    free(key.text);
    certs_free(&one);
    certs_free(&two);
}

/* Of two pairs, one is renewed and one is broken: the good one counts, of the other the last good one. */
static void test_each_pair_for_itself(void **state)
{
    room_t *room = *state;
    cert_t rsa = certs_new(&(cert_spec_t){ .names = "a.example", .cn = "rsa", .key = "rsa" }, NULL);
    mssl_choice_t choice;

    certs_write_joined(room->root, "a.example.rsa.pem", &rsa);
    room_put(room->root, "a.example.ecdsa.pem", "a.example", "one");
    room_gives(room, "a.example", "one");
    certs_write_text(room->root, "a.example.rsa.pem", "garbage");
    room_put(room->root, "a.example.ecdsa.pem", "a.example", "two");
    room_later(room);
    assert_int_equal(mssl_store_lookup(room->view, "a.example", room->now, &choice), APR_SUCCESS);
    assert_int_equal(X509_cmp(mssl_pair_get_cert(choice.pair[MSSL_KEY_RSA]), rsa.x509), 0);
    mssl_choice_release(&choice);
    room_gives(room, "a.example", "two");
    room_reported(room, "BAD a.example");
    certs_free(&rsa);
}

static void break_folder(const char *path)
{
    mkdir(path, 0755);
}

static void break_fifo(const char *path)
{
    CERTS_CHECK(mkfifo(path, 0644) == 0);
}

static void break_loop(const char *path)
{
    certs_link("a.example.pem", path);
}

static void break_dangling(const char *path)
{
    certs_link("nowhere.pem", path);
}

static void break_large(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0644);

    CERTS_CHECK(fd >= 0 && ftruncate(fd, 1L << 30) == 0);
    close(fd);
}

static void break_empty(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0644);

    CERTS_CHECK(fd >= 0);
    close(fd);
}

static void break_foreign(const char *path)
{
    certs_link("foreign.pem", path);
    certs_chown(path, 65534);
}

static void test_every_bad_file(void **state)
{
    static const struct {
        void (*break_it)(const char *path);
        const char *reason;
    } cases[] = {
        { break_folder, "not a regular file" },
        { break_fifo, "not a regular file" },
        { break_loop, "a loop of links" },
        { break_dangling, "a link to nothing" },
        { break_large, "larger than 1024 KB" },
        { break_empty, "the file is empty" },
        { break_foreign, "is not followed" },
    };
    room_t *room = *state;
    char path[128], reason[256];
    size_t i;

    room_put(room->root, "foreign.pem", "a.example", "foreign");
    snprintf(path, sizeof(path), "%s/a.example.pem", room->root);
    for (i = 0; i < COUNT(cases); i++) {
        if (cases[i].break_it == break_foreign && geteuid() != 0) {
            print_message("needs root: links of others are not tested\n");
            continue;
        }
        room_put(room->root, "a.example.pem", "a.example", "good");
        room_later(room);
        room_gives(room, "a.example", "good");
        room->reports[0] = '\0';
        unlink(path);
        cases[i].break_it(path);
        room_later(room);
        room_gives(room, "a.example", "good"); /* the last good pair */
        snprintf(reason, sizeof(reason), "BAD a.example %s: %s", path, cases[i].reason);
        if (cases[i].break_it == break_foreign) {
            snprintf(reason, sizeof(reason), "is not followed");
        }
        room_reported(room, reason);
        room_later(room);
        room_gives(room, "a.example", "good");
        room_reported(room, "");
        rmdir(path);
        unlink(path);
        room_put(room->root, "a.example.pem", "a.example", "good");
        room_later(room);
        room_gives(room, "a.example", "good");
        room_reported(room, "GOOD a.example");
    }
}

/* Bytes as they come in a slow copy: at no moment is anything but the old or the new pair served. */
static void test_half_written(void **state)
{
    room_t *room = *state;
    cert_t two = certs_new(&(cert_spec_t){ .names = "a.example", .cn = "two" }, NULL);
    pem_t pem = { NULL, 0 };
    char path[128];
    FILE *file;
    size_t i;

    room_put(room->root, "a.example.pem", "a.example", "one");
    room_gives(room, "a.example", "one");
    certs_add_cert(&pem, two.x509);
    certs_add_key(&pem, two.key);
    snprintf(path, sizeof(path), "%s/a.example.pem", room->root);
    file = fopen(path, "w");
    for (i = 0; i < pem.len - 40; i++) {
        fputc(pem.text[i], file);
        if (i % 29 == 0) {
            fflush(file);
            room_later(room);
            room_gives(room, "a.example", "one");
        }
    }
    fwrite(pem.text + i, 1, pem.len - i, file);
    fclose(file);
    room_later(room);
    room_gives(room, "a.example", "two");
    room_reported(room, "GOOD a.example");
    free(pem.text);
    certs_free(&two);
}

static void test_swung_link(void **state)
{
    room_t *room = *state;
    cert_t one = certs_new(&(cert_spec_t){ .names = "a.example", .cn = "one" }, NULL);
    cert_t two = certs_new(&(cert_spec_t){ .names = "a.example", .cn = "two" }, NULL);
    char path[128], fresh[128];

    certs_write_joined(room->root, "1.pem", &one);
    certs_write_joined(room->root, "2.pem", &two);
    snprintf(path, sizeof(path), "%s/a.example.pem", room->root);
    snprintf(fresh, sizeof(fresh), "%s/fresh", room->root);
    certs_link("1.pem", path);
    room_gives(room, "a.example", "one");
    certs_link("2.pem", fresh);
    assert_int_equal(rename(fresh, path), 0);
    room_later(room);
    room_gives(room, "a.example", "two");
    /* A folder in its place: certbot's live/NAME swung as a whole. */
    certs_write_pair(room->root, "v1/fullchain.pem", "v1/privkey.pem", &one);
    certs_write_pair(room->root, "v2/fullchain.pem", "v2/privkey.pem", &two);
    snprintf(path, sizeof(path), "%s/b.example", room->root);
    certs_link("v1", path);
    room_gives(room, "b.example", "none"); /* covers a.example only */
    snprintf(path, sizeof(path), "%s/a.example.pem", room->root);
    unlink(path);
    snprintf(path, sizeof(path), "%s/a.example", room->root);
    certs_link("v1", path);
    room_later(room);
    room_gives(room, "a.example", "one");
    certs_link("v2", fresh);
    assert_int_equal(rename(fresh, path), 0);
    room_later(room);
    room_gives(room, "a.example", "two");
    certs_free(&one);
    certs_free(&two);
}

/* A file that is turned to what expired: what was valid serves on, however often that happens. */
static void test_valid_is_kept(void **state)
{
    room_t *room = *state;

    room_put(room->root, "a.example.pem", "a.example", "valid");
    room_gives(room, "a.example", "valid");
    room_put_invalid(room->root, "a.example.pem", "a.example", "old", -1);
    room_later(room);
    room_gives(room, "a.example", "valid");
    room_reported(room, "LATE a.example ");
    room_put_invalid(room->root, "a.example.pem", "a.example", "older", -1);
    room_later(room);
    room_gives(room, "a.example", "valid");
    certs_write(room->root, "a.example.pem", "cut off", 7);
    room_later(room);
    room_gives(room, "a.example", "valid");
    room_put(room->root, "a.example.pem", "a.example", "new");
    room_later(room);
    room_gives(room, "a.example", "new");
    room_put_invalid(room->root, "a.example.pem", "a.example", "old", -1);
    room_later(room);
    room_gives(room, "a.example", "new");
    room_remove(room->root, "a.example.pem");
    room_later(room);
    room_gives(room, "a.example", "none"); /* what is removed is gone */
}

static void test_vanished_store(void **state)
{
    room_t *room = *state;
    char aside[80];

    room_put(room->root, "a.example.pem", "a.example", "kept");
    room_gives(room, "a.example", "kept");
    snprintf(aside, sizeof(aside), "%s.aside", room->root);
    assert_int_equal(rename(room->root, aside), 0);
    room_later(room);
    room_gives(room, "a.example", "kept");
    room_reported(room, "UNREACHABLE dir:");
    room_gives(room, "other.example", "error");
    room_later(room);
    room_gives(room, "a.example", "kept");
    room_reported(room, ""); /* once, not once per name and look */
    mkdir(room->root, 0755); /* the mount point without its mount */
    room_later(room);
    room_gives(room, "a.example", "kept");
    rmdir(room->root);
    assert_int_equal(rename(aside, room->root), 0);
    room_later(room);
    room_gives(room, "a.example", "kept");
    room_reported(room, "REACHABLE dir:");
    room_gives(room, "other.example", "none");
}

static void test_no_io_within_the_interval(void **state)
{
    room_t *room = *state;
    mssl_store_stats_t before, after;
    int i;

    room_put(room->root, "a.example.pem", "a.example", "a");
    room_gives(room, "a.example", "a");
    room_gives(room, "none.example", "none");
    before = room_stats(room);
    for (i = 0; i < 100; i++) {
        room_gives(room, "a.example", "a");
        room_gives(room, "none.example", "none");
    }
    after = room_stats(room);
    assert_int_equal(after.stats_of_files, before.stats_of_files);
    assert_int_equal(after.loads, before.loads);
    assert_int_equal(after.hits - before.hits, 100);
    assert_int_equal(after.negative_hits - before.negative_hits, 200); /* name and pattern */
    sleep(3); /* until the file is old enough to be believed */
    room_later(room);
    room_gives(room, "a.example", "a");
    before = room_stats(room);
    room_later(room);
    room_gives(room, "a.example", "a");
    after = room_stats(room);
    assert_int_equal(after.stats_of_files, before.stats_of_files + 1);
    assert_int_equal(after.loads, before.loads); /* looked at, not read */
}

/* What root kept before the fork serves in children that may not even look at it. */
static void test_unreadable_after_fork(void **state)
{
    room_t *room = *state;
    const char *keys[] = { "a.example" };
    apr_array_header_t list = { room->pool, sizeof(keys[0]), 1, 1, (char *)keys };
    mssl_config_t *config = mssl_config_make(room->pool);
    mssl_source_t *files;
    const mssl_view_t *view;
    char path[128];
    int status;
    pid_t pid;

    if (geteuid() != 0) {
        print_message("needs root: unreadable after fork is not tested\n");
        skip();
    }
    room_put(room->second, "a.pem", "a.example", "inherited");
    chmod(room->second, 0700);
    snprintf(path, sizeof(path), "%s/a.pem", room->second);
    mssl_config_add(config, &list, path, NULL);
    mssl_config_keep(config);
    files = mssl_store_add_instance(room->store, "MSSLCertificate", &mssl_store_config, config,
                                    mssl_config_has, NULL);
    view = mssl_store_get_view(room->store, &files, 1);
    pid = fork();
    if (pid == 0) {
        int i, ok = seteuid(65534) == 0;

        for (i = 0; ok && i < 3; i++) {
            room_later(room);
            ok = strcmp(room_look(room, view, "a.example"), "inherited") == 0;
        }
        _exit(ok && room->reports[0] == '\0' ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* One that may be looked at and not read is told, and tried again without a change. */
static void test_unreadable_in_a_store(void **state)
{
    room_t *room = *state;
    char path[128];

    if (geteuid() != 0) {
        print_message("needs root: unreadable files are not tested\n");
        skip();
    }
    room_put(room->root, "a.example.pem", "a.example", "a");
    snprintf(path, sizeof(path), "%s/a.example.pem", room->root);
    chmod(path, 0600);
    assert_int_equal(seteuid(65534), 0);
    room_gives(room, "a.example", "none");
    room_reported(room, "BAD a.example ");
    assert_int_equal(seteuid(0), 0);
    room_later(room);
    room_gives(room, "a.example", "a");
    room_reported(room, "GOOD a.example");
}

/** An opener that finds a name busy for as long as it is told to, and files as they were known. */
typedef struct busy_t {
    room_t *room;
    int is_busy, is_changed;
} busy_t;

static apr_status_t busy_opener(void *baton, int source_id, mssl_question_t *question)
{
    busy_t *busy = baton;

    if (question->key[0] != '*' && busy->is_busy) {
        return mssl_reason_set(question->why, APR_EBUSY, "hangs");
    }
    if (question->known != NULL && !busy->is_changed) {
        question->out->stamp = *question->known;
        return APR_EEXIST;
    }
    return mssl_store_fetch(busy->room->store, source_id, question);
}

static void busy_look(busy_t *busy, int is_busy, const char *reported)
{
    busy->is_busy = is_busy;
    room_later(busy->room);
    room_gives(busy->room, "a.example", "one");
    room_reported(busy->room, reported);
}

/* Files that could not be read for a while, and are as they were: that is over then, and told. */
static void test_busy_for_a_while(void **state)
{
    room_t *room = *state;
    busy_t busy = { .room = room };
    int i;

    mssl_store_set_opener(room->store, busy_opener, &busy);
    room_put(room->root, "a.example.pem", "a.example", "one");
    busy_look(&busy, 0, "");
    for (i = 0; i < 2; i++) {
        busy_look(&busy, 1, "BAD a.example a.example: hangs");
        busy_look(&busy, 1, "");
        busy_look(&busy, 0, "GOOD a.example");
        busy_look(&busy, 0, "");
    }
}

/* A name whose files are bad is not good because they can be read again, and not told of once more. */
static void test_busy_while_bad(void **state)
{
    room_t *room = *state;
    busy_t busy = { .room = room };

    room->conf.told = mssl_told_make(apr_pcalloc(room->pool, mssl_told_size()));
    room_make_store(room);
    mssl_store_set_opener(room->store, busy_opener, &busy);
    room_put(room->root, "a.example.pem", "a.example", "one");
    busy_look(&busy, 0, "");
    certs_write_text(room->root, "a.example.pem", "garbage");
    busy.is_changed = 1;
    busy_look(&busy, 0, "BAD a.example");
    busy.is_changed = 0;
    busy_look(&busy, 1, "BAD a.example a.example: hangs");
    busy_look(&busy, 0, "");
    busy_look(&busy, 1, "BAD a.example a.example: hangs");
    busy.is_changed = 1;
    busy_look(&busy, 0, "");
    /* Nor by a child that sees them for the first time. */
    room_make_store(room);
    room_later(room);
    room_gives(room, "a.example", "none");
    room_reported(room, "");
    room_put(room->root, "a.example.pem", "a.example", "one");
    room_later(room);
    room_gives(room, "a.example", "one");
    room_reported(room, "GOOD a.example");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_added_replaced_removed, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_pair_is_one_unit, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_each_pair_for_itself, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_every_bad_file, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_half_written, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_swung_link, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_valid_is_kept, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_vanished_store, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_no_io_within_the_interval, room_set_up,
                                        room_tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable_after_fork, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable_in_a_store, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_busy_for_a_while, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_busy_while_bad, room_set_up, room_tear_down),
    };

    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
