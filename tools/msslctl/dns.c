/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/dns.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <poll.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/monotonic.h"
#include "tools/msslctl/dial.h"
#include "tools/msslctl/small.h"

#define CONF_MAX 65536
#define SERVERS_MAX 3 /* as libc */
#define PORT 53
#define PATIENCE (2 * APR_USEC_PER_SEC)
#define PATIENCE_EACH (700 * 1000)
#define QUESTION_SIZE 512
#define ANSWER_SIZE 65536
#define RECORDS_MAX 32
#define CAA 257 /* RFC 8659; not in each arpa/nameser.h */

typedef struct question_t {
    int type;                /* ns_t_a, ns_t_aaaa, ns_t_mx, ns_t_txt, CAA */
    unsigned char text[QUESTION_SIZE];
    int len;
    int is_answered;
    int is_useless;          /* this server knows nothing of it: another may */
    apr_array_header_t *records; /* const char * */
    const char *cname;       /* the last one; NULL */
} question_t;

typedef struct dns_t {
    apr_array_header_t *servers; /* const char * */
    question_t question[2];
    int n;                   /* of questions */
    apr_time_t end;
    unsigned char *answer;   /* ANSWER_SIZE */
    apr_pool_t *pool;
} dns_t;

void ctl_dns_read_conf(mssl_buffer_t *text)
{
    ctl_small_read(text, CTL_DNS_CONF, CONF_MAX);
}

/* "nameserver ADDRESS"; where there is none, this machine's own, as libc has it. */
static void take_servers(dns_t *dns, const mssl_buffer_t *conf)
{
    char *text = apr_pstrdup(dns->pool, conf->data != NULL ? conf->data : ""), *line, *at = NULL;
    struct in6_addr any;

    for (line = apr_strtok(text, "\r\n", &at); line != NULL; line = apr_strtok(NULL, "\r\n", &at)) {
        char *word = NULL, *key = apr_strtok(line, " \t", &word);
        const char *server = key != NULL && strcmp(key, "nameserver") == 0
                                 ? apr_strtok(NULL, " \t", &word) : NULL;

        if (server != NULL && dns->servers->nelts < SERVERS_MAX
            && (inet_pton(AF_INET, server, &any) == 1 || inet_pton(AF_INET6, server, &any) == 1)) {
            APR_ARRAY_PUSH(dns->servers, const char *) = server;
        }
    }
    if (dns->servers->nelts == 0) {
        APR_ARRAY_PUSH(dns->servers, const char *) = "127.0.0.1";
    }
}

static int make_question(question_t *question, const char *name, int type, apr_pool_t *pool)
{
    question->type = type;
    question->records = apr_array_make(pool, 4, sizeof(const char *));
    question->len = res_mkquery(ns_o_query, name, ns_c_in, type, NULL, 0, NULL, question->text,
                                QUESTION_SIZE);
    /* libc's own numbers can be guessed. */
    return question->len > NS_HFIXEDSZ && RAND_bytes(question->text, 2) == 1;
}

/* Strings of one record, each behind its length. */
static const char *join_strings(const unsigned char *data, size_t len, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, len + 1), *to = text;
    size_t at, size;

    for (at = 0; at < len && data[at] < len - at; at += 1 + size) {
        size = data[at];
        memcpy(to, data + at + 1, size);
        to += size;
    }
    *to = '\0';
    return text;
}

/* Flags, the length of the tag, tag, value. @return NULL: it is none */
static const char *read_caa(const unsigned char *data, size_t len, apr_pool_t *pool)
{
    size_t tag = len > 2 ? data[1] : 0;
    char *text, *at;

    if (tag == 0 || tag > len - 2) {
        return NULL;
    }
    text = apr_pstrmemdup(pool, (const char *)data + 2, tag);
    for (at = text; *at != '\0'; at++) {
        *at = (char)apr_tolower(*at);
    }
    return apr_pstrcat(pool, text, " ",
                       apr_pstrmemdup(pool, (const char *)data + 2 + tag, len - 2 - tag), NULL);
}

/* @return NULL: it is none of the question's type */
static const char *read_record(const question_t *question, const ns_msg *message, const ns_rr *record,
                               apr_pool_t *pool)
{
    const unsigned char *data = ns_rr_rdata(*record);
    size_t len = ns_rr_rdlen(*record);
    char text[NS_MAXDNAME];

    switch (question->type) {
    case ns_t_a:
    case ns_t_aaaa:
        return len == (question->type == ns_t_aaaa ? 16 : 4)
                       && inet_ntop(question->type == ns_t_aaaa ? AF_INET6 : AF_INET, data, text,
                                    sizeof(text)) != NULL
                   ? apr_pstrdup(pool, text) : NULL;
    case ns_t_mx:
        return len > 2 && dn_expand(ns_msg_base(*message), ns_msg_end(*message), data + 2, text,
                                    sizeof(text)) > 0
                   ? apr_pstrdup(pool, strcmp(text, ".") == 0 ? "" : text) : NULL;
    case ns_t_txt:
        return join_strings(data, len, pool);
    default:
        return read_caa(data, len, pool);
    }
}

