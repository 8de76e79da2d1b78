/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/asking.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/issue/suffix.h"

#define SPAN (APR_USEC_PER_SEC / MSSL_ASKING_A_SECOND)
#define HOUR apr_time_from_sec(3600)
#define CAUSES 2

/** What is known of a key for a while: all of a table for the same time, so the oldest end first. */
typedef struct memo_t {
    struct memo_t *next;
    apr_time_t since;
    int n;
    char key[]; /* of its own */
} memo_t;

typedef struct table_t {
    apr_hash_t *hash;
    memo_t *first, **last;
    apr_interval_time_t age;
} table_t;

/** Names that wait, in a ring. */
typedef struct queue_t {
    int first, n;
    char name[MSSL_ASKING_WAITING][MSSL_NAME_SIZE];
} queue_t;

struct mssl_asking_t {
    table_t noes;    /* name: it was no yes */
    table_t domains; /* registered domain: n names in an hour */
    queue_t queue[CAUSES];
    char now[MSSL_ASKING_AT_ONCE][MSSL_NAME_SIZE]; /* "": free */
    apr_time_t next;
};

static apr_status_t free_all(void *data)
{
    mssl_asking_t *asking = data;
    table_t *const tables[] = { &asking->noes, &asking->domains };
    size_t i;

    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        while (tables[i]->first != NULL) {
            memo_t *memo = tables[i]->first;

            tables[i]->first = memo->next;
            free(memo);
        }
    }
    return APR_SUCCESS;
}

static void init_table(table_t *table, apr_interval_time_t age, apr_pool_t *pool)
{
    table->hash = apr_hash_make(pool);
    table->last = &table->first;
    table->age = age;
}

mssl_asking_t *mssl_asking_make(apr_pool_t *pool)
{
    mssl_asking_t *asking = apr_pcalloc(pool, sizeof(*asking));

    init_table(&asking->noes, MSSL_ASKING_BELIEVED, pool);
    init_table(&asking->domains, HOUR, pool);
    apr_pool_cleanup_register(pool, asking, free_all, apr_pool_cleanup_null);
    return asking;
}

/* Those whose time is over, or yet to come, as the clock was set back. */
static void forget(table_t *table, apr_time_t now)
{
    memo_t *memo;

    while ((memo = table->first) != NULL
           && (now - memo->since >= table->age || memo->since > now)) {
        table->first = memo->next;
        table->last = memo->next == NULL ? &table->first : table->last;
        apr_hash_set(table->hash, memo->key, APR_HASH_KEY_STRING, NULL);
        free(memo);
    }
}

static memo_t *find(const table_t *table, const char *key)
{
    return apr_hash_get(table->hash, key, APR_HASH_KEY_STRING);
}

/* @return NULL: no memory */
static memo_t *find_or_add(table_t *table, const char *key, apr_time_t now)
{
    memo_t *memo = find(table, key);
    size_t size = strlen(key) + 1;

    if (memo == NULL && (memo = calloc(1, sizeof(*memo) + size)) != NULL) {
        memcpy(memo->key, key, size);
        memo->since = now;
        *table->last = memo;
        table->last = &memo->next;
        apr_hash_set(table->hash, memo->key, APR_HASH_KEY_STRING, memo);
    }
    return memo;
}

static char *get_place(queue_t *queue, int i)
{
    return queue->name[(queue->first + i) % MSSL_ASKING_WAITING];
}

int mssl_asking_has(const mssl_asking_t *asking, const char *name)
{
    int i, cause;

    for (i = 0; i < MSSL_ASKING_AT_ONCE; i++) {
        if (strcmp(asking->now[i], name) == 0) {
            return 1;
        }
    }
    for (cause = 0; cause < CAUSES; cause++) {
        const queue_t *queue = &asking->queue[cause];

        for (i = 0; i < queue->n; i++) {
            if (strcmp(queue->name[(queue->first + i) % MSSL_ASKING_WAITING], name) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

/* Whether a stranger may have it asked for; that counts then. */
static int count(mssl_asking_t *asking, const char *name, apr_time_t now)
{
    memo_t *domain;

    forget(&asking->noes, now);
    forget(&asking->domains, now);
    if (find(&asking->noes, name) != NULL
        || asking->queue[MSSL_ASKING_WANTED].n == MSSL_ASKING_WAITING) {
        return 0;
    }
    domain = find_or_add(&asking->domains, mssl_suffix_get_domain(name), now);
    return domain != NULL && domain->n < MSSL_ASKING_DOMAIN && ++domain->n > 0;
}

int mssl_asking_bring(mssl_asking_t *asking, const char *name, mssl_asking_cause_t cause,
                      apr_time_t now)
{
    queue_t *queue = &asking->queue[cause];

    if (mssl_asking_has(asking, name)) {
        return 1;
    }
    if (queue->n == MSSL_ASKING_WAITING
        || (cause == MSSL_ASKING_WANTED && !count(asking, name, now))) {
        return 0;
    }
    apr_cpystrn(get_place(queue, queue->n++), name, MSSL_NAME_SIZE);
    return 1;
}

static char *find_free(mssl_asking_t *asking)
{
    int i;

    for (i = 0; i < MSSL_ASKING_AT_ONCE; i++) {
        if (asking->now[i][0] == '\0') {
            return asking->now[i];
        }
    }
    return NULL;
}

int mssl_asking_take(mssl_asking_t *asking, apr_time_t now, char name[MSSL_NAME_SIZE],
                     mssl_asking_cause_t *cause)
{
    char *place = find_free(asking);
    queue_t *queue;

    *cause = asking->queue[MSSL_ASKING_DUE].n > 0 ? MSSL_ASKING_DUE : MSSL_ASKING_WANTED;
    queue = &asking->queue[*cause];
    /* Who looks once a second begins a second's worth; and the clock may have been set back. */
    if (asking->next > now + APR_USEC_PER_SEC || asking->next < now - APR_USEC_PER_SEC) {
        asking->next = now - APR_USEC_PER_SEC + SPAN;
    }
    if (place == NULL || queue->n == 0 || asking->next > now) {
        return 0;
    }
    asking->next += SPAN;
    apr_cpystrn(name, get_place(queue, 0), MSSL_NAME_SIZE);
    apr_cpystrn(place, name, MSSL_NAME_SIZE);
    queue->first = (queue->first + 1) % MSSL_ASKING_WAITING;
    queue->n--;
    return 1;
}

void mssl_asking_end(mssl_asking_t *asking, const char *name, int is_yes, apr_time_t now)
{
    int i;

    for (i = 0; i < MSSL_ASKING_AT_ONCE; i++) {
        if (strcmp(asking->now[i], name) == 0) {
            asking->now[i][0] = '\0';
        }
    }
    forget(&asking->noes, now);
    if (!is_yes) {
        find_or_add(&asking->noes, name, now);
    }
}

unsigned int mssl_asking_count(const mssl_asking_t *asking)
{
    return apr_hash_count(asking->noes.hash) + apr_hash_count(asking->domains.hash);
}
