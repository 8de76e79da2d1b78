/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_WORKER_H
#define MSSL_TOOLS_MSSLCTL_WORKER_H

/**
 * @file worker.h
 * Work on what others wrote, done by a process that can do little: forked by root, it becomes the
 * user of its role and is confined (lib/process/confine.h) before it reads the first byte. What it
 * prints comes through a pipe; root passes printable ASCII, ends of lines and colors on, and parses
 * nothing. Who is not root does the work itself.
 */

#include <stdio.h>

#include "lib/base/buffer.h"
#include "lib/process/rights.h"
#include "tools/msslctl/server.h"

/** Set by Ctrl-C: a worker ends soon, with what it has. */
typedef struct ctl_stop_t {
    volatile int is_wanted;
} ctl_stop_t;

/** In the worker. @param out for results @return the exit code */
typedef int (*ctl_work_fn)(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out);

/**
 * Run work and print what it prints. Blocks.
 * @return its exit code; CTL_FAULT: it died; CTL_INTERRUPTED after Ctrl-C
 */
int ctl_worker_print(ctl_t *ctl, const ctl_server_t *server, mssl_role_t role, ctl_work_fn work,
                     void *baton);

/**
 * The same, and take what it writes as bytes.
 * @param bytes out: empty with a bound; the caller frees it. What is in it was written by a process
 *        that reads foreign files: check what is relied on
 */
int ctl_worker_take(ctl_t *ctl, const ctl_server_t *server, mssl_role_t role, ctl_work_fn work,
                    void *baton, mssl_buffer_t *bytes);

#endif /* MSSL_TOOLS_MSSLCTL_WORKER_H */
