/* The program: parse, run one command, print, exit. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad input,
 * 128 + n when signal n ended it. */
#include <string.h>

#include "tools/cmd_common.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_SIGNAL = 128 };

static int exit_code(iv3_status status)
{
    switch (status) {
    case IV3_OK:
        return 0;
    case IV3_ERR_ARG:
        return EXIT_USAGE;
    case IV3_ERR_NOMEM:
    case IV3_ERR_IO:
        return EXIT_FAILED;
    case IV3_ERR_FORMAT:
    case IV3_ERR_VERSION:
    case IV3_ERR_CHECKSUM:
    case IV3_ERR_UNSUPPORTED:
    case IV3_ERR_NUMERIC:
        break;
    }
    return EXIT_INPUT;
}

static int wrong_usage(const bf_command *command, const iv3_error *err)
{
    bf_print_error(err->message);
    if (command == NULL)
        fprintf(stderr, "bonafide: try 'bonafide help'\n");
    else
        fprintf(stderr, "bonafide: try 'bonafide help %s%s%s'\n", command->name, command->verb ? " " : "",
                command->verb ? command->verb : "");
    return EXIT_USAGE;
}

static iv3_status run_command(bf_run *run, iv3_error *err)
{
    switch (run->args->command->id) {
    case BF_CMD_FID:
        return bf_cmd_fid(run, err);
    case BF_CMD_IS:
        return bf_cmd_is(run, err);
    case BF_CMD_PR:
        return bf_cmd_pr(run, err);
    case BF_CMD_EVAL:
        return bf_cmd_eval(run, err);
    case BF_CMD_FEATURES:
        return bf_cmd_features(run, err);
    case BF_CMD_STATS:
        return bf_cmd_stats(run, err);
    case BF_CMD_WEIGHTS_CONVERT:
        return bf_cmd_weights_convert(run, err);
    case BF_CMD_WEIGHTS_INFO:
        return bf_cmd_weights_info(run, err);
    case BF_CMD_WEIGHTS_VERIFY:
        return bf_cmd_weights_verify(run, err);
    case BF_CMD_WEIGHTS_SYNTH:
        return bf_cmd_weights_synth(run, err);
    case BF_CMD_CPU:
        return bf_cmd_cpu(run, err);
    case BF_CMD_HELP:
    case BF_CMD_VERSION:
    case BF_N_COMMANDS:
        break;
    }
    return IV3_OK;
}

/* Help and version print straight away: they have no result. */
static int print_text(const bf_args *args)
{
    iv3_error err = {IV3_OK, ""};
    iv3_status status = IV3_OK;
    if (args->command->id == BF_CMD_VERSION && !bf_args_given(args, BF_OPT_HELP))
        printf("bonafide %d.%d.%d (numerics %d)\n", IV3_VERSION_MAJOR, IV3_VERSION_MINOR, IV3_VERSION_PATCH,
               IV3_NUMERICS_VERSION);
    else if (bf_args_given(args, BF_OPT_HELP))
        status = bf_help_print(stdout, args->command->name, args->command->verb, &err);
    else
        status = bf_help_print(stdout, args->n_operands > 0 ? args->operands[0] : NULL,
                               args->n_operands > 1 ? args->operands[1] : NULL, &err);
    if (status != IV3_OK)
        return wrong_usage(NULL, &err);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        bf_print_error("cannot write to standard output");
        return EXIT_FAILED;
    }
    return 0;
}

static iv3_status check_json(const bf_args *args, iv3_error *err)
{
    const char *path = bf_args_text(args, BF_OPT_JSON);
    return path != NULL ? bf_check_output(path, err) : IV3_OK;
}

int main(int argc, char **argv)
{
    bf_args args;
    bf_run *run = NULL;
    iv3_error err = {IV3_OK, ""};
    if (bf_args_parse(&args, argc - 1, argv + 1, &err) != IV3_OK)
        return wrong_usage(args.command, &err);
    if (args.command->id == BF_CMD_HELP || args.command->id == BF_CMD_VERSION ||
        bf_args_given(&args, BF_OPT_HELP))
        return print_text(&args);
    bf_signals_catch();
    iv3_status status = check_json(&args, &err);
    if (status == IV3_OK)
        status = bf_run_open(&run, &args, &err);
    if (status == IV3_OK)
        status = run_command(run, &err);
    if (status == IV3_OK && bf_signals_caught() == 0)
        status = bf_report_emit(&run->report, bf_args_given(&args, BF_OPT_JSON),
                                bf_args_text(&args, BF_OPT_JSON), &err);
    bf_run_close(&run);
    if (bf_signals_caught() != 0) {
        bf_print_error("interrupted");
        return EXIT_SIGNAL + bf_signals_caught();
    }
    if (status != IV3_OK)
        bf_print_error(err.message);
    return exit_code(status);
}
