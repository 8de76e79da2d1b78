/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <string.h>

#include "lib/notify/mail.h"
#include "tests/unit/pool.h"

/* @return the mail; NULL: refused */
static const char *write_mail(apr_pool_t *pool, const char *json)
{
    static const char *const to[] = { "root", "a@b.example", NULL };
    mssl_buffer_t mail = { .max = 1000000 };
    const mssl_json_value_t *message;
    mssl_reason_t why = { "" };
    const char *text = NULL;

    if (mssl_json_read(&message, json, strlen(json), pool, &why) != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
    if (mssl_mail_write(&mail, to, message, pool) == APR_SUCCESS) {
        text = apr_pstrdup(pool, mail.data);
    }
    mssl_buffer_free(&mail);
    return text;
}

static void test_mail(void **state)
{
    const char *text = write_mail(*state,
        "{\"schema\":\"mssl/1\",\"event\":\"digest\",\"server\":\"www.example\",\"time\":"
        "\"2026-01-02T03:04:05Z\",\"counts\":{\"expired\":1,\"valid\":2},\"items\":[{\"name\":"
        "\"a.example\",\"state\":\"expired\",\"reminder\":true,\"since\":null,\"not_after\":"
        "\"2026-01-01T00:00:00Z\",\"days_left\":-2,\"store\":\"dir:/s\",\"file\":\"/s/a.pem\","
        "\"reason\":\"it expired\",\"explain\":\"msslctl check a.example\"},{\"name\":\"b.example\","
        "\"state\":\"valid\",\"reminder\":false}],\"cut\":1}");

    assert_string_equal(text,
        "To: root,\n a@b.example\n"
        "Subject: [mssl] www.example: 1 expired, 2 valid again\n"
        "Auto-Submitted: auto-generated\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=us-ascii\n"
        "Content-Transfer-Encoding: 7bit\n"
        "\n"
        "www.example, 2026-01-02T03:04:05Z\n"
        "\n"
        "* a.example: expired (told before), days left: -2\n"
        "    why      it expired\n"
        "    until    2026-01-01T00:00:00Z\n"
        "    file     /s/a.pem\n"
        "    store    dir:/s\n"
        "    more by  msslctl check a.example\n"
        "\n"
        "* b.example: valid again\n"
        "\n"
        "... and 1 more: msslctl check\n"
        "-- \nmod_mssl\n");
}

static void test_jobs(void **state)
{
    const char *text = write_mail(*state,
        "{\"schema\":\"mssl/1\",\"event\":\"failed\",\"server\":\"www.example\",\"time\":"
        "\"2026-01-02T03:04:05Z\",\"counts\":{\"failed\":300},\"items\":[{\"name\":"
        "\"a.example\",\"state\":\"failed\",\"reminder\":false,\"since\":\"2026-01-01T00:00:00Z\","
        "\"not_after\":null,\"days_left\":null,\"store\":null,\"file\":null,\"reason\":"
        "\"a limit of the CA is reached (too many)\",\"explain\":\"msslctl job a.example\"}],"
        "\"cut\":299}");

    assert_non_null(strstr(text, "\nSubject: [mssl] www.example: 300 failed\n"));
    assert_non_null(strstr(text,
        "\n* a.example: failed\n"
        "    why      a limit of the CA is reached (too many)\n"
        "    since    2026-01-01T00:00:00Z\n"
        "    more by  msslctl job a.example\n"
        "\n"
        "... and 299 more: msslctl jobs\n"
        "-- \nmod_mssl\n"));
}

/** What every text of a message could be, if it were an enemy's. */
#define EVIL "x\\r\\nBcc: v@w.example\\n\\n.\\nX: \\u202e\\u0000\\u001b[2J\\u00e4"

static void test_nothing_breaks_out(void **state)
{
    static const char json[] =
        "{\"event\":\"" EVIL "\",\"server\":\"" EVIL "\",\"time\":\"" EVIL "\",\"counts\":{\"" EVIL
        "\":1},\"items\":[{\"name\":\"" EVIL "\",\"state\":\"" EVIL "\",\"reason\":\"" EVIL
        "\",\"file\":\"" EVIL "\",\"store\":\"" EVIL "\",\"explain\":\"" EVIL "\",\"days_left\":1}]}";
    char *clean = apr_pstrdup(*state, json), *at, *line, *last;
    const char *text;

    /* No NUL is in a text that was read. */
    while ((at = strstr(clean, "\\u0000")) != NULL) {
        memmove(at, at + 6, strlen(at + 6) + 1);
    }
    text = write_mail(*state, clean);
    assert_non_null(text);
    for (at = (char *)text; *at != '\0'; at++) {
        assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
    }
    assert_null(strstr(text, "\nBcc"));
    assert_null(strstr(text, "\n.\n"));
    assert_null(strstr(text, "\nX:"));
    for (line = apr_strtok(apr_pstrdup(*state, text), "\n", &last); line != NULL;
         line = apr_strtok(NULL, "\n", &last)) {
        assert_true(strlen(line) <= 998);
    }
}

static void test_no_message(void **state)
{
    assert_null(write_mail(*state, "{}"));
    assert_null(write_mail(*state, "[1]"));
    assert_null(write_mail(*state, "{\"event\":7}"));
    assert_non_null(strstr(write_mail(*state, "{\"event\":\"test\",\"server\":\"s\"}"), "s: a test\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_mail, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_jobs, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_breaks_out, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_no_message, pool_set_up, pool_tear_down),
    };

    return cmocka_run_group_tests_name("mail", tests, NULL, NULL);
}
