/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/providers/namebook.h"
#include "tests/unit/certs.h"

#define NOBODY ((uid_t)-1)

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    mssl_names_t names;
    struct stat st;
    mssl_reason_t why;
} room_t;

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    certs_remove(room->root);
    apr_pool_destroy(room->pool);
    free(room);
    apr_terminate();
    return 0;
}

static const char *path_of(const room_t *room, const char *name)
{
    return apr_pstrcat(room->pool, room->root, "/", name, NULL);
}

static void make(const room_t *room, const char *name)
{
    assert_int_equal(mkdir(path_of(room, name), 0755), 0);
}

static const char *list(room_t *room)
{
    assert_int_equal(mssl_namefolder_list(&room->names, room->root, NOBODY, room->pool, &room->why),
                     APR_SUCCESS);
    assert_int_equal(strlen(room->names.text), room->names.len);
    return room->names.text;
}

static void test_patterns(void **state)
{
    static const struct {
        const char *pattern, *fault;
    } rows[] = {
        { "srv/www/%0", "is no absolute path" },
        { "", "is no absolute path" },
        { "/srv/www", "does not end in '/%0'" },
        { "/srv/www/%0/htdocs", "does not end in '/%0'" },
        { "/srv/www/x%0", "does not end in '/%0'" },
        { "/%0", "does not end in '/%0'" },
        { "/home/*/web/%0", "has another '%' or a '*' in it" },
        { "/srv/%2/%0", "has another '%' or a '*' in it" },
        { "/srv/../www/%0", "has an empty part" },
        { "/srv/./www/%0", "has an empty part" },
        { "/srv//%0", "has an empty part" },
        { "/srv/a\tb/%0", "has a control character" },
    };
    room_t *room = *state;
    const char *folder, *fault;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        fault = mssl_namefolder_parse(&folder, rows[i].pattern, room->pool);
        assert_non_null(fault);
        assert_int_equal(strncmp(fault, rows[i].fault, strlen(rows[i].fault)), 0);
    }
    assert_null(mssl_namefolder_parse(&folder, "/srv/www/%0", room->pool));
    assert_string_equal(folder, "/srv/www");
    assert_null(mssl_namefolder_parse(&folder, "/srv/..a/.b/%0", room->pool));
    assert_string_equal(folder, "/srv/..a/.b");
}

/* Only folders whose name is one, as it is written. */
static void test_what_counts(void **state)
{
    static const char *const no[] = { "Upper.example.com", ".hidden.example.com", "dot.example.com.",
                                      ("b\xc3\xbc" "cher.example"), "_.example.com:443", "a b.example",
                                      "*.example.com", "192.0.2.1", "..example.com", "-",
                                      "a\nb.example.com" };
    room_t *room = *state;
    size_t i;

    for (i = 0; i < COUNT(no); i++) {
        if (strcmp(no[i], "-") != 0) {
            make(room, no[i]);
        }
    }
    make(room, "www.example.com");
    make(room, "xn--bcher-kva.example");
    make(room, "a.example.org");
    make(room, "localhost");
    make(room, "elsewhere");
    certs_write_text(room->root, "file.example.com", "");
    certs_link("www.example.com", path_of(room, "link.example.com"));
    certs_link(path_of(room, "elsewhere"), path_of(room, "far.example.com"));
    /* Whether it can have a certificate is judged by who permits it. */
    assert_string_equal(list(room), "a.example.org\nelsewhere\nlocalhost\nwww.example.com\n"
                                    "xn--bcher-kva.example\n");
    assert_int_equal(room->names.n, 5);
    assert_false(room->names.is_cut);
}

static void test_owner_of_scripts(void **state)
{
    room_t *room = *state;

    if (geteuid() != 0) {
        skip();
    }
    make(room, "panel.example.com");
    make(room, "script.example.com");
    certs_chown(path_of(room, "panel.example.com"), 4242);
    certs_chown(path_of(room, "script.example.com"), 33);
    assert_int_equal(mssl_namefolder_list(&room->names, room->root, 33, room->pool, &room->why),
                     APR_SUCCESS);
    assert_string_equal(room->names.text, "panel.example.com\n");
}

static apr_status_t check(room_t *room, const char *folder, uid_t web)
{
    return mssl_namefolder_check(folder, web, &room->st, &room->why);
}

static void expect(const room_t *room, const char *text)
{
    if (strstr(room->why.text, text) == NULL) {
        fail_msg("'%s' is not in '%s'", text, room->why.text);
    }
}

static void test_who_may_write(void **state)
{
    room_t *room = *state;
    const char *sites;

    make(room, "sites");
    sites = path_of(room, "sites");
    assert_int_equal(check(room, sites, NOBODY), APR_SUCCESS);
    chmod(sites, 0775);
    assert_int_equal(check(room, sites, NOBODY), APR_EACCES);
    expect(room, "is writable by others than its owner, who could permit any name; run: chmod go-w ");
    chmod(sites, 01777);
    assert_int_equal(check(room, sites, NOBODY), APR_EACCES);
    chmod(sites, 0755);
    chmod(room->root, 0777);
    assert_int_equal(check(room, sites, NOBODY), APR_EACCES);
    expect(room, "others than its owner can write into '");
    chmod(room->root, 0755);
    certs_link("sites", path_of(room, "link"));
    assert_int_equal(check(room, path_of(room, "link"), NOBODY), APR_EACCES);
    expect(room, "is a link, and none is followed: use the path that it leads to");
    certs_write_text(room->root, "file", "");
    assert_int_not_equal(check(room, path_of(room, "file"), NOBODY), APR_SUCCESS);
    assert_true(APR_STATUS_IS_ENOENT(check(room, path_of(room, "gone"), NOBODY)));
    expect(room, "does not exist; create it or mount it");
    if (geteuid() == 0) {
        certs_chown(sites, 33);
        assert_int_equal(check(room, sites, 33), APR_EACCES);
        expect(room, "belongs to httpd's User, whose scripts could permit any name; run: chown root ");
        assert_int_equal(check(room, sites, 34), APR_SUCCESS); /* the panel's user */
    }
}

