/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_CONF_H
#define MSSL_HTTPD_CONF_CONF_H

/**
 * @file conf.h
 * What the admin configured, merged, and what is made of it at start.
 *
 * Written by the parent while the configuration is read and in post_config (one thread), and by a
 * child in child_init; what is configured is read-only from then on, in all threads. It lives in
 * pconf and is made anew on each graceful restart: the module itself is reloaded, so nothing is kept
 * in statics. What a field says to be "over generations" is in memory that all processes share, and
 * is written at any time by the unit that has it.
 *
 * Every directive is one field. 0 means "not set" for each of a vhost or a directory, so that
 * apr_pcalloc leaves it right; those of the server begin with their defaults. Merging takes the vhost's value where it is set and the server's otherwise; that is true for the
 * directives that may repeat, too: a vhost's list replaces the server's.
 */

#include <httpd.h>
#include <http_config.h>
#include <apr_hash.h>
#include <openssl/ssl.h>

#include "httpd/intent/intent.h"
#include "lib/base/counters.h"
#include "lib/base/url.h"
#include "lib/base/warns.h"
#include "lib/issue/glance.h"
#include "lib/issue/settings.h"
#include "lib/pages/contact.h"
#include "lib/pages/template.h"
#include "lib/store/store.h"
#include "lib/verdict/force.h"

extern module AP_MODULE_DECLARE_DATA mssl_module;

#define MSSL_SWITCH_HANDLER "mssl-switch"

typedef enum { MSSL_UNSET = 0, MSSL_OFF, MSSL_ON } mssl_flag_t;

/** MSSLUnknownHost */
typedef enum {
    MSSL_UNKNOWN_UNSET = 0,
    MSSL_UNKNOWN_PAGE,
    MSSL_UNKNOWN_REJECT,
    MSSL_UNKNOWN_REDIRECT
} mssl_unknown_t;

/** MSSLNoSNI */
typedef enum {
    MSSL_NOSNI_UNSET = 0,
    MSSL_NOSNI_SWITCH,
    MSSL_NOSNI_PAGE,
    MSSL_NOSNI_REJECT
} mssl_nosni_t;

/** MSSLKeyAccess */
typedef enum {
    MSSL_KEYS_AUTO = 0, /**< the broker where httpd starts as root */
    MSSL_KEYS_BROKER,
    MSSL_KEYS_DIRECT
} mssl_keys_t;

/** SSLVHostSNIPolicy, as mod_ssl has it (httpd 2.4.66 and later). */
typedef enum {
    MSSL_POLICY_UNSET = 0,
    MSSL_POLICY_STRICT,
    MSSL_POLICY_SECURE,
    MSSL_POLICY_AUTHONLY,
    MSSL_POLICY_INSECURE
} mssl_policy_t;

/** MSSLStatus */
typedef enum {
    MSSL_STATUS_UNSET = 0,
    MSSL_STATUS_OFF,
    MSSL_STATUS_SUMMARY, /**< no names, no paths */
    MSSL_STATUS_FULL
} mssl_status_t;

/** The key of TLS session tickets (httpd/tls/ticket.c). */
typedef struct mssl_ticket_key_t mssl_ticket_key_t;

/** One MSSLCertificate line. */
typedef struct mssl_cert_row_t {
    apr_array_header_t *keys; /**< const char *: canonical names and patterns */
    const ap_directive_t *line; /**< where it stands */
    const char *cert_file;
    const char *key_file;     /**< NULL: in cert_file */
} mssl_cert_row_t;

/** All lines of MSSLDummyCertificate of one place: a name, or files of one pair for each key type. */
typedef struct mssl_dummy_t {
    const char *name;          /**< name:NAME, canonical; NULL: files */
    apr_array_header_t *files; /**< mssl_cert_row_t without keys */
    mssl_choice_t pairs;       /**< of the files; set in post_config, owned by pconf */
} mssl_dummy_t;

/** One MSSLCertStore line. */
typedef struct mssl_store_row_t {
    const char *name; /**< "dir" */
    const char *arg;  /**< absolute */
    const mssl_store_provider_t *provider;
} mssl_store_row_t;

/** One MSSLTrustNoSNI line. */
typedef struct mssl_trust_t {
    const char *name;           /**< canonical */
    apr_array_header_t *subnets;/**< apr_ipsubnet_t * */
    apr_array_header_t *ranges; /**< const char *: the same, as written */
} mssl_trust_t;

/** One MSSLSchemeHeader line: what tells a website that its visitor came over https. */
typedef struct mssl_scheme_header_t {
    const char *name;
    const char *value;
} mssl_scheme_header_t;

/** A vhost's view on one of its addresses. */
typedef struct mssl_addr_t mssl_addr_t;

/**
 * Settings of mod_ssl that we need to know: our module listens to these directives beside
 * mod_ssl, which goes on to own them (httpd hands a directive to every module that names it). This
 * way they are merged, and found in .htaccess, exactly as httpd does it.
 */
