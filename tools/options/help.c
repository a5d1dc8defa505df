/* Help texts, made from the tables of commands and options. */
#include "tools/options/help.h"

#include <string.h>

#include "engine/base/status.h"
#include "tools/options/usage_table.h"
#include "tools/options/conventions.h"
#include "tools/options/metric_names.h"
#include "tools/options/option_table.h"
#include "tools/options/parse_args.h"
#include "tools/options/weights_find.h"
#include "weights/convert.h"

enum { WIDTH = 100, TERM_WIDTH = 30 };

/* Prints `text` from column `indent` on, broken between words; the cursor is at column `at`. */
static void print_wrapped(FILE *out, const char *text, size_t at, size_t indent)
{
    while (*text != 0) {
        size_t n = strcspn(text, " ");
        if (at > indent && at + 1 + n > WIDTH) {
            fputc('\n', out);
            at = 0;
        }
        if (at < indent)
            at += (size_t)fprintf(out, "%*s", (int)(indent - at), "");
        else if (at > indent)
            at += (size_t)fprintf(out, " ");
        fwrite(text, 1, n, out);
        at += n;
        text += n;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

/* A term too long for a line goes on in the next one, after a |. Returns the column. */
static int print_broken(FILE *out, const char *term)
{
    int at = fprintf(out, "  ");
    while (*term != 0) {
        size_t n = strcspn(term, "|");
        n += term[n] == '|';
        if (at + n > WIDTH)
            at = fprintf(out, "\n%*s", TERM_WIDTH / 2, "") - 1;
        at += (int)fwrite(term, 1, n, out);
        term += n;
    }
    return at;
}

static void print_term(FILE *out, const char *term, const char *text)
{
    int n = print_broken(out, term);
    if (n >= TERM_WIDTH) {
        fputc('\n', out);
        n = 0;
    }
    print_wrapped(out, text, n > 0 ? (size_t)n : 0, TERM_WIDTH);
}

static void print_option(FILE *out, const bf_command *command, const bf_option *option)
{
    char term[BF_OPTION_TEXT + 64], text[BF_OPTION_TEXT + 64], room[BF_OPTION_TEXT], help_room[BF_OPTION_TEXT];
    const char *values = option->values != NULL ? bf_option_values(room, command, option) : "";
    const char *help = bf_option_help(help_room, option);
    if (option->name == NULL)
        snprintf(term, sizeof term, "-%c %s", option->letter, values);
    else if (option->letter != 0)
        snprintf(term, sizeof term, "-%c, --%s", option->letter, option->name);
    else if (option->kind == BF_VALUE_OPTIONAL)
        snprintf(term, sizeof term, "--%s [%s]", option->name, values);
    else
        snprintf(term, sizeof term, "--%s%s%s", option->name, *values ? " " : "", values);
    if (option->preset != NULL)
        snprintf(text, sizeof text, "%s (default %s)", help, option->preset);
    else
        snprintf(text, sizeof text, "%s", help);
    print_term(out, term, text);
}

/* --- options in groups ------------------------------------------------------------------------------- */

/* Those that are used most, in this order: a command of many options shows what it cannot do without, and five of
 * these, before the rest. */
static const bf_option_id first[] = {BF_OPT_METRICS, BF_OPT_PRESET, BF_OPT_WEIGHTS, BF_OPT_REPORT,
                                     BF_OPT_JSON,    BF_OPT_OUTPUT, BF_OPT_NETWORK, BF_OPT_TAKE};
enum { MOST_FIRST = 5, MANY = 12, IN_GROUP = 32, N_FIRST = sizeof first / sizeof first[0] };

/* Every option but --help is in one of these. */
static const struct {
    const char *title;
    bf_option_id ids[IN_GROUP];
    size_t n;
} groups[] = {
#define GROUP(...) {__VA_ARGS__}, sizeof((const bf_option_id[]){__VA_ARGS__}) / sizeof(bf_option_id)
    {"The sets",
     GROUP(BF_OPT_REAL, BF_OPT_GEN, BF_OPT_TEST, BF_OPT_TAKE, BF_OPT_SEED, BF_OPT_SIZE, BF_OPT_RANGE, BF_OPT_LAYOUT,
           BF_OPT_BITS, BF_OPT_SKIP_BAD, BF_OPT_ROOT, BF_OPT_FROM, BF_OPT_NAME)},
    {"What is measured",
     GROUP(BF_OPT_METRICS, BF_OPT_ALL, BF_OPT_WEIGHTS, BF_OPT_NETWORK, BF_OPT_VARIANT, BF_OPT_TAP, BF_OPT_K,
           BF_OPT_DENSITY_K, BF_OPT_SPLITS, BF_OPT_KID_SUBSETS, BF_OPT_KID_SIZE, BF_OPT_JUDGE, BF_OPT_BY,
           BF_OPT_DISTURB, BF_OPT_QUICK)},
    {"What people say",
     GROUP(BF_OPT_LABELS, BF_OPT_KEY, BF_OPT_DATASET, BF_OPT_IDS, BF_OPT_REF, BF_OPT_LOGITS, BF_OPT_REF_LOGITS,
           BF_OPT_EXCLUDE_SELF, BF_OPT_IGNORE_MISSING, BF_OPT_BLOCKS, BF_OPT_COMPONENTS, BF_OPT_PCA, BF_OPT_MODEL,
           BF_OPT_LAMBDA, BF_OPT_CV, BF_OPT_THRESHOLD, BF_OPT_RESAMPLES, BF_OPT_COUNT, BF_OPT_REPEAT, BF_OPT_TEXT)},
    {"Whose conventions",
     GROUP(BF_OPT_PRESET, BF_OPT_PRESET_OF, BF_OPT_AS, BF_OPT_NO_SHUFFLE, BF_OPT_KNN_CMP, BF_OPT_KID_KERNEL,
           BF_OPT_KID_SIGMA, BF_OPT_ADM, BF_OPT_ADM_FP16, BF_OPT_STYLEGAN_FP16, BF_OPT_DTYPE)},
    {"Output",
     GROUP(BF_OPT_OUTPUT, BF_OPT_REPORT, BF_OPT_TITLE, BF_OPT_PER_IMAGE, BF_OPT_TABLE, BF_OPT_DIGITS, BF_OPT_CITE,
           BF_OPT_CSV_PLAIN, BF_OPT_JSON, BF_OPT_MANIFEST, BF_OPT_BUNDLE, BF_OPT_NO_SYNC, BF_OPT_PROGRESS,
           BF_OPT_QUIET, BF_OPT_PRINT_GOLDEN)},
    {"Speed and memory",
     GROUP(BF_OPT_THREADS, BF_OPT_BATCH, BF_OPT_MEMORY, BF_OPT_CACHE, BF_OPT_NO_CACHE, BF_OPT_NUMERICS, BF_OPT_ISA)},
    {"Safety", GROUP(BF_OPT_SANDBOX, BF_OPT_LIMITS, BF_OPT_CACHE_KEY, BF_OPT_ALLOW)},
    {"Large sets", GROUP(BF_OPT_SHARD, BF_OPT_SHARDS)},
#undef GROUP
};

const char *bf_help_group(bf_option_id id)
{
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
        for (size_t i = 0; i < groups[g].n; i++)
            if (groups[g].ids[i] == id)
                return groups[g].title;
    return NULL;
}

static bool is_shown(const bf_command *command, bf_option_id id)
{
    return bf_command_takes(command, bf_option_at(id)) && bf_option_at(id)->help[0] != 0;
}

static size_t count_shown(const bf_command *command)
{
    size_t n = 0;
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        n += is_shown(command, (bf_option_id)i);
    return n;
}

static void print_all_options(FILE *out, const bf_command *command)
{
    fputs("\nOptions:\n", out);
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (is_shown(command, (bf_option_id)i))
            print_option(out, command, bf_option_at(i));
}

/* The options that matter most, then each of the others once, under what it is about. */
static void print_groups(FILE *out, const bf_command *command)
{
    bool done[BF_N_OPTIONS] = {false};
    size_t n = 0;
    fputs("\nOptions that matter most:\n", out);
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (command->required.has[i]) {
            print_option(out, command, bf_option_at(i));
            done[i] = true;
        }
    for (size_t i = 0; i < N_FIRST && n < MOST_FIRST; i++)
        if (!done[first[i]] && is_shown(command, first[i])) {
            print_option(out, command, bf_option_at(first[i]));
            done[first[i]] = true;
            n++;
        }
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        bool titled = false;
        for (size_t i = 0; i < groups[g].n; i++) {
            bf_option_id id = groups[g].ids[i];
            if (done[id] || !is_shown(command, id))
                continue;
            if (!titled)
                fprintf(out, "\n%s:\n", groups[g].title);
            titled = true;
            print_option(out, command, bf_option_at(id));
            done[id] = true;
        }
    }
    fputc('\n', out);
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (!done[i] && is_shown(command, (bf_option_id)i))
            print_option(out, command, bf_option_at(i));
}

static void print_command(FILE *out, const bf_command *command)
{
    const char *space = command->verb != NULL ? " " : "", *verb = command->verb != NULL ? command->verb : "";
    fprintf(out, "bonafide %s%s%s: %s\n\n", command->name, space, verb, command->summary);
    fprintf(out, "Usage: bonafide %s%s%s%s%s%s\n\n", command->name, space, verb,
            *command->operands ? " " : "", command->operands, bf_command_takes_any(command) ? " [OPTION...]" : "");
    fputs(command->text, out);
    (count_shown(command) > MANY ? print_groups : print_all_options)(out, command);
    fputs("\nExamples:\n", out);
    size_t most = sizeof command->examples / sizeof command->examples[0];
    for (size_t i = 0; i < most && command->examples[i].line != NULL; i++)
        fprintf(out, "  %s\n      %s\n", command->examples[i].line, command->examples[i].what);
}

static void print_list(FILE *out, const char *name)
{
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        char term[96];
        if (name != NULL && strcmp(command->name, name) != 0)
            continue;
        snprintf(term, sizeof term, "%s%s%s %s", command->name, command->verb != NULL ? " " : "",
                 command->verb != NULL ? command->verb : "", command->operands);
        print_term(out, term, command->summary);
    }
}

