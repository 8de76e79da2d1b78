/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/made.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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
    int fd;             /* parent only, else -1: reads and writes nothing, root can open it anew */
    const room_t *room;
    pthread_mutex_t lock;
    apr_uint32_t seen;  /* the turn that pairs are of; 0: none yet */
    mssl_choice_t pairs;
};

void mssl_made_close(mssl_made_t *made)
{
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

/* What is inherited by daemons that other modules fork must not write. Without /proc it has to. */
static int reopen(int fd, int flags)
{
    char path[40];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, flags | O_CLOEXEC);
}

/*
 * Read-only for good: a mapping can be made writable where its descriptor was, so the descriptor is
 * opened anew for reading.
 */
static const room_t *map_for_reading(int fd)
{
    int reader = reopen(fd, O_RDONLY);
    void *at = mmap(NULL, sizeof(room_t), PROT_READ, MAP_SHARED, reader >= 0 ? reader : fd, 0);

    if (reader >= 0) {
        close(reader);
    }
    return at != MAP_FAILED ? at : NULL;
}

apr_status_t mssl_made_make(mssl_made_t **out, apr_pool_t *pconf)
{
    mssl_made_t *made = apr_pcalloc(pconf, sizeof(*made));
    int fd = memfd_create("mssl-dummy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    apr_status_t rv;

    *out = NULL;
    if (fd < 0) {
        return errno;
    }
    /* Sealed: nobody's mapping can lose its ground. */
    if (ftruncate(fd, sizeof(room_t)) != 0 || fchmod(fd, 0600) != 0
        || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0
        || (made->room = map_for_reading(fd)) == NULL) {
        rv = errno;
        close(fd);
        return rv;
    }
    if (pthread_mutex_init(&made->lock, NULL) != 0) {
        munmap((void *)made->room, sizeof(room_t));
        close(fd);
        return APR_ENOMEM;
    }
    made->fd = reopen(fd, O_PATH);
    if (made->fd < 0) {
        made->fd = fd;
    }
    else {
        close(fd);
    }
    apr_pool_cleanup_register(pconf, made, destroy, apr_pool_cleanup_null);
    *out = made;
    return APR_SUCCESS;
}

/* @return 0: no memory; readers keep what they have */
static int put(int fd, const void *data, size_t len, size_t at)
{
    return pwrite(fd, data, len, (off_t)at) == (ssize_t)len;
}

void mssl_made_put(mssl_made_t *made, mssl_key_type_t type, const char *pem)
{
    apr_uint32_t busy = made->room->turn | 1, turn = busy + 1;
    size_t len = strlen(pem) + 1;
    int desk = made->fd >= 0 ? reopen(made->fd, O_RDWR) : -1;
    int fd = desk >= 0 ? desk : made->fd;

    if (fd >= 0 && len <= PEM_MAX && put(fd, &busy, sizeof(busy), offsetof(room_t, turn))
        && put(fd, pem, len, offsetof(room_t, pem) + (size_t)type * PEM_MAX)) {
        put(fd, &turn, sizeof(turn), offsetof(room_t, turn));
    }
    if (desk >= 0) {
        close(desk);
    }
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
