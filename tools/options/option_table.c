/* The table of options. Nothing here knows what a command does. A word that begins with @ stands for a list that
 * follows from the rows of another table: lists[] has them. */
#include "tools/options/option_table.h"

#include <stdio.h>
#include <string.h>

#include "tools/options/conventions.h"
#include "tools/options/metric_names.h"
#include "tools/options/weights_find.h"

/* Of most options: the result is made by them, wherever it is made. */
#define RESULT (BF_OPTION_SHAPES_RESULT | BF_OPTION_GOES_TO_PART)

static const bf_option options[] = {
    {BF_OPT_REAL, "real", 0, BF_VALUE_TEXT, 0, "SET", 0, 0, NULL,
     "the real images, or what is known of them: the first operand by name"},
    {BF_OPT_GEN, "gen", 0, BF_VALUE_TEXT, 0, "SET", 0, 0, NULL, "the generated images: the other operand by name"},
    {BF_OPT_WEIGHTS, "weights", 0, BF_VALUE_TEXT, 0, "FILE|synth:SEED|get", 0, 0, NULL,
     "the network's weights: an .iv3 file, or synthetic ones for a trial; of several networks FILE,FILE (default "
     "$BONAFIDE_WEIGHTS, else the installed inception.iv3). get: the installed ones, and where there are none "
     "published ones are downloaded first; on a terminal you are asked"},
    {BF_OPT_NETWORK, "network", 0, BF_VALUE_CHOICE, RESULT, "@networks", 0, 0, NULL,
     "the network to run, which the weights must be of (default inception-v3-fid, or the Inception-v3 of the file)"},
    {BF_OPT_VARIANT, "variant", 0, BF_VALUE_CHOICE, RESULT, "@variants", 0, 0, NULL,
     "a synonym of --network inception-v3-..."},
    {BF_OPT_PRESET, "preset", 0, BF_VALUE_CHOICE, RESULT,
     "@presets", 0, 0, NULL,
     "how pixels become the network's input: which tool's resizing and scaling to follow (default the one of the "
     "network's best known number: tf1, of DINOv2 dgm, of CLIP clip, of clip-vit-l-14-336 cmmd)"},
    {BF_OPT_TAP, "tap", 0, BF_VALUE_CHOICE, RESULT, "@taps", 0, 0, NULL,
     "which layer of the network the features come from (default its features: 2048 of Inception-v3, fc2_relu of "
     "vgg16, cls of DINOv2, embedding of CLIP)"},
    {BF_OPT_FROM, "from", 0, BF_VALUE_TEXT, 0, "FILE", 0, 0, NULL,
     "the published file, brought from another machine: nothing is downloaded; its SHA-256 is checked all the same"},
    {BF_OPT_NAME, "name", 0, BF_VALUE_TEXT, 0, "NAME", 0, 0, NULL,
     "keep statistics of your own under this name"},
    {BF_OPT_OUTPUT, NULL, 'o', BF_VALUE_TEXT, BF_OPTION_MERGE_SAYS, "FILE", 0, 0, NULL,
     "the file to write (judge eval and sheet: the folder); an older one is replaced only when the new one "
     "is complete"},
    {BF_OPT_DTYPE, "dtype", 0, BF_VALUE_CHOICE, RESULT, "published|float32|float16", 0, 0, "published",
     "how tensors are stored. published: as the network's publisher did, where that loses nothing: float32, of "
     "CLIP's convolution and dense layers float16; float16: half the file, and other numbers"},
    {BF_OPT_SPLITS, "splits", 0, BF_VALUE_NUMBER, RESULT, "N", 1, 1000000, NULL,
     "Inception Score: parts the images are cut into; mean and spread are over these (default 10, or the "
     "preset's)"},
    {BF_OPT_TAKE, "take", 0, BF_VALUE_NUMBER, RESULT, "N", 1, UINT32_MAX, NULL,
     "only N images of each set, drawn by --seed without replacement, in their order; of files of features N rows; "
     "statistics stay whole"},
    {BF_OPT_SEED, "seed", 0, BF_VALUE_NUMBER, RESULT, "N", 0, UINT32_MAX, "2020",
     "seed of random choices: the images of --take, the Inception Score's shuffle, KID's subsets, clusters, "
     "directions, the audit's images, the judge's resamples, shuffled folds and sheet"},
    {BF_OPT_NO_SHUFFLE, "no-shuffle", 0, BF_VALUE_NONE, RESULT, NULL, 0, 0, NULL,
     "Inception Score: cut the images in their own order"},
    {BF_OPT_K, NULL, 'k', BF_VALUE_NUMBER, RESULT, "N", 1, 1000, NULL,
     "precision, recall, judge: which nearest neighbour gives an image its radius (default 3, or the "
     "preset's)"},
    {BF_OPT_DENSITY_K, "density-k", 0, BF_VALUE_NUMBER, RESULT, "N", 1, 1000, NULL,
     "density and coverage: the same (default 5)"},
    {BF_OPT_KNN_CMP, "knn-cmp", 0, BF_VALUE_CHOICE, RESULT, "le|lt", 0, 0, NULL,
     "whether an image on the edge of a neighbourhood is in it (default le for precision and recall, lt for "
     "density and coverage, or the preset's)"},
    {BF_OPT_ADM_FP16, "adm-fp16", 0, BF_VALUE_NONE, RESULT, NULL, 0, 0, NULL,
     "precision and recall: distances in half precision, as guided-diffusion's evaluator computes them "
     "(--as all: in its line)"},
    {BF_OPT_STYLEGAN_FP16, "stylegan-fp16", 0, BF_VALUE_NONE, RESULT, NULL, 0, 0, NULL,
     "the same as StyleGAN's pr50k3_full does on a GPU, to 3 digits; for its numbers with --network vgg16 (--as all: "
     "in its line)"},
    {BF_OPT_KID_SUBSETS, "kid-subsets", 0, BF_VALUE_NUMBER, RESULT, "N", 1, 100000, NULL,
     "KID: how many subsets are drawn (default 100)"},
    {BF_OPT_KID_SIZE, "kid-size", 0, BF_VALUE_NUMBER, RESULT, "N", 2, 1000000, NULL,
     "KID: images in a subset (default 1000)"},
    {BF_OPT_KID_KERNEL, "kid-kernel", 0, BF_VALUE_CHOICE, RESULT, "polynomial|rbf", 0, 0, NULL,
     "KID and KD: (x.y/d + 1)^3, as published, or exp(-|x - y|^2 / (2 sigma^2)), which gives other numbers (default "
     "polynomial)"},
    {BF_OPT_KID_SIGMA, "kid-sigma", 0, BF_VALUE_TEXT, RESULT, "X", 0, 0, NULL,
     "KID and KD with --kid-kernel rbf: its sigma (default 10)"},
    {BF_OPT_METRICS, "metrics", 0, BF_VALUE_TEXT, RESULT, "LIST", 0, 0, NULL,
     "only these, separated by commas: @metrics (default @usual)"},
    {BF_OPT_PRESET_OF, "preset-of", 0, BF_VALUE_CHOICE, RESULT, "@published", 0, 0, NULL,
     "the numbers that papers of this family print, in one run, each with the network and the preset of its tool: "
     "instead of --metrics, --network and --preset"},
    {BF_OPT_ALL, "all", 0, BF_VALUE_NONE, RESULT, NULL, 0, 0, NULL, "every metric of the network's features"},
    {BF_OPT_AS, "as", 0, BF_VALUE_CHOICE, BF_OPTION_SHAPES_RESULT, "all", 0, 0, NULL,
     "what each tool would print of these images, side by side: one pass for each way of resizing; with --weights "
     "inception.iv3,dinov2-vitl14.iv3,clip-vit-b-32.iv3 also the tools of DINOv2 and CLIP"},
    {BF_OPT_PER_IMAGE, "per-image", 0, BF_VALUE_TEXT, BF_OPTION_MERGE_SAYS, "FILE.csv", 0, 0, NULL,
     "write one line for each generated image: its share in FID, realism, rarity, nearest real image, class; "
     "and list generated images that nearly equal a real one"},
    {BF_OPT_REPORT, "report", 0, BF_VALUE_TEXT, BF_OPTION_SHAPES_RESULT, "DIR", 0, 0, NULL,
     "write DIR/index.html, one page that shows what the numbers are made of: figures, images, classes, files; and "
     "beside it every figure as .svg and every number as .csv; compare: the intervals and verdicts of all runs"},
    {BF_OPT_TITLE, "title", 0, BF_VALUE_TEXT, 0, "TEXT", 0, 0, NULL,
     "what the page of --report is headed with, instead of the names of the sets"},
    {BF_OPT_TEST, "test", 0, BF_VALUE_TEXT, BF_OPTION_GOES_TO_PART, "SET", 0, 0, NULL,
     "real images that were not trained on, which C_T needs"},
    {BF_OPT_ADM, "adm", 0, BF_VALUE_NONE, RESULT, NULL, 0, 0, NULL,
     "also write mu_s and sigma_s of the spatial features, as guided-diffusion's reference files have them"},
    {BF_OPT_SHARD, "shard", 0, BF_VALUE_TEXT, BF_OPTION_ONE_PROCESS, "I/N", 0, 0, NULL,
     "run only part I of N of the images, and write with -o a part that 'bonafide merge' puts together with "
     "the others to what the whole command gives"},
    {BF_OPT_SHARDS, "shards", 0, BF_VALUE_NUMBER, 0, "N", 1, 1000000, NULL, "how many shards to make"},
    {BF_OPT_SIZE, "size", 0, BF_VALUE_TEXT, RESULT, "WxH", 0, 0, NULL,
     "width and height of the frames on standard input, where a set is '-'"},
    {BF_OPT_RANGE, "range", 0, BF_VALUE_TEXT, RESULT, "LO,HI", 0, 0, NULL,
     "arrays of floats are images whose black is LO and whose white is HI, as 0,1 or -1,1; values become bytes as "
     "torchvision's save_image makes them (255 x + 0.5, the rest cut off), and one outside is refused"},
    {BF_OPT_LAYOUT, "layout", 0, BF_VALUE_CHOICE, RESULT, "nhwc|nchw", 0, 0, NULL,
     "where the channels of arrays of images are; nchw: the second axis is theirs, if it has 1, 3 or 4 (default nhwc: "
     "the last)"},
    {BF_OPT_REF, "ref", 0, BF_VALUE_TEXT, RESULT, "SET", 0, 0, NULL,
     "judge: real images (or their features) to compare with; not those that are judged"},
    {BF_OPT_LABELS, "labels", 0, BF_VALUE_TEXT, RESULT, "FILE.csv", 0, 0, NULL,
     "judge: what people said, one line per judgement or per image"},
    {BF_OPT_KEY, "key", 0, BF_VALUE_TEXT, RESULT, "FILE.csv", 0, 0, NULL,
     "judge: which images the pictures of a page of judge sheet are: the key.csv that it wrote beside the page"},
    {BF_OPT_IDS, "ids", 0, BF_VALUE_TEXT, RESULT, "FILE", 0, 0, NULL,
     "judge: names of the rows of feature files, one a line (default: row numbers)"},
    {BF_OPT_LOGITS, "logits", 0, BF_VALUE_TEXT, RESULT, "FILE.npy", 0, 0, NULL,
     "judge: logits beside feature files, for the blocks ent, maxp and klreal"},
    {BF_OPT_REF_LOGITS, "ref-logits", 0, BF_VALUE_TEXT, RESULT, "FILE.npy", 0, 0, NULL,
     "judge: the reference's logits"},
    {BF_OPT_DATASET, "dataset", 0, BF_VALUE_TEXT, RESULT, "NAME", 0, 0, NULL,
     "judge: only labels with NAME in their column dataset"},
    {BF_OPT_IGNORE_MISSING, "ignore-missing", 0, BF_VALUE_NONE, RESULT, NULL, 0, 0, NULL,
     "judge: leave out labels of images that are not there, and count them"},
    {BF_OPT_EXCLUDE_SELF, "exclude-self", 0, BF_VALUE_NONE, RESULT, NULL, 0, 0, NULL,
     "judge: take images that are judged out of the reference"},
    {BF_OPT_BLOCKS, "blocks", 0, BF_VALUE_TEXT, RESULT, "LIST", 0, 0, "stats",
     "judge: statistics to use, of stats, gmm, res, norm, sparsity, cosmu, kmmd, ent, maxp, klreal, raw"},
    {BF_OPT_COMPONENTS, "components", 0, BF_VALUE_NUMBER, RESULT, "N", 1, 4096, "32",
     "judge: principal components of the blocks raw and res"},
    {BF_OPT_PCA, "pca", 0, BF_VALUE_NUMBER, RESULT, "N", 0, 4096, "0",
     "judge: measure distances in the first N principal components, 0 for the features themselves"},
    {BF_OPT_MODEL, "model", 0, BF_VALUE_CHOICE, RESULT,
     "logistic|ridge|krr|const|truth|group", 0, 0, "logistic",
     "judge: the regression of labels on statistics"},
    {BF_OPT_LAMBDA, "lambda", 0, BF_VALUE_TEXT, RESULT, "X|auto", 0, 0, "1",
     "judge: strength of regularisation, or auto to choose it in folds inside the training images"},
    {BF_OPT_CV, "cv", 0, BF_VALUE_TEXT, RESULT, "logo|kfold[:N]|block[:N]|cross", 0, 0, "logo",
     "judge: leave one generator out, N folds within each group, N folds of blocks, or every set of "
     "training generators"},
    {BF_OPT_THRESHOLD, "threshold", 0, BF_VALUE_CHOICE, RESULT, "0.5|accuracy|f1|youden", 0, 0, "0.5",
     "judge: from which probability on an image counts as judged real, or what to choose it for on the "
     "training images"},
    {BF_OPT_RESAMPLES, "resamples", 0, BF_VALUE_NUMBER, RESULT, "N", 20, 1000000, "2000",
     "judge: bootstrap resamples behind each interval"},
    {BF_OPT_COUNT, NULL, 'n', BF_VALUE_NUMBER, RESULT, "N", 2, 5000, "200",
     "images on the judge's sheet, or that sanity takes of the set"},
    {BF_OPT_REPEAT, "repeat", 0, BF_VALUE_NUMBER, RESULT, "PERCENT", 0, 33, "10",
     "how many of the sheet's pictures each person is shown twice: what judge agree says of how people agree with "
     "themselves is of these"},
    {BF_OPT_TEXT, "text", 0, BF_VALUE_TEXT, RESULT, "FILE", 0, 0, NULL,
     "what the sheet tells people, instead of its English instructions: plain text, empty lines between paragraphs; "
     "first lines such as 'lang: de', 'real: echt' or 'consent: I take part of my own free will' replace single words "
     "(all of them: metrics/README.md)"},
    {BF_OPT_JUDGE, "judge", 0, BF_VALUE_TEXT, RESULT, "MODEL.npz", 0, 0, NULL,
     "a trained judge: adds what people would say of both sets, and with --per-image of each image (see "
     "judge train)"},
    {BF_OPT_SKIP_BAD, "skip-bad", 0, BF_VALUE_NONE, RESULT, NULL, 0, 0, NULL,
     "go on without images that cannot be read, and count them in the result"},
    {BF_OPT_BITS, "bits", 0, BF_VALUE_NUMBER, RESULT, "N", 8, 16, NULL,
     "16-bit pictures use only the lower N of their bits, as those of 12-bit sensors do: take the upper 8 of these "
     "(default all 16; the run stops where they use fewer than 15)"},
    {BF_OPT_LIMITS, "limits", 0, BF_VALUE_TEXT, RESULT, "NAME=N,...", 0, 0, NULL,
     "what one input may ask for: pixels and seconds of an image; bytes of a file that is read whole, or of a packed "
     "one when unpacked (an image, a compressed array of an .npz); members of an archive, all their bytes when "
     "unpacked (archive), ratio and name bytes of one; depth of folders; worker: images until a fresh process decodes; "
     "k, M, G, T are powers of 1000 (default pixels 100M, file 1073741824, seconds 60, members 10M, archive 10T, ratio "
     "1032, name 4096, depth 64, worker 16)"},
    {BF_OPT_SANDBOX, "sandbox", 0, BF_VALUE_CHOICE, 0, "auto|on|off", 0, 0, "auto",
     "decode images in processes that can do nothing else; on fails where the system cannot, auto takes what there "
     "is; results do not depend on it"},
    {BF_OPT_ALLOW, "allow", 0, BF_VALUE_LIST, RESULT, "preset|weights", 0, 0, NULL,
     "go on, with a warning, where the sides (compare: the runs) differ in this; several are separated by commas. Two "
     "sides of different N need no leave: they are compared with a warning"},
    {BF_OPT_NUMERICS, "numerics", 0, BF_VALUE_CHOICE, RESULT, "exact|fast|split", 0, 0, "exact",
     "exact: floats. split: each cut in two for a CPU's tile unit (AMX), error 1e-5, reproducible too; in software, "
     "several times slower, where there is none. fast: split with a tile unit, else exact"},
    {BF_OPT_THREADS, "threads", 0, BF_VALUE_NUMBER, BF_OPTION_MERGE_SAYS | BF_OPTION_AUDIT_SAYS,
     "N", 0, 1024, "0",
     "threads to work with, 0 for one per CPU; results do not depend on it"},
    {BF_OPT_BATCH, "batch", 0, BF_VALUE_NUMBER, BF_OPTION_AUDIT_SAYS, "N", 1, 256, "1",
     "images per call of the network; results do not depend on it"},
    {BF_OPT_MEMORY, "memory", 0, BF_VALUE_TEXT, BF_OPTION_ONE_PROCESS, "SIZE", 0, 0, NULL,
     "take no more than this, as 512M or 1.5G, all processes together: features that do not fit are mapped from their "
     "file, or from one in $TMPDIR (else /var/tmp), pictures wait for each other, and one that is too large is a bad "
     "image; results do not depend on it otherwise"},
    {BF_OPT_ISA, "isa", 0, BF_VALUE_TEXT, BF_OPTION_MERGE_SAYS | BF_OPTION_AUDIT_SAYS, "LIST", 0, 0, "all",
     "allow only these instruction sets, for example avx2,scalar; results do not depend on it"},
    {BF_OPT_MANIFEST, "manifest", 0, BF_VALUE_TEXT, BF_OPTION_MERGE_SAYS, "FILE", 0, 0, NULL,
     "record the run in FILE and FILE.leaves, so that 'bonafide audit FILE' can check it anywhere"},
    {BF_OPT_CACHE, "cache", 0, BF_VALUE_TEXT, 0, "DIR", 0, 0, NULL,
     "keep features in DIR and take those of unchanged images from there (default $BONAFIDE_CACHE, else "
     "none)"},
    {BF_OPT_NO_CACHE, "no-cache", 0, BF_VALUE_NONE, 0, NULL, 0, 0, NULL,
     "no cache, whatever $BONAFIDE_CACHE says"},
    {BF_OPT_CACHE_KEY, "cache-key", 0, BF_VALUE_TEXT, 0, "FILE", 0, 0, NULL,
     "sign what the cache keeps with the bytes of FILE (16 or more), and believe only what is signed so: for users who "
     "share a cache; without it other users' files in it are not read"},
    {BF_OPT_ROOT, "root", 0, BF_VALUE_TEXT, 0, "DIR", 0, 0, NULL,
     "where the sets are now: DIR/PATH for the path in the manifest, else DIR/NAME for its last part"},
    {BF_OPT_BUNDLE, "bundle", 0, BF_VALUE_TEXT, 0, "FILE.tar", 0, 0, NULL,
     "run nothing: put into one file what another needs to check the run beside its images, the manifest, its leaves "
     "and files of statistics"},
    {BF_OPT_BY, "by", 0, BF_VALUE_TEXT, RESULT, "METRIC", 0, 0, NULL,
     "rank by this: @ranked (default the first that all have)"},
    {BF_OPT_DISTURB, "disturb", 0, BF_VALUE_TEXT, RESULT, "LIST", 0, 0, NULL,
     "only these, separated by commas: noise, blur, occlusion, swirl, salt-and-pepper, jpeg, mode-dropping, "
     "contamination (default all)"},
    {BF_OPT_QUICK, "quick", 0, BF_VALUE_NUMBER, 0, "K", 1, 1000000000, NULL,
     "check only K images of each set, drawn by --seed, up to their features"},
    {BF_OPT_PRINT_GOLDEN, "print-golden", 0, BF_VALUE_NONE, 0, NULL, 0, 0, NULL, ""},
    {BF_OPT_TABLE, "table", 0, BF_VALUE_CHOICE, 0, "text|markdown|latex|csv", 0, 0, "text",
     "how the table is written; csv has all digits, and is for programs and spreadsheets"},
    {BF_OPT_DIGITS, "digits", 0, BF_VALUE_TEXT, 0, "N|all", 0, 0, NULL,
     "so many digits of each number in the table (default: as many as its standard error or spread leaves, two of "
     "that; six of a number without; csv and JSON: all)"},
    {BF_OPT_CITE, "cite", 0, BF_VALUE_NONE, 0, NULL, 0, 0, NULL,
     "after the table, and in the JSON: a sentence for the methods section, and BibTeX of this program and of the "
     "papers of the metrics"},
    {BF_OPT_CSV_PLAIN, "csv-plain", 0, BF_VALUE_NONE, BF_OPTION_MERGE_SAYS, NULL, 0, 0, NULL,
     "names in CSV as they are: without it those that a spreadsheet would run (= + - @) get an apostrophe before them, "
     "and what does not show is written \\xHH"},
    {BF_OPT_JSON, "json", 0, BF_VALUE_OPTIONAL, 0, "FILE", 0, 0, NULL,
     "print the result as JSON, or with FILE write it there and print the table (--json=FILE, or --json FILE "
     "where FILE ends in .json)"},
    {BF_OPT_NO_SYNC, "no-sync", 0, BF_VALUE_NONE, 0, NULL, 0, 0, NULL,
     "do not wait until the disk has the files that are written: faster, but they may be gone after the power fails"},
    {BF_OPT_PROGRESS, "progress", 0, BF_VALUE_NONE, BF_OPTION_AUDIT_SAYS, NULL, 0, 0, NULL,
     "progress as lines, one for ten per cent or a minute, instead of a bar on the terminal; where standard error is "
     "no terminal, as in the log of a job, they come by themselves once a run takes longer than a minute"},
    {BF_OPT_QUIET, "quiet", 'q', BF_VALUE_NONE, BF_OPTION_AUDIT_SAYS,
     NULL, 0, 0, NULL, "no progress and no warnings"},
    {BF_OPT_HELP, "help", 'h', BF_VALUE_NONE, 0, NULL, 0, 0, NULL, "this text"},
};

