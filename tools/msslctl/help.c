/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/help.h"

#include <string.h>

#include "tools/msslctl/args.h"

#define WIDTH 78
#define INDENT 4

static const struct {
    const char *code, *means;
} exits[] = {
    { "0", "fine, or nothing to do" },
    { "1", "something needs attention" },
    { "2", "something is broken for visitors" },
    { "3", "it cannot be found out" },
    { "64", "the command line is wrong (3 with --nagios)" },
    { "70", "a fault of msslctl's own" },
    { "73", "it cannot be written" },
    { "75", "done, but nobody answered: try again later" },
    { "130", "interrupted" },
};

/* A text in lines of WIDTH columns; an empty line of it stays one. */
static void fold(FILE *out, const char *text, int indent)
{
    int column = 0;

    while (*text != '\0') {
        int len = (int)strcspn(text, " \n");

        if (column > 0 && column + 1 + len > WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        column += fprintf(out, "%*s%.*s", column == 0 ? indent : 1, "", len, text);
        text += len;
        if (*text == '\n') {
            fputs("\n", out);
            column = 0;
            if (text[1] == '\n') {
                fputs("\n", out);
                text++;
            }
        }
        text += *text != '\0';
    }
    fputc('\n', out);
}

static void print_options(FILE *out, unsigned commands)
{
    int i;

    for (i = 0; i < CTL_OPTIONS; i++) {
        const ctl_option_t *option = &ctl_options[i];
        char head[64];

        if ((option->commands & commands) != commands) {
            continue;
        }
        if (option->letter != 0) {
            snprintf(head, sizeof(head), "-%c, %s", option->letter, option->name);
        }
        else {
            snprintf(head, sizeof(head), "%s%s%s", option->name, option->argument != NULL ? " " : "",
                     option->argument != NULL ? option->argument : "");
        }
        fprintf(out, "  %s\n", head);
        fold(out, option->text, INDENT + 2);
    }
}

void ctl_help_print(FILE *out, const ctl_command_t *command)
{
    size_t i;

    if (command != NULL) {
        fprintf(out, "msslctl %s %s\n\n", command->name, command->arguments);
        fold(out, command->text, 0);
        fputs("\nOptions:\n", out);
        print_options(out, 1u << (command - ctl_commands));
        return;
    }
    fputs("msslctl [OPTION...] COMMAND [ARGUMENT...]: certificates of mod_mssl\n\nCommands:\n", out);
    for (i = 0; i < CTL_COMMANDS; i++) {
        fprintf(out, "  %-12s %s\n", ctl_commands[i].name, ctl_commands[i].summary);
    }
    fputs("\nOptions of all commands:\n", out);
    print_options(out, (1u << CTL_COMMANDS) - 1);
    fputs("\nExit codes:\n", out);
    for (i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        fprintf(out, "  %-4s %s\n", exits[i].code, exits[i].means);
    }
    fputs("\nmsslctl COMMAND --help says more.\n", out);
}

/* What man(7) would take for a request or an escape is none; a hyphen is one that can be copied. */
static void put_roff(FILE *out, const char *text)
{
    const char *from = text;

    for (; *text != '\0'; text++) {
        if (text[0] == '\n' && text[1] == '\n') {
            fputs("\n.IP\n", out); /* as indented as what is before it */
            text++;
        }
        else if (*text == '-' || *text == '\\') {
            fputs(*text == '-' ? "\\-" : "\\e", out);
        }
        else if ((*text == '.' || *text == '\'') && (text == from || text[-1] == '\n')) {
            fprintf(out, "\\&%c", *text);
        }
        else {
            fputc(*text, out);
        }
    }
}

static void put_item(FILE *out, const char *head, const char *argument, const char *text)
{
    fputs(".TP\n.B ", out);
    put_roff(out, head);
    if (argument != NULL && *argument != '\0') {
        fputs(" \\fI", out);
        put_roff(out, argument);
        fputs("\\fR", out);
    }
    fputs("\n", out);
    put_roff(out, text);
    fputs("\n", out);
}

static void put_options(FILE *out, unsigned commands, unsigned without)
{
    int i;

    for (i = 0; i < CTL_OPTIONS; i++) {
        const ctl_option_t *option = &ctl_options[i];
        char head[64];

        if ((option->commands & commands) != commands
            || (without != 0 && (option->commands & without) == without)) {
            continue;
        }
        snprintf(head, sizeof(head), option->letter != 0 ? "%s, -%c" : "%s", option->name,
                 option->letter);
        put_item(out, head, option->argument, option->text);
    }
}

void ctl_help_print_manual(FILE *out)
{
    const unsigned all = (1u << CTL_COMMANDS) - 1;
    size_t i;

    fprintf(out, ".TH MSSLCTL 8 \"\" \"mod_mssl " MSSL_VERSION "\" \"System Administration\"\n"
            ".SH NAME\nmsslctl \\- certificates of mod_mssl\n"
            ".SH SYNOPSIS\n.B msslctl\n[\\fIOPTION\\fR...] \\fICOMMAND\\fR [\\fIARGUMENT\\fR...]\n"
            ".SH DESCRIPTION\nIt looks into the stores of mod_mssl, files pairs there, asks the steward "
            "for certificates, and confirms by handshakes what visitors get. What is configured it "
            "learns from server.json in MSSLStateDir, else from \"apachectl \\-t \\-D DUMP_MSSL\". "
            "Results go to standard output, everything else to standard error; options stand before or "
            "behind the command.\n.PP\n"
            "A NAME may be typed with letters beyond ASCII, in UTF-8. Its form in ASCII (xn\\-\\-...) is what "
            "is meant and shown from there on; standard error says it, unless \\-q is given.\n"
            ".SH COMMANDS\n");
    for (i = 0; i < CTL_COMMANDS; i++) {
        put_item(out, ctl_commands[i].name, ctl_commands[i].arguments, ctl_commands[i].text);
        fputs(".RS\n", out);
        put_options(out, 1u << i, all);
        fputs(".RE\n", out);
    }
    fputs(".SH OPTIONS\n", out);
    put_options(out, all, 0);
    fputs(".SH EXIT STATUS\n", out);
    for (i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        put_item(out, exits[i].code, NULL, exits[i].means);
    }
    fputs(".SH FILES\n.I /var/lib/mssl/server.json\n.SH SEE ALSO\n.BR apachectl (8)\n", out);
}

int ctl_help_run(ctl_t *ctl)
{
    static const char *words[CTL_COMMANDS];
    const char *guess;
    int i;

    if (CTL_HAS(ctl, CTL_OPT_MAN)) {
        ctl_help_print_manual(stdout);
        return CTL_FINE;
    }
    for (i = 0; i < CTL_COMMANDS; i++) {
        words[i] = ctl_commands[i].name;
        if (ctl->argc == 1 && strcmp(ctl->argv[0], words[i]) == 0) {
            ctl_help_print(stdout, &ctl_commands[i]);
            return CTL_FINE;
        }
    }
    if (ctl->argc == 0) {
        ctl_help_print(stdout, NULL);
        return CTL_FINE;
    }
    guess = ctl_args_guess(ctl->argv[0], words, CTL_COMMANDS);
    return ctl_args_refuse(ctl, "there is no such command%s%s%s", guess != NULL ? ", did you mean '" : "",
                           guess != NULL ? guess : "", guess != NULL ? "'?" : "");
}
