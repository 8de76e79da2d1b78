/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_LOOK_H
#define MSSL_TOOLS_MSSLCTL_LOOK_H

/** @file look.h What check and list have in common: their options, and how a finding is told. */

#include "lib/base/json.h"
#include "tools/msslctl/print.h"
#include "tools/msslctl/url.h"
#include "tools/msslctl/walk.h"

typedef struct ctl_look_t {
    int is_remote;               /**< --url: the status is asked, no file is read */
    ctl_url_t url;
    const ctl_server_t *server;  /**< with --url: whose users do the work, and no more */
    const ctl_store_t *only;     /**< --store; NULL: all */
    mssl_warns_t warns;          /**< --warn, --urgent */
    apr_hash_t *copied;          /**< see copied.h */
    int is_cached;               /**< --cached: the inventory's word, no store is looked at */
    int jobs;                    /**< --jobs: threads that look, at least 1 */
} ctl_look_t;

/** @return CTL_FINE; the exit code: said on standard error */
int ctl_look_init(ctl_look_t *look, ctl_t *ctl);

/** Forget what is secret. */
void ctl_look_end(ctl_look_t *look);

/** Who looks: MSSL_ROLE_READER, or MSSL_ROLE_FETCHER. */
mssl_role_t ctl_look_role(const ctl_look_t *look);

/**
 * In the worker: look at all names, or at some.
 * @param walk out
 * @return CTL_FINE; other: said on standard error
 */
int ctl_look_walk(ctl_walk_t **walk, const ctl_look_t *look, ctl_t *ctl, const char *const *names,
                  int n, const ctl_stop_t *stop);

/** "bad"; of a name that is in no store "no_certificate". */
const char *ctl_look_word(const ctl_finding_t *finding);

/** Whether visitors of the name are met by a warning, or by nothing. */
int ctl_look_is_broken(const ctl_finding_t *finding);

ctl_color_t ctl_look_color(const ctl_finding_t *finding);

/** As an object: the fields of a status' "attention", and a few more. */
void ctl_look_write(mssl_json_t *json, const ctl_walk_t *walk, const ctl_finding_t *finding);

#endif /* MSSL_TOOLS_MSSLCTL_LOOK_H */
