/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/workfiles.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/issue/accept.h"
#include "lib/issue/issuer.h"
#include "lib/issue/shelf.h"

#define BAD_CHAIN MSSL_WORK_CHAIN ".bad"

apr_status_t mssl_workfiles_read_chain(mssl_working_t *working, mssl_buffer_t *chain)
{
    const char *text;
    apr_size_t len;
    apr_status_t rv = mssl_file_slurp(&text, &len, working->folder, MSSL_WORK_CHAIN, MSSL_CHAIN_MAX,
                                      working->pool, &working->why);

    chain->max = MSSL_CHAIN_MAX;
    return rv == APR_SUCCESS ? mssl_buffer_add(chain, text, len) : rv;
}

void mssl_workfiles_refuse_chain(const mssl_working_t *working)
{
    renameat(working->folder, MSSL_WORK_CHAIN, working->folder, BAD_CHAIN);
}

apr_status_t mssl_workfiles_write(mssl_working_t *working, const char *file,
                                  const mssl_buffer_t *data)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };

    return mssl_file_write(working->folder, file, data->data, data->len, &owner, &working->why);
}

void mssl_workfiles_write_replaced(mssl_working_t *working)
{
    mssl_buffer_t chain = { .max = 0 };

    unlinkat(working->folder, MSSL_WORK_REPLACES, 0);
    if (working->job->why == MSSL_WHY_RENEWAL
        && mssl_shelf_read_chain(&chain, working->conf->dir, working->job->name, NULL)
               == APR_SUCCESS) {
        mssl_workfiles_write(working, MSSL_WORK_REPLACES, &chain);
    }
    mssl_buffer_free(&chain);
}

apr_time_t mssl_workfiles_get_replaced(const mssl_working_t *working)
{
    const mssl_job_t *job = working->job;

    return job->why == MSSL_WHY_RENEWAL && job->serial[0] != '\0'
                   && mssl_issuing_has_ca(working->conf->issuing, job->directory)
               ? job->not_after : 0;
}
