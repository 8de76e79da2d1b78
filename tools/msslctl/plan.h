/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_PLAN_H
#define MSSL_TOOLS_MSSLCTL_PLAN_H

/**
 * @file plan.h
 * Where a pair goes, and whether it may: made by a worker that reads the files and the stores, and
 * carried out by root, who takes numbers and finished bytes from it and builds every path himself.
 */

#include "tools/msslctl/worker.h"

/** Which file of a name: the endings of ctl_plan_endings. */
typedef enum {
    CTL_FORM_PEM = 0,
    CTL_FORM_ECDSA,
    CTL_FORM_RSA,
    CTL_FORMS
} ctl_form_t;

extern const char *const ctl_plan_endings[CTL_FORMS];

/** What the worker is asked. */
typedef struct ctl_wish_t {
    const ctl_server_t *server;
    const char *name;               /**< canonical, or a pattern */
    const ctl_store_t *only;        /**< --store; NULL: where the name is, else the first dir: */
    const char *const *files;       /**< absolute; NULL: from history */
    int nfiles;
    int number;                     /**< of the pair in files[0], Traefik's; 0: they are the pair's */
    int version;                    /**< of history; 0: the last one that is not in the store */
    int is_forced;
    int is_quiet;                   /**< one of many: no handshakes */
} ctl_wish_t;

/** What it answers: this, and behind it the new text and the old one. */
typedef struct ctl_plan_t {
    char refusal[600];              /**< "": none */
    int store;                      /**< place among the server's stores */
    int is_fanned;                  /**< in the folder xx of the store */
    int form;                       /**< ctl_form_t */
    int version;                    /**< of history, that is put back; 0: none is */
    int key_type;                   /**< mssl_key_type_t */
    int has_old;                    /**< there is a usable pair in that place */
    int has_owner;                  /**< uid, gid and mode of another file of the store */
    unsigned uid, gid, mode;
    unsigned char sha256[32], old_sha256[32];
    apr_time_t not_after;
    apr_size_t len, old_len;
    char note[600];                 /**< worth knowing; "" */
} ctl_plan_t;

typedef struct ctl_planned_t {
    ctl_plan_t plan;
    mssl_blob_t text, old;          /**< in bytes */
    mssl_buffer_t bytes;
} ctl_planned_t;

/**
 * Ask a worker. @param planned out: to be freed in any case
 * @return CTL_FINE: the plan is in order, or refuses; other: there is none, which was said
 */
int ctl_plan_make(ctl_planned_t *planned, ctl_t *ctl, const ctl_wish_t *wish);

/** Wipes. */
void ctl_plan_free(ctl_planned_t *planned);

/** Of the folder of a plan. */
const char *ctl_plan_folder(const ctl_plan_t *plan, const ctl_wish_t *wish, apr_pool_t *pool);

/** Of its file in that folder. */
const char *ctl_plan_file(const ctl_plan_t *plan, const ctl_wish_t *wish, apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_PLAN_H */
