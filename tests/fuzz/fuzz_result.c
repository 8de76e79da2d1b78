/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* What an issuer leaves as its file "result": texts that a job's file can hold, times that come. */

#include <apr_general.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/issue/result.h"

#define NOW apr_time_from_sec(APR_INT64_C(1800000000))

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
    unlinkat(dir, MSSL_RESULT_FILE, 0);
    rmdir(folder);
}

static int is_text(const char *text, size_t size)
{
    size_t len = strnlen(text, size);

    return len < size && strspn(text, " ") <= len && strpbrk(text, "\r\n\t\x7f") == NULL;
}

static int is_wait(apr_time_t time)
{
    return time == 0 || (time > NOW && time <= NOW + 90 * apr_time_from_sec(86400));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mssl_result_t result;
    apr_pool_t *pool;
    int fd;

    if (dir < 0) {
        apr_initialize();
        REQUIRE(mkdtemp(folder) != NULL);
        dir = open(folder, O_RDONLY | O_DIRECTORY);
        atexit(end);
    }
    fd = openat(dir, MSSL_RESULT_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    REQUIRE(write(fd, data, size) == (ssize_t)size);
    close(fd);
    apr_pool_create(&pool, NULL);
    mssl_result_read(&result, dir, NOW, pool);
    REQUIRE(is_text(result.order, sizeof(result.order)) && is_text(result.text, sizeof(result.text))
            && is_text(result.waits_for, sizeof(result.waits_for)));
    REQUIRE(result.class >= MSSL_CLASS_NONE && result.class < MSSL_CLASSES);
    REQUIRE(is_wait(result.poll_after) && is_wait(result.retry_at));
    REQUIRE(result.renew_at >= 0 && result.paid_until >= 0);
    apr_pool_destroy(pool);
    return 0;
}
