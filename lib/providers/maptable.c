/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/providers/maptable.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"

#define NOTE_SIZE 200
#define WORDS_MAX 4

/** A name and where its paths stand in the text. Offset 0 is never a path: a name comes first. */
typedef struct entry_t {
    apr_uint32_t name, cert, key;
} entry_t;

struct mssl_maptable_t {
    char *text;             /* names and paths, cut out in place */
    entry_t *entry;         /* in the order of the map */
    apr_uint32_t count, room;
    /* index into entry plus one; 0 is free; linear probing keeps the order */
    apr_uint32_t *slot;
    apr_uint32_t mask;
    mssl_hash_seed_t seed;
    int nwrong;
    char note[MSSL_MAPTABLE_NOTES + 1][NOTE_SIZE];
};

static void note_line(mssl_maptable_t *table, apr_uint32_t line, const char *what)
{
    if (table->nwrong < MSSL_MAPTABLE_NOTES) {
        apr_snprintf(table->note[table->nwrong], NOTE_SIZE, "line %lu: %s", (unsigned long)line,
                     what);
    }
    else {
        apr_snprintf(table->note[MSSL_MAPTABLE_NOTES], NOTE_SIZE, "%d more lines are wrong",
                     table->nwrong + 1 - MSSL_MAPTABLE_NOTES);
    }
    table->nwrong++;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Cut the next word out of a line. NULL: none is left. A quote that is not closed sets *wrong. */
static char *next_word(char **at, int *wrong)
{
    char *p = *at, *word;

    while (is_blank(*p)) {
        p++;
    }
    if (*p == '\0' || *p == '#') {
        *at = p;
        return NULL;
    }
    if (*p == '"') {
        word = ++p;
        p = strchr(p, '"');
        if (p == NULL || (p[1] != '\0' && p[1] != '#' && !is_blank(p[1]))) {
            *wrong = 1;
            return NULL;
        }
        *p++ = '\0';
        *at = p;
        return word;
    }
    word = p;
    while (*p != '\0' && !is_blank(*p)) {
        p++;
    }
    *at = *p != '\0' ? p + 1 : p;
    *p = '\0';
    return word;
}

static int add_entry(mssl_maptable_t *table, const char *name, const char *cert, const char *key)
{
    entry_t *grown;
    apr_uint32_t room;

    if (table->count == table->room) {
        room = table->room == 0 ? 1024 : table->room * 2;
        grown = realloc(table->entry, (size_t)room * sizeof(*grown));
        if (grown == NULL) {
            return 0;
        }
        table->entry = grown;
        table->room = room;
    }
    table->entry[table->count].name = (apr_uint32_t)(name - table->text);
    table->entry[table->count].cert = (apr_uint32_t)(cert - table->text);
    table->entry[table->count++].key = key != NULL ? (apr_uint32_t)(key - table->text) : 0;
    return 1;
}

/* The names of a line, each made canonical where it stands: that is never longer. */
static int add_names(mssl_maptable_t *table, apr_uint32_t number, char *names, const char *cert,
                     const char *key)
{
    char canon[MSSL_NAME_SIZE];
    char *next;
    int ok = 1, is_wrong = 0;

    for (; ok && names != NULL; names = next) {
        next = strchr(names, ',');
        if (next != NULL) {
            *next++ = '\0';
        }
        if (mssl_name_canon_pattern(canon, names, strlen(names)) == 0) {
            is_wrong = 1;
            continue;
        }
        memcpy(names, canon, strlen(canon) + 1);
        ok = add_entry(table, names, cert, key);
    }
    if (is_wrong) {
        note_line(table, number, "not a host name; write name or *.parent in ASCII (xn-- form), "
                  "several with commas and no blanks");
    }
    return ok;
}

/* 0 only when memory is short. */
static int add_line(mssl_maptable_t *table, apr_uint32_t number, char *line)
{
    char *word[WORDS_MAX];
    int n = 0, wrong = 0;

    while (n < WORDS_MAX && (word[n] = next_word(&line, &wrong)) != NULL) {
        n++;
    }
    if (n == 0 && !wrong) {
        return 1;
    }
    if (wrong || n < 2 || n > 3 || word[1][0] == '\0' || word[n - 1][0] == '\0') {
        note_line(table, number, wrong ? "a quote is not closed" : "must be NAME[,NAME...] "
                  "CERT-FILE [KEY-FILE]; a path with blanks goes in double quotes");
        return 1;
    }
    return add_names(table, number, word[0], word[1], n == 3 ? word[2] : NULL);
}

static int add_lines(mssl_maptable_t *table, apr_size_t len)
{
    char *line = table->text, *end = table->text + len, *next;
    apr_uint32_t number;

    if (len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3; /* Windows editors begin a file with it */
    }
    for (number = 1; line < end; number++, line = next) {
        next = memchr(line, '\n', (size_t)(end - line));
        if (next == NULL) {
            next = end;
        }
        if (memchr(line, '\0', (size_t)(next - line)) != NULL) {
            note_line(table, number, "holds a NUL byte");
            next++;
            continue;
        }
        *next = '\0';
        if (next > line && next[-1] == '\r') {
            next[-1] = '\0';
        }
        next++;
        if (!add_line(table, number, line)) {
            return 0;
        }
    }
    return 1;
}

static apr_uint32_t first_slot(const mssl_maptable_t *table, const char *key)
{
    return (apr_uint32_t)mssl_hash_bytes(&table->seed, key, strlen(key)) & table->mask;
}

static int build_slots(mssl_maptable_t *table)
{
    apr_uint32_t i, at, size = 16;

    while (size < table->count * 2ULL) {
        size *= 2;
    }
    table->mask = size - 1;
    table->slot = calloc(size, sizeof(*table->slot));
    if (table->slot == NULL) {
        return 0;
    }
    for (i = 0; i < table->count; i++) {
        at = first_slot(table, table->text + table->entry[i].name);
        while (table->slot[at] != 0) {
            at = (at + 1) & table->mask;
        }
        table->slot[at] = i + 1;
    }
    return 1;
}

mssl_maptable_t *mssl_maptable_new(char *text, apr_size_t len)
{
    mssl_maptable_t *table = calloc(1, sizeof(*table));

    if (table == NULL) {
        free(text);
        return NULL;
    }
    table->text = text;
    mssl_hash_seed_init(&table->seed);
    if (!add_lines(table, len) || !build_slots(table)) {
        mssl_maptable_free(table);
        return NULL;
    }
    return table;
}

void mssl_maptable_free(mssl_maptable_t *table)
{
    if (table != NULL) {
        free(table->slot);
        free(table->entry);
        free(table->text);
        free(table);
    }
}

mssl_maprow_t mssl_maptable_get_row(const mssl_maptable_t *table, apr_size_t i)
{
    const entry_t *entry = &table->entry[i];
    mssl_maprow_t row = { table->text + entry->cert, NULL };

    if (entry->key != 0) {
        row.key = table->text + entry->key;
    }
    return row;
}

int mssl_maptable_find(const mssl_maptable_t *table, const char *key, mssl_maprow_t *rows, int max)
{
    apr_uint32_t at;
    const entry_t *entry;
    int n = 0;

    for (at = first_slot(table, key); n < max && table->slot[at] != 0;
         at = (at + 1) & table->mask) {
        entry = &table->entry[table->slot[at] - 1];
        if (strcmp(table->text + entry->name, key) == 0) {
            rows[n++] = mssl_maptable_get_row(table, table->slot[at] - 1);
        }
    }
    return n;
}

apr_size_t mssl_maptable_count(const mssl_maptable_t *table)
{
    return table->count;
}

const char *mssl_maptable_get_key(const mssl_maptable_t *table, apr_size_t i)
{
    return table->text + table->entry[i].name;
}

const char *mssl_maptable_get_note(const mssl_maptable_t *table, int i)
{
    return i < table->nwrong && i <= MSSL_MAPTABLE_NOTES ? table->note[i] : NULL;
}
