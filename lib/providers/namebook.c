/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/providers/namebook.h"

#include <apr_strings.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/reason.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"

#define HEAD "mssl-folders 1"
#define WORD "folder\t"
#define END "end\t"
/** Of one with all names that there may be, and then some. */
#define SIZE_MAX_BYTES ((apr_size_t)512 * 1024 * 1024)
#define HEAD_MAX 8192
/** Times are microseconds in 64 bits. */
#define SECONDS_MAX (APR_INT64_MAX / APR_USEC_PER_SEC)

/** Fields of a page's first line. */
enum { PATTERN = 0, DEV, INO, LISTED, COUNT, WHY, FIELDS };

static void clean(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text;
    }
}

static void add_page(mssl_writing_t *writing, const mssl_namepage_t *page)
{
    char line[HEAD_MAX];
    mssl_reason_t why;

    apr_cpystrn(why.text, page->why != NULL ? page->why : "-", sizeof(why.text));
    clean(why.text);
    apr_snprintf(line, sizeof(line), WORD "%s\t%" APR_UINT64_T_FMT "\t%" APR_UINT64_T_FMT
                 "\t%" APR_TIME_T_FMT "\t%d\t%s\n", page->pattern, page->dev, page->ino,
                 apr_time_sec(page->listed), page->listed != 0 ? page->names.n : -1, why.text);
    mssl_file_add(writing, line, strlen(line));
    mssl_file_add(writing, page->names.text, page->names.len);
}

apr_status_t mssl_namebook_save(const mssl_namepage_t *page, int n, int dir, mssl_reason_t *why)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0640 };
    mssl_writing_t *writing;
    apr_status_t rv = mssl_file_begin(&writing, dir, MSSL_NAMEBOOK_FILE, &owner, why);
    apr_int64_t lines = 1;
    char end[64];
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    mssl_file_add(writing, HEAD "\n", strlen(HEAD "\n"));
    for (i = 0; i < n; i++) {
        add_page(writing, &page[i]);
        lines += 1 + page[i].names.n;
    }
    apr_snprintf(end, sizeof(end), END "%" APR_INT64_T_FMT "\n", lines);
    mssl_file_add(writing, end, strlen(end));
    return mssl_file_end(writing, 1, why);
}

/* The next line, NUL in the place of its end. @return NULL: there is none, or it has no end */
static char *next_line(char **at)
{
    char *line = *at, *end = strchr(line, '\n');

    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    *at = end + 1;
    return line;
}

static apr_uint64_t parse_number(const char *text)
{
    return strtoull(text, NULL, 10);
}

/* A page's first line. @param n out: how many names are to follow @return 0: it is none */
static int parse_page(mssl_namepage_t *page, char *line, int *n)
{
    char *field[FIELDS];
    apr_int64_t count, listed;
    int i = 0;

    for (line += strlen(WORD); line != NULL && i < FIELDS; i++) {
        field[i] = strsep(&line, "\t");
    }
    if (i < FIELDS || line != NULL || *field[PATTERN] != '/') {
        return 0;
    }
    count = apr_strtoi64(field[COUNT], NULL, 10);
    listed = apr_strtoi64(field[LISTED], NULL, 10);
    if (count > MSSL_NAMEFOLDER_MAX || listed < 0 || listed > SECONDS_MAX) {
        return 0;
    }
    memset(page, 0, sizeof(*page));
    page->pattern = field[PATTERN];
    page->dev = parse_number(field[DEV]);
    page->ino = parse_number(field[INO]);
    page->listed = count < 0 ? 0 : apr_time_from_sec(listed);
    page->why = strcmp(field[WHY], "-") != 0 ? field[WHY] : NULL;
    *n = count < 0 ? 0 : (int)count;
    return 1;
}

/* So many lines, as they are. @return 0: there are not so many, or one begins another page */
static int take_names(mssl_namepage_t *page, char **at, int n)
{
    const char *begin = *at;
    int i;

    for (i = 0; i < n; i++) {
        const char *end = strchr(*at, '\n');

        if (end == NULL || end == *at || memchr(*at, '\t', (size_t)(end - *at)) != NULL) {
            return 0;
        }
        *at += end + 1 - *at;
    }
    page->names.text = begin;
    page->names.len = (size_t)(*at - begin);
    page->names.n = n;
    return 1;
}

/* @return whether it is whole */
static int parse(apr_array_header_t *pages, char *at)
{
    const char *head = next_line(&at);
    apr_int64_t lines = 1;
    char *line;
    int n;

    if (head == NULL || strcmp(head, HEAD) != 0) {
        return 0;
    }
    while ((line = next_line(&at)) != NULL && strncmp(line, WORD, strlen(WORD)) == 0) {
        mssl_namepage_t *page = apr_array_push(pages);

        if (!parse_page(page, line, &n) || !take_names(page, &at, n)) {
            return 0;
        }
        lines += 1 + n;
    }
    return line != NULL && *at == '\0' && strncmp(line, END, strlen(END)) == 0
           && apr_strtoi64(line + strlen(END), NULL, 10) == lines;
}

apr_status_t mssl_namebook_load(apr_array_header_t **pages, int dir, apr_pool_t *pool,
                                mssl_reason_t *why)
{
    const char *text;
    apr_size_t len;
    struct stat st;
    apr_status_t rv;

    *pages = apr_array_make(pool, 2, sizeof(mssl_namepage_t));
    if (fstat(dir, &st) != 0) {
        return mssl_reason_set(why, errno, MSSL_NAMEBOOK_PATH ": %s", strerror(errno));
    }
    /* Whose the folder is: so is the file. */
    rv = mssl_file_slurp_of(&text, &len, dir, MSSL_NAMEBOOK_FILE, SIZE_MAX_BYTES, st.st_uid, pool,
                            why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (strlen(text) == len && parse(*pages, (char *)text)) {
        return APR_SUCCESS;
    }
    apr_array_clear(*pages);
    return mssl_reason_set(why, APR_EINVAL, MSSL_NAMEBOOK_PATH ": is damaged");
}

const mssl_namepage_t *mssl_namebook_find(const apr_array_header_t *pages, const char *pattern)
{
    int i;

    for (i = 0; i < pages->nelts; i++) {
        const mssl_namepage_t *page = &APR_ARRAY_IDX(pages, i, mssl_namepage_t);

        if (strcmp(page->pattern, pattern) == 0) {
            return page;
        }
    }
    return NULL;
}

int mssl_namepage_next(const mssl_namepage_t *page, size_t *at, const char **name, size_t *len)
{
    const char *end;

    if (*at >= page->names.len) {
        return 0;
    }
    *name = page->names.text + *at;
    end = memchr(*name, '\n', page->names.len - *at);
    *len = end != NULL ? (size_t)(end - *name) : page->names.len - *at;
    *at += *len + 1;
    return 1;
}
