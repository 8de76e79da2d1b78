/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/trouble.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <errno.h>
#include <string.h>

#include "lib/base/reason.h"

struct mssl_trouble_t {
    apr_pool_t *names_pool;
    apr_hash_t *names; /* name -> apr_status_t * */
    apr_status_t all;  /* 0: nothing */
};

static void forget_names(mssl_trouble_t *trouble)
{
    apr_pool_clear(trouble->names_pool);
    trouble->names = apr_hash_make(trouble->names_pool);
}

mssl_trouble_t *mssl_trouble_make(apr_pool_t *pool)
{
    mssl_trouble_t *trouble = apr_pcalloc(pool, sizeof(*trouble));

    apr_pool_create(&trouble->names_pool, pool);
    forget_names(trouble);
    return trouble;
}

static int is_of_all(apr_status_t rv)
{
    static const apr_status_t statuses[] = { ENOSPC, EDQUOT, EROFS, EIO, ENOMEM, EAGAIN, EMFILE,
                                             ENFILE };
    size_t i;

    for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (rv == statuses[i]) {
            return 1;
        }
    }
    return 0;
}

static apr_status_t *get(const mssl_trouble_t *trouble, const char *name)
{
    return apr_hash_get(trouble->names, name, APR_HASH_KEY_STRING);
}

/* @return whether it was not known */
static int note_own(mssl_trouble_t *trouble, const char *name, apr_status_t rv)
{
    apr_status_t *known = get(trouble, name);
    int is_news = known == NULL || *known != rv;

    if (known == NULL && apr_hash_count(trouble->names) < MSSL_TROUBLE_MAX) {
        known = apr_palloc(trouble->names_pool, sizeof(*known));
        apr_hash_set(trouble->names, apr_pstrdup(trouble->names_pool, name), APR_HASH_KEY_STRING,
                     known);
    }
    if (known != NULL) {
        *known = rv;
    }
    return is_news;
}

int mssl_trouble_note(mssl_trouble_t *trouble, const char *name, apr_status_t rv)
{
    int is_news = is_of_all(rv) ? trouble->all != rv : note_own(trouble, name, rv);

    trouble->all = is_of_all(rv) ? rv : trouble->all;
    return is_news;
}

int mssl_trouble_end(mssl_trouble_t *trouble, const char *name, mssl_reason_t *text)
{
    int is_known = get(trouble, name) != NULL, was = trouble->all;

    trouble->all = 0;
    if (is_known) {
        apr_hash_set(trouble->names, name, APR_HASH_KEY_STRING, NULL);
        if (apr_hash_count(trouble->names) == 0) {
            forget_names(trouble); /* what was taken away left its memory behind */
        }
    }
    mssl_reason_set(text, APR_SUCCESS, "%s: it is worked on again%s%s", name,
                    was != 0 ? ", and so is every name; what was in the way: " : "",
                    was != 0 ? strerror(was) : "");
    return is_known || was != 0;
}
