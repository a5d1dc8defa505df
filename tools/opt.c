/* The table of commands and options, and the parser that works from it. Nothing here knows what a command
 * does, and nothing prints: messages go to the caller. */
#include "tools/opt.h"

#include <string.h>

#include "engine/base/status.h"

#define B BF_OPTION_BIT

/* Options of every command that runs the network. */
#define NETWORK                                                                                              \
    (B(BF_OPT_WEIGHTS) | B(BF_OPT_VARIANT) | B(BF_OPT_PRESET) | B(BF_OPT_SKIP_BAD) | B(BF_OPT_NUMERICS) |    \
     B(BF_OPT_THREADS) | B(BF_OPT_BATCH) | B(BF_OPT_ISA) | B(BF_OPT_MANIFEST) | B(BF_OPT_CACHE) |            \
     B(BF_OPT_NO_CACHE) | B(BF_OPT_JSON) | B(BF_OPT_QUIET))

static const bf_option options[] = {
    {BF_OPT_WEIGHTS, "weights", 0, BF_VALUE_TEXT, "FILE|synth:SEED", NULL, 0, 0, NULL,
     "the network's weights: an .iv3 file, or synthetic ones for a trial (default $BONAFIDE_WEIGHTS, else "
     "the "
     "installed inception.iv3)"},
    {BF_OPT_VARIANT, "variant", 0, BF_VALUE_CHOICE, "fid|torchvision|keras", NULL, 0, 0, NULL,
     "the network that synthetic weights are for, or that a file must hold (default fid, or what the file "
     "says)"},
    {BF_OPT_PRESET, "preset", 0, BF_VALUE_CHOICE,
     "tf1|pytorch-fid|clean|adm|stylegan|torchmetrics-1.8|"
     "studiogan-legacy|studiogan-clean|studiogan-friendly",
     NULL, 0, 0, "tf1",
     "how pixels become the network's input: which tool's resizing and scaling to follow"},
    {BF_OPT_TAP, "tap", 0, BF_VALUE_CHOICE, "64|192|768|2048|spatial|logits_unbiased|logits", NULL, 0, 0,
     "2048", "which layer of the network the features come from"},
    {BF_OPT_OUTPUT, NULL, 'o', BF_VALUE_TEXT, "FILE", NULL, 0, 0, NULL,
     "the file to write; an older one is replaced only when the new one is complete"},
    {BF_OPT_DTYPE, "dtype", 0, BF_VALUE_CHOICE, "float32|float16", NULL, 0, 0, "float32",
     "how tensors are stored; float16 halves the file and changes the numbers"},
    {BF_OPT_SPLITS, "splits", 0, BF_VALUE_NUMBER, "N", NULL, 1, 1000000, "10",
     "Inception Score: parts the images are cut into; mean and spread are over these"},
    {BF_OPT_SEED, "seed", 0, BF_VALUE_NUMBER, "N", NULL, 0, UINT32_MAX, "2020",
     "seed of random choices: the Inception Score's shuffle before the cut, the audit's images"},
    {BF_OPT_NO_SHUFFLE, "no-shuffle", 0, BF_VALUE_NONE, NULL, NULL, 0, 0, NULL,
     "Inception Score: cut the images in their own order"},
    {BF_OPT_K, NULL, 'k', BF_VALUE_NUMBER, "N", NULL, 1, 1000, "3",
     "precision and recall: which nearest neighbour gives an image its radius"},
    {BF_OPT_SKIP_BAD, "skip-bad", 0, BF_VALUE_NONE, NULL, NULL, 0, 0, NULL,
     "go on without images that cannot be read, and count them in the result"},
    {BF_OPT_FORCE, "force", 0, BF_VALUE_NONE, NULL, NULL, 0, 0, NULL,
     "compare even where a statistics file names another preset or other weights"},
    {BF_OPT_NUMERICS, "numerics", 0, BF_VALUE_CHOICE, "exact", "fast", 0, 0, "exact",
     "exact gives the same bits on every machine"},
    {BF_OPT_THREADS, "threads", 0, BF_VALUE_NUMBER, "N", NULL, 0, 1024, "0",
     "threads to work with, 0 for one per CPU; results do not depend on it"},
    {BF_OPT_BATCH, "batch", 0, BF_VALUE_NUMBER, "N", NULL, 1, 256, "1",
     "images per call of the network; results do not depend on it"},
    {BF_OPT_ISA, "isa", 0, BF_VALUE_TEXT, "LIST", NULL, 0, 0, "all",
     "allow only these instruction sets, for example avx2,scalar; results do not depend on it"},
    {BF_OPT_MANIFEST, "manifest", 0, BF_VALUE_TEXT, "FILE", NULL, 0, 0, NULL,
     "record the run in FILE and FILE.leaves, so that 'bonafide audit FILE' can check it anywhere"},
    {BF_OPT_CACHE, "cache", 0, BF_VALUE_TEXT, "DIR", NULL, 0, 0, NULL,
     "keep features in DIR and take those of unchanged images from there (default $BONAFIDE_CACHE, else "
     "none)"},
    {BF_OPT_NO_CACHE, "no-cache", 0, BF_VALUE_NONE, NULL, NULL, 0, 0, NULL,
     "no cache, whatever $BONAFIDE_CACHE says"},
    {BF_OPT_ROOT, "root", 0, BF_VALUE_TEXT, "DIR", NULL, 0, 0, NULL,
     "where the sets are now: DIR/PATH for the path in the manifest, else DIR/NAME for its last part"},
    {BF_OPT_QUICK, "quick", 0, BF_VALUE_NUMBER, "K", NULL, 1, 1000000000, NULL,
     "check only K images of each set, drawn by --seed, up to their features"},
    {BF_OPT_PRINT_GOLDEN, "print-golden", 0, BF_VALUE_NONE, NULL, NULL, 0, 0, NULL, ""},
    {BF_OPT_JSON, "json", 0, BF_VALUE_OPTIONAL, "FILE", NULL, 0, 0, NULL,
     "print the result as JSON, or with FILE write it there and print the table (--json=FILE, or --json FILE "
     "where FILE ends in .json)"},
    {BF_OPT_QUIET, "quiet", 'q', BF_VALUE_NONE, NULL, NULL, 0, 0, NULL, "no progress and no warnings"},
    {BF_OPT_HELP, "help", 'h', BF_VALUE_NONE, NULL, NULL, 0, 0, NULL, "this text"},
};

