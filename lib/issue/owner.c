/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/owner.h"

#include <string.h>

#include "lib/base/mailbox.h"
#include "lib/base/reason.h"
#include "lib/base/utf8.h"

#define VALUE_SIZE 256
#define ALL "organisation, street, city, region, postcode, country, phone, registration, admin-name or " \
            "admin-mail"

static int is_country(const char *value)
{
    return strlen(value) == 2 && strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

static int is_phone(const char *value)
{
    return strpbrk(value, "0123456789") != NULL && strspn(value, "+0123456789 -./()") == strlen(value);
}

static const struct {
    const char *name;
    int is_needed;
    int (*is_good)(const char *value); /* NULL: any is */
    const char *use;
} fields[] = {
    { "organisation", 1, NULL, NULL },
    { "street", 0, NULL, NULL },
    { "city", 1, NULL, NULL },
    { "region", 0, NULL, NULL },
    { "postcode", 0, NULL, NULL },
    { "country", 1, is_country, "two capital letters (DE)" },
    { "phone", 0, is_phone, "digits (+49 30 123456)" },
    { "registration", 0, NULL, NULL },
    { "admin-name", 1, NULL, NULL },
    { "admin-mail", 1, mssl_mailbox_is_plain, "an address of mail" },
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static int is_text(const char *value, size_t len)
{
    const char *end = value + len;

    while (value < end) {
        unsigned code = mssl_utf8_next(&value, end);

        if (code == MSSL_UTF8_BAD || mssl_utf8_is_control(code)) {
            return 0;
        }
    }
    return 1;
}

static size_t find(const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < FIELDS; i++) {
        if (strlen(fields[i].name) == len && memcmp(fields[i].name, name, len) == 0) {
            break;
        }
    }
    return i;
}

/* "field: value", without blanks around. */
static apr_status_t take_line(char values[FIELDS][VALUE_SIZE], const char *line, size_t len, int number,
                              mssl_reason_t *why)
{
    const char *colon = memchr(line, ':', len), *value;
    size_t i = colon != NULL ? find(line, (size_t)(colon - line)) : FIELDS, size;

    if (i == FIELDS) {
        return mssl_reason_set(why, APR_EINVAL, "line %d: use 'field: value', with " ALL, number);
    }
    value = colon + 1;
    while (value < line + len && (*value == ' ' || *value == '\t')) {
        value++;
    }
    size = (size_t)(line + len - value);
    if (size == 0 || size >= VALUE_SIZE || !is_text(value, size)) {
        return mssl_reason_set(why, APR_EINVAL, "line %d: %s: use a text of 1 to %d bytes, UTF-8 without "
                               "control characters", number, fields[i].name, VALUE_SIZE - 1);
    }
    if (values[i][0] != '\0') {
        return mssl_reason_set(why, APR_EINVAL, "line %d: %s is there twice", number, fields[i].name);
    }
    memcpy(values[i], value, size);
    values[i][size] = '\0';
    if (fields[i].is_good != NULL && !fields[i].is_good(values[i])) {
        return mssl_reason_set(why, APR_EINVAL, "line %d: %s: use %s", number, fields[i].name,
                               fields[i].use);
    }
    return APR_SUCCESS;
}

static apr_status_t write_all(mssl_buffer_t *out, char values[FIELDS][VALUE_SIZE], mssl_reason_t *why)
{
    apr_status_t rv = APR_SUCCESS;
    size_t i;

    for (i = 0; rv == APR_SUCCESS && i < FIELDS; i++) {
        if (values[i][0] != '\0') {
            rv = mssl_buffer_print(out, "%s: %s\n", fields[i].name, values[i]);
        }
        else if (fields[i].is_needed) {
            return mssl_reason_set(why, APR_EINVAL, "there is no line '%s: ...'", fields[i].name);
        }
    }
    return rv == APR_SUCCESS ? rv : mssl_reason_set(why, rv, "no memory for it");
}

apr_status_t mssl_owner_parse(mssl_buffer_t *out, const char *text, size_t len, mssl_reason_t *why)
{
    char values[FIELDS][VALUE_SIZE] = { { 0 } };
    const char *end = text + len;
    apr_status_t rv = APR_SUCCESS;
    int number;

    if (len > MSSL_OWNER_MAX) {
        return mssl_reason_set(why, APR_EINVAL, "it has more than %d bytes", MSSL_OWNER_MAX);
    }
    for (number = 1; rv == APR_SUCCESS && text < end; number++) {
        const char *eol = memchr(text, '\n', (size_t)(end - text));
        size_t size = (size_t)((eol != NULL ? eol : end) - text);
        const char *line = text;

        text += size + (eol != NULL);
        while (size > 0 && strchr(" \t\r", line[size - 1]) != NULL) {
            size--;
        }
        if (size > 0 && *line != '#') {
            rv = take_line(values, line, size, number, why);
        }
    }
    return rv == APR_SUCCESS ? write_all(out, values, why) : rv;
}
