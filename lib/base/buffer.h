/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_BUFFER_H
#define MSSL_LIB_BASE_BUFFER_H

/**
 * @file buffer.h
 * Bytes that grow, up to a bound. Outside of pools, which would keep each size that it had. One
 * thread.
 */

#include <apr_errno.h>
#include <stddef.h>

/** {NULL, 0, 0, max} is an empty one. */
typedef struct mssl_buffer_t {
    char *data; /**< NUL-terminated behind len; NULL: nothing was put in */
    size_t len, size;
    size_t max; /**< bytes that it may have at most */
} mssl_buffer_t;

/**
 * Put bytes in.
 * @param buffer a mssl_buffer_t: it is a mssl_json_sink_fn (lib/base/json.h)
 * @return APR_SUCCESS; APR_ENOSPC: more than max; APR_ENOMEM. Nothing was put in then
 */
apr_status_t mssl_buffer_add(void *buffer, const char *data, size_t len);

/** Put a text in, as printf() would write it. */
apr_status_t mssl_buffer_print(mssl_buffer_t *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Wipe and free; it is empty then. */
void mssl_buffer_free(mssl_buffer_t *buffer);

#endif /* MSSL_LIB_BASE_BUFFER_H */
