/* The parser that works from the tables of commands and options. Nothing here prints: messages go to the caller. */
#include "tools/options/parse_args.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"
#include "tools/base/names.h"
#include "tools/options/usage_table.h"
#include "tools/options/option_table.h"

/* --- what was probably meant ----------------------------------------------------------------------- */

enum {
    MAX_WORD = 31,   /* a longer one is none of ours, misspelt */
    MAX_CHOICES = 32 /* of one option */
};

const char *bf_nearest(const char *word, const char *const *words, size_t n)
{
    const char *best = NULL;
    size_t limit = strlen(word) / 3 + 1, best_distance = limit + 1;
    if (strlen(word) > MAX_WORD)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t distance = bf_edit_distance(word, words[i], BF_EDIT_SWAPS);
        if (distance < best_distance && distance < strlen(words[i])) {
            best_distance = distance;
            best = words[i];
        }
    }
    return best;
}

/* What people who come from other tools type first, and what to write here. Dashes and underscores are one. */
static const struct {
    const char *word, *here;
} foreign_options[] = {
    {"device", "everything runs on the CPU; --threads N says on how much of it"},
    {"gpu", "everything runs on the CPU; --threads N says on how much of it"},
    {"cuda", "everything runs on the CPU; --threads N says on how much of it"},
    {"cpu", "everything runs on the CPU; --threads N says on how much of it"},
    {"batch-size", "--batch N, on which results do not depend"},
    {"num-workers", "--threads N, on which results do not depend"},
    {"dims", "--tap 64, 192, 768 or 2048 chooses the layer"},
    {"feature-layer-fid", "--tap 64, 192, 768 or 2048 chooses the layer"},
    {"feature-extractor", "--network NAME"},
    {"feature-extractor-weights-path", "--weights FILE"},
    {"model-name", "--network NAME"},
    {"save-stats", "bonafide stats SET -o FILE.npz writes the statistics of a set"},
    {"input1",
     "sets are operands, the real one first: REAL GEN, or --real REAL --gen GEN; input1 is the generated one"},
    {"input2", "sets are operands, the real one first: REAL GEN, or --real REAL --gen GEN; input2 is the real one"},
    {"fake", "--gen SET"},
    {"generated", "--gen SET"},
    {"ref-batch", "the reference is an operand, the first: bonafide eval REF.npz SAMPLES.npz --preset adm"},
    {"sample-batch", "the samples are an operand, the second: bonafide eval REF.npz SAMPLES.npz --preset adm"},
    {"dataset-name", "ref:NAME in the place of a set; bonafide refs list has the names"},
    {"dataset-res", "ref:NAME in the place of a set; bonafide refs list has the names"},
    {"mode", "--preset clean, pytorch-fid or tf1 is clean-fid's mode clean, legacy_pytorch or legacy_tensorflow"},
    {"isc", "bonafide is GEN, or bonafide eval REAL GEN --metrics is"},
    {"fid", "bonafide fid REAL GEN, or bonafide eval REAL GEN --metrics fid"},
    {"kid", "bonafide kid REAL GEN, or bonafide eval REAL GEN --metrics kid"},
    {"prc", "bonafide pr REAL GEN --network vgg16, or bonafide eval REAL GEN --metrics pr-vgg"},
    {"isc-splits", "--splits N"},
    {"kid-subset-size", "--kid-size N"},
    {"kid-kernel-poly-degree", "the kernel is cubic, as published; --kid-kernel has another"},
    {"prc-neighborhood", "-k N"},
    {"rng-seed", "--seed N"},
    {"cache-root", "--cache DIR"},
    {"samples-find-deep", "folders are searched in depth always"},
    {"samples-find-ext", "images are told by their extensions and first bytes"},
    {"samples-shuffle", "--seed N shuffles the Inception Score's images, --no-shuffle does not"},
    {"samples-resize-and-crop", "images are resized as --preset says, and not cropped"},
    {"num-samples", "--take N draws so many images of each set"},
    {"num-gen", "--take N draws so many images of each set"},
    {"max-samples", "--take N draws so many images of each set"},
    {"subset", "--take N draws so many images of each set"},
    {"metric", "--metrics LIST"},
    {"output", "-o FILE"},
    {"out", "-o FILE"},
    {"silent", "--quiet"},
    {"verbose", "progress is shown unless --quiet says otherwise; --progress writes it as lines"},
    {"list", "bonafide weights list, bonafide refs list"},
};

