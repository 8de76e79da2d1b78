/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/inventory/file.h"
#include "lib/inventory/publish.h"
#include "lib/providers/config.h"
#include "tests/unit/stores.h"

#define DAY apr_time_from_sec(86400)
#define NOW (20000 * DAY)
#define EVER (APR_INT64_MAX - APR_USEC_PER_SEC)

/* What the code calls in place of realloc() (--wrap, tests/tests.mk). */
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

static int fails_realloc;

void *__wrap_realloc(void *old, size_t size)
{
    return fails_realloc ? NULL : __real_realloc(old, size);
}

typedef struct desk_t {
    apr_pool_t *pool;
    mssl_book_t *book;
    mssl_index_t *index;
    mssl_warns_t warns;
    char root[64];
    int dir;
} desk_t;

static const char *const labels[] = { "dir:/etc/mssl", "map:/srv/map", "SSLCertificateFile" };

static mssl_book_t *make_book(desk_t *desk)
{
    mssl_book_t *book = mssl_book_make(COUNT(labels), desk->pool);
    size_t i;

    for (i = 0; i < COUNT(labels); i++) {
        book->shelf[i].label = labels[i];
        book->shelf[i].is_reachable = book->shelf[i].can_list = 1;
    }
    return book;
}

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    desk->book = make_book(desk);
    mssl_warns_init(&desk->warns);
    certs_folder(desk->root, sizeof(desk->root));
    desk->dir = open(desk->root, O_RDONLY | O_DIRECTORY);
    *state = desk;
    return mssl_index_make(&desk->index, desk->pool) != APR_SUCCESS;
}

static int tear_down(void **state)
{
    desk_t *desk = *state;

    close(desk->dir);
    certs_remove(desk->root);
    apr_pool_destroy(desk->pool);
    free(desk);
    apr_terminate();
    return 0;
}

static mssl_fact_t good(int begins, int ends, const char *file)
{
    mssl_fact_t fact = { .dates = { NOW + begins * DAY, NOW + ends * DAY, 0, EVER },
                         .type = MSSL_KEY_ECDSA, .file = file };
    size_t i;

    for (i = 0; i < sizeof(fact.sha256); i++) {
        fact.sha256[i] = (unsigned char)(strlen(file) * 7 + i + (size_t)ends);
    }
    return fact;
}

static mssl_fact_t bad(const char *file, const char *reason)
{
    return (mssl_fact_t){ .is_bad = 1, .file = file, .reason = reason };
}

static void put(desk_t *desk, int source, const char *key, mssl_fact_t fact)
{
    mssl_finding_t finding = { .nfacts = 1 };

    finding.fact[0] = fact;
    finding.has_stamp = 1;
    memset(finding.stamp.digest, key[0], sizeof(finding.stamp.digest));
    assert_int_equal(mssl_book_put(desk->book, source, key, &finding, 1), APR_SUCCESS);
}

static void exclude(desk_t *desk, int source, const char *key)
{
    mssl_finding_t finding = { .is_excluded = 1 };

    assert_int_equal(mssl_book_put(desk->book, source, key, &finding, 1), APR_SUCCESS);
}

static void fill(desk_t *desk)
{
    put(desk, 0, "b.example", good(-10, 80, "/etc/mssl/b.example.pem"));
    put(desk, 0, "*.kunde.example", good(-10, 70, "/etc/mssl/_.kunde.example.pem"));
    put(desk, 0, "a.kunde.example", bad("/etc/mssl/a.kunde.example.pem", "no key\n\x1b[1m 100%"));
    exclude(desk, 0, "none.kunde.example");
    put(desk, 1, "b.example", good(-1, 89, "/srv/new/b.pem"));
    put(desk, 1, "c.example", bad("/srv/c.pem", "empty"));
    put(desk, 2, "d.example", good(-89, 1, "/etc/ssl/d.pem"));
}

