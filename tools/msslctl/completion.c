/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Completions for three shells, from the table. */

#include <stdio.h>
#include <string.h>

#include "tools/msslctl/args.h"
#include "tools/msslctl/ctl.h"

static void put_options(unsigned command)
{
    int i;

    for (i = 0; i < CTL_OPTIONS; i++) {
        if ((ctl_options[i].commands >> command & 1) != 0) {
            printf(" %s", ctl_options[i].name);
        }
    }
}

static void put_commands(void)
{
    int i;

    for (i = 0; i < CTL_COMMANDS; i++) {
        printf(" %s", ctl_commands[i].name);
    }
}

static void print_bash(void)
{
    unsigned i;

    printf("# bash completion of msslctl " MSSL_VERSION "\n"
           "_msslctl() {\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} word command=\n"
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "        case $word in -*) ;; *) command=$word; break ;; esac\n"
           "    done\n"
           "    case $command in\n");
    for (i = 0; i < CTL_COMMANDS; i++) {
        printf("    %s) words=\"", ctl_commands[i].name);
        put_options(i);
        printf("\" ;;\n");
    }
    printf("    *) words=\"");
    put_commands();
    printf("\" ;;\n    esac\n"
           "    case $command in completion) words=\"$words bash zsh fish\" ;; help) words=\"$words");
    put_commands();
    printf("\" ;; esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "}\n"
           "complete -o default -F _msslctl msslctl\n");
}

/* A text within brackets and single quotes. */
static void put_zsh(const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("[]:\\", *text) != NULL) {
            putchar('\\');
        }
        fputs(*text == '\'' ? "'\\''" : (char[]){ *text, '\0' }, stdout);
    }
}

static void print_zsh(void)
{
    int i, k;

    printf("#compdef msslctl\n# zsh completion of msslctl " MSSL_VERSION "\n"
           "_msslctl() {\n    local -a commands\n    commands=(\n");
    for (i = 0; i < CTL_COMMANDS; i++) {
        printf("        '%s:", ctl_commands[i].name);
        put_zsh(ctl_commands[i].summary);
        printf("'\n");
    }
    printf("    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n"
           "        return\n    fi\n    case $words[2] in\n");
    for (i = 0; i < CTL_COMMANDS; i++) {
        printf("    %s) _arguments", ctl_commands[i].name);
        for (k = 0; k < CTL_OPTIONS; k++) {
            if ((ctl_options[k].commands >> i & 1) != 0) {
                printf(" '%s[", ctl_options[k].name);
                put_zsh(ctl_options[k].text);
                printf("]%s'", ctl_options[k].argument != NULL ? ":value:_files" : "");
            }
        }
        printf(" '*:argument:_files' ;;\n");
    }
    printf("    esac\n}\n_msslctl \"$@\"\n");
}

/* A text within single quotes. */
static void put_fish(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\') {
            putchar('\\');
        }
        putchar(*text);
    }
}

static void print_fish(void)
{
    int i, k;

    printf("# fish completion of msslctl " MSSL_VERSION "\n");
    for (i = 0; i < CTL_COMMANDS; i++) {
        printf("complete -c msslctl -n __fish_use_subcommand -f -a %s -d '", ctl_commands[i].name);
        put_fish(ctl_commands[i].summary);
        printf("'\n");
        for (k = 0; k < CTL_OPTIONS; k++) {
            if ((ctl_options[k].commands >> i & 1) != 0) {
                printf("complete -c msslctl -n '__fish_seen_subcommand_from %s' -l %s%s -d '",
                       ctl_commands[i].name, ctl_options[k].name + 2,
                       ctl_options[k].argument != NULL ? " -r" : "");
                put_fish(ctl_options[k].text);
                printf("'\n");
            }
        }
    }
}

int ctl_completion_run(ctl_t *ctl)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };
    size_t i;

    for (i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(ctl->argv[0], shells[i].shell) == 0) {
            shells[i].print();
            return CTL_FINE;
        }
    }
    return ctl_args_refuse(ctl, "there are completions for bash, zsh and fish");
}
