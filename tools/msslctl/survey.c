/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/survey.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"
#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "tools/msslctl/walk.h"
#include "tools/msslctl/whole.h"

/** Of a line, before the files: name, type, action, end, number. */
#define FIELDS 5
/** Begins the line of a fault. */
#define FAULT '!'
#define FIELDS_MAX (FIELDS + CTL_MATCH_FILES)

/* No tab, no end of line: they part fields and lines. */
static int is_plain(const char *path)
{
    return path[strcspn(path, "\t\n\r")] == '\0';
}

/* What is to be done with it, seen from what the stores have now. */
static const char *decide(const ctl_match_t *match, const ctl_walk_t *walk,
                          const ctl_finding_t *finding)
{
    int i;

    for (i = 0; i < match->nfiles; i++) {
        if (!is_plain(match->files[i])) {
            return "unnamed";
        }
    }
    if (match->until < walk->now) {
        return "expired";
    }
    if (match->from > walk->now) {
        return "early";
    }
    return !finding->is_missing && finding->state >= MSSL_STATE_URGENT
                   && finding->not_after >= match->until ? "there"
           : match->is_unfound                            ? "unfound" : "copy";
}

static void write_match(const ctl_match_t *match, const char *action, FILE *out)
{
    int i;

    fprintf(out, "%s\t%s\t%s\t%" APR_INT64_T_FMT "\t%d", match->name,
            mssl_key_type_name(match->type), action, (apr_int64_t)apr_time_sec(match->until),
            match->number);
    for (i = 0; i < match->nfiles && strcmp(action, "unnamed") != 0; i++) {
        fprintf(out, "\t%s", match->files[i]);
    }
    fputc('\n', out);
}

/* What was found before the end of a file that is cut off counts. */
static apr_array_header_t *find_whole(ctl_t *ctl, const ctl_survey_t *survey, FILE *out,
                                      mssl_reason_t *why)
{
    apr_array_header_t *matches;
    ctl_whole_t whole;
    apr_status_t rv;
    int i;

    ctl_whole_init(&whole, ctl->pool);
    rv = survey->program->kind == CTL_PFX
             ? ctl_whole_add_pfx(&whole, survey->path, survey->password_file, why)
             : ctl_whole_add_traefik(&whole, survey->path, why);
    matches = ctl_match_end(whole.matcher);
    if (rv != APR_SUCCESS && matches->nelts == 0 && whole.faults->nelts == 0) {
        return NULL;
    }
    for (i = 0; i < whole.faults->nelts; i++) {
        fprintf(out, "%c%s\n", FAULT, APR_ARRAY_IDX(whole.faults, i, const char *));
    }
    if (whole.more > 0) {
        fprintf(out, "%c%d more are wrong\n", FAULT, whole.more);
    }
    if (rv != APR_SUCCESS) {
        fprintf(out, "%c%s\n", FAULT, mssl_text_shown(ctl->pool, why->text, sizeof(why->text)));
    }
    return matches;
}

static apr_array_header_t *find_matches(ctl_t *ctl, const ctl_survey_t *survey, FILE *out,
                                        mssl_reason_t *why)
{
    apr_array_header_t *matches = NULL;
    apr_status_t rv = APR_SUCCESS;
    ctl_tree_t tree;

    if (survey->program->kind == CTL_TRAEFIK || survey->program->kind == CTL_PFX) {
        return find_whole(ctl, survey, out, why);
    }
    /* Where it is used as it is, the store must know the layout; a copy needs all names. */
    if (!survey->copies) {
        rv = ctl_match_store(&matches, survey->path, ctl->pool, why);
    }
    else {
        ctl_tree_init(&tree, ctl->pool);
        if (survey->program->kind == CTL_CONF) {
            rv = ctl_tree_add_conf(&tree, survey->program, survey->path, why);
        }
        else {
            ctl_tree_add(&tree, survey->path);
        }
        matches = ctl_match_files(&tree);
        if (tree.is_cut) {
            fprintf(stderr, "msslctl import: there is more than is looked at\n");
        }
    }
    return rv == APR_SUCCESS ? matches : NULL;
}

int ctl_survey_work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    const ctl_survey_t *survey = baton;
    mssl_reason_t why = { "" };
    apr_array_header_t *matches = find_matches(ctl, survey, out, &why);
    const char **names;
    mssl_warns_t warns;
    ctl_walk_t *walk;
    int i, at = 0;

    if (matches == NULL) {
        fprintf(stderr, "msslctl import: %s\n", mssl_text_shown(ctl->pool, why.text, 600));
        return CTL_UNKNOWN;
    }
    mssl_warns_init(&warns);
    walk = ctl_walk_make(survey->server, NULL, &warns, ctl->pool);
    if (walk == NULL || matches->nelts == 0) {
        return walk == NULL ? CTL_FAULT : CTL_FINE;
    }
    names = apr_pcalloc(ctl->pool, (apr_size_t)matches->nelts * sizeof(*names));
    for (i = 0; i < matches->nelts; i++) {
        names[i] = APR_ARRAY_IDX(matches, i, ctl_match_t).name;
    }
    ctl_walk_run(walk, names, matches->nelts, stop);
    for (i = 0; i < matches->nelts && at < walk->findings->nelts; i++) {
        const ctl_match_t *match = &APR_ARRAY_IDX(matches, i, ctl_match_t);

        /* Both are by name; one of two key types has one finding. */
        while (at + 1 < walk->findings->nelts
               && strcmp(APR_ARRAY_IDX(walk->findings, at, ctl_finding_t).name, match->name) < 0) {
            at++;
        }
        write_match(match, decide(match, walk, &APR_ARRAY_IDX(walk->findings, at, ctl_finding_t)),
                    out);
    }
    return CTL_FINE;
}

/* @return how many fields the line has */
static int split(char *line, char **fields)
{
    int n = 0;

    while (n < FIELDS_MAX) {
        fields[n++] = line;
        line += strcspn(line, "\t");
        if (*line == '\0') {
            break;
        }
        *line++ = '\0';
    }
    return n;
}

apr_array_header_t *ctl_survey_read(char *text, apr_array_header_t *faults, apr_pool_t *pool)
{
    apr_array_header_t *entries = apr_array_make(pool, 16, sizeof(ctl_entry_t));
    char *state = NULL, *line, *fields[FIELDS_MAX], name[MSSL_NAME_SIZE];
    int i, n;

    for (line = text != NULL ? apr_strtok(text, "\n", &state) : NULL; line != NULL;
         line = apr_strtok(NULL, "\n", &state)) {
        ctl_entry_t *entry;

        if (*line == FAULT) {
            APR_ARRAY_PUSH(faults, const char *) = line + 1;
            continue;
        }
        n = split(line, fields);
        if (n < FIELDS || !mssl_name_canon_pattern(name, fields[0], strlen(fields[0]))) {
            return NULL;
        }
        entry = apr_array_push(entries);
        entry->name = apr_pstrdup(pool, name);
        entry->type = fields[1];
        entry->action = fields[2];
        entry->until = apr_time_from_sec(apr_atoi64(fields[3]));
        entry->number = atoi(fields[4]);
        entry->nfiles = n - FIELDS;
        entry->files = apr_pcalloc(pool, sizeof(const char *) * FIELDS_MAX);
        for (i = 0; i < entry->nfiles; i++) {
            entry->files[i] = fields[FIELDS + i];
        }
    }
    return entries;
}
