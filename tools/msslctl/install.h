/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_INSTALL_H
#define MSSL_TOOLS_MSSLCTL_INSTALL_H

/** @file install.h Filing a pair, for others than the command install. */

#include "tools/msslctl/plan.h"

/** What came of it. */
typedef struct ctl_result_t {
    const char *word;    /**< installed, unchanged, refused, failed, unconfirmed, undone, planned */
    const char *text;    /**< a sentence; foreign bytes may be in it */
    const char *path;    /**< of the file; NULL: not known */
    const char *unkept;  /**< why the old pair is not in history; NULL */
    unsigned kept;       /**< number of its version; 0: none was kept */
    int answered;        /**< addresses; -1: none was asked */
    char sha256[65];     /**< of the certificate, in hex; "": it was not judged */
    int code;
} ctl_result_t;

/** Judge, find its place, write. @return the exit code; nothing is printed of it */
int ctl_install_file(ctl_t *ctl, const ctl_wish_t *wish, ctl_result_t *result);

#endif /* MSSL_TOOLS_MSSLCTL_INSTALL_H */
