/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <openssl/asn1.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cover.h"
#include "lib/base/name.h"

/* One SAN entry; len 0: as long as the text. */
typedef struct alt_t {
    int type;
    const char *text;
    int len;
} alt_t;

#define DNS(text) {GEN_DNS, text, 0}

static void add_alt(GENERAL_NAMES *names, const alt_t *alt)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *string = alt->type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

    assert_int_equal(ASN1_STRING_set(string, alt->text,
                                     alt->len > 0 ? alt->len : (int)strlen(alt->text)), 1);
    GENERAL_NAME_set0_value(name, alt->type, string);
    assert_true(sk_GENERAL_NAME_push(names, name) > 0);
}

static void add_cn(X509 *cert, const char *cn)
{
    X509_NAME *name = X509_NAME_dup(X509_get_subject_name(cert));

    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)cn, -1, -1, 0), 1);
    assert_int_equal(X509_set_subject_name(cert, name), 1);
    X509_NAME_free(name);
}

/* Unsigned: the names are all that is looked at. */
static X509 *make_cert(const char *cn, const alt_t *alt, size_t count)
{
    X509 *cert = X509_new();
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    size_t i;

    if (cn != NULL) {
        add_cn(cert, cn);
    }
    for (i = 0; i < count; i++) {
        add_alt(names, &alt[i]);
    }
    if (count > 0) {
        assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND),
                         1);
    }
    GENERAL_NAMES_free(names);
    return cert;
}

static mssl_cover_t *make_cover(const char *cn, const alt_t *alt, size_t count)
{
    X509 *cert = make_cert(cn, alt, count);
    mssl_cover_t *cover = mssl_cover_new(cert);

    X509_free(cert);
    assert_non_null(cover);
    return cover;
}

static void test_names(void **state)
{
    static const alt_t alt[] = {
        DNS("site.example"), DNS("WWW.Site.Example."), DNS("*.wild.example"), DNS("*"),
        DNS("a*.part.example"), DNS("*.*.two.example"), DNS("b\xfc.example"), DNS("1.2.3.4"),
        DNS("site.example"), {GEN_DNS, "nul.example\0.evil", 17}, {GEN_EMAIL, "a@mail.example", 0},
        {GEN_URI, "https://uri.example/", 0}, DNS("a b.example"),
    };
    static const struct {
        const char *name;
        int is_covered;
    } rows[] = {
        {"site.example", 1},    {"www.site.example", 1}, {"a.wild.example", 1},
        {"wild.example", 0},    {"a.b.wild.example", 0}, {"*.wild.example", 0},
        {"other.example", 0},   {"ab.part.example", 0},  {"a*.part.example", 0},
        {"a.b.two.example", 0}, {"nul.example", 0},      {"nul.example\0.evil", 0},
        {"mail.example", 0},    {"uri.example", 0},      {"cn.example", 0},
        {"1.2.3.4", 0},         {"", 0},                 {"localhost", 0},
        {"*", 0},
    };
    mssl_cover_t *cover = make_cover("cn.example", alt, COUNT(alt));
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_int_equal(mssl_cover_has_name(cover, rows[i].name), rows[i].is_covered);
    }
    assert_int_equal(mssl_cover_count(cover), 3);
    assert_string_equal(mssl_cover_get_name(cover, 0), "*.wild.example");
    assert_string_equal(mssl_cover_get_name(cover, 1), "site.example");
    assert_string_equal(mssl_cover_get_name(cover, 2), "www.site.example");
    assert_null(mssl_cover_get_name(cover, 3));
    assert_true(mssl_cover_has_pattern(cover, "*.wild.example"));
    assert_false(mssl_cover_has_pattern(cover, "*.site.example"));
    assert_false(mssl_cover_has_pattern(cover, "site.example"));
    mssl_cover_free(cover);
}

