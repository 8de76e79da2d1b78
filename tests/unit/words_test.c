/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <string.h>

#include "lib/pages/words.h"

static const char *choose(const char *accept)
{
    return mssl_words_choose(accept)->lang;
}

/* RFC 9110 section 12.5.4, RFC 4647 section 3.4. */
static const struct {
    const char *accept, *lang;
} rows[] = {
    {NULL, "en"},
    {"", "en"},
    {"de", "de"},
    {"DE", "de"},
    {"de-CH", "de"},
    {"de-Latn-CH-1996", "de"},
    {"pt-BR,pt;q=0.9,en;q=0.8", "pt"},
    {"nl, en-gb;q=0.8, en;q=0.7", "nl"},
    {"it-CH;q=0.5, fr-CH, fr;q=0.9, *;q=0.1", "fr"},
    {"en;q=0.5, pl;q=0.7, es;q=0.6", "pl"},
    {"es;q=0.7,pl;q=0.7", "es"},
    {"fr;q=0.700,pl;q=0.701", "pl"},
    {"zh-Hant, ja", "en"},
    {"zh, it;q=0.1", "it"},
    {"*", "en"},
    {"*, de;q=0.1", "en"},
    {"ja, *;q=0.5, de;q=0.4", "en"},
    {"\tde ; Q=1.000 ,", "de"},
    {",,, ,it", "it"},
    /* Not wanted. */
    {"en;q=0, *", "de"},
    {"en;q=0, fr;q=0.1", "fr"},
    {"de;q=0, de-CH", "en"},
    {"de-CH;q=0, de", "de"},
    {"de;q=0", "en"},
    {"en;q=0", "en"},
    {"*;q=0", "en"},
    {"en;q=0,de;q=0,es;q=0,fr;q=0,it;q=0,nl;q=0,pl;q=0,*", "pt"},
    /* "d" is no "de", nor is "den". */
    {"d", "en"},
    {"den, e-n, de_CH", "en"},
    /* Malformed: passed over. */
    {"de;q=2", "en"},
    {"de;q=1.001", "en"},
    {"de;q=0.1234, fr;q=0.1", "fr"},
    {"de;q=, fr;q=0.1", "fr"},
    {"de;q, fr;q=0.1", "fr"},
    {"de;x=1, fr;q=0.1", "fr"},
    {"de;q=-1, fr;q=0.1", "fr"},
    {"de q=1, fr;q=0.1", "fr"},
    {"de-, fr;q=0.1", "fr"},
    {"-de, fr;q=0.1", "fr"},
    {"de--ch, fr;q=0.1", "fr"},
    {"de-abcdefghi, fr;q=0.1", "fr"},
    {"d3, *de, fr;q=0.1", "fr"},
    {"\xff\xfe, \x01, <script>, fr;q=0.1", "fr"},
    {";q=1, fr;q=0.1", "fr"},
};

static void test_choice(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        if (strcmp(choose(rows[i].accept), rows[i].lang) != 0) {
            fail_msg("%s: %s, not %s", rows[i].accept, choose(rows[i].accept), rows[i].lang);
        }
    }
}

/* What is behind the bounds does not count, and what they cut in two does not either. */
static void test_bounds(void **state)
{
    char accept[2 * MSSL_ACCEPT_MAX];
    size_t i;

    (void)state;
    memset(accept, ',', sizeof(accept));
    strcpy(accept + MSSL_ACCEPT_MAX - 2, "de");
    assert_string_equal(choose(accept), "de");
    memset(accept, ',', sizeof(accept));
    strcpy(accept + MSSL_ACCEPT_MAX - 2, "den");
    assert_string_equal(choose(accept), "en");
    memset(accept, ',', sizeof(accept));
    strcpy(accept + MSSL_ACCEPT_MAX, "de");
    assert_string_equal(choose(accept), "en");

    for (i = 0; i < MSSL_ACCEPT_RANGES_MAX; i++) {
        memcpy(accept + 3 * i, "ja,", 3);
    }
    strcpy(accept + 3 * i, "de");
    assert_string_equal(choose(accept), "en");
    strcpy(accept + 3 * (i - 1), "de");
    assert_string_equal(choose(accept), "de");
}

static void test_every_language(void **state)
{
    int i;
    int page;

    (void)state;
    for (i = 0; mssl_words_all[i] != NULL; i++) {
        const mssl_words_t *words = mssl_words_all[i];

        assert_ptr_equal(mssl_words_choose(words->lang), words);
        assert_null(words->pages[0].title);
        for (page = 1; page < MSSL_PAGES; page++) {
            assert_non_null(words->pages[page].title);
            assert_non_null(words->pages[page].text);
            assert_non_null(words->pages[page].todo[0]);
        }
    }
    assert_int_equal(i, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_every_language),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