#define SET_TEXT                                                                                             \
    "A set of images is a folder (searched in depth), a .zip, an .npz with arr_0 or an .npy of bytes\n"      \
    "[n][h][w][3], or @LIST, a file with one path per line.\n"

static const bf_command commands[] = {
    {BF_CMD_FID,
     "fid",
     NULL,
     "A B",
     2,
     2,
     NETWORK | B(BF_OPT_TAP) | B(BF_OPT_FORCE),
     0,
     "Frechet Inception Distance of two sets",
     "Prints the Frechet distance between the features of A and of B; 0 means equal mean and covariance, "
     "lower\n"
     "is better. Compare only values of equal N, preset and weights.\n\n" SET_TEXT
     "Either side may also be a feature file (.npy, float [n][d]) or a statistics file (.npz with mu and "
     "sigma,\n"
     "from here or from pytorch-fid), in any mix.\n",
     {{"bonafide fid photos/ samples/", "compare two folders"},
      {"bonafide fid real.npz samples.zip --preset pytorch-fid", "against statistics made before"}}},
    {BF_CMD_IS,
     "is",
     NULL,
     "A",
     1,
     1,
     NETWORK | B(BF_OPT_SPLITS) | B(BF_OPT_SEED) | B(BF_OPT_NO_SHUFFLE),
     0,
     "Inception Score of one set",
     "Prints mean and standard deviation of the Inception Score over the splits; higher is "
     "better.\n\n" SET_TEXT "A feature file (.npy, float [n][classes]) is taken as logits.\n",
     {{"bonafide is samples/", "score a folder"},
      {"bonafide is samples.npz --no-shuffle --splits 1", "one score over everything, in file order"}}},
    {BF_CMD_PR,
     "pr",
     NULL,
     "REAL GEN",
     2,
     2,
     NETWORK | B(BF_OPT_K),
     0,
     "precision and recall of generated images",
     "Improved precision (share of generated images inside the real ones' neighbourhoods: fidelity) and "
     "recall\n"
     "(share of real images inside the generated ones': variety), both from 0 to 1, higher is "
     "better.\n\n" SET_TEXT "Either side may also be a feature file (.npy, float [n][d]).\n",
     {{"bonafide pr photos/ samples/", "the usual k = 3"},
      {"bonafide pr real.npy gen.npy -k 5 --json", "from stored features, as JSON"}}},
    {BF_CMD_EVAL,
     "eval",
     NULL,
     "REAL GEN",
     2,
     2,
     NETWORK | B(BF_OPT_SPLITS) | B(BF_OPT_SEED) | B(BF_OPT_NO_SHUFFLE) | B(BF_OPT_K) | B(BF_OPT_FORCE),
     0,
     "every metric, one pass over the images",
     "Inception Score of GEN, Frechet distance, precision and recall in one pass over the images of each "
     "set.\n"
     "Features are kept in memory: 8 KiB for each image.\n\n" SET_TEXT
     "Feature and statistics files are taken too; what cannot be computed from them is left out and named.\n",
     {{"bonafide eval photos/ samples/", "the whole table"},
      {"bonafide eval photos/ samples/ --json result.json --skip-bad", "table, and JSON in a file"}}},
    {BF_CMD_FEATURES,
     "features",
     NULL,
     "SET -o FILE.npy",
     1,
     1,
     NETWORK | B(BF_OPT_TAP) | B(BF_OPT_OUTPUT),
     B(BF_OPT_OUTPUT),
     "write the features of a set",
     "Writes float32 [n][d] in NumPy's .npy format, rows in the order of the set: bytewise order of "
     "relative\n"
     "paths, or the array's or list's own order.\n\n" SET_TEXT,
     {{"bonafide features photos/ -o photos.npy", "2048 features for each image"},
      {"bonafide features photos/ -o sfid.npy --tap spatial", "the 2023 features of sFID"}}},
    {BF_CMD_STATS,
     "stats",
     NULL,
     "SET -o FILE.npz",
     1,
     1,
     NETWORK | B(BF_OPT_TAP) | B(BF_OPT_OUTPUT),
     B(BF_OPT_OUTPUT),
     "write mean and covariance of a set",
     "Writes mu and sigma as pytorch-fid does, and n, preset and weights beside them, so that the data set "
     "need\n"
     "be read only once. Memory does not grow with the number of images.\n\n" SET_TEXT
     "A feature file (.npy, float [n][d]) is taken too.\n",
     {{"bonafide stats photos/ -o photos.npz", "then: bonafide fid photos.npz samples/"},
      {"bonafide stats photos.npy -o photos.npz", "from stored features"}}},
    {BF_CMD_AUDIT,
     "audit",
     NULL,
     "RUN.json",
     1,
     1,
     B(BF_OPT_WEIGHTS) | B(BF_OPT_ROOT) | B(BF_OPT_QUICK) | B(BF_OPT_SEED) | B(BF_OPT_THREADS) |
         B(BF_OPT_BATCH) | B(BF_OPT_ISA) | B(BF_OPT_JSON) | B(BF_OPT_QUIET),
     0,
     "do a recorded run again and compare",
     "Runs what --manifest RUN.json recorded once more and compares weights, input files, decoded pixels, "
     "features,\n"
     "statistics and results, bit by bit and in this order. Equal: one line, exit code 0. Not equal: the "
     "first stage\n"
     "and image that differ, exit code 4. Inputs or weights that are not there: \"cannot check\", exit code "
     "3.\n\n"
     "Sets are looked for at the paths in the manifest, relative ones from here, or below --root; weights "
     "where they\n"
     "were, or where --weights says. The cache is never used.\n",
     {{"bonafide audit run.json", "on the same machine"},
      {"bonafide audit run.json --root /data --weights inception.iv3", "on another one"}}},
    {BF_CMD_SELFTEST,
     "selftest",
     NULL,
     "",
     0,
     0,
     B(BF_OPT_ISA) | B(BF_OPT_THREADS) | B(BF_OPT_JSON) | B(BF_OPT_QUIET) | B(BF_OPT_PRINT_GOLDEN),
     0,
     "check this program on this machine",
     "Runs every kernel of every instruction set this CPU has against plain loops, and the arithmetic, the "
     "resizing,\n"
     "the network and the statistics against known hashes. Needs no files and a few seconds. Exit code 1 "
     "when\n"
     "anything is not as it must be.\n",
     {{"bonafide selftest", "first thing on a new board"},
      {"bonafide selftest --isa scalar", "one instruction set only"}}},
    {BF_CMD_WEIGHTS_CONVERT,
     "weights",
     "convert",
     "IN OUT.iv3",
     2,
     2,
     B(BF_OPT_DTYPE) | B(BF_OPT_VARIANT) | B(BF_OPT_JSON) | B(BF_OPT_QUIET),
     0,
     "make an .iv3 file",
     "Reads PyTorch .pth (old and zip containers), a TensorFlow frozen graph (.pb) or a TensorFlow.js layers "
     "model\n"
     "(model.json, or the folder of a package that carries one) and writes the flat file the other commands "
     "use.\n"
     "What the file is, is found from its content; a published file is recognised by its SHA-256.\n",
     {{"bonafide weights convert pt_inception-2015-12-05-6726825d.pth inception.iv3",
       "the published FID weights"},
      {"bonafide weights convert model.json small.iv3 --dtype float16", "half the size"}}},
    {BF_CMD_WEIGHTS_INFO,
     "weights",
     "info",
     "FILE",
     1,
     1,
     B(BF_OPT_JSON) | B(BF_OPT_QUIET) | B(BF_OPT_VARIANT),
     0,
     "what a weight file holds",
     "Prints variant, classes, tensors, storage type, SHA-256 of the source and of the content. FILE may be\n"
     "synth:SEED.\n",
     {{"bonafide weights info inception.iv3", "what is it, and is it a published file?"},
      {"bonafide weights info synth:1 --json", "identity of the synthetic weights"}}},
    {BF_CMD_WEIGHTS_VERIFY,
     "weights",
     "verify",
     "FILE",
     1,
     1,
     B(BF_OPT_JSON) | B(BF_OPT_QUIET),
     0,
     "check every byte of a weight file",
     "Reads all tensors, compares their checksums and the SHA-256 of the content.\n",
     {{"bonafide weights verify inception.iv3", "after copying it to another machine"},
      {"bonafide weights verify inception.iv3 --quiet && echo good", "in a script"}}},
    {BF_CMD_WEIGHTS_SYNTH,
     "weights",
     "synth",
     "SEED OUT.iv3",
     2,
     2,
     B(BF_OPT_DTYPE) | B(BF_OPT_VARIANT) | B(BF_OPT_JSON) | B(BF_OPT_QUIET),
     0,
     "write synthetic weights",
     "Weights that are a fixed function of SEED: for tests and trials. Numbers made with them mean nothing "
     "beyond\n"
     "a comparison with the same weights.\n",
     {{"bonafide weights synth 1 synth1.iv3", "the same as --weights synth:1, in a file"},
      {"bonafide weights synth 1 keras.iv3 --variant keras", "for another variant of the network"}}},
    {BF_CMD_CPU,
     "cpu",
     NULL,
     "",
     0,
     0,
     B(BF_OPT_ISA) | B(BF_OPT_THREADS) | B(BF_OPT_JSON) | B(BF_OPT_QUIET),
     0,
     "what this machine offers and what would be used",
     "Prints the instruction sets of the CPU, the kernel tables in this program, the one that would be used, "
     "the\n"
     "number of threads and the version of the numerics contract.\n",
     {{"bonafide cpu", "before reporting a problem"}, {"bonafide cpu --isa scalar", "what a mask leaves"}}},
    {BF_CMD_HELP,
     "help",
     NULL,
     "[COMMAND]",
     0,
     2,
     0,
     0,
     "how to use a command",
     "Prints the commands, or how to use one of them.\n",
     {{"bonafide help eval", "usage, options and examples"},
      {"bonafide help weights convert", "the same for a verb"}}},
    {BF_CMD_VERSION,
     "version",
     NULL,
     "",
     0,
     0,
     0,
     0,
     "version of the program and of its numerics",
     "Prints the version of the program and of the numerics contract. The same as bonafide --version.\n",
     {{"bonafide version", "one line"}, {"bonafide --version", "the same"}}},
};

