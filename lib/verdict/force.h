/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_VERDICT_FORCE_H
#define MSSL_LIB_VERDICT_FORCE_H

/**
 * @file force.h
 * Whether a visitor is sent to the other scheme (contract, section 12), worked out from facts alone.
 * Pure: who explains a name fills the facts in by hand and gets the answer that a visitor gets.
 *
 * Facts that are all zero send nobody anywhere.
 */

#include "lib/base/forwarded.h"

/** MSSLForceHTTPS */
typedef enum {
    MSSL_FORCE_UNSET = 0,
    MSSL_FORCE_NONE, /**< takes back what was inherited */
    MSSL_FORCE_ON,
    MSSL_FORCE_AUTO,
    MSSL_FORCE_OFF
} mssl_force_t;

typedef struct mssl_force_facts_t {
    mssl_force_t force;
    mssl_scheme_t scheme;     /**< how the visitor came */
    unsigned is_exempt : 1;   /**< a challenge, the switch, "OPTIONS *", a host that is no name */
    unsigned is_get : 1;      /**< GET or HEAD */
    unsigned has_port : 1;    /**< there is a port to send the visitor to */
    unsigned has_pair : 1;    /**< https: a pair valid now covers the host where he would arrive */
    unsigned is_covered : 1;  /**< this connection's certificate covers the host */
    unsigned is_looping : 1;  /**< came back over https too often */
} mssl_force_facts_t;

typedef enum {
    MSSL_FORCE_STAY = 0,
    MSSL_FORCE_TO_HTTPS,
    MSSL_FORCE_TO_HTTP
} mssl_force_act_t;

typedef struct mssl_force_verdict_t {
    mssl_force_act_t act;
    int status;      /**< 0: stay */
    int is_lasting;  /**< browsers may keep the redirect for an hour; else not at all */
} mssl_force_verdict_t;

/** "auto"; NULL: it is unset. Static text. */
const char *mssl_force_get_word(mssl_force_t force);

/** Judge. Any process, any thread. */
mssl_force_verdict_t mssl_force_get(const mssl_force_facts_t *facts);

#endif /* MSSL_LIB_VERDICT_FORCE_H */
