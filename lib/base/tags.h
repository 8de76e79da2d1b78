/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_TAGS_H
#define MSSL_LIB_BASE_TAGS_H

/**
 * @file tags.h
 * Our own space of log tags. Each number is used in one place, never used again for
 * something else, and documented in docs/log-tags.md with cause and remedy (tests/lint
 * holds us to it). httpd's APLOGNO space is for modules of the httpd distribution.
 *
 * 0001-0029 configuration and start; 0030-0059 handshake; 0060-0089 requests;
 * 0090-0109 switch and intents; 0110-0149 store; 0150-0179 broker; from 0180 on in the order in
 * which they came.
 */
#define MSSLNO(n) "MSSL" #n ": "

#endif /* MSSL_LIB_BASE_TAGS_H */
