/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/memory.h"

#include <apr_shm.h>
#include <apr_strings.h>
#include <http_log.h>
#include <unistd.h>

#include "httpd/conf/conf.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

void *mssl_memory_get(server_rec *s, const char *name, apr_size_t size, int *is_new)
{
    apr_pool_t *pool = s->process->pool;
    /* The module is unloaded and loaded anew: a layout of another size is another memory. */
    const char *key = apr_psprintf(pool, "mssl:%s:%" APR_SIZE_T_FMT, name, size);
    void *memory = NULL;
    apr_shm_t *shm;

    apr_pool_userdata_get(&memory, key, pool);
    if (is_new != NULL) {
        *is_new = memory == NULL;
    }
    if (memory == NULL && apr_shm_create(&shm, size, NULL, pool) == APR_SUCCESS) {
        memory = apr_shm_baseaddr_get(shm); /* zeroed by the kernel, page by page */
        apr_pool_userdata_setn(memory, key, apr_pool_cleanup_null, pool);
    }
    return memory;
}

/** What is kept of the table of what was good last. */
typedef struct kept_t {
    int fd; /* -1: there is none */
    uid_t owner;
} kept_t;

void mssl_memory_report_lastgood(const server_rec *s, apr_status_t rv)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, MSSLNO(0184) "no shared memory for what was "
                 "good last: each process remembers for itself, new ones nothing");
}

mssl_lastgood_t *mssl_memory_get_lastgood(server_rec *s, uid_t owner, apr_pool_t *pconf)
{
    /* Another layout is another number. */
    static const char key[] = "mssl:lastgood:1";
    apr_pool_t *pool = s->process->pool;
    void *kept = NULL;
    kept_t *table;
    apr_status_t rv;

    apr_pool_userdata_get(&kept, key, pool);
    table = kept != NULL ? kept : apr_palloc(pool, sizeof(*table));
    if (kept == NULL) {
        table->fd = -1;
        apr_pool_userdata_set(table, key, apr_pool_cleanup_null, pool);
    }
    if (table->fd >= 0 && table->owner != owner) {
        close(table->fd);
        table->fd = -1;
    }
    if (table->fd < 0) {
        table->owner = owner;
        rv = mssl_lastgood_make(&table->fd, owner);
        if (rv != APR_SUCCESS) {
            mssl_memory_report_lastgood(s, rv);
            return NULL;
        }
    }
    return mssl_lastgood_new(table->fd, pconf);
}

mssl_told_t *mssl_memory_get_told(server_rec *s)
{
    int is_new;
    void *memory = mssl_memory_get(s, "told", mssl_told_size(), &is_new);

    if (memory == NULL) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0140) "no shared memory for what was "
                     "told: each child tells of bad certificates for itself");
        return NULL;
    }
    return is_new ? mssl_told_make(memory) : memory;
}
