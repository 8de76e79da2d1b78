/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "lib/issue/preflight.h"
#include "lib/issue/shown.h"
#include "tests/unit/certs.h"

static apr_pool_t *pool;
static char root[64];
static cert_t cert;

/** A server that answers each request alike, over http and https at one port. */
typedef struct peer_t {
    int port;
    pid_t pid;
} peer_t;

static int set_up(void **state)
{
    const cert_spec_t spec = { .names = "localhost,*.b.example" };

    (void)state;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    certs_folder(root, sizeof(root));
    cert = certs_new(&spec, NULL);
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    certs_free(&cert);
    certs_remove(root);
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

/* The answer to a request: what it is to be. */
static size_t make_answer(char *answer, size_t size, const char *what, const char *request)
{
    char path[256] = "", token[128] = "";
    FILE *file;

    (void)!sscanf(request, "GET %255s", path);
    if (strcmp(what, "ours") == 0
        || (strcmp(what, "moved") == 0 && strstr(path, "moved") != NULL)) {
        file = fopen(apr_psprintf(pool, "%s/.well-known/acme-challenge/%s", root,
                                  strrchr(path, '/') + 1), "r");
        if (file != NULL) {
            (void)!fgets(token, sizeof(token), file);
            fclose(file);
        }
        return (size_t)snprintf(answer, size, "HTTP/1.1 200 OK\r\nX: y\r\n\r\n%s", token);
    }
    if (strcmp(what, "moved") == 0) {
        return (size_t)snprintf(answer, size, "HTTP/1.1 302 Found\r\nlocation: /moved/%s\r\n\r\n",
                                strrchr(path, '/') + 1);
    }
    if (strcmp(what, "tls") == 0) {
        return (size_t)snprintf(answer, size,
                                "HTTP/1.1 301 Moved\r\nLocation: https://%s%s\r\n\r\n",
                                apr_pstrndup(pool, strstr(request, "Host: ") + 6,
                                             strcspn(strstr(request, "Host: ") + 6, "\r")), path);
    }
    return (size_t)snprintf(answer, size, "%s", what);
}

static void answer_one(int fd, const char *what)
{
    char request[4096] = "", answer[8192], first = 0;
    SSL *ssl = NULL;
    size_t len;

    if (strcmp(what, "silence") == 0) {
        sleep(30);
    }
    (void)!recv(fd, &first, 1, MSG_PEEK);
    if (first == 0x16) {
        SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

        SSL_CTX_use_certificate(ctx, cert.x509);
        SSL_CTX_use_PrivateKey(ctx, cert.key);
        ssl = SSL_new(ctx);
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof(request) - 1) > 0) {
            what = strcmp(what, "tls") == 0 ? "ours" : what;
            len = make_answer(answer, sizeof(answer), what, request);
            SSL_write(ssl, answer, (int)len);
        }
        return;
    }
    (void)!read(fd, request, sizeof(request) - 1);
    len = make_answer(answer, sizeof(answer), what, request);
    (void)!write(fd, answer, len);
}

static peer_t begin(const char *what)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
    peer_t peer;

    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 8), 0);
    getsockname(listener, (struct sockaddr *)&address, &len);
    peer.port = ntohs(address.sin_port);
    peer.pid = fork();
    if (peer.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            fd = accept(listener, NULL, NULL);
            answer_one(fd, what);
            close(fd);
        }
    }
    close(listener);
    return peer;
}

static void end(const peer_t *peer)
{
    kill(peer->pid, SIGKILL);
    waitpid(peer->pid, NULL, 0);
}

static int count_tokens(void)
{
    DIR *list = opendir(apr_pstrcat(pool, root, "/.well-known/acme-challenge", NULL));
    int n = 0;

    assert_non_null(list);
    while (readdir(list) != NULL) {
        n++;
    }
    closedir(list);
    return n - 2;
}

/* What was seen of each address. */
static void note_seen(void *baton, const char *address, mssl_job_found_t found, int status)
{
    char **seen = baton;

    *seen = apr_psprintf(pool, "%s%s:%d:%d ", *seen, address, (int)found, status);
}

static mssl_job_found_t fly(const char *what, mssl_reason_t *why)
{
    peer_t peer = begin(what);
    mssl_preflight_t preflight = { .challenge_dir = root, .port = peer.port,
                                   .patience = apr_time_from_sec(1) };
    mssl_job_found_t found = mssl_preflight(&preflight, "localhost", pool, why);

    end(&peer);
    assert_int_equal(count_tokens(), 0);
    return found;
}

