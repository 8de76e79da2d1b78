/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_LIST_H
#define MSSL_LIB_ISSUE_LIST_H

/**
 * @file list.h
 * The lines of a file of MSSLIssueFor list:FILE
 *
 *     NAME [nocheck] [issuer:NAME] [key:ecdsa|rsa]     NAME or *.parent may have a certificate
 *     !NAME, !*.parent                                 it may not, nor what is below parent
 *     # what is behind it is a comment
 *
 * A line that is none of these costs that line. Any thread.
 */

#include <stddef.h>

#include "lib/base/name.h"

/** A line that was passed over, or a file that cannot be read: in one sentence, with file and line. */
typedef void (*mssl_list_report_fn)(void *baton, const char *text);

typedef struct mssl_list_line_t {
    char name[MSSL_NAME_SIZE]; /**< canonical, or a pattern */
    int is_excluded;
    int skips_preflight;
    int key;                   /**< mssl_key_type_t; -1: not said */
    char issuer[33];           /**< "": not said */
} mssl_list_line_t;

typedef void (*mssl_list_line_fn)(void *baton, const mssl_list_line_t *line);

/**
 * Read all lines.
 * @param file as reports name it
 * @return how many were passed over; report was called for the first MSSL_LIST_REPORTS of them, and
 *         once for the rest
 */
int mssl_list_read(const char *text, size_t len, const char *file, mssl_list_line_fn take,
                   mssl_list_report_fn report, void *baton);

#define MSSL_LIST_REPORTS 20

#endif /* MSSL_LIB_ISSUE_LIST_H */
