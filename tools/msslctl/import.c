/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl import: a plan for what another program keeps, and what of it is to be copied. */

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/copied.h"
#include "tools/msslctl/install.h"
#include "tools/msslctl/print.h"
#include "tools/msslctl/survey.h"

/** What a worker may say: some 100,000 names. */
#define BYTES_MAX ((size_t)64 << 20)

typedef struct import_t {
    ctl_survey_t survey;
    apr_array_header_t *entries; /* ctl_entry_t */
    apr_array_header_t *faults; /* const char *: what was left out as it is wrong */
    const char *line;           /* MSSLCertStore for it; NULL: it is none */
    int is_store;               /* the server has that store already */
} import_t;

static void print_json(const import_t *import)
{
    mssl_json_t json;
    int i, k;

    mssl_json_init(&json, ctl_print_sink, stdout, 2);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", "mssl-import/1");
    mssl_json_text(&json, "form", import->survey.program->name);
    mssl_json_text(&json, "path", import->survey.path);
    mssl_json_text(&json, "line", import->line);
    mssl_json_bool(&json, "is_store", import->is_store);
    mssl_json_text(&json, "hook", import->survey.program->hook);
    mssl_json_bool(&json, "renews", ctl_forms_renews(import->survey.program));
    mssl_json_open(&json, "pairs", '[');
    for (i = 0; i < import->entries->nelts; i++) {
        const ctl_entry_t *entry = &APR_ARRAY_IDX(import->entries, i, ctl_entry_t);

        mssl_json_open(&json, NULL, '{');
        mssl_json_text(&json, "name", entry->name);
        mssl_json_text(&json, "key_type", entry->type);
        mssl_json_time(&json, "not_after", entry->until);
        mssl_json_text(&json, "action", entry->action);
        mssl_json_open(&json, "files", '[');
        for (k = 0; k < entry->nfiles; k++) {
            mssl_json_text(&json, NULL, entry->files[k]);
        }
        mssl_json_close(&json);
        mssl_json_int_or_null(&json, "number", entry->number != 0, entry->number);
        mssl_json_text(&json, "result", entry->result.word);
        mssl_json_text(&json, "text", entry->result.text);
        mssl_json_text(&json, "file", entry->result.path);
        mssl_json_close(&json);
    }
    mssl_json_close(&json);
    mssl_json_open(&json, "left_out", '[');
    for (i = 0; i < import->faults->nelts; i++) {
        mssl_json_text(&json, NULL, APR_ARRAY_IDX(import->faults, i, const char *));
    }
    mssl_json_close(&json);
    mssl_json_close(&json);
    mssl_json_end(&json);
}

static const char *explain(const import_t *import, const ctl_entry_t *entry)
{
    static const struct {
        const char *action, *text;
    } rows[] = {
        { "there", "there: what is in service lasts as long" }, { "expired", "left out: expired" },
        { "early", "left out: not valid yet" },
        { "unnamed", "left out: a tab or an end of line in the name of a file" },
        { "unfound", "not found by name" },
    };
    size_t i;

    if (entry->result.word != NULL) {
        return entry->result.word;
    }
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].action, entry->action) == 0) {
            return rows[i].text;
        }
    }
    return import->survey.copies                              ? "copy"
           : import->survey.program->kind == CTL_TRAEFIK ? "Traefik's" : "used where it is";
}

static void print_entries(ctl_t *ctl, const import_t *import)
{
    static const int widths[] = { 30, 6, 20, 16, 0 };
    ctl_print_t print;
    int i;

    ctl_print_begin(&print, ctl, stdout);
    for (i = 0; i < import->entries->nelts; i++) {
        const ctl_entry_t *entry = &APR_ARRAY_IDX(import->entries, i, ctl_entry_t);
        const char *file = entry->nfiles == 0 ? "-" : entry->number == 0 ? entry->files[0]
                           : apr_psprintf(ctl->pool, "certificate %d", entry->number);
        const char *fields[] = { entry->name, entry->type, ctl_print_time(ctl->pool, entry->until),
                                 explain(import, entry), file };

        ctl_print_row(&print, CTL_NO_COLOR, fields, widths, 5);
        if (entry->result.word != NULL && entry->result.code != CTL_FINE) {
            fputs("    ", stdout);
            ctl_print_text(&print, 4, CTL_RED, entry->result.text);
        }
    }
}

static void print_faults(ctl_t *ctl, const import_t *import)
{
    ctl_print_t print;
    int i;

    ctl_print_begin(&print, ctl, stdout);
    for (i = 0; i < import->faults->nelts; i++) {
        ctl_print_text(&print, 0, CTL_RED,
                       apr_pstrcat(ctl->pool, "left out: ",
                                   APR_ARRAY_IDX(import->faults, i, const char *), NULL));
    }
}

