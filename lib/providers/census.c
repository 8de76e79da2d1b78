/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/providers/census.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/base/hash.h"
#include "lib/files/read.h"

/** Bits for each name, which sets two: of 100 names that are not there, two are asked for. */
#define BITS 16

/** A directory with more is one that somebody fills: it costs time, and no memory. */
#define NAMES_MAX 4000000

/** How a place looked when its list began. */
typedef struct place_t {
    int is_known;
    dev_t dev;
    ino_t ino;
    struct timespec mtime, ctime;
} place_t;

struct mssl_census_t {
    mssl_hash_seed_t seed; /* so that nobody makes names that all seem to be there */
    int is_short;          /* of memory, or there are too many */
    place_t place[MSSL_CENSUS_PLACES];
    apr_uint64_t *found;   /* hashes of what is there, until the end */
    size_t n, room;
    unsigned char *bits;   /* from the end on */
    apr_uint64_t mask;     /* of their number, a power of two */
};

mssl_census_t *mssl_census_new(void)
{
    mssl_census_t *census = calloc(1, sizeof(*census));

    if (census != NULL) {
        mssl_hash_seed_init(&census->seed);
    }
    return census;
}

void mssl_census_free(mssl_census_t *census)
{
    if (census != NULL) {
        free(census->found);
        free(census->bits);
        free(census);
    }
}

/* File systems of this machine that keep a directory's times, and list all that can be opened. */
static int lists_all(int fd)
{
    static const unsigned long kinds[] = {
        0xef53 /* ext */, 0x58465342 /* XFS */, 0x9123683e /* btrfs */, 0xf2f52010 /* F2FS */,
        0x2fc12fc1 /* ZFS */, 0xca451a4e /* bcachefs */, 0x01021994 /* tmpfs */,
        0x858458f6 /* ramfs */, 0x794c7630 /* overlayfs */
    };
    struct statfs fs;
    size_t i;
    int found = 0;

    if (fstatfs(fd, &fs) != 0) {
        return 0;
    }
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        found |= ((unsigned long)fs.f_type & 0xffffffffUL) == kinds[i];
    }
    return found && fs.f_namelen == NAME_MAX;
}

void mssl_census_enter(mssl_census_t *census, int place, int fd, apr_time_t now)
{
    place_t *at = &census->place[place];
    struct stat st;

    if (fstat(fd, &st) != 0 || mssl_file_is_young(&st, now) || !lists_all(fd)
        || faccessat(fd, ".", X_OK, AT_EACCESS) != 0) {
        return;
    }
    at->is_known = 1;
    at->dev = st.st_dev;
    at->ino = st.st_ino;
    at->mtime = st.st_mtim;
    at->ctime = st.st_ctim;
}

/*
 * @param is_plain out: the name has no bytes but ASCII
 * @return two numbers in one, of the place and of the name in small letters
 */
static apr_uint64_t hash_of(const mssl_census_t *census, int place, const char *name,
                            int *is_plain)
{
    unsigned char text[2 + NAME_MAX];
    size_t n = 0;

    text[n++] = (unsigned char)(place >> 8);
    text[n++] = (unsigned char)place;
    *is_plain = 1;
    for (; *name != '\0' && n < sizeof(text); name++) {
        text[n++] = (unsigned char)(*name >= 'A' && *name <= 'Z' ? *name | 0x20 : *name);
        *is_plain &= ((unsigned char)*name & 0x80) == 0;
    }
    return mssl_hash_bytes(&census->seed, text, n);
}

void mssl_census_add(mssl_census_t *census, int place, const char *name)
{
    size_t room = census->room * 2 + 1024;
    apr_uint64_t *more;
    int is_plain;

    if (census->is_short || !census->place[place].is_known) {
        return;
    }
    if (census->n == census->room) {
        more = census->n < NAMES_MAX ? realloc(census->found, room * sizeof(*more)) : NULL;
        if (more == NULL) {
            census->is_short = 1;
            return;
        }
        census->found = more;
        census->room = room;
    }
    census->found[census->n++] = hash_of(census, place, name, &is_plain);
    census->place[place].is_known = is_plain;
}

static void set_bit(mssl_census_t *census, apr_uint64_t number)
{
    number &= census->mask;
    census->bits[number / 8] |= (unsigned char)(1u << number % 8);
}

static int has_bit(const mssl_census_t *census, apr_uint64_t number)
{
    number &= census->mask;
    return (census->bits[number / 8] & 1u << number % 8) != 0;
}

static int knows_any(const mssl_census_t *census)
{
    int i, known = 0;

    for (i = 0; i < MSSL_CENSUS_PLACES; i++) {
        known |= census->place[i].is_known;
    }
    return known && !census->is_short;
}

int mssl_census_end(mssl_census_t *census)
{
    apr_uint64_t bits = 64;
    size_t i;

    while (bits < census->n * BITS) {
        bits *= 2;
    }
    census->mask = bits - 1;
    census->bits = knows_any(census) ? calloc(1, (size_t)bits / 8) : NULL;
    for (i = 0; census->bits != NULL && i < census->n; i++) {
        set_bit(census, census->found[i]);
        set_bit(census, census->found[i] >> 32);
    }
    free(census->found);
    census->found = NULL;
    return census->bits != NULL;
}

static int is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

int mssl_census_holds(const mssl_census_t *census, int place, const struct stat *st)
{
    const place_t *at = &census->place[place];

    return at->is_known && at->dev == st->st_dev && at->ino == st->st_ino
           && is_same_time(&at->mtime, &st->st_mtim) && is_same_time(&at->ctime, &st->st_ctim);
}

int mssl_census_may_have(const mssl_census_t *census, int place, const char *name)
{
    int is_plain;
    apr_uint64_t hash;

    if (strlen(name) > NAME_MAX) {
        return 1; /* the kernel says something else of it */
    }
    hash = hash_of(census, place, name, &is_plain);
    return has_bit(census, hash) && has_bit(census, hash >> 32);
}
