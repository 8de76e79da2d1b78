/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pages/template.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <string.h>
#include <strings.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/base/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BOM "\xef\xbb\xbf"
#define NAME_MAX_LEN 32

/* How a slot's value is written. */
typedef enum {
    AS_NOTHING, /* there is no slot here */
    AS_TEXT,
    AS_URL,     /* begins the value of an attribute that is a URL */
    AS_URL_PART /* stands further on in it */
} form_t;

/* Text of the admin, then a slot. */
typedef struct piece_t {
    const char *text;
    size_t len;
    form_t form;
    mssl_slot_t slot;
} piece_t;

struct mssl_template_t {
    apr_array_header_t *pieces; /* piece_t */
    const char *idle;
};

typedef struct parser_t {
    const char *begin;
    const char *at;
    const char *kept;  /* from here on nothing has been put into a piece */
    mssl_template_t *out;
    apr_pool_t *pool;
    mssl_reason_t *why;
} parser_t;

static const char *const slots[MSSL_SLOTS] = { "title", "text", "host", "link", "contact", "code",
                                               "lang" };

static int get_line(const parser_t *p)
{
    const char *at;
    int line = 1;

    for (at = p->begin; at < p->at; at++) {
        line += *at == '\n';
    }
    return line;
}

static apr_status_t fail(parser_t *p, const char *what)
{
    return mssl_reason_set(p->why, APR_EINVAL, "line %d: %s", get_line(p), what);
}

static void note_idle(parser_t *p, const char *what)
{
    if (p->out->idle == NULL) {
        p->out->idle = apr_psprintf(p->pool, "line %d: %s", get_line(p), what);
    }
}

