/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/files/read.h"

/** The coarsest clock of a file system (FAT; NFS and ext3 count seconds). */
#define YOUNG (2 * APR_USEC_PER_SEC)

/** What of a file's state goes into the stamp. */
typedef struct state_t {
    apr_uint64_t dev, ino, size, mode;
    apr_int64_t mtime, mtime_ns, ctime, ctime_ns;
    apr_int64_t err;
    apr_int64_t young; /* the time of looking, for a file that may change unnoticed */
} state_t;

apr_status_t mssl_stamper_init(mssl_stamper_t *stamper, mssl_sight_t *sight)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    stamper->ctx = ctx;
    stamper->now = apr_time_now();
    stamper->denied = 0;
    stamper->has_no_rule = 0;
    stamper->sight = sight;
    if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(ctx);
        stamper->ctx = NULL;
        return APR_ENOMEM;
    }
    return APR_SUCCESS;
}

int mssl_file_is_young(const struct stat *st, apr_time_t now)
{
    apr_time_t changed = apr_time_make(st->st_ctim.tv_sec, st->st_ctim.tv_nsec / 1000);

    return changed > now - YOUNG && changed < now + YOUNG;
}

static void add_state(mssl_stamper_t *stamper, const struct stat *st)
{
    state_t state;

    memset(&state, 0, sizeof(state));
    state.dev = st->st_dev;
    state.ino = st->st_ino;
    state.mode = st->st_mode;
    /* A directory's own size and times change with every file beside ours. */
    if (!S_ISDIR(st->st_mode)) {
        state.size = (apr_uint64_t)st->st_size;
        state.mtime = st->st_mtim.tv_sec;
        state.mtime_ns = st->st_mtim.tv_nsec;
        state.ctime = st->st_ctim.tv_sec;
        state.ctime_ns = st->st_ctim.tv_nsec;
        if (mssl_file_is_young(st, stamper->now)) {
            state.young = stamper->now;
        }
    }
    EVP_DigestUpdate(stamper->ctx, &state, sizeof(state));
}

static void add_error(mssl_stamper_t *stamper, int err)
{
    state_t state;

    memset(&state, 0, sizeof(state));
    state.err = err;
    EVP_DigestUpdate(stamper->ctx, &state, sizeof(state));
}

static void note_unsure(mssl_stamper_t *stamper)
{
    if (stamper->sight != NULL) {
        stamper->sight->is_unsure = 1;
    }
}

/* 0 when nothing is there. st is zeroed when it could not be looked at. */
static int add_path(mssl_stamper_t *stamper, const char *path, struct stat *st)
{
    struct stat self;

    memset(st, 0, sizeof(*st));
    EVP_DigestUpdate(stamper->ctx, path, strlen(path) + 1);
    if (lstat(path, st) != 0) {
        add_error(stamper, errno);
        if (errno == EACCES) {
            stamper->denied = 1;
        }
        if (errno != ENOENT && errno != ENOTDIR) {
            note_unsure(stamper);
        }
        /* A name that is too long for a file cannot be there. */
        return errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG;
    }
    add_state(stamper, st);
    self = *st;
    if (S_ISLNK(st->st_mode)) {
        if (stat(path, st) != 0) {
            add_error(stamper, errno);
            memset(st, 0, sizeof(*st));
            note_unsure(stamper);
            return 1;
        }
        if (!stamper->has_no_rule && !mssl_file_may_follow(&self, st)) {
            add_error(stamper, EACCES); /* reading it says the same */
            note_unsure(stamper);
            return 1;
        }
        add_state(stamper, st);
    }
    if (stamper->sight != NULL) {
        mssl_sight_add(stamper->sight, path, &self, S_ISLNK(self.st_mode) ? st : NULL,
                       stamper->now);
    }
    return 1;
}

int mssl_stamper_add(mssl_stamper_t *stamper, const char *path)
{
    struct stat st;

    return add_path(stamper, path, &st);
}

int mssl_stamper_add_dir(mssl_stamper_t *stamper, const char *path)
{
    struct stat st;

    return add_path(stamper, path, &st) && S_ISDIR(st.st_mode);
}

void mssl_stamper_add_lacking(mssl_stamper_t *stamper, const char *path)
{
    EVP_DigestUpdate(stamper->ctx, path, strlen(path) + 1);
    add_error(stamper, ENOENT);
}

void mssl_stamper_final(mssl_stamper_t *stamper, mssl_stamp_t *stamp)
{
    memset(stamp, 0, sizeof(*stamp));
    EVP_DigestFinal_ex(stamper->ctx, stamp->digest, NULL);
    EVP_MD_CTX_free(stamper->ctx);
    stamper->ctx = NULL;
}
