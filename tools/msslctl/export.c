/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl export: the pair in service for a name into a folder of another server. */

#include <apr_strings.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/name.h"
#include "lib/base/text.h"
#include "lib/pair/key.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/print.h"
#include "tools/msslctl/units.h"

#define PASSWORD_MAX 256

/** What is exported, where, and what came of it. */
typedef struct export_t {
    ctl_order_t order;
    ctl_target_t target;
    ctl_carried_t carried;
    ctl_units_t units;        /* server NULL: none are wanted */
    char password[PASSWORD_MAX + 1];
    const char *word;         /* written, unchanged, refused, failed, planned */
    const char *text;         /* a sentence; foreign bytes may be in it */
    int code;
} export_t;

static void print_json(const ctl_t *ctl, const export_t *export)
{
    const ctl_cargo_t *cargo = &export->carried.cargo;
    int has_pair = cargo->len[0] > 0;
    char sha256[65];
    mssl_json_t json;

    mssl_text_hex(sha256, cargo->sha256, sizeof(cargo->sha256));
    mssl_json_init(&json, ctl_print_sink, stdout, 1);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", "mssl-export/1");
    mssl_json_text(&json, "name", export->order.name);
    mssl_json_text(&json, "result", export->word);
    mssl_json_text(&json, "text", export->text);
    mssl_json_text(&json, "form", ctl_cargo_words[export->order.form]);
    mssl_json_text(&json, "path", apr_pstrcat(ctl->pool, export->target.folder, "/",
                                              export->target.name, NULL));
    mssl_json_text(&json, "sha256", has_pair ? sha256 : NULL);
    mssl_json_time(&json, "not_after", cargo->not_after);
    mssl_json_text(&json, "source", cargo->file[0] != '\0' ? cargo->file : NULL);
    mssl_json_text(&json, "note", cargo->note[0] != '\0' ? cargo->note : NULL);
    mssl_json_close(&json);
    mssl_json_end(&json);
}

static void print_text(ctl_t *ctl, const export_t *export)
{
    int ok = export->code == CTL_FINE || export->code == CTL_ATTENTION;
    ctl_print_t print;

    if (ok && CTL_HAS(ctl, CTL_OPT_QUIET) && strcmp(export->word, "unchanged") == 0
        && export->code == CTL_FINE) {
        return;
    }
    ctl_print_begin(&print, ctl, ok ? stdout : stderr);
    ctl_print_text(&print, 0, ok ? CTL_GREEN : CTL_RED,
                   apr_psprintf(ctl->pool, "%s: %s", export->order.name, export->text));
    if (export->carried.cargo.note[0] != '\0') {
        ctl_print_text(&print, 0, CTL_YELLOW, export->carried.cargo.note);
    }
    if (ok && export->units.server != NULL && strcmp(export->word, "planned") != 0) {
        const char *name = ctl_units_name(&export->units, &export->order, ctl->pool);

        ctl_print_text(&print, 0, CTL_NO_COLOR, apr_psprintf(ctl->pool, "Units are in %s; they "
                       "begin with:", export->units.folder));
        ctl_print_command(&print, apr_psprintf(ctl->pool, "systemctl daemon-reload && systemctl "
                          "enable --now %s%s%s.timer", ctl_units_watches(export->carried.cargo.file)
                          ? name : "", ctl_units_watches(export->carried.cargo.file) ? ".path " : "",
                          name));
    }
}

static int end_with(export_t *export, const char *word, int code, const char *text)
{
    export->word = word;
    export->text = text;
    export->code = code;
    return code;
}

static const char *describe(ctl_t *ctl, const export_t *export)
{
    const ctl_cargo_t *cargo = &export->carried.cargo;

    return apr_psprintf(ctl->pool, "%s/%s (%s, until %s)", export->target.folder,
                        export->target.name, mssl_key_type_name((mssl_key_type_t)cargo->key_type),
                        ctl_print_time(ctl->pool, cargo->not_after));
}

static int carry_out(export_t *export, ctl_t *ctl)
{
    const ctl_cargo_t *cargo = &export->carried.cargo;
    int is_changed, code = cargo->needs_attention ? CTL_ATTENTION : CTL_FINE;
    mssl_reason_t why = { "" };
    apr_status_t rv;

    if (CTL_HAS(ctl, CTL_OPT_DRY_RUN)) {
        return end_with(export, "planned", code, apr_pstrcat(ctl->pool, "would be in ",
                                                             describe(ctl, export), NULL));
    }
    rv = ctl_target_write(&export->target, &export->carried, &export->order, &is_changed, ctl->pool,
                          &why);
    if (rv == APR_SUCCESS && export->units.server != NULL) {
        rv = ctl_units_write(&export->units, &export->target, &export->order, cargo->file, ctl->pool,
                             &why);
    }
    if (rv != APR_SUCCESS) {
        return end_with(export, "failed", CTL_NOT_WRITTEN, apr_pstrdup(ctl->pool, why.text));
    }
    return end_with(export, is_changed ? "written" : "unchanged", code,
                    apr_pstrcat(ctl->pool, is_changed ? "exported: " : "is there already: ",
                                describe(ctl, export), NULL));
}

