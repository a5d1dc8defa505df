/* Completion scripts for bash, zsh and fish, made from the tables of commands and options. A command is the first
 * word, or the first two (weights info); options may stand anywhere after it. */
#include "tools/options/completion.h"

#include <string.h>

#include "engine/base/status.h"
#include "tools/options/usage_table.h"
#include "tools/options/option_table.h"
#include "tools/options/parse_args.h"

/* What can stand in a place. */
typedef enum fill { FILL_NOTHING, FILL_WORDS, FILL_FILES, FILL_FOLDERS } fill;

static fill value_fill(const bf_command *command, const bf_option *option)
{
    char room[BF_OPTION_TEXT];
    if (option->kind == BF_VALUE_CHOICE || option->kind == BF_VALUE_LIST)
        return FILL_WORDS;
    if (option->kind == BF_VALUE_NONE || option->kind == BF_VALUE_NUMBER)
        return FILL_NOTHING;
    const char *values = bf_option_values(room, command, option);
    if (strcmp(values, "DIR") == 0)
        return FILL_FOLDERS;
    bool is_path = strstr(values, "FILE") != NULL || strstr(values, "SET") != NULL || strchr(values, '.') != NULL;
    return is_path ? FILL_FILES : FILL_NOTHING;
}

/* Operands are files and folders but for the commands that are about commands or networks. */
static fill operand_fill(const bf_command *command)
{
    if (command->id == BF_CMD_HELP || command->id == BF_CMD_MANUAL || command->id == BF_CMD_COMPLETION ||
        command->id == BF_CMD_WEIGHTS_GET)
        return FILL_WORDS;
    return command->max_operands > 0 ? FILL_FILES : FILL_NOTHING;
}

static bool is_shown(const bf_option *option)
{
    return option->help[0] != 0;
}

/* The first of the commands of this name. */
static bool first_of_name(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(bf_command_at(i)->name, bf_command_at(index)->name) == 0)
            return false;
    return true;
}

/* Names of all commands, each once, or the second words of those called `name`. */
static void put_names(FILE *out, const char *name, const char *separator)
{
    const char *before = "";
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        if (name == NULL ? !first_of_name(i) : command->verb == NULL || strcmp(command->name, name) != 0)
            continue;
        fprintf(out, "%s%s", before, name == NULL ? command->name : command->verb);
        before = separator;
    }
}

/* The words of a list separated by |, separated by spaces. */
static void put_words(FILE *out, const char *values)
{
    for (const char *c = values; *c != 0; c++)
        fputc(*c == '|' ? ' ' : *c, out);
}

static void put_operand_words(FILE *out, const bf_command *command)
{
    char room[BF_OPTION_TEXT];
    if (command->id == BF_CMD_COMPLETION)
        put_words(out, command->operands);
    else if (command->id == BF_CMD_WEIGHTS_GET)
        put_words(out, bf_option_values(room, command, bf_option_at(BF_OPT_NETWORK)));
    else
        put_names(out, NULL, " ");
}

static void put_option_words(FILE *out, const bf_option *option, const char *separator)
{
    if (option->letter != 0)
        fprintf(out, "-%c", option->letter);
    if (option->letter != 0 && option->name != NULL)
        fputs(separator, out);
    if (option->name != NULL)
        fprintf(out, "--%s", option->name);
}

/* Calls put for every group of commands: judge, weights. */
static void for_groups(FILE *out, void (*put)(FILE *out, const char *name))
{
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        if (bf_command_at(i)->verb != NULL && first_of_name(i))
            put(out, bf_command_at(i)->name);
}

/* --- bash ------------------------------------------------------------------------------------------ */

static void bash_group(FILE *out, const char *name)
{
    fprintf(out, "    %s)\n        if [ \"$COMP_CWORD\" -eq 2 ]; then\n            _bonafide_words '", name);
    put_names(out, name, " ");
    fputs("'\n            return\n        fi\n        command=\"$command ${COMP_WORDS[2]-}\"\n        ;;\n", out);
}

