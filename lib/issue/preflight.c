/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/preflight.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/challenge.h"
#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/files/write.h"
#include "lib/issue/fetch.h"
#include "lib/issue/tokens.h"

#define PATH "/" MSSL_CHALLENGE_PARENT "/" MSSL_TOKENS_DIR "/"
#define REDIRECTS_MAX 5
/** A name has so many addresses at most that are looked at. */
#define ADDRESSES_MAX 8
/** A token as long as a CA's, so that nobody can guess it. */
#define TOKEN_BYTES 20

/** An address in network order: IPv4 as its last 4 bytes. */
typedef struct address_t {
    unsigned char bytes[16];
    int is_v6;
} address_t;

/** A look at a name. */
typedef struct flight_t {
    const mssl_preflight_t *conf;
    const char *name;
    char token[2 * TOKEN_BYTES + 1];
    int folder;           /**< descriptor; -1: the token lies nowhere */
    struct ifaddrs *own;  /**< NULL: not known */
    apr_pool_t *pool;
} flight_t;

/** Networks that are not everybody's (RFC 6890), and that lead to other ones (6to4, Teredo). */
static const struct {
    unsigned char net[4];
    int bits;
    int is_v6;
} reserved[] = {
    { { 0 }, 8, 0 },
    { { 10 }, 8, 0 },
    { { 100, 64 }, 10, 0 },
    { { 127 }, 8, 0 },
    { { 169, 254 }, 16, 0 },
    { { 172, 16 }, 12, 0 },
    { { 192, 0, 0 }, 24, 0 },
    { { 192, 0, 2 }, 24, 0 },
    { { 192, 88, 99 }, 24, 0 },
    { { 192, 168 }, 16, 0 },
    { { 198, 18 }, 15, 0 },
    { { 198, 51, 100 }, 24, 0 },
    { { 203, 0, 113 }, 24, 0 },
    { { 224 }, 3, 0 },
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32, 1 },
    { { 0x20, 0x01, 0x00, 0x00 }, 23, 1 },
    { { 0x20, 0x02 }, 16, 1 },
};

static int is_within(const unsigned char *bytes, const unsigned char *net, int bits)
{
    int whole = bits / 8, rest = bits % 8;

    return memcmp(bytes, net, (size_t)whole) == 0
           && (rest == 0 || (bytes[whole] ^ net[whole]) >> (8 - rest) == 0);
}

static int is_global(const address_t *address)
{
    size_t i;

    if (address->is_v6 && (address->bytes[0] & 0xe0) != 0x20) {
        return 0;
    }
    for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (reserved[i].is_v6 == address->is_v6
            && is_within(address->bytes, reserved[i].net, reserved[i].bits)) {
            return 0;
        }
    }
    return 1;
}

