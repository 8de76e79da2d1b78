/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/file.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"

#define HEAD "mssl-inventory 1\n"
#define END "end\t"
#define STORES_MAX 65536
/** Fields of the line of a pair. */
#define FIELDS 14
#define HEX_LEN 64
#define NEVER (APR_INT64_MAX - APR_USEC_PER_SEC)

typedef struct load_t {
    FILE *file;
    apr_pool_t *pool;      /* of the head, and of a book that is made */
    apr_pool_t *key_pool;  /* of the key at hand */
    mssl_book_t *book;
    mssl_progress_t *progress;
    int nstores;
    apr_array_header_t *store;     /* of const mssl_shelf_t *: as the file has them */
    int *source;                   /* of the book's, by the file's number; -1: not there */
    int at;                        /* the file's number of progress->source */
    /* what was read of the key at hand */
    mssl_finding_t *finding;
    int number;                    /* of its store, -1: none is at hand */
    char key[MSSL_NAME_SIZE];
    char *line;
    size_t size;
} load_t;

static int unhex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_hex(unsigned char *out, size_t len, const char *text)
{
    size_t i;

    if (strlen(text) != 2 * len) {
        return 0;
    }
    for (i = 0; i < len; i++) {
        int high = unhex(text[2 * i]), low = unhex(text[2 * i + 1]);

        if (high < 0 || low < 0) {
            return 0;
        }
        out[i] = (unsigned char)(high << 4 | low);
    }
    return 1;
}

/* In place; "-" becomes NULL. */
static char *unescape(char *text)
{
    char *in, *out;

    if (strcmp(text, "-") == 0) {
        return NULL;
    }
    for (in = out = text; *in != '\0'; in++, out++) {
        *out = *in;
        if (*in == '%' && unhex(in[1]) >= 0 && unhex(in[2]) >= 0) {
            *out = (char)(unhex(in[1]) << 4 | unhex(in[2]));
            in += 2;
        }
    }
    *out = '\0';
    return text;
}

static apr_time_t parse_time(const char *text, apr_time_t nothing)
{
    return *text == '-' ? nothing : apr_time_from_sec(apr_atoi64(text));
}

/* @return how many fields there are, at most max */
static int split(char *line, char **field, int max)
{
    int n = 0;

    line[strcspn(line, "\n")] = '\0';
    while (line != NULL && n < max) {
        field[n++] = strsep(&line, "\t");
    }
    return line == NULL ? n : 0;
}

/* Whether the file is whole: its last line says what the rest hashes to. */
static int is_whole(load_t *load)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    unsigned char is[EVP_MAX_MD_SIZE], should[HEX_LEN / 2];
    apr_int64_t lines = 0;
    char *field[4];
    ssize_t len;
    int ok = digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1, ended = 0;

    while (ok && !ended && (len = getline(&load->line, &load->size, load->file)) > 0) {
        ok = lines > 0 || strcmp(load->line, HEAD) == 0;
        ended = strncmp(load->line, END, sizeof(END) - 1) == 0;
        if (!ended) {
            EVP_DigestUpdate(digest, load->line, (size_t)len);
            lines++;
        }
    }
    ok = ok && ended && EVP_DigestFinal_ex(digest, is, NULL) == 1
         && split(load->line, field, 4) == 3 && apr_atoi64(field[1]) == lines
         && parse_hex(should, sizeof(should), field[2])
         && memcmp(is, should, sizeof(should)) == 0;
    EVP_MD_CTX_free(digest);
    rewind(load->file);
    return ok;
}

static void take_walk(load_t *load, char **field)
{
    mssl_progress_t *progress = load->progress;

    progress->number = (apr_uint32_t)apr_atoi64(field[1]);
    progress->first = (apr_uint32_t)apr_atoi64(field[2]);
    progress->walk.started = parse_time(field[3], 0);
    progress->walk.ended = parse_time(field[4], 0);
    progress->walk.took = apr_atoi64(field[5]);
    progress->walk.seen = (apr_uint32_t)apr_atoi64(field[6]);
    progress->walk.is_complete = field[7][0] == '1';
}