static void take_record(question_t *question, const ns_msg *message, const ns_rr *record,
                        apr_pool_t *pool)
{
    char text[NS_MAXDNAME];
    const char *found;

    if (ns_rr_class(*record) != ns_c_in) {
        return;
    }
    if (ns_rr_type(*record) == ns_t_cname
        && dn_expand(ns_msg_base(*message), ns_msg_end(*message), ns_rr_rdata(*record), text,
                     sizeof(text)) > 0) {
        question->cname = apr_pstrdup(pool, text);
    }
    if ((int)ns_rr_type(*record) == question->type && question->records->nelts < RECORDS_MAX
        && (found = read_record(question, message, record, pool)) != NULL) {
        APR_ARRAY_PUSH(question->records, const char *) = found;
    }
}

/* @return 1: it is one to this question; 0; -1: it is, and was cut off */
static int take_answer(question_t *question, const unsigned char *data, int len, apr_pool_t *pool)
{
    ns_msg message;
    ns_rr record;
    int i, rcode;

    if (len < NS_HFIXEDSZ || memcmp(data, question->text, 2) != 0
        || ns_initparse(data, len, &message) != 0 || !ns_msg_getflag(message, ns_f_qr)
        || ns_msg_count(message, ns_s_qd) != 1
        || ns_parserr(&message, ns_s_qd, 0, &record) != 0
        || (int)ns_rr_type(record) != question->type) {
        return 0;
    }
    if (ns_msg_getflag(message, ns_f_tc)) {
        return -1;
    }
    rcode = ns_msg_getflag(message, ns_f_rcode);
    if (rcode != ns_r_noerror && rcode != ns_r_nxdomain) {
        question->is_useless = 1;
        return 0;
    }
    question->is_answered = 1;
    for (i = 0; i < ns_msg_count(message, ns_s_an); i++) {
        if (ns_parserr(&message, ns_s_an, i, &record) != 0) {
            break;
        }
        take_record(question, &message, &record, pool);
    }
    return 1;
}

/* More than fits into a datagram. */
static void ask_by_tcp(dns_t *dns, question_t *question, const char *server)
{
    unsigned char *data = dns->answer;
    int have = 0, wanted = 2, n;
    ctl_dial_t dial;

    if (!ctl_dial_open(&dial, server, PORT, dns->end)) {
        return;
    }
    data[0] = (unsigned char)(question->len >> 8);
    data[1] = (unsigned char)question->len;
    memcpy(data + 2, question->text, (size_t)question->len);
    if (ctl_dial_write(&dial, (const char *)data, (size_t)question->len + 2)) {
        while (have < wanted
               && (n = ctl_dial_read(&dial, (char *)data + have, (size_t)(wanted - have))) > 0) {
            have += n;
            if (have == 2 && wanted == 2) {
                wanted += data[0] << 8 | data[1];
                wanted = wanted < ANSWER_SIZE ? wanted : ANSWER_SIZE;
            }
        }
        if (have == wanted && have > 2) {
            take_answer(question, data + 2, have - 2, dns->pool);
        }
    }
    ctl_dial_close(&dial);
}

static int is_done(const dns_t *dns)
{
    int i;

    for (i = 0; i < dns->n && dns->question[i].is_answered; i++) {
        continue;
    }
    return i == dns->n;
}

/* Nothing more is to come from this server. */
static int is_over(const dns_t *dns)
{
    int i;

    for (i = 0; i < dns->n && (dns->question[i].is_answered || dns->question[i].is_useless); i++) {
        continue;
    }
    return i == dns->n;
}

