/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <string.h>

#include "lib/verdict/verdict.h"

/* Connections. */
#define SNI .is_proven = 1, .had_sni = 1, .has_bound_name = 1
#define SNI_DUMMY .is_proven = 1, .had_sni = 1, .is_dummy = 1
#define NOSNI_DUMMY .is_proven = 1, .is_dummy = 1
#define NOSNI_INTENT .is_proven = 1, .has_bound_name = 1
#define TRUSTED .is_proven = 1, .has_bound_name = 1, .is_trusted = 1
/* Hosts. */
#define COVERED .host = MSSL_HOST_NAME, .covers = 1
#define KNOWN .host = MSSL_HOST_NAME, .is_known = 1
#define UNKNOWN .host = MSSL_HOST_NAME
#define IP .host = MSSL_HOST_IP
#define NO_HOST .host = MSSL_HOST_NONE
/* Requests and settings. */
#define GET .is_get = 1
#define POST .is_get = 0
#define DEFAULT .has_switch = 1, .redirects_nosni = 1
#define NO_SWITCH .redirects_nosni = 1
#define NOSNI_PAGE .has_switch = 1
#define TO_URL .has_switch = 1, .redirects_nosni = 1, .redirects_unknown = 1

typedef struct row_t {
    const char *what;
    mssl_facts_t facts;
    mssl_act_t act;
    int status;
    mssl_page_t page;
    mssl_page_link_t link;
    mssl_why_t why;
    int ends;
} row_t;

#define SERVE MSSL_ACT_SERVE, 0, 0, MSSL_LINK_NONE, MSSL_WHY_NONE
#define SERVE_NAMED MSSL_ACT_SERVE_NAMED, 0, 0, MSSL_LINK_NONE, MSSL_WHY_NONE
#define SWITCH MSSL_ACT_SWITCH, 0, 0, MSSL_LINK_NONE, MSSL_WHY_NONE
#define TO_SWITCH MSSL_ACT_TO_SWITCH, 302, MSSL_PAGE_MOVED, MSSL_LINK_SWITCH, MSSL_WHY_KNOWN_NOSNI
#define PAGE(page, link, why) MSSL_ACT_PAGE, 421, MSSL_PAGE_##page, MSSL_LINK_##link, MSSL_WHY_##why

