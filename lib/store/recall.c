/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/recall.h"

#include "lib/base/material.h"
#include "lib/pair/judge.h"

static mssl_answer_t *judge(const mssl_source_t *source, const char *key,
                            const mssl_material_t *material)
{
    mssl_pair_t *pair[MSSL_MATERIAL_MAX];
    mssl_answer_t *answer;
    mssl_reason_t why;
    int i, n = 0;

    for (i = 0; i < material->nitems && i < MSSL_MATERIAL_MAX; i++) {
        n += mssl_judge_item(&pair[n], &material->item[i], key, source->store->chains, &why)
             == APR_SUCCESS;
    }
    answer = n > 0 ? mssl_answer_new(pair, n, 0) : NULL;
    for (i = 0; i < n; i++) {
        mssl_pair_unref(pair[i]);
    }
    return answer;
}

mssl_answer_t *mssl_recall(const mssl_source_t *source, const char *key, mssl_reason_t *from)
{
    const mssl_store_t *store = source->store;
    mssl_answer_t *answer = NULL;
    mssl_scratch_t *scratch;
    mssl_question_t question;

    from->text[0] = '\0';
    scratch = store->recall != NULL ? mssl_scratch_take(store->scratches) : NULL;
    if (scratch == NULL) {
        return NULL;
    }
    question = (mssl_question_t){ .key = key, .pool = scratch->pool, .out = &scratch->material,
                                  .why = from };
    if (store->recall(store->recall_baton, source->id, &question) == APR_SUCCESS) {
        answer = judge(source, key, &scratch->material);
    }
    if (answer == NULL) {
        from->text[0] = '\0';
    }
    mssl_material_wipe(&scratch->material);
    mssl_scratch_give(store->scratches, scratch);
    return answer;
}