/* @return 0: it is of no family of ours */
static int get_address(address_t *address, const struct sockaddr *from)
{
    memset(address, 0, sizeof(*address));
    if (from != NULL && from->sa_family == AF_INET) {
        memcpy(address->bytes, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
        return 1;
    }
    if (from != NULL && from->sa_family == AF_INET6) {
        memcpy(address->bytes, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
        address->is_v6 = 1;
        return 1;
    }
    return 0;
}

static int is_same(const address_t *a, const address_t *b)
{
    return a->is_v6 == b->is_v6 && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

int mssl_preflight_is_global(const struct sockaddr *from)
{
    address_t address;

    return get_address(&address, from) && is_global(&address);
}

static int is_public_of_ours(const mssl_preflight_t *conf, const address_t *address)
{
    int i;

    for (i = 0; conf->addresses != NULL && i < conf->addresses->nelts; i++) {
        const char *text = APR_ARRAY_IDX(conf->addresses, i, const char *);
        address_t other = { .is_v6 = strchr(text, ':') != NULL };

        if (inet_pton(other.is_v6 ? AF_INET6 : AF_INET, text, other.bytes) == 1
            && is_same(address, &other)) {
            return 1;
        }
    }
    return 0;
}

/* Of this machine, or what the admin named. */
static int is_ours(const flight_t *flight, const address_t *address)
{
    const struct ifaddrs *own;
    address_t other;

    if (is_public_of_ours(flight->conf, address)) {
        return 1;
    }
    for (own = flight->own; own != NULL; own = own->ifa_next) {
        if (get_address(&other, own->ifa_addr) && is_same(address, &other)) {
            return 1;
        }
    }
    return 0;
}

/* Whether a stranger's name may have us connect to it. */
static int may_connect(const flight_t *flight, const struct sockaddr *to)
{
    address_t address;

    return get_address(&address, to) && (is_global(&address) || is_ours(flight, &address));
}

/* @return to be freed by freeaddrinfo(); NULL: there is none. @param code out: of getaddrinfo() */
static struct addrinfo *look_up(const char *name, int *code)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC }, *found = NULL;

    *code = getaddrinfo(name, NULL, &hints, &found);
    return *code == 0 ? found : NULL;
}

/* Where a redirect leads. @return 0: nowhere that we go to */
static int follow(const flight_t *flight, mssl_url_t *url, const char *location,
                  struct sockaddr_storage *to)
{
    mssl_url_t before = *url;
    const struct addrinfo *at;
    struct addrinfo *found;
    int code, is_good = 0;

    if (location[0] == '/' && location[1] != '/') {
        location = apr_psprintf(flight->pool, "%s://%s:%d%s", before.is_https ? "https" : "http",
                                before.name, (int)before.port, location);
    }
    if (mssl_url_parse(url, location, flight->pool, NULL) != APR_SUCCESS
        || (url->port != 80 && url->port != 443 && url->port != before.port)) {
        return 0;
    }
    if (strcmp(url->name, before.name) == 0) {
        return 1; /* the same server, which is the one that is looked at */
    }
    found = look_up(url->name, &code);
    for (at = found; at != NULL && !is_good; at = at->ai_next) {
        is_good = may_connect(flight, at->ai_addr);
        if (is_good) {
            memcpy(to, at->ai_addr, at->ai_addrlen);
        }
    }
    if (found != NULL) {
        freeaddrinfo(found);
    }
    return is_good;
}

/* What one address answers. @param status out: of another one's answer */
static mssl_job_found_t fetch(const flight_t *flight, const struct addrinfo *from, int *status)
{
    apr_time_t end = mssl_monotonic_now() + flight->conf->patience;
    int port = flight->conf->port != 0 ? flight->conf->port : 80, i;
    struct sockaddr_storage to = { 0 };
    mssl_fetched_t fetched;
    mssl_url_t url;

    memcpy(&to, from->ai_addr, from->ai_addrlen);
    if (mssl_url_parse(&url, apr_psprintf(flight->pool, "http://%s:%d" PATH "%s",
                                          flight->name, port, flight->token), flight->pool, NULL)
        != APR_SUCCESS) {
        return MSSL_FOUND_UNKNOWN;
    }
    for (i = 0; i <= REDIRECTS_MAX; i++) {
        mssl_fetch(&fetched, &url, &to, end, flight->pool);
        if (fetched.location == NULL) {
            break;
        }
        if (!follow(flight, &url, fetched.location, &to)) {
            return MSSL_FOUND_UNKNOWN;
        }
    }
    *status = fetched.status;
    if (fetched.status == 0) {
        return MSSL_FOUND_UNKNOWN;
    }
    return fetched.status == 200 && fetched.len == strlen(flight->token)
                   && memcmp(fetched.body, flight->token, fetched.len) == 0
               ? MSSL_FOUND_OURS
               : MSSL_FOUND_ELSEWHERE;
}

static apr_status_t put_token(flight_t *flight, mssl_reason_t *why)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0644 };
    unsigned char random[TOKEN_BYTES];

    flight->folder = mssl_tokens_open(flight->conf->challenge_dir, 1);
    if (flight->folder < 0) {
        return mssl_reason_set(why, errno, "%s", strerror(errno));
    }
    if (RAND_bytes(random, sizeof(random)) != 1) {
        return mssl_reason_set_openssl(why, APR_EGENERAL, "there are no random bytes");
    }
    mssl_text_hex(flight->token, random, sizeof(random));
    return mssl_file_write_lazily(flight->folder, flight->token, flight->token,
                                  strlen(flight->token), &owner, why);
}

