/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_PASSPHRASE_H
#define MSSL_LIB_PAIR_PASSPHRASE_H

/**
 * @file passphrase.h
 * For each PEM_read_bio_...() of bytes that are somebody else's: any block may say that it is encrypted,
 * a certificate, too, and without a pem_password_cb OpenSSL asks for the passphrase at the terminal of
 * whoever started httpd, or runs msslctl, and waits. Any thread.
 */

/** A pem_password_cb: nobody is asked, what is encrypted cannot be read. @return -1 */
int mssl_passphrase_refuse(char *out, int size, int is_writing, void *baton);

#endif /* MSSL_LIB_PAIR_PASSPHRASE_H */
