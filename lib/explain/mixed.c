/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/mixed.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#define SPACES " \t\n\f\r"
#define UPGRADE "upgrade-insecure-requests"

/** How the value of an attribute has URLs in it. */
typedef enum { HOLDS_URL = 0, HOLDS_SRCSET, HOLDS_CSS } holds_t;

static const struct {
    const char *tag, *attribute;
    holds_t holds;
    int is_blocked;
} rows[] = {
    { "script", "src", HOLDS_URL, 1 },     { "iframe", "src", HOLDS_URL, 1 },
    { "frame", "src", HOLDS_URL, 1 },      { "embed", "src", HOLDS_URL, 1 },
    { "object", "data", HOLDS_URL, 1 },    { "link", "href", HOLDS_URL, 1 },
    { "base", "href", HOLDS_URL, 1 },      { "track", "src", HOLDS_URL, 1 },
    { "img", "src", HOLDS_URL, 0 },        { "img", "srcset", HOLDS_SRCSET, 1 },
    { "source", "src", HOLDS_URL, 0 },     { "source", "srcset", HOLDS_SRCSET, 1 },
    { "video", "src", HOLDS_URL, 0 },      { "video", "poster", HOLDS_URL, 0 },
    { "audio", "src", HOLDS_URL, 0 },      { "input", "src", HOLDS_URL, 0 },
    { "body", "background", HOLDS_URL, 0 },{ "table", "background", HOLDS_URL, 0 },
    { "td", "background", HOLDS_URL, 0 },  { "form", "action", HOLDS_URL, 0 },
    { "button", "formaction", HOLDS_URL, 0 }, { "input", "formaction", HOLDS_URL, 0 },
};

/** Elements whose content is no markup up to their end tag. */
static const char *const raws[] = { "script", "style", "textarea", "title", "noscript", "xmp",
                                    "noframes", "template" };

/** rel of links that are loaded. */
static const char *const rels[] = { "stylesheet", "icon", "preload", "modulepreload", "prefetch",
                                    "manifest", "apple-touch-icon", "mask-icon" };

typedef struct scan_t {
    const char *at, *end;
    apr_array_header_t *found;
    apr_pool_t *pool;
} scan_t;

/** A stretch of the page. */
typedef struct span_t {
    const char *text;
    size_t len;
} span_t;

/** An attribute as it stands there. */
typedef struct attribute_t {
    span_t name, value;
} attribute_t;

#define ATTRIBUTES_MAX 64

typedef struct tag_t {
    span_t name;
    int is_end;
    int n;
    attribute_t attribute[ATTRIBUTES_MAX];
} tag_t;

static int is_space(char c)
{
    return c != '\0' && strchr(SPACES, c) != NULL;
}

static int is_word(span_t span, const char *word)
{
    return span.len == strlen(word) && strncasecmp(span.text, word, span.len) == 0;
}

static void skip_spaces(scan_t *scan)
{
    while (scan->at < scan->end && is_space(*scan->at)) {
        scan->at++;
    }
}

/** Up to one of some bytes, or a space. */
static span_t take_until(scan_t *scan, const char *stops)
{
    span_t span = { scan->at, 0 };

    while (scan->at < scan->end && !is_space(*scan->at)
           && (*scan->at == '\0' || strchr(stops, *scan->at) == NULL)) {
        scan->at++;
    }
    span.len = (size_t)(scan->at - span.text);
    return span;
}

static span_t take_value(scan_t *scan)
{
    span_t span = { scan->at, 0 };
    const char *close;

    if (scan->at == scan->end || (*scan->at != '"' && *scan->at != '\'')) {
        return take_until(scan, ">");
    }
    span.text++;
    close = memchr(span.text, *scan->at, (size_t)(scan->end - span.text));
    scan->at = close != NULL ? close + 1 : scan->end;
    span.len = (size_t)((close != NULL ? close : scan->end) - span.text);
    return span;
}

static void take_attribute(scan_t *scan, tag_t *tag)
{
    attribute_t attribute = { { NULL, 0 }, { "", 0 } };

    if (*scan->at == '/') {
        scan->at++;
        return;
    }
    attribute.name.text = scan->at;
    scan->at++; /* even a "=": so each turn goes on */
    take_until(scan, "=/>");
    attribute.name.len = (size_t)(scan->at - attribute.name.text);
    skip_spaces(scan);
    if (scan->at < scan->end && *scan->at == '=') {
        scan->at++;
        skip_spaces(scan);
        attribute.value = take_value(scan);
    }
    if (tag->n < ATTRIBUTES_MAX) {
        tag->attribute[tag->n++] = attribute;
    }
}

