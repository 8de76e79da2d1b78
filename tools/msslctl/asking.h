/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_ASKING_H
#define MSSL_TOOLS_MSSLCTL_ASKING_H

/**
 * @file asking.h
 * One thing that is asked of the steward, and waiting for what comes of it. As the steward's user.
 */

#include "lib/base/buffer.h"
#include "lib/issue/request.h"
#include "tools/msslctl/issuing.h"

typedef struct ctl_asking_t ctl_asking_t;

struct ctl_asking_t {
    ctl_issuing_t issuing; /**< first: see ctl_issuing_run() */
    mssl_request_t request;
    mssl_buffer_t given;   /**< what files of the command line hold: a certificate, an owner */
    /** Before it is asked. @return CTL_FINE; other, said. NULL: the job is looked for */
    int (*prepare)(ctl_asking_t *asking);
};

typedef apr_status_t (*ctl_asking_write_fn)(const ctl_asking_t *asking, int fd, mssl_reason_t *why);

/** Write into a folder of MSSLStateDir. @return CTL_FINE; other, said */
int ctl_asking_save(const ctl_asking_t *asking, const char *folder, ctl_asking_write_fn write);

/** Ask, wait, and print what came of it. @return the exit code */
int ctl_asking_run(ctl_t *ctl, const char *name, mssl_verb_t verb, ctl_asking_t *asking);

#endif /* MSSL_TOOLS_MSSLCTL_ASKING_H */
