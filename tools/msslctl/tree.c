/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/tree.h"

#include <apr_strings.h>
#include <dirent.h>
#include <glob.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lib/base/reason.h"
#include "lib/files/read.h"

#define FILES_MAX 50000
#define DEPTH_MAX 10
/** Configurations within each other. */
#define INCLUDES_MAX 8
#define WORDS_MAX 64

void ctl_tree_init(ctl_tree_t *tree, apr_pool_t *pool)
{
    tree->pool = pool;
    tree->files = apr_array_make(pool, 32, sizeof(const char *));
    tree->large = apr_array_make(tree->pool, 1, sizeof(const char *));
    tree->is_cut = 0;
}

static void add(ctl_tree_t *tree, const char *path, int depth)
{
    const struct dirent *entry;
    struct stat self, st;
    DIR *dir;

    if (tree->files->nelts + tree->large->nelts >= FILES_MAX || depth > DEPTH_MAX) {
        tree->is_cut = 1;
        return;
    }
    if (lstat(path, &self) != 0 || stat(path, &st) != 0) {
        return;
    }
    if (S_ISREG(st.st_mode) && st.st_size > 0) {
        APR_ARRAY_PUSH(st.st_size <= MSSL_FILE_MAX ? tree->files : tree->large, const char *) =
            apr_pstrdup(tree->pool, path);
    }
    if (!S_ISDIR(st.st_mode) || (S_ISLNK(self.st_mode) && depth > 0)
        || (dir = opendir(path)) == NULL) {
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            add(tree, apr_pstrcat(tree->pool, path, "/", entry->d_name, NULL), depth + 1);
        }
    }
    closedir(dir);
}

void ctl_tree_add(ctl_tree_t *tree, const char *path)
{
    add(tree, path, 0);
}

/** A configuration that is read. */
typedef struct conf_t {
    ctl_tree_t *tree;
    const ctl_program_t *program;
    const char *base; /* relative paths begin there */
    int depth;
} conf_t;

static int is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcasecmp(word, *words) == 0) {
            return 1;
        }
    }
    return 0;
}

/* What holds a variable is only known to the program itself. */
static const char *resolve(const conf_t *conf, const char *path)
{
    if (strchr(path, '$') != NULL) {
        return NULL;
    }
    return path[0] == '/' ? path : apr_pstrcat(conf->tree->pool, conf->base, "/", path, NULL);
}

/* Words of one line, in httpd's, nginx's and haproxy's way: quotes hold together, '#' ends, as do
   ';' and braces. */
static int split(char *line, char **words)
{
    int n = 0;

    while (n < WORDS_MAX) {
        char quote;

        line += strspn(line, " \t\r;{}");
        if (*line == '\0' || *line == '#') {
            break;
        }
        quote = *line == '"' || *line == '\'' ? *line++ : '\0';
        words[n++] = line;
        line += quote != '\0' ? strcspn(line, (char[]){ quote, '\0' }) : strcspn(line, " \t\r;{}");
        if (*line != '\0') {
            *line++ = '\0';
        }
    }
    return n;
}

static apr_status_t read_conf(conf_t *conf, const char *path, mssl_reason_t *why);

static void include(conf_t *conf, const char *pattern)
{
    mssl_reason_t why = { "" };
    struct stat st;
    glob_t found;
    size_t i;

    if (pattern == NULL || glob(pattern, 0, NULL, &found) != 0) {
        return;
    }
    for (i = 0; i < found.gl_pathc; i++) {
        if (stat(found.gl_pathv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            include(conf, apr_pstrcat(conf->tree->pool, found.gl_pathv[i], "/*", NULL));
        }
        else {
            read_conf(conf, found.gl_pathv[i], &why);
        }
    }
    globfree(&found);
}

static void take_line(conf_t *conf, char *line)
{
    char *words[WORDS_MAX];
    int n = split(line, words), i;
    const char *path;

    if (n > 1 && (strcasecmp(words[0], "ServerRoot") == 0 || strcmp(words[0], "crt-base") == 0)) {
        conf->base = apr_pstrdup(conf->tree->pool, words[1]);
    }
    for (i = 0; i + 1 < n; i++) {
        if (is_one_of(words[i], conf->program->files)
            && (path = resolve(conf, words[i + 1])) != NULL) {
            ctl_tree_add(conf->tree, path);
        }
    }
    if (n > 1 && is_one_of(words[0], conf->program->includes)) {
        include(conf, resolve(conf, words[1]));
    }
}

static apr_status_t read_conf(conf_t *conf, const char *path, mssl_reason_t *why)
{
    mssl_blob_t blob;
    char *state = NULL, *line;
    apr_status_t rv;

    if (conf->depth >= INCLUDES_MAX) {
        conf->tree->is_cut = 1;
        return APR_SUCCESS;
    }
    rv = mssl_file_read(&blob, NULL, path, conf->tree->pool, why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    conf->depth++;
    for (line = apr_strtok((char *)blob.data, "\n", &state); line != NULL;
         line = apr_strtok(NULL, "\n", &state)) {
        take_line(conf, line);
    }
    conf->depth--;
    return APR_SUCCESS;
}

apr_status_t ctl_tree_add_conf(ctl_tree_t *tree, const ctl_program_t *program, const char *path,
                               mssl_reason_t *why)
{
    const char *slash = strrchr(path, '/');
    conf_t conf = { tree, program, NULL, 0 };

    conf.base = slash != NULL ? apr_pstrmemdup(tree->pool, path, (apr_size_t)(slash - path)) : ".";
    return read_conf(&conf, path, why);
}
