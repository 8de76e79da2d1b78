/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_FORMATS_H
#define MSSL_LIB_PAIR_FORMATS_H

/**
 * @file formats.h
 * What a file of a pair is, whoever wrote it: PEM as it should be, PEM by Windows editors (a BOM,
 * UTF-16), PEM whose blocks were joined without an end of line, PKCS#7, "TRUSTED CERTIFICATE", and
 * DER. What cannot be taken is named as what it is. Any thread; the bytes are hostile.
 */

#include "lib/pair/blocks.h"

/**
 * Add what one file holds. A file that is there has to hold something: one of nothing is a file
 * that was cut off, not one that is missing.
 * @param blocks as for mssl_blocks_add_pem()
 * @param label path, for the reason
 * @return APR_SUCCESS; APR_EINVAL with why: what was found there, and the fix
 */
apr_status_t mssl_formats_add(mssl_blocks_t *blocks, const mssl_blob_t *blob, const char *label,
                              mssl_reason_t *why);

#endif /* MSSL_LIB_PAIR_FORMATS_H */
