/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_MAILBOX_H
#define MSSL_LIB_BASE_MAILBOX_H

/**
 * @file mailbox.h
 * The one place that decides what an address of mail is: for directives, msslctl, requests, owners'
 * files and headers of mails alike. Pure functions, any thread, no allocation.
 *
 * It is a mailbox of RFC 5321 section 4.1.2 with dot-atoms alone (no quotes, comments, address
 * literals; ASCII) within the bounds of section 4.5.3.1: a local part of at most 64 bytes, and 254 in
 * all, as a path has 256 with its angle brackets. What stands behind the "@" is a name (name.h),
 * without a dot behind it. None begins with "-": to a program it would be an option.
 */

#include <stddef.h>

#define MSSL_MAILBOX_LOCAL_MAX 64
#define MSSL_MAILBOX_MAX 254

/** Each is one of those before it, too, but for a local part alone. */
typedef enum {
    MSSL_MAILBOX_NONE = 0,
    MSSL_MAILBOX_LOCAL, /**< a local part alone: a user of this machine */
    MSSL_MAILBOX_WHOLE, /**< with a name behind it */
    MSSL_MAILBOX_PUBLIC, /**< that name has a dot: mail may come there from elsewhere */
    MSSL_MAILBOX_PLAIN  /**< its local part is of letters, digits and "._+-" alone: no byte of it is more
                             than a letter to a shell */
} mssl_mailbox_t;

/** @param in hostile bytes, need not be NUL-terminated, may hold NULs */
mssl_mailbox_t mssl_mailbox_judge(const char *in, size_t len);

/** Whether a text is one, of any kind: may stand in "To:" as it is, and as an argument. */
int mssl_mailbox_is_any(const char *text);

/** MSSL_MAILBOX_PLAIN: what is taken from customers, and given to programs of issuers. */
int mssl_mailbox_is_plain(const char *text);

#endif /* MSSL_LIB_BASE_MAILBOX_H */
