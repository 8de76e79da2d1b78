/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_MEMORY_H
#define MSSL_LIB_STEWARD_MEMORY_H

/**
 * @file memory.h
 * What each command was told, in files of MSSLStateDir/notified that outlive processes and reboots,
 * one for each command: it is known by its words. One steward at a time has them. One thread.
 */

#include "lib/steward/notice.h"
#include "lib/notify/settings.h"

/** Hexadecimal digits and the NUL. */
#define MSSL_MEMORY_NAME_SIZE 33

/** The file of a command. */
void mssl_memory_make_name(char name[MSSL_MEMORY_NAME_SIZE], const char *const *argv);

/** Why a text is not taken, where nothing more is to be said. */
#define MSSL_MEMORY_FAULT "it is cut off, or was written by something else"

/**
 * One file of that folder.
 * @param dir descriptor of the folder
 * @param take what it has, its text. APR_EINVAL, with the fault: it is damaged, and nothing is known
 * @return APR_SUCCESS, also where there is no file; APR_EINVAL: it is damaged, and was set aside as
 *         FILE.bad; other, with why
 */
apr_status_t mssl_memory_read(int dir, const char *file, apr_size_t max,
                              apr_status_t (*take)(void *baton, const char *text,
                                                   mssl_reason_t *fault), void *baton, apr_pool_t *pool, mssl_reason_t *why);

/** What a command was told of names, by mssl_memory_read(). @param notices in and out */
apr_status_t mssl_memory_load(mssl_notices_t *notices, int dir, const char *name, apr_pool_t *pool,
                              mssl_reason_t *why);

apr_status_t mssl_memory_save(const mssl_notices_t *notices, int dir, const char *name,
                              apr_pool_t *pool, mssl_reason_t *why);

/**
 * Be the only one, until the descriptor is closed.
 * @return the descriptor; -1: somebody else is, or it cannot be found out, with errno
 */
int mssl_memory_lock(int dir);

#endif /* MSSL_LIB_STEWARD_MEMORY_H */