/* Contract, section 4, in its order; then what is said elsewhere about requests. */
static const row_t rows[] = {
    /* Any certificate, the switch's URL. */
    { "switch, uncovered", { SNI, KNOWN, GET, DEFAULT, .is_switch = 1 }, SWITCH, 0 },
    { "switch, dummy", { NOSNI_DUMMY, KNOWN, GET, DEFAULT, .is_switch = 1 }, SWITCH, 1 },
    { "switch, unknown", { NOSNI_DUMMY, UNKNOWN, POST, DEFAULT, .is_switch = 1 }, SWITCH, 1 },
    { "switch, covered: its handler", { SNI, COVERED, GET, DEFAULT, .is_switch = 1 }, SERVE, 0 },
    { "switch, another handler", { SNI, COVERED, GET, DEFAULT, .is_switch = 1,
                                   .is_other_handler = 1 },
      PAGE(NOT_THE_SWITCH, NONE, HANDLER), 0 },
    { "switch, uncovered, another handler", { NOSNI_DUMMY, KNOWN, GET, DEFAULT, .is_switch = 1,
                                              .is_other_handler = 1 },
      PAGE(NOT_THE_SWITCH, NONE, HANDLER), 1 },
    { "switch before client certificates", { NOSNI_DUMMY, KNOWN, GET, DEFAULT, .is_switch = 1,
                                             .is_other_clients = 1 }, SWITCH, 1 },

    /* The certificate covers the host. */
    { "covered, SNI", { SNI, COVERED, GET, DEFAULT }, SERVE, 0 },
    { "covered, POST", { SNI, COVERED, POST, DEFAULT }, SERVE, 0 },
    { "covered, IP", { SNI, IP, .covers = 1, GET, DEFAULT }, SERVE, 0 },
    { "covered, intent", { NOSNI_INTENT, COVERED, GET, DEFAULT }, SERVE, 1 },
    { "covered by the dummy", { SNI_DUMMY, COVERED, GET, DEFAULT }, SERVE, 1 },
    { "covered, looping", { NOSNI_INTENT, COVERED, GET, DEFAULT, .is_looping = 1 }, SERVE, 1 },

    /* Trusted. */
    { "trusted, known", { TRUSTED, KNOWN, POST, DEFAULT }, SERVE, 1 },
    { "trusted, IP", { TRUSTED, IP, GET, DEFAULT }, SERVE_NAMED, 1 },
    { "trusted, no host", { TRUSTED, NO_HOST, GET, DEFAULT }, SERVE_NAMED, 1 },
    { "trusted, unknown", { TRUSTED, UNKNOWN, GET, DEFAULT }, PAGE(WRONG_CERT, NONE, UNKNOWN), 1 },
    { "trusted, client certificates", { TRUSTED, KNOWN, GET, DEFAULT, .is_other_clients = 1 },
      PAGE(CLIENT_CERT, NONE, CLIENT_CERT), 1 },
    { "trusted, proxying", { TRUSTED, KNOWN, GET, DEFAULT, .is_proxying = 1 },
      MSSL_ACT_PAGE, 403, MSSL_PAGE_NOT_A_PROXY, MSSL_LINK_NONE, MSSL_WHY_PROXY, 1 },

    /* No SNI, a known name. */
    { "no SNI, known", { NOSNI_DUMMY, KNOWN, GET, DEFAULT }, TO_SWITCH, 1 },
    { "another site's intent", { NOSNI_INTENT, KNOWN, GET, DEFAULT }, TO_SWITCH, 1 },
    { "no SNI, known, POST", { NOSNI_DUMMY, KNOWN, POST, DEFAULT },
      PAGE(VIA_SWITCH, SWITCH, KNOWN_NOSNI), 1 },
    { "no SNI, known, no switch", { NOSNI_DUMMY, KNOWN, GET, NO_SWITCH },
      PAGE(VIA_SWITCH, NONE, KNOWN_NOSNI), 1 },
    { "no SNI, known, MSSLNoSNI page", { NOSNI_DUMMY, KNOWN, GET, NOSNI_PAGE },
      PAGE(VIA_SWITCH, SWITCH, KNOWN_NOSNI), 1 },
    { "no SNI, known, too many rounds", { NOSNI_DUMMY, KNOWN, GET, DEFAULT, .is_looping = 1 },
      PAGE(LOOP, SWITCH, KNOWN_NOSNI), 1 },
    { "no SNI, known, POST, too many", { NOSNI_DUMMY, KNOWN, POST, DEFAULT, .is_looping = 1 },
      PAGE(VIA_SWITCH, SWITCH, KNOWN_NOSNI), 1 },

    /* SNI, another known name: never the switch. */
    { "SNI, other known", { SNI, KNOWN, GET, DEFAULT }, PAGE(WRONG_CERT, OWN, KNOWN_SNI), 0 },
    { "SNI, other known, POST", { SNI, KNOWN, POST, DEFAULT }, PAGE(WRONG_CERT, OWN, KNOWN_SNI), 0 },
    { "SNI, other known, no switch", { SNI, KNOWN, GET, NO_SWITCH },
      PAGE(WRONG_CERT, OWN, KNOWN_SNI), 0 },
    { "unknown SNI, known", { SNI_DUMMY, KNOWN, GET, TO_URL }, PAGE(WRONG_CERT, OWN, KNOWN_SNI), 1 },

    /* A name that is not known. */
    { "dummy, unknown", { SNI_DUMMY, UNKNOWN, GET, DEFAULT }, PAGE(NO_CERT, NONE, UNKNOWN), 1 },
    { "no SNI, unknown", { NOSNI_DUMMY, UNKNOWN, GET, DEFAULT }, PAGE(NO_CERT, NONE, UNKNOWN), 1 },
    { "other's certificate, unknown", { SNI, UNKNOWN, GET, DEFAULT },
      PAGE(WRONG_CERT, NONE, UNKNOWN), 0 },
    { "intent, unknown", { NOSNI_INTENT, UNKNOWN, GET, DEFAULT }, PAGE(WRONG_CERT, NONE, UNKNOWN), 1 },
    { "unknown, redirect", { SNI_DUMMY, UNKNOWN, GET, TO_URL },
      MSSL_ACT_TO_URL, 302, MSSL_PAGE_MOVED, MSSL_LINK_NONE, MSSL_WHY_UNKNOWN, 1 },
    { "unknown, redirect, SNI", { SNI, UNKNOWN, GET, TO_URL },
      MSSL_ACT_TO_URL, 302, MSSL_PAGE_MOVED, MSSL_LINK_NONE, MSSL_WHY_UNKNOWN, 0 },
    { "unknown, redirect, POST", { SNI_DUMMY, UNKNOWN, POST, TO_URL },
      PAGE(NO_CERT, NONE, UNKNOWN), 1 },
    { "being made", { SNI_DUMMY, UNKNOWN, GET, DEFAULT, .is_making = 1 },
      PAGE(MAKING, PLAIN, UNKNOWN), 1 },
    { "being made, no redirect", { SNI_DUMMY, UNKNOWN, GET, TO_URL, .is_making = 1 },
      PAGE(MAKING, PLAIN, UNKNOWN), 1 },
    { "being made, other's certificate", { SNI, UNKNOWN, POST, DEFAULT, .is_making = 1 },
      PAGE(MAKING, PLAIN, UNKNOWN), 0 },
    { "waits for approval", { NOSNI_DUMMY, UNKNOWN, GET, DEFAULT, .is_pending = 1 },
      PAGE(PENDING, PLAIN, UNKNOWN), 1 },
    { "renewed while it serves", { SNI, KNOWN, GET, DEFAULT, .is_making = 1 },
      PAGE(WRONG_CERT, OWN, KNOWN_SNI), 0 },

    /* No name. */
    { "no host", { SNI, NO_HOST, GET, TO_URL }, PAGE(NO_NAME, NONE, NO_NAME), 0 },
    { "IP", { SNI, IP, GET, TO_URL }, PAGE(NO_NAME, NONE, NO_NAME), 0 },
    { "dummy, IP", { NOSNI_DUMMY, IP, GET, TO_URL }, PAGE(NO_NAME, NONE, NO_NAME), 1 },

    /* Client certificates: only a handshake of its own, never the switch (section 2). */
    { "covered, client certificates", { SNI, COVERED, GET, DEFAULT, .is_other_clients = 1 },
      PAGE(CLIENT_CERT, NONE, CLIENT_CERT), 0 },
    { "no SNI, client certificates", { NOSNI_DUMMY, KNOWN, GET, DEFAULT, .is_other_clients = 1 },
      PAGE(CLIENT_CERT, NONE, CLIENT_CERT), 1 },

    /* Forward proxying, and two hosts in one request (sections 2 and 6). */
    { "proxying", { SNI, COVERED, GET, DEFAULT, .is_proxying = 1 },
      MSSL_ACT_PAGE, 403, MSSL_PAGE_NOT_A_PROXY, MSSL_LINK_NONE, MSSL_WHY_PROXY, 0 },
    { "proxying to the switch", { SNI, COVERED, GET, DEFAULT, .is_proxying = 1, .is_switch = 1 },
      MSSL_ACT_PAGE, 403, MSSL_PAGE_NOT_A_PROXY, MSSL_LINK_NONE, MSSL_WHY_PROXY, 0 },
    { "two hosts", { SNI, COVERED, GET, DEFAULT, .has_two_hosts = 1 },
      PAGE(NOT_A_PROXY, NONE, PROXY), 0 },
    { "two hosts at the switch", { NOSNI_DUMMY, KNOWN, GET, DEFAULT, .has_two_hosts = 1,
                                   .is_switch = 1 }, PAGE(NOT_A_PROXY, NONE, PROXY), 1 },

    /* Nothing is proven: nothing is answered but this. */
    { "nothing", { 0 }, PAGE(WRONG_CERT, NONE, UNPROVEN), 1 },
    { "unproven, covered", { .had_sni = 1, COVERED, GET, DEFAULT },
      PAGE(WRONG_CERT, NONE, UNPROVEN), 1 },
    { "unproven, trusted", { .is_trusted = 1, KNOWN, GET, DEFAULT },
      PAGE(WRONG_CERT, NONE, UNPROVEN), 1 },
    { "unproven, switch", { KNOWN, GET, DEFAULT, .is_switch = 1 },
      PAGE(WRONG_CERT, NONE, UNPROVEN), 1 },
};