static const struct {
    const char *word, *here;
} foreign_commands[] = {
    {"precision", "'pr' computes precision and recall"},
    {"recall", "'pr' computes precision and recall"},
    {"prc", "'pr' computes precision and recall"},
    {"improved-precision", "'pr' computes precision and recall"},
    {"density", "'eval REAL GEN --metrics dc' computes density and coverage"},
    {"coverage", "'eval REAL GEN --metrics dc' computes density and coverage"},
    {"prdc", "'eval REAL GEN --metrics pr,dc' computes precision, recall, density and coverage"},
    {"isc", "'is' computes the Inception Score"},
    {"inception", "'is' computes the Inception Score"},
    {"inception-score", "'is' computes the Inception Score"},
    {"mmd", "'kid' computes the kernel distance, with its polynomial or an RBF kernel"},
    {"fidelity", "'eval' computes what torch-fidelity does: eval REAL GEN --metrics is,fid,kid,pr-vgg"},
    {"torch-fidelity", "'eval' computes what torch-fidelity does: eval REAL GEN --metrics is,fid,kid,pr-vgg"},
    {"pytorch-fid", "'fid A B --preset pytorch-fid' computes what it does"},
    {"clean-fid", "'fid A B --preset clean' computes what it does"},
    {"cmmd", "'eval REAL GEN --preset-of cmmd' computes it"},
    {"clip-fid", "'eval REAL GEN --preset-of clip-fid' computes it"},
    {"fd-dinov2", "'eval REAL GEN --metrics fd-dinov2' computes it"},
    {"metrics", "'help metrics' lists them, and 'eval' computes them"},
    {"presets", "'help presets' lists them"},
    {"networks", "'help networks' lists them"},
    {"reference", "'refs add' and 'refs list' keep named references"},
    {"references", "'refs add' and 'refs list' keep named references"},
    {"statistics", "'stats' writes mean and covariance of a set"},
    {"download", "'weights get' fetches published weights"},
};

/* Tools whose name stands for a command with their preset, as it says both. */
static const struct {
    const char *word, *command, *preset;
} tools[] = {
    {"pytorch-fid", "fid", "pytorch-fid"},
    {"clean-fid", "fid", "clean"},
};

/* The first n bytes of a word, in capitals or not, with _ for -. */
static bool is_word(const char *known, const char *word, size_t n)
{
    if (strlen(known) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = word[i] == '_' ? '-' : word[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        if (c != known[i])
            return false;
    }
    return true;
}

static const char *foreign_option(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof foreign_options / sizeof foreign_options[0]; i++)
        if (is_word(foreign_options[i].word, name, n))
            return foreign_options[i].here;
    return NULL;
}

static const char *foreign_command(const char *word)
{
    for (size_t i = 0; i < sizeof foreign_commands / sizeof foreign_commands[0]; i++)
        if (is_word(foreign_commands[i].word, word, strlen(word)))
            return foreign_commands[i].here;
    return NULL;
}

/* --- parsing --------------------------------------------------------------------------------------- */

/* "weights convert", for messages. */
static const char *command_label(const bf_command *command, char label[48])
{
    snprintf(label, 48, "%s%s%s", command->name, command->verb ? " " : "",
             command->verb ? command->verb : "");
    return label;
}

