/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_ALABEL_H
#define MSSL_TOOLS_MSSLCTL_ALABEL_H

/**
 * @file alabel.h
 * Names as people type them: with letters beyond ASCII (lib/base/idn.h). The command line is the only
 * place where they are taken; files, the network and what the server says have names in ASCII.
 */

#include "tools/msslctl/ctl.h"

/**
 * Put the form in ASCII in the place of each argument that is a name, names or a pattern, by the
 * command's usage. Which form it is, is said on standard error, unless --quiet is given: names that look
 * the same need not be. What has no form is left as it is: whoever takes it refuses it.
 * @return CTL_FINE; CTL_USAGE: a pattern's part is in such letters, said
 */
int ctl_alabel_take(ctl_t *ctl);

#endif /* MSSL_TOOLS_MSSLCTL_ALABEL_H */
