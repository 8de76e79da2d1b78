/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_ISSUING_H
#define MSSL_TOOLS_MSSLCTL_ISSUING_H

/**
 * @file issuing.h
 * What the commands of issuing share. They work as the steward's user, whose files those are: root reads
 * none of them. Within a worker of MSSL_ROLE_STEWARD.
 */

#include <stdio.h>

#include "lib/issue/job.h"
#include "lib/issue/settings.h"
#include "tools/msslctl/print.h"
#include "tools/msslctl/worker.h"

typedef struct ctl_issuing_t {
    ctl_t *ctl;
    const ctl_server_t *server;
    int dir, jobs;           /**< MSSLStateDir, jobs/ */
    mssl_issuing_t *issuing; /**< as it is configured */
} ctl_issuing_t;

/** Run a worker as the steward's user; where there is none, that is said. @return its exit code */
int ctl_issuing_run(ctl_t *ctl, ctl_work_fn work, void *baton);

/**
 * Open it. Said on standard error where nothing is issued by this server.
 * @return CTL_FINE; other: the exit code
 */
int ctl_issuing_open(ctl_issuing_t *issuing, ctl_t *ctl, const ctl_server_t *server);
void ctl_issuing_close(ctl_issuing_t *issuing);

/** A name of the command line. @return CTL_FINE; CTL_USAGE, said */
int ctl_issuing_take_name(const ctl_t *ctl, char name[MSSL_NAME_SIZE], const char *text);

/** One job, for people or as JSON. @return CTL_FINE; CTL_ATTENTION: somebody must act, or it failed */
int ctl_issuing_print_job(ctl_t *ctl, const mssl_job_t *job, FILE *out);

/** CTL_FINE, or what is wrong with it. */
int ctl_issuing_judge(const mssl_job_t *job);

#endif /* MSSL_TOOLS_MSSLCTL_ISSUING_H */
