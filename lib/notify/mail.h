/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_NOTIFY_MAIL_H
#define MSSL_LIB_NOTIFY_MAIL_H

/**
 * @file mail.h
 * A notification (message.h) as a plain mail (RFC 5322), for a program that takes one as sendmail
 * does. Nothing in it can end a header or begin one, and nothing of it leaves ASCII: foreign bytes
 * are shown as \xHH. Certificates that come with it are attached. Any thread.
 */

#include "lib/base/buffer.h"
#include "lib/base/jsonread.h"

/**
 * Write headers and body.
 * @param to as mssl_mailbox_is_any() takes them, NULL behind the last
 * @param message as mssl_json_read() gave it
 * @return APR_SUCCESS; APR_EINVAL: the message is none; APR_ENOMEM
 */
apr_status_t mssl_mail_write(mssl_buffer_t *mail, const char *const *to,
                             const mssl_json_value_t *message, apr_pool_t *pool);

#endif /* MSSL_LIB_NOTIFY_MAIL_H */
