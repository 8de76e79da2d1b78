/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pages/words.h"

#include <apr_lib.h>
#include <string.h>
#include <strings.h>

/* RFC 9110 section 12.4.2: q has at most three decimals. */
#define Q_MAX 1000

const mssl_words_t *const mssl_words_all[] = {
    &mssl_words_en, &mssl_words_de, &mssl_words_es, &mssl_words_fr,
    &mssl_words_it, &mssl_words_nl, &mssl_words_pl, &mssl_words_pt,
    NULL
};

/* A language range and its weight, in the order of the header. */
typedef struct range_t {
    const char *text;
    size_t len;
    int q;
} range_t;

static int is_space(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_space(*at)) {
        at++;
    }
    return at;
}

/* "*", or subtags of 1 to 8 letters and, behind the first, digits (RFC 4647 section 2.1). */
static int is_range(const char *text, size_t len)
{
    size_t begin = 0;
    size_t i;

    if (len == 1 && text[0] == '*') {
        return 1;
    }
    for (i = 0; i <= len; i++) {
        if (i == len || text[i] == '-') {
            if (i == begin || i - begin > 8) {
                return 0;
            }
            begin = i + 1;
        }
        else if (begin == 0 ? !apr_isalpha(text[i]) : !apr_isalnum(text[i])) {
            return 0;
        }
    }
    return 1;
}

/* ";q=0.8" with its spaces, or nothing. @return thousandths, -1: malformed */
static int parse_q(const char *at, const char *end)
{
    int unit = 100;
    int q;

    at = skip_space(at, end);
    if (at == end) {
        return Q_MAX;
    }
    if (*at++ != ';') {
        return -1;
    }
    at = skip_space(at, end);
    if (end - at < 3 || (at[0] != 'q' && at[0] != 'Q') || at[1] != '='
        || (at[2] != '0' && at[2] != '1')) {
        return -1;
    }
    q = (at[2] - '0') * Q_MAX;
    at += 3;
    if (at < end && *at == '.') {
        for (at++; at < end && apr_isdigit(*at); at++) {
            if (unit == 0) {
                return -1;
            }
            q += (*at - '0') * unit;
            unit /= 10;
        }
    }
    return skip_space(at, end) == end && q <= Q_MAX ? q : -1;
}

/* The ranges that are well-formed. @return how many */
static int parse_accept(range_t ranges[MSSL_ACCEPT_RANGES_MAX], const char *accept)
{
    const char *end = accept + strnlen(accept, MSSL_ACCEPT_MAX);
    const char *at = accept;
    int n = 0;

    while (at < end && n < MSSL_ACCEPT_RANGES_MAX) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma != NULL ? comma : end;
        range_t *range = &ranges[n];

        range->text = skip_space(at, stop);
        for (at = range->text; at < stop && *at != ';' && !is_space(*at); at++) {
        }
        range->len = (size_t)(at - range->text);
        range->q = parse_q(at, stop);
        /* The last one may have been cut off. */
        if (range->q >= 0 && is_range(range->text, range->len)
            && (comma != NULL || *end == '\0')) {
            n++;
        }
        at = stop + 1;
    }
    return n;
}

static int is_lang(const mssl_words_t *words, const char *text, size_t len)
{
    return strlen(words->lang) == len && strncasecmp(words->lang, text, len) == 0;
}

static int is_excluded(const mssl_words_t *words, const range_t *ranges, int n)
{
    int i;

    for (i = 0; i < n; i++) {
        if (ranges[i].q == 0 && is_lang(words, ranges[i].text, ranges[i].len)) {
            return 1;
        }
    }
    return 0;
}

/* The language of "de-ch-1996", then of "de-ch", then of "de"; of "*" the first. */
static const mssl_words_t *look_up(const range_t *range, const range_t *ranges, int n)
{
    size_t len = range->len;
    int is_any = range->text[0] == '*';
    int i;

    while (len > 0) {
        for (i = 0; mssl_words_all[i] != NULL; i++) {
            if ((is_any || is_lang(mssl_words_all[i], range->text, len))
                && !is_excluded(mssl_words_all[i], ranges, n)) {
                return mssl_words_all[i];
            }
        }
        while (--len > 0 && range->text[len] != '-') {
        }
    }
    return NULL;
}

const mssl_words_t *mssl_words_choose(const char *accept)
{
    range_t ranges[MSSL_ACCEPT_RANGES_MAX];
    const mssl_words_t *best = NULL;
    int best_q = 0;
    int n = accept != NULL ? parse_accept(ranges, accept) : 0;
    int i;

    for (i = 0; i < n; i++) {
        const mssl_words_t *found = ranges[i].q > best_q ? look_up(&ranges[i], ranges, n) : NULL;

        if (found != NULL) {
            best = found;
            best_q = ranges[i].q;
        }
    }
    return best != NULL ? best : mssl_words_all[0];
}
