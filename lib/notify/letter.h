/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_NOTIFY_LETTER_H
#define MSSL_LIB_NOTIFY_LETTER_H

/**
 * @file letter.h
 * What the owner of names is told of their certificates, as a mail in a language of theirs, with the
 * certificates attached: from a notification (message.h) that has "notify", one address, and may have
 * "lang".
 * Any thread.
 */

#include "lib/base/buffer.h"
#include "lib/base/jsonread.h"

/** What such a mail is about. */
typedef enum {
    MSSL_LETTER_ISSUED = 0,
    MSSL_LETTER_FAILED,
    MSSL_LETTER_PENDING,
    MSSL_LETTER_DECLINED,
    MSSL_LETTERS
} mssl_letter_id_t;

/** A language. Plain UTF-8; {name}, {n} and {server} stand for what the mail puts there. */
typedef struct mssl_letter_words_t {
    const char *lang; /**< as in lib/pages/words.h, the same ones */
    struct {
        const char *subject; /**< with {name} */
        const char *text;    /**< of one name or more */
    } of[MSSL_LETTERS];
    const char *until;    /**< label of a date */
    const char *details;  /**< label of what is in English */
    const char *attached; /**< what the attachment is */
    const char *more;     /**< with {n}: names that are not listed */
    const char *end;      /**< with {server} */
} mssl_letter_words_t;

/** All languages, English first; lang NULL behind the last. */
extern const mssl_letter_words_t mssl_letter_words[];

/** Whether there is such a language. @param lang "de" */
int mssl_letter_has_lang(const char *lang);

/**
 * Write headers, text and attachments.
 * @param message as mssl_json_read() gave it
 * @param lang where that has none; NULL: English
 * @return APR_SUCCESS; APR_EINVAL: it is no message for an owner, or he has no whole address; APR_ENOMEM
 */
apr_status_t mssl_letter_write(mssl_buffer_t *mail, const mssl_json_value_t *message,
                               const char *lang, apr_pool_t *pool);

#endif /* MSSL_LIB_NOTIFY_LETTER_H */
