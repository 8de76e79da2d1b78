/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/explain/mixed.h"
#include "tests/unit/pool.h"

typedef struct row_t {
    const char *page;
    const char *found; /* "img src http://a/ ..." with "!" before what is blocked */
} row_t;

static const row_t rows[] = {
    { "", "" },
    { "<img src=http://a/b.png>", "img src http://a/b.png" },
    { "<IMG SRC = 'HTTP://a/'>", "img src HTTP://a/" },
    { "<img alt=\"<\" src=\"http://a/\">", "img src http://a/" },
    { "<img src=https://a/><img src=//a/><img src=/http://a/>", "" },
    { "<img src=\" http://\na/\t\">", "img src http://a/" },
    { "<img src='&#104;ttp:&#x2F;&#x2f;a/?b&amp;c'>", "img src http://a/?b&c" },
    { "<img src=http:a/b>", "img src http:a/b" },
    { "<img src=https://a/ src=http://a/>", "" }, /* the first counts */
    { "<script src=http://a/x.js></script>", "!script src http://a/x.js" },
    { "<script>var s = '<img src=http://a/>';</script><img src=http://b/>", "img src http://b/" },
    { "<script>'</scripty>'<img src=http://a/></script >", "" },
    { "<!-- <img src=http://a/> --><iframe src=http://b/>", "!iframe src http://b/" },
    { "<noscript><img src=http://a/></noscript><title><img src=http://a/></title>", "" },
    { "<link rel=canonical href=http://a/><link rel='x  Stylesheet' href=http://b/>",
      "!link href http://b/" },
    { "<a href=http://a/>x</a>", "" },
    { "<form action=http://a/login method=post>", "form action http://a/login" },
    { "<base href=http://a/>", "!base href http://a/" },
    { "<img srcset='http://a/1 1x, https://a/2 2x,http://a/3'>",
      "!img srcset http://a/1 !img srcset http://a/3" },
    { "<p style=\"background: URL( 'http://a/x.png' )\">", "style style http://a/x.png" },
    { "<style>@import \"http://a/x.css\"; /* url(http://b/) */ p { background: url(http://c/) }"
      "</style>", "!style text http://a/x.css style text http://c/" },
    { "<style>@import url(http://a/)", "style text http://a/" },
    { "<img src=http://a/><img src=http://a/>", "img src http://a/" },
    { "<img src=\"http://a/", "" }, /* cut off: no tag */
    { "<img src=", "" }, { "<", "" }, { "</", "" }, { "<!--", "" }, { "<script", "" },
    { "<img =http://a/ / src=http://b/ x=>", "img src http://b/" },
};

static void test_pages(void **state)
{
    apr_pool_t *pool = *state;
    size_t i;
    int j;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        apr_array_header_t *found = mssl_mixed_find(rows[i].page, strlen(rows[i].page), pool);
        const char *text = "";

        for (j = 0; j < found->nelts; j++) {
            const mssl_mixed_t *mixed = &APR_ARRAY_IDX(found, j, mssl_mixed_t);

            text = apr_pstrcat(pool, text, j > 0 ? " " : "", mixed->is_blocked ? "!" : "",
                               mixed->tag, " ", mixed->attribute, " ", mixed->url, NULL);
        }
        if (strcmp(text, rows[i].found) != 0) {
            fail_msg("%s: '%s', not '%s'", rows[i].page, text, rows[i].found);
        }
    }
}

/* Every cut of a page ends, and says nothing that is not there. */
static void test_cuts(void **state)
{
    static const char page[] = "<!--x--><img src='http://a/' srcset=\"http://b/ 1x\"><style>p{x:url(http://c/)}"
                               "</style><script src=http://d/>x</script><form action=http://e/>";
    size_t len;

    for (len = 0; len < sizeof(page); len++) {
        char *copy = malloc(len + 1);

        memcpy(copy, page, len);
        assert_true(mssl_mixed_find(copy, len, *state)->nelts <= 5);
        free(copy);
    }
}

static void test_bounds(void **state)
{
    apr_pool_t *pool = *state;
    char *page = apr_palloc(pool, 300 * 40 + 2000), *at = page;
    apr_array_header_t *found;
    int i;

    for (i = 0; i < 300; i++) {
        at += apr_snprintf(at, 40, "<img src=http://a/%d>", i);
    }
    found = mssl_mixed_find(page, (size_t)(at - page), pool);
    assert_int_equal(found->nelts, MSSL_MIXED_MAX);
    at = page + apr_snprintf(page, 40, "<img src=http://");
    memset(at, 'a', 1500);
    at[1500] = '>';
    found = mssl_mixed_find(page, (size_t)(at + 1501 - page), pool);
    assert_int_equal(strlen(APR_ARRAY_IDX(found, 0, mssl_mixed_t).url), MSSL_MIXED_URL_MAX);
}

static void test_policies(void **state)
{
    (void)state;
    assert_false(mssl_mixed_is_upgraded(NULL));
    assert_false(mssl_mixed_is_upgraded("default-src 'self'"));
    assert_false(mssl_mixed_is_upgraded("x-upgrade-insecure-requests; upgrade-insecure-requestsx"));
    assert_true(mssl_mixed_is_upgraded("upgrade-insecure-requests"));
    assert_true(mssl_mixed_is_upgraded("default-src 'self';Upgrade-Insecure-Requests ;"));
    assert_true(mssl_mixed_is_upgraded("default-src *, upgrade-insecure-requests"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pages, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_cuts, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_bounds, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_policies, pool_set_up, pool_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
