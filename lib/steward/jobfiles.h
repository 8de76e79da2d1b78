/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_JOBFILES_H
#define MSSL_LIB_STEWARD_JOBFILES_H

/**
 * @file jobfiles.h
 * All jobs of a folder, as a steward that begins reads them. One that is damaged, or another user's, is
 * set aside as ".NAME.bad", and begun anew. Copies for other names of a job (shadow.h) are passed over.
 * One thread.
 */

#include "lib/issue/job.h"

/**
 * @param folder descriptor of jobs/
 * @param take called for each
 * @param report called with a sentence for what is no job, or cannot be read
 */
void mssl_jobfiles_load(int folder, void (*take)(void *baton, const mssl_job_t *job),
                        void (*report)(void *baton, const char *text), void *baton);

#endif /* MSSL_LIB_STEWARD_JOBFILES_H */