static void publish(desk_t *desk, const mssl_ways_t *ways, apr_time_t now)
{
    mssl_index_walk_t walk = { .started = 5 };

    assert_int_equal(mssl_book_publish(desk->book, desk->index, ways, &desk->warns, &walk, now,
                                       desk->pool), APR_SUCCESS);
}

static mssl_index_row_t *row_of(desk_t *desk, const char *name)
{
    mssl_index_row_t *row;

    return mssl_index_lookup(desk->index, name, &row, desk->pool) == APR_SUCCESS ? row : NULL;
}

static void test_order(void **state)
{
    desk_t *desk = *state;
    const mssl_shelf_t *shelf = &desk->book->shelf[0];
    char key[32];
    apr_uint32_t i, place;

    for (i = 0; i < 500; i++) {
        snprintf(key, sizeof(key), "n%03u.example", i * 7 % 500);
        put(desk, 0, key, good(-1, 1, "/etc/mssl/x"));
    }
    assert_int_equal(shelf->n, 500);
    for (i = 1; i < shelf->n; i++) {
        assert_true(strcmp(mssl_entry_get_key(shelf->entry[i - 1]),
                           mssl_entry_get_key(shelf->entry[i])) < 0);
    }
    assert_true(mssl_book_find(shelf, "n077.example", &place));
    assert_int_equal(place, 77);
    assert_false(mssl_book_find(shelf, "n077", &place));
    mssl_entry_set_walk(shelf->entry[77], 2);
    assert_int_equal(mssl_book_sweep(desk->book, 0, 2), 499);
    assert_string_equal(mssl_entry_get_key(shelf->entry[0]), "n077.example");
    mssl_book_remove(desk->book, 0, 0);
    assert_int_equal(shelf->n, 0);
}

static void test_publish(void **state)
{
    desk_t *desk = *state;
    mssl_index_summary_t *summary;
    mssl_index_row_t *row;

    fill(desk);
    publish(desk, NULL, NOW);
    assert_int_equal(row_of(desk, "b.example")->state, MSSL_STATE_SHADOWED);
    assert_non_null(strstr(row_of(desk, "b.example")->reason, "/srv/new/b.pem is newer"));
    assert_string_equal(row_of(desk, "b.example")->file, "/etc/mssl/b.example.pem");
    row = row_of(desk, "a.kunde.example");
    assert_int_equal(row->state, MSSL_STATE_DEGRADED);
    assert_true(row->is_wildcard);
    assert_string_equal(row->file, "/etc/mssl/_.kunde.example.pem");
    assert_string_equal(row->reason, "no key\n\x1b[1m 100%");
    assert_int_equal(row_of(desk, "none.kunde.example")->state, MSSL_STATE_EXCLUDED);
    assert_int_equal(row_of(desk, "c.example")->state, MSSL_STATE_BAD);
    assert_string_equal(row_of(desk, "c.example")->store_label, "map:/srv/map");
    assert_int_equal(row_of(desk, "d.example")->state, MSSL_STATE_URGENT);
    assert_null(row_of(desk, "x.kunde.example"));
    assert_int_equal(mssl_index_read(desk->index, 10, &summary, desk->pool), APR_SUCCESS);
    assert_int_equal(summary->names, 6);
    assert_int_equal(summary->certificates, 4);
    assert_int_equal(summary->store[0].names, 4);
    assert_int_equal(summary->store[0].bad, 1);
    assert_int_equal(summary->store[0].certificates, 2);
    assert_int_equal(summary->store[0].soonest, NOW + 70 * DAY);
    assert_int_equal(summary->walk.started, 5);
    assert_int_equal(summary->nattention, 4);
}

/* The first view that has a pair answers; with several addresses the worst counts. */
typedef struct network_t {
    const mssl_view_t *view[2][2]; /* by way, in order */
} network_t;

