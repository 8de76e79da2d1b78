/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/notify/mail.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/notify/mime.h"
#include "lib/notify/standing.h"

/** Foreign texts are cut: a line of a mail has at most 998 bytes (RFC 5322, 2.1.1). */
#define TEXT_MAX 240
/** Words of the subject. */
#define SUBJECT_COUNTS 4

static const char *show(apr_pool_t *pool, const char *text)
{
    return mssl_text_shown(pool, text, TEXT_MAX);
}

/* "not_yet_valid" for people. */
static const char *say_word(apr_pool_t *pool, const char *word)
{
    char *text = apr_pstrdup(pool, show(pool, word)), *at;

    for (at = text; *at != '\0'; at++) {
        *at = *at == '_' ? ' ' : *at;
    }
    return strcmp(text, "valid") == 0 ? "valid again" : text;
}

static void add_subject(mssl_buffer_t *mail, const mssl_json_value_t *message, const char *event,
                        apr_pool_t *pool)
{
    const mssl_json_value_t *counts = mssl_json_get(message, "counts"), *count;
    int n = 0;

    mssl_buffer_print(mail, "Subject: [mssl] %s:",
                      show(pool, mssl_json_get_text(message, "server", "")));
    if (strcmp(event, "test") == 0) {
        mssl_buffer_print(mail, " a test");
    }
    for (count = counts != NULL && counts->kind == MSSL_JSON_OBJECT ? counts->first : NULL;
         count != NULL && n < SUBJECT_COUNTS; count = count->next, n++) {
        mssl_buffer_print(mail, "%s %s %s", n > 0 ? "," : "",
                          count->text != NULL ? show(pool, count->text) : "?",
                          say_word(pool, count->key));
    }
    mssl_buffer_print(mail, "%s\n", count != NULL ? ", ..." : "");
}

static void add_headers(mssl_buffer_t *mail, const char *const *to,
                        const mssl_json_value_t *message, const char *event, int has_attached,
                        apr_pool_t *pool)
{
    const char *const *address;

    mssl_buffer_print(mail, "To:");
    for (address = to; *address != NULL; address++) {
        mssl_buffer_print(mail, "%s %s", address == to ? "" : ",\n", *address);
    }
    mssl_buffer_print(mail, "\n");
    add_subject(mail, message, event, pool);
    mssl_buffer_print(mail, "Auto-Submitted: auto-generated\n" /* RFC 3834 */
                      "MIME-Version: 1.0\n");
    if (has_attached) {
        mssl_buffer_print(mail, "Content-Type: multipart/mixed;\n boundary=\"" MSSL_MIME_BOUNDARY
                          "\"\n\n--" MSSL_MIME_BOUNDARY "\n");
    }
    mssl_buffer_print(mail, "Content-Type: text/plain; charset=us-ascii\n"
                      "Content-Transfer-Encoding: 7bit\n\n");
}

/* One line of an item, where there is something to say. */
static void add_line(mssl_buffer_t *mail, const mssl_json_value_t *item, const char *key,
                     const char *label, apr_pool_t *pool)
{
    const char *text = mssl_json_get_text(item, key, NULL);

    if (text != NULL) {
        mssl_buffer_print(mail, "    %-8s %s\n", label, show(pool, text));
    }
}

static void add_item(mssl_buffer_t *mail, const mssl_json_value_t *item, apr_pool_t *pool)
{
    const mssl_json_value_t *days = mssl_json_get(item, "days_left");

    mssl_buffer_print(mail, "* %s: %s%s", show(pool, mssl_json_get_text(item, "name", "?")),
                      say_word(pool, mssl_json_get_text(item, "state", "?")),
                      mssl_json_get_bool(item, "reminder", 0) ? " (told before)" : "");
    if (days != NULL && days->kind == MSSL_JSON_NUMBER) {
        mssl_buffer_print(mail, ", days left: %s", show(pool, days->text));
    }
    mssl_buffer_print(mail, "\n");
    add_line(mail, item, "names", "names", pool);
    add_line(mail, item, "reason", "why", pool);
    add_line(mail, item, "not_after", "until", pool);
    add_line(mail, item, "since", "since", pool);
    add_line(mail, item, "file", "file", pool);
    add_line(mail, item, "store", "store", pool);
    add_line(mail, item, "notify", "owner", pool);
    add_line(mail, item, "explain", "more by", pool);
    mssl_buffer_print(mail, "\n");
}

apr_status_t mssl_mail_write(mssl_buffer_t *mail, const char *const *to,
                             const mssl_json_value_t *message, apr_pool_t *pool)
{
    const char *event = mssl_json_get_text(message, "event", NULL);
    const mssl_json_value_t *first = mssl_json_get_first(message, "items"), *item;
    apr_int64_t cut = mssl_json_get_int(message, "cut", 0);
    int has_attached = 0;

    if (event == NULL) {
        return APR_EINVAL;
    }
    for (item = first; item != NULL; item = item->next) {
        has_attached |= mssl_mime_has_certificate(item, pool);
    }
    add_headers(mail, to, message, event, has_attached, pool);
    mssl_buffer_print(mail, "%s, %s\n\n", show(pool, mssl_json_get_text(message, "server", "")),
                      show(pool, mssl_json_get_text(message, "time", "")));
    if (strcmp(event, "test") == 0) {
        mssl_buffer_print(mail, "This is a test: notifications of the certificates of this server "
                          "reach you.\n");
    }
    for (item = first; item != NULL; item = item->next) {
        add_item(mail, item, pool);
    }
    if (cut > 0) {
        mssl_buffer_print(mail, "... and %" APR_INT64_T_FMT " more: msslctl %s\n", cut,
                          mssl_event_is_of_jobs(event) ? "jobs" : "check");
    }
    mssl_buffer_print(mail, "-- \nmod_mssl\n");
    return has_attached ? mssl_mime_add_certificates(mail, first, pool) : mssl_buffer_print(mail, "%s", "");
}
