/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/print.h"

#include <apr_strings.h>
#include <string.h>
#include <time.h>

#include "lib/base/text.h"

/** Longest text that is shown of one thing. */
#define TEXT_MAX 2048
#define PAIR_WIDTH 23

static const char *const begins[] = { "", "\x1b[31m", "\x1b[33m", "\x1b[32m" };

void ctl_print_begin(ctl_print_t *print, const ctl_t *ctl, FILE *out)
{
    print->ctl = ctl;
    print->out = out;
}

static int is_plain(const ctl_print_t *print)
{
    return CTL_HAS(print->ctl, CTL_OPT_PLAIN);
}

static const char *safe(const ctl_print_t *print, const char *text)
{
    return text == NULL || *text == '\0' ? "-" : mssl_text_shown(print->ctl->pool, text, TEXT_MAX);
}

static void put_color(const ctl_print_t *print, ctl_color_t color, const char *code)
{
    if (print->ctl->has_color && color != CTL_NO_COLOR) {
        fputs(code, print->out);
    }
}

void ctl_print_pair(const ctl_print_t *print, const char *label, const char *text)
{
    if (is_plain(print)) {
        fprintf(print->out, "%s\t%s\n", label, safe(print, text));
        return;
    }
    fprintf(print->out, "%-*s", PAIR_WIDTH, label);
    ctl_print_text(print, PAIR_WIDTH, CTL_NO_COLOR, text);
}

void ctl_print_command(const ctl_print_t *print, const char *text)
{
    if (is_plain(print)) {
        fprintf(print->out, "command\t%s\n", safe(print, text));
    }
    else {
        fprintf(print->out, "%*s%s\n", PAIR_WIDTH, "", safe(print, text));
    }
}

void ctl_print_text(const ctl_print_t *print, int indent, ctl_color_t color, const char *text)
{
    int width = is_plain(print) ? 0 : print->ctl->width, column = indent;
    const char *at = safe(print, text);

    put_color(print, color, begins[color]);
    while (*at != '\0') {
        int len = (int)strcspn(at, " ");

        if (column > indent && width > 0 && column + 1 + len > width) {
            fprintf(print->out, "\n%*s", indent, "");
            column = indent;
        }
        if (column > indent) {
            fputc(' ', print->out);
            column++;
        }
        fwrite(at, 1, (size_t)len, print->out);
        column += len;
        at += len + (at[len] == ' ');
    }
    put_color(print, color, "\x1b[0m");
    fputc('\n', print->out);
}

void ctl_print_row(const ctl_print_t *print, ctl_color_t color, const char *const *fields,
                   const int *widths, int n)
{
    int i, column = 0, pad = 0, width = print->ctl->width;

    for (i = 0; i < n; i++) {
        const char *field = safe(print, fields[i]);
        int len = (int)strlen(field);

        if (is_plain(print)) {
            fprintf(print->out, "%s%s", i > 0 ? "\t" : "", field);
            continue;
        }
        if (i > 0 && width > 0 && column + pad + 1 + len > width) {
            fputs("\n    ", print->out);
            column = 4;
        }
        else if (i > 0) {
            fprintf(print->out, "%*s", pad + 1, "");
            column += pad + 1;
        }
        put_color(print, i == 0 ? color : CTL_NO_COLOR, begins[color]);
        fputs(field, print->out);
        put_color(print, i == 0 ? color : CTL_NO_COLOR, "\x1b[0m");
        column += len;
        pad = len < widths[i] ? widths[i] - len : 0;
    }
    fputc('\n', print->out);
}

const char *ctl_print_time(apr_pool_t *pool, apr_time_t time)
{
    time_t seconds = (time_t)apr_time_sec(time);
    struct tm local;
    char text[64];

    if (time == 0 || localtime_r(&seconds, &local) == NULL
        || strftime(text, sizeof(text), "%Y-%m-%d %H:%M %Z", &local) == 0) {
        return "-";
    }
    return apr_pstrdup(pool, text);
}

apr_status_t ctl_print_sink(void *baton, const char *data, size_t len)
{
    return fwrite(data, 1, len, baton) == len ? APR_SUCCESS : APR_EGENERAL;
}