/* What is special about an option of one command. */
static const struct {
    bf_command_id command;
    bf_option_id option;
    const char *values;
} special_values[] = {
    {BF_CMD_SANITY, BF_OPT_OUTPUT, "DIR"},
    {BF_CMD_WEIGHTS_GET, BF_OPT_OUTPUT, "FILE.iv3"},
    {BF_CMD_JUDGE_EVAL, BF_OPT_OUTPUT, "DIR"},
    {BF_CMD_JUDGE_SHEET, BF_OPT_OUTPUT, "DIR"},
    {BF_CMD_COMPARE, BF_OPT_ALLOW, "preset|weights|n|tap|pixels|numerics|real|settings"},
};

/* --- lists of other tables ------------------------------------------------------------------------------- */

static void list_presets(char *text, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; feat_preset_at(i) != NULL && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%s", i > 0 ? "|" : "", feat_preset_at(i)->name);
}

static void list_networks(char *text, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; feat_net_at(i) != NULL && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%s", i > 0 ? "|" : "", feat_net_name(feat_net_at(i)));
}

/* Those of the family of the default network, which is first of it. */
static void list_variants(char *text, size_t room)
{
    const char *family = feat_net_family(bf_network_default());
    size_t used = 0;
    for (size_t i = 0; feat_net_at(i) != NULL && used < room; i++)
        if (strcmp(feat_net_family(feat_net_at(i)), family) == 0)
            used += (size_t)snprintf(text + used, room - used, "%s%s", used > 0 ? "|" : "",
                                     feat_net_variant_name(feat_net_at(i)));
}

