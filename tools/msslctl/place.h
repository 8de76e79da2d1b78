/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_PLACE_H
#define MSSL_TOOLS_MSSLCTL_PLACE_H

/** @file place.h The worker's half of a plan (plan.h). */

#include "tools/msslctl/plan.h"

/** A ctl_work_fn whose baton is a ctl_wish_t: writes a ctl_plan_t and the two texts. */
int ctl_place_work(ctl_t *ctl, void *wish, const ctl_stop_t *stop, FILE *out);

#endif /* MSSL_TOOLS_MSSLCTL_PLACE_H */
