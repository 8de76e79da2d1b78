/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/notify/letter.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/mailbox.h"
#include "lib/base/name.h"
#include "lib/base/text.h"
#include "lib/notify/mime.h"
#include "lib/notify/standing.h"

/** What is longer is cut. */
#define TEXT_MAX 1000
/** Of a date and time, the date. */
#define DATE_LEN 10

static const mssl_event_t events[MSSL_LETTERS] = {
    [MSSL_LETTER_ISSUED] = MSSL_EVENT_ISSUED,
    [MSSL_LETTER_FAILED] = MSSL_EVENT_FAILED,
    [MSSL_LETTER_PENDING] = MSSL_EVENT_PENDING,
    [MSSL_LETTER_DECLINED] = MSSL_EVENT_DECLINED,
};

static const mssl_letter_words_t *find_words(const char *lang)
{
    int i;

    for (i = 0; mssl_letter_words[i].lang != NULL; i++) {
        if (strcmp(mssl_letter_words[i].lang, lang) == 0) {
            return &mssl_letter_words[i];
        }
    }
    return NULL;
}

int mssl_letter_has_lang(const char *lang)
{
    return find_words(lang) != NULL;
}

/* @return MSSL_LETTERS: it is none of these */
static int find_event(const mssl_json_value_t *message)
{
    const char *word = mssl_json_get_text(message, "event", "");
    int i;

    for (i = 0; i < MSSL_LETTERS && strcmp(word, mssl_event_get_word(events[i])) != 0; i++) {
        continue;
    }
    return i;
}

/* A word with what stands for {field} in it. */
static const char *fill(apr_pool_t *pool, const char *word, const char *field, const char *value)
{
    const char *at = strstr(word, field);

    return at == NULL ? word
                      : apr_pstrcat(pool, apr_pstrmemdup(pool, word, (apr_size_t)(at - word)), value,
                                    at + strlen(field), NULL);
}

/* A canonical name. @return "?": it is none */
static const char *get_name(const mssl_json_value_t *item, apr_pool_t *pool)
{
    const char *text = mssl_json_get_text(item, "name", "");
    char name[MSSL_NAME_SIZE];

    return mssl_name_canon_pattern(name, text, strlen(text)) ? apr_pstrdup(pool, name) : "?";
}

static const char *show(const mssl_json_value_t *item, const char *field, apr_pool_t *pool)
{
    return mssl_text_shown(pool, mssl_json_get_text(item, field, ""), TEXT_MAX);
}

/* All names of its certificate, for a line. */
static const char *list_names(const mssl_json_value_t *item, apr_pool_t *pool)
{
    const char *names = show(item, "names", pool), *list = "";
    char *state = NULL, *name;

    for (name = apr_strtok(apr_pstrdup(pool, names), " ", &state); name != NULL;
         name = apr_strtok(NULL, " ", &state)) {
        list = apr_pstrcat(pool, list, *list != '\0' ? ", " : "", name, NULL);
    }
    return *list != '\0' ? list : get_name(item, pool);
}

static int count_items(const mssl_json_value_t *message)
{
    const mssl_json_value_t *item;
    int n = 0;

    for (item = mssl_json_get_first(message, "items"); item != NULL; item = item->next) {
        n++;
    }
    return n;
}

static void add_item(mssl_buffer_t *text, const mssl_letter_words_t *words,
                     const mssl_json_value_t *item, int is_issued, apr_pool_t *pool)
{
    const char *until = show(item, "not_after", pool), *reason = show(item, "reason", pool);

    mssl_buffer_print(text, "* %s\n", list_names(item, pool));
    if (is_issued && strlen(until) > DATE_LEN) {
        mssl_buffer_print(text, "  %s %.*s\n", words->until, DATE_LEN, until);
    }
    if (!is_issued && *reason != '\0') {
        mssl_buffer_print(text, "  %s %s\n", words->details, reason);
    }
}

/* @param n how many names there are more */
static const char *write_text(const mssl_letter_words_t *words, mssl_letter_id_t id,
                              const mssl_json_value_t *message, int has_attached, apr_int64_t n,
                              apr_pool_t *pool)
{
    mssl_buffer_t text = { .max = (size_t)1024 * 1024 };
    const mssl_json_value_t *item;
    const char *result;

    mssl_buffer_print(&text, "%s\n\n", words->of[id].text);
    for (item = mssl_json_get_first(message, "items"); item != NULL; item = item->next) {
        add_item(&text, words, item, id == MSSL_LETTER_ISSUED, pool);
    }
    if (n > 0) {
        mssl_buffer_print(&text, "%s\n", fill(pool, words->more, "{n}",
                                              apr_psprintf(pool, "%" APR_INT64_T_FMT, n)));
    }
    if (has_attached) {
        mssl_buffer_print(&text, "\n%s\n", words->attached);
    }
    mssl_buffer_print(&text, "\n-- \n%s\n", fill(pool, words->end, "{server}",
                                                 show(message, "server", pool)));
    result = text.data != NULL ? apr_pstrdup(pool, text.data) : "";
    mssl_buffer_free(&text);
    return result;
}

apr_status_t mssl_letter_write(mssl_buffer_t *mail, const mssl_json_value_t *message,
                               const char *lang, apr_pool_t *pool)
{
    const mssl_letter_words_t *words = find_words(mssl_json_get_text(message, "lang",
                                                                    lang != NULL ? lang : ""));
    const char *to = mssl_json_get_text(message, "notify", "");
    const mssl_json_value_t *first = mssl_json_get_first(message, "items"), *item;
    apr_int64_t cut = mssl_json_get_int(message, "cut", 0), n = count_items(message) + cut;
    int id = find_event(message), has_attached = 0;
    const char *subject;

    if (id == MSSL_LETTERS || first == NULL || mssl_mailbox_judge(to, strlen(to)) < MSSL_MAILBOX_WHOLE) {
        return APR_EINVAL;
    }
    words = words != NULL ? words : &mssl_letter_words[0];
    for (item = first; id == MSSL_LETTER_ISSUED && item != NULL; item = item->next) {
        has_attached |= mssl_mime_has_certificate(item, pool);
    }
    subject = fill(pool, words->of[id].subject, "{name}", get_name(first, pool));
    if (n > 1) {
        subject = apr_psprintf(pool, "%s (+%" APR_INT64_T_FMT ")", subject, n - 1);
    }
    mssl_buffer_print(mail, "To: %s\n", to);
    mssl_mime_add_header(mail, "Subject", subject);
    mssl_buffer_print(mail, "Auto-Submitted: auto-generated\n" /* RFC 3834 */
                      "Content-Language: %s\nMIME-Version: 1.0\n", words->lang);
    if (has_attached) {
        mssl_buffer_print(mail, "Content-Type: multipart/mixed;\n boundary=\"" MSSL_MIME_BOUNDARY
                          "\"\n\n--" MSSL_MIME_BOUNDARY "\n");
    }
    mssl_mime_add_text(mail, "utf-8", write_text(words, (mssl_letter_id_t)id, message, has_attached,
                                                 cut, pool));
    return has_attached ? mssl_mime_add_certificates(mail, first, pool)
                        : mssl_buffer_print(mail, "\n");
}