/* @return a socket; -1 */
static int open_udp(const char *server)
{
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    int is_v6 = inet_pton(AF_INET6, server, &v6.sin6_addr) == 1, fd, rc;

    if (!is_v6 && inet_pton(AF_INET, server, &v4.sin_addr) != 1) {
        return -1;
    }
    fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    rc = is_v6 ? connect(fd, (struct sockaddr *)&v6, sizeof(v6))
               : connect(fd, (struct sockaddr *)&v4, sizeof(v4));
    if (rc != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void take_datagram(dns_t *dns, const char *server, int len)
{
    int i;

    for (i = 0; i < dns->n; i++) {
        question_t *question = &dns->question[i];

        if (!question->is_answered
            && take_answer(question, dns->answer, len, dns->pool) < 0) {
            ask_by_tcp(dns, question, server);
        }
    }
}

/* All questions at once; what is not an answer is not waited for longer. */
static void ask_server(dns_t *dns, const char *server)
{
    apr_time_t end = mssl_monotonic_now() + PATIENCE_EACH, left;
    struct pollfd fd = { .fd = open_udp(server), .events = POLLIN };
    ssize_t n = 1;
    int i;

    for (i = 0; fd.fd >= 0 && i < dns->n; i++) {
        dns->question[i].is_useless = 0;
        if (!dns->question[i].is_answered) {
            (void)!send(fd.fd, dns->question[i].text, (size_t)dns->question[i].len, MSG_NOSIGNAL);
        }
    }
    end = end < dns->end ? end : dns->end;
    while (fd.fd >= 0 && !is_over(dns) && n > 0 && (left = end - mssl_monotonic_now()) > 0
           && poll(&fd, 1, (int)apr_time_as_msec(left) + 1) > 0) {
        n = recv(fd.fd, dns->answer, ANSWER_SIZE, 0);
        if (n > 0) {
            take_datagram(dns, server, (int)n);
        }
    }
    if (fd.fd >= 0) {
        close(fd.fd);
    }
}

static void ask_all(dns_t *dns, const mssl_buffer_t *conf)
{
    int at;

    take_servers(dns, conf);
    dns->answer = apr_palloc(dns->pool, ANSWER_SIZE);
    /* Each twice: a datagram may be lost. */
    for (at = 0; at < 2 * dns->servers->nelts && !is_done(dns) && mssl_monotonic_now() < dns->end; at++) {
        ask_server(dns, APR_ARRAY_IDX(dns->servers, at % dns->servers->nelts, const char *));
    }
}

/* RFC 6761, 6762, 7686: no DNS has them. */
static int is_special(const char *name)
{
    static const char *const tops[] = { "test", "example", "invalid", "localhost", "local", "onion" };
    const char *dot = strrchr(name, '.');
    size_t i;

    for (i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
        if (strcmp(dot != NULL ? dot + 1 : name, tops[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static void write_addresses(mssl_json_t *json, const char *key, const question_t *question)
{
    int i;

    if (!question->is_answered) {
        mssl_json_null(json, key);
        return;
    }
    mssl_json_open(json, key, '[');
    for (i = 0; i < question->records->nelts; i++) {
        mssl_json_text(json, NULL, APR_ARRAY_IDX(question->records, i, const char *));
    }
    mssl_json_close(json);
}

static void write_dns(mssl_json_t *json, const dns_t *dns, const char *error)
{
    const question_t *a = &dns->question[0], *aaaa = &dns->question[1];

    mssl_json_open(json, "dns", '{');
    write_addresses(json, "a", a);
    write_addresses(json, "aaaa", aaaa);
    mssl_json_text(json, "cname", a->cname != NULL ? a->cname : aaaa->cname);
    mssl_json_text(json, "error", error);
    mssl_json_close(json);
}

void ctl_dns_ask(mssl_json_t *json, const char *name, const mssl_buffer_t *conf, apr_pool_t *pool)
{
    dns_t dns = { .end = mssl_monotonic_now() + PATIENCE, .pool = pool, .n = 2,
                  .servers = apr_array_make(pool, SERVERS_MAX, sizeof(const char *)) };

    if (is_special(name)) {
        write_dns(json, &dns, "no DNS has such names (RFC 6761)");
        return;
    }
    if (!make_question(&dns.question[0], name, ns_t_a, pool)
        || !make_question(&dns.question[1], name, ns_t_aaaa, pool)) {
        write_dns(json, &dns, "it cannot be asked for");
        return;
    }
    ask_all(&dns, conf);
    write_dns(json, &dns, is_done(&dns) ? NULL : "no server of " CTL_DNS_CONF " answers");
}

int ctl_dns_list(apr_array_header_t **list, const char *name, ctl_dns_kind_t kind,
                 const mssl_buffer_t *conf, apr_pool_t *pool)
{
    static const int types[] = { [CTL_DNS_ADDRESS] = ns_t_a, [CTL_DNS_MX] = ns_t_mx,
                                 [CTL_DNS_TXT] = ns_t_txt, [CTL_DNS_CAA] = CAA };
    dns_t dns = { .end = mssl_monotonic_now() + PATIENCE, .pool = pool, .n = kind == CTL_DNS_ADDRESS ? 2 : 1,
                  .servers = apr_array_make(pool, SERVERS_MAX, sizeof(const char *)) };

    *list = apr_array_make(pool, 1, sizeof(const char *));
    if (!make_question(&dns.question[0], name, types[kind], pool)
        || (dns.n > 1 && !make_question(&dns.question[1], name, ns_t_aaaa, pool))) {
        return 0;
    }
    ask_all(&dns, conf);
    *list = dns.question[0].records;
    if (dns.n > 1) {
        apr_array_cat(*list, dns.question[1].records);
    }
    return is_done(&dns) || (*list)->nelts > 0;
}
