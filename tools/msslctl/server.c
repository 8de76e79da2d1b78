/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/server.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "tools/msslctl/args.h"

#define SCHEMA "mssl-server/1"
#define TEXT_MAX ((size_t)1 << 30)
#define FILE_NAME "server.json"

static apr_status_t read_all(int fd, mssl_buffer_t *text)
{
    char part[16384];
    apr_status_t rv = APR_SUCCESS;
    ssize_t n;

    while (rv == APR_SUCCESS && (n = read(fd, part, sizeof(part))) != 0) {
        rv = n < 0 ? (errno == EINTR ? APR_SUCCESS : errno)
                   : mssl_buffer_add(text, part, (size_t)n);
    }
    return rv;
}

apr_status_t ctl_server_read_file(const char *path, mssl_buffer_t *text, mssl_reason_t *why)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    apr_status_t rv;

    if (fd < 0) {
        return mssl_reason_set(why, errno, "%s: %s", path, strerror(errno));
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 022) != 0
        || (st.st_uid != 0 && st.st_uid != geteuid())) {
        rv = mssl_reason_set(why, APR_EACCES, "%s: is not root's alone to write", path);
    }
    else {
        rv = read_all(fd, text);
        if (rv != APR_SUCCESS) {
            mssl_reason_set(why, rv, "%s: cannot be read", path);
        }
    }
    close(fd);
    return rv;
}

/* In the new process. */
static void run_program(const char *program, int out)
{
    int null = open("/dev/null", O_RDWR);

    dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    execlp(program, program, "-t", "-D", "DUMP_MSSL", (char *)NULL);
    _exit(127);
}

/* What a program prints. @return APR_SUCCESS: it ended well */
static apr_status_t read_program(const char *program, mssl_buffer_t *text)
{
    int ends[2], status = -1;
    apr_status_t rv;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return errno;
    }
    pid = fork();
    if (pid == 0) {
        run_program(program, ends[1]);
    }
    close(ends[1]);
    rv = pid < 0 ? APR_EGENERAL : read_all(ends[0], text);
    close(ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        continue;
    }
    return rv == APR_SUCCESS && WIFEXITED(status) && WEXITSTATUS(status) == 0 && text->len > 0
               ? APR_SUCCESS : APR_EGENERAL;
}

/* @return where it was found; NULL */
static const char *find_text(ctl_t *ctl, mssl_buffer_t *text, mssl_reason_t *why)
{
    static const char *const programs[] = { "apachectl", "apache2ctl", "httpd" };
    const char *dir = CTL_HAS(ctl, CTL_OPT_STATE_DIR) ? ctl->value[CTL_OPT_STATE_DIR]
                                                      : MSSL_STATEDIR;
    const char *path = apr_pstrcat(ctl->pool, dir, "/" FILE_NAME, NULL);
    size_t i;

    if (ctl_server_read_file(path, text, why) == APR_SUCCESS) {
        return path;
    }
    if (CTL_HAS(ctl, CTL_OPT_STATE_DIR)) {
        return NULL;
    }
    for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        mssl_buffer_free(text);
        if (read_program(programs[i], text) == APR_SUCCESS) {
            return apr_pstrcat(ctl->pool, programs[i], " -t -D DUMP_MSSL", NULL);
        }
    }
    return NULL;
}

static void read_stores(ctl_server_t *server, apr_pool_t *pool)
{
    const mssl_json_value_t *value, *name;

    server->stores = apr_array_make(pool, 4, sizeof(ctl_store_t));
    for (value = mssl_json_get_first(server->json, "stores"); value != NULL; value = value->next) {
        ctl_store_t *store = apr_array_push(server->stores);

        store->label = mssl_json_get_text(value, "label", "");
        store->provider = mssl_json_get_text(value, "provider", "");
        store->argument = mssl_json_get_text(value, "argument", "");
        store->path = mssl_json_get_text(value, "path", NULL);
        store->is_issued = mssl_json_get_bool(value, "issued", 0);
    }
    server->rows = apr_array_make(pool, 4, sizeof(ctl_row_t));
    for (value = mssl_json_get_first(server->json, "certificates"); value != NULL;
         value = value->next) {
        ctl_row_t *row = apr_array_push(server->rows);

        row->cert = mssl_json_get_text(value, "certificate", "");
        row->key = mssl_json_get_text(value, "key", "");
        row->names = apr_array_make(pool, 1, sizeof(const char *));
        for (name = mssl_json_get_first(value, "names"); name != NULL; name = name->next) {
            APR_ARRAY_PUSH(row->names, const char *) = name->text != NULL ? name->text : "";
        }
    }
}

