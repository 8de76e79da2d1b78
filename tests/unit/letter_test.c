/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/notify/letter.h"
#include "lib/notify/mail.h"
#include "lib/notify/mime.h"
#include "lib/notify/settings.h"
#include "lib/pages/words.h"
#include "tests/unit/certs.h"
#include "tests/unit/pool.h"

#define MAIL_MAX ((size_t)16 * 1024 * 1024)

static int count(const char *text, const char *part)
{
    int n = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part)) {
        n++;
    }
    return n;
}

/* The languages of the pages, and in each word what the mail puts there. */
static void test_complete(void **state)
{
    int i, k, n = 0;

    (void)state;
    for (i = 0; mssl_letter_words[i].lang != NULL; i++) {
        const mssl_letter_words_t *words = &mssl_letter_words[i];

        for (k = 0; k < MSSL_LETTERS; k++) {
            assert_int_equal(count(words->of[k].subject, "{name}"), 1);
            assert_true(strlen(words->of[k].text) > 20);
            assert_int_equal(count(words->of[k].text, "{"), 0);
        }
        assert_int_equal(count(words->more, "{n}"), 1);
        assert_int_equal(count(words->end, "{server}"), 1);
        assert_true(*words->until != '\0' && *words->details != '\0' && *words->attached != '\0');
    }
    for (; mssl_words_all[n] != NULL; n++) {
        assert_true(mssl_letter_has_lang(mssl_words_all[n]->lang));
    }
    assert_int_equal(i, n);
    assert_string_equal(mssl_letter_words[0].lang, "en");
    assert_false(mssl_letter_has_lang(""));
    assert_false(mssl_letter_has_lang("de-CH"));
}

/* Every byte is ASCII, no line is long, and no header stands where none was meant. */
static void check_form(const char *mail)
{
    const char *end;
    size_t i;

    for (i = 0; mail[i] != '\0'; i++) {
        assert_true(mail[i] == '\n' || (mail[i] >= ' ' && mail[i] <= '~'));
    }
    for (; (end = strchr(mail, '\n')) != NULL; mail = end + 1) {
        if (end - mail > 76) {
            fail_msg("%.*s", (int)(end - mail), mail);
        }
    }
    assert_string_equal(mail, "");
}