static void test_answers(void **state)
{
    static const struct {
        const char *what;
        mssl_job_found_t found;
        const char *text;
    } rows[] = {
        { "ours", MSSL_FOUND_OURS, "" },
        { "moved", MSSL_FOUND_OURS, "" },
        { "tls", MSSL_FOUND_OURS, "" },
        { "HTTP/1.1 404 Not Found\r\n\r\n", MSSL_FOUND_ELSEWHERE, "at 127.0.0.1 (status 404" },
        { "HTTP/1.1 200 OK\r\n\r\nhello", MSSL_FOUND_ELSEWHERE, "status 200" },
        { "HTTP/1.1 200 OK\r\n\r\n", MSSL_FOUND_ELSEWHERE, "status 200" },
        { "HTTP/1.1 301 x\r\nLocation: /again\r\n\r\n", MSSL_FOUND_ELSEWHERE, "status 301" },
        { "HTTP/1.1 301 x\r\nLocation: http://localhost:22/\r\n\r\n", MSSL_FOUND_UNKNOWN,
          "nobody answers" },
        { "HTTP/1.1 301 x\r\nLocation: http://169.254.169.254/\r\n\r\n", MSSL_FOUND_UNKNOWN, "" },
        { "HTTP/1.1 301 x\r\nLocation: gopher://x/\r\n\r\n", MSSL_FOUND_UNKNOWN, "" },
        { "silence", MSSL_FOUND_UNKNOWN, "nobody answers" },
        { "SSH-2.0-OpenSSH_9.2\r\n", MSSL_FOUND_UNKNOWN, "nobody answers" },
        { "", MSSL_FOUND_UNKNOWN, "nobody answers" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        mssl_reason_t why;
        mssl_job_found_t found = fly(rows[i].what, &why);

        if (found != rows[i].found || strstr(why.text, rows[i].text) == NULL) {
            fail_msg("%s: %d, %s", rows[i].what, (int)found, why.text);
        }
    }
}

/* Each address by itself, for who wants to know. */
static void test_seen(void **state)
{
    static const struct {
        const char *what;
        mssl_job_found_t found;
        int status;
    } rows[] = { { "ours", MSSL_FOUND_OURS, 200 }, { "HTTP/1.1 404 Not Found\r\n\r\n", MSSL_FOUND_ELSEWHERE, 404 },
                 { "silence", MSSL_FOUND_UNKNOWN, 0 } };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        char *seen = apr_pstrdup(pool, "");
        peer_t peer = begin(rows[i].what);
        const mssl_preflight_t preflight = { .challenge_dir = root, .port = peer.port,
                                             .patience = apr_time_from_sec(1), .seen = note_seen,
                                             .seen_baton = &seen };
        mssl_reason_t why;

        assert_int_equal(mssl_preflight(&preflight, "localhost", pool, &why), rows[i].found);
        end(&peer);
        if (strstr(seen, apr_psprintf(pool, "127.0.0.1:%d:%d ", (int)rows[i].found, rows[i].status)) == NULL) {
            fail_msg("%s: %s", rows[i].what, seen);
        }
    }
}

static void test_no_folder(void **state)
{
    const mssl_preflight_t preflight = { .challenge_dir = "/none", .port = 9,
                                         .patience = apr_time_from_sec(1) };
    mssl_reason_t why;

    (void)state;
    assert_int_equal(mssl_preflight(&preflight, "localhost", pool, &why), MSSL_FOUND_UNKNOWN);
    assert_string_equal(why.text, "no file can be put into /none: No such file or directory");
    assert_int_equal(mssl_preflight(&preflight, "*.b.example", pool, &why), MSSL_FOUND_UNKNOWN);
}

static void test_addresses(void **state)
{
    static const char *const global[] = { "8.8.8.8", "100.63.0.1", "172.15.0.1", "192.0.1.1",
                                          "223.255.255.255", "2a00:1450::1", "2001:200::1" };
    static const char *const others[] = {
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8", "192.0.2.1", "198.18.0.1",
        "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "fe80::1", "fd00::1",
        "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "2002:808:808::1",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(global) + COUNT(others); i++) {
        const char *text = i < COUNT(global) ? global[i] : others[i - COUNT(global)];
        struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
        struct sockaddr_in v4 = { .sin_family = AF_INET };
        int is_v6 = inet_pton(AF_INET6, text, &v6.sin6_addr) == 1;

        assert_true(is_v6 || inet_pton(AF_INET, text, &v4.sin_addr) == 1);
        if (mssl_preflight_is_global(is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4)
            != (i < COUNT(global))) {
            fail_msg("%s", text);
        }
    }
}

static void test_shown(void **state)
{
    peer_t peer = begin("HTTP/1.1 200 OK\r\n\r\n"), mute = begin("silence");
    const char *address = apr_psprintf(pool, "127.0.0.1:%d", peer.port), *text;
    const char *addresses[] = { address, "127.0.0.1:1", "[::1]:1", NULL };
    unsigned char digest[EVP_MAX_MD_SIZE];
    mssl_shown_t shown;
    char sha256[65];
    int i;

    (void)state;
    assert_int_equal(X509_digest(cert.x509, EVP_sha256(), digest, NULL), 1);
    for (i = 0; i < 32; i++) {
        snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
    }
    mssl_shown_get(&shown, address, "localhost", apr_time_from_sec(5));
    assert_true(shown.has_certificate && shown.covers);
    assert_string_equal(shown.sha256, sha256);
    assert_true(shown.not_before < apr_time_now() && shown.not_after > apr_time_now());
    mssl_shown_get(&shown, address, "a.example", apr_time_from_sec(5));
    assert_true(shown.has_certificate && !shown.covers);
    mssl_shown_get(&shown, address, "*.b.example", apr_time_from_sec(5));
    assert_true(shown.has_certificate && shown.covers);
    mssl_shown_get(&shown, apr_psprintf(pool, "127.0.0.1:%d", mute.port), "localhost",
                   apr_time_from_sec(1));
    assert_false(shown.has_certificate);
    mssl_shown_get(&shown, "nonsense", "localhost", apr_time_from_sec(1));
    assert_string_equal(shown.failure, "is no address");
    text = mssl_shown_confirm(addresses, "localhost", sha256, apr_time_from_sec(1), pool);
    assert_string_equal(text, apr_pstrcat(pool, address, " yes, 127.0.0.1:1 no answer, [::1]:1 no "
                                          "answer", NULL));
    addresses[1] = NULL;
    text = mssl_shown_confirm(addresses, "localhost", "00", apr_time_from_sec(1), pool);
    assert_string_equal(text, apr_pstrcat(pool, address, " another certificate", NULL));
    end(&peer);
    end(&mute);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers), cmocka_unit_test(test_seen),
        cmocka_unit_test(test_no_folder),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_shown),
    };

    return cmocka_run_group_tests_name("preflight", tests, set_up, tear_down);
}