static feat_status unknown_command(const char *word, feat_error *err)
{
    const char *names[BF_N_COMMANDS];
    size_t n = 0;
    for (; bf_command_at(n) != NULL; n++)
        names[n] = bf_command_at(n)->name;
    const char *here = foreign_command(word), *near = bf_nearest(word, names, n);
    if (here != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "unknown command '%s'; here %s", word, here);
    if (near != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "unknown command '%s'; did you mean '%s'?", word, near);
    return feat_fail(err, FEAT_ERR_ARG, "unknown command '%s'", word);
}

static feat_status unknown_verb(const char *name, const char *word, feat_error *err)
{
    const char *verbs[BF_N_COMMANDS];
    char list[128] = "";
    size_t n = 0, used = 0;
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        if (strcmp(bf_command_at(i)->name, name) != 0 || bf_command_at(i)->verb == NULL)
            continue;
        int wrote = snprintf(list + used, sizeof list - used, "%s%s", n ? ", " : "", bf_command_at(i)->verb);
        used += wrote > 0 ? (size_t)wrote : 0;
        verbs[n++] = bf_command_at(i)->verb;
    }
    if (word == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s needs one more word: %s", name, list);
    const char *near = bf_nearest(word, verbs, n);
    if (near != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: unknown word '%s'; did you mean '%s'?", name, word, near);
    return feat_fail(err, FEAT_ERR_ARG, "%s: unknown word '%s' (there is %s)", name, word, list);
}

feat_status bf_command_unknown(const char *name, const char *verb, feat_error *err)
{
    if (bf_command_is_group(name))
        return unknown_verb(name, verb, err);
    if (bf_command_find(name, NULL) == NULL)
        return unknown_command(name, err);
    return feat_fail(err, FEAT_ERR_ARG, "no command '%s%s%s'", name, verb ? " " : "", verb ? verb : "");
}

/* `name` is n bytes of "--name=value". */
static const bf_option *find_option(const char *name, size_t n)
{
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        if (option->name != NULL && strlen(option->name) == n && strncmp(option->name, name, n) == 0)
            return option;
    }
    return NULL;
}

static const bf_option *find_letter(char letter)
{
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (bf_option_at(i)->letter == letter)
            return bf_option_at(i);
    return NULL;
}

static feat_status unknown_option(const bf_command *command, const char *word, size_t n, feat_error *err)
{
    char room[BF_OPTION_TEXT];
    const char *names[BF_N_OPTIONS];
    char label[48], name[MAX_WORD + 1] = "";
    size_t n_names = 0;
    command_label(command, label);
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (bf_option_at(i)->name != NULL && bf_command_takes(command, bf_option_at(i)))
            names[n_names++] = bf_option_at(i)->name;
    const char *here = n > 2 ? foreign_option(word + 2, n - 2) : NULL, *near = NULL;
    if (here != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: unknown option '%.*s'; here: %s", label, (int)n, word, here);
    if (n > 2 && n - 2 <= MAX_WORD) {
        memcpy(name, word + 2, n - 2);
        near = bf_nearest(name, names, n_names);
    }
    if (n == strlen("--force") && strncmp(word, "--force", n) == 0 && bf_command_has(command, BF_OPT_ALLOW))
        return feat_fail(err, FEAT_ERR_ARG, "%s: instead of --force, name each thing that may differ: --allow %s",
                         label, bf_option_values(room, command, bf_option_at(BF_OPT_ALLOW)));
    if (near != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: unknown option '%.*s'; did you mean '--%s'?", label, (int)n, word,
                         near);
    return feat_fail(err, FEAT_ERR_ARG, "%s: unknown option '%.*s'", label, (int)n, word);
}

static feat_status parse_number(const bf_option *option, const char *text, uint64_t *number, feat_error *err)
{
    char label[32];
    uint64_t value = 0;
    bool good = *text != 0;
    for (const char *c = text; *c != 0 && good; c++) {
        good = *c >= '0' && *c <= '9' && value <= (option->max - (uint64_t)(*c - '0')) / 10;
        value = value * 10 + (uint64_t)(*c - '0');
    }
    if (!good || value < option->min || value > option->max)
        return feat_fail(err, FEAT_ERR_ARG, "%s: expected a number from %llu to %llu, found '%s'",
                         bf_option_word(option, label), (unsigned long long)option->min,
                         (unsigned long long)option->max, text);
    *number = value;
    return FEAT_OK;
}

static feat_status check_choice(const bf_option *option, const char *values, const char *text, feat_error *err)
{
    char label[32], list[BF_OPTION_TEXT];
    const char *words[MAX_CHOICES];
    size_t n = 0;
    bf_option_word(option, label);
    snprintf(list, sizeof list, "%s", values);
    for (char *word = list; word != NULL && n < MAX_CHOICES;) {
        char *bar = strchr(word, '|');
        if (bar != NULL)
            *bar++ = 0;
        if (strcmp(word, text) == 0)
            return FEAT_OK;
        words[n++] = word;
        word = bar;
    }
    const char *near = bf_nearest(text, words, n);
    if (near != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: unknown value '%s'; did you mean '%s'?", label, text, near);
    return feat_fail(err, FEAT_ERR_ARG, "%s: expected one of %s, found '%s'", label, values, text);
}

static feat_status check_list(const bf_option *option, const char *values, const char *text, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (const char *at = text; status == FEAT_OK;) {
        char word[MAX_WORD + 1];
        size_t n = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)(n < MAX_WORD ? n : MAX_WORD), at);
        status = check_choice(option, values, word, err);
        if (at[n] == 0)
            break;
        at += n + 1;
    }
    return status;
}

