/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/heap.h"

#include <stdlib.h>
#include <string.h>

static void put(mssl_heap_t *heap, size_t place, mssl_heap_node_t *node)
{
    heap->node[place] = node;
    node->place = place;
}

/* A node that is to lie at a place, or above or below it. */
static void settle(mssl_heap_t *heap, size_t place, mssl_heap_node_t *node)
{
    size_t child;

    for (; place > 1 && node->at < heap->node[place / 2]->at; place /= 2) {
        put(heap, place, heap->node[place / 2]);
    }
    for (; (child = 2 * place) <= heap->n; place = child) {
        child += child < heap->n && heap->node[child + 1]->at < heap->node[child]->at;
        if (node->at <= heap->node[child]->at) {
            break;
        }
        put(heap, place, heap->node[child]);
    }
    put(heap, place, node);
}

int mssl_heap_add(mssl_heap_t *heap, mssl_heap_node_t *node)
{
    if (heap->n + 1 >= heap->size) {
        size_t size = heap->size < 16 ? 16 : heap->size * 2;
        mssl_heap_node_t **grown = realloc(heap->node, size * sizeof(mssl_heap_node_t *));

        if (grown == NULL) {
            return 0;
        }
        heap->node = grown;
        heap->size = size;
    }
    heap->n++;
    settle(heap, heap->n, node);
    return 1;
}

void mssl_heap_remove(mssl_heap_t *heap, mssl_heap_node_t *node)
{
    size_t place = node->place;

    if (place == 0) {
        return;
    }
    node->place = 0;
    heap->n--;
    if (place <= heap->n) {
        settle(heap, place, heap->node[heap->n + 1]);
    }
}

mssl_heap_node_t *mssl_heap_get(const mssl_heap_t *heap)
{
    return heap->n > 0 ? heap->node[1] : NULL;
}

void mssl_heap_free(mssl_heap_t *heap)
{
    free(heap->node);
    memset(heap, 0, sizeof(*heap));
}
