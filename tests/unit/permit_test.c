/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/issue/permit.h"
#include "lib/issue/request.h"
#include "lib/issue/suffix.h"
#include "lib/issue/vhosts.h"
#include "tests/unit/certs.h"

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    int dir;
    mssl_issuing_t issuing;
    mssl_permits_t *permits;
    apr_array_header_t *known;
    char said[8192]; /* reports, a line each */
} room_t;

static void hear(void *baton, const char *text)
{
    room_t *room = baton;
    size_t used = strlen(room->said);

    snprintf(room->said + used, sizeof(room->said) - used, "%s\n", text);
}

static const char *path_of(room_t *room, const char *name)
{
    return apr_pstrcat(room->pool, room->root, "/", name, NULL);
}

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    room->dir = open(room->root, O_RDONLY | O_DIRECTORY);
    assert_int_equal(mkdirat(room->dir, MSSL_REQUESTS_DIR, 0700), 0);
    assert_int_equal(mkdirat(room->dir, MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR, 0700), 0);
    mssl_issuing_init(&room->issuing, room->pool);
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

static void put(room_t *room, const char *name, const char *text)
{
    certs_write_text(room->root, name, text);
    chmod(path_of(room, name), 0644);
}

/* @return what was said */
static const char *read_all(room_t *room)
{
    room->said[0] = '\0';
    room->permits = mssl_permits_read(&room->issuing, room->dir, room->permits, room->known,
                                      hear, room, room->pool);
    return room->said;
}

static int has(room_t *room, const char *name)
{
    return mssl_permits_find(room->permits, name) != NULL;
}

static void use_list(room_t *room, const char *text)
{
    put(room, "names", text);
    if (room->issuing.lists->nelts == 0) {
        APR_ARRAY_PUSH(room->issuing.lists, const char *) = path_of(room, "names");
    }
}

static void test_suffixes(void **state)
{
    static const struct {
        const char *name, *domain;
        int is_public;
    } rows[] = {
        { "example.com", "example.com", 1 },
        { "www.shop.example.co.uk", "example.co.uk", 1 },
        { "com", "com", 0 },
        { "co.uk", "co.uk", 0 },
        { "localhost", "localhost", 0 },
        { "a.localdomain", "a.localdomain", 0 },
        { "host.example.internal", "example.internal", 0 },
        { "me.github.io", "me.github.io", 1 },
        { "*.example.com", "example.com", 1 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(mssl_suffix_get_domain(rows[i].name), rows[i].domain);
        assert_int_equal(mssl_suffix_is_public(rows[i].name), rows[i].is_public);
    }
    assert_true(mssl_suffix_is_plain("a-b.xn--80ak6aa92e.com"));
    assert_true(mssl_suffix_is_plain("*.a.com"));
    assert_false(mssl_suffix_is_plain("a_b.com"));
    assert_false(mssl_suffix_is_plain("-a.com"));
    assert_false(mssl_suffix_is_plain("a-.com"));
    assert_false(mssl_suffix_is_plain("a.com-"));
    assert_false(mssl_suffix_is_plain("*.-a.com"));
}

static void test_vhosts(void **state)
{
    static const char *const no[] = { "off.example.com", "plain.example.com", "local", "a_b.example.com",
                                      "x.internal", "w.example.com", "stranger.example.com", "-" };
    room_t *room = *state;
    size_t i;

    put(room, "vhosts",
        "*:443\tguarded\twww.example.com\texample.com alias.example.org local a_b.example.com "
        "x.internal *.w.example.com\t/etc/a.conf:1\t/srv/a\tissue\n"
        "*:443\tguarded\toff.example.com\t-\t/etc/a.conf:9\t/srv/a\t-\n"
        "*:80\tplain\tplain.example.com\t-\t/etc/a.conf:9\t/srv/a\tissue\n"
        "*:443\tguarded\told.example.com\t-\t/etc/a.conf:9\t/srv/a\n"
        "rubbish\n"
        "*:443\tguarded\tSHOP.Example.com\t-\t/etc/a.conf:9\t-\tissue\n");
    assert_string_equal(read_all(room), ""); /* not among the sources */
    assert_int_equal(mssl_permits_count(room->permits), 0);
    room->issuing.for_vhosts = 1;
    assert_string_equal(read_all(room), "");
    assert_int_equal(mssl_permits_count(room->permits), 4);
    assert_true(has(room, "www.example.com") && has(room, "example.com")
                && has(room, "alias.example.org") && has(room, "shop.example.com"));
    for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        assert_false(has(room, no[i]));
    }
    unlink(path_of(room, "vhosts"));
    assert_string_equal(read_all(room), "MSSLIssueFor vhosts: vhosts: No such file or directory; no "
                                        "name of a virtual host is permitted\n");
}