/* @return NULL: refused */
static const char *write_letter(apr_pool_t *pool, const char *json, const char *lang)
{
    mssl_buffer_t mail = { .max = MAIL_MAX };
    const mssl_json_value_t *message;
    mssl_reason_t why = { "" };
    const char *text = NULL;

    if (mssl_json_read(&message, json, strlen(json), pool, &why) != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
    if (mssl_letter_write(&mail, message, lang, pool) == APR_SUCCESS) {
        text = apr_pstrdup(pool, mail.data);
        check_form(text);
    }
    mssl_buffer_free(&mail);
    return text;
}

#define HEAD "{\"schema\":\"mssl/1\",\"server\":\"www.example\",\"notify\":\"o@b.example\",\"event\":"

static void test_text(void **state)
{
    const char *text = write_letter(*state, HEAD "\"pending\",\"items\":[{\"name\":\"a.example\","
        "\"state\":\"pending\",\"reason\":\"waits for you\",\"not_after\":null}],\"cut\":0}", NULL);

    assert_string_equal(text,
        "To: o@b.example\n"
        "Subject: a.example: the certificate waits for somebody\n"
        "Auto-Submitted: auto-generated\n"
        "Content-Language: en\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: quoted-printable\n"
        "\n"
        "=46or certificates of these names somebody has to act. The details say unti=\n"
        "l when, who, and what.\n"
        "\n"
        "* a.example\n"
        "  Details: waits for you\n"
        "\n"
        "--=20\n"
        "Sent automatically by www.example.\n"
        "\n");
    text = write_letter(*state, HEAD "\"failed\",\"lang\":\"de\",\"items\":[{\"name\":\"a.example\","
        "\"names\":\"a.example www.a.example\\n\\u202e\",\"reason\":\"x\"},"
        "{\"name\":\"*.b.example\",\"reason\":\"y\"}],\"cut\":7}", "fr");
    assert_non_null(strstr(text, "\nContent-Language: de\n"));
    assert_non_null(strstr(text, "\n* *.b.example\n"));
    assert_non_null(strstr(text, "\n* a.example, www.a.example\\x0a\\xe2\\x80\\xae\n"));
    assert_non_null(strstr(text, "\n... und 7 weitere.\n") != NULL
                    ? text : strstr(text, "\n=2E.. und 7 weitere.\n"));
    text = write_letter(*state, HEAD "\"failed\",\"items\":[{\"name\":\"a.example\"}]}", "fr");
    assert_non_null(strstr(text, "\nContent-Language: fr\n"));
}

/* An owner has a whole address; who has none gets no letter. */
static void test_addresses(void **state)
{
    static const char *const good[] = { "a@b.example", "root@localhost" };
    static const char *const bad[] = { "root", "", "a@b.example\\nBcc: c@d.example" };
    const char *form = "{\"schema\":\"mssl/1\",\"notify\":\"%s\",\"event\":\"failed\","
                       "\"items\":[{\"name\":\"a.example\"}]}";
    size_t i;

    for (i = 0; i < COUNT(good); i++) {
        const char *text = write_letter(*state, apr_psprintf(*state, form, good[i]), NULL);

        assert_non_null(text);
        assert_ptr_equal(strstr(text, apr_psprintf(*state, "To: %s\n", good[i])), text);
    }
    for (i = 0; i < COUNT(bad); i++) {
        assert_null(write_letter(*state, apr_psprintf(*state, form, bad[i]), NULL));
    }
}

/* Encoded words, each whole by itself (RFC 2047, 5). */
static void test_headers(void **state)
{
    mssl_buffer_t mail = { .max = MAIL_MAX };

    (void)state;
    mssl_mime_add_header(&mail, "Subject", "plain");
    mssl_mime_add_header(&mail, "Subject", "=?utf-8?B?YQ==?=");
    mssl_mime_add_header(&mail, "Subject", "a\r\nBcc: x@y\x1b\xe2\x80\xae\xff");
    mssl_mime_add_header(&mail, "Subject", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4x\xc3\xa4");
    assert_string_equal(mail.data,
        "Subject: plain\n"
        "Subject: =?utf-8?B?PT91dGYtOD9CP1lRPT0/PQ==?=\n"
        "Subject: =?utf-8?B?YT8/QmNjOiB4QHk/Pz8=?=\n"
        "Subject: =?utf-8?B?w6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6Q=?=\n"
        " =?utf-8?B?w6R4w6Q=?=\n");
    check_form(mail.data);
    mssl_buffer_free(&mail);
}

/* Whatever stands in a text, lines stay lines of a text. */
static void test_quoted(void **state)
{
    mssl_buffer_t mail = { .max = MAIL_MAX };

    (void)state;
    mssl_mime_add_text(&mail, "utf-8", ".\nFrom me \n=\xe2\x80\xae\x1b\tx\xff\n--=_mod_mssl\nend");
    assert_string_equal(mail.data,
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: quoted-printable\n"
        "\n"
        "=2E\n=46rom me=20\n=3D???x?\n--=3D_mod_mssl\nend\n");
    mssl_buffer_free(&mail);
}

/* An item of a name. */
static const char *write_item(apr_pool_t *pool, const char *name, const char *pem)
{
    mssl_buffer_t text = { .max = MAIL_MAX };
    mssl_json_t json;
    const char *result;

    mssl_json_init(&json, mssl_buffer_add, &text, 3);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "name", name);
    mssl_json_text(&json, "not_after", "2026-01-02T03:04:05Z");
    mssl_json_text(&json, "certificate", pem);
    mssl_json_close(&json);
    mssl_json_end(&json);
    result = apr_pstrdup(pool, text.data);
    mssl_buffer_free(&text);
    return result;
}

/* What is attached was read as certificates: nothing of a key comes along, whoever put it there. */
static void test_attached(void **state)
{
    apr_pool_t *pool = *state;
    const cert_spec_t spec = { .names = "DNS:a.example" };
    cert_t cert = certs_new(&spec, NULL);
    pem_t both = { 0 }, alone = { 0 };
    const char *text, *items;
    int i;

    certs_add_key(&both, cert.key);
    certs_add_old_key(&both, cert.key);
    certs_add_cert(&both, cert.x509);
    certs_add_key(&both, cert.key);
    certs_add_cert(&alone, cert.x509);
    assert_string_equal(mssl_mime_read_certificates(both.text, pool), alone.text);
    items = write_item(pool, "a.example", both.text);
    text = write_letter(pool, apr_pstrcat(pool, HEAD "\"issued\",\"items\":[", items, ",",
                                          write_item(pool, "*.b.example", both.text), ",",
                                          write_item(pool, "../../x\r\nBcc: y", both.text), ",",
                                          write_item(pool, "c.example", "-----BEGIN PRIVATE KEY-----"),
                                          "]}", NULL), NULL);
    assert_int_equal(count(text, "PRIVATE"), 0);
    assert_int_equal(count(text, alone.text), 2);
    assert_int_equal(count(text, "\n--=_mod_mssl\n"), 3);
    assert_int_equal(count(text, "\n--=_mod_mssl--\n"), 1);
    assert_int_equal(count(text, "filename=\"a.example.pem\""), 1);
    assert_int_equal(count(text, "filename=\"_.b.example.pem\""), 1);
    assert_int_equal(count(text, "Bcc"), 0);
    assert_int_equal(count(text, "\n  Valid until: 2026-01-02\n"), 4);
    assert_int_equal(count(text, "\n* ?\n"), 1);
    /* So many, and no more. */
    for (i = 1; i < 2 * MSSL_MIME_ATTACHED_MAX; i++) {
        items = apr_pstrcat(pool, items, ",", write_item(pool, "d.example", alone.text), NULL);
    }
    text = write_letter(pool, apr_pstrcat(pool, HEAD "\"issued\",\"items\":[", items, "]}", NULL),
                        NULL);
    assert_int_equal(count(text, "filename="), MSSL_MIME_ATTACHED_MAX);
    /* None comes with what was not issued. */
    text = write_letter(pool, apr_pstrcat(pool, HEAD "\"failed\",\"items\":[", items, "]}", NULL),
                        NULL);
    assert_int_equal(count(text, "CERTIFICATE"), 0);
    free(both.text);
    free(alone.text);
    certs_free(&cert);
}

static void test_admins_mail(void **state)
{
    static const char *const to[] = { "root", NULL };
    apr_pool_t *pool = *state;
    const cert_spec_t spec = { .names = "DNS:a.example" };
    cert_t cert = certs_new(&spec, NULL);
    mssl_buffer_t mail = { .max = MAIL_MAX };
    const mssl_json_value_t *message;
    mssl_reason_t why = { "" };
    pem_t both = { 0 }, alone = { 0 };
    const char *json;

    certs_add_key(&both, cert.key);
    certs_add_cert(&both, cert.x509);
    certs_add_cert(&alone, cert.x509);
    json = apr_pstrcat(pool, HEAD "\"issued\",\"items\":[", write_item(pool, "a.example", both.text),
                       "]}", NULL);
    assert_int_equal(mssl_json_read(&message, json, strlen(json), pool, &why), APR_SUCCESS);
    assert_int_equal(mssl_mail_write(&mail, to, message, pool), APR_SUCCESS);
    check_form(mail.data);
    assert_int_equal(count(mail.data, "PRIVATE"), 0);
    assert_int_equal(count(mail.data, alone.text), 1);
    assert_non_null(strstr(mail.data, "\n-- \nmod_mssl\n\n--=_mod_mssl\n"));
    mssl_buffer_free(&mail);
    free(both.text);
    free(alone.text);
    certs_free(&cert);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "{}", "[]", "7", HEAD "\"issued\",\"items\":[]}", HEAD "\"digest\",\"items\":[{}]}",
        "{\"event\":\"issued\",\"items\":[{}]}",
        "{\"event\":\"issued\",\"notify\":\"root\",\"items\":[{}]}",
        "{\"event\":\"issued\",\"notify\":\"a@b.example, c@d.example\",\"items\":[{}]}",
    };
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        assert_null(write_letter(*state, bad[i], NULL));
    }
    assert_non_null(write_letter(*state, HEAD "\"issued\",\"lang\":7,\"items\":[7,{}]}", "xx"));
}

