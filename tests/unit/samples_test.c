/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <string.h>

#include "lib/explain/why.h"
#include "lib/explain/write.h"

/* What an admin is told of a name that is expired, taken out, or out of reach without SNI. */

#define DAY apr_time_from_sec(86400)
#define NOW (20000 * DAY)
#define HOME .site = { .by = MSSL_SITE_BY_NAME, .server_name = "a.example", .file = "a.conf", .line = 3, \
                       .is_guarded = 1 }
#define NAME .given = "a.example", .name = "a.example", .now = NOW, .within = 7, .is_known = 1, .nlooks = 2
#define FOUND(k, st, f, end) { .key = (k), .is_found = 1, .state = MSSL_STATE_##st, .store = "dir:/s", \
                               .file = (f), .types = (end) != 0 ? 2 : 0, .not_after = (end) }
#define OWN "a.example"
#define WILD "*.example"

static const mssl_explain_newer_t newer = { .form = "certbot", .command = "msslctl import certbot",
                                            .file = "/etc/letsencrypt/live/a.example/fullchain.pem",
                                            .not_after = NOW + 80 * DAY };

typedef struct sample_t {
    mssl_explain_facts_t facts;
    const char *label, *text; /* of one line; text NULL: there is none */
    const char *command;      /* of the first fix; NULL: whatever it is */
} sample_t;