/* What is there stays, whatever is wrong. */
static int run(export_t *export, ctl_t *ctl)
{
    ctl_cargo_t *cargo = &export->carried.cargo;
    int rc = ctl_cargo_fetch(&export->carried, ctl, &export->order);

    if (rc != CTL_FINE) {
        return rc;
    }
    if (cargo->refusal[0] != '\0') {
        end_with(export, "refused", cargo->code, apr_pstrcat(ctl->pool, "nothing is exported: ",
                                                             cargo->refusal, NULL));
    }
    else {
        carry_out(export, ctl);
    }
    if (CTL_HAS(ctl, CTL_OPT_JSON)) {
        print_json(ctl, export);
    }
    else {
        print_text(ctl, export);
    }
    return export->code;
}

/* One line, of root's own file. */
static int read_password(export_t *export, ctl_t *ctl)
{
    const char *path = ctl->value[CTL_OPT_PASSWORD];
    mssl_buffer_t text = { .max = PASSWORD_MAX + 2 };
    mssl_reason_t why = { "" };
    size_t len;
    int rc = CTL_FINE;

    if (path == NULL) {
        return CTL_FINE;
    }
    if (export->order.form != CTL_CARGO_PFX) {
        return ctl_args_refuse(ctl, "--password-file is for --form pfx");
    }
    if (ctl_server_read_file(path, &text, &why) != APR_SUCCESS) {
        rc = ctl_args_refuse(ctl, "--password-file: %s", mssl_text_shown(ctl->pool, why.text, 300));
    }
    else {
        len = text.data != NULL ? strcspn(text.data, "\r\n") : 0;
        if (len == 0 || len > PASSWORD_MAX || text.len - len > 2) {
            rc = ctl_args_refuse(ctl, "--password-file: the file is to have one line, of %d bytes at "
                                 "most", PASSWORD_MAX);
        }
        else {
            memcpy(export->password, text.data, len);
        }
    }
    mssl_buffer_free(&text);
    return rc;
}

static int take_form(export_t *export, ctl_t *ctl)
{
    const char *word = ctl->value[CTL_OPT_FORM];
    int i;

    for (i = 0; word != NULL && i < CTL_CARGO_FORMS; i++) {
        if (strcmp(word, ctl_cargo_words[i]) == 0) {
            export->order.form = (ctl_cargo_form_t)i;
            return CTL_FINE;
        }
    }
    return word == NULL ? CTL_FINE
                        : ctl_args_refuse(ctl, "--form: use pem, split or pfx");
}

static int take_units(export_t *export, ctl_t *ctl)
{
    ctl_units_t *units = &export->units;
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

    if (!CTL_HAS(ctl, CTL_OPT_WATCH)) {
        return CTL_HAS(ctl, CTL_OPT_UNITS)
                   ? ctl_args_refuse(ctl, "--units is for --watch") : CTL_FINE;
    }
    units->server = ctl->value[CTL_OPT_WATCH];
    units->folder = CTL_HAS(ctl, CTL_OPT_UNITS) ? ctl->value[CTL_OPT_UNITS] : CTL_UNITS_FOLDER;
    units->program = len > 0 ? apr_pstrmemdup(ctl->pool, program, (apr_size_t)len) : "msslctl";
    units->state_dir = ctl->value[CTL_OPT_STATE_DIR];
    units->owner = ctl->value[CTL_OPT_OWNER];
    units->password_file = ctl->value[CTL_OPT_PASSWORD];
    return ctl_units_check(units, ctl, &export->target);
}

static int take_all(export_t *export, ctl_t *ctl)
{
    char name[MSSL_NAME_SIZE];
    int rc;

    if (!mssl_name_canon_pattern(name, ctl->argv[0], strlen(ctl->argv[0]))) {
        return ctl_args_refuse_name(ctl, ctl->argv[0]);
    }
    if (ctl->argv[1][0] != '/') {
        return ctl_args_refuse(ctl, "DIR is to be an absolute path");
    }
    export->order.name = apr_pstrdup(ctl->pool, name);
    export->order.password = export->password;
    export->order.server = ctl_server_find(ctl);
    if (export->order.server == NULL) {
        return CTL_UNKNOWN;
    }
    rc = take_form(export, ctl);
    if (rc == CTL_FINE) {
        rc = read_password(export, ctl);
    }
    if (rc == CTL_FINE) {
        rc = ctl_target_open(&export->target, ctl, &export->order, ctl->argv[1],
                             ctl->value[CTL_OPT_OWNER]);
    }
    if (rc == CTL_FINE && export->order.form == CTL_CARGO_PFX
        && ctl_target_is_right(&export->target)) {
        export->order.there = apr_pstrcat(ctl->pool, export->target.folder, "/",
                                          export->target.name, NULL);
    }
    return rc == CTL_FINE ? take_units(export, ctl) : rc;
}

int ctl_export_run(ctl_t *ctl)
{
    export_t *export = apr_pcalloc(ctl->pool, sizeof(*export));
    int rc;

    export->target.dir = -1;
    rc = take_all(export, ctl);
    if (rc == CTL_FINE) {
        rc = run(export, ctl);
    }
    ctl_cargo_free(&export->carried);
    ctl_target_close(&export->target);
    OPENSSL_cleanse(export->password, sizeof(export->password));
    return rc;
}
