/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_UNITS_H
#define MSSL_TOOLS_MSSLCTL_UNITS_H

/**
 * @file units.h
 * Units of systemd that export a pair again: a path unit when its file changes, a timer each hour (a
 * pair that ends, another store), and the service that both start: msslctl, and where what was
 * exported is newer than the last reload that went well, a reload of the server that uses it. So an
 * export by hand counts, too, and a reload that failed is tried again.
 */

#include "tools/msslctl/deliver.h"

/** Where systemd looks for those of an admin. */
#define CTL_UNITS_FOLDER "/etc/systemd/system"

typedef struct ctl_units_t {
    const char *server;  /**< unit of the server that is reloaded: "postfix" */
    const char *folder;  /**< where they are written */
    const char *program; /**< msslctl */
    const char *state_dir; /**< NULL: the default */
    const char *owner, *password_file; /**< as they were given; NULL */
} ctl_units_t;

/**
 * Whether units can be written of these words: in a unit, some bytes mean something else.
 * @return CTL_FINE; other: it was said
 */
int ctl_units_check(const ctl_units_t *units, ctl_t *ctl, const ctl_target_t *target);

/** "mssl-export-NAME-SERVER", without an ending. */
const char *ctl_units_name(const ctl_units_t *units, const ctl_order_t *order, apr_pool_t *pool);

/** Whether a unit can name a file; what cannot be watched is left to the timer. */
int ctl_units_watches(const char *file);

/** @param watched file of the pair */
apr_status_t ctl_units_write(const ctl_units_t *units, const ctl_target_t *target,
                             const ctl_order_t *order, const char *watched, apr_pool_t *pool,
                             mssl_reason_t *why);

#endif /* MSSL_TOOLS_MSSLCTL_UNITS_H */