static void add_socket(ctl_server_t *server, const char *address, int port,
                       const apr_array_header_t *stores)
{
    ctl_socket_t *socket;
    int i;

    if (strcmp(address, "*") == 0) {
        address = "127.0.0.1";
    }
    for (i = 0; i < server->sockets->nelts; i++) {
        socket = &APR_ARRAY_IDX(server->sockets, i, ctl_socket_t);
        if (socket->port == port && strcmp(socket->address, address) == 0) {
            return;
        }
    }
    socket = apr_array_push(server->sockets);
    socket->address = address;
    socket->port = port;
    socket->stores = apr_array_copy(stores->pool, stores);
}

/* A virtual host for any port is on all ports that speak TLS. */
static void add_listeners(ctl_server_t *server, const char *address,
                          const apr_array_header_t *stores)
{
    const mssl_json_value_t *value;

    for (value = mssl_json_get_first(server->json, "listeners"); value != NULL;
         value = value->next) {
        if (strcmp(mssl_json_get_text(value, "protocol", ""), "https") == 0) {
            add_socket(server, address, (int)mssl_json_get_int(value, "port", 0), stores);
        }
    }
}

/* A number in an array of numbers. */
static int number_of(const mssl_json_value_t *value)
{
    return value->kind == MSSL_JSON_NUMBER ? atoi(value->text) : -1;
}

static void add_stores(apr_array_header_t *stores, const mssl_json_value_t *vhost)
{
    const mssl_json_value_t *value;
    int i;

    for (value = mssl_json_get_first(vhost, "stores"); value != NULL; value = value->next) {
        for (i = 0; i < stores->nelts && APR_ARRAY_IDX(stores, i, int) != number_of(value); i++) {
            continue;
        }
        if (i == stores->nelts) {
            APR_ARRAY_PUSH(stores, int) = number_of(value);
        }
    }
}

/* Its virtual hosts come in the order of their numbers, or nearly: the list is walked once then. */
static apr_array_header_t *collect_stores(const ctl_server_t *server,
                                          const mssl_json_value_t *address, apr_pool_t *pool)
{
    apr_array_header_t *stores = apr_array_make(pool, 2, sizeof(int));
    const mssl_json_value_t *first = mssl_json_get_first(server->json, "vhosts"), *vhost = first;
    const mssl_json_value_t *value;
    int at = 0;

    for (value = mssl_json_get_first(address, "vhosts"); value != NULL; value = value->next) {
        if (number_of(value) < at) {
            vhost = first;
            at = 0;
        }
        for (; vhost != NULL && at < number_of(value); at++) {
            vhost = vhost->next;
        }
        if (vhost != NULL) {
            add_stores(stores, vhost);
        }
    }
    return stores;
}

static void read_sockets(ctl_server_t *server, apr_pool_t *pool)
{
    const mssl_json_value_t *value, *socket;
    const apr_array_header_t *stores;

    server->sockets = apr_array_make(pool, 4, sizeof(ctl_socket_t));
    for (value = mssl_json_get_first(server->json, "addresses"); value != NULL;
         value = value->next) {
        if (!mssl_json_get_bool(value, "guarded", 0)) {
            continue;
        }
        stores = collect_stores(server, value, pool);
        for (socket = mssl_json_get_first(value, "sockets"); socket != NULL;
             socket = socket->next) {
            const char *address = mssl_json_get_text(socket, "address", "*");
            int port = (int)mssl_json_get_int(socket, "port", 0);

            if (port != 0) {
                add_socket(server, address, port, stores);
            }
            else {
                add_listeners(server, address, stores);
            }
        }
    }
}