/* What completes the value of an option of this command, or of most (command NULL). */
static void bash_value(FILE *out, const bf_command *command, const bf_option *option)
{
    char room[BF_OPTION_TEXT];
    fill what = value_fill(command, option);
    if (what == FILL_WORDS) {
        fputs("_bonafide_words '", out);
        put_words(out, bf_option_values(room, command, option));
        fputc('\'', out);
    } else {
        fputs(what == FILL_FILES     ? "_bonafide_files -f"
              : what == FILL_FOLDERS ? "_bonafide_files -d"
                                     : "compopt +o default 2>/dev/null",
              out);
    }
}

/* The commands that take other values than most. */
static void bash_special_values(FILE *out, const bf_option *option)
{
    char room[BF_OPTION_TEXT], of_most[BF_OPTION_TEXT];
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        if (strcmp(bf_option_values(room, command, option), bf_option_values(of_most, NULL, option)) == 0)
            continue;
        fprintf(out, "if [ \"$command\" = '%s%s%s' ]; then ", command->name, command->verb ? " " : "",
                command->verb ? command->verb : "");
        bash_value(out, command, option);
        fputs("; return; fi\n        ", out);
    }
}

static void bash_values(FILE *out)
{
    fputs("    case $before in\n", out);
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        /* --json takes a file in the same word only, or one that ends in .json. */
        if (option->kind == BF_VALUE_NONE || option->kind == BF_VALUE_OPTIONAL || !is_shown(option))
            continue;
        fputs("    ", out);
        put_option_words(out, option, " | ");
        fputs(")\n        ", out);
        bash_special_values(out, option);
        bash_value(out, NULL, option);
        fputs("\n        return\n        ;;\n", out);
    }
    fputs("    esac\n", out);
}

static void bash_command(FILE *out, const bf_command *command)
{
    fill what = operand_fill(command);
    fprintf(out, "    %s%s%s%s%s)\n        options='", command->verb ? "'" : "", command->name,
            command->verb ? " " : "", command->verb ? command->verb : "", command->verb ? "'" : "");
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        if (!bf_command_takes(command, bf_option_at(i)) || !is_shown(bf_option_at(i)))
            continue;
        put_option_words(out, bf_option_at(i), " ");
        fputc(' ', out);
    }
    fputs("'\n", out);
    if (what == FILL_WORDS) {
        fputs("        operands='", out);
        put_operand_words(out, command);
        fputs("'\n", out);
    } else if (what == FILL_FILES) {
        fputs("        files=-f\n", out);
    }
    fputs("        ;;\n", out);
}

static void put_bash(FILE *out)
{
    fputs("# bash completion for bonafide, made by \"bonafide completion bash\"\n\n"
          "_bonafide_words() {\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\")\n"
          "    compopt +o default 2>/dev/null\n}\n\n"
          "_bonafide_files() {\n"
          "    mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$current\")\n"
          "    compopt -o filenames 2>/dev/null\n}\n\n"
          "_bonafide() {\n"
          "    local current=$2 before=$3 command=${COMP_WORDS[1]-} options='' operands='' files=''\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        _bonafide_words '",
          out);
    put_names(out, NULL, " ");
    fputs(" --help --version'\n        return\n    fi\n    case $command in\n", out);
    for_groups(out, bash_group);
    fputs("    esac\n"
          "    # \"=\" is a word of its own: --preset = clean\n"
          "    if [ \"$before\" = = ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi\n",
          out);
    bash_values(out);
    fputs("    case $command in\n", out);
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        bash_command(out, bf_command_at(i));
    fputs("    esac\n"
          "    case $current in\n"
          "    -*) _bonafide_words \"$options\" ;;\n"
          "    *)\n"
          "        if [ -n \"$files\" ]; then _bonafide_files -f; else _bonafide_words \"$operands\"; fi\n"
          "        ;;\n"
          "    esac\n}\n\n"
          "complete -o default -F _bonafide bonafide\n",
          out);
}

/* --- zsh ------------------------------------------------------------------------------------------- */

/* Inside single quotes; `special` are characters that get a backslash. */
static void zsh_text(FILE *out, const char *text, const char *special)
{
    for (const char *c = text; *c != 0; c++) {
        if (*c == '\'')
            fputs("'\\''", out);
        else if (strchr(special, *c) != NULL)
            fprintf(out, "\\%c", *c);
        else
            fputc(*c, out);
    }
}

