/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_NOTIFY_MIME_H
#define MSSL_LIB_NOTIFY_MIME_H

/**
 * @file mime.h
 * Parts of a mail (RFC 2045 to 2047, 2183), in ASCII, lines of 76 bytes at most, whatever the texts
 * are. Ends of lines are "\n", as sendmail takes them. Any thread.
 */

#include "lib/base/buffer.h"
#include "lib/base/jsonread.h"

/** Between the parts. "=_" stands in no part that is written here. */
#define MSSL_MIME_BOUNDARY "=_mod_mssl"
/** Certificates of so many names are attached at most. */
#define MSSL_MIME_ATTACHED_MAX 20

/**
 * "NAME: TEXT", with encoded words where the text is not ASCII. Controls in it, and what turns or
 * hides text, become "?".
 * @param text UTF-8
 */
apr_status_t mssl_mime_add_header(mssl_buffer_t *mail, const char *name, const char *text);

/** Headers of a text of that charset, the empty line, and the text, quoted-printable. */
apr_status_t mssl_mime_add_text(mssl_buffer_t *mail, const char *charset, const char *text);

/**
 * The certificates of a PEM text, read and written anew: nothing else that is in it comes along.
 * @return in pool; NULL: there is none
 */
const char *mssl_mime_read_certificates(const char *pem, apr_pool_t *pool);

/** Whether an item of a notification has certificates that can be attached. */
int mssl_mime_has_certificate(const mssl_json_value_t *item, apr_pool_t *pool);

/**
 * The parts behind a text: for each item that has a "certificate" one, NAME.pem; and the last line.
 * @param first of the items
 */
apr_status_t mssl_mime_add_certificates(mssl_buffer_t *mail, const mssl_json_value_t *first,
                                        apr_pool_t *pool);

#endif /* MSSL_LIB_NOTIFY_MIME_H */
