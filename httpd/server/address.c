/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/address.h"

#include <ap_listen.h>
#include <apr_strings.h>
#include <http_log.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_vhost.h>

#include "httpd/server/handler.h"
#include "lib/base/tags.h"
#include "lib/base/urlparts.h"
#include "lib/issue/glance.h"
#include "lib/providers/config.h"

APLOG_USE_MODULE(mssl);

/* Past this many stores on one address a flood of unknown names looks in all of them. */
#define MANY_VIEWS 32

/** httpd's own key of an address: the list of its name-based vhosts, or the one vhost. */
static const void *key_of(const conn_rec *c)
{
    return c->vhost_lookup_data != NULL ? c->vhost_lookup_data : c->base_server;
}

static void add_name(mssl_addr_t *addr, const mssl_site_t *site, const char *text, apr_pool_t *p)
{
    char name[MSSL_NAME_SIZE];

    if (text != NULL && mssl_name_canon(name, text, strlen(text))
        && apr_hash_get(addr->names, name, APR_HASH_KEY_STRING) == NULL) {
        apr_hash_set(addr->names, apr_pstrdup(p, name), APR_HASH_KEY_STRING, site);
    }
}

static void add_names(mssl_addr_t *addr, const mssl_site_t *site, apr_pool_t *p)
{
    const server_rec *s = site->s;
    int i;

    add_name(addr, site, s->server_hostname, p);
    for (i = 0; s->names != NULL && i < s->names->nelts; i++) {
        add_name(addr, site, APR_ARRAY_IDX(s->names, i, const char *), p);
    }
    if (s->wild_names != NULL && !apr_is_empty_array(s->wild_names)) {
        APR_ARRAY_PUSH(addr->wild, mssl_site_t) = *site;
    }
}

typedef struct collect_t {
    mssl_addr_t *addr;
    apr_pool_t *p;
} collect_t;

static int collect_server(void *baton, conn_rec *c, server_rec *s)
{
    collect_t *collect = baton;
    mssl_addr_t *addr = collect->addr;
    mssl_server_conf_t *sc = mssl_conf_get(s);
    mssl_site_t *site = apr_palloc(collect->p, sizeof(*site));

    (void)c;
    site->s = s;
    site->order = addr->servers->nelts;
    APR_ARRAY_PUSH(addr->servers, server_rec *) = s;
    add_names(addr, site, collect->p);
    addr->guarded |= sc->engine == MSSL_ON;
    addr->is_switch &= mssl_handler_is_all_switch(s);
    sc->asks_client_cert = sc->ssl.verify_client == MSSL_ON;
    addr->asks_client_cert |= sc->asks_client_cert;
    return 0;
}

/** Record the address that a connection is on, unless it is there already. */
static mssl_addr_t *add_address_of(mssl_global_t *global, conn_rec *c, apr_pool_t *p)
{
    const void *key = key_of(c);
    collect_t collect = { apr_hash_get(global->addrs, &key, sizeof(key)), p };
    int i;

    if (collect.addr != NULL) {
        return collect.addr;
    }
    collect.addr = apr_pcalloc(p, sizeof(*collect.addr));
    collect.addr->first = c->base_server;
    collect.addr->is_switch = 1;
    collect.addr->sockets = apr_array_make(p, 1, sizeof(const server_addr_rec *));
    collect.addr->servers = apr_array_make(p, 4, sizeof(server_rec *));
    collect.addr->names = apr_hash_make(p);
    collect.addr->wild = apr_array_make(p, 2, sizeof(mssl_site_t));
    ap_vhost_iterate_given_conn(c, collect_server, &collect);
    for (i = 0; i < collect.addr->servers->nelts; i++) {
        const server_rec *s = APR_ARRAY_IDX(collect.addr->servers, i, server_rec *);
        mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->addr == NULL || collect.addr->guarded) {
            sc->addr = collect.addr;
        }
    }
    apr_hash_set(global->addrs, apr_pmemdup(p, &key, sizeof(key)), sizeof(key), collect.addr);
    return collect.addr;
}

static void add_socket(mssl_addr_t *addr, const server_addr_rec *sar)
{
    int i;

    for (i = 0; i < addr->sockets->nelts; i++) {
        const server_addr_rec *other = APR_ARRAY_IDX(addr->sockets, i, const server_addr_rec *);

        if (other->host_port == sar->host_port
            && apr_sockaddr_equal(other->host_addr, sar->host_addr)) {
            return;
        }
    }
    APR_ARRAY_PUSH(addr->sockets, const server_addr_rec *) = sar;
}

