/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROVIDERS_CENSUS_H
#define MSSL_LIB_PROVIDERS_CENSUS_H

/**
 * @file census.h
 * What a list of a directory tells beside its keys: which names are in there. A look at a name's
 * files asks for some thirty paths, most of which are not there; who goes through all names has
 * listed the directory anyway, and asks the kernel for what it may have only.
 *
 * What a census lacks is not there as long as the directory looks as it did when the list began, and
 * was not young then (as in lib/files/memo.c). What it has may be there or not: it is looked at, so
 * that a hash that two names share costs a look. Letters of ASCII are one in both cases, for a file
 * system that has it so.
 *
 * None is taken of a directory with a name of other bytes, or with more than some millions; where a
 * list may lack what can be opened (on a network, by FUSE, by an automounter); and of what may not be
 * searched, as what is there cannot be told there from what is not.
 *
 * Made by one thread; read by any once it has ended.
 */

#include <sys/stat.h>

#include <apr_time.h>

typedef struct mssl_census_t mssl_census_t;

/** The directory itself, and its folders 00 to ff behind it. */
#define MSSL_CENSUS_ROOT 0
#define MSSL_CENSUS_PLACES 257

/** @return NULL: no memory; it is an aid, and all goes on without */
mssl_census_t *mssl_census_new(void);
void mssl_census_free(mssl_census_t *census);

/**
 * A list of a place begins: nothing of it was read so far.
 * @param fd of the directory
 * @param now microseconds
 */
void mssl_census_enter(mssl_census_t *census, int place, int fd, apr_time_t now);

/** Its list has this name. */
void mssl_census_add(mssl_census_t *census, int place, const char *name);

/** All lists were read to their ends. @return 0: it knows no place, or no memory; to be freed */
int mssl_census_end(mssl_census_t *census);

/** Whether a place is as it was. @param st what stat() says of it now */
int mssl_census_holds(const mssl_census_t *census, int place, const struct stat *st);

/** Of a place that is as it was. @return 0: it is not there; 1: it may be */
int mssl_census_may_have(const mssl_census_t *census, int place, const char *name);

#endif /* MSSL_LIB_PROVIDERS_CENSUS_H */