const bf_command *bf_command_at(size_t index)
{
    return index < sizeof commands / sizeof commands[0] ? &commands[index] : NULL;
}

const bf_option *bf_option_at(size_t index)
{
    return index < sizeof options / sizeof options[0] ? &options[index] : NULL;
}

bool bf_option_shapes_result(bf_option_id id)
{
    /* The weights are recorded by what is in them. */
    const uint64_t neutral = B(BF_OPT_WEIGHTS) | B(BF_OPT_OUTPUT) | B(BF_OPT_THREADS) | B(BF_OPT_BATCH) |
                             B(BF_OPT_ISA) | B(BF_OPT_MANIFEST) | B(BF_OPT_CACHE) | B(BF_OPT_NO_CACHE) |
                             B(BF_OPT_ROOT) | B(BF_OPT_QUICK) | B(BF_OPT_PRINT_GOLDEN) | B(BF_OPT_JSON) |
                             B(BF_OPT_QUIET) | B(BF_OPT_HELP);
    return (neutral & B(id)) == 0;
}

static bool same_verb(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

const bf_command *bf_command_find(const char *name, const char *verb)
{
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        if (strcmp(commands[i].name, name) == 0 && same_verb(commands[i].verb, verb))
            return &commands[i];
    return NULL;
}

/* --- what was probably meant ----------------------------------------------------------------------- */

enum { MAX_WORD = 31 };

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Insertions, deletions, substitutions and swaps of neighbours (Damerau-Levenshtein, restricted) that turn a
 * into b; words longer than MAX_WORD count as far away. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b), rows[3][MAX_WORD + 1];
    if (na > MAX_WORD || nb > MAX_WORD)
        return SIZE_MAX;
    size_t *older = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= nb; j++) {
        older[j] = 0;
        last[j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && older[j - 2] + 1 < row[j])
                row[j] = older[j - 2] + 1;
        }
        size_t *spare = older;
        older = last;
        last = row;
        row = spare;
    }
    return last[nb];
}