/** Let httpd say which vhosts a connection to this local address and port would have. */
static void connect_to(conn_rec *c, apr_sockaddr_t *local, const apr_sockaddr_t *address,
                       apr_port_t port, server_rec *main_server, apr_pool_t *pool)
{
    memset(c, 0, sizeof(*c));
    *local = *address;
    local->port = port;
    local->next = NULL;
    c->pool = pool;
    c->base_server = main_server;
    c->local_addr = local;
    ap_update_vhost_given_ip(c);
}

static void add_address(mssl_global_t *global, server_rec *main_server, const server_addr_rec *sar,
                        apr_pool_t *p)
{
    apr_sockaddr_t local;
    conn_rec c;

    connect_to(&c, &local, sar->host_addr, sar->host_port, main_server, p);
    add_socket(add_address_of(global, &c, p), sar);
}

static void add_port(mssl_global_t *global, apr_port_t port, apr_pool_t *p)
{
    if (port != 0) {
        apr_hash_set(global->tls_ports, apr_pmemdup(p, &port, sizeof(port)), sizeof(port), global);
    }
}

/** Where the switch may send a client (contract section 5). */
static void collect_ports(mssl_global_t *global, server_rec *main_server, apr_pool_t *p)
{
    const ap_listen_rec *listener;
    server_rec *s;

    global->tls_ports = apr_hash_make(p);
    add_port(global, 443, p);
    for (s = main_server; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);
        const server_addr_rec *sar;

        add_port(global, s->port, p);
        if (sc->switch_url != NULL) {
            add_port(global, sc->switch_url->port, p);
        }
        for (sar = s->addrs; sar != NULL && sc->ssl.engine == MSSL_ON; sar = sar->next) {
            add_port(global, sar->host_port, p);
        }
    }
    for (listener = ap_listeners; listener != NULL; listener = listener->next) {
        if (listener->protocol != NULL && strcmp(listener->protocol, "https") == 0) {
            add_port(global, listener->bind_addr->port, p);
        }
    }
}

void mssl_addr_init(mssl_global_t *global, server_rec *main_server, apr_pool_t *p)
{
    conn_rec nobody = { NULL };
    server_rec *s;

    global->addrs = apr_hash_make(p);
    for (s = main_server; s != NULL; s = s->next) {
        const server_addr_rec *sar;

        global->has_engine |= mssl_conf_get(s)->engine == MSSL_ON;
        global->has_switch_url |= mssl_conf_get(s)->switch_url != NULL;
        for (sar = s->is_virtual ? s->addrs : NULL; sar != NULL; sar = sar->next) {
            add_address(global, main_server, sar, p);
        }
    }
    /* The main server answers where no vhost does. */
    nobody.pool = p;
    nobody.base_server = main_server;
    add_address_of(global, &nobody, p);
    collect_ports(global, main_server, p);
}

/** The source of one list of MSSLCertificate, which vhosts may share. */
static mssl_source_t *get_config_source(mssl_global_t *global, const mssl_server_conf_t *sc,
                                        apr_hash_t *tables)
{
    mssl_source_t *source = apr_hash_get(tables, &sc->certificates, sizeof(void *));
    mssl_config_t *config;
    int i;

    if (source != NULL) {
        return source;
    }
    config = mssl_config_make(apr_hash_pool_get(tables));
    for (i = 0; i < sc->certificates->nelts; i++) {
        const mssl_cert_row_t *row = &APR_ARRAY_IDX(sc->certificates, i, mssl_cert_row_t);

        mssl_config_add(config, row->keys, row->cert_file, row->key_file);
    }
    APR_ARRAY_PUSH(global->configs, mssl_config_t *) = config;
    source = mssl_store_add_instance(global->store, "MSSLCertificate", &mssl_store_config, config,
                                     mssl_config_has, mssl_config_identify);
    apr_hash_set(tables, apr_pmemdup(apr_hash_pool_get(tables), &sc->certificates, sizeof(void *)),
                 sizeof(void *), source);
    return source;
}

/** Put a store behind those that are there already. @return how many there are now */
static int add_store(mssl_global_t *global, const mssl_store_row_t *row, mssl_source_t **sources,
                     int n, server_rec *s)
{
    mssl_reason_t why = { "" };
    apr_status_t rv = mssl_store_add_provider(&sources[n], global->store, row->name, row->provider,
                                              row->arg, mssl_conf_is_restarting(), &why);

    if (rv == APR_SUCCESS) {
        return n + 1;
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, rv, s, MSSLNO(0010) "store '%s:%s' is left out until the next "
                 "restart: %s", row->name, row->arg, why.text);
    return n;
}