/* Of one address. @param status out: of another one's answer */
static mssl_job_found_t look_at(const flight_t *flight, const struct addrinfo *at,
                                char address[INET6_ADDRSTRLEN], int *status)
{
    mssl_job_found_t found = may_connect(flight, at->ai_addr) ? fetch(flight, at, status)
                                                              : MSSL_FOUND_UNKNOWN;

    address[0] = '\0';
    getnameinfo(at->ai_addr, at->ai_addrlen, address, INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST);
    if (flight->conf->seen != NULL) {
        flight->conf->seen(flight->conf->seen_baton, address, found, *status);
    }
    return found;
}

/* From each address. A CA takes any of them, IPv6 first: one that is another server's is enough. */
static mssl_job_found_t fetch_all(flight_t *flight, const struct addrinfo *found,
                                  mssl_reason_t *why)
{
    mssl_job_found_t all = MSSL_FOUND_UNKNOWN;
    char address[INET6_ADDRSTRLEN];
    const struct addrinfo *at;
    int i = 0, status = 0;

    for (at = found; at != NULL && i < ADDRESSES_MAX; at = at->ai_next, i++) {
        mssl_job_found_t one = look_at(flight, at, address, &status);

        if (one == MSSL_FOUND_ELSEWHERE && all != MSSL_FOUND_ELSEWHERE) {
            mssl_reason_set(why, APR_SUCCESS, "another server answers for %s at %s (status %d to a "
                            "file of ours below " PATH ")", flight->name, address,
                            status);
        }
        if (one == MSSL_FOUND_ELSEWHERE && flight->conf->seen == NULL) {
            return one;
        }
        all = one == MSSL_FOUND_ELSEWHERE || (one == MSSL_FOUND_OURS && all != MSSL_FOUND_ELSEWHERE)
                  ? one : all;
    }
    if (all == MSSL_FOUND_UNKNOWN) {
        mssl_reason_set(why, APR_SUCCESS, "nobody answers for %s that can be asked from here",
                        flight->name);
    }
    return all;
}

mssl_job_found_t mssl_preflight(const mssl_preflight_t *preflight, const char *name,
                                apr_pool_t *pool, mssl_reason_t *why)
{
    flight_t flight = { .conf = preflight, .name = name, .folder = -1, .pool = pool };
    mssl_job_found_t found = MSSL_FOUND_UNKNOWN;
    mssl_reason_t fault = { "" };
    struct addrinfo *addresses;
    int code;

    why->text[0] = '\0';
    if (name[0] == '*') {
        return MSSL_FOUND_UNKNOWN;
    }
    addresses = look_up(name, &code);
    if (addresses == NULL && (code == EAI_NONAME
#ifdef EAI_NODATA
                              || code == EAI_NODATA
#endif
                              )) {
        mssl_reason_set(why, APR_SUCCESS, "%s has no address in the DNS", name);
        return MSSL_FOUND_NO_ADDRESS;
    }
    if (addresses == NULL) {
        mssl_reason_set(why, APR_SUCCESS, "the DNS says nothing of %s: %s", name,
                        gai_strerror(code));
        return MSSL_FOUND_UNKNOWN;
    }
    if (getifaddrs(&flight.own) != 0) {
        flight.own = NULL;
    }
    if (put_token(&flight, &fault) == APR_SUCCESS) {
        found = fetch_all(&flight, addresses, why);
        unlinkat(flight.folder, flight.token, 0);
    }
    else {
        mssl_reason_set(why, APR_SUCCESS, "no file can be put into %s: %s",
                        preflight->challenge_dir, fault.text);
    }
    if (flight.folder >= 0) {
        close(flight.folder);
    }
    if (flight.own != NULL) {
        freeifaddrs(flight.own);
    }
    freeaddrinfo(addresses);
    return found;
}

int mssl_preflight_leads_here(const apr_array_header_t *addresses, const char *name)
{
    const mssl_preflight_t conf = { .addresses = addresses };
    flight_t flight = { .conf = &conf, .name = name };
    int code, is_here = 0, i = 0;
    struct addrinfo *found = look_up(name, &code);
    const struct addrinfo *at;
    address_t address;

    if (found == NULL) {
        return 0;
    }
    if (getifaddrs(&flight.own) != 0) {
        flight.own = NULL;
    }
    for (at = found; at != NULL && i < ADDRESSES_MAX && !is_here; at = at->ai_next, i++) {
        is_here = get_address(&address, at->ai_addr) && is_ours(&flight, &address);
    }
    if (flight.own != NULL) {
        freeifaddrs(flight.own);
    }
    freeaddrinfo(found);
    return is_here;
}
