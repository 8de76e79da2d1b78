/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/revoked.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/hash.h"
#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/pair/passphrase.h"

/** "../revoked/" and a digest. */
#define PATH_SIZE (sizeof(MSSL_REVOKED_DIR) + 2 * MSSL_SHA256_LEN + 8)

apr_status_t mssl_revoked_note(int dir, const char *sha256, mssl_reason_t *why)
{
    int folder = openat(dir, MSSL_REVOKED_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int fd = folder < 0 ? -1 : openat(folder, sha256, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    int err = fd < 0 || fsync(fd) != 0 || fsync(folder) != 0 ? errno : 0;

    if (fd >= 0) {
        close(fd);
    }
    if (folder >= 0) {
        close(folder);
    }
    return err == 0 ? APR_SUCCESS
                    : mssl_reason_set(why, err, MSSL_REVOKED_DIR "/%s: %s", sha256, strerror(err));
}

static int is_noted(int beside, X509 *cert)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * MSSL_SHA256_LEN + 1], path[PATH_SIZE];
    struct stat st;

    if (X509_digest(cert, EVP_sha256(), digest, NULL) != 1) {
        return 1; /* no memory to tell */
    }
    mssl_text_hex(hex, digest, MSSL_SHA256_LEN);
    apr_snprintf(path, sizeof(path), "../" MSSL_REVOKED_DIR "/%s", hex);
    return fstatat(beside, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int mssl_revoked_has(int beside, const mssl_item_t *item)
{
    BIO *bio = item->cert.len > 0 ? BIO_new_mem_buf(item->cert.data, (int)item->cert.len) : NULL;
    int is = 0;
    X509 *cert;

    while (!is && bio != NULL
           && (cert = PEM_read_bio_X509(bio, NULL, mssl_passphrase_refuse, NULL)) != NULL) {
        is = is_noted(beside, cert);
        X509_free(cert);
    }
    BIO_free(bio);
    ERR_clear_error();
    return is;
}
