/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_HELP_H
#define MSSL_TOOLS_MSSLCTL_HELP_H

/** @file help.h What is made of the tables of commands and options for people: usage and manual. */

#include <stdio.h>

#include "tools/msslctl/ctl.h"

/** @param command NULL: of msslctl itself */
void ctl_help_print(FILE *out, const ctl_command_t *command);

/** msslctl(8), as man(7) wants it. */
void ctl_help_print_manual(FILE *out);

#endif /* MSSL_TOOLS_MSSLCTL_HELP_H */
