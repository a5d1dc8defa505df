/* plan: a script that runs a command in shards, by Slurm or by GNU parallel, and merges what they give. */
#include "tools/commands/command_table.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/status.h"
#include "tools/options/usage_table.h"
#include "tools/options/option_table.h"

enum { MAX_PATH_TEXT = 2048 };

/* A byte that would command the terminal on which the script is read: the shell makes it when it runs. */
static void print_hidden(unsigned char byte)
{
    printf("'\"$(printf '\\%03o')\"'", byte);
}

/* A word as the shell takes it for itself, whatever is in it. Newlines stay, as $() drops those at an end. */
static void print_word(const char *word)
{
    putchar('\'');
    while (*word != '\0') {
        uint32_t code;
        size_t n = feat_letter(word, &code), end = n > 0 ? n : 1;
        bool hidden = n == 0 || (!feat_letter_shows(code) && code != '\n');
        for (size_t i = 0; i < end; i++, word++) {
            if (hidden)
                print_hidden((unsigned char)*word);
            else if (*word == '\'')
                fputs("'\\''", stdout);
            else
                putchar(*word);
        }
    }
    putchar('\'');
}

/* The options of the command that is planned, each as it was given. */
static void print_options(const bf_args *args)
{
    char word[BF_OPTION_WORD];
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        if (!bf_args_given(args, option->id) || option->id == BF_OPT_SHARDS || option->id == BF_OPT_OUTPUT)
            continue;
        printf(" %s", bf_option_word(option, word));
        if (option->kind == BF_VALUE_NONE)
            continue;
        putchar(' ');
        print_word(bf_args_text(args, option->id));
    }
}

static feat_status check(const bf_args *args, const bf_command *target, feat_error *err)
{
    char word[BF_OPTION_WORD];
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        bool own = option->id == BF_OPT_SHARDS || option->id == BF_OPT_OUTPUT;
        if (!own && bf_args_given(args, option->id) && !bf_command_has(target, option->id))
            return feat_fail(err, FEAT_ERR_ARG, "plan: %zu set%s for '%s', which has no option %s", args->n_operands,
                             args->n_operands == 1 ? " is" : "s are", target->name, bf_option_word(option, word));
    }
    for (size_t i = 0; i < args->n_operands; i++)
        if (strcmp(args->operands[i], "-") == 0)
            return feat_fail(err, FEAT_ERR_ARG, "plan: each shard reads its images for itself, which - does not allow");
    return FEAT_OK;
}

static void print_head(const bf_run *run, const char *output, const char *folder)
{
    unsigned long long n = bf_args_number(run->args, BF_OPT_SHARDS);
    printf("#!/bin/sh\n"
           "#SBATCH --job-name=bonafide\n"
           "#SBATCH --array=1-%llu\n"
           "#SBATCH --ntasks=1\n"
           "#SBATCH --cpus-per-task=1\n"
           "# %llu shards, of which each that is done leaves its part behind: run it again, and only what is\n"
           "# missing is computed; a shard that was killed goes on where it was. Saved as plan.sh:\n"
           "#     Slurm:         sbatch --wait plan.sh && sh plan.sh merge\n"
           "#     GNU parallel:  seq %llu | parallel sh plan.sh && sh plan.sh merge\n"
           "#     one by one:    sh plan.sh 1; sh plan.sh 2; ... sh plan.sh merge\n"
           "set -eu\n"
           "output=",
           n, n, n);
    print_word(output);
    printf("\nparts=");
    print_word(folder);
    printf("\nshard=${1:-${SLURM_ARRAY_TASK_ID:?a number from 1 to %llu, or merge, is needed}}\ncd ", n);
}

static void print_body(const bf_run *run, const bf_command *target, const char *program)
{
    const bf_args *args = run->args;
    bool eval = target->id == BF_CMD_EVAL;
    fputs("\nbonafide=${BONAFIDE:-", stdout);
    print_word(program);
    printf("}\nif [ \"$shard\" = merge ]; then\n    exec \"$bonafide\" merge \"$parts\" %s\"$output\"\nfi\n"
           "mkdir -p \"$parts\"\n"
           "[ ! -e \"$parts/$shard.part\" ] || exit 0\n"
           "\"$bonafide\" %s",
           eval ? "--json=" : "-o ", target->name);
    print_options(args);
    if (!bf_args_given(args, BF_OPT_THREADS))
        fputs(" --threads \"${SLURM_CPUS_PER_TASK:-1}\"", stdout);
    if (!bf_args_given(args, BF_OPT_CACHE))
        fputs(" --cache \"$parts/$shard.cache\"", stdout);
    printf(" \\\n    --quiet --shard \"$shard/%llu\" -o \"$parts/$shard.part\" --",
           (unsigned long long)bf_args_number(args, BF_OPT_SHARDS));
    for (size_t i = 0; i < args->n_operands; i++) {
        putchar(' ');
        print_word(args->operands[i]);
    }
    putchar('\n');
    if (!bf_args_given(args, BF_OPT_CACHE))
        fputs("rm -rf \"$parts/$shard.cache\"\n", stdout);
}

feat_status bf_cmd_plan(bf_run *run, feat_error *err)
{
    const bf_args *args = run->args;
    char program[MAX_PATH_TEXT] = "bonafide", here[MAX_PATH_TEXT], folder[MAX_PATH_TEXT];
    const bf_command *target = bf_command_find(args->n_operands == 1 ? "stats" : "eval", NULL);
    const char *output = bf_args_text(args, BF_OPT_OUTPUT);
    if (output == NULL)
        output = args->n_operands == 1 ? "stats.npz" : "eval.json";
    feat_status status = check(args, target, err);
    if (status != FEAT_OK)
        return status;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n > 0)
        program[n] = '\0';
    if (getcwd(here, sizeof here) == NULL)
        return feat_fail(err, FEAT_ERR_IO, "plan: cannot tell the current folder: %s", strerror(errno));
    if (snprintf(folder, sizeof folder, "%s.parts", output) >= (int)sizeof folder)
        return feat_fail(err, FEAT_ERR_ARG, "-o: the name is too long");
    print_head(run, output, folder);
    print_word(here);
    print_body(run, target, program);
    return FEAT_OK;
}
