/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/cargo.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/broker/finder.h"
#include "lib/pair/judge.h"
#include "tools/msslctl/pack.h"
#include "tools/msslctl/print.h"
#include "tools/msslctl/sources.h"

#define BYTES_MAX (sizeof(ctl_cargo_t) + 2 * (size_t)MSSL_FILE_MAX)

const char *const ctl_cargo_words[CTL_CARGO_FORMS] = { "pem", "split", "pfx" };

/** What every client of a mail server knows comes first. */
static const mssl_key_type_t preferred[MSSL_KEY_TYPES] = { MSSL_KEY_RSA, MSSL_KEY_ECDSA,
                                                           MSSL_KEY_EDDSA };

static void refuse(ctl_cargo_t *cargo, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void refuse(ctl_cargo_t *cargo, int code, const char *format, ...)
{
    va_list args;

    cargo->code = code;
    va_start(args, format);
    apr_vsnprintf(cargo->refusal, sizeof(cargo->refusal), format, args);
    va_end(args);
}

static apr_status_t get_kept(void *sources, const char *source, const char *key,
                             mssl_material_t *out, apr_pool_t *pool)
{
    return mssl_served_get(((const struct ctl_sources_t *)sources)->served, key, source, out, pool);
}

static const char *identify(void *store, int source, const char *key, apr_pool_t *pool)
{
    return mssl_store_identify(store, source, key, pool);
}

static apr_status_t recall(void *finder, int source, mssl_question_t *question)
{
    return mssl_finder_recall(finder, source, question);
}

/* What serves while a name's files are bad: the history's, as of a server that was just started. */
static void add_history(ctl_walk_t *walk)
{
    mssl_finder_t *finder = apr_pcalloc(walk->pool, sizeof(*finder));
    mssl_judge_t *judge;

    if (walk->sources->served != NULL && mssl_judge_make(&judge, walk->pool) == APR_SUCCESS) {
        finder->judge = mssl_judge_material;
        finder->judge_baton = judge;
        finder->kept = get_kept;
        finder->kept_baton = walk->sources;
        finder->identify = identify;
        finder->fetch_baton = walk->sources->store;
        mssl_store_set_recall(walk->sources->store, recall, finder);
    }
}

static const mssl_pair_t *choose(const mssl_choice_t *choice)
{
    int i;

    for (i = 0; i < MSSL_KEY_TYPES; i++) {
        if (choice->pair[preferred[i]] != NULL) {
            return choice->pair[preferred[i]];
        }
    }
    return NULL;
}

/* Whether it is one that may leave the house: a mail server is worse off with an expired one. */
static int check_pair(ctl_cargo_t *cargo, const ctl_walk_t *walk, const mssl_pair_t *pair)
{
    if (mssl_pair_is_valid_at(pair, walk->now)) {
        return 1;
    }
    if (walk->now < mssl_pair_get_not_before(pair)) {
        refuse(cargo, CTL_BROKEN, "the pair in service (%s) is not valid before %s; check the clock, or "
               "install another one", mssl_pair_get_label(pair),
               ctl_print_time(walk->pool, mssl_pair_get_not_before(pair)));
    }
    else {
        refuse(cargo, CTL_BROKEN, "the pair in service (%s) expired on %s; renew it",
               mssl_pair_get_label(pair),
               ctl_print_time(walk->pool, mssl_pair_get_not_after(pair)));
    }
    return 0;
}

static void describe(ctl_cargo_t *cargo, const ctl_walk_t *walk, const mssl_pair_t *pair)
{
    const mssl_served_t *history = walk->sources->served;
    const char *label = mssl_pair_get_label(pair);
    int is_last = history != NULL && strncmp(label, history->path, strlen(history->path)) == 0;

    cargo->key_type = (int)mssl_pair_get_type(pair);
    memcpy(cargo->sha256, mssl_pair_get_sha256(pair), MSSL_SHA256_LEN);
    cargo->not_after = mssl_pair_get_not_after(pair);
    cargo->needs_attention = is_last;
    if (!is_last && strlen(label) < sizeof(cargo->file)) {
        apr_cpystrn(cargo->file, label, sizeof(cargo->file));
    }
    if (walk->fault != NULL) {
        apr_snprintf(cargo->note, sizeof(cargo->note), "%s: %s", is_last
                     ? "this is the last good pair, as the files in the store are not" : "beside it",
                     walk->fault);
    }
}

/* Look it up. @return whether there is one; else it is said in cargo */
static int look_up(ctl_cargo_t *cargo, ctl_walk_t *walk, const ctl_order_t *order,
                   mssl_choice_t *choice)
{
    apr_status_t rv = mssl_store_lookup(ctl_sources_get_view(walk), order->name, walk->now, choice);

    if (rv == APR_SUCCESS && choose(choice) != NULL) {
        return 1;
    }
    if (walk->fault != NULL) {
        refuse(cargo, rv == APR_SUCCESS || rv == APR_NOTFOUND ? CTL_BROKEN : CTL_UNKNOWN,
               "no pair of it can be used: %s", walk->fault);
    }
    else if (walk->unreachable > 0) {
        refuse(cargo, CTL_UNKNOWN, "a store cannot be read; msslctl check says which");
    }
    else {
        refuse(cargo, CTL_BROKEN, "no store has a pair of it; msslctl explain %s says where it was "
               "looked for", order->name);
    }
    return 0;
}

static void carry(ctl_cargo_t *cargo, mssl_blob_t parts[2], ctl_t *ctl, const ctl_order_t *order)
{
    mssl_choice_t choice;
    mssl_warns_t warns;
    ctl_walk_t *walk;

    mssl_warns_init(&warns);
    memset(&choice, 0, sizeof(choice));
    walk = ctl_walk_make(order->server, NULL, &warns, ctl->pool);
    if (walk == NULL) {
        refuse(cargo, CTL_FAULT, "out of memory");
        return;
    }
    add_history(walk);
    if (look_up(cargo, walk, order, &choice) && check_pair(cargo, walk, choose(&choice))) {
        const mssl_pair_t *pair = choose(&choice);

        describe(cargo, walk, pair);
        cargo->is_there = order->there != NULL
                          && ctl_pack_is_there(order->there, pair, order->password, ctl->pool);
        if (ctl_pack(parts, pair, order) != APR_SUCCESS) {
            refuse(cargo, CTL_FAULT, "OpenSSL cannot write it in this form");
        }
    }
    mssl_choice_release(&choice);
}

/* In the worker. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    mssl_blob_t parts[2] = { { NULL, 0 }, { NULL, 0 } };
    ctl_cargo_t cargo;
    int i, ok;

    (void)stop;
    memset(&cargo, 0, sizeof(cargo));
    carry(&cargo, parts, ctl, baton);
    for (i = 0; i < 2; i++) {
        cargo.len[i] = cargo.refusal[0] == '\0' ? parts[i].len : 0;
    }
    setvbuf(out, NULL, _IONBF, 0); /* no copy of a key in a buffer */
    ok = fwrite(&cargo, sizeof(cargo), 1, out) == 1;
    for (i = 0; ok && i < 2; i++) {
        ok = cargo.len[i] == 0 || fwrite(parts[i].data, cargo.len[i], 1, out) == 1;
    }
    ctl_pack_free(parts);
    return ok ? CTL_FINE : CTL_FAULT;
}