/* Whether a network before this one has a tap of this name. */
static bool is_listed(size_t before, const char *tap)
{
    for (size_t i = 0; i < before; i++)
        if (feat_net_find_tap(feat_net_at(i), tap) != FEAT_NO_TAP)
            return true;
    return false;
}

static void list_taps(char *text, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; feat_net_at(i) != NULL; i++)
        for (feat_tap tap = 0; tap < feat_net_n_taps(feat_net_at(i)) && used < room; tap++) {
            const char *name = feat_net_tap_name(feat_net_at(i), tap);
            if (!is_listed(i, name))
                used += (size_t)snprintf(text + used, room - used, "%s%s", used > 0 ? "|" : "", name);
        }
}

static void list_published(char *text, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; bf_published_at(i) != NULL && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%s", i > 0 ? "|" : "", bf_published_at(i)->name);
}

static void list_metrics(char *text, size_t room)
{
    bf_metric_list(text, room, false, ", ");
}

static void list_usual(char *text, size_t room)
{
    bf_metric_list(text, room, true, ",");
}

static void list_ranked(char *text, size_t room)
{
    bf_ranked_list(text, room, ", ");
}

static const struct {
    const char *word;
    void (*put)(char *text, size_t room);
} lists[] = {
    {"@networks", list_networks},
    {"@variants", list_variants},
    {"@presets", list_presets},
    {"@taps", list_taps},
    {"@published", list_published},
    {"@metrics", list_metrics},
    {"@usual", list_usual},
    {"@ranked", list_ranked},
};