static void read_server(ctl_server_t *server, apr_pool_t *pool)
{
    const mssl_json_value_t *users = mssl_json_get(server->json, "users");
    const mssl_json_value_t *settings = mssl_json_get(server->json, "settings");

    server->version = mssl_json_get_text(server->json, "version", NULL);
    server->hostname = mssl_json_get_text(server->json, "hostname", NULL);
    server->state_dir = mssl_json_get_text(server->json, "state_dir", NULL);
    server->pid_file = mssl_json_get_text(server->json, "pid_file", NULL);
    server->user = mssl_json_get_text(users, "broker", "_mssl");
    server->httpd = mssl_json_get_text(users, "httpd", NULL);
    server->steward = mssl_json_get_text(users, "steward", "_mssl-steward");
    server->proxy_protocol = mssl_json_get_bool(server->json, "proxy_protocol", 0);
    server->check_interval = mssl_json_get_span(settings, "check_interval", APR_USEC_PER_SEC);
    server->negative_timeout = mssl_json_get_span(settings, "negative_timeout",
                                                  5 * APR_USEC_PER_SEC);
    server->keep = (int)mssl_json_get_int(settings, "keep", 2);
    server->history_serves = mssl_json_get_bool(settings, "history_serves", 0);
    server->warn = mssl_json_get_text(settings, "expiry_warn", NULL);
    server->urgent = mssl_json_get_text(settings, "expiry_urgent", NULL);
    read_stores(server, pool);
    read_sockets(server, pool);
}

const ctl_server_t *ctl_server_find(ctl_t *ctl)
{
    ctl_server_t *server = apr_pcalloc(ctl->pool, sizeof(*server));
    mssl_buffer_t text = { .max = TEXT_MAX };
    mssl_reason_t why = { "" };
    apr_status_t rv = APR_EGENERAL;

    server->origin = find_text(ctl, &text, &why);
    if (server->origin != NULL) {
        rv = mssl_json_read(&server->json, text.data, text.len, ctl->pool, &why);
    }
    if (rv == APR_SUCCESS
        && strcmp(mssl_json_get_text(server->json, "schema", ""), SCHEMA) != 0) {
        rv = mssl_reason_set(&why, APR_EINVAL, "%s: is of another version than msslctl "
                             MSSL_VERSION, server->origin);
    }
    mssl_buffer_free(&text);
    if (rv != APR_SUCCESS) {
        fprintf(stderr, "msslctl: nothing is known of the server (%s); start httpd with mod_mssl "
                "once, or name its MSSLStateDir with --state-dir\n", why.text);
        return NULL;
    }
    read_server(server, ctl->pool);
    return server;
}

int ctl_server_runs(const ctl_server_t *server)
{
    char text[32];
    int fd = server->pid_file != NULL ? open(server->pid_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
                                      : -1;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
    long pid;

    if (fd >= 0) {
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    pid = strtol(text, NULL, 10);
    return pid > 1 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

const ctl_store_t *ctl_server_find_store(const ctl_t *ctl, const ctl_server_t *server,
                                         const char *name)
{
    apr_array_header_t *labels = apr_array_make(ctl->pool, 4, sizeof(const char *));
    const char *guess;
    int i;

    for (i = 0; i < server->stores->nelts; i++) {
        const ctl_store_t *store = &APR_ARRAY_IDX(server->stores, i, ctl_store_t);

        if (strcmp(store->label, name) == 0
            || (store->path != NULL && strcmp(store->path, name) == 0)) {
            return store;
        }
        APR_ARRAY_PUSH(labels, const char *) = store->label;
    }
    guess = ctl_args_guess(name, (const char *const *)labels->elts, labels->nelts);
    ctl_args_refuse(ctl, "there is no such store%s%s%s, the server has: %s",
                    guess != NULL ? ", did you mean '" : "", guess != NULL ? guess : "",
                    guess != NULL ? "'" : "",
                    labels->nelts > 0 ? apr_array_pstrcat(ctl->pool, labels, ' ') : "none");
    return NULL;
}
