/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROCESS_RIGHTS_H
#define MSSL_LIB_PROCESS_RIGHTS_H

/**
 * @file rights.h
 * What each process of ours may do: one table (rights.c), from which its confinement is made
 * (confine.h). What no row has, no process has: supplementary groups, a bounding set of
 * capabilities, new privileges by a file that it executes, being dumped or traced, descriptors and
 * shared memory that were not handed to it, a life after its parent's.
 */

/** The work that calls of the kernel are for (calls.h has which). */
#define MSSL_CALLS_LIVE 1u    /**< memory, time, locks; writing to what it was given; its end */
#define MSSL_CALLS_READ 2u    /**< files by name: looking at them, opening them for reading */
#define MSSL_CALLS_TALK 4u    /**< over sockets that it was given */
#define MSSL_CALLS_THREADS 8u /**< threads, never processes */
#define MSSL_CALLS_LIST 16u   /**< the names in a folder */
#define MSSL_CALLS_WRITE 32u  /**< making, writing, renaming and removing files and folders */
#define MSSL_CALLS_CONNECT 64u /**< connections to addresses */
#define MSSL_CALLS_ALL ~0u     /**< a foreign program: its kernel stays open */

/** What Landlock takes away, from root, too. */
#define MSSL_DENY_WRITE 1u  /**< opening for writing, making, removing, renaming, cutting off */
#define MSSL_DENY_EXEC 2u
#define MSSL_DENY_TCP 4u    /**< binding and connecting */
#define MSSL_DENY_SIGNAL 8u /**< to others; abstract sockets of others */
#define MSSL_DENY_READ 16u  /**< opening for reading, listing */

typedef enum {
    MSSL_ROLE_BROKER = 0, /**< opens the files of names that children ask for */
    MSSL_ROLE_JUDGE,      /**< opens and judges files that its parent names, answers once, ends */
    MSSL_ROLE_READER,     /**< msslctl's: looks through stores for its parent, who is root */
    MSSL_ROLE_KEEPER,     /**< msslctl's: writes into MSSLUser's own folder, and reads nothing else */
    MSSL_ROLE_CALLER,     /**< msslctl's: shakes hands with servers, as the steward's user */
    MSSL_ROLE_FETCHER,    /**< msslctl's: runs curl, as the steward's user, and reads what it got */
    MSSL_ROLE_INVENTORY,  /**< looks through all stores, writes in its own folders alone */
    MSSL_ROLE_STEWARD,    /**< becomes a program of its own, and runs others; msslctl's test of these */
    MSSL_ROLE_ASKED,      /**< the steward's: becomes a program that says whether a name is known */
    MSSL_ROLE_ISSUER,     /**< the steward's: becomes a program that asks a CA for a certificate */
    MSSL_ROLES
} mssl_role_t;

typedef struct mssl_rights_t {
    const char *name;     /**< of the process, at most 15 bytes */
    int has_user;         /**< becomes MSSLUser */
    int reads_all;        /**< keeps the capability to read any file, and no other */
    unsigned calls;       /**< MSSL_CALLS_*; any other call fails */
    unsigned denied;      /**< MSSL_DENY_*; some not in the places of the plan (confine.h) */
    int raises_files;     /**< as many descriptors as the hard limit allows */
    int has_parent;       /**< is ended when its parent dies */
    int is_last;          /**< gets what others leave of processor and disk */
    /**
     * executes a program, which is to be what its user may be and no more; that one may run others
     * that gain a group by their files (mail), so its kernel stays open, and calls and denied are none
     */
    int is_program;
} mssl_rights_t;

/** A row of the table; constant. */
const mssl_rights_t *mssl_rights_get(mssl_role_t role);

#endif /* MSSL_LIB_PROCESS_RIGHTS_H */