static int is_ended(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* Nothing of it is believed but its numbers, within their bounds. */
static int is_sound(const ctl_cargo_t *cargo, const ctl_order_t *order, size_t len)
{
    return is_ended(cargo->refusal, sizeof(cargo->refusal))
           && is_ended(cargo->note, sizeof(cargo->note))
           && is_ended(cargo->file, sizeof(cargo->file))
           && cargo->len[0] <= MSSL_FILE_MAX && cargo->len[1] <= MSSL_FILE_MAX
           && len == sizeof(*cargo) + cargo->len[0] + cargo->len[1]
           && (cargo->refusal[0] != '\0' ? cargo->code > 0 && cargo->code < 128
               : cargo->len[0] > 0 && (cargo->len[1] > 0) == (order->form == CTL_CARGO_SPLIT)
                     && cargo->key_type >= 0 && cargo->key_type < MSSL_KEY_TYPES);
}

int ctl_cargo_fetch(ctl_carried_t *carried, ctl_t *ctl, const ctl_order_t *order)
{
    ctl_cargo_t *cargo = &carried->cargo;
    int rc;

    memset(carried, 0, sizeof(*carried));
    carried->bytes.max = BYTES_MAX;
    rc = ctl_worker_take(ctl, order->server, MSSL_ROLE_READER, work, (void *)order,
                         &carried->bytes);
    if (rc != CTL_FINE) {
        return rc;
    }
    if (carried->bytes.len < sizeof(*cargo)) {
        return CTL_FAULT;
    }
    memcpy(cargo, carried->bytes.data, sizeof(*cargo));
    if (!is_sound(cargo, order, carried->bytes.len)) {
        return CTL_FAULT;
    }
    carried->part[0] = (mssl_blob_t){ carried->bytes.data + sizeof(*cargo), cargo->len[0] };
    carried->part[1] = (mssl_blob_t){ carried->part[0].data + cargo->len[0], cargo->len[1] };
    return CTL_FINE;
}

void ctl_cargo_free(ctl_carried_t *carried)
{
    mssl_buffer_free(&carried->bytes);
}