static void test_common_name(void **state)
{
    static const alt_t ip = {GEN_IPADD, "\x7f\0\0\1", 4};
    static const alt_t bad_dns = {GEN_DNS, "a\0b", 3};
    static const alt_t empty_dns = DNS("");
    static const struct {
        const char *cn;
        const alt_t *alt;
        const char *name;
        int is_covered;
    } rows[] = {
        {"site.example", NULL, "site.example", 1},
        {"*.example", NULL, "a.example", 1},
        {"*.example", NULL, "a.b.example", 0},
        {"site.example", &ip, "site.example", 1},
        {"site.example", &bad_dns, "site.example", 0},
        {"site.example", &empty_dns, "site.example", 0},
        {"Site Example Ltd", NULL, "site", 0},
        {"127.0.0.1", NULL, "127.0.0.1", 0},
        {NULL, NULL, "site.example", 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        mssl_cover_t *cover = make_cover(rows[i].cn, rows[i].alt, rows[i].alt != NULL);

        assert_int_equal(mssl_cover_has_name(cover, rows[i].name), rows[i].is_covered);
        mssl_cover_free(cover);
    }
}

static void test_last_common_name(void **state)
{
    X509 *cert = make_cert("first.example", NULL, 0);
    mssl_cover_t *cover;

    (void)state;
    add_cn(cert, "last.example");
    cover = mssl_cover_new(cert);
    assert_true(mssl_cover_has_name(cover, "last.example"));
    assert_false(mssl_cover_has_name(cover, "first.example"));
    mssl_cover_free(cover);
    X509_free(cert);
}

/* Two SAN extensions, and one that does not parse: nothing is known, the CN does not stand in. */
static void test_broken_extension(void **state)
{
    static const alt_t alt = DNS("site.example");
    X509 *cert = make_cert("site.example", &alt, 1);
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    ASN1_OCTET_STRING *junk = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;
    mssl_cover_t *cover;

    (void)state;
    add_alt(names, &alt);
    assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND), 1);
    cover = mssl_cover_new(cert);
    assert_int_equal(mssl_cover_count(cover), 0);
    mssl_cover_free(cover);
    X509_free(cert);

    cert = make_cert("site.example", NULL, 0);
    ASN1_OCTET_STRING_set(junk, (const unsigned char *)"\x30\x7f\x82", 3);
    extension = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, junk);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    cover = mssl_cover_new(cert);
    assert_int_equal(mssl_cover_count(cover), 0);
    mssl_cover_free(cover);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(junk);
    GENERAL_NAMES_free(names);
    X509_free(cert);
}

static void test_addresses(void **state)
{
    static const unsigned char v4[] = {192, 0, 2, 1};
    static const unsigned char other[] = {192, 0, 2, 2};
    static const unsigned char v6[16] = {0x20, 1, 0x0d, 0xb8, [15] = 1};
    static const alt_t alt[] = {
        {GEN_IPADD, (const char *)v4, 4}, {GEN_IPADD, (const char *)v6, 16},
        {GEN_IPADD, "\xc0\0\2\2\xff\xff\xff\xff", 8}, DNS("192.0.2.2"),
    };
    mssl_cover_t *cover = make_cover(NULL, alt, COUNT(alt));

    (void)state;
    assert_true(mssl_cover_has_ip(cover, v4, 4));
    assert_true(mssl_cover_has_ip(cover, v6, 16));
    assert_false(mssl_cover_has_ip(cover, other, 4));
    assert_false(mssl_cover_has_ip(cover, v6, 4));
    assert_false(mssl_cover_has_ip(cover, NULL, 4));
    assert_false(mssl_cover_has_ip(cover, v4, 0));
    mssl_cover_free(cover);
}

static void test_many_names(void **state)
{
    static char text[2000][32];
    static alt_t alt[2000];
    char absent[32];
    mssl_cover_t *cover;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(alt); i++) {
        snprintf(text[i], sizeof(text[i]), "n%zu.example", (i * 7919) % COUNT(alt));
        alt[i].type = GEN_DNS;
        alt[i].text = text[i];
    }
    cover = make_cover(NULL, alt, COUNT(alt));
    assert_int_equal(mssl_cover_count(cover), COUNT(alt));
    for (i = 0; i < COUNT(alt); i++) {
        snprintf(absent, sizeof(absent), "m%zu.example", i);
        assert_true(mssl_cover_has_name(cover, text[i]));
        assert_false(mssl_cover_has_name(cover, absent));
    }
    mssl_cover_free(cover);
}

static void test_null_covers_nothing(void **state)
{
    static const unsigned char v4[4];

    (void)state;
    assert_false(mssl_cover_has_name(NULL, "site.example"));
    assert_false(mssl_cover_has_pattern(NULL, "*.example"));
    assert_false(mssl_cover_has_ip(NULL, v4, 4));
    assert_int_equal(mssl_cover_count(NULL), 0);
    assert_null(mssl_cover_get_name(NULL, 0));
    mssl_cover_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),            cmocka_unit_test(test_common_name),
        cmocka_unit_test(test_last_common_name), cmocka_unit_test(test_broken_extension),
        cmocka_unit_test(test_addresses),        cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_null_covers_nothing),
    };

    return cmocka_run_group_tests_name("cover", tests, NULL, NULL);
}
