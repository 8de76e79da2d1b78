/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/copied.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/hash.h"
#include "lib/base/name.h"
#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/files/write.h"

#define FILE_NAME "copied"
#define TEXT_MAX ((size_t)64 << 20)

static void take_line(apr_hash_t *copied, char *line, apr_pool_t *pool)
{
    char *blank = strchr(line, ' '), name[MSSL_NAME_SIZE];

    if (blank != NULL && strlen(blank + 1) == 2 * MSSL_SHA256_LEN
        && mssl_name_canon_pattern(name, line, (size_t)(blank - line))) {
        apr_hash_set(copied, apr_pstrdup(pool, name), APR_HASH_KEY_STRING,
                     apr_pstrdup(pool, blank + 1));
    }
}

apr_hash_t *ctl_copied_read(const ctl_server_t *server, apr_pool_t *pool)
{
    mssl_buffer_t text = { .max = TEXT_MAX };
    apr_hash_t *copied = apr_hash_make(pool);
    mssl_reason_t why = { "" };
    char *state = NULL, *line;

    if (server->state_dir != NULL
        && ctl_server_read_file(apr_pstrcat(pool, server->state_dir, "/" FILE_NAME, NULL), &text,
                                &why) == APR_SUCCESS && text.data != NULL) {
        for (line = apr_strtok(text.data, "\n", &state); line != NULL;
             line = apr_strtok(NULL, "\n", &state)) {
            take_line(copied, line, pool);
        }
    }
    mssl_buffer_free(&text);
    return copied;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

apr_status_t ctl_copied_write(const ctl_server_t *server, apr_hash_t *copied, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    static const mssl_owner_t mine = { (uid_t)-1, (gid_t)-1, 0600 };
    int dir = mssl_folder_open(AT_FDCWD, server->state_dir);
    apr_array_header_t *lines = apr_array_make(pool, 16, sizeof(const char *));
    apr_hash_index_t *hi;
    const char *text;
    apr_status_t rv;

    if (dir < 0) {
        return mssl_reason_set(why, errno, "%s: cannot be opened (%s)", server->state_dir,
                               strerror(errno));
    }
    for (hi = apr_hash_first(pool, copied); hi != NULL; hi = apr_hash_next(hi)) {
        APR_ARRAY_PUSH(lines, const char *) =
            apr_pstrcat(pool, (const char *)apr_hash_this_key(hi), " ",
                        (const char *)apr_hash_this_val(hi), "\n", NULL);
    }
    qsort(lines->elts, (size_t)lines->nelts, sizeof(const char *), compare);
    text = apr_array_pstrcat(pool, lines, '\0');
    rv = mssl_file_write_changed(dir, FILE_NAME, text, strlen(text), &mine, NULL, why);
    close(dir);
    return rv;
}
