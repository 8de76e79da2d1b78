/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/pack.h"

#include <string.h>

#define ROOT '\1'   /* at the beginning: the store's path */
#define FOLDER '\2' /* at the beginning: the folder that that is in */
#define NAME '\3'
#define MARKS "\1\2\3"

/* The path of a store's label: behind its first colon. @return its length; 0: none */
static size_t path_of(const char *label, const char **path, size_t *folder_len)
{
    const char *colon = label != NULL ? strchr(label, ':') : NULL;

    *folder_len = 0;
    if (colon == NULL || colon[1] != '/') {
        return 0;
    }
    *path = colon + 1;
    *folder_len = (size_t)(strrchr(*path, '/') - *path);
    return strlen(*path);
}

static int begins(const char *file, const char *path, size_t len)
{
    return len > 0 && strncmp(file, path, len) == 0 && file[len] == '/';
}

size_t mssl_pack_file(char *out, size_t max, const char *file, const char *label,
                      const char *name)
{
    const char *path = NULL;
    size_t folder_len, path_len = path_of(label, &path, &folder_len);
    size_t name_len = strlen(name), n = 0;

    if (strpbrk(file, MARKS) != NULL || max == 0) {
        return 0;
    }
    if (begins(file, path, path_len)) {
        out[n++] = ROOT;
        file += path_len;
    }
    else if (begins(file, path, folder_len)) {
        out[n++] = FOLDER;
        file += folder_len;
    }
    while (*file != '\0' && n < max) {
        int is_name = name_len > 0 && strncmp(file, name, name_len) == 0;

        out[n++] = is_name ? NAME : *file;
        file += is_name ? name_len : 1;
    }
    return *file == '\0' ? n : 0;
}

static size_t append(char *out, size_t max, size_t at, const char *text, size_t len)
{
    if (at < max && len > 0) {
        memcpy(out + at, text, len < max - at ? len : max - at);
    }
    return at + len;
}

size_t mssl_pack_unpack(char *out, size_t max, const char *packed, size_t len, const char *label,
                        const char *name)
{
    const char *path = NULL;
    size_t folder_len, path_len = path_of(label, &path, &folder_len), n = 0, i;

    for (i = 0; i < len; i++) {
        if (i == 0 && packed[i] == ROOT) {
            n = append(out, max, n, path, path_len);
        }
        else if (i == 0 && packed[i] == FOLDER) {
            n = append(out, max, n, path, folder_len);
        }
        else if (packed[i] == NAME) {
            n = append(out, max, n, name, strlen(name));
        }
        else {
            n = append(out, max, n, &packed[i], 1);
        }
    }
    if (max > 0) {
        out[n < max ? n : max - 1] = '\0';
    }
    return n;
}
