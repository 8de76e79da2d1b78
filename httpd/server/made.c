/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/made.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/pair/build.h"

/* Longest PEM, with its NUL: an RSA key of 2048 bits and its certificate take 2.9 KB. */
#define PEM_MAX 8192

/** What is shared. */
typedef struct room_t {
    apr_uint32_t turn; /* atomic: odd while the parent writes, another one after each time */
    char pem[MSSL_KEY_TYPES][PEM_MAX]; /* "": none */
} room_t;

struct mssl_made_t {
    int fd;             /* parent only, else -1 */
    room_t *desk;       /* parent only: to write by */
    const room_t *room;
    pthread_mutex_t lock;
    apr_uint32_t seen;  /* the turn that pairs are of; 0: none yet */
    mssl_choice_t pairs;
};

void mssl_made_close(mssl_made_t *made)
{
    if (made->desk != NULL) {
        munmap(made->desk, sizeof(room_t));
        made->desk = NULL;
    }
    if (made->fd >= 0) {
        close(made->fd);
        made->fd = -1;
    }
}

static apr_status_t destroy(void *data)
{
    mssl_made_t *made = data;

    mssl_made_close(made);
    munmap((void *)made->room, sizeof(room_t));
    mssl_choice_release(&made->pairs);
    return APR_SUCCESS;
}

/*
 * Read-only for good: a mapping can be made writable where its descriptor was, so the descriptor is
 * opened anew for reading. Where there is no /proc that has to be believed of children.
 */
static const room_t *map_for_reading(int fd)
{
    char path[40];
    int reader;
    void *at;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    reader = open(path, O_RDONLY | O_CLOEXEC);
    at = mmap(NULL, sizeof(room_t), PROT_READ, MAP_SHARED, reader >= 0 ? reader : fd, 0);
    if (reader >= 0) {
        close(reader);
    }
    return at != MAP_FAILED ? at : NULL;
}

static room_t *map_for_writing(int fd)
{
    void *at = mmap(NULL, sizeof(room_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return at != MAP_FAILED ? at : NULL;
}

apr_status_t mssl_made_make(mssl_made_t **out, apr_pool_t *pconf)
{
    mssl_made_t *made = apr_pcalloc(pconf, sizeof(*made));
    apr_status_t rv;

    *out = NULL;
    made->fd = memfd_create("mssl-dummy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (made->fd < 0) {
        return errno;
    }
    /* Sealed: nobody's mapping can lose its ground. */
    if (ftruncate(made->fd, sizeof(room_t)) != 0
        || fcntl(made->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0
        || (made->room = map_for_reading(made->fd)) == NULL
        || (made->desk = map_for_writing(made->fd)) == NULL
        || pthread_mutex_init(&made->lock, NULL) != 0) {
        rv = errno != 0 ? errno : APR_ENOMEM;
        mssl_made_close(made);
        if (made->room != NULL) {
            munmap((void *)made->room, sizeof(room_t));
        }
        return rv;
    }
    apr_pool_cleanup_register(pconf, made, destroy, apr_pool_cleanup_null);
    *out = made;
    return APR_SUCCESS;
}

void mssl_made_put(mssl_made_t *made, mssl_key_type_t type, const char *pem)
{
    room_t *desk = made->desk;

    if (desk == NULL || strlen(pem) >= PEM_MAX) {
        return;
    }
    __atomic_add_fetch(&desk->turn, 1, __ATOMIC_SEQ_CST);
    memcpy(desk->pem[type], pem, strlen(pem) + 1);
    __atomic_add_fetch(&desk->turn, 1, __ATOMIC_SEQ_CST);
}

static void take(mssl_made_t *made, mssl_key_type_t type, const char *pem)
{
    mssl_item_t item = { "the certificate that mod_mssl made", "the certificate that mod_mssl made" };
    mssl_reason_t why = { "" };
    mssl_pair_t *pair;

    item.format = MSSL_FORMAT_PEM;
    item.cert.data = pem;
    item.cert.len = strlen(pem);
    if (item.cert.len > 0 && mssl_pair_new(&pair, &item, &why) == APR_SUCCESS) {
        mssl_pair_unref(made->pairs.pair[type]);
        made->pairs.pair[type] = pair;
    }
}

/* With the lock. What is being written is taken the next time. */
static void look(mssl_made_t *made)
{
    apr_uint32_t turn = __atomic_load_n(&made->room->turn, __ATOMIC_SEQ_CST);
    room_t *copy;
    int i;

    if (turn == made->seen || turn % 2 != 0 || (copy = malloc(sizeof(*copy))) == NULL) {
        return;
    }
    memcpy(copy, made->room, sizeof(*copy));
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&made->room->turn, __ATOMIC_SEQ_CST) == turn) {
        for (i = 0; i < MSSL_KEY_TYPES; i++) {
            copy->pem[i][PEM_MAX - 1] = '\0';
            take(made, i, copy->pem[i]);
        }
        made->seen = turn;
    }
    OPENSSL_cleanse(copy, sizeof(*copy));
    free(copy);
}

void mssl_made_get(mssl_made_t *made, mssl_choice_t *choice)
{
    int i;

    memset(choice, 0, sizeof(*choice));
    pthread_mutex_lock(&made->lock);
    look(made);
    for (i = 0; i < MSSL_KEY_TYPES; i++) {
        if (made->pairs.pair[i] != NULL) {
            choice->pair[i] = mssl_pair_ref(made->pairs.pair[i]);
        }
    }
    pthread_mutex_unlock(&made->lock);
}