bool bf_args_lists(const bf_args *args, bf_option_id id, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = bf_args_text(args, id); at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == 0))
            return true;
    }
    return false;
}

static feat_status set_value(bf_args *args, const bf_option *option, const char *text, feat_error *err)
{
    char room[BF_OPTION_TEXT];
    bf_value *value = &args->values[option->id];
    char label[32];
    if (text != NULL && *text == 0)
        return feat_fail(err, FEAT_ERR_ARG, "%s needs a value that is not empty", bf_option_word(option, label));
    feat_status status = FEAT_OK;
    if (option->kind == BF_VALUE_NUMBER)
        status = parse_number(option, text, &value->number, err);
    else if (option->id == BF_OPT_NETWORK && bf_command_is(args->command, BF_COMMAND_SEVERAL_NETWORKS))
        status = check_list(option, bf_option_values(room, args->command, option), text, err);
    else if (option->kind == BF_VALUE_CHOICE)
        status = check_choice(option, bf_option_values(room, args->command, option), text, err);
    else if (option->kind == BF_VALUE_LIST && value->given)
        status = feat_fail(err, FEAT_ERR_ARG, "%s is given twice; one list has all: %s,%s",
                           bf_option_word(option, label), value->text, text);
    else if (option->kind == BF_VALUE_LIST)
        status = check_list(option, bf_option_values(room, args->command, option), text, err);
    value->given = true;
    value->text = text;
    return status;
}

static bool ends_in_json(const char *text)
{
    size_t n = strlen(text);
    return n > 5 && strcmp(text + n - 5, ".json") == 0;
}

