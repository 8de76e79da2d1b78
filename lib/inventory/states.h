/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_STATES_H
#define MSSL_LIB_INVENTORY_STATES_H

/**
 * @file states.h
 * The state of a name: what a client of it is shown now, and how long that will do (contract
 * section 1, "in service"). A pure function of what lies in the stores for the name; it chooses as
 * a handshake does. Any thread, no allocation.
 */

#include "lib/base/warns.h"
#include "lib/pair/pair.h"

/** The states, worst first; a name has the first that fits. */
typedef enum {
    MSSL_STATE_BAD = 0,       /**< nothing usable, nothing last good */
    MSSL_STATE_EXPIRED,       /**< or its chain is */
    MSSL_STATE_NOT_YET_VALID, /**< or its chain is */
    MSSL_STATE_AT_RISK,       /**< its files are bad, the last good pair serves */
    MSSL_STATE_URGENT,        /**< ends within the second time of MSSLExpiryWarn */
    MSSL_STATE_DEGRADED,      /**< its own pair is bad, a wildcard serves */
    MSSL_STATE_EXPIRING,      /**< ends within the first time of MSSLExpiryWarn */
    MSSL_STATE_SHADOWED,      /**< a newer pair is hidden by the older one that serves */
    MSSL_STATE_VALID,
    MSSL_STATE_EXCLUDED,      /**< NAME.none: on purpose without a certificate */
    MSSL_STATES         /**< how many */
} mssl_name_state_t;

/** "bad", "not_yet_valid": as the status, the files and the commands call it. */
const char *mssl_states_get_word(mssl_name_state_t state);
/** @return 1; 0: there is no such word */
int mssl_states_parse_word(mssl_name_state_t *state, const char *word);

/** One pair that lies there for a name, or files that are none. */
typedef struct mssl_candidate_t {
    int is_wildcard;     /**< filed under the pattern of the name, not under the name itself */
    int source;          /**< of one level: those of one source stand side by side */
    int is_bad;          /**< not usable; the rest says nothing */
    int is_last_good;    /**< what its files held before they went bad */
    mssl_key_type_t type;
    mssl_dates_t dates;
} mssl_candidate_t;

/** What becomes of the candidates. Places among them; -1: none. */
typedef struct mssl_judged_t {
    mssl_name_state_t state;
    int chosen[MSSL_KEY_TYPES]; /**< what clients are shown, by key type */
    int shown;                  /**< of the chosen, the one that ends first */
    int fault;                  /**< the first that is not usable */
    int hidden;                 /**< a newer one, where the state is shadowed */
} mssl_judged_t;

/**
 * Judge a name.
 * @param candidate in the order in which a lookup asks: those of the name itself over all sources
 *        of a view, then those of its pattern; without what NAME.none takes away
 * @param n 0: NAME.none is there and nothing else
 */
void mssl_states_judge(mssl_judged_t *judged, const mssl_candidate_t *candidate, int n,
                       const mssl_warns_t *warns, apr_time_t now);

/** When a pair stops to be valid, chain and all. */
apr_time_t mssl_states_get_until(const mssl_dates_t *dates);

#endif /* MSSL_LIB_INVENTORY_STATES_H */
