/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/schema.h"

#include <ap_listen.h>
#include <apr_strings.h>
#include <http_core.h>
#include <mpm_common.h>
#include <stdlib.h>

#include "httpd/server/address.h"
#include "httpd/start/issuance.h"
#include "httpd/start/reach.h"
#include "httpd/start/schemaset.h"
#include "httpd/start/statedir.h"
#include "lib/base/text.h"

#define SCHEMA "mssl-server/1"

struct mssl_schema_t {
    mssl_global_t *global;
    server_rec *main_server;
    apr_pool_t *pool;
    apr_hash_t *numbers;       /* const server_rec * -> int *: its place in httpd's list */
    apr_array_header_t *addrs; /* const mssl_addr_t *, sorted */
    apr_array_header_t *stores;/* const mssl_store_row_t *, each once */
};

static int number_of(const mssl_schema_t *schema, const server_rec *s)
{
    const int *number = apr_hash_get(schema->numbers, &s, sizeof(s));

    return number != NULL ? *number : 0;
}

typedef struct place_t {
    const mssl_addr_t *addr;
    int number;
    const char *socket;
} place_t;

static int compare_places(const void *a, const void *b)
{
    const place_t *one = a, *other = b;

    return one->number != other->number ? one->number - other->number
                                        : strcmp(one->socket, other->socket);
}

/* By the first virtual host, then by name; a hash has an order of its own each time. */
static void sort_addrs(mssl_schema_t *schema)
{
    apr_array_header_t *places = apr_array_make(schema->pool, 8, sizeof(place_t));
    apr_hash_index_t *hi;
    int i;

    for (hi = apr_hash_first(schema->pool, schema->global->addrs); hi != NULL;
         hi = apr_hash_next(hi)) {
        place_t *place = apr_array_push(places);

        place->addr = apr_hash_this_val(hi);
        place->number = number_of(schema, place->addr->first);
        place->socket = apr_is_empty_array(place->addr->sockets) ? ""
                        : mssl_addr_say_socket(APR_ARRAY_IDX(place->addr->sockets, 0,
                                                             const server_addr_rec *), schema->pool);
    }
    qsort(places->elts, (size_t)places->nelts, sizeof(place_t), compare_places);
    schema->addrs = apr_array_make(schema->pool, places->nelts, sizeof(const mssl_addr_t *));
    for (i = 0; i < places->nelts; i++) {
        APR_ARRAY_PUSH(schema->addrs, const mssl_addr_t *) = APR_ARRAY_IDX(places, i, place_t).addr;
    }
}

static int find_store(const mssl_schema_t *schema, const mssl_store_row_t *row)
{
    int i;

    for (i = 0; i < schema->stores->nelts; i++) {
        const mssl_store_row_t *other = APR_ARRAY_IDX(schema->stores, i, const mssl_store_row_t *);

        if (strcmp(other->name, row->name) == 0 && strcmp(other->arg, row->arg) == 0) {
            return i;
        }
    }
    return -1;
}

static void collect_stores(mssl_schema_t *schema, const server_rec *s)
{
    const apr_array_header_t *done = NULL;
    int i;

    for (; s != NULL; s = s->next) {
        const apr_array_header_t *stores = mssl_conf_get(s)->stores;

        /* Virtual hosts that inherit the server's list stand beside each other. */
        for (i = 0; stores != NULL && stores != done && i < stores->nelts; i++) {
            const mssl_store_row_t *row = &APR_ARRAY_IDX(stores, i, mssl_store_row_t);

            if (find_store(schema, row) < 0) {
                APR_ARRAY_PUSH(schema->stores, const mssl_store_row_t *) = row;
            }
        }
        done = stores;
    }
}

mssl_schema_t *mssl_schema_make(mssl_global_t *global, server_rec *main_server, apr_pool_t *pool)
{
    mssl_schema_t *schema = apr_pcalloc(pool, sizeof(*schema));
    const server_rec *s;
    int n = 0;

    schema->global = global;
    schema->main_server = main_server;
    schema->pool = pool;
    schema->numbers = apr_hash_make(pool);
    schema->stores = apr_array_make(pool, 4, sizeof(const mssl_store_row_t *));
    for (s = main_server; s != NULL; s = s->next, n++) {
        apr_hash_set(schema->numbers, apr_pmemdup(pool, &s, sizeof(s)), sizeof(s),
                     apr_pmemdup(pool, &n, sizeof(n)));
    }
    sort_addrs(schema);
    collect_stores(schema, main_server);
    if (global->issued != NULL && find_store(schema, global->issued) < 0) {
        APR_ARRAY_PUSH(schema->stores, const mssl_store_row_t *) = global->issued;
    }
    return schema;
}

