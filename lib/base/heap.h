/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_HEAP_H
#define MSSL_LIB_BASE_HEAP_H

/**
 * @file heap.h
 * What is due first, of very many: a binary heap of nodes that lie in what they stand for. One thread.
 */

#include <apr_time.h>
#include <stddef.h>

typedef struct mssl_heap_node_t {
    apr_time_t at;
    size_t place; /**< the heap's own; 0: it is in none */
} mssl_heap_node_t;

/** Zeroed: empty. */
typedef struct mssl_heap_t {
    size_t n, size;
    mssl_heap_node_t **node; /**< from 1 on */
} mssl_heap_t;

/** @param node in no heap; the caller's, until it is taken out. @return 0: no memory */
int mssl_heap_add(mssl_heap_t *heap, mssl_heap_node_t *node);

/** @param node in this heap, or in none */
void mssl_heap_remove(mssl_heap_t *heap, mssl_heap_node_t *node);

/** @return the one that is due first; NULL: it is empty */
mssl_heap_node_t *mssl_heap_get(const mssl_heap_t *heap);

/** The nodes stay whose they are. */
void mssl_heap_free(mssl_heap_t *heap);

#endif /* MSSL_LIB_BASE_HEAP_H */
