/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STORE_RECALL_H
#define MSSL_LIB_STORE_RECALL_H

/** @file recall.h What was good last of a key, for the whole server. Any thread. */

#include "lib/store/source.h"

/**
 * Ask for it, and judge it as if it had been read now.
 * @param from out: where it comes from, where that is worth telling, or ""
 * @return a reference to an answer with one pair at least; NULL: there is none, or nobody says
 */
mssl_answer_t *mssl_recall(const mssl_source_t *source, const char *key, mssl_reason_t *from);

#endif /* MSSL_LIB_STORE_RECALL_H */