/* A line for a configuration and a command for a shell are of bytes that need no quotes. */
static int is_safe(const char *path)
{
    return strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._@+=:-")
           == strlen(path);
}

static int count_action(const import_t *import, const char *action)
{
    int i, n = 0;

    for (i = 0; i < import->entries->nelts; i++) {
        n += strcmp(APR_ARRAY_IDX(import->entries, i, ctl_entry_t).action, action) == 0;
    }
    return n;
}

/* Names of certificates that are filed under others: each has a line of its own. */
static void print_unfound(const import_t *import)
{
    int i;

    if (count_action(import, "unfound") == 0) {
        return;
    }
    printf("There a certificate is found by its file's name alone. Its other names have none without a "
           "line each:\n");
    for (i = 0; i < import->entries->nelts; i++) {
        const ctl_entry_t *entry = &APR_ARRAY_IDX(import->entries, i, ctl_entry_t);

        if (strcmp(entry->action, "unfound") == 0 && entry->nfiles >= 2) {
            printf("    MSSLCertificate %s %s %s\n", entry->name,
                   is_safe(entry->files[0]) ? entry->files[0] : "CERT-FILE",
                   is_safe(entry->files[1]) ? entry->files[1] : "KEY-FILE");
        }
    }
}

static void print_advice(ctl_t *ctl, const import_t *import)
{
    const char *name = import->survey.program->name;

    if (import->survey.program->kind == CTL_TRAEFIK) {
        printf("Traefik renews these by itself, in a file that no store reads; nothing is copied. "
               "Copies\n(--copy) are renewed by nobody: for who moves away from Traefik. Who keeps "
               "it, has this\nrun daily, which takes what is newer:\n    msslctl import traefik %s "
               "--copy --yes\n", is_safe(import->survey.path) ? import->survey.path : "PATH");
        return;
    }
    if (import->is_store) {
        printf("%s is a store of the server already: nothing to do.\n", import->line);
        print_unfound(import);
        return;
    }
    printf("%s renews these; nothing is copied. At server level, then reload httpd:\n", name);
    if (import->line != NULL) {
        printf("    MSSLCertStore %s\n", import->line);
    }
    else {
        printf("    MSSLCertStore \"dir:...\", the path in quotes\n");
    }
    print_unfound(import);
    if (import->survey.program->hook != NULL && !CTL_HAS(ctl, CTL_OPT_QUIET)) {
        printf("Or let %s file each new one in a store that is there:\n    %s\n", name,
               import->survey.program->hook);
    }
}