static void test_addresses(void **state)
{
    static const char *const expected[] = { "127.0.0.1:443", "[2001:db8::1]:443", "192.0.2.1:8443" };
    room_t *room = *state;
    const char *const *list;
    size_t i;

    put(room, "vhosts",
        "*:443 [2001:db8::1]:443\tguarded\ta.com\t-\t/a:1\t-\tissue\n"
        "*:80\tplain\ta.com\t-\t/a:1\t-\tissue\n"
        "*:443 192.0.2.1:8443 192.0.2.1:*\tguarded\tb.com\t-\t/a:1\t-\t-\n");
    list = mssl_vhosts_list_addresses(room->dir, room->pool);
    for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_string_equal(list[i], expected[i]);
    }
    assert_null(list[i]);
}

static void test_list(void **state)
{
    room_t *room = *state;
    const mssl_permit_t *permit;

    use_list(room, "# ours\r\n\n  a.test nocheck\t issuer:hand key:rsa # old\n*.b.test\nC.TEST.\nd.test");
    assert_string_equal(read_all(room), "");
    assert_int_equal(mssl_permits_count(room->permits), 4);
    permit = mssl_permits_find(room->permits, "a.test");
    assert_int_equal(permit->sources, MSSL_FROM_LIST);
    assert_string_equal(permit->issuer, "hand");
    assert_int_equal(permit->key, MSSL_KEY_RSA);
    assert_true(permit->skips_preflight);
    permit = mssl_permits_find(room->permits, "*.b.test");
    assert_null(permit->issuer);
    assert_int_equal(permit->key, -1);
    assert_true(has(room, "c.test") && has(room, "d.test"));
    assert_false(has(room, "x.b.test"));
}

/* Each costs its own line. */
static void test_bad_lines(void **state)
{
    static const struct {
        const char *line, *why;
    } rows[] = {
        { "192.0.2.1", "that is no host name" },
        { "../etc/passwd", "that is no host name" },
        { "https://a.test/", "that is no host name" },
        { "b\xc3\xbc" "cher.test", "a name with letters beyond ASCII is written in its xn-- form, "
                                   "'xn--bcher-kva.test'" },
        { "*.B\xc3\x9c" "CHER.test nocheck", "a name with letters beyond ASCII is written in its xn-- "
                                           "form, '*.xn--bcher-kva.test'" },
        { "b\xff" "cher.test", "that is no host name" },
        { "a_b.test", "no certificate authority signs a name with '_', or with '-' at the end of a "
                      "label" },
        { "-f.test", "no certificate authority signs a name with '_', or with '-' at the end of a "
                     "label" },
        { "b.test c.test", "behind the name may stand nocheck, issuer:NAME, key:ecdsa or key:rsa" },
        { "b.test issuer:", "behind the name may stand nocheck, issuer:NAME, key:ecdsa or key:rsa" },
        { "b.test issuer:../x", "behind the name may stand nocheck, issuer:NAME, key:ecdsa or "
                                "key:rsa" },
        { "!b.test nocheck", "there are too many words" },
        { "!", "that is no host name" },
    };
    room_t *room = *state;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        use_list(room, apr_pstrcat(room->pool, "good.test\n", rows[i].line, "\nlast.test\n", NULL));
        assert_string_equal(read_all(room),
                            apr_pstrcat(room->pool, room->root, "/names:2: ", rows[i].why,
                                        "; this line is passed over\n", NULL));
        assert_int_equal(mssl_permits_count(room->permits), 2);
        assert_true(has(room, "good.test") && has(room, "last.test"));
    }
}