/** Behind "<". @return 1: a whole tag */
static int take_tag(scan_t *scan, tag_t *tag)
{
    memset(tag, 0, sizeof(*tag));
    tag->is_end = scan->at < scan->end && *scan->at == '/';
    scan->at += tag->is_end;
    if (scan->at == scan->end || !apr_isalpha(*scan->at)) {
        return 0;
    }
    tag->name = take_until(scan, "/>");
    for (skip_spaces(scan); scan->at < scan->end && *scan->at != '>'; skip_spaces(scan)) {
        take_attribute(scan, tag);
    }
    if (scan->at == scan->end) {
        return 0;
    }
    scan->at++;
    return 1;
}

static span_t get_attribute(const tag_t *tag, const char *name)
{
    span_t none = { NULL, 0 };
    int i;

    for (i = 0; i < tag->n; i++) {
        if (is_word(tag->attribute[i].name, name)) {
            return tag->attribute[i].value; /* the first counts */
        }
    }
    return none;
}

/** "&amp;" and the numbers, of ASCII: as much as a URL needs. @return bytes that it takes; 0 */
static size_t decode(const char *at, const char *end, char *c)
{
    size_t left = (size_t)(end - at), i = 3;
    long n = 0;
    int base = 10;

    if (left >= 5 && strncasecmp(at, "&amp;", 5) == 0) {
        *c = '&';
        return 5;
    }
    if (left < 4 || at[1] != '#') {
        return 0;
    }
    if (at[2] == 'x' || at[2] == 'X') {
        base = 16;
    }
    for (i = base == 16 ? 3 : 2; i < left && i < 10 && apr_isxdigit(at[i])
         && (base == 16 || apr_isdigit(at[i])); i++) {
        n = n * base + (apr_isdigit(at[i]) ? at[i] - '0' : (at[i] | 0x20) - 'a' + 10);
    }
    if (n <= 0 || n > 0x7e) {
        return 0;
    }
    *c = (char)n;
    return i + (i < left && at[i] == ';');
}

/** As a URL parser does: bytes below 0x21 at the ends go, tabs and ends of lines everywhere. */
static const char *clean(const scan_t *scan, span_t span)
{
    const char *at = span.text, *end = span.text + span.len;
    char url[MSSL_MIXED_URL_MAX + 1], c;
    size_t n = 0, taken;

    while (at < end && n < MSSL_MIXED_URL_MAX) {
        taken = *at == '&' ? decode(at, end, &c) : 0;
        c = taken > 0 ? c : *at;
        at += taken > 0 ? taken : 1;
        if ((unsigned char)c > 0x20 && c != 0x7f) {
            url[n++] = c;
        }
    }
    return apr_pstrmemdup(scan->pool, url, n);
}

static void add(scan_t *scan, const char *tag, const char *attribute, int is_blocked, span_t span)
{
    const char *url = clean(scan, span);
    mssl_mixed_t *mixed;
    int i;

    if (strncasecmp(url, "http:", 5) != 0 || scan->found->nelts >= MSSL_MIXED_MAX) {
        return;
    }
    for (i = 0; i < scan->found->nelts; i++) {
        mixed = &APR_ARRAY_IDX(scan->found, i, mssl_mixed_t);
        if (mixed->tag == tag && mixed->attribute == attribute && strcmp(mixed->url, url) == 0) {
            return;
        }
    }
    mixed = apr_array_push(scan->found);
    mixed->tag = tag;
    mixed->attribute = attribute;
    mixed->is_blocked = is_blocked;
    mixed->url = url;
}

/** "a.png 1x, b.png 2x" */
static void add_srcset(scan_t *scan, const char *tag, int is_blocked, span_t span)
{
    scan_t part = { span.text, span.text + span.len, NULL, NULL };

    while (part.at < part.end) {
        skip_spaces(&part);
        add(scan, tag, "srcset", is_blocked, take_until(&part, ""));
        while (part.at < part.end && *part.at != ',') {
            part.at++;
        }
        part.at += part.at < part.end;
    }
}

static int begins(const char *at, const char *end, const char *word)
{
    size_t len = strlen(word);

    return (size_t)(end - at) >= len && strncasecmp(at, word, len) == 0;
}