static void test_rows(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        mssl_verdict_t got = mssl_verdict_get(&rows[i].facts);

        if (got.act != rows[i].act || got.status != rows[i].status || got.page != rows[i].page
            || got.link != rows[i].link || got.why != rows[i].why || got.ends != rows[i].ends) {
            fail_msg("%s: act %d, status %d, page %d, link %d, why %s, ends %d", rows[i].what,
                     got.act, got.status, got.page, got.link, mssl_why_text(got.why), got.ends);
        }
    }
}

/** Sets bit number n of the facts that have one; the host's kind takes the last two. */
static mssl_facts_t make_facts(unsigned bits)
{
    mssl_facts_t facts = {
        .is_proven = bits, .had_sni = bits >> 1, .is_dummy = bits >> 2, .has_bound_name = bits >> 3,
        .is_trusted = bits >> 4, .covers = bits >> 5, .is_known = bits >> 6, .is_get = bits >> 7,
        .is_proxying = bits >> 8, .has_two_hosts = bits >> 9, .is_switch = bits >> 10,
        .is_other_handler = bits >> 11, .is_other_clients = bits >> 12, .is_looping = bits >> 13,
        .has_switch = bits >> 14, .redirects_nosni = bits >> 15, .redirects_unknown = bits >> 16,
        .is_making = bits >> 17, .is_pending = bits >> 18,
        .host = (mssl_host_kind_t)((bits >> 19) % 3)
    };

    return facts;
}