/* A file of something else does not fill the log. */
static void test_many_bad_lines(void **state)
{
    room_t *room = *state;
    char text[4000];
    int i, lines = 0;

    for (i = 0; i < 1000; i++) {
        memcpy(text + i * 4, "a/b\n", 4);
    }
    text[sizeof(text) - 1] = '\0';
    use_list(room, text);
    read_all(room);
    for (i = 0; room->said[i] != '\0'; i++) {
        lines += room->said[i] == '\n';
    }
    assert_int_equal(lines, MSSL_LIST_REPORTS + 1);
    assert_non_null(strstr(room->said, "names: 980 more lines are passed over\n"));
}

static void test_exclusions(void **state)
{
    room_t *room = *state;

    room->issuing.for_vhosts = 1;
    put(room, "vhosts", "*:443\tguarded\twww.example.com\tshop.example.com a.b.example.org\t/a:1\t-\t"
                        "issue\n");
    use_list(room, "!www.example.com\nx.b.example.org\nb.example.org\n!*.b.example.org\n!_.odd.test\n");
    assert_string_equal(read_all(room), "");
    assert_false(has(room, "www.example.com") || has(room, "a.b.example.org")
                 || has(room, "x.b.example.org"));
    assert_true(has(room, "shop.example.com") && has(room, "b.example.org"));
    assert_true(mssl_permits_is_excluded(room->permits, "deep.a.b.example.org"));
    assert_int_equal(mssl_permits_count(room->permits), 2);
}

/* It leaves the last one in force; and what is others' to write is not read. */
static void test_list_that_cannot_be_read(void **state)
{
    room_t *room = *state;

    use_list(room, "a.test\n");
    read_all(room);
    assert_false(mssl_permits_is_outdated(room->permits, room->dir));
    chmod(path_of(room, "names"), 0666);
    assert_true(mssl_permits_is_outdated(room->permits, room->dir));
    read_all(room);
    assert_non_null(strstr(room->said, "MSSLIssueFor list: "));
    assert_non_null(strstr(room->said, "; what it said before goes on\n"));
    assert_true(has(room, "a.test"));
    unlink(path_of(room, "names"));
    read_all(room);
    assert_true(has(room, "a.test"));
    use_list(room, "b.test\n");
    assert_string_equal(read_all(room), "");
    assert_true(has(room, "b.test") && !has(room, "a.test"));
    room->permits = NULL; /* the first time */
    unlink(path_of(room, "names"));
    read_all(room);
    assert_non_null(strstr(room->said, "; no name of it is permitted\n"));
}