/* `attached` is the value in the same word, or NULL; `next` the word after it, or NULL. Sets *used_next. */
static feat_status take_option(bf_args *args, const bf_option *option, const char *attached, const char *next,
                               bool *used_next, feat_error *err)
{
    char room[BF_OPTION_TEXT];
    char label[48], name[32];
    bf_option_word(option, name);
    if (!bf_command_takes(args->command, option))
        return feat_fail(err, FEAT_ERR_ARG, "%s has no option %s", command_label(args->command, label), name);
    if (option->kind == BF_VALUE_NONE && attached != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s takes no value, found '%s'", name, attached);
    bool wants_next = attached == NULL && option->kind != BF_VALUE_NONE;
    if (option->kind == BF_VALUE_OPTIONAL)
        wants_next = attached == NULL && next != NULL && next[0] != '-' && ends_in_json(next);
    else if (wants_next && next == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s needs a value: %s", name,
                         bf_option_values(room, args->command, option));
    *used_next = wants_next;
    return set_value(args, option, wants_next ? next : attached, err);
}

/* The word after a --json that took none, as it does not end in .json. */
static bool is_lost_file(const bf_args *args, const char *word, const char *before)
{
    return before != NULL && strcmp(before, "--json") == 0 && args->values[BF_OPT_JSON].given &&
           args->values[BF_OPT_JSON].text == NULL && word[0] != '-';
}

static feat_status lost_file(const bf_args *args, const char *word, feat_error *err)
{
    char label[48];
    return feat_fail(err, FEAT_ERR_ARG,
                     "%s: one word too many: '%s'; --json takes a file only where its name ends in .json: --json "
                     "%s.json",
                     command_label(args->command, label), word, word);
}

static feat_status take_word(bf_args *args, const char *word, const char *next, bool *used_next,
                             feat_error *err)
{
    if (word[1] == '-') {
        const char *equals = strchr(word, '=');
        size_t n = equals != NULL ? (size_t)(equals - word) : strlen(word);
        const bf_option *option = find_option(word + 2, n - 2);
        if (option == NULL)
            return unknown_option(args->command, word, n, err);
        return take_option(args, option, equals != NULL ? equals + 1 : NULL, next, used_next, err);
    }
    const bf_option *option = find_letter(word[1]);
    if (option == NULL)
        return unknown_option(args->command, word, strlen(word), err);
    return take_option(args, option, word[2] != 0 ? word + 2 : NULL, next, used_next, err);
}

static feat_status check_complete(const bf_args *args, size_t n_operands, feat_error *err)
{
    char room[BF_OPTION_TEXT];
    const bf_command *command = args->command;
    char label[48], name[32];
    command_label(command, label);
    if (n_operands < command->min_operands)
        return feat_fail(err, FEAT_ERR_ARG, "%s needs %s", label, command->operands);
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (command->required.has[bf_option_at(i)->id] && !args->values[bf_option_at(i)->id].given)
            return feat_fail(err, FEAT_ERR_ARG, "%s needs %s %s", label, bf_option_word(bf_option_at(i), name),
                             bf_option_values(room, command, bf_option_at(i)));
    return FEAT_OK;
}

const bf_command *bf_command_of_tool(const char *word)
{
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++)
        if (is_word(tools[i].word, word, strlen(word)))
            return bf_command_find(tools[i].command, NULL);
    return NULL;
}

/* Whether the word is the name of a tool; then its command is asked for, its preset, and all digits, as it prints. */
static bool take_tool(bf_args *args, const char *word)
{
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++)
        if (is_word(tools[i].word, word, strlen(word))) {
            args->command = bf_command_of_tool(word);
            args->values[BF_OPT_PRESET] = (bf_value){.given = true, .text = tools[i].preset};
            args->values[BF_OPT_DIGITS] = (bf_value){.given = true, .text = "all"};
            return true;
        }
    return false;
}

/* A tool's name, and another preset after it. */
static feat_status check_tool(const bf_args *args, const char *word, feat_error *err)
{
    const char *preset = bf_args_text(args, BF_OPT_PRESET);
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++)
        if (is_word(tools[i].word, word, strlen(word)) && strcmp(preset, tools[i].preset) != 0)
            return feat_fail(err, FEAT_ERR_ARG, "%s is %s --preset %s; --preset %s goes with %s", word,
                             tools[i].command, tools[i].preset, preset, tools[i].command);
    return FEAT_OK;
}