typedef struct mssl_modssl_conf_t {
    mssl_flag_t engine;
    int engine_optional;       /**< SSLEngine optional (RFC 2817 upgrade) */
    mssl_flag_t verify_client; /**< ON: anything but "none" */
    int verify_depth;          /**< 1: was set */
    int crl_check;             /**< 1: was set */
    int ocsp_enable;           /**< 1: was set */
    mssl_flag_t strict_sni;    /**< SSLStrictSNIVHostCheck */
    mssl_flag_t stapling;      /**< SSLUseStapling */
    mssl_policy_t policy;      /**< main server only */
    apr_array_header_t *cert_files; /**< const char *, or NULL */
    apr_array_header_t *key_files;  /**< const char *, or NULL */
    const char *ciphers;            /**< SSLCipherSuite of the vhost, for up to TLS 1.2, or NULL */
    const char *ticket_key_file;    /**< SSLSessionTicketKeyFile, absolute, or NULL */
} mssl_modssl_conf_t;

/** MSSLInventory and MSSLExpiryWarn. */
typedef struct mssl_inventory_conf_t {
    mssl_flag_t is_on;            /**< unset: where there is a broker, or httpd is not root */
    apr_interval_time_t interval; /**< from one walk to the next */
    int keep;                     /**< versions of each name in the history */
    mssl_warns_t warns;
} mssl_inventory_conf_t;

/** Where challenges of certificate authorities lie (httpd/start/challengedir.h). */
typedef struct mssl_challenges_t {
    const char *dir; /**< absolute; NULL: none is answered */
    uid_t owner;     /**< who may write there beside root; 0: nobody */
} mssl_challenges_t;

/** Of the whole server: directives of context S, and what is made of the configuration. */
typedef struct mssl_global_t {
    /* The directives of the server. */
    const char *intent_cache;             /**< MSSLIntentCache, NULL: shmcb */
    apr_interval_time_t intent_timeout;
    const char *state_dir;
    int cache_size;
    apr_interval_time_t check_interval;
    apr_interval_time_t negative_timeout;
    mssl_keys_t key_access;
    const char *user;                     /**< MSSLUser, NULL: _mssl */
    const char *steward_user;             /**< its second, NULL: _mssl-steward */
    mssl_inventory_conf_t inventory;
    apr_array_header_t *notify;           /**< mssl_order_t: MSSLNotifyCommand, or NULL */
    int is_steward_external;              /**< MSSLSteward external: the system begins it */
    const char *steward_program;          /**< MSSLSteward httpd:PROGRAM, NULL: the installed one */
    const char *challenge_dir;            /**< MSSLChallengeDir, absolute; NULL: the default */

    mssl_issuing_t issuing;               /**< MSSLIssueFor and what goes with it */

    /* Made in post_config. */
    const mssl_store_row_t *issued;       /**< what is issued, or was, a store; NULL: none */
    int is_issuing;                       /**< nothing is in the way of it (httpd/start/issuance.h) */
    mssl_glance_t *glance;                /**< at jobs; NULL: nothing is issued */
    struct mssl_hints_t *hints;           /**< NULL: nobody takes any (httpd/server/hints.h) */
    mssl_intents_t *intents;
    mssl_store_t *store;
    apr_array_header_t *configs;          /**< mssl_config_t *: the lists of MSSLCertificate */
    mssl_told_t *told;                    /**< over generations, NULL: no memory for it */
    struct mssl_hot_t *hot;               /**< names in use, over generations (httpd/start/hot.h) */
    /** who reads files, in the broker or in a child; NULL: there are none */
    struct mssl_finder_t *finder;
    struct mssl_served_t *history;  /**< of pairs; NULL: none is kept */
    struct mssl_index_t *index;           /**< all names of the stores; NULL: nobody looks */
    struct mssl_places_t *explaining;     /**< who makes an answer to host= (lib/status/places.h) */
    struct mssl_vitals_t *vitals;         /**< which of our processes live (httpd/start/vitals.h) */
    struct mssl_broker_process_t *broker;        /**< NULL: children open files themselves */
    struct mssl_inventory_t *inventory_process;  /**< NULL: none (httpd/start/inventory.h) */
    struct mssl_steward_process_t *steward_process; /**< NULL: none (httpd/start/steward.h) */
    int has_steward;                      /**< one is to be there, whoever begins it */
    uid_t steward_uid;                    /**< who it is then */
    struct mssl_alarms_t *alarms;         /**< what it learns of processes (httpd/start/alarms.h) */
    /** mssl_addr_t by httpd's own key of an address, see address.h */
    apr_hash_t *addrs;
    apr_hash_t *tls_ports;                /**< apr_port_t: where a switch may send a client */
    int has_engine;                       /**< MSSLEngine is on somewhere */
    int has_scheme;                       /**< so is that, or a directive about http and https */
    int has_proxies;                      /**< MSSLTrustedProxy is set somewhere */
    int has_switch_url;                   /**< MSSLSwitchURL is set somewhere */
    apr_port_t guarded_port;              /**< the one port of all guarded addresses, else 0 */
    apr_port_t plain_port;                /**< 80, else the one port without TLS, else 0 */
    mssl_challenges_t challenges;
    ap_conf_vector_t *neutral_dir_conf;   /**< every module's defaults: dress for our own answers */
    /** the dummy that the module made; NULL when none is needed */
    struct mssl_made_t *made;             /**< (httpd/server/made.h) */
    const char *made_file;                /**< what mod_ssl is lent of it */
    SSL_SESSION *(*modssl_get_session)(SSL *, const unsigned char *, int, int *);
    /** signs the switch's cookie; kept over graceful restarts */
    unsigned char secret[32];
    /** wired by mod_mssl.c: lets the guard answer for the switch */
    int (*answer_switch)(request_rec *r);
    mssl_counters_t counters;             /**< over generations (httpd/start/counting.h) */
} mssl_global_t;