static int is_in(const char *const *list, size_t n, const char *name)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (strcmp(list[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void skip_space(parser_t *p)
{
    while (is_space(*p->at)) {
        p->at++;
    }
}

static int is_slot(const parser_t *p)
{
    return p->at[0] == '{' && p->at[1] == '{';
}

static void keep(parser_t *p, form_t form, mssl_slot_t slot)
{
    piece_t *piece = apr_array_push(p->out->pieces);

    piece->text = p->kept;
    piece->len = (size_t)(p->at - p->kept);
    piece->form = form;
    piece->slot = slot;
}

/* A name of letters, digits and the marks that names have, in lower case. */
static void take_name(parser_t *p, char name[NAME_MAX_LEN])
{
    size_t len = 0;

    for (; apr_isalnum(*p->at) || (*p->at != '\0' && strchr("-_.:@", *p->at) != NULL); p->at++) {
        if (len + 1 < NAME_MAX_LEN) {
            name[len++] = (char)apr_tolower(*p->at);
        }
    }
    name[len] = '\0';
}

/* "{{ name }}" */
static apr_status_t take_slot(parser_t *p, form_t form)
{
    const char *begin = p->at;
    const char *end;
    char name[NAME_MAX_LEN];
    int slot;

    p->at += 2;
    skip_space(p);
    take_name(p, name);
    skip_space(p);
    for (slot = 0; slot < MSSL_SLOTS && strcmp(slots[slot], name) != 0; slot++) {
    }
    end = p->at;
    p->at = begin;
    if (slot == MSSL_SLOTS || end[0] != '}' || end[1] != '}') {
        return fail(p, "\"{{\" begins no placeholder, use {{title}}, {{text}}, {{host}}, {{link}}, "
                    "{{contact}}, {{code}} or {{lang}}");
    }
    if (form == AS_URL && slot != MSSL_SLOT_LINK && slot != MSSL_SLOT_CONTACT) {
        return fail(p, "a URL may begin with {{link}} or {{contact}} only, write \"https://\" or "
                    "\"mailto:\" before another placeholder");
    }
    keep(p, form, (mssl_slot_t)slot);
    p->at = p->kept = end + 2;
    return APR_SUCCESS;
}

/* What stands in quotes; p->at is behind the first one. */
static apr_status_t take_value(parser_t *p, char quote, form_t form)
{
    const char *begin = p->at;
    apr_status_t rv;

    while (*p->at != quote) {
        if (*p->at == '\0') {
            p->at = begin;
            return fail(p, "the value of an attribute has no closing quote");
        }
        if (!is_slot(p)) {
            p->at++;
            continue;
        }
        if (form == AS_NOTHING) {
            return fail(p, "a placeholder may not stand in an event handler, style, srcdoc or "
                        "srcset");
        }
        rv = take_slot(p, form == AS_URL && p->at != begin ? AS_URL_PART : form);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    p->at++;
    return APR_SUCCESS;
}

/* How a slot would be written into the value of an attribute. */
static form_t get_form(parser_t *p, const char *name)
{
    static const char *const urls[] = { "action", "background", "cite", "data", "formaction", "href",
                                        "icon", "longdesc", "manifest", "ping", "poster", "profile",
                                        "src", "usemap", "xlink:href" };
    static const char *const loads[] = { "background", "data", "icon", "manifest", "ping", "poster",
                                         "src", "srcset", "srcdoc" };
    static const char *const no_slots[] = { "srcdoc", "srcset", "style" };

    if (strncmp(name, "on", 2) == 0) {
        note_idle(p, "an event handler (on...) never runs");
        return AS_NOTHING;
    }
    if (is_in(loads, COUNT(loads), name)) {
        note_idle(p, "nothing is loaded (an attribute src, ping or the like); draw with inline <svg>");
    }
    return is_in(no_slots, COUNT(no_slots), name) ? AS_NOTHING
         : is_in(urls, COUNT(urls), name) ? AS_URL : AS_TEXT;
}

/* What follows "=" without a quote. */
static apr_status_t take_bare_value(parser_t *p)
{
    const char *begin = p->at;

    while (*p->at != '\0' && !is_space(*p->at) && strchr("\"'<=>`{", *p->at) == NULL) {
        p->at++;
    }
    if (is_slot(p)) {
        return fail(p, "a placeholder in an attribute needs quotes around the whole value");
    }
    return p->at > begin && (is_space(*p->at) || *p->at == '>')
        ? APR_SUCCESS : fail(p, "the value of an attribute needs quotes");
}

static apr_status_t take_attribute(parser_t *p)
{
    char name[NAME_MAX_LEN];
    form_t form;
    char quote;

    take_name(p, name);
    if (name[0] == '\0') {
        return fail(p, is_slot(p) ? "a placeholder may stand in text and in quoted attributes only"
                                  : "a tag holds something that is no attribute, or does not end");
    }
    form = get_form(p, name);
    skip_space(p);
    if (*p->at != '=') {
        return APR_SUCCESS;
    }
    p->at++;
    skip_space(p);
    quote = *p->at;
    if (quote != '"' && quote != '\'') {
        return take_bare_value(p);
    }
    p->at++;
    return take_value(p, quote, form);
}

static int begins_with(const parser_t *p, const char *text)
{
    return strncasecmp(p->at, text, strlen(text)) == 0;
}

/* What is in <title> and <style>, where a browser sees no tags. */
static apr_status_t take_content(parser_t *p, const char *tag)
{
    size_t len = strlen(tag);
    apr_status_t rv;

    /* "</titles>" does not end it. */
    while (!(p->at[0] == '<' && p->at[1] == '/' && strncasecmp(p->at + 2, tag, len) == 0
             && (p->at[2 + len] == '>' || is_space(p->at[2 + len])))) {
        if (*p->at == '\0' || *p->at == '<') {
            return fail(p, "\"<\" in <title> or <style>, or it does not end");
        }
        if (!is_slot(p)) {
            p->at++;
            continue;
        }
        rv = tag[0] == 's' ? fail(p, "a placeholder may not stand in <style>")
                           : take_slot(p, AS_TEXT);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t check_tag(parser_t *p, const char *name)
{
    /* Run something, move what URLs mean, or have content that is no HTML, or is not everywhere. */
    static const char *const refused[] = { "applet", "base", "embed", "frame", "frameset", "iframe",
                                           "noembed", "noframes", "noscript", "object", "plaintext",
                                           "script", "template", "textarea", "xmp" };

    if (is_in(refused, COUNT(refused), name)) {
        return fail(p, apr_psprintf(p->pool, "<%s> is not allowed in a page", name));
    }
    if (strcmp(name, "link") == 0) {
        note_idle(p, "nothing is loaded (<link>); write CSS into <style>");
    }
    return APR_SUCCESS;
}

static apr_status_t take_start_tag(parser_t *p)
{
    char name[NAME_MAX_LEN];
    apr_status_t rv;

    p->at++;
    take_name(p, name);
    rv = check_tag(p, name);
    while (rv == APR_SUCCESS) {
        while (is_space(*p->at) || *p->at == '/') {
            p->at++;
        }
        if (*p->at == '>') {
            p->at++;
            break;
        }
        rv = take_attribute(p);
    }
    if (rv == APR_SUCCESS && (strcmp(name, "title") == 0 || strcmp(name, "style") == 0)) {
        rv = take_content(p, name);
    }
    return rv;
}

static apr_status_t take_end_tag(parser_t *p)
{
    char name[NAME_MAX_LEN];

    p->at += 2;
    take_name(p, name);
    skip_space(p);
    if (!apr_isalpha(name[0]) || *p->at != '>') {
        return fail(p, "an end tag is more than </name>");
    }
    p->at++;
    return APR_SUCCESS;
}

/* HTML comments end at "-->", and in other ways that are refused here ("<!-->", "--!>"). */
static apr_status_t take_comment(parser_t *p)
{
    const char *begin = p->at + 4;
    const char *end = strstr(begin, "-->");
    const char *other = strstr(begin, "--!>");
    const char *slot = strstr(begin, "{{");

    if (end == NULL || *begin == '>' || strncmp(begin, "->", 2) == 0
        || (other != NULL && other < end)) {
        return fail(p, "a comment does not end with \"-->\"");
    }
    if (slot != NULL && slot < end) {
        p->at = slot;
        return fail(p, "a placeholder may not stand in a comment");
    }
    p->at = end + 3;
    return APR_SUCCESS;
}

static apr_status_t take_markup(parser_t *p)
{
    if (begins_with(p, "<!--")) {
        return take_comment(p);
    }
    if (begins_with(p, "<!doctype")) {
        p->at += strcspn(p->at + 1, "<>{") + 1;
        return *p->at++ == '>' ? APR_SUCCESS : fail(p, "the DOCTYPE does not end");
    }
    if (p->at[1] == '/') {
        return take_end_tag(p);
    }
    return apr_isalpha(p->at[1]) ? take_start_tag(p)
                                 : fail(p, "\"<\" begins no tag, write &lt;");
}

static apr_status_t check_bytes(parser_t *p, size_t len)
{
    const char *next = p->begin;

    for (; *p->at != '\0'; p->at = next) {
        unsigned code = mssl_utf8_next(&next, p->begin + len);

        if (code == MSSL_UTF8_BAD || (code < 0x20 && !is_space((char)code))) {
            return fail(p, code < 0x20 ? "a control character" : "the file is not UTF-8");
        }
        if (begins_with(p, "<script")) {
            return fail(p, "<script> is not allowed in a page");
        }
    }
    return (size_t)(p->at - p->begin) == len ? APR_SUCCESS : fail(p, "a NUL byte");
}

static apr_status_t parse(parser_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && *p->at != '\0') {
        if (is_slot(p)) {
            rv = take_slot(p, AS_TEXT);
        }
        else if (*p->at == '<') {
            rv = take_markup(p);
        }
        else {
            p->at++;
        }
    }
    return rv;
}

apr_status_t mssl_template_parse(mssl_template_t **out, const char *html, size_t len,
                                 apr_pool_t *pool, mssl_reason_t *why)
{
    parser_t p = { NULL };
    apr_status_t rv;

    *out = NULL;
    if (len > MSSL_TEMPLATE_MAX) {
        return mssl_reason_set(why, APR_EINVAL, "it is longer than %d bytes", MSSL_TEMPLATE_MAX);
    }
    if (len >= sizeof(BOM) - 1 && memcmp(html, BOM, sizeof(BOM) - 1) == 0) {
        html += sizeof(BOM) - 1;
        len -= sizeof(BOM) - 1;
    }
    p.begin = p.at = p.kept = apr_pstrmemdup(pool, html, len);
    p.pool = pool;
    p.why = why;
    rv = check_bytes(&p, len);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    p.out = apr_pcalloc(pool, sizeof(*p.out));
    p.out->pieces = apr_array_make(pool, 16, sizeof(piece_t));
    p.at = p.begin;
    rv = parse(&p);
    if (rv == APR_SUCCESS) {
        keep(&p, AS_NOTHING, MSSL_SLOT_TITLE);
        *out = p.out;
    }
    return rv;
}

const char *mssl_template_get_idle(const mssl_template_t *html)
{
    return html->idle;
}

/* Everything but what RFC 3986 section 2.3 leaves as it is. */
static const char *encode(apr_pool_t *pool, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = apr_palloc(pool, 3 * strlen(text) + 1);
    char *to = out;

    for (; *text != '\0'; text++) {
        if (apr_isalnum(*text) || strchr("-._~", *text) != NULL) {
            *to++ = *text;
            continue;
        }
        *to++ = '%';
        *to++ = hex[(unsigned char)*text >> 4];
        *to++ = hex[(unsigned char)*text & 15];
    }
    *to = '\0';
    return out;
}

static const char *get_value(const piece_t *piece, const mssl_template_values_t *values,
                             apr_pool_t *pool)
{
    const char *text = values->text[piece->slot];

    if (piece->form == AS_URL) {
        text = piece->slot == MSSL_SLOT_LINK ? values->link_href : values->contact_href;
    }
    if (text == NULL || piece->form == AS_NOTHING) {
        return "";
    }
    if (piece->form == AS_URL_PART) {
        text = encode(pool, text);
    }
    return piece->slot == MSSL_SLOT_HOST ? mssl_text_html(pool, text)
                                         : mssl_text_html_utf8(pool, text);
}

const char *mssl_template_fill(const mssl_template_t *html, const mssl_template_values_t *values,
                               apr_pool_t *pool)
{
    const piece_t *pieces = (const piece_t *)html->pieces->elts;
    apr_size_t n = (apr_size_t)html->pieces->nelts;
    struct iovec *parts = apr_palloc(pool, 2 * n * sizeof(*parts));
    apr_size_t i;

    for (i = 0; i < n; i++) {
        const char *value = get_value(&pieces[i], values, pool);

        parts[2 * i].iov_base = (void *)pieces[i].text;
        parts[2 * i].iov_len = pieces[i].len;
        parts[2 * i + 1].iov_base = (void *)value;
        parts[2 * i + 1].iov_len = strlen(value);
    }
    return apr_pstrcatv(pool, parts, 2 * n, NULL);
}
