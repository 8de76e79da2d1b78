/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/lastgood.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/** Who does not have the lock after so long does without the table. */
#define LASTGOOD_WAIT (200 * 1000)
/** A way that maps for each use takes note of each so many uses of a name: mapping costs a look. */
#define TOUCH_EVERY 16
/** The length of a body that is not kept. */
#define NOTHING 0xffffffffu
/** The same, of a key whose files were taken away; and where that was looked at again. */
#define REMOVED 0xfffffffeu
#define REMOVED_SEEN 0xfffffffdu
/** The table's head has a page, so that places begin at one. */
#define HEAD_SIZE 4096

/** A place. Empty while tag is 0. */
typedef struct slot_t {
    apr_uint64_t tag;   /**< of source and key */
    apr_uint64_t check; /**< of the lengths and bytes */
    apr_time_t used;
    apr_uint32_t named; /**< length of the names, with a NUL behind each */
    apr_uint32_t len;   /**< of the body, or NOTHING or such */
    unsigned char bytes[MSSL_LASTGOOD_SLOT - MSSL_LASTGOOD_HEAD]; /**< names, body */
} slot_t;

typedef struct table_t {
    union {
        struct {
            pthread_mutex_t lock;
            mssl_hash_seed_t seed;
            apr_uint32_t writing; /**< 1 + number of the place that is in work; 0: none */
        } head;
        char page[HEAD_SIZE];
    } u;
    slot_t slot[MSSL_LASTGOOD_SETS][MSSL_LASTGOOD_WAYS];
} table_t;

struct mssl_lastgood_t {
    int fd;
    table_t *held;   /**< NULL: mapped for each use */
    unsigned int turn; /**< atomic */
};

_Static_assert(sizeof(slot_t) == MSSL_LASTGOOD_SLOT, "a place has no gaps");

/** Whose entry it is. */
typedef struct whose_t {
    const char *source, *key;
    size_t source_size, named; /* with a NUL behind each */
    apr_uint64_t tag;          /* never 0 */
} whose_t;

/* The table as it is when it is made. @return a status; nothing stays mapped */
static apr_status_t set_up(int fd)
{
    table_t *table = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_NORESERVE, fd, 0);
    pthread_mutexattr_t attr;
    int rc;

    if (table == MAP_FAILED) {
        return errno;
    }
    mssl_hash_seed_init(&table->u.head.seed);
    rc = pthread_mutexattr_init(&attr);
    if (rc == 0) {
        pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
        pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
        rc = pthread_mutex_init(&table->u.head.lock, &attr);
        pthread_mutexattr_destroy(&attr);
    }
    munmap(table, sizeof(*table));
    return rc;
}

/* A descriptor of the same file with other rights, which the kernel asks for by the file's mode. */
static int reopen(int fd, int flags)
{
    char path[40];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, flags | O_CLOEXEC);
}

