/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/args.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "tools/msslctl/alabel.h"

/** Words longer than that are not guessed at. */
#define WORD_MAX_LEN 32
/** So many letters may be wrong. */
#define ERRORS_MAX 2

static int least(int a, int b, int c)
{
    return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

/* Letters put in, left out, changed or swapped (Damerau's distance). */
static int distance(const char *a, const char *b)
{
    int rows[3][WORD_MAX_LEN + 1];
    int la = (int)strlen(a), lb = (int)strlen(b), i, j;

    if (la > WORD_MAX_LEN || lb > WORD_MAX_LEN) {
        return WORD_MAX_LEN;
    }
    for (j = 0; j <= lb; j++) {
        rows[0][j] = j;
    }
    for (i = 1; i <= la; i++) {
        int *now = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        now[0] = i;
        for (j = 1; j <= lb; j++) {
            now[j] = least(above[j] + 1, now[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                && before[j - 2] + 1 < now[j]) {
                now[j] = before[j - 2] + 1;
            }
        }
    }
    return rows[la % 3][lb];
}

const char *ctl_args_guess(const char *wrong, const char *const *words, int n)
{
    const char *best = NULL;
    int best_distance = ERRORS_MAX + 1, i;

    for (i = 0; i < n; i++) {
        int d = distance(wrong, words[i]);

        if (d < best_distance && d < (int)strlen(words[i])) {
            best_distance = d;
            best = words[i];
        }
    }
    return best;
}

int ctl_args_refuse(const ctl_t *ctl, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = apr_pvsprintf(ctl->pool, format, args);
    va_end(args);
    fprintf(stderr, "msslctl%s%s: %s\n", ctl->command != NULL ? " " : "",
            ctl->command != NULL ? ctl->command->name : "", text);
    return CTL_USAGE;
}

int ctl_args_refuse_name(const ctl_t *ctl, const char *text)
{
    return ctl_args_refuse(ctl, "'%s' is not a host name; use name or *.parent",
                           mssl_text_shown(ctl->pool, text, 100));
}

static const char *shown(const ctl_t *ctl, const char *text)
{
    return mssl_text_printable(ctl->pool, text, strlen(text), 60);
}

static int refuse_word(const ctl_t *ctl, const char *kind, const char *word,
                       const apr_array_header_t *words)
{
    const char *guess = ctl_args_guess(word, (const char *const *)words->elts, words->nelts);

    return ctl_args_refuse(ctl, "unknown %s '%s'%s%s%s; accepted: %s", kind, shown(ctl, word),
                           guess != NULL ? ", did you mean '" : "", guess != NULL ? guess : "",
                           guess != NULL ? "'?" : "", apr_array_pstrcat(ctl->pool, words, ' '));
}

static int refuse_command(const ctl_t *ctl, const char *word)
{
    apr_array_header_t *words = apr_array_make(ctl->pool, CTL_COMMANDS, sizeof(const char *));
    int i;

    for (i = 0; i < CTL_COMMANDS; i++) {
        APR_ARRAY_PUSH(words, const char *) = ctl_commands[i].name;
    }
    return refuse_word(ctl, "command", word, words);
}

static int knows(const ctl_t *ctl, int option)
{
    return ctl->command == NULL
           || (ctl_options[option].commands >> (ctl->command - ctl_commands) & 1) != 0;
}

static int refuse_option(const ctl_t *ctl, const char *word)
{
    apr_array_header_t *words = apr_array_make(ctl->pool, CTL_OPTIONS, sizeof(const char *));
    int i;

    for (i = 0; i < CTL_OPTIONS; i++) {
        if (knows(ctl, i)) {
            APR_ARRAY_PUSH(words, const char *) = ctl_options[i].name;
        }
    }
    return refuse_word(ctl, "option", word, words);
}

/* "--name", "--name=value" or "-n". @return its row, or CTL_OPTIONS */
static int find_option(const char *word)
{
    size_t len = strcspn(word, "=");
    int i;

    for (i = 0; i < CTL_OPTIONS; i++) {
        const ctl_option_t *option = &ctl_options[i];

        if ((strlen(option->name) == len && strncmp(option->name, word, len) == 0)
            || (option->letter != 0 && word[1] == option->letter && word[2] == '\0')) {
            return i;
        }
    }
    return CTL_OPTIONS;
}

/* @param at in: the option's place; out: of the last word that belongs to it */
static int take_option(ctl_t *ctl, int argc, const char *const *argv, int *at)
{
    const char *word = argv[*at], *value = word[1] == '-' ? strchr(word, '=') : NULL;
    int i = find_option(word);

    if (i == CTL_OPTIONS) {
        return refuse_option(ctl, word);
    }
    if (ctl_options[i].argument == NULL && value != NULL) {
        return ctl_args_refuse(ctl, "%s takes no value", ctl_options[i].name);
    }
    if (ctl_options[i].argument == NULL) {
        ctl->value[i] = "";
        return CTL_FINE;
    }
    if (value == NULL && *at + 1 >= argc) {
        return ctl_args_refuse(ctl, "%s needs a value: %s %s", ctl_options[i].name,
                               ctl_options[i].name, ctl_options[i].argument);
    }
    ctl->value[i] = value != NULL ? value + 1 : argv[++*at];
    return CTL_FINE;
}

static int take_command(ctl_t *ctl, const char *word)
{
    int i;

    for (i = 0; i < CTL_COMMANDS; i++) {
        if (strcmp(ctl_commands[i].name, word) == 0) {
            ctl->command = &ctl_commands[i];
            return CTL_FINE;
        }
    }
    return refuse_command(ctl, word);
}

static int check_counts(const ctl_t *ctl)
{
    const ctl_command_t *command = ctl->command;
    int i;

    for (i = 0; i < CTL_OPTIONS; i++) {
        if (CTL_HAS(ctl, i) && !knows(ctl, i)) {
            return refuse_option(ctl, ctl_options[i].name);
        }
    }
    if (CTL_HAS(ctl, CTL_OPT_HELP) || CTL_HAS(ctl, CTL_OPT_VERSION) || command == NULL) {
        return CTL_FINE;
    }
    if (ctl->argc < command->min || (command->max >= 0 && ctl->argc > command->max)) {
        return ctl_args_refuse(ctl, "%s, use: msslctl %s %s",
                               ctl->argc < command->min ? "too few arguments"
                                                        : "too many arguments",
                               command->name, command->arguments);
    }
    return CTL_FINE;
}

int ctl_args_parse(ctl_t *ctl, int argc, const char *const *argv)
{
    apr_array_header_t *words = apr_array_make(ctl->pool, 8, sizeof(const char *));
    int i, rc = CTL_FINE, ends = 0;

    for (i = 1; rc == CTL_FINE && i < argc; i++) {
        if (!ends && strcmp(argv[i], "--") == 0) {
            ends = 1;
        }
        else if (!ends && argv[i][0] == '-' && argv[i][1] != '\0') {
            rc = take_option(ctl, argc, argv, &i);
        }
        else if (ctl->command == NULL) {
            rc = take_command(ctl, argv[i]);
        }
        else {
            APR_ARRAY_PUSH(words, const char *) = argv[i];
        }
    }
    ctl->argc = words->nelts;
    ctl->argv = (const char *const *)words->elts;
    if (rc == CTL_FINE) {
        rc = check_counts(ctl);
    }
    return rc == CTL_FINE && ctl->command != NULL ? ctl_alabel_take(ctl) : rc;
}
