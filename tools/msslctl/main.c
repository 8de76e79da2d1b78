/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * msslctl: certificates of mod_mssl on the command line. The command's work is in a file of its own;
 * here it is found and begun.
 */

#include <apr_general.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tools/msslctl/args.h"
#include "tools/msslctl/help.h"

#define WIDTH 80

/* A terminal has a width, and colors unless they are not wanted (no-color.org). */
static void look_at_output(ctl_t *ctl)
{
    const char *columns = getenv("COLUMNS"), *term = getenv("TERM"), *none = getenv("NO_COLOR");
    struct winsize size;

    ctl->is_tty = isatty(STDOUT_FILENO);
    ctl->has_progress = isatty(STDERR_FILENO) && !CTL_HAS(ctl, CTL_OPT_QUIET);
    if (columns != NULL && atoi(columns) >= 40) {
        ctl->width = atoi(columns);
    }
    else if (ctl->is_tty) {
        ctl->width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40
                         ? size.ws_col : WIDTH;
    }
    ctl->has_color = ctl->is_tty && !CTL_HAS(ctl, CTL_OPT_NO_COLOR)
                     && (none == NULL || *none == '\0') && term != NULL
                     && strcmp(term, "dumb") != 0;
}

static int run(ctl_t *ctl)
{
    if (CTL_HAS(ctl, CTL_OPT_VERSION)) {
        puts("msslctl " MSSL_VERSION);
        return CTL_FINE;
    }
    if (CTL_HAS(ctl, CTL_OPT_HELP)) {
        ctl_help_print(stdout, ctl->command);
        return CTL_FINE;
    }
    if (ctl->command == NULL) {
        ctl_help_print(stderr, NULL);
        return CTL_USAGE;
    }
    look_at_output(ctl);
    return ctl->command->run(ctl);
}

int main(int argc, char **argv)
{
    ctl_t ctl;
    int rc;

    if (apr_initialize() != APR_SUCCESS) {
        return CTL_FAULT;
    }
    memset(&ctl, 0, sizeof(ctl));
    apr_pool_create(&ctl.pool, NULL);
    tzset(); /* a process that is confined cannot read it any more */
    signal(SIGPIPE, SIG_IGN);
    rc = ctl_args_parse(&ctl, argc, (const char *const *)argv);
    if (rc == CTL_FINE) {
        rc = run(&ctl);
    }
    else if (CTL_HAS(&ctl, CTL_OPT_NAGIOS)) {
        rc = CTL_UNKNOWN;
    }
    if (fflush(stdout) != 0 && rc == CTL_FINE) {
        rc = CTL_NOT_WRITTEN;
    }
    apr_pool_destroy(ctl.pool);
    apr_terminate();
    return rc;
}