static void write_texts(mssl_json_t *json, const char *key, const apr_array_header_t *texts)
{
    int i;

    mssl_json_open(json, key, '[');
    for (i = 0; texts != NULL && i < texts->nelts; i++) {
        mssl_json_text(json, NULL, APR_ARRAY_IDX(texts, i, const char *));
    }
    mssl_json_close(json);
}

static void write_stores(mssl_json_t *json, const mssl_schema_t *schema)
{
    int i;

    mssl_json_open(json, "stores", '[');
    for (i = 0; i < schema->stores->nelts; i++) {
        const mssl_store_row_t *row = APR_ARRAY_IDX(schema->stores, i, const mssl_store_row_t *);
        int has_path = (row->provider->flags & MSSL_PROVIDER_PATH) != 0;

        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "label", apr_pstrcat(schema->pool, row->name, ":", row->arg, NULL));
        mssl_json_text(json, "provider", row->name);
        mssl_json_text(json, "argument", row->arg);
        mssl_json_text(json, "path", has_path ? row->arg : NULL);
        mssl_json_bool(json, "issued", row == schema->global->issued);
        mssl_json_close(json);
    }
    mssl_json_close(json);
}

static void write_certificates(mssl_json_t *json, const mssl_schema_t *schema)
{
    const apr_array_header_t *done = NULL;
    const server_rec *s;
    int i;

    mssl_json_open(json, "certificates", '[');
    for (s = schema->main_server; s != NULL; s = s->next) {
        const apr_array_header_t *rows = mssl_conf_get(s)->certificates;

        for (i = 0; rows != NULL && rows != done && i < rows->nelts; i++) {
            const mssl_cert_row_t *row = &APR_ARRAY_IDX(rows, i, mssl_cert_row_t);

            mssl_json_open(json, NULL, '{');
            write_texts(json, "names", row->keys);
            mssl_json_text(json, "certificate", row->cert_file);
            mssl_json_text(json, "key", row->key_file != NULL ? row->key_file : row->cert_file);
            mssl_json_close(json);
        }
        done = rows;
    }
    mssl_json_close(json);
}

static int compare_listeners(const void *a, const void *b)
{
    const ap_listen_rec *one = *(const ap_listen_rec *const *)a;
    const ap_listen_rec *other = *(const ap_listen_rec *const *)b;
    char text[64], other_text[64];

    if (one->bind_addr->port != other->bind_addr->port) {
        return (int)one->bind_addr->port - (int)other->bind_addr->port;
    }
    apr_sockaddr_ip_getbuf(text, sizeof(text), one->bind_addr);
    apr_sockaddr_ip_getbuf(other_text, sizeof(other_text), other->bind_addr);
    return strcmp(text, other_text);
}

/* httpd's own order is another each time. */
static void write_listeners(mssl_json_t *json, const mssl_schema_t *schema)
{
    apr_array_header_t *sorted = apr_array_make(schema->pool, 4, sizeof(const ap_listen_rec *));
    const ap_listen_rec *listener;
    int i;

    for (listener = ap_listeners; listener != NULL; listener = listener->next) {
        APR_ARRAY_PUSH(sorted, const ap_listen_rec *) = listener;
    }
    qsort(sorted->elts, (size_t)sorted->nelts, sizeof(const ap_listen_rec *), compare_listeners);
    mssl_json_open(json, "listeners", '[');
    for (i = 0; i < sorted->nelts; i++) {
        listener = APR_ARRAY_IDX(sorted, i, const ap_listen_rec *);
        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "address", mssl_addr_say_ip(listener->bind_addr, schema->pool));
        mssl_json_int(json, "port", listener->bind_addr->port);
        mssl_json_text(json, "protocol", listener->protocol);
        mssl_json_close(json);
    }
    mssl_json_close(json);
}

static void write_trusts(mssl_json_t *json, const apr_array_header_t *trusts)
{
    int i;

    mssl_json_open(json, "trusted", '[');
    for (i = 0; trusts != NULL && i < trusts->nelts; i++) {
        const mssl_trust_t *trust = &APR_ARRAY_IDX(trusts, i, mssl_trust_t);

        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "name", trust->name);
        write_texts(json, "ranges", trust->ranges);
        mssl_json_close(json);
    }
    mssl_json_close(json);
}