static const mssl_view_t *get_view(void *baton, int way, const char *name, int i)
{
    network_t *network = baton;

    (void)name;
    return i < 2 ? network->view[way][i] : NULL;
}

static void test_ways(void **state)
{
    desk_t *desk = *state;
    network_t network = { { { NULL } } };
    mssl_ways_t ways = { 2, get_view, &network };
    mssl_source_t *source[3], *order[2];
    mssl_store_conf_t conf;
    mssl_store_t *store;
    size_t i;

    mssl_store_conf_init(&conf);
    assert_int_equal(mssl_store_make(&store, &conf, desk->pool), APR_SUCCESS);
    for (i = 0; i < COUNT(source); i++) {
        source[i] = mssl_store_add_instance(store, "MSSLCertificate", &mssl_store_config,
                                            mssl_config_make(desk->pool), NULL, NULL);
    }
    fill(desk);
    order[0] = source[1];
    order[1] = source[0];
    network.view[0][0] = mssl_store_get_view(store, order, 2);
    network.view[1][0] = mssl_store_get_view(store, &source[1], 1);
    network.view[1][1] = mssl_store_get_view(store, &source[0], 1);
    publish(desk, &ways, NOW);
    /* The other order: the newer one serves. */
    assert_int_equal(row_of(desk, "b.example")->state, MSSL_STATE_VALID);
    assert_string_equal(row_of(desk, "b.example")->file, "/srv/new/b.pem");
    /* Nobody asks the third source. */
    assert_null(row_of(desk, "d.example"));
    put(desk, 0, "c.example", good(-10, 80, "/etc/mssl/c.example.pem"));
    publish(desk, &ways, NOW);
    assert_int_equal(row_of(desk, "c.example")->state, MSSL_STATE_VALID);
    /* An address that has only the bad one. */
    network.view[1][1] = NULL;
    publish(desk, &ways, NOW + 5);
    assert_int_equal(row_of(desk, "c.example")->state, MSSL_STATE_BAD);
    assert_int_equal(row_of(desk, "c.example")->since, NOW + 5);
    publish(desk, &ways, NOW + 9);
    assert_int_equal(row_of(desk, "c.example")->since, NOW + 5);
}

static void assert_same(desk_t *desk, const mssl_book_t *book)
{
    mssl_finding_t a, b;
    apr_uint32_t i;
    int source, j;

    for (source = 0; source < book->nshelves; source++) {
        assert_int_equal(book->shelf[source].n, desk->book->shelf[source].n);
        for (i = 0; i < book->shelf[source].n; i++) {
            const mssl_entry_t *x = desk->book->shelf[source].entry[i];
            const mssl_entry_t *y = book->shelf[source].entry[i];

            assert_string_equal(mssl_entry_get_key(x), mssl_entry_get_key(y));
            mssl_entry_get_finding(desk->book, source, x, &a, desk->pool);
            mssl_entry_get_finding(book, source, y, &b, desk->pool);
            assert_memory_equal(&a, &b, offsetof(mssl_finding_t, fact));
            for (j = 0; j < a.nfacts; j++) {
                assert_int_equal(a.fact[j].is_bad, b.fact[j].is_bad);
                assert_int_equal(a.fact[j].is_last_good, b.fact[j].is_last_good);
                assert_int_equal(a.fact[j].is_kept, b.fact[j].is_kept);
                assert_int_equal(a.fact[j].signs_itself, b.fact[j].signs_itself);
                if (!a.fact[j].is_bad) {
                    assert_memory_equal(&a.fact[j].dates, &b.fact[j].dates, sizeof(mssl_dates_t));
                    assert_memory_equal(a.fact[j].sha256, b.fact[j].sha256, MSSL_BOOK_SHA_LEN);
                    assert_int_equal(a.fact[j].type, b.fact[j].type);
                }
                assert_string_equal(a.fact[j].file, b.fact[j].file);
                if (a.fact[j].reason != NULL) {
                    assert_string_equal(a.fact[j].reason, b.fact[j].reason);
                }
            }
        }
    }
}