/**
 * What was issued, behind what an admin filed. Its jobs tell when there may be more: nobody who came
 * before waits for MSSLNegativeTimeout.
 */
static int add_issued(mssl_global_t *global, mssl_source_t **sources, int n, server_rec *s)
{
    int count = global->issued != NULL ? add_store(global, global->issued, sources, n, s) : n;

    if (count > n && global->glance != NULL) {
        mssl_source_set_filed(sources[n], mssl_glance_get_written, global->glance);
    }
    return count;
}

/** The sources of a vhost in the order of contract 3, without what all have. */
static int collect_sources(mssl_global_t *global, const mssl_server_conf_t *sc, apr_hash_t *tables,
                           mssl_source_t **sources, int max, server_rec *s)
{
    int n = 0;
    int i;

    if (sc->certificates != NULL) {
        sources[n++] = get_config_source(global, sc, tables);
    }
    for (i = 0; sc->stores != NULL && i < sc->stores->nelts && n < max; i++) {
        n = add_store(global, &APR_ARRAY_IDX(sc->stores, i, mssl_store_row_t), sources, n, s);
    }
    return n;
}

/** Add a vhost's view to an address, once for vhosts with equal settings. */
static void add_view(mssl_global_t *global, mssl_addr_t *addr, server_rec *s, apr_hash_t *tables,
                     apr_pool_t *p)
{
    const mssl_server_conf_t *sc = mssl_conf_get(s);
    mssl_source_t **sources;
    const mssl_view_t *view;
    int max = 3 + (sc->stores != NULL ? sc->stores->nelts : 0);
    int n, has_own;
    int i;

    sources = apr_pcalloc(p, max * sizeof(*sources));
    n = collect_sources(global, sc, tables, sources, max - 2, s);
    has_own = n > 0;
    if (!has_own && addr->view != NULL) {
        return;
    }
    n = add_issued(global, sources, n, s);
    sources[n++] = addr->own;
    view = mssl_store_get_view(global->store, sources, n);
    /* One without stores of its own asks as the others do: what an admin filed comes first. */
    if (has_own) {
        apr_hash_set(addr->views, apr_pmemdup(p, &s, sizeof(s)), sizeof(s), view);
        if (addr->view == NULL && sc->engine == MSSL_ON) {
            addr->view = view;
        }
    }
    for (i = 0; i < addr->all->nelts; i++) {
        if (APR_ARRAY_IDX(addr->all, i, const mssl_view_t *) == view) {
            return;
        }
    }
    APR_ARRAY_PUSH(addr->all, const mssl_view_t *) = view;
}

static void init_address_views(mssl_global_t *global, mssl_addr_t *addr, apr_hash_t *tables,
                               apr_pool_t *p)
{
    int i;

    addr->views = apr_hash_make(p);
    addr->all = apr_array_make(p, 2, sizeof(const mssl_view_t *));
    addr->own = mssl_store_add_pairs(global->store);
    for (i = 0; i < addr->servers->nelts; i++) {
        add_view(global, addr, APR_ARRAY_IDX(addr->servers, i, server_rec *), tables, p);
    }
    if (addr->view == NULL) {
        addr->view = APR_ARRAY_IDX(addr->all, 0, const mssl_view_t *);
    }
    if (addr->all->nelts > MANY_VIEWS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, addr->first, MSSLNO(0011) "the vhosts of the "
                     "address of '%s' have %d different sets of MSSLCertStore and MSSLCertificate; "
                     "a name that none of them has is looked for in all: name the stores once, at "
                     "server level", addr->first->server_hostname, addr->all->nelts);
    }
}

/**
 * What a switch outside of the guarded addresses knows: the stores and mappings of its own
 * configuration.
 */
static void init_plain_view(mssl_global_t *global, server_rec *s, apr_hash_t *tables, apr_pool_t *p)
{
    mssl_server_conf_t *sc = mssl_conf_get(s);
    int max = 2 + (sc->stores != NULL ? sc->stores->nelts : 0);
    mssl_source_t **sources = apr_pcalloc(p, max * sizeof(*sources));
    int n = collect_sources(global, sc, tables, sources, max - 1, s);

    n = add_issued(global, sources, n, s);
    sc->plain_view = n > 0 ? mssl_store_get_view(global->store, sources, n) : NULL;
}