static void write_answers(mssl_json_t *json, const mssl_server_conf_t *sc)
{
    static const char *const unknowns[] = {
        [MSSL_UNKNOWN_UNSET] = "page", [MSSL_UNKNOWN_PAGE] = "page",
        [MSSL_UNKNOWN_REJECT] = "reject", [MSSL_UNKNOWN_REDIRECT] = "redirect",
    };
    static const char *const nosnis[] = {
        [MSSL_NOSNI_UNSET] = "switch", [MSSL_NOSNI_SWITCH] = "switch",
        [MSSL_NOSNI_PAGE] = "page", [MSSL_NOSNI_REJECT] = "reject",
    };

    mssl_json_text(json, "unknown_host", unknowns[sc->unknown]);
    mssl_json_text(json, "no_sni", nosnis[sc->nosni]);
    mssl_json_text(json, "switch_url", sc->switch_url != NULL ? sc->switch_url->text : NULL);
}

static void write_vhost_stores(mssl_json_t *json, const mssl_schema_t *schema, const server_rec *s)
{
    const apr_array_header_t *stores = mssl_conf_get(s)->stores;
    int i;

    mssl_json_open(json, "stores", '[');
    for (i = 0; stores != NULL && i < stores->nelts; i++) {
        mssl_json_int(json, NULL, find_store(schema, &APR_ARRAY_IDX(stores, i, mssl_store_row_t)));
    }
    if (mssl_issuance_has_store(schema->global, s)) {
        mssl_json_int(json, NULL, find_store(schema, schema->global->issued));
    }
    mssl_json_close(json);
}

static apr_array_header_t *get_aliases(const mssl_schema_t *schema, const server_rec *s)
{
    apr_array_header_t *aliases = apr_array_make(schema->pool, 2, sizeof(const char *));

    if (s->names != NULL) {
        apr_array_cat(aliases, s->names);
    }
    if (s->wild_names != NULL) {
        apr_array_cat(aliases, s->wild_names);
    }
    return aliases;
}

static const char *get_root(const server_rec *s)
{
    const core_server_config *core = ap_get_core_module_config(s->module_config);

    return core->ap_document_root;
}

static const char *get_force(const server_rec *s)
{
    const mssl_dir_conf_t *dc = ap_get_module_config(s->lookup_defaults, &mssl_module);

    return mssl_force_get_word(dc->force);
}

static void write_vhost(mssl_json_t *json, const mssl_schema_t *schema, server_rec *s)
{
    const mssl_server_conf_t *sc = mssl_conf_get(s);

    mssl_json_open(json, NULL, '{');
    mssl_json_bool(json, "main", !s->is_virtual);
    mssl_json_text(json, "server_name", s->server_hostname);
    write_texts(json, "aliases", get_aliases(schema, s));
    mssl_json_text(json, "file", s->defn_name);
    mssl_json_int(json, "line", s->defn_line_number);
    mssl_json_text(json, "document_root", get_root(s));
    mssl_json_bool(json, "tls", sc->ssl.engine == MSSL_ON);
    mssl_json_bool(json, "engine", sc->engine == MSSL_ON);
    mssl_json_bool(json, "guarded", sc->addr != NULL && sc->addr->guarded);
    mssl_json_bool(json, "client_certificates", sc->ssl.verify_client == MSSL_ON);
    write_answers(json, sc);
    mssl_json_text(json, "force_https", get_force(s));
    write_texts(json, "certificate_files", sc->ssl.cert_files);
    write_vhost_stores(json, schema, s);
    mssl_json_bool(json, "issue", sc->issue != MSSL_OFF);
    write_trusts(json, sc->trusts);
    write_texts(json, "public_addresses", sc->public_addresses);
    mssl_json_close(json);
}

static void write_addr(mssl_json_t *json, const mssl_schema_t *schema, const mssl_addr_t *addr)
{
    int i;

    mssl_json_open(json, NULL, '{');
    mssl_json_open(json, "sockets", '[');
    for (i = 0; i < addr->sockets->nelts; i++) {
        const server_addr_rec *sar = APR_ARRAY_IDX(addr->sockets, i, const server_addr_rec *);

        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "address", mssl_addr_say_ip(sar->host_addr, schema->pool));
        mssl_json_int(json, "port", sar->host_port);
        mssl_json_close(json);
    }
    mssl_json_close(json);
    mssl_json_bool(json, "guarded", addr->guarded);
    mssl_json_open(json, "vhosts", '[');
    for (i = 0; i < addr->servers->nelts; i++) {
        mssl_json_int(json, NULL, number_of(schema, APR_ARRAY_IDX(addr->servers, i, server_rec *)));
    }
    mssl_json_close(json);
    mssl_json_close(json);
}