/** The iron rule, over every set of facts there is. */
static void test_iron_rule(void **state)
{
    unsigned bits;

    (void)state;
    for (bits = 0; bits < 3u << 19; bits++) {
        mssl_facts_t facts = make_facts(bits);
        mssl_verdict_t got = mssl_verdict_get(&facts);

        if (got.act == MSSL_ACT_SERVE || got.act == MSSL_ACT_SERVE_NAMED) {
            assert_true(facts.is_proven);
            assert_true(facts.covers || facts.is_trusted);
            assert_false(facts.is_proxying || facts.has_two_hosts || facts.is_other_clients);
        }
        assert_true((got.why == MSSL_WHY_NONE)
                    == (got.act == MSSL_ACT_SERVE || got.act == MSSL_ACT_SERVE_NAMED
                        || got.act == MSSL_ACT_SWITCH));
        assert_true((got.why == MSSL_WHY_NONE) == (got.status == 0 && got.page == 0));
        assert_false(got.act == MSSL_ACT_TO_SWITCH && facts.had_sni);
        assert_true(got.ends || (facts.is_proven && facts.had_sni && !facts.is_dummy));
    }
}

static void test_words(void **state)
{
    int i;
    int k;

    (void)state;
    for (i = 0; i < MSSL_WHYS; i++) {
        assert_non_null(mssl_why_text((mssl_why_t)i));
        for (k = 0; k < i; k++) {
            assert_string_not_equal(mssl_why_text((mssl_why_t)i), mssl_why_text((mssl_why_t)k));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_iron_rule),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
