/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/file.h"

#include <apr_strings.h>
#include <openssl/evp.h>
#include <string.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/files/write.h"

/** The longest file name that is written, bytes. */
#define FILE_MAX 4096

/** The mode that the steward's group can read by. */
static const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0640 };

typedef struct save_t {
    mssl_writing_t *writing;
    EVP_MD_CTX *digest;
    apr_uint32_t lines;
    size_t used;
    char line[32768]; /* the one at hand; the longest fit */
} save_t;

static void add_raw(save_t *save, const char *text, size_t len)
{
    if (len < sizeof(save->line) - save->used) {
        memcpy(save->line + save->used, text, len);
        save->used += len;
    }
}

static void add_field(save_t *save, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *at = (const unsigned char *)(text != NULL && *text != '\0' ? text : "-");

    if (save->used > 0) {
        add_raw(save, "\t", 1);
    }
    for (; *at != '\0'; at++) {
        char escaped[3] = { '%', hex[*at >> 4], hex[*at & 15] };
        int is_plain = *at >= ' ' && *at < 0x7f && *at != '%';

        add_raw(save, is_plain ? (const char *)at : escaped, is_plain ? 1 : sizeof(escaped));
    }
}

static void add_number(save_t *save, apr_int64_t number)
{
    char text[24];

    apr_snprintf(text, sizeof(text), "%" APR_INT64_T_FMT, number);
    add_field(save, text);
}

/* Seconds; what is not a time is "-". */
static void add_time(save_t *save, apr_time_t time)
{
    if (time <= 0 || time >= APR_INT64_MAX - 2 * APR_USEC_PER_SEC) {
        add_field(save, NULL);
    }
    else {
        add_number(save, time / APR_USEC_PER_SEC);
    }
}

static void add_hex(save_t *save, const unsigned char *bytes, size_t len)
{
    char text[2 * sizeof(mssl_stamp_t) + 1];

    mssl_text_hex(text, bytes, len < sizeof(mssl_stamp_t) ? len : sizeof(mssl_stamp_t));
    add_field(save, text);
}

static void end_line(save_t *save)
{
    add_raw(save, "\n", 1);
    EVP_DigestUpdate(save->digest, save->line, save->used);
    mssl_file_add(save->writing, save->line, save->used);
    save->lines++;
    save->used = 0;
}

static void put_head(save_t *save, const mssl_book_t *book, const mssl_progress_t *progress)
{
    int i;

    add_field(save, "mssl-inventory 1");
    end_line(save);
    add_field(save, "walk");
    add_number(save, progress->number);
    add_number(save, progress->first);
    add_time(save, progress->walk.started);
    add_time(save, progress->walk.ended);
    add_number(save, progress->walk.took);
    add_number(save, progress->walk.seen);
    add_number(save, progress->walk.is_complete != 0);
    end_line(save);
    if (progress->source >= 0) {
        add_field(save, "at");
        add_number(save, progress->source);
        add_field(save, progress->key);
        end_line(save);
    }
    for (i = 0; i < book->nshelves; i++) {
        const mssl_shelf_t *shelf = &book->shelf[i];

        add_field(save, "store");
        add_number(save, i);
        if (shelf->is_new) {
            add_field(save, "new");
        }
        else {
            add_number(save, shelf->is_reachable != 0);
        }
        add_number(save, shelf->can_list != 0);
        add_field(save, shelf->label);
        add_field(save, shelf->why.text);
        end_line(save);
    }
}

static void put_dates(save_t *save, const mssl_fact_t *fact)
{
    add_field(save, mssl_key_type_name(fact->type));
    add_time(save, fact->dates.from);
    add_time(save, fact->dates.until);
    add_time(save, fact->dates.chain_from);
    add_time(save, fact->dates.chain_until);
    add_hex(save, fact->sha256, sizeof(fact->sha256));
}

static const char *say_verdict(const mssl_fact_t *fact)
{
    if (fact->is_bad) {
        return "bad";
    }
    if (fact->is_last_good) {
        return fact->signs_itself ? "last" MSSL_BOOK_ITSELF : "last";
    }
    if (fact->is_kept) {
        return fact->signs_itself ? "kept" MSSL_BOOK_ITSELF : "kept";
    }
    return fact->signs_itself ? "good" MSSL_BOOK_ITSELF : "good";
}

/* One pair; fact NULL: NAME.none alone. */
static void put_line(save_t *save, int source, const char *key, const mssl_finding_t *finding,
                     const mssl_fact_t *fact)
{
    int i;

    add_field(save, key);
    add_field(save, mssl_states_get_word(finding->state));
    add_time(save, finding->since);
    add_number(save, source);
    add_field(save, fact != NULL ? say_verdict(fact) : "none");
    if (fact != NULL && !fact->is_bad) {
        put_dates(save, fact);
    }
    else {
        for (i = 0; i < 6; i++) {
            add_field(save, NULL);
        }
    }
    if (finding->has_stamp) {
        add_hex(save, finding->stamp.digest, sizeof(finding->stamp.digest));
    }
    else {
        add_field(save, NULL);
    }
    add_field(save, fact != NULL && fact->file != NULL && strlen(fact->file) <= FILE_MAX
                        ? fact->file : NULL);
    add_field(save, fact != NULL ? fact->reason : NULL);
    end_line(save);
}

static void put_entries(save_t *save, const mssl_book_t *book, apr_pool_t *pool)
{
    mssl_finding_t *finding = apr_palloc(pool, sizeof(*finding));
    apr_pool_t *sub;
    apr_uint32_t i;
    int source, j;

    apr_pool_create(&sub, pool);
    for (source = 0; source < book->nshelves; source++) {
        for (i = 0; i < book->shelf[source].n; i++) {
            const mssl_entry_t *entry = book->shelf[source].entry[i];
            const char *key = mssl_entry_get_key(entry);

            mssl_entry_get_finding(book, source, entry, finding, sub);
            if (finding->is_excluded) {
                put_line(save, source, key, finding, NULL);
            }
            for (j = 0; j < finding->nfacts; j++) {
                put_line(save, source, key, finding, &finding->fact[j]);
            }
            if (i % 64 == 0) {
                apr_pool_clear(sub);
            }
        }
    }
}

static void put_end(save_t *save)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    apr_uint32_t lines = save->lines;

    EVP_DigestFinal_ex(save->digest, digest, NULL);
    add_field(save, "end");
    add_number(save, lines);
    add_hex(save, digest, 32);
    add_raw(save, "\n", 1);
    mssl_file_add(save->writing, save->line, save->used);
}

apr_status_t mssl_book_save(const mssl_book_t *book, const mssl_progress_t *progress, int dir,
                            mssl_reason_t *why)
{
    apr_pool_t *pool;
    save_t *save;
    apr_status_t rv = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    save = apr_pcalloc(pool, sizeof(*save));
    save->digest = EVP_MD_CTX_new();
    if (save->digest == NULL || EVP_DigestInit_ex(save->digest, EVP_sha256(), NULL) != 1) {
        rv = mssl_reason_set(why, APR_ENOMEM, "out of memory");
    }
    else {
        rv = mssl_file_begin(&save->writing, dir, MSSL_BOOK_FILE, &owner, why);
    }
    if (rv == APR_SUCCESS) {
        put_head(save, book, progress);
        put_entries(save, book, pool);
        put_end(save);
        rv = mssl_file_end(save->writing, 1, why);
    }
    EVP_MD_CTX_free(save->digest);
    apr_pool_destroy(pool);
    return rv;
}