apr_status_t mssl_schema_write_server(const mssl_schema_t *schema, mssl_json_sink_fn sink,
                                      void *baton)
{
    mssl_json_t json;
    server_rec *s;
    int i;

    mssl_json_init(&json, sink, baton, 2);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", SCHEMA);
    mssl_json_text(&json, "version", MSSL_VERSION);
    mssl_json_text(&json, "httpd", ap_get_server_description());
    mssl_json_text(&json, "hostname", schema->main_server->server_hostname);
    mssl_json_text(&json, "state_dir", mssl_statedir_get(schema->global, schema->pool));
    mssl_json_text(&json, "pid_file", ap_runtime_dir_relative(schema->pool, ap_pid_fname));
    mssl_json_bool(&json, "proxy_protocol", mssl_reach_takes_proxy_lines());
    mssl_schemaset_write(&json, schema->global, schema->pool);
    write_stores(&json, schema);
    write_certificates(&json, schema);
    write_listeners(&json, schema);
    mssl_json_open(&json, "vhosts", '[');
    for (s = schema->main_server; s != NULL; s = s->next) {
        write_vhost(&json, schema, s);
    }
    mssl_json_close(&json);
    mssl_json_open(&json, "addresses", '[');
    for (i = 0; i < schema->addrs->nelts; i++) {
        write_addr(&json, schema, APR_ARRAY_IDX(schema->addrs, i, const mssl_addr_t *));
    }
    mssl_json_close(&json);
    mssl_json_close(&json);
    return mssl_json_end(&json);
}

/* A field between tabs: no tab, no end of line, nothing that moves a cursor. */
static const char *field(const mssl_schema_t *schema, const char *text)
{
    return text != NULL && *text != '\0'
               ? mssl_text_printable(schema->pool, text, strlen(text), 4096) : "-";
}

static const char *join(const mssl_schema_t *schema, const apr_array_header_t *texts)
{
    const char *text = apr_array_pstrcat(schema->pool, texts, ' ');

    return field(schema, text);
}

static const char *join_sockets(const mssl_schema_t *schema, const mssl_addr_t *addr)
{
    apr_array_header_t *texts = apr_array_make(schema->pool, 1, sizeof(const char *));
    int i;

    for (i = 0; i < addr->sockets->nelts; i++) {
        APR_ARRAY_PUSH(texts, const char *) =
            mssl_addr_say_socket(APR_ARRAY_IDX(addr->sockets, i, const server_addr_rec *),
                                 schema->pool);
    }
    return join(schema, texts);
}

static const char *vhost_line(const mssl_schema_t *schema, const mssl_addr_t *addr, server_rec *s)
{
    const char *place = apr_psprintf(schema->pool, "%s:%u", s->defn_name != NULL ? s->defn_name : "-",
                                     s->defn_line_number);

    return apr_pstrcat(schema->pool, join_sockets(schema, addr), "\t",
                       addr->guarded ? "guarded" : "plain", "\t", field(schema, s->server_hostname),
                       "\t", join(schema, get_aliases(schema, s)), "\t", field(schema, place), "\t",
                       field(schema, get_root(s)), "\t",
                       mssl_conf_get(s)->issue != MSSL_OFF ? "issue" : "-", "\n", NULL);
}

apr_status_t mssl_schema_write_vhosts(const mssl_schema_t *schema, mssl_json_sink_fn sink,
                                      void *baton)
{
    apr_status_t rv = APR_SUCCESS;
    int i, k;

    for (i = 0; i < schema->addrs->nelts; i++) {
        const mssl_addr_t *addr = APR_ARRAY_IDX(schema->addrs, i, const mssl_addr_t *);

        for (k = 0; rv == APR_SUCCESS && k < addr->servers->nelts; k++) {
            const char *line = vhost_line(schema, addr, APR_ARRAY_IDX(addr->servers, k, server_rec *));

            rv = sink(baton, line, strlen(line));
        }
    }
    return rv;
}
