/* The program: parse, run one command, print, exit. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad input,
 * 4 an audit found a difference, 128 + n when signal n ended it. */
#include "tools/program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/build_id.h"
#include "tools/base/files.h"
#include "tools/base/signals.h"
#include "tools/commands/command_table.h"
#include "tools/figures/table_style.h"
#include "tools/images/image.h"
#include "tools/images/sandbox.h"
#include "tools/options/completion.h"
#include "tools/options/help.h"
#include "tools/options/man_page.h"
#include "tools/options/outputs.h"
#include "tools/options/parse_args.h"
#include "tools/program/interrupted.h"
#include "tools/records/manifest.h"
#include "tools/run/run.h"
#include "tools/tables/report_print.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_SIGNAL = 128 };

int bf_exit_code(feat_status status)
{
    switch (status) {
    case FEAT_OK:
        return 0;
    case FEAT_ERR_ARG:
        return EXIT_USAGE;
    case FEAT_ERR_NOMEM:
    case FEAT_ERR_IO:
    case FEAT_ERR_CANCELLED:
        return EXIT_FAILED;
    case FEAT_ERR_FORMAT:
    case FEAT_ERR_VERSION:
    case FEAT_ERR_CHECKSUM:
    case FEAT_ERR_UNSUPPORTED:
    case FEAT_ERR_NUMERIC:
        break;
    }
    return EXIT_INPUT;
}

static int wrong_usage(const bf_command *command, const feat_error *err)
{
    bf_print_error(err->message);
    if (command == NULL)
        fprintf(stderr, "bonafide: try 'bonafide help'\n");
    else
        fprintf(stderr, "bonafide: try 'bonafide help %s%s%s'\n", command->name, command->verb ? " " : "",
                command->verb ? command->verb : "");
    return EXIT_USAGE;
}

/* Commands that print a text of the program itself straight away: they have no result. */
static bool is_text(const bf_args *args)
{
    return bf_command_is(args->command, BF_COMMAND_TEXT_ONLY) || bf_args_given(args, BF_OPT_HELP);
}

/* What it is, and what it reads. */
static void print_version(void)
{
    printf("bonafide %d.%d.%d (numerics %d; pixels %d: %s; build %s)\ndecoders:", FEAT_VERSION_MAJOR,
           FEAT_VERSION_MINOR, FEAT_VERSION_PATCH, FEAT_NUMERICS_VERSION, BF_PIXELS_VERSION, BF_PIXELS_AS,
           bf_build_id());
    for (int f = BF_FORMAT_UNKNOWN + 1; f < BF_N_FORMATS; f++)
        if (bf_format_is_read((bf_format)f))
            printf(" %s", bf_format_name((bf_format)f));
    printf("%s\n", bf_format_is_read(BF_FORMAT_WEBP) ? "" : " (no WebP: built with WEBP=0)");
}

static int print_text(const bf_args *args)
{
    feat_error err = {FEAT_OK, ""};
    feat_status status = FEAT_OK;
    const char *first = args->n_operands > 0 ? args->operands[0] : NULL;
    const char *second = args->n_operands > 1 ? args->operands[1] : NULL;
    bf_command_id id = args->command->id;
    if (bf_args_given(args, BF_OPT_HELP))
        status = bf_help_print(stdout, args->command->name, args->command->verb, &err);
    else if (id == BF_CMD_VERSION)
        print_version();
    else if (id == BF_CMD_MANUAL)
        status = bf_manual_print(stdout, first, second, &err);
    else if (id == BF_CMD_COMPLETION)
        status = bf_completion_print(stdout, first, &err);
    else
        status = bf_help_print(stdout, first, second, &err);
    if (status != FEAT_OK)
        return wrong_usage(NULL, &err);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        bf_print_error("cannot write to standard output");
        return EXIT_FAILED;
    }
    return 0;
}

/* A manifest has a second file beside it. */
static feat_status check_leaves(const char *manifest, feat_error *err)
{
    char *leaves = bf_leaves_path(manifest);
    feat_status status = leaves != NULL ? bf_check_output(leaves, err)
                                        : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to look at it", manifest);
    feat_free(leaves);
    return status;
}

/* Files beside the result are looked at before the work is done. */
static feat_status check_outputs(const bf_args *args, feat_error *err)
{
    const char *paths[] = {bf_args_text(args, BF_OPT_JSON), bf_args_text(args, BF_OPT_MANIFEST)};
    feat_status status = bf_check_output_names(args, false, err);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0] && status == FEAT_OK; i++)
        if (paths[i] != NULL)
            status = bf_check_output(paths[i], err);
    if (status == FEAT_OK && paths[1] != NULL)
        status = check_leaves(paths[1], err);
    return status;
}

static feat_status write_manifest(bf_run *run, feat_error *err)
{
    if (!bf_args_given(run->args, BF_OPT_MANIFEST))
        return FEAT_OK;
    bf_run_record(run);
    return bf_manifest_write(run->manifest, bf_args_text(run->args, BF_OPT_MANIFEST), err);
}

/* Where a caller has closed one of the first three descriptors, the next file or socket would get its number, and
 * messages go into results or frames come from the sandbox. Such a one stays unusable, but taken. */
static void take_standard_descriptors(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

int bf_program(int argc, char **argv, const bf_team *team)
{
    bf_args args;
    bf_run *run = NULL;
    feat_error err = {FEAT_OK, ""};
    bf_signals_spare_writes();
    take_standard_descriptors();
    if (bf_args_parse(&args, argc - 1, argv + 1, &err) != FEAT_OK)
        return wrong_usage(args.command, &err);
    if (is_text(&args))
        return print_text(&args);
    bf_signals_catch();
    feat_files_sync(!bf_args_given(&args, BF_OPT_NO_SYNC));
    bf_table_style style;
    feat_status status = bf_table_style_parse(&style, &args, &err);
    if (status == FEAT_OK)
        status = check_outputs(&args, &err);
    if (status == FEAT_OK)
        status = bf_run_open(&run, &args, &err);
    if (status == FEAT_OK) {
        run->report.style = style;
        run->work.team = team;
        run->again = bf_run_command;
        status = bf_run_sandbox(run, &err);
    }
    if (status == FEAT_OK)
        status = bf_run_command(run, &err);
    if (status == FEAT_OK && bf_signals_caught() == 0)
        status = write_manifest(run, &err);
    if (status == FEAT_OK && bf_signals_caught() == 0)
        status = bf_report_emit(&run->report, bf_args_given(&args, BF_OPT_JSON),
                                bf_args_text(&args, BF_OPT_JSON), &err);
    int failed_with = run != NULL ? run->exit_code : 0;
    int signal_number = bf_signals_caught();
    if (signal_number != 0) {
        if (run != NULL)
            bf_progress_clear(&run->report.progress);
        bf_print_interrupted(run, status == FEAT_OK);
    }
    bf_run_close(&run);
    bf_sandbox_stop();
    if (signal_number != 0)
        return EXIT_SIGNAL + signal_number;
    if (status != FEAT_OK)
        bf_print_error(err.message);
    return status != FEAT_OK && failed_with != 0 ? failed_with : bf_exit_code(status);
}
