/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/files/slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"

static int is_trusted(const struct stat *st, uid_t owner)
{
    return S_ISREG(st->st_mode) && (st->st_mode & 022) == 0
           && (st->st_uid == 0 || st->st_uid == owner);
}

/* @return APR_SUCCESS; APR_EOF: it is shorter than it was; other */
static apr_status_t fill(int fd, char *text, apr_size_t len)
{
    apr_size_t at = 0;

    while (at < len) {
        ssize_t n = read(fd, text + at, len - at);

        if (n == 0 || (n < 0 && errno != EINTR)) {
            return n == 0 ? APR_EOF : errno;
        }
        at += n > 0 ? (apr_size_t)n : 0;
    }
    return APR_SUCCESS;
}

apr_status_t mssl_file_slurp(const char **text, apr_size_t *len, int dir, const char *name,
                             apr_size_t max, apr_pool_t *pool, mssl_reason_t *why)
{
    return mssl_file_slurp_of(text, len, dir, name, max, geteuid(), pool, why);
}

apr_status_t mssl_file_slurp_of(const char **text, apr_size_t *len, int dir, const char *name,
                                apr_size_t max, uid_t owner, apr_pool_t *pool, mssl_reason_t *why)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    apr_status_t rv;
    struct stat st;
    char *data;

    *text = NULL;
    *len = 0;
    if (fd < 0) {
        return mssl_reason_set(why, errno, "%s: %s", name, strerror(errno));
    }
    if (fstat(fd, &st) != 0 || !is_trusted(&st, owner)) {
        close(fd);
        return mssl_reason_set(why, APR_EACCES, "%s: is no file that only root or %s can write",
                               name, owner == geteuid() ? "we" : "its owner");
    }
    if ((apr_uint64_t)st.st_size > max) {
        close(fd);
        return mssl_reason_set(why, APR_EINVAL, "%s: is too large", name);
    }
    data = apr_palloc(pool, (apr_size_t)st.st_size + 1);
    rv = fill(fd, data, (apr_size_t)st.st_size);
    close(fd);
    if (rv != APR_SUCCESS) {
        return mssl_reason_set(why, rv, "%s: cannot be read", name);
    }
    data[st.st_size] = '\0';
    *text = data;
    *len = (apr_size_t)st.st_size;
    return APR_SUCCESS;
}

apr_status_t mssl_file_slurp_json(const mssl_json_value_t **root, int dir, const char *name,
                                  apr_size_t max, const char *schema, uid_t owner,
                                  apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_reason_t fault = { "" };
    const char *text;
    apr_size_t len;
    apr_status_t rv = mssl_file_slurp_of(&text, &len, dir, name, max, owner, pool, why);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = mssl_json_read(root, text, len, pool, &fault);
    if (rv == APR_SUCCESS && strcmp(mssl_json_get_text(*root, "schema", ""), schema) != 0) {
        rv = mssl_reason_set(&fault, APR_EINVAL, "it is another version's");
    }
    return rv == APR_SUCCESS ? rv : mssl_reason_set(why, rv, "%s: %s", name, fault.text);
}
