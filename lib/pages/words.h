/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAGES_WORDS_H
#define MSSL_LIB_PAGES_WORDS_H

/**
 * @file words.h
 * What the pages say, in each language, and the choice among the languages. One file of words for
 * each: lib/pages/words_LANG.c; tests/lint/words.py holds them complete, and docs/pages.md says how
 * to add one. Constant data and pure functions, any thread, no allocation.
 *
 * Words are plain text in UTF-8, no HTML: it is escaped where it is put into a page. A word in
 * braces stands for what the page puts there ({host}, {link}, ...).
 */

#include "lib/pages/kinds.h"

/** Most things that one page proposes to do. */
#define MSSL_PAGE_TODO_MAX 3

/** Longest Accept-Language that is read, bytes, and most ranges in it; the rest does not count. */
#define MSSL_ACCEPT_MAX 1024
#define MSSL_ACCEPT_RANGES_MAX 32

/** What one page says. */
typedef struct mssl_page_words_t {
    const char *title;
    const char *text;  /**< what happened; no jargon in the first sentence */
    /** for the visitor: the next step, right above the button, then others; the rest is NULL */
    const char *todo[MSSL_PAGE_TODO_MAX];
    const char *owner; /**< for the owner of the site, or NULL */
    const char *link;  /**< on the button; NULL: the page never has one of its own */
} mssl_page_words_t;

/** A language. */
typedef struct mssl_words_t {
    const char *lang;    /**< its tag (RFC 5646), lower case: "de" */
    const char *asked;   /**< with {host} */
    const char *todo;    /**< heading of what the visitor can do */
    const char *leads;   /**< where the button leads, with {link} */
    const char *owner;   /**< heading of the part for the owner of the site */
    const char *example; /**< with {link} */
    const char *contact; /**< with {contact} */
    const char *support; /**< the last line, with {code}, {host} and {time} */
    const char *go_on;   /**< on the button of a page that has no words for it */
    mssl_page_words_t pages[MSSL_PAGES];
} mssl_words_t;

extern const mssl_words_t mssl_words_de, mssl_words_en, mssl_words_es, mssl_words_fr,
    mssl_words_it, mssl_words_nl, mssl_words_pl, mssl_words_pt;

/** All languages, English first, NULL behind the last. */
extern const mssl_words_t *const mssl_words_all[];

/**
 * Choose the language of an answer: the lookup of RFC 4647 section 3.4 over the ranges of an
 * Accept-Language (RFC 9110 section 12.5.4), the highest q first, the first written among equals;
 * "de-CH" finds "de". A language with q=0 is not chosen, whatever else is said. "*" is the first of
 * our languages that is not excluded.
 * @param accept the header's value, hostile bytes, or NULL. What is malformed in it is passed over
 * @return never NULL: English where nothing fits
 */
const mssl_words_t *mssl_words_choose(const char *accept);

#endif /* MSSL_LIB_PAGES_WORDS_H */