/* The text with each such word as the list that it stands for; the text itself where there is none. */
static const char *with_lists(char to[BF_OPTION_TEXT], const char *text)
{
    size_t used = 0;
    if (text == NULL || strchr(text, '@') == NULL)
        return text;
    to[0] = 0;
    while (*text != 0 && used + 1 < BF_OPTION_TEXT) {
        size_t n = strcspn(text + 1, "@") + 1; /* up to the next of them */
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
            size_t length = strlen(lists[i].word);
            if (strncmp(text, lists[i].word, length) != 0)
                continue;
            lists[i].put(to + used, BF_OPTION_TEXT - used);
            used += strlen(to + used);
            text += length;
            n -= length;
        }
        used += (size_t)snprintf(to + used, BF_OPTION_TEXT - used, "%.*s", (int)n, text);
        text += n;
    }
    return to;
}

/* --- reading the table ----------------------------------------------------------------------------------- */

const char *bf_option_values(char to[BF_OPTION_TEXT], const bf_command *command, const bf_option *option)
{
    for (size_t i = 0; command != NULL && i < sizeof special_values / sizeof special_values[0]; i++)
        if (special_values[i].command == command->id && special_values[i].option == option->id)
            return special_values[i].values;
    return with_lists(to, option->values);
}

const char *bf_option_help(char to[BF_OPTION_TEXT], const bf_option *option)
{
    return with_lists(to, option->help);
}

const bf_option *bf_option_at(size_t index)
{
    return index < sizeof options / sizeof options[0] ? &options[index] : NULL;
}

const char *bf_option_word(const bf_option *option, char word[BF_OPTION_WORD])
{
    if (option->name != NULL)
        snprintf(word, BF_OPTION_WORD, "--%s", option->name);
    else
        snprintf(word, BF_OPTION_WORD, "-%c", option->letter);
    return word;
}
