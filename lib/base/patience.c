/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/patience.h"

void mssl_patience_begin(mssl_patience_t *patience, apr_interval_time_t span, apr_time_t now)
{
    patience->left = span;
    patience->seen = now;
}

apr_interval_time_t mssl_patience_next(mssl_patience_t *patience, apr_time_t now)
{
    apr_interval_time_t took = now - patience->seen;

    patience->left -= took < MSSL_PATIENCE_STEP_MAX ? took : MSSL_PATIENCE_STEP_MAX;
    patience->seen = now;
    return patience->left <= 0 ? 0
        : patience->left < MSSL_PATIENCE_STEP ? patience->left : MSSL_PATIENCE_STEP;
}
