/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/alabel.h"

#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/idn.h"
#include "tools/msslctl/args.h"

static int is_ascii(const char *text)
{
    for (; *text != '\0' && (unsigned char)*text < 0x80; text++) {
        continue;
    }
    return *text == '\0';
}

/* One name, or a part of a pattern. @return as it is, where it has no other form */
static const char *to_ascii(const char *text, apr_pool_t *pool)
{
    char name[MSSL_NAME_SIZE];

    return mssl_idn_to_ascii(name, text, strlen(text)) ? apr_pstrdup(pool, name) : text;
}

/* Each of several parts. @param between "." or "," */
static const char *each_to_ascii(const char *text, const char *between, apr_pool_t *pool)
{
    const char *form = "";
    size_t len;

    for (;; text += len + 1) {
        len = strcspn(text, between);
        form = apr_pstrcat(pool, form, to_ascii(apr_pstrmemdup(pool, text, len), pool), NULL);
        if (text[len] == '\0') {
            return form;
        }
        form = apr_pstrcat(pool, form, between, NULL);
    }
}

/* The usage has it first, and "..." behind the one that is all that follow, too. */
static int is_name(const ctl_command_t *command, const char *kind, int at)
{
    const char *first = command->arguments + (command->arguments[0] == '[');

    return strncmp(first, kind, strlen(kind)) == 0
           && (at == 0 || strncmp(first + strlen(kind), "...", 3) == 0);
}

static int take(ctl_t *ctl, const char **word, int is_glob)
{
    const char *form = is_ascii(*word) ? *word
                       : each_to_ascii(*word, is_glob ? "." : ",", ctl->pool);

    if (is_glob && !is_ascii(form)) {
        return ctl_args_refuse(ctl, "a pattern has letters beyond ASCII only in whole labels: names are "
                               "listed as 'xn--...'");
    }
    if (form != *word && is_ascii(form) && !CTL_HAS(ctl, CTL_OPT_QUIET)) {
        fprintf(stderr, "msslctl %s: in ASCII the name is '%s'\n", ctl->command->name, form);
    }
    *word = form;
    return CTL_FINE;
}

int ctl_alabel_take(ctl_t *ctl)
{
    const char **words = apr_pcalloc(ctl->pool, ((apr_size_t)ctl->argc + 1) * sizeof(*words));
    int i, rc = CTL_FINE;

    for (i = 0; i < ctl->argc && rc == CTL_FINE; i++) {
        int is_glob = is_name(ctl->command, "GLOB", i);

        words[i] = ctl->argv[i];
        if (is_glob || is_name(ctl->command, "NAME", i)) {
            rc = take(ctl, &words[i], is_glob);
        }
    }
    if (rc == CTL_FINE) {
        ctl->argv = words;
    }
    return rc;
}