static int ask(ctl_t *ctl, int n)
{
    char answer[16];

    if (CTL_HAS(ctl, CTL_OPT_YES)) {
        return 1;
    }
    if (CTL_HAS(ctl, CTL_OPT_JSON) || !isatty(STDIN_FILENO) || !ctl->is_tty) {
        fprintf(stderr, "msslctl import: nothing was written; --yes carries the plan out\n");
        return 0;
    }
    printf("Copy %d pairs? [y/N] ", n);
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

/* Their program renews them elsewhere: what is said of them is that nobody does here. */
static int note_copied(ctl_t *ctl, const import_t *import)
{
    apr_hash_t *copied = ctl_copied_read(import->survey.server, ctl->pool);
    mssl_reason_t why = { "" };
    int i;

    for (i = 0; i < import->entries->nelts; i++) {
        const ctl_entry_t *entry = &APR_ARRAY_IDX(import->entries, i, ctl_entry_t);

        if (entry->result.word != NULL && entry->result.code == CTL_FINE) {
            apr_hash_set(copied, entry->name, APR_HASH_KEY_STRING, entry->result.sha256);
        }
    }
    if (ctl_copied_write(import->survey.server, copied, ctl->pool, &why) != APR_SUCCESS) {
        fprintf(stderr, "msslctl import: that nobody renews them is not noted: %s\n", why.text);
        return CTL_NOT_WRITTEN;
    }
    return CTL_FINE;
}

static int copy_all(ctl_t *ctl, import_t *import)
{
    int i, rc = CTL_FINE;

    for (i = 0; i < import->entries->nelts; i++) {
        ctl_entry_t *entry = &APR_ARRAY_IDX(import->entries, i, ctl_entry_t);
        const ctl_wish_t wish = { .server = import->survey.server, .name = entry->name,
                                  .files = entry->files, .nfiles = entry->nfiles,
                                  .number = entry->number, .is_quiet = 1 };

        if (strcmp(entry->action, "copy") == 0
            && ctl_install_file(ctl, &wish, &entry->result) != CTL_FINE) {
            rc = entry->result.code;
        }
    }
    if (ctl_forms_renews(import->survey.program) && note_copied(ctl, import) != CTL_FINE
        && rc == CTL_FINE) {
        rc = CTL_NOT_WRITTEN;
    }
    return rc;
}

static int carry_out(ctl_t *ctl, import_t *import)
{
    int n = import->survey.copies ? count_action(import, "copy") : 0, as_json = CTL_HAS(ctl, CTL_OPT_JSON);
    int rc = CTL_FINE, is_done = 0;

    if (!as_json) {
        print_entries(ctl, import);
        print_faults(ctl, import);
        if (!import->survey.copies) {
            print_advice(ctl, import);
        }
    }
    if (n > 0 && !CTL_HAS(ctl, CTL_OPT_DRY_RUN) && ask(ctl, n)) {
        rc = copy_all(ctl, import);
        is_done = 1;
    }
    if (as_json) {
        print_json(import);
    }
    else if (is_done) {
        print_entries(ctl, import);
        printf("Copied; nothing renews them here. msslctl check looks at all.\n");
    }
    else if (import->survey.copies && n == 0) {
        printf("Nothing to copy.\n");
    }
    return rc == CTL_FINE && (import->faults->nelts > 0 || count_action(import, "unfound") > 0)
               ? CTL_ATTENTION : rc;
}

/* @return the path without links, the pool's; NULL: nothing is there */
static const char *resolve(const ctl_t *ctl, const char *given)
{
    char *real = realpath(given, NULL);
    const char *path = real != NULL ? apr_pstrdup(ctl->pool, real) : NULL;

    free(real);
    return path;
}

static int choose_path(ctl_t *ctl, import_t *import)
{
    const char *given = ctl->argc > 1 ? ctl->argv[1] : NULL;
    int i;

    for (i = 0; given == NULL && i < 3 && import->survey.program->paths[i] != NULL; i++) {
        if (access(import->survey.program->paths[i], F_OK) == 0) {
            given = import->survey.program->paths[i];
        }
    }
    if (given == NULL) {
        return ctl_args_refuse(ctl, "%s: nothing is where it usually is, name its PATH: msslctl "
                               "import %s PATH", import->survey.program->name, import->survey.program->name);
    }
    import->survey.path = resolve(ctl, given);
    if (import->survey.path == NULL) {
        return ctl_args_refuse(ctl, "'%s' is not there",
                               mssl_text_shown(ctl->pool, given, 200));
    }
    return CTL_FINE;
}

static int choose_password(ctl_t *ctl, import_t *import)
{
    const char *given = ctl->value[CTL_OPT_PASSWORD];

    if (given != NULL && import->survey.program->kind != CTL_PFX) {
        return ctl_args_refuse(ctl, "--password-file: only pfx has passwords");
    }
    import->survey.password_file = given != NULL ? resolve(ctl, given) : NULL;
    return given == NULL || import->survey.password_file != NULL
               ? CTL_FINE
               : ctl_args_refuse(ctl, "--password-file: '%s' is not there",
                                 mssl_text_shown(ctl->pool, given, 200));
}

static void find_line(ctl_t *ctl, import_t *import)
{
    const ctl_server_t *server = import->survey.server;
    int i;

    import->line = is_safe(import->survey.path) ? apr_pstrcat(ctl->pool, "dir:", import->survey.path, NULL) : NULL;
    for (i = 0; i < server->stores->nelts; i++) {
        const ctl_store_t *store = &APR_ARRAY_IDX(server->stores, i, ctl_store_t);

        import->is_store |= store->path != NULL && strcmp(store->path, import->survey.path) == 0;
    }
}

int ctl_import_run(ctl_t *ctl)
{
    mssl_buffer_t bytes = { .max = BYTES_MAX };
    import_t import = { .survey.program = ctl_forms_find(ctl, ctl->argv[0]) };
    int rc;

    if (import.survey.program == NULL) {
        return CTL_USAGE;
    }
    import.faults = apr_array_make(ctl->pool, 1, sizeof(const char *));
    rc = choose_path(ctl, &import);
    if (rc == CTL_FINE) {
        rc = choose_password(ctl, &import);
    }
    import.survey.server = rc == CTL_FINE ? ctl_server_find(ctl) : NULL;
    if (import.survey.server == NULL) {
        return rc == CTL_FINE ? CTL_UNKNOWN : rc;
    }
    import.survey.copies = !ctl_forms_stays(import.survey.program) || CTL_HAS(ctl, CTL_OPT_COPY);
    if (import.survey.program->kind == CTL_KEPT) {
        find_line(ctl, &import);
    }
    rc = ctl_worker_take(ctl, import.survey.server, MSSL_ROLE_READER, ctl_survey_work,
                         &import.survey, &bytes);
    if (rc == CTL_FINE) {
        import.entries = ctl_survey_read(bytes.data, import.faults, ctl->pool);
        rc = import.entries != NULL ? carry_out(ctl, &import) : CTL_FAULT;
    }
    mssl_buffer_free(&bytes);
    return rc;
}