static feat_status parse_command(bf_args *args, int argc, char *const *argv, int *next, feat_error *err)
{
    if (argc < 1)
        return feat_fail(err, FEAT_ERR_ARG, "no command given");
    const char *word = argv[0];
    *next = 1;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        word = "help";
    else if (strcmp(word, "--version") == 0)
        word = "version";
    if (word[0] == '-')
        return feat_fail(err, FEAT_ERR_ARG, "a command comes first, found '%s'", word);
    args->command = bf_command_find(word, NULL);
    if (args->command != NULL || take_tool(args, word))
        return FEAT_OK;
    if (!bf_command_is_group(word))
        return unknown_command(word, err);
    const char *verb = argc > 1 ? argv[1] : NULL;
    if (verb != NULL && (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0)) {
        args->command = bf_command_find("help", NULL);
        args->operands[args->n_operands++] = word;
        *next = 2;
        return FEAT_OK;
    }
    args->command = verb != NULL ? bf_command_find(word, verb) : NULL;
    *next = 2;
    return args->command != NULL ? FEAT_OK : unknown_verb(word, verb, err);
}

static void set_defaults(bf_args *args)
{
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        bf_value *value = &args->values[bf_option_at(i)->id];
        const bf_option *option = bf_option_at(i);
        if (option->preset != NULL && set_value(args, option, option->preset, NULL) == FEAT_OK)
            value->given = false;
    }
}

/* An operand that an option names, at its place among the others. */
static feat_status put_operand(bf_args *args, bf_option_id id, size_t at, feat_error *err)
{
    const char *set = bf_args_given(args, id) ? bf_args_text(args, id) : NULL;
    char label[48];
    if (set == NULL)
        return FEAT_OK;
    if (args->n_operands >= args->command->max_operands)
        return feat_fail(err, FEAT_ERR_ARG, "%s: one set too many: '%s' beside --%s",
                         command_label(args->command, label), args->operands[args->n_operands - 1],
                         bf_option_at(id)->name);
    if (at > args->n_operands)
        return feat_fail(err, FEAT_ERR_ARG, "%s: --%s %s needs the other set too: --real SET, or SET alone",
                         command_label(args->command, label), bf_option_at(id)->name, set);
    memmove(args->operands + at + 1, args->operands + at, (args->n_operands - at) * sizeof args->operands[0]);
    args->operands[at] = set;
    args->n_operands++;
    return FEAT_OK;
}

static feat_status finish(bf_args *args, const char *last, const char *before, feat_error *err)
{
    const bf_command *command = args->command;
    bool optional = command->max_operands == command->min_operands + 1;
    /* of a set that may be there or not nobody knows whether it is meant for one */
    if (optional && args->n_operands == command->max_operands && is_lost_file(args, last, before))
        return lost_file(args, last, err);
    feat_status status = put_operand(args, BF_OPT_REAL, 0, err);
    if (status == FEAT_OK) /* a command of one set looks at the generated one */
        status = put_operand(args, BF_OPT_GEN, command->max_operands > 1, err);
    return status == FEAT_OK ? check_complete(args, args->n_operands, err) : status;
}

feat_status bf_args_parse(bf_args *args, int argc, char *const *argv, feat_error *err)
{
    int at = 0;
    bool words_only = false;
    memset(args, 0, sizeof *args);
    set_defaults(args);
    feat_status status = parse_command(args, argc, argv, &at, err);
    for (int i = at; i < argc && status == FEAT_OK; i++) {
        const char *word = argv[i];
        bool used_next = false;
        if (!words_only && strcmp(word, "--") == 0) {
            words_only = true;
        } else if (!words_only && word[0] == '-' && word[1] != 0) {
            status = take_word(args, word, i + 1 < argc ? argv[i + 1] : NULL, &used_next, err);
            i += used_next;
        } else if (args->n_operands >= args->command->max_operands && is_lost_file(args, word, argv[i - 1])) {
            status = lost_file(args, word, err);
        } else if (args->n_operands >= args->command->max_operands) {
            char label[48];
            status = feat_fail(err, FEAT_ERR_ARG, "%s: one word too many: '%s'",
                               command_label(args->command, label), word);
        } else {
            args->operands[args->n_operands++] = word;
        }
    }
    if (status != FEAT_OK || args->values[BF_OPT_HELP].given)
        return status;
    status = check_tool(args, argv[0], err);
    return status != FEAT_OK ? status : finish(args, argv[argc - 1], argc > 1 ? argv[argc - 2] : NULL, err);
}