/* @return 0: it has no business there */
static int take_store(load_t *load, char **field)
{
    mssl_shelf_t *shelf = apr_pcalloc(load->pool, sizeof(*shelf));
    const char *label = unescape(field[4]), *why = unescape(field[5]);

    if (apr_atoi64(field[1]) != load->store->nelts || load->store->nelts == STORES_MAX
        || label == NULL) {
        return 0;
    }
    shelf->is_new = strcmp(field[2], "new") == 0;
    shelf->is_reachable = shelf->is_new || field[2][0] == '1';
    shelf->can_list = field[3][0] == '1';
    shelf->label = apr_pstrdup(load->pool, label);
    apr_cpystrn(shelf->why.text, why != NULL ? why : "", sizeof(shelf->why.text));
    APR_ARRAY_PUSH(load->store, mssl_shelf_t *) = shelf;
    return 1;
}

/* Which source of the book a store of the file is: of those of one label the next. */
static int find_source(const load_t *load, const char *label, int n)
{
    int i, j;

    for (i = 0; i < load->book->nshelves; i++) {
        int is_taken = strcmp(load->book->shelf[i].label, label) != 0;

        for (j = 0; j < n && !is_taken; j++) {
            is_taken = load->source[j] == i;
        }
        if (!is_taken) {
            return i;
        }
    }
    return -1;
}

/* All stores are known: the first pair comes, or the end. */
static void begin_pairs(load_t *load)
{
    int i, n = load->store->nelts, is_made = load->book == NULL;

    if (is_made) {
        load->book = mssl_book_make(n, load->pool);
    }
    load->source = apr_palloc(load->pool, ((size_t)n + 1) * sizeof(*load->source));
    for (i = 0; i < n; i++) {
        const mssl_shelf_t *from = APR_ARRAY_IDX(load->store, i, mssl_shelf_t *);

        if (is_made) {
            load->book->shelf[i].label = from->label;
            load->book->shelf[i].can_list = from->can_list;
        }
        load->source[i] = is_made ? i : find_source(load, from->label, i);
        if (load->source[i] >= 0) {
            load->book->shelf[load->source[i]].is_reachable = from->is_reachable;
            load->book->shelf[load->source[i]].is_new = from->is_new;
            load->book->shelf[load->source[i]].why = from->why;
        }
    }
    load->progress->source = load->at >= 0 && load->at < n ? load->source[load->at] : -1;
}

/* What the walk under way has done already. */
static apr_uint32_t walk_of(const load_t *load)
{
    int is_done = load->at < 0 || load->number < load->at
                  || (load->number == load->at && strcmp(load->key, load->progress->key) <= 0);

    return load->progress->number - (apr_uint32_t)!is_done;
}

/* The key at hand is complete. */
static int put_key(load_t *load)
{
    apr_status_t rv = APR_SUCCESS;

    if (load->number >= 0 && load->source[load->number] >= 0) {
        rv = mssl_book_put(load->book, load->source[load->number], load->key, load->finding,
                           walk_of(load));
    }
    load->number = -1;
    return rv == APR_SUCCESS;
}

static int take_fact(load_t *load, char **field, mssl_fact_t *fact)
{
    char *itself = strchr(field[4], '-');
    int type;

    memset(fact, 0, sizeof(*fact));
    if (itself != NULL && strcmp(itself, MSSL_BOOK_ITSELF) == 0) {
        fact->signs_itself = 1;
        *itself = '\0';
    }
    fact->is_bad = strcmp(field[4], "bad") == 0;
    fact->is_last_good = strcmp(field[4], "last") == 0;
    fact->is_kept = strcmp(field[4], "kept") == 0;
    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        if (strcmp(field[5], mssl_key_type_name((mssl_key_type_t)type)) == 0) {
            fact->type = (mssl_key_type_t)type;
        }
    }
    fact->dates.from = parse_time(field[6], 0);
    fact->dates.until = parse_time(field[7], 0);
    fact->dates.chain_from = parse_time(field[8], 0);
    fact->dates.chain_until = parse_time(field[9], NEVER);
    fact->file = apr_pstrdup(load->key_pool, unescape(field[12]));
    fact->reason = apr_pstrdup(load->key_pool, unescape(field[13]));
    return fact->is_bad || parse_hex(fact->sha256, sizeof(fact->sha256), field[10]);
}

static int begin_key(load_t *load, char **field, int number)
{
    mssl_finding_t *finding = load->finding;

    if (!put_key(load)) {
        return 0;
    }
    apr_pool_clear(load->key_pool);
    memset(finding, 0, offsetof(mssl_finding_t, fact));
    load->number = number;
    apr_cpystrn(load->key, field[0], sizeof(load->key));
    finding->since = parse_time(field[2], 0);
    finding->has_stamp = parse_hex(finding->stamp.digest, sizeof(finding->stamp.digest), field[11]);
    return mssl_states_parse_word(&finding->state, field[1]);
}

