/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/hash.h"

#include <apr_time.h>
#include <openssl/rand.h>
#include <string.h>

typedef struct sip_t {
    apr_uint64_t v0, v1, v2, v3;
} sip_t;

void mssl_hash_seed_init(mssl_hash_seed_t *seed)
{
    if (RAND_bytes((unsigned char *)seed, sizeof(*seed)) != 1) {
        /* Without random numbers there is no TLS either; only the hash is weaker here. */
        seed->k0 = (apr_uint64_t)apr_time_now();
        seed->k1 = (apr_uint64_t)(size_t)seed;
    }
}

static apr_uint64_t rotate(apr_uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static void rounds(sip_t *s, int n)
{
    while (n-- > 0) {
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v2 = rotate(s->v2, 32);
    }
}

static void absorb(sip_t *s, apr_uint64_t word)
{
    s->v3 ^= word;
    rounds(s, 2);
    s->v0 ^= word;
}

apr_uint64_t mssl_hash_bytes(const mssl_hash_seed_t *seed, const void *data, size_t len)
{
    const unsigned char *p = data;
    sip_t s = { seed->k0 ^ 0x736f6d6570736575ULL, seed->k1 ^ 0x646f72616e646f6dULL,
                seed->k0 ^ 0x6c7967656e657261ULL, seed->k1 ^ 0x7465646279746573ULL };
    apr_uint64_t word;
    size_t left;

    for (left = len; left >= sizeof(word); left -= sizeof(word), p += sizeof(word)) {
        memcpy(&word, p, sizeof(word));
        absorb(&s, word);
    }
    word = 0;
    memcpy(&word, p, left);
    absorb(&s, word ^ ((apr_uint64_t)len << 56));
    s.v2 ^= 0xff;
    rounds(&s, 4);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