const char *bf_nearest(const char *word, const char *const *words, size_t n)
{
    const char *best = NULL;
    size_t limit = strlen(word) / 3 + 1, best_distance = limit + 1;
    for (size_t i = 0; i < n; i++) {
        size_t distance = edit_distance(word, words[i]);
        if (distance < best_distance && distance < strlen(words[i])) {
            best_distance = distance;
            best = words[i];
        }
    }
    return best;
}

/* --- parsing --------------------------------------------------------------------------------------- */

/* "weights convert", for messages. */
static const char *command_label(const bf_command *command, char label[48])
{
    snprintf(label, 48, "%s%s%s", command->name, command->verb ? " " : "",
             command->verb ? command->verb : "");
    return label;
}

static const char *option_label(const bf_option *option, char label[32])
{
    if (option->name != NULL)
        snprintf(label, 32, "--%s", option->name);
    else
        snprintf(label, 32, "-%c", option->letter);
    return label;
}

static iv3_status unknown_command(const char *word, iv3_error *err)
{
    const char *names[BF_N_COMMANDS];
    size_t n = 0;
    for (; bf_command_at(n) != NULL; n++)
        names[n] = commands[n].name;
    const char *near = bf_nearest(word, names, n);
    if (near != NULL)
        return iv3_fail(err, IV3_ERR_ARG, "unknown command '%s'; did you mean '%s'?", word, near);
    return iv3_fail(err, IV3_ERR_ARG, "unknown command '%s'", word);
}