static void save(desk_t *desk, const mssl_progress_t *progress)
{
    mssl_reason_t why = { "" };

    if (mssl_book_save(desk->book, progress, desk->dir, &why) != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
}

static void test_file(void **state)
{
    desk_t *desk = *state;
    mssl_progress_t progress = { .number = 7, .source = 0, .key = "a.kunde.example",
                                 .walk = { .started = NOW, .ended = NOW - DAY, .took = 12345,
                                           .seen = 3, .is_complete = 1 } }, read;
    mssl_finding_t finding = { .nfacts = 2, .state = MSSL_STATE_AT_RISK, .since = NOW };
    mssl_book_t *book = make_book(desk), *made = NULL;
    mssl_reason_t why = { "" };
    struct stat st;
    apr_uint32_t i;

    fill(desk);
    finding.fact[0] = bad("/etc/mssl/e\t\xc3\xa9.pem", NULL);
    finding.fact[1] = good(-10, 80, "/etc/mssl/e.example.pem");
    finding.fact[1].is_last_good = finding.fact[1].signs_itself = 1;
    finding.fact[1].dates.chain_from = NOW - 9 * DAY;
    finding.fact[1].dates.chain_until = NOW + 9 * DAY;
    assert_int_equal(mssl_book_put(desk->book, 1, "e.example", &finding, 1), APR_SUCCESS);
    finding.nfacts = 2;
    finding.fact[0] = finding.fact[1] = good(-10, 80, "/etc/mssl/f.example.pem");
    finding.fact[0].type = MSSL_KEY_EDDSA;
    finding.fact[0].signs_itself = finding.fact[1].signs_itself = finding.fact[1].is_kept = 1;
    assert_int_equal(mssl_book_put(desk->book, 1, "f.example", &finding, 1), APR_SUCCESS);
    publish(desk, NULL, NOW);
    desk->book->shelf[1].is_reachable = 0;
    strcpy(desk->book->shelf[1].why.text, "it hangs");
    save(desk, &progress);
    assert_int_equal(mssl_book_load(&book, &read, desk->dir, desk->pool, &why), APR_SUCCESS);
    assert_same(desk, book);
    assert_int_equal(read.number, 7);
    assert_int_equal(read.source, 0);
    assert_string_equal(read.key, "a.kunde.example");
    assert_memory_equal(&read.walk, &progress.walk, sizeof(read.walk));
    /* In the middle: what is behind that key is not done. */
    assert_int_equal(mssl_entry_get_walk(book->shelf[0].entry[0]), 7); /* "*.kunde.example" */
    assert_int_equal(mssl_entry_get_walk(book->shelf[0].entry[1]), 7);
    for (i = 2; i < book->shelf[0].n; i++) {
        assert_int_equal(mssl_entry_get_walk(book->shelf[0].entry[i]), 6);
    }
    assert_int_equal(mssl_entry_get_walk(book->shelf[1].entry[0]), 6);
    assert_false(book->shelf[1].is_reachable);
    assert_string_equal(book->shelf[1].why.text, "it hangs");
    assert_int_equal(fstatat(desk->dir, "inventory", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    /* Who has no configuration. */
    assert_int_equal(mssl_book_load(&made, &read, desk->dir, desk->pool, &why), APR_SUCCESS);
    assert_same(desk, made);
    assert_string_equal(made->shelf[0].label, "dir:/etc/mssl");
}

/* The configuration has changed: stores are known by their labels. */
static void test_other_stores(void **state)
{
    desk_t *desk = *state;
    mssl_progress_t progress = { .number = 1, .source = -1 };
    mssl_book_t *book = mssl_book_make(2, desk->pool);
    mssl_reason_t why;

    fill(desk);
    publish(desk, NULL, NOW);
    save(desk, &progress);
    book->shelf[0].label = "map:/srv/map";
    book->shelf[1].label = "dir:/new";
    assert_int_equal(mssl_book_load(&book, &progress, desk->dir, desk->pool, &why), APR_SUCCESS);
    assert_int_equal(book->shelf[0].n, 2);
    assert_int_equal(book->shelf[1].n, 0);
    assert_int_equal(progress.source, -1);
}

static void test_damaged(void **state)
{
    desk_t *desk = *state;
    mssl_progress_t progress = { .number = 1, .source = -1 };
    mssl_book_t *book = make_book(desk);
    mssl_reason_t why;
    char path[128], text[8192];
    FILE *file;
    size_t len, cut, i;

    fill(desk);
    publish(desk, NULL, NOW);
    assert_int_equal(mssl_book_load(&book, &progress, desk->dir, desk->pool, &why), APR_ENOENT);
    assert_int_equal(progress.source, -1);
    progress.number = 1;
    save(desk, &progress);
    snprintf(path, sizeof(path), "%s/inventory", desk->root);
    file = fopen(path, "r");
    len = fread(text, 1, sizeof(text), file);
    fclose(file);
    assert_true(len > 500 && len < sizeof(text));
    for (cut = 0; cut < len; cut += 13) { /* cut off, and one byte changed */
        certs_write(desk->root, "inventory", text, cut);
        assert_int_equal(mssl_book_load(&book, &progress, desk->dir, desk->pool, &why),
                         APR_EINVAL);
        text[cut] ^= 1;
        certs_write(desk->root, "inventory", text, len);
        assert_int_equal(mssl_book_load(&book, &progress, desk->dir, desk->pool, &why),
                         APR_EINVAL);
        text[cut] ^= 1;
        for (i = 0; i < COUNT(labels); i++) {
            assert_int_equal(book->shelf[i].n, 0);
        }
    }
    mssl_book_set_aside(desk->dir);
    assert_int_equal(mssl_book_load(&book, &progress, desk->dir, desk->pool, &why), APR_ENOENT);
    snprintf(path, sizeof(path), "%s/inventory.bad", desk->root);
    assert_int_equal(access(path, F_OK), 0);
}

/* Nobody is given the dates of another pair's chain, nor those of none. */
static void test_no_memory(void **state)
{
    desk_t *desk = *state;
    mssl_finding_t finding = { .nfacts = 1 };
    mssl_shelf_t *shelf = &desk->book->shelf[0];
    mssl_candidate_t candidate;
    apr_uint32_t place;
    int chains = 0;
    char key[16];

    exclude(desk, 0, "a"); /* makes room for entries, and needs no chain */
    fails_realloc = 1;
    assert_int_equal(mssl_book_put(desk->book, 0, "a", &finding, 1), APR_ENOMEM);
    assert_int_equal(mssl_entry_count_facts(shelf->entry[0]), 0);
    do { /* until there is no room for one more chain */
        finding.fact[0].dates.chain_until = ++chains * DAY;
        snprintf(key, sizeof(key), "b%03d", chains);
        fails_realloc = chains > 1;
    } while (mssl_book_put(desk->book, 0, key, &finding, 1) == APR_SUCCESS && chains < 60);
    fails_realloc = 0;
    assert_within(chains, 2, 59);
    assert_false(mssl_book_find(shelf, key, &place));
    assert_int_equal(shelf->n, chains);
    for (place = 1; place < shelf->n; place++) {
        mssl_entry_get_candidate(desk->book, shelf->entry[place], 0, &candidate);
        assert_int_equal(candidate.dates.chain_until, place * DAY);
    }
    assert_int_equal(mssl_book_put(desk->book, 0, key, &finding, 1), APR_SUCCESS);
    mssl_entry_get_candidate(desk->book, shelf->entry[place], 0, &candidate);
    assert_int_equal(candidate.dates.chain_until, chains * DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_publish, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_stores, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
