/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * A store provider of a third party, the smallest that is of use: a pattern of paths.
 *
 *     LoadModule mssl_pattern_module modules/mod_mssl_pattern.so
 *     MSSLCertStore pattern:/srv/customers/%s/tls/all.pem
 *
 * Build and install it with nothing but the installed header (docs/providers.md):
 *
 *     apxs -i -c mod_mssl_pattern.c
 */

#include <httpd.h>
#include <http_config.h>
#include <ap_provider.h>
#include <apr_strings.h>
#include <mod_mssl.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef SAMPLE_OTHER_VERSION
#define VERSION "2"
#else
#define VERSION MSSL_STORE_PROVIDER_VERSION
#endif

typedef struct pattern_t {
    const char *before, *behind; /* of the "%s" */
} pattern_t;

static apr_status_t fail(mssl_reason_t *why, apr_status_t rv, const char *what, const char *about)
{
    apr_snprintf(why->text, sizeof(why->text), "%s: %s", about, what);
    return rv;
}

static apr_status_t pattern_check(const char *arg, apr_pool_t *ptemp, mssl_reason_t *why)
{
    const char *mark = strchr(arg, '%');

    (void)ptemp;
    if (arg[0] != '/' || mark == NULL || mark[1] != 's' || strchr(mark + 1, '%') != NULL) {
        return fail(why, APR_EINVAL, "use an absolute path with one %s, where the name goes", arg);
    }
    return APR_SUCCESS;
}

static apr_status_t pattern_make(void **instance, const char *arg, apr_pool_t *pool,
                                 mssl_reason_t *why)
{
    pattern_t *pattern = apr_pcalloc(pool, sizeof(*pattern));
    const char *mark = strchr(arg, '%');

    (void)why; /* check() has passed */
    pattern->before = apr_pstrndup(pool, arg, (apr_size_t)(mark - arg));
    pattern->behind = apr_pstrdup(pool, mark + 2);
    *instance = pattern;
    return APR_SUCCESS;
}

/* Equal as long as the file is the same and nobody wrote to it. */
static void set_stamp(mssl_stamp_t *stamp, const struct stat *st)
{
    apr_uint64_t part[4];

    part[0] = (apr_uint64_t)st->st_dev;
    part[1] = (apr_uint64_t)st->st_ino;
    part[2] = (apr_uint64_t)st->st_size;
    part[3] = (apr_uint64_t)st->st_ctim.tv_sec * 1000000000u + (apr_uint64_t)st->st_ctim.tv_nsec;
    memcpy(stamp->digest, part, sizeof(stamp->digest));
}

/* What is wrong with the file is the item's, not the store's. */
static void read_item(mssl_item_t *item, int fd, const struct stat *st, apr_pool_t *pool)
{
    char *data;
    ssize_t len;

    if (!S_ISREG(st->st_mode) || st->st_size > MSSL_FILE_MAX) {
        item->rv = fail(&item->why, APR_EINVAL, "not a file of at most 1 MB", item->label);
        return;
    }
    data = apr_pcalloc(pool, (apr_size_t)st->st_size + 1);
    len = read(fd, data, (size_t)st->st_size);
    if (len != st->st_size) {
        item->rv = fail(&item->why, APR_EAGAIN, "could not be read whole", item->label);
        return;
    }
    item->cert.data = data;
    item->cert.len = (apr_size_t)len;
}

static apr_status_t pattern_fetch(void *instance, mssl_question_t *question)
{
    const pattern_t *pattern = instance;
    mssl_item_t *item = &question->out->item[0];
    const char *name = question->key[0] == '*' ? apr_pstrcat(question->pool, "_",
                                                             question->key + 1, NULL)
                                               : question->key;
    const char *path = apr_pstrcat(question->pool, pattern->before, name, pattern->behind, NULL);
    apr_status_t rv = APR_SUCCESS;
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? APR_NOTFOUND : fail(question->why, errno, "cannot be opened", path);
    }
    if (fstat(fd, &st) != 0) {
        rv = fail(question->why, errno, "cannot be looked at", path);
        close(fd);
        return rv;
    }
    set_stamp(&question->out->stamp, &st);
    if (question->known != NULL
        && memcmp(question->known, &question->out->stamp, sizeof(mssl_stamp_t)) == 0) {
        rv = APR_EEXIST;
    }
    else {
        item->label = item->key_label = path;
        item->format = MSSL_FORMAT_PEM;
        question->out->nitems = 1;
        read_item(item, fd, &st, question->pool);
    }
    close(fd);
    return rv;
}

static const mssl_store_provider_t provider = {
    .check = pattern_check,
    .make = pattern_make,
    .fetch = pattern_fetch
};

static void register_hooks(apr_pool_t *p)
{
    ap_register_provider(p, MSSL_STORE_PROVIDER_GROUP, "pattern", VERSION, &provider);
}

module AP_MODULE_DECLARE_DATA mssl_pattern_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};