apr_status_t mssl_lastgood_make(int *fd, uid_t owner)
{
    int writer = memfd_create("mssl-lastgood", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    apr_status_t rv = APR_SUCCESS;

    *fd = -1;
    if (writer < 0) {
        return errno;
    }
    /* Sealed: nobody's mapping can lose its ground. */
    if (ftruncate(writer, sizeof(table_t)) != 0
        || fcntl(writer, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0
        || fchmod(writer, 0600) != 0
        || (owner != geteuid() && fchown(writer, owner, (gid_t)-1) != 0)) {
        rv = errno;
    }
    if (rv == APR_SUCCESS) {
        rv = set_up(writer);
    }
    if (rv == APR_SUCCESS) {
        *fd = reopen(writer, O_PATH);
        rv = *fd >= 0 ? APR_SUCCESS : errno;
    }
    close(writer);
    return rv;
}

mssl_lastgood_t *mssl_lastgood_new(int fd, apr_pool_t *pool)
{
    mssl_lastgood_t *last = apr_pcalloc(pool, sizeof(*last));

    last->fd = fd;
    return last;
}

/* @return NULL, with errno */
static table_t *map(const mssl_lastgood_t *last)
{
    int fd = reopen(last->fd, O_RDWR), failed;
    table_t *table;

    if (fd < 0) {
        return NULL;
    }
    table = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    failed = errno;
    close(fd);
    if (table == MAP_FAILED) {
        errno = failed;
        return NULL;
    }
    if (madvise(table, sizeof(*table), MADV_DONTDUMP) != 0
        || madvise(table, sizeof(*table), MADV_DONTFORK) != 0) {
        failed = errno;
        munmap(table, sizeof(*table));
        errno = failed;
        return NULL;
    }
    return table;
}

apr_status_t mssl_lastgood_hold(mssl_lastgood_t *last, mssl_kept_t *kept)
{
    last->held = map(last);
    if (last->held == NULL) {
        return errno;
    }
    mssl_kept_add_map(kept, last->held, sizeof(*last->held));
    return APR_SUCCESS;
}

void mssl_lastgood_close(mssl_lastgood_t *last)
{
    if (last->fd >= 0) {
        close(last->fd);
        last->fd = -1;
    }
}

static size_t body_size(const slot_t *slot)
{
    return slot->len < REMOVED_SEEN ? slot->len : 0;
}

static int was_removed(const slot_t *slot)
{
    return slot->len == REMOVED || slot->len == REMOVED_SEEN;
}

/* Whether the lengths can be. */
static int is_sane(const slot_t *slot)
{
    return slot->named <= sizeof(slot->bytes)
           && body_size(slot) <= sizeof(slot->bytes) - slot->named;
}

/* Pages that it never used stay untouched. */
static void wipe(slot_t *slot)
{
    slot->tag = 0;
    OPENSSL_cleanse(slot->bytes, is_sane(slot) ? slot->named + body_size(slot)
                                               : sizeof(slot->bytes));
    slot->named = slot->len = 0;
}

/* Take the lock. @return a status; with others than APR_SUCCESS it is not held */
static apr_status_t lock(table_t *table)
{
    apr_time_t at = apr_time_now() + LASTGOOD_WAIT;
    struct timespec until = { .tv_sec = (time_t)apr_time_sec(at),
                              .tv_nsec = (long)apr_time_usec(at) * 1000 };
    int rc = pthread_mutex_timedlock(&table->u.head.lock, &until);
    apr_uint32_t writing;

    if (rc != EOWNERDEAD) {
        return rc;
    }
    /* It died, maybe in the middle of a place. */
    writing = table->u.head.writing;
    if (writing != 0 && writing <= MSSL_LASTGOOD_SETS * MSSL_LASTGOOD_WAYS) {
        wipe(&table->slot[0][0] + writing - 1);
    }
    table->u.head.writing = 0;
    return pthread_mutex_consistent(&table->u.head.lock);
}

/* Begin a use. @param table out: NULL unless APR_SUCCESS */
static apr_status_t enter(mssl_lastgood_t *last, table_t **table)
{
    apr_status_t rv;

    *table = last->held != NULL ? last->held : map(last);
    if (*table == NULL) {
        return errno;
    }
    rv = lock(*table);
    if (rv != APR_SUCCESS) {
        if (last->held == NULL) {
            munmap(*table, sizeof(**table));
        }
        *table = NULL;
    }
    return rv;
}

static void leave(const mssl_lastgood_t *last, table_t *table)
{
    pthread_mutex_unlock(&table->u.head.lock);
    if (last->held == NULL) {
        munmap(table, sizeof(*table));
    }
}

/* All below: the lock is held, but where it says otherwise. */

static slot_t *set_of(table_t *table, const char *source, const char *key, whose_t *id)
{
    const mssl_hash_seed_t *seed = &table->u.head.seed;

    id->source = source;
    id->key = key;
    id->source_size = strlen(source) + 1;
    id->named = id->source_size + strlen(key) + 1;
    id->tag = mssl_hash_bytes(seed, source, id->source_size)
              * APR_UINT64_C(0x9e3779b97f4a7c15) ^ mssl_hash_bytes(seed, key, strlen(key));
    id->tag += id->tag == 0;
    return table->slot[id->tag % MSSL_LASTGOOD_SETS];
}

/*
 * Say which place is in work, so that whoever finds that we died can wipe it.
 * @param slot NULL: none any more
 */
static void set_writing(table_t *table, const slot_t *slot)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* what kills may come between any two lines */
    table->u.head.writing = slot != NULL ? (apr_uint32_t)(slot - &table->slot[0][0]) + 1 : 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void drop(table_t *table, slot_t *slot)
{
    set_writing(table, slot);
    wipe(slot);
    set_writing(table, NULL);
}

static apr_uint64_t check_of(const table_t *table, const slot_t *slot)
{
    apr_uint64_t lengths = (apr_uint64_t)slot->named << 32 | slot->len;

    return mssl_hash_bytes(&table->u.head.seed, slot->bytes, slot->named + body_size(slot))
           ^ lengths * APR_UINT64_C(0x9e3779b97f4a7c15);
}

static int is_whole(const table_t *table, const slot_t *slot)
{
    return is_sane(slot) && slot->check == check_of(table, slot);
}

/* The place of a key, or NULL. One that is not whole is wiped. */
static slot_t *find(table_t *table, slot_t *set, const whose_t *id)
{
    int i;

    for (i = 0; i < MSSL_LASTGOOD_WAYS; i++) {
        slot_t *slot = &set[i];

        if (slot->tag != id->tag) {
            continue;
        }
        if (!is_whole(table, slot)) {
            drop(table, slot);
        }
        else if (was_removed(slot)) {
            return slot; /* its names are gone */
        }
        else if (slot->named == id->named
                 && memcmp(slot->bytes, id->source, id->source_size) == 0
                 && memcmp(slot->bytes + id->source_size, id->key, id->named - id->source_size)
                        == 0) {
            return slot;
        }
    }
    return NULL;
}

/* An empty place, else the one that was not used for the longest time. */
static slot_t *find_room(slot_t *set)
{
    slot_t *oldest = set;
    int i;

    for (i = 0; i < MSSL_LASTGOOD_WAYS && oldest->tag != 0; i++) {
        if (set[i].tag == 0 || set[i].used < oldest->used) {
            oldest = &set[i];
        }
    }
    return oldest;
}

/* @param len of the body, or NOTHING or such */
static void write_slot(table_t *table, slot_t *slot, const whose_t *id, const void *body,
                       apr_uint32_t len)
{
    set_writing(table, slot);
    wipe(slot);
    slot->named = (apr_uint32_t)id->named;
    slot->len = len;
    if (id->named > 0) {
        memcpy(slot->bytes, id->source, id->source_size);
        memcpy(slot->bytes + id->source_size, id->key, id->named - id->source_size);
    }
    if (body_size(slot) > 0) {
        memcpy(slot->bytes + id->named, body, body_size(slot));
    }
    slot->used = apr_time_now();
    slot->check = check_of(table, slot);
    slot->tag = id->tag;
    set_writing(table, NULL);
}

/* None of these holds the lock. */

apr_status_t mssl_lastgood_get(mssl_lastgood_t *last, const char *source, const char *key,
                               unsigned char **body, size_t *len, apr_pool_t *pool)
{
    table_t *table;
    slot_t *slot;
    apr_status_t rv;
    whose_t id;

    *body = NULL;
    *len = 0;
    rv = enter(last, &table);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    slot = find(table, set_of(table, source, key, &id), &id);
    rv = slot == NULL || slot->len == NOTHING ? APR_NOTFOUND
         : was_removed(slot)                  ? APR_ENOENT : APR_SUCCESS;
    if (rv == APR_SUCCESS) {
        slot->used = apr_time_now();
        *len = slot->len;
        *body = apr_pmemdup(pool, slot->bytes + slot->named, slot->len);
    }
    leave(last, table);
    return rv;
}

void mssl_lastgood_put(mssl_lastgood_t *last, const char *source, const char *key,
                       const void *body, size_t len)
{
    table_t *table;
    slot_t *slot, *set;
    apr_uint32_t size;
    whose_t id;

    if (enter(last, &table) != APR_SUCCESS) {
        return;
    }
    set = set_of(table, source, key, &id);
    if (id.named <= sizeof(slot->bytes)) {
        slot = find(table, set, &id);
        size = body != NULL && len <= sizeof(slot->bytes) - id.named ? (apr_uint32_t)len : NOTHING;
        if (body == NULL && slot != NULL && was_removed(slot)) {
            size = REMOVED_SEEN;
            id.named = 0;
        }
        write_slot(table, slot != NULL ? slot : find_room(set), &id, body, size);
    }
    leave(last, table);
}

void mssl_lastgood_drop(mssl_lastgood_t *last, const char *source, const char *key, int has_else)
{
    slot_t *slot, *set;
    table_t *table;
    whose_t id;

    if (enter(last, &table) != APR_SUCCESS) {
        return;
    }
    set = set_of(table, source, key, &id);
    slot = find(table, set, &id);
    if (has_else) {
        slot = slot != NULL ? slot : find_room(set);
        id.named = 0;
        write_slot(table, slot, &id, NULL, REMOVED);
    }
    else if (slot != NULL) {
        drop(table, slot);
    }
    leave(last, table);
}

int mssl_lastgood_touch(mssl_lastgood_t *last, const char *source, const char *key)
{
    table_t *table;
    slot_t *slot, *set;
    int is_kept;
    whose_t id;

    if ((last->held == NULL
         && __atomic_fetch_add(&last->turn, 1, __ATOMIC_RELAXED) % TOUCH_EVERY != 0)
        || enter(last, &table) != APR_SUCCESS) {
        return 1;
    }
    set = set_of(table, source, key, &id);
    slot = find(table, set, &id);
    if (slot != NULL) {
        slot->used = apr_time_now();
    }
    is_kept = slot != NULL ? slot->len != REMOVED : find_room(set)->tag != 0;
    leave(last, table);
    return is_kept;
}