static void test_requests(void **state)
{
    room_t *room = *state;
    int folder = openat(room->dir, MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR, O_RDONLY | O_DIRECTORY);
    mssl_request_t request = { "a.test", MSSL_VERB_NONE, "hand", "" }, back;
    mssl_reason_t why = { "" };

    room->issuing.for_requests = 1;
    assert_string_equal(read_all(room), "");
    assert_int_equal(mssl_request_save(&request, folder, &why), APR_SUCCESS);
    assert_true(mssl_permits_is_outdated(room->permits, room->dir));
    strcpy(request.name, "*.b.test");
    request.issuer[0] = '\0';
    assert_int_equal(mssl_request_save(&request, folder, &why), APR_SUCCESS);
    put(room, MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR "/c.test", "nonsense\n");
    put(room, MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR "/D.test", "mssl-request/1\nname: D.test\n");
    put(room, MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR "/.a.test.Xy.new", "");
    assert_string_equal(read_all(room), "requests/wanted: c.test: it does not begin with "
                                        "'mssl-request/1'; this request is passed over\n");
    assert_int_equal(mssl_permits_count(room->permits), 2);
    assert_string_equal(mssl_permits_find(room->permits, "a.test")->issuer, "hand");
    assert_true(has(room, "*.b.test"));
    request = (mssl_request_t){ "a.test", MSSL_VERB_REVOKE, "", "superseded" };
    assert_int_equal(mssl_request_save(&request, folder, &why), APR_SUCCESS);
    assert_int_equal(mssl_request_load(&back, folder, "a.test", &why), APR_SUCCESS);
    assert_memory_equal(&back, &request, sizeof(back));
    put(room, MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR "/a.test",
        "mssl-request/1\nverb: revoke\nreason: because\n");
    assert_int_equal(mssl_request_load(&back, folder, "a.test", &why), APR_EINVAL);
    request = (mssl_request_t){ "a.test", .notify = "o@b.example", .lang = "de" };
    assert_int_equal(mssl_request_save(&request, folder, &why), APR_SUCCESS);
    assert_int_equal(mssl_request_load(&back, folder, "a.test", &why), APR_SUCCESS);
    assert_memory_equal(&back, &request, sizeof(back));
    put(room, MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR "/a.test", "mssl-request/1\nlang: klingon\n");
    assert_int_equal(mssl_request_load(&back, folder, "a.test", &why), APR_EINVAL);
    close(folder);
}

#define HEAD "mssl-folders 1\nfolder\t/srv/www/%0\t1\t1\t1700000000\t"

static void use_folders(room_t *room, const char *text)
{
    mkdir(path_of(room, "inventory.d"), 0750);
    put(room, "inventory.d/folders", text);
    if (room->issuing.folders->nelts == 0) {
        APR_ARRAY_PUSH(room->issuing.folders, const char *) = "/srv/www/%0";
    }
    put(room, "vhosts", "*:443\tguarded\toff.example.com\twww.off.example.com *.example.com\t/a:1\t-\t-\n"
                        "*:443\tguarded\tvhost.example.com\t-\t/a:2\t-\tissue\n");
}

static void test_folders(void **state)
{
    static const char *const no[] = { "com", "localhost", "x.internal", "a_b.example.com",
                                      "off.example.com", "www.off.example.com", "out.example.com",
                                      "Upper.example.com", "vhost.example.com", "../etc" };
    room_t *room = *state;
    size_t i;

    use_folders(room, HEAD "11\t-\na.example.com\ncom\nlocalhost\nx.internal\na_b.example.com\n"
                      "off.example.com\nwww.off.example.com\nout.example.com\nUpper.example.com\n"
                      "../etc\nb.example.co.uk\nend\t13\n");
    use_list(room, "!out.example.com\n");
    assert_string_equal(read_all(room), "");
    assert_int_equal(mssl_permits_count(room->permits), 2);
    assert_int_equal(mssl_permits_find(room->permits, "a.example.com")->sources, MSSL_FROM_FOLDERS);
    assert_true(has(room, "b.example.co.uk"));
    for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        assert_false(has(room, no[i]));
    }
    /* What a list names counts, whatever a virtual host says. */
    use_list(room, "off.example.com\n");
    read_all(room);
    assert_int_equal(mssl_permits_find(room->permits, "off.example.com")->sources, MSSL_FROM_LIST);
    assert_false(mssl_permits_is_outdated(room->permits, room->dir));
    put(room, "inventory.d/folders", HEAD "0\t-\nend\t2\n");
    assert_true(mssl_permits_is_outdated(room->permits, room->dir));
    assert_string_equal(read_all(room), "");
    assert_false(has(room, "a.example.com"));
}