static const sample_t samples[] = {
    { { NAME, HOME, .look = { FOUND(OWN, EXPIRED, "/s/a.example.pem", NOW - 4 * DAY), { .key = WILD } } },
      "In service", "/s/a.example.pem: nothing better in any store, no wildcard covers it", NULL },
    { { NAME, HOME, .look = { FOUND(OWN, EXPIRED, "/s/a.example.pem", NOW - 4 * DAY),
                              FOUND(WILD, EXPIRED, "/s/_.example.pem", NOW - 9 * DAY) } },
      "In service", "/s/a.example.pem: nothing better in any store, the wildcard is no better", NULL },
    { { NAME, HOME, .look = { { .key = OWN }, FOUND(WILD, EXPIRED, "/s/_.example.pem", NOW - 9 * DAY) } },
      "In service", "/s/_.example.pem: nothing better in any store, the name has no pair of its own", NULL },
    { { NAME, HOME, .away = "map:/m",
        .look = { FOUND(OWN, EXPIRED, "/s/a.example.pem", NOW - 4 * DAY), { .key = WILD } } },
      "In service", "/s/a.example.pem: nothing better in any store that can be read, no wildcard covers it",
      NULL },
    { { NAME, HOME, .look = { FOUND(OWN, VALID, "/s/a.example.pem", NOW + 60 * DAY), { .key = WILD } } },
      "In service", NULL, NULL },
    { { NAME, HOME, .newer = &newer,
        .look = { FOUND(OWN, EXPIRED, "/s/a.example.pem", NOW - 4 * DAY), { .key = WILD } } },
      "Newer file", "/etc/letsencrypt/live/a.example/fullchain.pem (certbot) is valid until 2024-12-23, but "
      "in no store", "msslctl import certbot" },
    { { NAME, HOME, .newer = &newer, .look = { { .key = OWN }, { .key = WILD } } }, "Newer file",
      "/etc/letsencrypt/live/a.example/fullchain.pem (certbot) is valid until 2024-12-23, but in no store",
      "msslctl import certbot" },
    { { NAME, HOME, .newer = &newer, .away = "map:/m", .look = { { .key = OWN }, { .key = WILD } } },
      "Newer file", NULL, NULL }, /* it may be in that store */
    { { NAME, .newer = &newer, .site = { .by = MSSL_SITE_BY_NAME, .server_name = OWN },
        .look = { { .key = OWN }, { .key = WILD } } }, "Newer file", NULL, NULL }, /* mod_ssl's */
    { { NAME, HOME, .newer = &newer, /* it is no better */
        .look = { FOUND(OWN, URGENT, "/s/a.example.pem", NOW + 81 * DAY), { .key = WILD } } },
      "Newer file", NULL, NULL },
    { { NAME, HOME, .newer = &newer, /* and need not be */
        .look = { FOUND(OWN, VALID, "/s/a.example.pem", NOW + 60 * DAY), { .key = WILD } } },
      "Newer file", NULL, NULL },
    { { NAME, HOME, .look = { { .key = OWN, .is_found = 1, .state = MSSL_STATE_EXCLUDED, .store = "dir:/s",
                                .file = "/s/a.example.none", .filed = NOW - 30 * DAY },
                              FOUND(WILD, VALID, "/s/_.example.pem", NOW + 60 * DAY) } },
      "Why", "/s/a.example.none takes it out of *.example (root, 2024-09-04)", "rm /s/a.example.none" },
    { { NAME, HOME, .look = { { .key = OWN, .is_found = 1, .state = MSSL_STATE_EXCLUDED, .store = "dir:/s",
                                .file = "/s/a.example.none", .filed = NOW - 30 * DAY, .uid = 1001 },
                              { .key = WILD } } },
      "Why", "/s/a.example.none takes it out of what a wildcard would cover (user id 1001, 2024-09-04)",
      "rm /s/a.example.none" },
    { { NAME, HOME, .look = { { .key = OWN, .is_found = 1, .state = MSSL_STATE_EXCLUDED }, { .key = WILD } } },
      "Why", NULL, NULL },
    { { NAME, HOME, .redirects_nosni = 1,
        .look = { FOUND(OWN, VALID, "/s/a.example.pem", NOW + 60 * DAY), { .key = WILD } } },
      "Old programs (no SNI)", "stand-in certificate, 421, a page with no way on", NULL },
    { { NAME, HOME, .redirects_nosni = 1, .switch_url = "https://switch.example/",
        .remembered = apr_time_from_sec(300),
        .look = { FOUND(OWN, VALID, "/s/a.example.pem", NOW + 60 * DAY), { .key = WILD } } },
      "Old programs (no SNI)", "stand-in certificate, 302 to the switch, and back with its own, remembered for "
      "5 min", NULL },
    { { NAME, HOME, .redirects_nosni = 1, .switch_url = "https://switch.example/",
        .remembered = apr_time_from_sec(90),
        .look = { FOUND(OWN, VALID, "/s/a.example.pem", NOW + 60 * DAY), { .key = WILD } } },
      "Old programs (no SNI)", "stand-in certificate, 302 to the switch, and back with its own, remembered for "
      "90 s", NULL },
};

static const char *find(const mssl_explain_line_t *line, int n, const char *label)
{
    int i;

    for (i = 0; i < n && strcmp(line[i].label, label) != 0; i++) {
        continue;
    }
    return i < n ? line[i].text : NULL;
}

static void test_words(void **state)
{
    mssl_explain_line_t line[MSSL_EXPLAIN_LINES_MAX];
    mssl_explained_t explained;
    apr_pool_t *pool;
    size_t i;

    (void)state;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (i = 0; i < COUNT(samples); i++) {
        const sample_t *sample = &samples[i];
        const char *text;

        mssl_explain(&explained, &sample->facts, pool);
        mssl_explain_newer(&explained, &sample->facts);
        text = find(line, mssl_explain_lines(line, &explained, &sample->facts, pool), sample->label);
        if ((text == NULL) != (sample->text == NULL) || (text != NULL && strcmp(text, sample->text) != 0)) {
            fail_msg("%d: %s: '%s'", (int)i, sample->label, text);
        }
        if (sample->command != NULL) {
            assert_string_equal(explained.fix[0].command, sample->command);
        }
    }
    apr_pool_destroy(pool);
    apr_terminate();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_words) };

    return cmocka_run_group_tests_name("samples", tests, NULL, NULL);
}
