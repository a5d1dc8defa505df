/* tools/options: the tables agree with each other and with the engine, and words are read as they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/feat.h"
#include "tools/options/usage_table.h"
#include "tools/options/help.h"
#include "tools/options/option_table.h"
#include "tools/options/parse_args.h"

enum { MAX_WORDS = 16 };

/* Parses a line of words separated by single spaces. */
static feat_status parse(bf_args *args, const char *line, feat_error *err)
{
    static char text[512];
    char *words[MAX_WORDS];
    int n = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *c = text; *c != 0 && n < MAX_WORDS;) {
        words[n++] = c;
        c += strcspn(c, " ");
        if (*c != 0)
            *c++ = 0;
    }
    return bf_args_parse(args, n, words, err);
}

static void good(bf_args *args, const char *line)
{
    feat_error err = {FEAT_OK, ""};
    feat_status status = parse(args, line, &err);
    if (status != FEAT_OK)
        fail_msg("'%s': %s", line, err.message);
}

static void bad(const char *line, const char *message)
{
    bf_args args;
    feat_error err = {FEAT_OK, ""};
    assert_int_equal(parse(&args, line, &err), FEAT_ERR_ARG);
    assert_string_equal(err.message, message);
}

/* --- tables ---------------------------------------------------------------------------------------- */

static void options_stand_at_their_ids(void **state)
{
    (void)state;
    size_t n = 0;
    for (; bf_option_at(n) != NULL; n++) {
        const bf_option *option = bf_option_at(n);
        assert_int_equal(option->id, n);
        assert_true(option->name != NULL || option->letter != 0);
        assert_non_null(option->help);
        assert_true((option->values != NULL) == (option->kind != BF_VALUE_NONE));
    }
    assert_int_equal(n, BF_N_OPTIONS);
}

static void commands_are_complete(void **state)
{
    (void)state;
    size_t n = 0;
    for (; bf_command_at(n) != NULL; n++) {
        const bf_command *command = bf_command_at(n);
        char start[64];
        assert_int_equal(command->id, n);
        assert_true(command->max_operands <= BF_MAX_OPERANDS);
        assert_true(command->min_operands <= command->max_operands);
        for (size_t i = 0; i < BF_OPTION_ROOM; i++) {
            assert_true(command->options.has[i] <= (bf_option_at(i) != NULL));
            assert_true(command->required.has[i] <= command->options.has[i]);
        }
        assert_int_equal(bf_command_is(command, BF_COMMAND_DEALS_IMAGES), bf_command_has(command, BF_OPT_SHARD));
        assert_true(!bf_command_is(command, BF_COMMAND_DEALS_IMAGES) || bf_command_is(command, BF_COMMAND_FOR_RANKS));
        assert_true(!bf_command_is(command, BF_COMMAND_TEXT_ONLY) || !bf_command_takes_any(command));
        assert_int_equal(command->text[strlen(command->text) - 1], '\n');
        assert_ptr_equal(bf_command_find(command->name, command->verb), command);
        snprintf(start, sizeof start, "bonafide %s%s%s", command->name, command->verb ? " " : "",
                 command->verb ? command->verb : "");
        if (command->id != BF_CMD_VERSION)
            for (size_t i = 0; i < 2; i++)
                assert_memory_equal(command->examples[i].line, start, strlen(start));
    }
    assert_int_equal(n, BF_N_COMMANDS);
}

/* A word of 64 bits once was the set, and the option after the last bit would have been the first. */
static void options_beyond_the_sixty_fourth_are_of_their_own(void **state)
{
    (void)state;
    const bf_command command = {.options = {{[5] = 1, [63] = 1, [64] = 1, [70] = 1, [BF_OPTION_ROOM - 1] = 1}}};
    for (int id = 0; id < BF_OPTION_ROOM; id++) {
        bool there = id == 5 || id == 63 || id == 64 || id == 70 || id == BF_OPTION_ROOM - 1;
        const bf_option option = {.id = (bf_option_id)id};
        assert_int_equal(bf_command_has(&command, (bf_option_id)id), there);
        assert_int_equal(bf_command_takes(&command, &option), there || id == BF_OPT_HELP);
    }
}

