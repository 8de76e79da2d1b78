/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_TRIAL_H
#define MSSL_TOOLS_MSSLCTL_TRIAL_H

/**
 * @file trial.h
 * A test of each MSSLNotifyCommand (docs/notify.md), run as the steward runs it: by its user, with an
 * event "test". What each did is printed.
 */

#include "tools/msslctl/server.h"

/** @return CTL_FINE: all took it; CTL_BROKEN: one did not; CTL_UNKNOWN: there is none */
int ctl_trial_run(ctl_t *ctl, const ctl_server_t *server);

#endif /* MSSL_TOOLS_MSSLCTL_TRIAL_H */
