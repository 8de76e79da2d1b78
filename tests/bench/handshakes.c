/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * handshakes [-j THREADS] [-s SECONDS] PORT COUNT FIRST STEP SPAN
 *
 * COUNT full TLS 1.3 handshakes with 127.0.0.1:PORT, none resumed, each followed by a close on both
 * sides. The i-th asks for name number (FIRST + i * STEP) % SPAN. With -s it goes on that long
 * instead, or until SIGTERM. Prints one line of JSON; "wrong" are certificates that do not cover the
 * name that was asked for. What the server spends is measured elsewhere: this program only keeps it
 * busy.
 */

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NAME_SIZE   64
#define MAX_THREADS 16
#define IO_SECONDS  60

/** Shared by the threads; numbers are changed atomically or under the lock. */
typedef struct load_t {
    SSL_CTX *ctx;
    struct sockaddr_in to;
    long count, first, step, span;
    int has_time;
    long next; /**< handshakes begun */
    int stop;
    pthread_mutex_t lock;
    long done, failed, wrong;
    double worst, sum; /**< milliseconds */
} load_t;

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int open_socket(const load_t *load)
{
    const struct timeval limit = { IO_SECONDS, 0 };
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, (const struct sockaddr *)&load->to, sizeof(load->to)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int covers(const SSL *ssl, const char *name)
{
    X509 *cert = SSL_get0_peer_certificate(ssl);

    return cert != NULL && X509_check_host(cert, name, 0, 0, NULL) == 1;
}

/** Read to the end: only then has the server done all that belongs to this connection. */
static void drain(SSL *ssl, int fd)
{
    char bytes[4096];

    SSL_shutdown(ssl);
    shutdown(fd, SHUT_WR);
    while (read(fd, bytes, sizeof(bytes)) > 0) {
    }
}

/** @return 1 done, 0 failed; took: until the handshake was complete */
static int shake(const load_t *load, const char *name, int *is_wrong, double *took)
{
    double begun = now_ms();
    int fd = open_socket(load);
    SSL *ssl = SSL_new(load->ctx);
    int done = fd >= 0 && ssl != NULL && SSL_set_fd(ssl, fd)
        && SSL_set_tlsext_host_name(ssl, name) && SSL_connect(ssl) == 1;

    *took = now_ms() - begun;
    *is_wrong = done && !covers(ssl, name);
    if (done) {
        drain(ssl, fd);
    }
    SSL_free(ssl);
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

static void *work(void *arg)
{
    load_t *load = arg;

    while (!__atomic_load_n(&load->stop, __ATOMIC_RELAXED)) {
        long i = __atomic_fetch_add(&load->next, 1, __ATOMIC_RELAXED);
        char name[NAME_SIZE];
        double took;
        int wrong, done;

        if (!load->has_time && i >= load->count) {
            break;
        }
        snprintf(name, sizeof(name), "s%06ld.bench.example",
                 (load->first + i * load->step) % load->span);
        done = shake(load, name, &wrong, &took);
        pthread_mutex_lock(&load->lock);
        load->done += done;
        load->failed += !done;
        load->wrong += wrong;
        load->sum += took;
        load->worst = took > load->worst ? took : load->worst;
        pthread_mutex_unlock(&load->lock);
    }
    return NULL;
}

static void run(load_t *load, int n, double seconds)
{
    pthread_t thread[MAX_THREADS];
    struct timespec limit = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };
    sigset_t signals;
    int i;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    for (i = 0; i < n; i++) {
        if (pthread_create(&thread[i], NULL, work, load) != 0) {
            exit(1);
        }
    }
    if (load->has_time) {
        sigtimedwait(&signals, NULL, &limit);
        __atomic_store_n(&load->stop, 1, __ATOMIC_RELAXED);
    }
    for (i = 0; i < n; i++) {
        pthread_join(thread[i], NULL);
    }
}

static int usage(void)
{
    fprintf(stderr, "usage: handshakes [-j THREADS] [-s SECONDS] PORT COUNT FIRST STEP SPAN\n");
    return 2;
}

int main(int argc, char **argv)
{
    load_t load = { .lock = PTHREAD_MUTEX_INITIALIZER };
    double seconds = 0, begun;
    int threads = 1, option;

    while ((option = getopt(argc, argv, "j:s:")) != -1) {
        if (option == 'j') {
            threads = atoi(optarg);
        }
        else if (option == 's') {
            seconds = atof(optarg);
            load.has_time = 1;
        }
        else {
            return usage();
        }
    }
    if (argc - optind != 5 || threads < 1 || threads > MAX_THREADS) {
        return usage();
    }
    signal(SIGPIPE, SIG_IGN);
    load.to.sin_family = AF_INET;
    load.to.sin_port = htons((unsigned short)atoi(argv[optind]));
    load.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    load.count = atol(argv[optind + 1]);
    load.first = atol(argv[optind + 2]);
    load.step = atol(argv[optind + 3]);
    load.span = atol(argv[optind + 4]);
    load.ctx = SSL_CTX_new(TLS_client_method());
    if (load.ctx == NULL || load.span < 1 || load.step < 0 || load.first < 0
        || !SSL_CTX_set_min_proto_version(load.ctx, TLS1_3_VERSION)) {
        return usage();
    }
    SSL_CTX_set_session_cache_mode(load.ctx, SSL_SESS_CACHE_OFF);
    begun = now_ms();
    run(&load, threads, seconds);
    printf("{\"done\": %ld, \"failed\": %ld, \"wrong\": %ld, \"worst_ms\": %.2f, "
           "\"mean_ms\": %.3f, \"seconds\": %.3f}\n", load.done, load.failed, load.wrong,
           load.worst, load.sum / (double)(load.done + load.failed > 0 ? load.done + load.failed : 1),
           (now_ms() - begun) / 1e3);
    SSL_CTX_free(load.ctx);
    return load.failed > 0 || load.wrong > 0;
}
