/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The one table of commands and options: usage, --help, completion and the manual are made from it,
 * and tests/lint/msslctl.py holds docs/msslctl.md against it.
 */

#include <stddef.h>

#include "tools/msslctl/ctl.h"

#define ON(command) (1u << (command))
#define ALL ((1u << CTL_COMMANDS) - 1)

const ctl_command_t ctl_commands[CTL_COMMANDS] = {
    [CTL_STATE] = { "state", "", "say what is known of the server, and from where",
        "Which file or program it was learnt from, whether httpd runs, its stores and addresses.", 0, 0,
        ctl_state_run },
    [CTL_COMPLETION] = { "completion", "SHELL", "print completions for bash, zsh or fish",
        "To be put where the shell finds it: eval \"$(msslctl completion bash)\".", 1, 1,
        ctl_completion_run },
    [CTL_HELP] = { "help", "[COMMAND]", "explain a command", "The same as COMMAND --help.", 0, 1,
        ctl_help_run },
};

const ctl_option_t ctl_options[CTL_OPTIONS] = {
    [CTL_OPT_STATE_DIR] = { "--state-dir", 0, "PATH", ALL, "MSSLStateDir of the server" },
    [CTL_OPT_JSON] = { "--json", 0, NULL, ALL, "print JSON, whose fields are only ever added" },
    [CTL_OPT_PLAIN] = { "--plain", 0, NULL, ALL, "print fields between tabs, without a heading" },
    [CTL_OPT_NO_COLOR] = { "--no-color", 0, NULL, ALL, "no colors (as with NO_COLOR set)" },
    [CTL_OPT_QUIET] = { "--quiet", 'q', NULL, ALL, "print results only" },
    [CTL_OPT_VERBOSE] = { "--verbose", 'v', NULL, ALL, "say more" },
    [CTL_OPT_HELP] = { "--help", 'h', NULL, ALL, "explain" },
    [CTL_OPT_VERSION] = { "--version", 0, NULL, ALL, "print the version" },
    [CTL_OPT_MAN] = { "--man", 0, NULL, ON(CTL_HELP), "print the manual page msslctl(8)" },
};