/* What merge and audit hand on is theirs to be given, and no part or manifest says that too. */
static void options_handed_on_are_the_commands_own(void **state)
{
    (void)state;
    size_t n_merge = 0, n_audit = 0;
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        bool merge = (option->flags & BF_OPTION_MERGE_SAYS) != 0, audit = (option->flags & BF_OPTION_AUDIT_SAYS) != 0;
        assert_true(!merge || (option->flags & BF_OPTION_GOES_TO_PART) == 0);
        assert_true(!audit || (option->flags & BF_OPTION_SHAPES_RESULT) == 0);
        assert_true(!merge || bf_command_has(bf_command_at(BF_CMD_MERGE), option->id));
        assert_true(!audit || bf_command_has(bf_command_at(BF_CMD_AUDIT), option->id));
        n_merge += merge;
        n_audit += audit;
    }
    assert_int_equal(n_merge, 6);
    assert_int_equal(n_audit, 5);
}

static void examples_parse(void **state)
{
    (void)state;
    for (size_t c = 0; bf_command_at(c) != NULL; c++) {
        for (size_t i = 0; i < 2; i++) {
            char line[128];
            bf_args args;
            snprintf(line, sizeof line, "%s", bf_command_at(c)->examples[i].line + strlen("bonafide "));
            char *shell = strstr(line, " &&");
            if (shell == NULL)
                shell = line + strcspn(line, ">|") - 1;
            if (shell[0] == ' ')
                *shell = 0;
            good(&args, line);
            assert_ptr_equal(args.command, bf_command_at(c));
        }
    }
}

static void choices_are_those_of_the_engine(void **state)
{
    (void)state;
    char room[BF_OPTION_TEXT], presets[256] = "", taps[160] = "", variants[64] = "", networks[320] = "";
    for (size_t i = 0; feat_preset_at(i) != NULL; i++) {
        if (i > 0)
            strcat(presets, "|");
        strcat(presets, feat_preset_at(i)->name);
    }
    for (feat_tap t = 0; t < feat_net_n_taps(feat_net_at(0)); t++) {
        if (t > 0)
            strcat(taps, "|");
        strcat(taps, feat_net_tap_name(feat_net_at(0), t));
    }
    strcat(taps, "|pool1|pool2|pool3|pool4|pool5|fc1|fc1_relu|fc2|fc2_relu|cls|pooled|embedding");
    for (size_t i = 0; feat_net_at(i) != NULL; i++) {
        if (i > 0)
            strcat(networks, "|");
        strcat(networks, feat_net_name(feat_net_at(i)));
    }
    for (size_t i = 0; feat_net_at(i) != NULL; i++) {
        if (strcmp(feat_net_family(feat_net_at(i)), feat_net_family(feat_net_at(0))) != 0)
            continue;
        if (i > 0)
            strcat(variants, "|");
        strcat(variants, feat_net_variant_name(feat_net_at(i)));
    }
    assert_string_equal(bf_option_values(room, NULL, bf_option_at(BF_OPT_PRESET)), presets);
    assert_string_equal(bf_option_values(room, NULL, bf_option_at(BF_OPT_TAP)), taps);
    assert_string_equal(bf_option_values(room, NULL, bf_option_at(BF_OPT_VARIANT)), variants);
    assert_string_equal(bf_option_values(room, NULL, bf_option_at(BF_OPT_NETWORK)), networks);
}

/* --- parsing --------------------------------------------------------------------------------------- */

static void defaults_are_set(void **state)
{
    (void)state;
    bf_args args;
    good(&args, "eval real gen");
    assert_int_equal(args.command->id, BF_CMD_EVAL);
    assert_int_equal(args.n_operands, 2);
    assert_string_equal(args.operands[0], "real");
    assert_string_equal(args.operands[1], "gen");
    assert_null(bf_args_text(&args, BF_OPT_PRESET)); /* the network decides */
    assert_int_equal(bf_args_number(&args, BF_OPT_SEED), 2020);
    assert_null(bf_args_text(&args, BF_OPT_SPLITS)); /* the preset decides */
    assert_null(bf_args_text(&args, BF_OPT_K));
    assert_null(bf_args_text(&args, BF_OPT_WEIGHTS));
    for (int i = 0; i < BF_N_OPTIONS; i++)
        assert_false(bf_args_given(&args, (bf_option_id)i));
}