/** Of a server_rec. */
typedef struct mssl_server_conf_t {
    mssl_global_t *global; /**< the main server's, shared by all */

    /* The directives of a vhost. */
    mssl_flag_t engine;
    apr_array_header_t *stores;       /**< mssl_store_row_t, or NULL */
    apr_array_header_t *certificates; /**< mssl_cert_row_t, or NULL */
    mssl_dummy_t *dummy;              /**< MSSLDummyCertificate, or NULL */
    const mssl_url_t *switch_url;
    mssl_unknown_t unknown;
    const mssl_url_t *unknown_url;
    mssl_nosni_t nosni;
    apr_array_header_t *trusts;       /**< mssl_trust_t, or NULL */
    apr_array_header_t *scheme_headers;  /**< mssl_scheme_header_t, none in it: none; or NULL */
    apr_array_header_t *trusted_proxies; /**< apr_ipsubnet_t *, or NULL */
    apr_array_header_t *public_addresses; /**< const char *, or NULL */
    mssl_flag_t issue;                /**< MSSLIssue; unset: on */
    const mssl_contact_t *contact;    /**< MSSLContact, or NULL */
    const mssl_template_t *page_template; /**< MSSLPageTemplate; NULL: our own */
    mssl_modssl_conf_t ssl;

    /* Not a directive: whether MSSLEngine stands in this very vhost, not merged. */
    mssl_flag_t engine_here;

    /* Not a directive: whether MSSLForceHTTPS stands in the configuration of this server. */
    int has_force;

    /* Made in post_config. */
    /** an address that it is on, a guarded one where there is any; NULL: none */
    const mssl_addr_t *addr;
    const mssl_view_t *plain_view;    /**< own stores and mappings; NULL when there are none */
    /** mssl_pair_t *: its own, however it got them; set by init_server (httpd/tls/own.h) */
    apr_array_header_t *own_pairs;
    /** SSLSessionTicketKeyFile, read; NULL (httpd/tls/ticket.h) */
    const mssl_ticket_key_t *ticket_key;
    int (*modssl_status)(SSL *, void *); /**< mod_ssl's own stapling, NULL: none (httpd/tls/staple.h) */
    void *modssl_status_arg;
    int is_lent_cert;                 /**< what its context holds came from us */
    int has_own_cert;                 /**< by SSLCertificateFile, or another module (mod_md) */
    int is_light;                     /**< mod_ssl was turned on for it (httpd/start/light.h) */
    int adds_acme;                    /**< acme-tls/1 was added to its Protocols */
    int has_ssl_ctx;                  /**< init_server was called: not a light vhost */
    int asks_client_cert;             /**< SSLVerifyClient of the vhost itself */
} mssl_server_conf_t;

/** Of a directory, location or .htaccess. */
typedef struct mssl_dir_conf_t {
    mssl_flag_t verify_client; /**< mod_ssl's SSLVerifyClient: ON: anything but "none" */
    mssl_flag_t is_switch;     /**< httpd's SetHandler: ON: mssl-switch, OFF: another */
    mssl_force_t force;        /**< MSSLForceHTTPS */
    apr_port_t force_port;     /**< its port, 0: found out */
    mssl_status_t status;
} mssl_dir_conf_t;

/* Module record's callbacks. */
void *mssl_conf_create_server(apr_pool_t *p, server_rec *s);
void *mssl_conf_merge_server(apr_pool_t *p, void *basev, void *addv);
void *mssl_conf_create_dir(apr_pool_t *p, char *path);
void *mssl_conf_merge_dir(apr_pool_t *p, void *basev, void *addv);

/** A server's configuration; never NULL. Here, as each request asks for it a dozen times. */
static inline mssl_server_conf_t *mssl_conf_get(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &mssl_module);
}

/** The record of the whole server, found through any of its server_recs; never NULL. */
static inline mssl_global_t *mssl_conf_get_global(const server_rec *s)
{
    return mssl_conf_get(s)->global;
}

/** pre_config hook: what must be registered before directives are read. */
int mssl_conf_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);

/**
 * Whether this is a graceful or other restart of a running server, which bad files must not end.
 */
int mssl_conf_is_restarting(void);

/**
 * Whether this is httpd's first pass over the configuration (or httpd -t): what it says reaches the
 * terminal.
 */
int mssl_conf_is_first_pass(void);

/** The directives (httpd/conf/directives.c). */
extern const command_rec mssl_directives[];

#endif /* MSSL_HTTPD_CONF_CONF_H */
