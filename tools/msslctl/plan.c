/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/plan.h"

#include <apr_strings.h>
#include <openssl/evp.h>
#include <string.h>

#include "lib/pair/key.h"
#include "tools/msslctl/place.h"

/** Two joined files, and what is said of them. */
#define BYTES_MAX (sizeof(ctl_plan_t) + 2 * (size_t)MSSL_FILE_MAX)

const char *const ctl_plan_endings[CTL_FORMS] = { ".pem", ".ecdsa.pem", ".rsa.pem" };

static int is_ended(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* Nothing of it is believed but its numbers, within their bounds. */
static int is_sound(const ctl_plan_t *plan, const ctl_wish_t *wish, size_t len)
{
    return is_ended(plan->refusal, sizeof(plan->refusal)) && is_ended(plan->note, sizeof(plan->note))
           && plan->len <= MSSL_FILE_MAX && plan->old_len <= MSSL_FILE_MAX
           && len == sizeof(*plan) + plan->len + plan->old_len
           && (plan->refusal[0] != '\0'
               || (plan->store >= 0 && plan->store < wish->server->stores->nelts
                   && plan->form >= 0 && plan->form < CTL_FORMS && plan->len > 0
                   && plan->key_type >= 0 && plan->key_type < MSSL_KEY_TYPES
                   && strcmp(APR_ARRAY_IDX(wish->server->stores, plan->store, ctl_store_t).provider,
                             "dir") == 0));
}

int ctl_plan_make(ctl_planned_t *planned, ctl_t *ctl, const ctl_wish_t *wish)
{
    ctl_plan_t *plan = &planned->plan;
    int rc;

    memset(planned, 0, sizeof(*planned));
    planned->bytes.max = BYTES_MAX;
    rc = ctl_worker_take(ctl, wish->server, MSSL_ROLE_READER, ctl_place_work, (void *)wish,
                         &planned->bytes);
    if (rc != CTL_FINE) {
        return rc;
    }
    if (planned->bytes.len < sizeof(*plan)) {
        return CTL_FAULT;
    }
    memcpy(plan, planned->bytes.data, sizeof(*plan));
    if (!is_sound(plan, wish, planned->bytes.len)) {
        return CTL_FAULT;
    }
    planned->text.data = planned->bytes.data + sizeof(*plan);
    planned->text.len = plan->len;
    planned->old.data = planned->text.data + plan->len;
    planned->old.len = plan->old_len;
    return CTL_FINE;
}

void ctl_plan_free(ctl_planned_t *planned)
{
    mssl_buffer_free(&planned->bytes);
}

const char *ctl_plan_folder(const ctl_plan_t *plan, const ctl_wish_t *wish, apr_pool_t *pool)
{
    const char *path = APR_ARRAY_IDX(wish->server->stores, plan->store, ctl_store_t).argument;
    const char *name = wish->name[0] == '*' ? wish->name + 2 : wish->name;
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };

    if (!plan->is_fanned) {
        return path;
    }
    EVP_Digest(name, strlen(name), digest, NULL, EVP_sha256(), NULL);
    return apr_psprintf(pool, "%s/%02x", path, digest[0]);
}

const char *ctl_plan_file(const ctl_plan_t *plan, const ctl_wish_t *wish, apr_pool_t *pool)
{
    int is_wild = wish->name[0] == '*';

    return apr_pstrcat(pool, is_wild ? "_" : "", wish->name + is_wild,
                       ctl_plan_endings[plan->form], NULL);
}