static void values_come_in_either_form(void **state)
{
    (void)state;
    bf_args args;
    good(&args, "eval --preset=clean real --threads 3 gen -k 5 -q");
    assert_string_equal(bf_args_text(&args, BF_OPT_PRESET), "clean");
    assert_int_equal(bf_args_number(&args, BF_OPT_THREADS), 3);
    assert_int_equal(bf_args_number(&args, BF_OPT_K), 5);
    assert_true(bf_args_given(&args, BF_OPT_QUIET));
    assert_string_equal(args.operands[1], "gen");
    good(&args, "pr a b -k7 --weights=a=b");
    assert_int_equal(bf_args_number(&args, BF_OPT_K), 7);
    assert_string_equal(bf_args_text(&args, BF_OPT_WEIGHTS), "a=b");
    good(&args, "features set -o out.npy");
    assert_string_equal(bf_args_text(&args, BF_OPT_OUTPUT), "out.npy");
}

static void the_last_of_two_wins(void **state)
{
    (void)state;
    bf_args args;
    good(&args, "is a --splits 3 --splits=4");
    assert_int_equal(bf_args_number(&args, BF_OPT_SPLITS), 4);
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    bf_args args;
    good(&args, "fid --quiet -- --a -b");
    assert_string_equal(args.operands[0], "--a");
    assert_string_equal(args.operands[1], "-b");
    good(&args, "fid - b");
    assert_string_equal(args.operands[0], "-");
}

static void json_takes_a_file_only_when_it_looks_like_one(void **state)
{
    (void)state;
    bf_args args;
    good(&args, "fid --json a b");
    assert_true(bf_args_given(&args, BF_OPT_JSON));
    assert_null(bf_args_text(&args, BF_OPT_JSON));
    assert_string_equal(args.operands[0], "a");
    good(&args, "fid a b --json out.json");
    assert_string_equal(bf_args_text(&args, BF_OPT_JSON), "out.json");
    good(&args, "fid a b --json=anything");
    assert_string_equal(bf_args_text(&args, BF_OPT_JSON), "anything");
    good(&args, "fid --json -- .json b.json");
    assert_null(bf_args_text(&args, BF_OPT_JSON));
    good(&args, "fid --json .json b");
    assert_string_equal(args.operands[0], ".json");
}

static void a_file_that_json_did_not_take_is_told(void **state)
{
    (void)state;
    bf_args args;
    static const char hint[] = "--json takes a file only where its name ends in .json: --json out/x.json";
    char text[256];
    snprintf(text, sizeof text, "fid: one word too many: 'out/x'; %s", hint);
    bad("fid a b --json out/x", text);
    bad("fid a --json out/x b", "fid: one word too many: 'b'"); /* which of three is the file, nobody knows */
    snprintf(text, sizeof text, "eval: one word too many: 'out/x'; %s", hint);
    bad("eval a b --json out/x", text);
    good(&args, "eval a b c --json");
    assert_int_equal(args.n_operands, 3);
    good(&args, "eval --json a b");
    good(&args, "eval --json a b c");
    good(&args, "merge 1.part --json 2.part");
}

/* The sides by name, in any order and beside places: the command sees operands. */
static void sides_have_names(void **state)
{
    static const char *const lines[] = {"eval r g", "eval --real r --gen g", "eval --gen=g --real=r", "eval g --real r",
                                        "eval r --gen g"};
    (void)state;
    bf_args args;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        good(&args, lines[i]);
        assert_int_equal(args.n_operands, 2);
        assert_string_equal(args.operands[0], "r");
        assert_string_equal(args.operands[1], "g");
    }
    good(&args, "eval --gen g t --real r");
    assert_string_equal(args.operands[0], "r");
    assert_string_equal(args.operands[1], "g");
    assert_string_equal(args.operands[2], "t");
    good(&args, "is --gen g");
    assert_string_equal(args.operands[0], "g");
    bad("fid a b --gen g", "fid: one set too many: 'b' beside --gen");
    bad("fid a b --real r", "fid: one set too many: 'b' beside --real");
    bad("fid --gen g", "fid: --gen g needs the other set too: --real SET, or SET alone");
    bad("fid --real r", "fid needs REAL GEN");
    bad("is a --gen g", "is: one set too many: 'a' beside --gen");
    bad("features --real r -o f.npy", "features has no option --real");
}

