/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_VERDICT_VERDICT_H
#define MSSL_LIB_VERDICT_VERDICT_H

/**
 * @file verdict.h
 * What is answered (contract, section 4), worked out from facts alone: of a connection, of the host,
 * of the request, of the settings. Pure: no connection, no memory and no look-up is needed, so who
 * has no connection (a page that explains a name, a redirect to https) fills the facts in by hand
 * and gets the answer that the guard would give.
 *
 * Facts that are all zero say that nothing is proven: the verdict on them is a refusal.
 */

#include "lib/pages/kinds.h"

/** What the request's host is (contract, section 1). */
typedef enum {
    MSSL_HOST_NONE = 0, /**< none, or nothing that is a name */
    MSSL_HOST_IP,       /**< an IP literal, which is no name either */
    MSSL_HOST_NAME
} mssl_host_kind_t;

typedef struct mssl_facts_t {
    /* Of the connection. */
    unsigned is_proven : 1;      /**< its handshake was judged to the end, and was no ACME challenge */
    unsigned had_sni : 1;
    unsigned is_dummy : 1;       /**< it shows the dummy */
    unsigned has_bound_name : 1; /**< its certificate was chosen for some name */
    unsigned is_trusted : 1;     /**< MSSLTrustNoSNI, with a usable pair for the name given there */

    /* Of the host. */
    mssl_host_kind_t host;
    unsigned covers : 1;         /**< the connection's certificate covers it */
    unsigned is_known : 1;       /**< looked at only where it is a name and not covered */
    unsigned is_making : 1;      /**< and not known: its certificate is being made */
    unsigned is_pending : 1;     /**< or waits for somebody's approval */

    /* Of the request. */
    unsigned is_get : 1;         /**< GET or HEAD */
    unsigned is_proxying : 1;    /**< CONNECT, or marked by mod_proxy */
    unsigned has_two_hosts : 1;  /**< its target and its Host header, or httpd's choice, differ */
    unsigned is_switch : 1;      /**< it is for the host, port and path of MSSLSwitchURL */
    unsigned is_other_handler : 1; /**< and httpd has another handler for it */
    /**
     * its vhost, or the handshake's, asks for client certificates, and they are not the same one
     * with TLS settings of its own
     */
    unsigned is_other_clients : 1;
    unsigned is_looping : 1;     /**< was sent to the switch and back too often */

    /* Of the settings. */
    unsigned has_switch : 1;     /**< MSSLSwitchURL is set */
    unsigned redirects_nosni : 1;   /**< MSSLNoSNI switch */
    unsigned redirects_unknown : 1; /**< MSSLUnknownHost redirect:, to a place that can be shown */
} mssl_facts_t;

typedef enum {
    MSSL_ACT_PAGE = 0,     /**< page, with status and link */
    MSSL_ACT_SERVE,        /**< the website */
    MSSL_ACT_SERVE_NAMED,  /**< the website, the host being taken as the name of MSSLTrustNoSNI */
    MSSL_ACT_SWITCH,       /**< the switch answers */
    MSSL_ACT_TO_SWITCH,    /**< 302 to the switch, with the request's own URL */
    MSSL_ACT_TO_URL        /**< 302 to the URL of MSSLUnknownHost */
} mssl_act_t;

typedef enum {
    MSSL_LINK_NONE = 0,
    MSSL_LINK_OWN,         /**< the request's own URL */
    MSSL_LINK_SWITCH,      /**< the switch, with the request's own URL */
    MSSL_LINK_PLAIN        /**< the host over http, where a virtual host there has it */
} mssl_page_link_t;

/** Why it is not the website; what refusals are counted by. */
typedef enum {
    MSSL_WHY_NONE = 0,     /**< it is the website, or the switch */
    MSSL_WHY_UNPROVEN,
    MSSL_WHY_PROXY,        /**< proxying, or two hosts in one request */
    MSSL_WHY_CLIENT_CERT,
    MSSL_WHY_NO_NAME,
    MSSL_WHY_KNOWN_SNI,    /**< a known name on the connection of another one */
    MSSL_WHY_KNOWN_NOSNI,
    MSSL_WHY_UNKNOWN,
    MSSL_WHY_HANDLER       /**< the switch's URL is not the switch's */
} mssl_why_t;

#define MSSL_WHYS (MSSL_WHY_HANDLER + 1)

typedef struct mssl_verdict_t {
    mssl_act_t act;
    mssl_why_t why;
    int status;            /**< of the module's own answer; 0 where it has none */
    mssl_page_t page;      /**< 0: none */
    mssl_page_link_t link;
    int ends;              /**< the connection ends with the module's answer */
} mssl_verdict_t;

/** Judge. Any process, any thread. */
mssl_verdict_t mssl_verdict_get(const mssl_facts_t *facts);

/** "known_sni", "unknown", ...; "none" for MSSL_WHY_NONE. Static text. */
const char *mssl_why_text(mssl_why_t why);

#endif /* MSSL_LIB_VERDICT_VERDICT_H */
