/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_NOTIFY_PROGRAM_H
#define MSSL_LIB_NOTIFY_PROGRAM_H

/**
 * @file program.h
 * Foreign programs: which are run at all, and running one. No shell. One thread, with SIGCHLD
 * blocked.
 */

#include <apr_time.h>
#include <stddef.h>

#include "mod_mssl.h"

/** The last bytes of many. Zeroed: there are none. */
typedef struct mssl_tail_t {
    char text[4096];         /**< not NUL-terminated; foreign bytes */
    size_t len;
} mssl_tail_t;

/** What is run. */
typedef struct mssl_program_t {
    const char *path;        /**< absolute */
    const char *const *argv; /**< as configured, NULL behind the last */
    const char *const *env;  /**< all of it; NULL behind the last */
    const void *input;       /**< on its standard input; output goes nowhere, errors to ours */
    size_t len;
    apr_interval_time_t patience; /**< then it is told to end */
    apr_interval_time_t mercy;    /**< so long after that it is killed */
    void (*tick)(void *baton);    /**< called about each second while it runs; NULL: nothing is */
    void *baton;
    int ends_all;            /**< what it leaves behind in its session is killed when it ends, too */
    int *code;               /**< out: its exit code; -1: it has none. NULL: nobody asks */
    /** In the new process, before it executes anything: gives up rights. NULL: it keeps them. */
    apr_status_t (*enter)(void *baton, mssl_reason_t *why);
    void *enter_baton;
    mssl_tail_t *errors;     /**< out: the end of what it wrote on standard error; NULL: it is ours */
} mssl_program_t;

/**
 * Whether a program may be run: a file that is executable, that belongs to root or to the caller's
 * user and is writable by that one alone, in a folder that not everybody can put files into.
 * @return APR_SUCCESS; other, with why: the path, and what is wrong with it
 */
apr_status_t mssl_program_check(const char *path, mssl_reason_t *why);

/**
 * Run one to its end, in a session of its own; what it leaves behind in that is killed with it, when
 * its time is up. Blocks; signals that the caller blocked stay pending, and are unblocked and as ever
 * in the program.
 * @return APR_SUCCESS: it ended with 0; other, with why: it did not, ran too long, or never began
 */
apr_status_t mssl_program_run(const mssl_program_t *program, mssl_reason_t *why);

#endif /* MSSL_LIB_NOTIFY_PROGRAM_H */
