/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/buffer.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 4096

/* As much again, so that n bytes are moved n times at most; what it was is wiped. */
static apr_status_t grow(mssl_buffer_t *buffer, size_t len)
{
    size_t size = buffer->size != 0 ? buffer->size : FIRST_SIZE;
    char *data;

    if (len > buffer->max || buffer->len > buffer->max - len) {
        return APR_ENOSPC;
    }
    while (size <= buffer->len + len) {
        size *= 2;
    }
    if (size == buffer->size) {
        return APR_SUCCESS;
    }
    data = malloc(size);
    if (data == NULL) {
        return APR_ENOMEM;
    }
    if (buffer->data != NULL) {
        memcpy(data, buffer->data, buffer->len);
        OPENSSL_cleanse(buffer->data, buffer->len);
        free(buffer->data);
    }
    buffer->data = data;
    buffer->size = size;
    return APR_SUCCESS;
}

apr_status_t mssl_buffer_add(void *to, const char *data, size_t len)
{
    mssl_buffer_t *buffer = to;
    apr_status_t rv = grow(buffer, len);

    if (rv == APR_SUCCESS) {
        memcpy(buffer->data + buffer->len, data, len);
        buffer->len += len;
        buffer->data[buffer->len] = '\0';
    }
    return rv;
}

apr_status_t mssl_buffer_print(mssl_buffer_t *buffer, const char *format, ...)
{
    apr_status_t rv;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    rv = n < 0 ? APR_EGENERAL : grow(buffer, (size_t)n);
    if (rv == APR_SUCCESS) {
        va_start(args, format);
        vsnprintf(buffer->data + buffer->len, (size_t)n + 1, format, args);
        va_end(args);
        buffer->len += (size_t)n;
    }
    return rv;
}

void mssl_buffer_free(mssl_buffer_t *buffer)
{
    if (buffer->data != NULL) {
        OPENSSL_cleanse(buffer->data, buffer->len);
        free(buffer->data);
    }
    buffer->data = NULL;
    buffer->len = buffer->size = 0;
}