/** url(...) and @import "..." */
static void add_css(scan_t *scan, const char *tag, const char *attribute, span_t span)
{
    scan_t part = { span.text, span.text + span.len, NULL, NULL };

    while (part.at < part.end) {
        int is_import = begins(part.at, part.end, "@import");

        if (begins(part.at, part.end, "/*")) {
            for (part.at += 2; part.at < part.end && !begins(part.at, part.end, "*/"); part.at++) {
            }
        }
        else if (is_import || begins(part.at, part.end, "url(")) {
            part.at += is_import ? 7 : 4;
            skip_spaces(&part);
            if (is_import && part.at < part.end && *part.at != '"' && *part.at != '\'') {
                continue; /* of an url(): it comes next */
            }
            add(scan, tag, attribute, is_import,
                part.at < part.end && (*part.at == '"' || *part.at == '\'')
                ? take_value(&part) : take_until(&part, ")"));
        }
        else {
            part.at++;
        }
    }
}

/** A link that is no load (canonical, alternate) is nobody's mixed content. */
static int is_loaded(const tag_t *tag)
{
    span_t rel = get_attribute(tag, "rel");
    scan_t part = { rel.text, rel.text + rel.len, NULL, NULL };
    size_t i;

    while (part.at < part.end) {
        span_t word;

        skip_spaces(&part);
        word = take_until(&part, "");
        for (i = 0; i < sizeof(rels) / sizeof(rels[0]); i++) {
            if (is_word(word, rels[i])) {
                return 1;
            }
        }
    }
    return 0;
}

static void look_at_tag(scan_t *scan, const tag_t *tag)
{
    span_t value;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!is_word(tag->name, rows[i].tag)) {
            continue;
        }
        value = get_attribute(tag, rows[i].attribute);
        if (value.text == NULL || (strcmp(rows[i].tag, "link") == 0 && !is_loaded(tag))) {
            continue;
        }
        if (rows[i].holds == HOLDS_SRCSET) {
            add_srcset(scan, rows[i].tag, rows[i].is_blocked, value);
        }
        else {
            add(scan, rows[i].tag, rows[i].attribute, rows[i].is_blocked, value);
        }
    }
    value = get_attribute(tag, "style");
    if (value.text != NULL) {
        add_css(scan, "style", "style", value);
    }
}

/** To the end tag of an element whose content is no markup. */
static span_t skip_raw(scan_t *scan, const char *name)
{
    span_t content = { scan->at, 0 };
    size_t len = strlen(name);

    for (; scan->at < scan->end; scan->at++) {
        if (begins(scan->at, scan->end, "</") && begins(scan->at + 2, scan->end, name)
            && (scan->at + 2 + len == scan->end || !apr_isalnum(scan->at[2 + len]))) {
            break;
        }
    }
    content.len = (size_t)(scan->at - content.text);
    return content;
}

static void skip_comment(scan_t *scan)
{
    for (scan->at += 3; scan->at < scan->end && !begins(scan->at, scan->end, "-->"); scan->at++) {
    }
}

apr_array_header_t *mssl_mixed_find(const char *page, size_t len, apr_pool_t *pool)
{
    scan_t scan = { page, page + len, apr_array_make(pool, 8, sizeof(mssl_mixed_t)), pool };
    span_t content;
    tag_t tag;
    size_t i;

    while (scan.at < scan.end) {
        if (*scan.at++ != '<') {
            continue;
        }
        if (begins(scan.at, scan.end, "!--")) {
            skip_comment(&scan);
        }
        else if (take_tag(&scan, &tag) && !tag.is_end) {
            look_at_tag(&scan, &tag);
            for (i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
                if (is_word(tag.name, raws[i])) {
                    content = skip_raw(&scan, raws[i]);
                    if (strcmp(raws[i], "style") == 0) {
                        add_css(&scan, "style", "text", content);
                    }
                }
            }
        }
    }
    return scan.found;
}

int mssl_mixed_is_upgraded(const char *csp)
{
    size_t len = strlen(UPGRADE);
    const char *at;

    for (at = csp; at != NULL && *at != '\0'; at++) {
        int is_begin = at == csp || strchr(" \t;,", at[-1]) != NULL;

        if (is_begin && strncasecmp(at, UPGRADE, len) == 0
            && strchr(" \t;,", at[len]) != NULL) { /* or its end */
            return 1;
        }
    }
    return 0;
}
