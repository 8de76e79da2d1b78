/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* What the inventory tells the steward of folders of names: all of it is within the file, or none is. */

#include <apr_general.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/providers/namebook.h"

#define REQUIRE(condition)                              \
    do {                                                \
        if (!(condition)) {                             \
            fprintf(stderr, "%s\n", #condition);        \
            abort();                                    \
        }                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/mssl-fuzz-XXXXXX";
static int dir = -1;

static void end(void)
{
    unlinkat(dir, MSSL_NAMEBOOK_FILE, 0);
    rmdir(folder);
}

static void check_page(const mssl_namepage_t *page)
{
    const char *name;
    size_t at = 0, len;
    int n = 0;

    REQUIRE(page->pattern[0] == '/' && page->names.n >= 0 && page->names.n <= MSSL_NAMEFOLDER_MAX);
    while (mssl_namepage_next(page, &at, &name, &len)) {
        REQUIRE(len > 0 && memchr(name, '\n', len) == NULL && memchr(name, '\0', len) == NULL);
        n++;
    }
    REQUIRE(n == page->names.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_array_header_t *pages;
    apr_pool_t *pool;
    apr_status_t rv;
    int fd, i;

    if (dir < 0) {
        apr_initialize();
        REQUIRE(mkdtemp(folder) != NULL);
        dir = open(folder, O_RDONLY | O_DIRECTORY);
        atexit(end);
    }
    fd = openat(dir, MSSL_NAMEBOOK_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    REQUIRE(write(fd, data, size) == (ssize_t)size);
    close(fd);
    apr_pool_create(&pool, NULL);
    rv = mssl_namebook_load(&pages, dir, pool, NULL);
    REQUIRE(rv == APR_SUCCESS || pages->nelts == 0);
    for (i = 0; i < pages->nelts; i++) {
        check_page(&APR_ARRAY_IDX(pages, i, mssl_namepage_t));
    }
    apr_pool_destroy(pool);
    return 0;
}