/* "NAME:what it does" for _describe, of all commands or of those of one name. */
static void zsh_names(FILE *out, const char *name)
{
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        if (name == NULL ? !first_of_name(i) : command->verb == NULL || strcmp(command->name, name) != 0)
            continue;
        bool group = name == NULL && command->verb != NULL;
        fprintf(out, "            '%s:", name == NULL ? command->name : command->verb);
        if (group)
            put_names(out, command->name, ", ");
        else
            zsh_text(out, command->summary, "");
        fputs("'\n", out);
    }
}

static void zsh_group(FILE *out, const char *name)
{
    fprintf(out, "    (%s)\n        if (( CURRENT == 2 )); then\n            names=(\n", name);
    zsh_names(out, name);
    fputs("            )\n            _describe word names\n            return\n        fi\n"
          "        command=\"$command $words[2]\"\n        shift words\n        (( CURRENT-- ))\n        ;;\n",
          out);
}

static void zsh_value(FILE *out, const bf_command *command, const bf_option *option)
{
    char room[BF_OPTION_TEXT];
    fill what = value_fill(command, option);
    fputs(option->kind == BF_VALUE_OPTIONAL ? "::" : ":", out);
    if (what == FILL_WORDS) {
        fputs("value:(", out);
        put_words(out, bf_option_values(room, command, option));
        fputc(')', out);
        return;
    }
    zsh_text(out, bf_option_values(room, command, option), ":");
    fputs(what == FILL_FILES ? ":_files" : what == FILL_FOLDERS ? ":_files -/" : ":", out);
}

static void zsh_option(FILE *out, const bf_command *command, const bf_option *option)
{
    char room[BF_OPTION_TEXT];
    bool both = option->letter != 0 && option->name != NULL;
    fputs("            ", out);
    if (both)
        fprintf(out, "'(-%c --%s)'{-%c,--%s}'", option->letter, option->name, option->letter, option->name);
    else if (option->name == NULL)
        fprintf(out, "'-%c", option->letter);
    else
        fprintf(out, "'--%s%s", option->name,
                option->kind == BF_VALUE_OPTIONAL ? "=-" : option->kind != BF_VALUE_NONE ? "=" : "");
    fputc('[', out);
    zsh_text(out, bf_option_help(room, option), "[]");
    fputc(']', out);
    if (option->kind != BF_VALUE_NONE)
        zsh_value(out, command, option);
    fputs("' \\\n", out);
}

static void zsh_command(FILE *out, const bf_command *command)
{
    fill what = operand_fill(command);
    fprintf(out, "    ('%s%s%s')\n        _arguments -s -S \\\n", command->name, command->verb ? " " : "",
            command->verb ? command->verb : "");
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (bf_command_takes(command, bf_option_at(i)) && is_shown(bf_option_at(i)))
            zsh_option(out, command, bf_option_at(i));
    if (what == FILL_WORDS) {
        fputs("            '*:word:(", out);
        put_operand_words(out, command);
        fputs(")'\n", out);
    } else if (what == FILL_FILES) {
        fputs("            '*:", out);
        zsh_text(out, command->operands, ":");
        fputs(":_files'\n", out);
    } else {
        fputs("            && return 0\n", out);
    }
    fputs("        ;;\n", out);
}

static void put_zsh(FILE *out)
{
    fputs("#compdef bonafide\n# zsh completion for bonafide, made by \"bonafide completion zsh\"\n\n"
          "_bonafide() {\n"
          "    local -a names\n"
          "    if (( CURRENT == 2 )); then\n"
          "        names=(\n",
          out);
    zsh_names(out, NULL);
    fputs("        )\n        _describe command names\n        return\n    fi\n"
          "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
          "    case $command in\n",
          out);
    for_groups(out, zsh_group);
    fputs("    esac\n    case $command in\n", out);
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        zsh_command(out, bf_command_at(i));
    fputs("    esac\n}\n\n"
          "if [[ $funcstack[1] == _bonafide ]]; then _bonafide \"$@\"; else compdef _bonafide bonafide; fi\n",
          out);
}

