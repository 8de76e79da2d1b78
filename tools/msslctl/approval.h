/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_APPROVAL_H
#define MSSL_TOOLS_MSSLCTL_APPROVAL_H

/**
 * @file approval.h
 * Whether an address may approve an order by mail (lib/issue/approver.h), and would get the mail: DNS is
 * asked, by a worker of MSSL_ROLE_CALLER, never by root.
 */

#include "tools/msslctl/ctl.h"

/**
 * @param names of the order (lib/issue/names.h)
 * @return CTL_FINE; other, said: it may not, gets no mail, or DNS does not say so
 */
int ctl_approval_check(ctl_t *ctl, const char *address, const char *names);

#endif /* MSSL_TOOLS_MSSLCTL_APPROVAL_H */
