/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_PRINT_H
#define MSSL_TOOLS_MSSLCTL_PRINT_H

/**
 * @file print.h
 * Results for people: ASCII, whatever the bytes were (file names, names in certificates), folded to
 * the width of the terminal. What is handed in is not escaped yet.
 */

#include <apr_time.h>
#include <stdio.h>

#include "tools/msslctl/ctl.h"

typedef struct ctl_print_t {
    const ctl_t *ctl;
    FILE *out;
} ctl_print_t;

typedef enum { CTL_NO_COLOR = 0, CTL_RED, CTL_YELLOW, CTL_GREEN } ctl_color_t;

void ctl_print_begin(ctl_print_t *print, const ctl_t *ctl, FILE *out);

/** "LABEL  text", in a column; with --plain between tabs. */
void ctl_print_pair(const ctl_print_t *print, const char *label, const char *text);

/** A command, in the column of texts: never folded, so that it can be copied. */
void ctl_print_command(const ctl_print_t *print, const char *text);

/** A line of words; what does not fit goes on under the indent. */
void ctl_print_text(const ctl_print_t *print, int indent, ctl_color_t color, const char *text);

/**
 * A row of a table: fields padded to their widths (0: as it is), the last one as it is. One that
 * would make the line too long begins the next one. With --plain: between tabs.
 */
void ctl_print_row(const ctl_print_t *print, ctl_color_t color, const char *const *fields,
                   const int *widths, int n);

/** "2027-01-18 14:03 CET"; 0: "-". */
const char *ctl_print_time(apr_pool_t *pool, apr_time_t time);

/** A mssl_json_sink_fn whose baton is a FILE. */
apr_status_t ctl_print_sink(void *baton, const char *data, size_t len);

#endif /* MSSL_TOOLS_MSSLCTL_PRINT_H */
