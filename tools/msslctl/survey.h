/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_SURVEY_H
#define MSSL_TOOLS_MSSLCTL_SURVEY_H

/**
 * @file survey.h
 * What another program keeps, as a worker finds it and writes it down in lines, and as root reads
 * those lines: a name is checked, a path is opened by nobody but a worker.
 */

#include "tools/msslctl/forms.h"
#include "tools/msslctl/install.h"
#include "tools/msslctl/match.h"

/** What the worker is asked. */
typedef struct ctl_survey_t {
    const ctl_server_t *server;
    const ctl_program_t *program;
    const char *path;           /**< absolute */
    const char *password_file;  /**< of PFX files, absolute; NULL: NAME.pass beside each */
    int copies;                 /**< pairs are to be copied: all names are wanted */
} ctl_survey_t;

/** A pair that was found for a name. */
typedef struct ctl_entry_t {
    const char *name;           /**< or pattern; canonical */
    const char *type;           /**< of the key */
    const char *action;         /**< "copy", "there", "expired", "early", "unnamed", "unfound" */
    apr_time_t until;
    const char **files;
    int nfiles;
    int number;                 /**< of the pair in its one file; 0: the files are the pair's */
    ctl_result_t result;        /**< of a copy; zeroed */
} ctl_entry_t;

/** The worker: a ctl_work_fn. @param survey a ctl_survey_t */
int ctl_survey_work(ctl_t *ctl, void *survey, const ctl_stop_t *stop, FILE *out);

/**
 * Read what it wrote.
 * @param faults of const char *: gets what was found and left out, with the reason
 * @param text NUL-terminated, or NULL; is cut into pieces, which entries point to
 * @return of ctl_entry_t; NULL: it is not what a worker writes
 */
apr_array_header_t *ctl_survey_read(char *text, apr_array_header_t *faults, apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_SURVEY_H */