static int take_pair(load_t *load, char **field)
{
    apr_int64_t number = apr_atoi64(field[3]);
    char key[MSSL_NAME_SIZE];
    mssl_finding_t *finding = load->finding;

    if (number < 0 || number >= load->nstores
        || !mssl_name_canon_pattern(key, field[0], strlen(field[0]))
        || strcmp(key, field[0]) != 0) {
        return 0;
    }
    if ((number != load->number || strcmp(key, load->key) != 0)
        && !begin_key(load, field, (int)number)) {
        return 0;
    }
    if (strcmp(field[4], "none") == 0) {
        finding->is_excluded = 1;
        return 1;
    }
    return finding->nfacts < MSSL_BOOK_FACTS_MAX
           && take_fact(load, field, &finding->fact[finding->nfacts++]);
}

/* A line before the pairs. @return 1; 0: it is wrong; -1: it is a pair's */
static int take_head(load_t *load, char **field, int n)
{
    if (strcmp(field[0], "walk") == 0 && n == 8) {
        take_walk(load, field);
        return 1;
    }
    if (strcmp(field[0], "at") == 0 && n == 3) {
        load->at = (int)apr_atoi64(field[1]);
        apr_cpystrn(load->progress->key, strcmp(field[2], "-") == 0 ? "" : field[2],
                    sizeof(load->progress->key));
        return load->at >= 0;
    }
    return strcmp(field[0], "store") == 0 && n == 6 ? take_store(load, field) : -1;
}

static int take_lines(load_t *load)
{
    char *field[FIELDS];
    int ok = 1, ended = 0, begun = 0, n;

    while (ok && !ended && getline(&load->line, &load->size, load->file) > 0) {
        if (strcmp(load->line, HEAD) == 0) {
            continue;
        }
        ended = strncmp(load->line, END, sizeof(END) - 1) == 0;
        n = split(load->line, field, FIELDS);
        ok = begun || ended || n == 0 ? -1 : take_head(load, field, n);
        if (ok < 0 && !begun) {
            begin_pairs(load);
            load->nstores = load->store->nelts;
            begun = ok = 1;
        }
        if (begun && !ended) {
            ok = n == FIELDS && take_pair(load, field);
        }
    }
    return ok && ended && put_key(load);
}

/* Nothing of a file that is no good. */
static void empty(mssl_book_t *book)
{
    int i;

    for (i = 0; book != NULL && i < book->nshelves; i++) {
        while (book->shelf[i].n > 0) {
            mssl_book_remove(book, i, book->shelf[i].n - 1);
        }
    }
}

static apr_status_t open_file(FILE **out, int dir, mssl_reason_t *why)
{
    int fd = openat(dir, MSSL_BOOK_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    *out = NULL;
    if (fd < 0) {
        return errno == ENOENT ? APR_ENOENT
                               : mssl_reason_set(why, errno, MSSL_BOOK_FILE ": %s",
                                                 strerror(errno));
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        *out = fdopen(fd, "r");
    }
    if (*out == NULL) {
        close(fd);
        return mssl_reason_set(why, APR_EINVAL, MSSL_BOOK_FILE ": it is no file");
    }
    return APR_SUCCESS;
}

apr_status_t mssl_book_load(mssl_book_t **book, mssl_progress_t *progress, int dir,
                            apr_pool_t *pool, mssl_reason_t *why)
{
    load_t load = { .progress = progress, .book = *book, .number = -1, .at = -1 };
    apr_pool_t *sub;
    apr_status_t rv;

    memset(progress, 0, sizeof(*progress));
    progress->source = -1;
    rv = open_file(&load.file, dir, why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_pool_create(&sub, pool);
    apr_pool_create(&load.key_pool, sub);
    load.pool = *book == NULL ? pool : sub;
    load.finding = apr_palloc(sub, sizeof(*load.finding));
    load.store = apr_array_make(sub, 8, sizeof(mssl_shelf_t *));
    if (!is_whole(&load) || !take_lines(&load)) {
        empty(load.book);
        memset(progress, 0, sizeof(*progress));
        progress->source = -1;
        rv = mssl_reason_set(why, APR_EINVAL, MSSL_BOOK_FILE ": it is damaged, or of another "
                             "version");
    }
    else {
        *book = load.book;
    }
    fclose(load.file);
    free(load.line);
    apr_pool_destroy(sub);
    return rv;
}

void mssl_book_set_aside(int dir)
{
    renameat(dir, MSSL_BOOK_FILE, dir, MSSL_BOOK_FILE ".bad");
}