static iv3_status unknown_verb(const char *name, const char *word, iv3_error *err)
{
    const char *verbs[BF_N_COMMANDS];
    char list[128] = "";
    size_t n = 0, used = 0;
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        if (strcmp(commands[i].name, name) != 0 || commands[i].verb == NULL)
            continue;
        int wrote = snprintf(list + used, sizeof list - used, "%s%s", n ? ", " : "", commands[i].verb);
        used += wrote > 0 ? (size_t)wrote : 0;
        verbs[n++] = commands[i].verb;
    }
    if (word == NULL)
        return iv3_fail(err, IV3_ERR_ARG, "%s needs one more word: %s", name, list);
    const char *near = bf_nearest(word, verbs, n);
    if (near != NULL)
        return iv3_fail(err, IV3_ERR_ARG, "%s: unknown word '%s'; did you mean '%s'?", name, word, near);
    return iv3_fail(err, IV3_ERR_ARG, "%s: unknown word '%s' (there is %s)", name, word, list);
}

static bool takes(const bf_command *command, const bf_option *option)
{
    return option->id == BF_OPT_HELP || (command->options & B(option->id)) != 0;
}

/* `name` is n bytes of "--name=value". */
static const bf_option *find_option(const char *name, size_t n)
{
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (options[i].name != NULL && strlen(options[i].name) == n && strncmp(options[i].name, name, n) == 0)
            return &options[i];
    return NULL;
}

