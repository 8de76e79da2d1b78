/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/dummyfile.h"

#include <apr_strings.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include "httpd/start/statedir.h"
#include "lib/base/reason.h"
#include "lib/files/read.h"
#include "lib/files/write.h"
#include "lib/pair/build.h"
#include "lib/pair/selfsigned.h"

static const char *name_of(mssl_key_type_t type)
{
    return type == MSSL_KEY_RSA ? "dummy-rsa.pem" : "dummy.pem";
}

const char *mssl_dummyfile_path(mssl_global_t *global, mssl_key_type_t type, apr_pool_t *p)
{
    return apr_pstrcat(p, mssl_statedir_get(global, p), "/", name_of(type), NULL);
}

apr_status_t mssl_dummyfile_put(mssl_global_t *global, mssl_key_type_t type, const char *pem,
                                apr_pool_t *ptemp, mssl_reason_t *why)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    int dir;
    apr_status_t rv = mssl_statedir_open(global, &dir, ptemp, why);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = mssl_file_write(dir, name_of(type), pem, strlen(pem), &owner, why);
    close(dir);
    return rv == APR_SUCCESS ? rv
        : mssl_reason_set(why, rv, "cannot write '%s' (%pm); free space there, or name another "
                          "folder with MSSLStateDir", mssl_dummyfile_path(global, type, ptemp),
                          &rv);
}

/** Whether a text is a pair of the type that will do for longer. */
static int is_good(const mssl_blob_t *text, mssl_key_type_t type, const char *path)
{
    mssl_item_t item = { path, path };
    mssl_reason_t why = { "" };
    mssl_pair_t *pair;
    int good;

    item.format = MSSL_FORMAT_PEM;
    item.cert = *text;
    if (mssl_pair_new(&pair, &item, &why) != APR_SUCCESS) {
        return 0;
    }
    good = mssl_pair_get_type(pair) == type && mssl_selfsigned_is_fresh(pair, apr_time_now());
    mssl_pair_unref(pair);
    return good;
}

/** @return NULL: nothing is kept, or nothing that is of use any more */
static char *read_kept(const char *path, mssl_key_type_t type, apr_pool_t *ptemp)
{
    mssl_blob_t text = { NULL, 0 };
    mssl_reason_t why = { "" };
    char *pem = NULL;

    if (mssl_file_read(&text, NULL, path, ptemp, &why) == APR_SUCCESS
        && is_good(&text, type, path)) {
        pem = OPENSSL_strdup(text.data);
    }
    if (text.data != NULL) {
        OPENSSL_cleanse((void *)text.data, text.len);
    }
    return pem;
}

char *mssl_dummyfile_have(mssl_global_t *global, mssl_key_type_t type, apr_pool_t *ptemp,
                          mssl_reason_t *why)
{
    char *pem;
    int dir;

    if (mssl_statedir_open(global, &dir, ptemp, why) != APR_SUCCESS) {
        return NULL;
    }
    close(dir);
    pem = read_kept(mssl_dummyfile_path(global, type, ptemp), type, ptemp);
    if (pem != NULL) {
        return pem;
    }
    pem = mssl_selfsigned_make(type, apr_time_now());
    if (pem == NULL) {
        mssl_reason_set(why, APR_ENOMEM, "out of memory");
    }
    else if (mssl_dummyfile_put(global, type, pem, ptemp, why) != APR_SUCCESS) {
        mssl_selfsigned_free(pem);
        pem = NULL;
    }
    return pem;
}

static apr_status_t close_memory(void *data)
{
    return close((int)(intptr_t)data) == 0 ? APR_SUCCESS : errno;
}

const char *mssl_dummyfile_lend(const char *pem, apr_pool_t *p)
{
    int fd = mssl_file_make_memory("mssl-dummy", pem, strlen(pem));

    if (fd < 0) {
        return NULL;
    }
    apr_pool_cleanup_register(p, (void *)(intptr_t)fd, close_memory, apr_pool_cleanup_null);
    return apr_psprintf(p, "/proc/self/fd/%d", fd);
}