static void print_overview(FILE *out)
{
    fputs("bonafide: metrics of generated images, the same bits on every machine\n\n"
          "Usage: bonafide COMMAND [OPERAND...] [OPTION...]\n\nCommands:\n",
          out);
    print_list(out, NULL);
    fputs("\nbonafide help COMMAND shows operands, options and examples;\n"
          "help metrics, help presets and help networks what there is.\n"
          "pytorch-fid A B and clean-fid A B are fid with the preset of that tool, with all digits.\n"
          "Results go to standard output, progress and warnings to standard error.\n"
          "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad input, 4 an audit found a difference.\n",
          out);
}

/* What eval can compute, by the names of --metrics. */
static void print_metrics(FILE *out)
{
    fputs("Metrics of 'bonafide eval REAL GEN --metrics LIST'; * those it has unless told otherwise:\n\n", out);
    for (int i = 0; i < BF_N_METRICS; i++) {
        const bf_metric *metric = bf_metric_at((bf_metric_id)i);
        fprintf(out, "  %c %-14s %s%s%s%s\n", metric->usual ? '*' : ' ', metric->name, metric->label,
                metric->network != NULL ? " (of " : "", metric->network != NULL ? metric->usual_network : "",
                metric->network != NULL ? ")" : "");
    }
    fputs("\nfid, is, kid and pr are commands of their own, too. --all takes every metric of the network's features.\n",
          out);
}