void mssl_addr_init_views(mssl_global_t *global, server_rec *main_server, apr_pool_t *p)
{
    apr_hash_t *tables = apr_hash_make(p);
    apr_hash_index_t *hi;
    server_rec *s;

    global->configs = apr_array_make(p, 2, sizeof(mssl_config_t *));
    for (hi = apr_hash_first(p, global->addrs); hi != NULL; hi = apr_hash_next(hi)) {
        mssl_addr_t *addr = apr_hash_this_val(hi);

        if (addr->guarded) {
            init_address_views(global, addr, tables, p);
        }
    }
    for (s = main_server; s != NULL; s = s->next) {
        init_plain_view(global, s, tables, p);
    }
}

const mssl_addr_t *mssl_addr_get(const mssl_global_t *global, const conn_rec *c)
{
    const void *key = key_of(c->master != NULL ? c->master : c);

    return global->addrs != NULL ? apr_hash_get(global->addrs, &key, sizeof(key)) : NULL;
}

const mssl_addr_t *mssl_addr_get_at(const mssl_global_t *global, const apr_sockaddr_t *local,
                                    apr_port_t port, apr_pool_t *pool)
{
    apr_sockaddr_t copy;
    conn_rec c;

    connect_to(&c, &copy, local, port, ap_server_conf, pool);
    return mssl_addr_get(global, &c);
}

static int matches_glob(const server_rec *s, const char *name)
{
    int i;

    for (i = 0; i < s->wild_names->nelts; i++) {
        const char *glob = APR_ARRAY_IDX(s->wild_names, i, const char *);

        if (glob != NULL && ap_strcasecmp_match(name, glob) == 0) {
            return 1;
        }
    }
    return 0;
}

server_rec *mssl_addr_get_server(const mssl_addr_t *addr, const char *name)
{
    const mssl_site_t *exact = apr_hash_get(addr->names, name, APR_HASH_KEY_STRING);
    int i;

    for (i = 0; i < addr->wild->nelts; i++) {
        const mssl_site_t *site = &APR_ARRAY_IDX(addr->wild, i, mssl_site_t);

        if (exact != NULL && exact->order <= site->order) {
            break;
        }
        if (matches_glob(site->s, name)) {
            return site->s;
        }
    }
    return exact != NULL ? exact->s : NULL;
}

/** The view of the vhost that the name selects, where it has stores of its own. */
static const mssl_view_t *preferred_view(const mssl_addr_t *addr, const char *name)
{
    server_rec *s = apr_hash_count(addr->views) > 0 ? mssl_addr_get_server(addr, name) : NULL;
    const mssl_view_t *view = s != NULL ? apr_hash_get(addr->views, &s, sizeof(s)) : NULL;

    return view != NULL ? view : addr->view;
}

apr_status_t mssl_addr_lookup(const mssl_addr_t *addr, const char *name, mssl_choice_t *choice)
{
    const mssl_view_t *preferred = preferred_view(addr, name);
    apr_time_t now = apr_time_now();
    apr_status_t rv = mssl_store_lookup(preferred, name, now, choice);
    int i;

    for (i = 0; rv != APR_SUCCESS && i < addr->all->nelts; i++) {
        const mssl_view_t *view = APR_ARRAY_IDX(addr->all, i, const mssl_view_t *);

        if (view != preferred) {
            rv = mssl_store_lookup(view, name, now, choice);
        }
    }
    return rv;
}

const mssl_view_t *mssl_addr_get_view(const mssl_addr_t *addr, const char *name, int i)
{
    return i == 0                ? preferred_view(addr, name)
           : i <= addr->all->nelts ? APR_ARRAY_IDX(addr->all, i - 1, const mssl_view_t *)
                                   : NULL;
}

int mssl_addr_has_name(const mssl_addr_t *addr, const char *name)
{
    mssl_choice_t choice;

    if (mssl_addr_lookup(addr, name, &choice) != APR_SUCCESS) {
        return 0;
    }
    mssl_choice_release(&choice);
    return 1;
}

const char *mssl_addr_say_ip(const apr_sockaddr_t *sa, apr_pool_t *pool)
{
    char *text = NULL;

    apr_sockaddr_ip_get(&text, (apr_sockaddr_t *)sa);
    return text == NULL || strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0
               ? "*" : apr_pstrdup(pool, text);
}

const char *mssl_addr_say_socket(const server_addr_rec *sar, apr_pool_t *pool)
{
    return mssl_urlparts_join(pool, mssl_addr_say_ip(sar->host_addr, pool), sar->host_port);
}