static void words_of_other_tools_are_known(void **state)
{
    (void)state;
    bad("fid a b --device cuda:0",
        "fid: unknown option '--device'; here: everything runs on the CPU; --threads N says on how much of it");
    bad("fid a b --batch_size=50",
        "fid: unknown option '--batch_size'; here: --batch N, on which results do not depend");
    bad("fid a b --dims 64", "fid: unknown option '--dims'; here: --tap 64, 192, 768 or 2048 chooses the layer");
    bad("eval --input1 a --input2 b",
        "eval: unknown option '--input1'; here: sets are operands, the real one first: REAL GEN, or --real REAL --gen "
        "GEN; input1 is the generated one");
    bad("precision a b", "unknown command 'precision'; here 'pr' computes precision and recall");
    bad("Inception_Score a", "unknown command 'Inception_Score'; here 'is' computes the Inception Score");
    bad("prdc a b",
        "unknown command 'prdc'; here 'eval REAL GEN --metrics pr,dc' computes precision, recall, density and "
        "coverage");
}

static void numbers_are_bounded(void **state)
{
    (void)state;
    bf_args args;
    good(&args, "is a --seed 4294967295");
    assert_int_equal(bf_args_number(&args, BF_OPT_SEED), UINT32_MAX);
    bad("is a --seed 4294967296", "--seed: expected a number from 0 to 4294967295, found '4294967296'");
    bad("is a --seed 99999999999999999999999",
        "--seed: expected a number from 0 to 4294967295, found '99999999999999999999999'");
    bad("is a --splits 0", "--splits: expected a number from 1 to 1000000, found '0'");
    bad("is a --splits -3", "--splits: expected a number from 1 to 1000000, found '-3'");
    bad("is a --splits 3x", "--splits: expected a number from 1 to 1000000, found '3x'");
    bad("pr a b -kx", "-k: expected a number from 1 to 1000, found 'x'");
}

static void wrong_usage_is_named(void **state)
{
    (void)state;
    bad("", "no command given");
    bad("--quiet", "a command comes first, found '--quiet'");
    bad("fdi a b", "unknown command 'fdi'; did you mean 'fid'?");
    bad("evaluate a b", "unknown command 'evaluate'");
    bad("weights", "weights needs one more word: get, list, convert, info, verify, synth");
    bad("weights inof a", "weights: unknown word 'inof'; did you mean 'info'?");
    bad("weights frobnicate", "weights: unknown word 'frobnicate' (there is get, list, convert, info, verify, synth)");
    bad("fid a", "fid needs REAL GEN");
    bad("weights info", "weights info needs FILE");
    bad("fid a b c", "fid: one word too many: 'c'");
    bad("features a", "features needs -o FILE");
    bad("sanity a", "sanity needs -o DIR");
    bad("judge sheet a b", "judge sheet needs -o DIR");
    bad("fid a b --wieghts x", "fid: unknown option '--wieghts'; did you mean '--weights'?");
    bad("fid a b --thread=2", "fid: unknown option '--thread'; did you mean '--threads'?");
    bad("fid a b --zzzz", "fid: unknown option '--zzzz'");
    bad("fid a b -z", "fid: unknown option '-z'");
    bad("fid a b --=x", "fid: unknown option '--'");
    bad("fid a b --splits 3", "fid has no option --splits");
    bad("cpu -k 3", "cpu has no option -k");
    bad("fid a b --weights", "--weights needs a value: FILE|synth:SEED|get");
    bad("fid a b --weights=", "--weights needs a value that is not empty");
    bad("fid a b --quiet=yes", "--quiet takes no value, found 'yes'");
    bad("fid a b --preset cleen", "--preset: unknown value 'cleen'; did you mean 'clean'?");
    bad("fid a b --preset other",
        "--preset: expected one of tf1|pytorch-fid|clean|adm|stylegan|torchmetrics-1.8|"
        "studiogan-legacy|studiogan-clean|studiogan-friendly|dgm|dgm-clean|edm2|clip|cmmd, found 'other'");
    bad("kid a b --kid-kernel gauss", "--kid-kernel: expected one of polynomial|rbf, found 'gauss'");
    bad("fid a b --kid-kernel rbf", "fid has no option --kid-kernel");
    bad("fid a b --numerics fats", "--numerics: unknown value 'fats'; did you mean 'fast'?");
}

