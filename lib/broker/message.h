/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BROKER_MESSAGE_H
#define MSSL_LIB_BROKER_MESSAGE_H

/**
 * @file message.h
 * What a child and the broker say to each other. A message is a header of MSSL_MESSAGE_HEAD bytes
 * and a body; numbers are in the byte order of the machine that both sides run on. There is one way
 * to write each message: what a decoder takes, the encoder gives back byte for byte. Whoever meets
 * the first malformed byte ends the connection. Pure, any thread.
 */

#include "lib/base/name.h"
#include "mod_mssl.h"

/** What is said; requests are even, answers are odd. */
typedef enum {
    /** broker: the connection is taken; no body. Shows the child who speaks */
    MSSL_MESSAGE_HELLO = 1,
    MSSL_MESSAGE_FETCH = 2,  /**< child: mssl_request_t */
    MSSL_MESSAGE_ANSWER = 3, /**< broker: what there is for that name */
    /** child: mssl_request_t; what was good last for that name, without a look at its files */
    MSSL_MESSAGE_RECALL = 4
} mssl_message_type_t;

/** Where a connection stands; decides which message may come next. */
typedef enum {
    MSSL_PEER_NEW = 1,  /**< not greeted */
    MSSL_PEER_IDLE = 2, /**< greeted, nothing is asked */
    MSSL_PEER_ASKED = 4 /**< a request is under way; one at a time */
} mssl_peer_state_t;

#define MSSL_MESSAGE_HEAD 12
/** The longest body of a request. */
#define MSSL_REQUEST_MAX 512
/** The longest text, in bytes: a path. */
#define MSSL_MESSAGE_TEXT_MAX 8192
/** The longest blob, in bytes: a PFX of MSSL_FILE_MAX grows when it becomes PEM. */
#define MSSL_MESSAGE_BLOB_MAX (2 * MSSL_FILE_MAX)
/** The longest body of an answer. */
#define MSSL_ANSWER_MAX \
    (MSSL_MATERIAL_MAX * (3 * (MSSL_MESSAGE_BLOB_MAX + 5) + 3 * MSSL_MESSAGE_TEXT_MAX) + 1024)

/** A name that a child asks for. There is no path in it. */
typedef struct mssl_request_t {
    int source;                /**< number of the store in the configuration */
    char key[MSSL_NAME_SIZE];  /**< a canonical name or pattern */
    int has_known;
    mssl_stamp_t known;        /**< zero without has_known */
} mssl_request_t;

/**
 * Judge a header.
 * @param state of the connection
 * @param type out, @param len out: of the body
 * @return APR_SUCCESS; APR_EINVAL: not a header, or of a message that may not come now
 */
apr_status_t mssl_message_decode_head(const unsigned char head[MSSL_MESSAGE_HEAD],
                                      mssl_peer_state_t state, mssl_message_type_t *type,
                                      size_t *len);
void mssl_message_encode_head(unsigned char head[MSSL_MESSAGE_HEAD], mssl_message_type_t type,
                              size_t len);

/** @return length of the body */
size_t mssl_message_encode_request(unsigned char body[MSSL_REQUEST_MAX],
                                   const mssl_request_t *request);
/**
 * @return APR_SUCCESS; APR_EINVAL: malformed, or the key is neither a canonical name nor a pattern
 */
apr_status_t mssl_message_decode_request(mssl_request_t *request, const unsigned char *body,
                                         size_t len);

/** What there is for a name: what fetch() of a store provider gives, judged. */
typedef struct mssl_found_t {
    apr_status_t rv;
    mssl_reason_t why;
    /** PEM only; an item has cert, key and staple, or rv and none of them */
    mssl_material_t material;
} mssl_found_t;

/**
 * @param body out, in pool; holds private keys: the caller wipes it
 * @return APR_SUCCESS; APR_EINVAL: the reply cannot be said (too long, an item that is not PEM)
 */
apr_status_t mssl_message_encode_reply(unsigned char **body, size_t *len,
                                       const mssl_found_t *reply, apr_pool_t *pool);
/**
 * @param reply out: texts and blobs point into body
 * @return APR_SUCCESS; APR_EINVAL: malformed
 */
apr_status_t mssl_message_decode_reply(mssl_found_t *reply, const unsigned char *body, size_t len);

#endif /* MSSL_LIB_BROKER_MESSAGE_H */