/* Whose conventions --preset follows. */
static void print_presets(FILE *out)
{
    fputs("Presets, whose resizing, scaling and conventions to follow (--preset NAME; tf1 where none is named):\n\n",
          out);
    for (size_t i = 0; bf_convention_at(i) != NULL; i++) {
        const bf_convention *c = bf_convention_at(i);
        fprintf(out, "  %-18s %s, with %s\n", c->name, c->tool, c->network);
    }
    fputs("\n--preset-of takes the numbers that papers of a family print:", out);
    for (size_t i = 0; bf_published_at(i) != NULL; i++)
        fprintf(out, " %s", bf_published_at(i)->name);
    fputs(".\n'eval --as all' prints what each tool would.\n", out);
}

/* What --network runs. */
static void print_networks(FILE *out)
{
    fputs("Networks (--network NAME; inception-v3-fid where none is named), with the preset that each has by itself:"
          "\n\n",
          out);
    for (size_t i = 0; feat_net_at(i) != NULL; i++) {
        const feat_net *net = feat_net_at(i);
        const feat_known_file *file = feat_weights_published(feat_net_name(net));
        feat_tap tap = feat_net_tap(net, FEAT_ROLE_FEATURES);
        char size[BF_SIZE_TEXT] = "size unknown";
        if (file != NULL && file->bytes > 0)
            bf_weights_size_text(size, file->bytes);
        fprintf(out, "  %-26s layer %-10s preset %-6s %s%s\n", feat_net_name(net), feat_net_tap_name(net, tap),
                feat_net_preset_name(net), file != NULL ? "weights get: " : "weights convert",
                file != NULL ? size : "");
    }
    fputs("\n'bonafide weights list' says which are here, --tap chooses another layer.\n", out);
}

static const struct {
    const char *name;
    void (*print)(FILE *out);
} subjects[] = {{"metrics", print_metrics}, {"presets", print_presets}, {"networks", print_networks}};

feat_status bf_help_print(FILE *out, const char *name, const char *verb, feat_error *err)
{
    if (name == NULL) {
        print_overview(out);
        return FEAT_OK;
    }
    for (size_t i = 0; verb == NULL && i < sizeof subjects / sizeof subjects[0]; i++)
        if (strcmp(name, subjects[i].name) == 0) {
            subjects[i].print(out);
            return FEAT_OK;
        }
    const bf_command *command = bf_command_find(name, verb);
    if (command == NULL && verb == NULL)
        command = bf_command_of_tool(name);
    if (command != NULL) {
        print_command(out, command);
        return FEAT_OK;
    }
    if (verb == NULL && bf_command_is_group(name)) {
        fprintf(out, "Usage: bonafide %s ...\n\n", name);
        print_list(out, name);
        fprintf(out, "\nbonafide help %s WORD shows operands, options and examples.\n", name);
        return FEAT_OK;
    }
    return bf_command_unknown(name, verb, err);
}