/* A tool's name is the command with its preset. */
static void tools_are_commands(void **state)
{
    (void)state;
    bf_args args;
    good(&args, "pytorch-fid a b --tap 64");
    assert_int_equal(args.command->id, BF_CMD_FID);
    assert_true(bf_args_given(&args, BF_OPT_PRESET));
    assert_string_equal(bf_args_text(&args, BF_OPT_PRESET), "pytorch-fid");
    assert_string_equal(bf_args_text(&args, BF_OPT_DIGITS), "all");
    assert_ptr_equal(bf_command_of_tool("pytorch-fid"), bf_command_find("fid", NULL));
    assert_null(bf_command_of_tool("fid"));
    good(&args, "pytorch_fid a b --preset pytorch-fid");
    good(&args, "clean-fid a b");
    assert_string_equal(bf_args_text(&args, BF_OPT_PRESET), "clean");
    good(&args, "fid a b");
    assert_false(bf_args_given(&args, BF_OPT_PRESET));
    bad("clean-fid a b --preset tf1", "clean-fid is fid --preset clean; --preset tf1 goes with fid");
    bad("clean-fid a", "fid needs REAL GEN");
}

static void lists_take_some_of_their_words(void **state)
{
    (void)state;
    bf_args args;
    good(&args, "fid a b --allow weights,preset");
    assert_true(bf_args_lists(&args, BF_OPT_ALLOW, "weights"));
    assert_true(bf_args_lists(&args, BF_OPT_ALLOW, "preset"));
    assert_false(bf_args_lists(&args, BF_OPT_ALLOW, "pre"));
    assert_false(bf_args_lists(&args, BF_OPT_ALLOW, "presets"));
    good(&args, "compare a.json b.json --allow=n");
    assert_true(bf_args_lists(&args, BF_OPT_ALLOW, "n"));
    assert_false(bf_args_lists(&args, BF_OPT_ALLOW, "numerics"));
    good(&args, "fid a b");
    assert_false(bf_args_lists(&args, BF_OPT_ALLOW, "weights"));
    bad("fid a b --allow n", "--allow: expected one of preset|weights, found 'n'");
    bad("fid a b --allow weights,", "--allow: expected one of preset|weights, found ''");
    bad("fid a b --allow ,weights", "--allow: expected one of preset|weights, found ''");
    bad("fid a b --allow wieghts", "--allow: unknown value 'wieghts'; did you mean 'weights'?");
    bad("fid a b --allow", "--allow needs a value: preset|weights");
    bad("fid a b --allow preset --allow weights", "--allow is given twice; one list has all: preset,weights");
    bad("compare a b --allow settings,taps", "--allow: unknown value 'taps'; did you mean 'tap'?");
    bad("fid a b --force", "fid: instead of --force, name each thing that may differ: --allow preset|weights");
    bad("compare a b --force", "compare: instead of --force, name each thing that may differ: --allow "
                               "preset|weights|n|tap|pixels|numerics|real|settings");
    bad("is a --force", "is: unknown option '--force'");
}

static void help_needs_nothing_else(void **state)
{
    (void)state;
    bf_args args;
    good(&args, "fid --help");
    assert_true(bf_args_given(&args, BF_OPT_HELP));
    assert_int_equal(args.command->id, BF_CMD_FID);
    good(&args, "--help");
    assert_int_equal(args.command->id, BF_CMD_HELP);
    good(&args, "-h");
    assert_int_equal(args.command->id, BF_CMD_HELP);
    good(&args, "--version");
    assert_int_equal(args.command->id, BF_CMD_VERSION);
    good(&args, "weights --help");
    assert_int_equal(args.command->id, BF_CMD_HELP);
    assert_string_equal(args.operands[0], "weights");
    good(&args, "help weights convert");
    assert_int_equal(args.n_operands, 2);
}