static int is_shipped(const char *a, const char *b, const char *c, const char *d)
{
    const char *argv[] = { a, b, c, d, NULL };
    mssl_reason_t why = { "" };
    int ok = mssl_shipped_check(argv, &why) == APR_SUCCESS;

    assert_true(ok || why.text[0] != '\0');
    return ok;
}

static void test_shipped(void **state)
{
    (void)state;
    assert_true(is_shipped("mail", "root", NULL, NULL));
    assert_true(is_shipped("mail", "--sendmail", "/usr/bin/msmtp", "root"));
    assert_true(is_shipped("owner", NULL, NULL, NULL));
    assert_true(is_shipped("owner", "de", NULL, NULL));
    assert_true(is_shipped("owner", "--sendmail", "/usr/bin/msmtp", "pl"));
    assert_true(is_shipped("owner", "--sendmail", "/usr/bin/msmtp", NULL));
    assert_false(is_shipped("mail", NULL, NULL, NULL));
    assert_false(is_shipped("mail", "--sendmail", "/usr/bin/msmtp", NULL));
    assert_false(is_shipped("mail", "--sendmail", "msmtp", "root"));
    assert_false(is_shipped("mail", "--sendmail", NULL, NULL));
    assert_false(is_shipped("owner", "xx", NULL, NULL));
    assert_false(is_shipped("owner", "de", "fr", NULL));
    assert_false(is_shipped("owner", "a@b.example", NULL, NULL));
    assert_false(is_shipped("owners", NULL, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_complete, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_addresses, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_text, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_headers, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_quoted, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_attached, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_admins_mail, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_refused, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_shipped, pool_set_up, pool_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
