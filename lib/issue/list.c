/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/list.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/idn.h"
#include "lib/issue/suffix.h"
#include "lib/pair/key.h"

/** Of one line's words. */
#define WORDS_MAX 5
#define BLANKS " \t\r"
#define FAULT_SIZE (MSSL_NAME_SIZE + 100)

typedef struct word_t {
    const char *text;
    size_t len;
} word_t;

static int is_word(const word_t *word, const char *text)
{
    return word->len == strlen(text) && memcmp(word->text, text, word->len) == 0;
}

/* @return the value behind "key:"; NULL: it is something else */
static const char *get_value(const word_t *word, const char *key, size_t *len)
{
    size_t n = strlen(key);

    if (word->len <= n || memcmp(word->text, key, n) != 0) {
        return NULL;
    }
    *len = word->len - n;
    return word->text + n;
}

static int take_issuer(mssl_list_line_t *line, const char *text, size_t len)
{
    if (len >= sizeof(line->issuer)) {
        return 0;
    }
    memcpy(line->issuer, text, len);
    line->issuer[len] = '\0';
    return strspn(line->issuer, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* @return what is wrong with it; NULL: nothing */
static const char *take_option(mssl_list_line_t *line, const word_t *word)
{
    const char *value;
    size_t len;

    if (is_word(word, "nocheck")) {
        line->skips_preflight = 1;
    }
    else if (is_word(word, "key:ecdsa")) {
        line->key = MSSL_KEY_ECDSA;
    }
    else if (is_word(word, "key:rsa")) {
        line->key = MSSL_KEY_RSA;
    }
    else if ((value = get_value(word, "issuer:", &len)) == NULL || !take_issuer(line, value, len)) {
        return "behind the name may stand nocheck, issuer:NAME, key:ecdsa or key:rsa";
    }
    return NULL;
}

/* @param fault room for what is wrong with it */
static const char *take_name(mssl_list_line_t *line, const word_t *word, char fault[FAULT_SIZE])
{
    char form[MSSL_NAME_SIZE];

    if (mssl_idn_to_ascii(form, word->text, word->len)) {
        apr_snprintf(fault, FAULT_SIZE, "a name with letters beyond ASCII is written in its xn-- form, "
                     "'%s'", form);
        return fault;
    }
    if (mssl_name_canon_pattern(line->name, word->text, word->len) == 0) {
        return "that is no host name";
    }
    if (!mssl_suffix_is_plain(line->name) && !line->is_excluded) {
        return "no certificate authority signs a name with '_', or with '-' at the end of a label";
    }
    return NULL;
}

/*
 * @param n out: 0 where it is empty
 * @param room for what is wrong with it
 * @return what is wrong with it; NULL: nothing
 */
static const char *parse(mssl_list_line_t *line, const char *text, size_t len, int *n,
                         char room[FAULT_SIZE])
{
    const char *end = text + len, *hash = memchr(text, '#', len), *fault = NULL;
    word_t word;
    int i;

    memset(line, 0, sizeof(*line));
    line->key = -1;
    *n = 0;
    end = hash != NULL ? hash : end;
    for (i = 0; fault == NULL; i++) {
        for (; text < end && strchr(BLANKS, *text) != NULL && *text != '\0'; text++) {
            continue;
        }
        if (text == end) {
            break;
        }
        for (word.text = text; text < end && (*text == '\0' || strchr(BLANKS, *text) == NULL); text++) {
            continue;
        }
        word.len = (size_t)(text - word.text);
        *n = 1;
        if (i == 0 && *word.text == '!') {
            line->is_excluded = 1;
            word.text++;
            word.len--;
        }
        fault = i == 0 ? take_name(line, &word, room)
                : line->is_excluded || i == WORDS_MAX ? "there are too many words"
                : take_option(line, &word);
    }
    return fault;
}

static void report_line(mssl_list_report_fn report, void *baton, const char *file, int number,
                        const char *fault)
{
    char text[512];

    apr_snprintf(text, sizeof(text), "%s:%d: %s; this line is passed over", file, number, fault);
    report(baton, text);
}

int mssl_list_read(const char *text, size_t len, const char *file, mssl_list_line_fn take,
                   mssl_list_report_fn report, void *baton)
{
    const char *end = text + len, *next;
    int number, n, bad = 0;
    mssl_list_line_t line;

    for (number = 1; text < end; number++, text = next + 1) {
        const char *fault;
        char room[FAULT_SIZE];

        next = memchr(text, '\n', (size_t)(end - text));
        next = next != NULL ? next : end;
        fault = parse(&line, text, (size_t)(next - text), &n, room);
        if (fault == NULL && n > 0) {
            take(baton, &line);
        }
        else if (fault != NULL && ++bad <= MSSL_LIST_REPORTS) {
            report_line(report, baton, file, number, fault);
        }
    }
    if (bad > MSSL_LIST_REPORTS) {
        char more[512];

        apr_snprintf(more, sizeof(more), "%s: %d more lines are passed over", file,
                     bad - MSSL_LIST_REPORTS);
        report(baton, more);
    }
    return bad;
}
