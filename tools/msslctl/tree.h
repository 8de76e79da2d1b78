/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_TREE_H
#define MSSL_TOOLS_MSSLCTL_TREE_H

/**
 * @file tree.h
 * Files that may hold certificates and keys: those of a folder, or those that a configuration
 * names. In a worker. Bounded; what is beyond is left out, and said.
 */

#include <apr_tables.h>

#include "tools/msslctl/forms.h"

typedef struct ctl_tree_t {
    apr_pool_t *pool;
    apr_array_header_t *files; /**< const char *: absolute paths of regular files */
    apr_array_header_t *large; /**< the same: those beyond MSSL_FILE_MAX, which are not read */
    int is_cut;                /**< more files, or deeper, than is looked at */
} ctl_tree_t;

void ctl_tree_init(ctl_tree_t *tree, apr_pool_t *pool);

/** A file, or all files below a folder; links to folders are not followed. */
void ctl_tree_add(ctl_tree_t *tree, const char *path);

/** What a configuration names, and those that it includes. */
apr_status_t ctl_tree_add_conf(ctl_tree_t *tree, const ctl_program_t *program, const char *path,
                               mssl_reason_t *why);

#endif /* MSSL_TOOLS_MSSLCTL_TREE_H */
