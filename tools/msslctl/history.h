/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_HISTORY_H
#define MSSL_TOOLS_MSSLCTL_HISTORY_H

/** @file history.h Showing what is kept of a name. */

#include "tools/msslctl/plan.h"

/** rollback --list. @return the exit code */
int ctl_history_print(ctl_t *ctl, const ctl_wish_t *wish);

#endif /* MSSL_TOOLS_MSSLCTL_HISTORY_H */