static void nearest_is_careful(void **state)
{
    (void)state;
    static const char *const words[] = {"convert", "info", "verify"};
    assert_string_equal(bf_nearest("cnovert", words, 3), "convert");
    assert_string_equal(bf_nearest("verfiy", words, 3), "verify");
    assert_null(bf_nearest("quux", words, 3));
    assert_null(bf_nearest("", words, 3));
    assert_null(bf_nearest("averyveryveryveryveryveryverylongword", words, 3));
    assert_null(bf_nearest("info", words, 0));
}

/* --- help ------------------------------------------------------------------------------------------ */

static size_t help_length(const char *name, const char *verb, feat_status expected)
{
    static char text[16384];
    feat_error err = {FEAT_OK, ""};
    FILE *out = tmpfile();
    assert_non_null(out);
    assert_int_equal(bf_help_print(out, name, verb, &err), expected);
    rewind(out);
    size_t n = fread(text, 1, sizeof text - 1, out);
    text[n] = 0;
    fclose(out);
    for (char *line = text; *line != 0; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 110);
    if (name != NULL && expected == FEAT_OK)
        assert_non_null(strstr(text, name));
    return n;
}

/* The help of a command of many options shows each of them once, those of a group together. */
static void every_option_has_a_group(void **state)
{
    static char text[32768];
    feat_error err = {FEAT_OK, ""};
    FILE *out = tmpfile();
    (void)state;
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (bf_help_group((bf_option_id)i) == NULL && i != BF_OPT_HELP)
            fail_msg("--%s has no group in help.c", bf_option_at(i)->name);
    assert_non_null(out);
    assert_int_equal(bf_help_print(out, "eval", NULL, &err), FEAT_OK);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = 0;
    fclose(out);
    const bf_command *eval = bf_command_find("eval", NULL);
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        char word[40];
        size_t n = 0;
        snprintf(word, sizeof word, bf_option_at(i)->letter != 0 ? ", --%s" : "\n  --%s", bf_option_at(i)->name);
        for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
            n += strchr(" \n", at[strlen(word)]) != NULL;
        if (bf_option_at(i)->name != NULL)
            assert_int_equal(n, bf_command_takes(eval, bf_option_at(i)) && bf_option_at(i)->help[0] != 0);
    }
    assert_non_null(strstr(text, "\nOptions that matter most:\n  --metrics "));
    assert_true(strstr(text, "\nThe sets:\n") < strstr(text, "\nLarge sets:\n"));
}

static void every_command_has_help(void **state)
{
    (void)state;
    assert_true(help_length(NULL, NULL, FEAT_OK) > 500);
    assert_true(help_length("weights", NULL, FEAT_OK) > 100);
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        assert_true(help_length(bf_command_at(i)->name, bf_command_at(i)->verb, FEAT_OK) > 200);
    assert_int_equal(help_length("nothing", NULL, FEAT_ERR_ARG), 0);
    assert_int_equal(help_length("weights", "nothing", FEAT_ERR_ARG), 0);
    assert_int_equal(help_length("fid", "nothing", FEAT_ERR_ARG), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_at_their_ids),
        cmocka_unit_test(commands_are_complete),
        cmocka_unit_test(options_beyond_the_sixty_fourth_are_of_their_own),
        cmocka_unit_test(options_handed_on_are_the_commands_own),
        cmocka_unit_test(examples_parse),
        cmocka_unit_test(choices_are_those_of_the_engine),
        cmocka_unit_test(defaults_are_set),
        cmocka_unit_test(values_come_in_either_form),
        cmocka_unit_test(the_last_of_two_wins),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(json_takes_a_file_only_when_it_looks_like_one),
        cmocka_unit_test(a_file_that_json_did_not_take_is_told),
        cmocka_unit_test(sides_have_names),
        cmocka_unit_test(words_of_other_tools_are_known),
        cmocka_unit_test(numbers_are_bounded),
        cmocka_unit_test(wrong_usage_is_named),
        cmocka_unit_test(tools_are_commands),
        cmocka_unit_test(lists_take_some_of_their_words),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(nearest_is_careful),
        cmocka_unit_test(every_option_has_a_group),
        cmocka_unit_test(every_command_has_help),
    };
    return cmocka_run_group_tests_name("opt", tests, NULL, NULL);
}