static const bf_option *find_letter(char letter)
{
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (options[i].letter == letter)
            return &options[i];
    return NULL;
}

static iv3_status unknown_option(const bf_command *command, const char *word, size_t n, iv3_error *err)
{
    const char *names[BF_N_OPTIONS];
    char label[48], name[MAX_WORD + 1] = "";
    size_t n_names = 0;
    command_label(command, label);
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (options[i].name != NULL && takes(command, &options[i]))
            names[n_names++] = options[i].name;
    const char *near = NULL;
    if (n > 2 && n - 2 <= MAX_WORD) {
        memcpy(name, word + 2, n - 2);
        near = bf_nearest(name, names, n_names);
    }
    if (near != NULL)
        return iv3_fail(err, IV3_ERR_ARG, "%s: unknown option '%.*s'; did you mean '--%s'?", label, (int)n,
                        word, near);
    return iv3_fail(err, IV3_ERR_ARG, "%s: unknown option '%.*s'", label, (int)n, word);
}

static iv3_status parse_number(const bf_option *option, const char *text, uint64_t *number, iv3_error *err)
{
    char label[32];
    uint64_t value = 0;
    bool good = *text != 0;
    for (const char *c = text; *c != 0 && good; c++) {
        good = *c >= '0' && *c <= '9' && value <= (option->max - (uint64_t)(*c - '0')) / 10;
        value = value * 10 + (uint64_t)(*c - '0');
    }
    if (!good || value < option->min || value > option->max)
        return iv3_fail(err, IV3_ERR_ARG, "%s: expected a number from %llu to %llu, found '%s'",
                        option_label(option, label), (unsigned long long)option->min,
                        (unsigned long long)option->max, text);
    *number = value;
    return IV3_OK;
}

static iv3_status check_choice(const bf_option *option, const char *text, iv3_error *err)
{
    char label[32], list[160];
    const char *words[16];
    size_t n = 0;
    option_label(option, label);
    snprintf(list, sizeof list, "%s", option->values);
    for (char *word = list; word != NULL && n < 16;) {
        char *bar = strchr(word, '|');
        if (bar != NULL)
            *bar++ = 0;
        if (strcmp(word, text) == 0)
            return IV3_OK;
        words[n++] = word;
        word = bar;
    }
    if (option->later != NULL && strcmp(option->later, text) == 0)
        return iv3_fail(err, IV3_ERR_ARG, "%s %s is not in this version; use %s", label, text,
                        option->values);
    const char *near = bf_nearest(text, words, n);
    if (near != NULL)
        return iv3_fail(err, IV3_ERR_ARG, "%s: unknown value '%s'; did you mean '%s'?", label, text, near);
    return iv3_fail(err, IV3_ERR_ARG, "%s: expected one of %s, found '%s'", label, option->values, text);
}

