/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "tests/unit/issuing.h"

#define MINUTE apr_time_from_sec(60)
#define REFUSES "echo class: dns >result; exit 20"

/* A server that shows one certificate to everybody, and counts how often. */
typedef struct shop_t {
    pid_t pid;
    int *count;
    const char *addresses[2];
} shop_t;

static void shake_hands(int listener, SSL_CTX *ctx, int *count)
{
    signal(SIGPIPE, SIG_IGN); /* who has seen the certificate does not wait for the end */
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        SSL *ssl = SSL_new(ctx);

        ++*count; /* before the handshake is over: whoever had it sees it counted */
        SSL_set_fd(ssl, fd);
        SSL_accept(ssl);
        SSL_free(ssl);
        close(fd);
    }
}

static shop_t open_shop(const rig_t *rig, const char *names)
{
    const cert_spec_t spec = { .names = names };
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    cert_t cert = certs_new(&spec, NULL);
    shop_t shop = { .addresses = { NULL, NULL } };

    SSL_CTX_use_certificate(ctx, cert.x509);
    SSL_CTX_use_PrivateKey(ctx, cert.key);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 8), 0);
    getsockname(listener, (struct sockaddr *)&address, &len);
    shop.addresses[0] = apr_psprintf(rig->pool, "127.0.0.1:%d", ntohs(address.sin_port));
    shop.count = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(shop.count, MAP_FAILED);
    shop.pid = fork();
    if (shop.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        shake_hands(listener, ctx, shop.count);
    }
    close(listener);
    SSL_CTX_free(ctx);
    certs_free(&cert);
    return shop;
}

static void close_shop(const shop_t *shop)
{
    kill(shop->pid, SIGKILL);
    waitpid(shop->pid, NULL, 0);
    munmap(shop->count, sizeof(int));
}

/* Preflight looked so long ago, and found that it may be ordered. */
static void let_wait(rig_t *rig, mssl_job_state_t state, apr_interval_time_t span)
{
    mssl_job_init(&rig->job, "a.example", apr_time_now() - span);
    rig->job.state = state;
    rig->job.found = MSSL_FOUND_OURS;
    rig->job.checked = apr_time_now() - span;
    rig->conf.why = MSSL_WHY_FIRST;
}

/* Somebody has filed a pair for it between the look and its turn: nothing is ordered. */
static void test_filed_meanwhile(void **state)
{
    static const mssl_job_state_t states[] = { MSSL_JOB_WANTED, MSSL_JOB_FAILED, MSSL_JOB_GONE };
    rig_t *rig = *state;
    shop_t shop = open_shop(rig, "a.example");
    size_t i;

    rig->conf.confirm = shop.addresses;
    for (i = 0; i < COUNT(states); i++) {
        let_wait(rig, states[i], 2 * MINUTE);
        work(rig, MSSL_TASK_ORDER, ISSUES);
        assert_string_equal(get_verbs(rig), "");
        assert_int_equal(*shop.count, i + 1);
        assert_int_equal(rig->job.state, MSSL_JOB_WANTED);
        assert_int_equal(rig->job.found, MSSL_FOUND_SERVED);
        assert_non_null(strstr(rig->job.text, "another certificate serves it"));
        assert_within(apr_time_sec(rig->job.next - apr_time_now()), CERT_DAY - 60, CERT_DAY);
        assert_within(apr_time_sec(apr_time_now() - rig->job.checked), 0, 60);
    }
    assert_int_equal(count_files(rig, "keys"), 0);
    close_shop(&shop);
}

/* What is shown is the stand-in: it is looked at once, and ordered. */
static void test_nobody_has(void **state)
{
    rig_t *rig = *state;
    shop_t shop = open_shop(rig, "dummy.invalid");

    rig->conf.confirm = shop.addresses;
    let_wait(rig, MSSL_JOB_WANTED, 2 * MINUTE);
    work(rig, MSSL_TASK_ORDER, REFUSES);
    assert_non_null(strstr(get_verbs(rig), "issue "));
    assert_int_equal(*shop.count, 1);
    close_shop(&shop);
}

/* Looked at just now; asked for by an admin; begun before; a renewal. */
static void test_not_looked_at(void **state)
{
    rig_t *rig = *state;
    shop_t shop = open_shop(rig, "a.example");

    rig->conf.confirm = shop.addresses;
    let_wait(rig, MSSL_JOB_WANTED, MINUTE / 2);
    work(rig, MSSL_TASK_ORDER, REFUSES);
    assert_non_null(strstr(get_verbs(rig), "issue "));
    let_wait(rig, MSSL_JOB_WANTED, 2 * MINUTE);
    rig->conf.is_asked = 1;
    work(rig, MSSL_TASK_ORDER, REFUSES);
    assert_non_null(strstr(get_verbs(rig), "issue "));
    rig->conf.is_asked = 0;
    let_wait(rig, MSSL_JOB_ORDERED, 2 * MINUTE);
    MSSL_JOB_SET(rig->job.issuer, "fake");
    MSSL_JOB_SET(rig->job.request, "01");
    work(rig, MSSL_TASK_ORDER, REFUSES);
    assert_non_null(strstr(get_verbs(rig), "poll "));
    let_wait(rig, MSSL_JOB_INSTALLED, 2 * MINUTE);
    MSSL_JOB_SET(rig->job.serial, "01");
    rig->conf.why = MSSL_WHY_RENEWAL;
    work(rig, MSSL_TASK_ORDER, REFUSES);
    assert_non_null(strstr(get_verbs(rig), "issue "));
    assert_int_equal(*shop.count, 0);
    close_shop(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_filed_meanwhile, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_has, begin, tear_down),
        cmocka_unit_test_setup_teardown(test_not_looked_at, begin, tear_down),
    };

    return cmocka_run_group_tests_name("shown_again", tests, NULL, NULL);
}