static void test_many(void **state)
{
    room_t *room = *state;
    int i;

    for (i = 0; i < 10000; i++) {
        make(room, apr_psprintf(room->pool, "s%05d.example.com", i));
    }
    assert_int_equal(strncmp(list(room), "s00000.example.com\ns00001.example.com\n", 38), 0);
    assert_int_equal(room->names.n, 10000);
}

static void save(room_t *room, const mssl_namepage_t *page, int n, int dir)
{
    room->why.text[0] = '\0';
    assert_int_equal(mssl_namebook_save(page, n, dir, &room->why), APR_SUCCESS);
}

static void test_book(void **state)
{
    room_t *room = *state;
    const mssl_names_t some = { "a.example.com\nb.example.com\n", 28, 2, 0 };
    const mssl_namepage_t page[] = {
        { "/srv/www/%0", 7, 1ull << 40, apr_time_from_sec(1700000000), some, NULL },
        { "/mnt/x y/%0", 1, 2, apr_time_from_sec(1700000001), some, "it hangs\nor\tso" },
        { "/new/%0", 0, 0, 0, { "", 0, 0, 0 }, "does not exist" },
    };
    int dir = open(room->root, O_RDONLY | O_DIRECTORY);
    const mssl_namepage_t *found;
    apr_array_header_t *pages;
    const char *name;
    size_t at = 0, len;

    assert_true(APR_STATUS_IS_ENOENT(mssl_namebook_load(&pages, dir, room->pool, &room->why)));
    save(room, page, 3, dir);
    assert_int_equal(mssl_namebook_load(&pages, dir, room->pool, &room->why), APR_SUCCESS);
    assert_int_equal(pages->nelts, 3);
    found = mssl_namebook_find(pages, "/srv/www/%0");
    assert_true(found->dev == 7 && found->ino == 1ull << 40 && found->listed == page[0].listed);
    assert_null(found->why);
    assert_true(mssl_namepage_next(found, &at, &name, &len));
    assert_memory_equal(name, "a.example.com", len);
    assert_true(mssl_namepage_next(found, &at, &name, &len));
    assert_memory_equal(name, "b.example.com", len);
    assert_false(mssl_namepage_next(found, &at, &name, &len));
    found = mssl_namebook_find(pages, "/mnt/x y/%0");
    assert_string_equal(found->why, "it hangs?or?so");
    assert_int_equal(found->names.n, 2);
    found = mssl_namebook_find(pages, "/new/%0");
    assert_true(found->listed == 0 && found->names.n == 0);
    assert_null(mssl_namebook_find(pages, "/srv/%0"));
    close(dir);
}

static void test_damaged_book(void **state)
{
    static const char *const texts[] = {
        "", "mssl-folders 1\n", "mssl-folders 2\nend\t1\n", "mssl-folders 1\nend\t1",
        "mssl-folders 1\nend\t2\n", "mssl-folders 1\nend\t1\nmore\n",
        "mssl-folders 1\nfolder\t/a/%0\t1\t1\t1\t1\t-\nend\t2\n",
        "mssl-folders 1\nfolder\t/a/%0\t1\t1\t1\t2\t-\na.example.com\nend\t3\n",
        "mssl-folders 1\nfolder\t/a/%0\t1\t1\t1\t1\t-\n\nend\t3\n",
        "mssl-folders 1\nfolder\t/a/%0\t1\t1\t1\t1\nx\nend\t3\n",
        "mssl-folders 1\nfolder\ta/%0\t1\t1\t1\t1\t-\nx\nend\t3\n",
        "mssl-folders 1\nfolder\t/a/%0\t1\t1\t1\t1\t-\t-\nx\nend\t3\n",
        "mssl-folders 1\nfolder\t/a/%0\t1\t1\t1\t999999999\t-\nx\nend\t3\n",
    };
    room_t *room = *state;
    int dir = open(room->root, O_RDONLY | O_DIRECTORY);
    apr_array_header_t *pages;
    size_t i;

    for (i = 0; i < COUNT(texts); i++) {
        certs_write_text(room->root, MSSL_NAMEBOOK_FILE, texts[i]);
        chmod(path_of(room, MSSL_NAMEBOOK_FILE), 0640);
        assert_int_equal(mssl_namebook_load(&pages, dir, room->pool, &room->why), APR_EINVAL);
        assert_int_equal(pages->nelts, 0);
        expect(room, "inventory.d/folders: is damaged");
    }
    certs_write_text(room->root, MSSL_NAMEBOOK_FILE, "mssl-folders 1\nend\t1\n");
    chmod(path_of(room, MSSL_NAMEBOOK_FILE), 0666); /* anybody could have written it */
    assert_int_not_equal(mssl_namebook_load(&pages, dir, room->pool, &room->why), APR_SUCCESS);
    close(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_patterns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_owner_of_scripts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_may_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_book, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_book, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