/* Until all folders were listed once nobody knows what is gone. */
static void test_folders_that_are_not_known(void **state)
{
    room_t *room = *state;

    use_folders(room, HEAD "-1\tdoes not exist\nend\t2\n");
    room->known = apr_array_make(room->pool, 1, sizeof(mssl_known_t));
    APR_ARRAY_PUSH(room->known, mssl_known_t) = (mssl_known_t){ "a.example.com", MSSL_FROM_FOLDERS };
    APR_ARRAY_PUSH(room->known, mssl_known_t) = (mssl_known_t){ "off.example.com", MSSL_FROM_FOLDERS };
    assert_string_equal(read_all(room), "");
    assert_int_equal(mssl_permits_find(room->permits, "a.example.com")->sources, MSSL_FROM_FOLDERS);
    assert_false(has(room, "off.example.com"));
    unlink(path_of(room, "inventory.d/folders"));
    assert_string_equal(read_all(room), "");
    assert_true(has(room, "a.example.com"));
    use_folders(room, "rubbish");
    assert_string_equal(read_all(room), "MSSLIssueFor folders: inventory.d/folders: is damaged; the "
                                        "names that folders had stay in force until the inventory has "
                                        "written it anew\n");
    assert_true(has(room, "a.example.com"));
    use_folders(room, HEAD "1\tit hangs\nb.example.com\nend\t3\n");
    assert_string_equal(read_all(room), "");
    assert_true(has(room, "b.example.com") && !has(room, "a.example.com"));
}

/* The steward gives the memory of what was before back, which others use then. */
static void reuse(apr_pool_t *before)
{
    int i;

    apr_pool_clear(before);
    for (i = 0; i < 64; i++) {
        memset(apr_palloc(before, 1024), 'x', 1024);
    }
}

/* A file of virtual hosts that cannot be read takes nothing back of what is off there. */
static void test_off_goes_on(void **state)
{
    room_t *room = *state;
    apr_pool_t *first, *second, *own = room->pool;

    use_folders(room, HEAD "2\t-\na.example.com\noff.example.com\nend\t4\n");
    room->issuing.ask = "/usr/local/sbin/panel-ask";
    apr_pool_create(&first, own);
    apr_pool_create(&second, own);
    room->pool = first;
    read_all(room);
    unlink(path_of(room, "vhosts"));
    room->pool = second;
    read_all(room);
    room->pool = own;
    assert_non_null(strstr(room->said, "no name of a virtual host is permitted"));
    reuse(first);
    assert_true(has(room, "a.example.com"));
    assert_false(has(room, "off.example.com"));
    assert_false(mssl_permits_may_ask(room->permits, "off.example.com"));
    assert_false(mssl_permits_may_ask(room->permits, "www.off.example.com"));
    assert_true(mssl_permits_may_ask(room->permits, "new.example.com"));
}

static void test_ask(void **state)
{
    static const char *const no[] = { "com", "localhost", "a_b.example.com", "off.example.com",
                                      "out.example.com", "x.out.example.org" };
    room_t *room = *state;
    size_t i;

    use_folders(room, HEAD "0\t-\nend\t2\n");
    use_list(room, "!out.example.com\n!*.out.example.org\n");
    room->known = apr_array_make(room->pool, 1, sizeof(mssl_known_t));
    APR_ARRAY_PUSH(room->known, mssl_known_t) = (mssl_known_t){ "a.example.com", MSSL_FROM_ASK };
    for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        APR_ARRAY_PUSH(room->known, mssl_known_t) = (mssl_known_t){ no[i], MSSL_FROM_ASK };
    }
    assert_string_equal(read_all(room), "");
    assert_int_equal(mssl_permits_count(room->permits), 0); /* not among the sources */
    room->issuing.ask = "/usr/local/sbin/panel-ask";
    assert_string_equal(read_all(room), "");
    assert_int_equal(mssl_permits_count(room->permits), 1);
    assert_int_equal(mssl_permits_find(room->permits, "a.example.com")->sources, MSSL_FROM_ASK);
    assert_true(mssl_permits_may_ask(room->permits, "new.example.com"));
    for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        assert_false(has(room, no[i]));
        assert_false(mssl_permits_may_ask(room->permits, no[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suffixes),
        cmocka_unit_test_setup_teardown(test_vhosts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_bad_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_exclusions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_off_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ask, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folders_that_are_not_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list_that_cannot_be_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_requests, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
