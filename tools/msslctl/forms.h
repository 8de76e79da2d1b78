/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_FORMS_H
#define MSSL_TOOLS_MSSLCTL_FORMS_H

/** @file forms.h What msslctl import knows of other programs. */

#include "tools/msslctl/ctl.h"

typedef enum {
    CTL_KEPT = 0, /**< the program renews by itself, in a layout that dir: reads */
    CTL_TREE,     /**< any tree of files */
    CTL_OTHER,    /**< the same, in which another program renews by itself */
    CTL_CONF,     /**< a configuration that names files */
    CTL_TRAEFIK,  /**< the program renews by itself, into one file that no store reads */
    CTL_PFX       /**< PFX files */
} ctl_form_kind_t;

/** A row. */
typedef struct ctl_program_t {
    const char *name;
    ctl_form_kind_t kind;
    const char *paths[3];  /**< where it keeps them, the first that is there; NULL ends */
    const char *hook;      /**< what it calls behind a renewal, to file a pair elsewhere; NULL */
    const char *const *files;    /**< CONF: directives that name a file, or a folder of such */
    const char *const *includes; /**< CONF: directives that name another configuration */
} ctl_program_t;

/** Whether the program goes on renewing what is taken from it. */
int ctl_forms_renews(const ctl_program_t *program);

/** Whether nothing is to be taken from it, unless for who moves away. */
int ctl_forms_stays(const ctl_program_t *program);

/** One after the other, from 0. @return NULL: there are no more */
const ctl_program_t *ctl_forms_get(int number);

/** @return NULL: there is none, said with those that there are */
const ctl_program_t *ctl_forms_find(const ctl_t *ctl, const char *name);

#endif /* MSSL_TOOLS_MSSLCTL_FORMS_H */
