/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_DOCTOR_H
#define MSSL_TOOLS_MSSLCTL_DOCTOR_H

/**
 * @file doctor.h
 * What the parts of msslctl doctor share. Within a worker of MSSL_ROLE_STEWARD, SIGCHLD blocked.
 */

#include "lib/base/json.h"
#include "lib/issue/consent.h"
#include "lib/issue/permit.h"
#include "tools/msslctl/issuing.h"

typedef struct ctl_doctor_t {
    ctl_issuing_t issuing; /**< first: see ctl_issuing_run() */
    mssl_permits_t *permits;
    mssl_consents_t *consents; /**< of MSSLIssueFor ask: */
    ctl_print_t print;
    mssl_json_t json;
    int as_json, worst;
    const char *name;          /**< the one that is looked at */
} ctl_doctor_t;

/**
 * One finding.
 * @param rc CTL_FINE, CTL_ATTENTION, CTL_BROKEN
 * @param fix NULL: there is none, or it is fine
 */
void ctl_tell(ctl_doctor_t *doctor, int rc, const char *what, const char *text, const char *fix);

/** All of one name. @param text one that ctl_issuing_take_name() has taken */
void ctl_doctor_look_at_name(ctl_doctor_t *doctor, const char *text);

/** What an issuer's program says of itself and its options, confined as for an order. */
void ctl_doctor_check(ctl_doctor_t *doctor, const mssl_issuer_t *issuer, const char *what);

/**
 * Order a certificate by way of trial (lib/issue/rehearsal.h), and say what came of it.
 * @param name canonical; NULL: one of those who may
 */
void ctl_doctor_order(ctl_doctor_t *doctor, const char *name);

#endif /* MSSL_TOOLS_MSSLCTL_DOCTOR_H */