static iv3_status set_value(bf_args *args, const bf_option *option, const char *text, iv3_error *err)
{
    bf_value *value = &args->values[option->id];
    char label[32];
    if (text != NULL && *text == 0)
        return iv3_fail(err, IV3_ERR_ARG, "%s needs a value that is not empty", option_label(option, label));
    iv3_status status = IV3_OK;
    if (option->kind == BF_VALUE_NUMBER)
        status = parse_number(option, text, &value->number, err);
    else if (option->kind == BF_VALUE_CHOICE)
        status = check_choice(option, text, err);
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
static iv3_status take_option(bf_args *args, const bf_option *option, const char *attached, const char *next,
                              bool *used_next, iv3_error *err)
{
    char label[48], name[32];
    option_label(option, name);
    if (!takes(args->command, option))
        return iv3_fail(err, IV3_ERR_ARG, "%s has no option %s", command_label(args->command, label), name);
    if (option->kind == BF_VALUE_NONE && attached != NULL)
        return iv3_fail(err, IV3_ERR_ARG, "%s takes no value, found '%s'", name, attached);
    bool wants_next = attached == NULL && option->kind != BF_VALUE_NONE;
    if (option->kind == BF_VALUE_OPTIONAL)
        wants_next = attached == NULL && next != NULL && next[0] != '-' && ends_in_json(next);
    else if (wants_next && next == NULL)
        return iv3_fail(err, IV3_ERR_ARG, "%s needs a value: %s", name, option->values);
    *used_next = wants_next;
    return set_value(args, option, wants_next ? next : attached, err);
}

static iv3_status take_word(bf_args *args, const char *word, const char *next, bool *used_next,
                            iv3_error *err)
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

static iv3_status check_complete(const bf_args *args, size_t n_operands, iv3_error *err)
{
    const bf_command *command = args->command;
    char label[48], name[32];
    command_label(command, label);
    if (n_operands < command->min_operands)
        return iv3_fail(err, IV3_ERR_ARG, "%s needs %s", label, command->operands);
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if ((command->required & B(options[i].id)) != 0 && !args->values[options[i].id].given)
            return iv3_fail(err, IV3_ERR_ARG, "%s needs %s %s", label, option_label(&options[i], name),
                            options[i].values);
    return IV3_OK;
}

static iv3_status parse_command(bf_args *args, int argc, char *const *argv, int *next, iv3_error *err)
{
    if (argc < 1)
        return iv3_fail(err, IV3_ERR_ARG, "no command given");
    const char *word = argv[0];
    *next = 1;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        word = "help";
    else if (strcmp(word, "--version") == 0)
        word = "version";
    if (word[0] == '-')
        return iv3_fail(err, IV3_ERR_ARG, "a command comes first, found '%s'", word);
    args->command = bf_command_find(word, NULL);
    if (args->command != NULL)
        return IV3_OK;
    bool group = false;
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        group = group || strcmp(commands[i].name, word) == 0;
    if (!group)
        return unknown_command(word, err);
    const char *verb = argc > 1 ? argv[1] : NULL;
    if (verb != NULL && (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0)) {
        args->command = bf_command_find("help", NULL);
        args->operands[args->n_operands++] = word;
        *next = 2;
        return IV3_OK;
    }
    args->command = verb != NULL ? bf_command_find(word, verb) : NULL;
    *next = 2;
    return args->command != NULL ? IV3_OK : unknown_verb(word, verb, err);
}

static void set_defaults(bf_args *args)
{
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        bf_value *value = &args->values[options[i].id];
        if (options[i].preset != NULL && set_value(args, &options[i], options[i].preset, NULL) == IV3_OK)
            value->given = false;
    }
}

iv3_status bf_args_parse(bf_args *args, int argc, char *const *argv, iv3_error *err)
{
    int at = 0;
    bool words_only = false;
    memset(args, 0, sizeof *args);
    set_defaults(args);
    iv3_status status = parse_command(args, argc, argv, &at, err);
    for (int i = at; i < argc && status == IV3_OK; i++) {
        const char *word = argv[i];
        bool used_next = false;
        if (!words_only && strcmp(word, "--") == 0) {
            words_only = true;
        } else if (!words_only && word[0] == '-' && word[1] != 0) {
            status = take_word(args, word, i + 1 < argc ? argv[i + 1] : NULL, &used_next, err);
            i += used_next;
        } else if (args->n_operands >= args->command->max_operands) {
            char label[48];
            status = iv3_fail(err, IV3_ERR_ARG, "%s: one word too many: '%s'",
                              command_label(args->command, label), word);
        } else {
            args->operands[args->n_operands++] = word;
        }
    }
    if (status != IV3_OK || args->values[BF_OPT_HELP].given)
        return status;
    return check_complete(args, args->n_operands, err);
}
