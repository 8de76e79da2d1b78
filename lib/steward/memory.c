/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/memory.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"

#define LOCK_FILE "lock"
/** A million names are some 60 MB. */
#define SIZE_MAX_BYTES ((apr_size_t)256 * 1024 * 1024)

void mssl_memory_make_name(char name[MSSL_MEMORY_NAME_SIZE], const char *const *argv)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    /* The NUL of each word keeps "a b" and "ab" apart. */
    if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1) {
        for (; *argv != NULL; argv++) {
            EVP_DigestUpdate(ctx, *argv, strlen(*argv) + 1);
        }
        EVP_DigestFinal_ex(ctx, digest, NULL);
    }
    EVP_MD_CTX_free(ctx);
    mssl_text_hex(name, digest, MSSL_MEMORY_NAME_SIZE / 2);
}

apr_status_t mssl_memory_read(int dir, const char *file, apr_size_t max,
                              apr_status_t (*take)(void *baton, const char *text,
                                                   mssl_reason_t *fault), void *baton, apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_reason_t fault = { "" };
    const char *text;
    apr_size_t len;
    apr_pool_t *sub;
    apr_status_t rv;

    apr_pool_create(&sub, pool);
    rv = mssl_file_slurp(&text, &len, dir, file, max, sub, &fault);
    if (rv == APR_SUCCESS) {
        rv = strlen(text) == len ? take(baton, text, &fault)
                                 : mssl_reason_set(&fault, APR_EINVAL, "it has a NUL in it");
    }
    if (rv == APR_EINVAL) {
        renameat(dir, file, dir, apr_pstrcat(sub, file, ".bad", NULL));
        mssl_reason_set(why, rv, MSSL_NOTIFIED_DIR "/%s: %s; set aside as %s.bad", file, fault.text,
                        file);
    }
    else if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv)) {
        mssl_reason_set(why, rv, MSSL_NOTIFIED_DIR "/%s", fault.text);
    }
    apr_pool_destroy(sub);
    return APR_STATUS_IS_ENOENT(rv) ? APR_SUCCESS : rv;
}

static apr_status_t take_notices(void *baton, const char *text, mssl_reason_t *fault)
{
    return mssl_notices_load(baton, text, fault);
}

apr_status_t mssl_memory_load(mssl_notices_t *notices, int dir, const char *name, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    return mssl_memory_read(dir, name, SIZE_MAX_BYTES, take_notices, notices, pool, why);
}

apr_status_t mssl_memory_save(const mssl_notices_t *notices, int dir, const char *name,
                              apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    const char *text = mssl_notices_save(notices, pool);

    return mssl_file_write(dir, name, text, strlen(text), &owner, why);
}

int mssl_memory_lock(int dir)
{
    int fd = openat(dir, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;

        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}