/* --- fish ------------------------------------------------------------------------------------------ */

static void fish_text(FILE *out, const char *text)
{
    for (const char *c = text; *c != 0; c++) {
        if (*c == '\'' || *c == '\\')
            fputc('\\', out);
        fputc(*c, out);
    }
}

static void fish_at(FILE *out, const bf_command *command)
{
    fprintf(out, "complete -c bonafide -n '__bonafide_after %s%s%s'", command->name, command->verb ? " " : "",
            command->verb ? command->verb : "");
}

static void fish_option(FILE *out, const bf_command *command, const bf_option *option)
{
    char room[BF_OPTION_TEXT];
    fish_at(out, command);
    if (option->letter != 0)
        fprintf(out, " -s %c", option->letter);
    if (option->name != NULL)
        fprintf(out, " -l %s", option->name);
    if (option->kind != BF_VALUE_NONE && option->kind != BF_VALUE_OPTIONAL) {
        fill what = value_fill(command, option);
        if (what == FILL_WORDS) {
            fputs(" -x -a '", out);
            put_words(out, bf_option_values(room, command, option));
            fputc('\'', out);
        } else {
            fputs(what == FILL_FILES     ? " -r -F"
                  : what == FILL_FOLDERS ? " -x -a '(__fish_complete_directories)'"
                                         : " -x",
                  out);
        }
    }
    fputs(" -d '", out);
    fish_text(out, bf_option_help(room, option));
    fputs("'\n", out);
}

static void fish_command(FILE *out, size_t index)
{
    const bf_command *command = bf_command_at(index);
    if (command->verb != NULL) {
        fprintf(out, "complete -c bonafide -n '__bonafide_is %s' -a %s -d '", command->name, command->verb);
    } else {
        fprintf(out, "complete -c bonafide -n __bonafide_is -a %s -d '", command->name);
    }
    fish_text(out, command->summary);
    fputs("'\n", out);
    if (command->verb != NULL && first_of_name(index)) {
        fprintf(out, "complete -c bonafide -n __bonafide_is -a %s -d '", command->name);
        put_names(out, command->name, ", ");
        fputs("'\n", out);
    }
    fill what = operand_fill(command);
    if (what != FILL_NOTHING) {
        fish_at(out, command);
        fputs(what == FILL_FILES ? " -F\n" : " -a '", out);
        if (what == FILL_WORDS) {
            put_operand_words(out, command);
            fputs("'\n", out);
        }
    }
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (bf_command_takes(command, bf_option_at(i)) && is_shown(bf_option_at(i)))
            fish_option(out, command, bf_option_at(i));
}

static void put_fish(FILE *out)
{
    fputs("# fish completion for bonafide, made by \"bonafide completion fish\"\n\n"
          "# The words before the cursor begin with these.\n"
          "function __bonafide_after\n"
          "    set -l words (commandline -opc)\n"
          "    set -e words[1]\n"
          "    set -l n (count $argv)\n"
          "    test (count $words) -ge $n; and test \"$words[1..$n]\" = \"$argv\"\n"
          "end\n\n"
          "# The words before the cursor are these and no others.\n"
          "function __bonafide_is\n"
          "    set -l words (commandline -opc)\n"
          "    set -e words[1]\n"
          "    test \"$words\" = \"$argv\"\n"
          "end\n\n"
          "complete -c bonafide -f\n",
          out);
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        fish_command(out, i);
}

feat_status bf_completion_print(FILE *out, const char *shell, feat_error *err)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    static void (*const put[])(FILE *) = {put_bash, put_zsh, put_fish};
    _Static_assert(sizeof put / sizeof put[0] == sizeof shells / sizeof shells[0], "a function for each shell");
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(shell, shells[i]) == 0) {
            put[i](out);
            return FEAT_OK;
        }
    }
    const char *near = bf_nearest(shell, shells, sizeof shells / sizeof shells[0]);
    if (near != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "completion: unknown shell '%s'; did you mean '%s'?", shell, near);
    return feat_fail(err, FEAT_ERR_ARG, "completion: expected bash, zsh or fish, found '%s'", shell);
}
