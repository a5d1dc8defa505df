/* The tables of commands and options. Nothing here knows what a command does. */
#include "tools/options/options.h"

#include "tools/options/option_table.h"

#define B BF_OPTION_BIT

/* Options of every command that runs the network. */
#define NETWORK                                                                                              \
    (B(BF_OPT_WEIGHTS) | B(BF_OPT_VARIANT) | B(BF_OPT_PRESET) | B(BF_OPT_SIZE) | B(BF_OPT_SKIP_BAD) |        \
     B(BF_OPT_BITS) |                                                                                        \
     B(BF_OPT_NUMERICS) | B(BF_OPT_THREADS) | B(BF_OPT_BATCH) | B(BF_OPT_ISA) | B(BF_OPT_MANIFEST) |         \
     B(BF_OPT_CACHE) | B(BF_OPT_NO_CACHE) | B(BF_OPT_LIMITS) | B(BF_OPT_SANDBOX) | B(BF_OPT_JSON) |          \
     B(BF_OPT_MEMORY) | B(BF_OPT_QUIET))

/* Options that plan hands on to stats or eval, and its own. */
#define PLANNED                                                                                              \
    (B(BF_OPT_WEIGHTS) | B(BF_OPT_VARIANT) | B(BF_OPT_PRESET) | B(BF_OPT_SKIP_BAD) | B(BF_OPT_NUMERICS) |    \
     B(BF_OPT_BITS) |                                                                                        \
     B(BF_OPT_THREADS) | B(BF_OPT_BATCH) | B(BF_OPT_ISA) | B(BF_OPT_CACHE) | B(BF_OPT_ADM) |                 \
     B(BF_OPT_ADM_FP16) | B(BF_OPT_ALL) | B(BF_OPT_DENSITY_K) | B(BF_OPT_ALLOW) | B(BF_OPT_JUDGE) |          \
     B(BF_OPT_K) | B(BF_OPT_KID_SIZE) | B(BF_OPT_KID_SUBSETS) | B(BF_OPT_KNN_CMP) | B(BF_OPT_METRICS) |      \
     B(BF_OPT_NO_SHUFFLE) | B(BF_OPT_SEED) | B(BF_OPT_SPLITS) | B(BF_OPT_TAP) | B(BF_OPT_TEST) |             \
     B(BF_OPT_LIMITS) | B(BF_OPT_SANDBOX) | B(BF_OPT_SHARDS) | B(BF_OPT_OUTPUT))

static const bf_option options[] = {
    {BF_OPT_WEIGHTS, "weights", 0, BF_VALUE_TEXT, "FILE|synth:SEED", 0, 0, NULL,
     "the network's weights: an .iv3 file, or synthetic ones for a trial (default $BONAFIDE_WEIGHTS, else "
     "the "
     "installed inception.iv3)"},
    {BF_OPT_VARIANT, "variant", 0, BF_VALUE_CHOICE, "fid|torchvision|keras", 0, 0, NULL,
     "the network that synthetic weights are for, or that a file must hold (default fid, or what the file "
     "says)"},
    {BF_OPT_PRESET, "preset", 0, BF_VALUE_CHOICE,
     "tf1|pytorch-fid|clean|adm|stylegan|torchmetrics-1.8|"
     "studiogan-legacy|studiogan-clean|studiogan-friendly",
     0, 0, "tf1",
     "how pixels become the network's input: which tool's resizing and scaling to follow"},
    {BF_OPT_TAP, "tap", 0, BF_VALUE_CHOICE, "64|192|768|2048|spatial|logits_unbiased|logits", 0, 0,
     "2048", "which layer of the network the features come from"},
    {BF_OPT_OUTPUT, NULL, 'o', BF_VALUE_TEXT, "FILE", 0, 0, NULL,
     "the file to write (judge eval and sheet: the folder); an older one is replaced only when the new one "
     "is complete"},
    {BF_OPT_DTYPE, "dtype", 0, BF_VALUE_CHOICE, "float32|float16", 0, 0, "float32",
     "how tensors are stored; float16 halves the file and changes the numbers"},
    {BF_OPT_SPLITS, "splits", 0, BF_VALUE_NUMBER, "N", 1, 1000000, NULL,
     "Inception Score: parts the images are cut into; mean and spread are over these (default 10, or the "
     "preset's)"},
    {BF_OPT_SEED, "seed", 0, BF_VALUE_NUMBER, "N", 0, UINT32_MAX, "2020",
     "seed of random choices: the Inception Score's shuffle, KID's subsets, clusters, directions, the "
     "audit's images, the judge's resamples, shuffled folds and sheet"},
    {BF_OPT_NO_SHUFFLE, "no-shuffle", 0, BF_VALUE_NONE, NULL, 0, 0, NULL,
     "Inception Score: cut the images in their own order"},
    {BF_OPT_K, NULL, 'k', BF_VALUE_NUMBER, "N", 1, 1000, NULL,
     "precision, recall, judge: which nearest neighbour gives an image its radius (default 3, or the "
     "preset's)"},
    {BF_OPT_DENSITY_K, "density-k", 0, BF_VALUE_NUMBER, "N", 1, 1000, NULL,
     "density and coverage: the same (default 5)"},
    {BF_OPT_KNN_CMP, "knn-cmp", 0, BF_VALUE_CHOICE, "le|lt", 0, 0, NULL,
     "whether an image on the edge of a neighbourhood is in it (default le for precision and recall, lt for "
     "density and coverage, or the preset's)"},
    {BF_OPT_ADM_FP16, "adm-fp16", 0, BF_VALUE_NONE, NULL, 0, 0, NULL,
     "precision and recall: distances in half precision, as guided-diffusion's evaluator computes them "
     "(--as all: in its line)"},
    {BF_OPT_KID_SUBSETS, "kid-subsets", 0, BF_VALUE_NUMBER, "N", 1, 100000, NULL,
     "KID: how many subsets are drawn (default 100)"},
    {BF_OPT_KID_SIZE, "kid-size", 0, BF_VALUE_NUMBER, "N", 2, 1000000, NULL,
     "KID: images in a subset (default 1000)"},
    {BF_OPT_METRICS, "metrics", 0, BF_VALUE_TEXT, "LIST", 0, 0, NULL,
     "only these, separated by commas: is, fid, kid, pr, dc, per-class, sfid, fid64, fid192, fid768, "
     "fid-inf, is-inf, mifid, mind, vendi, authpct, ct, prd (default is,fid,kid,pr,dc)"},
    {BF_OPT_ALL, "all", 0, BF_VALUE_NONE, NULL, 0, 0, NULL, "every metric there is"},
    {BF_OPT_AS, "as", 0, BF_VALUE_CHOICE, "all", 0, 0, NULL,
     "what each tool would print of these images, side by side: one pass for each way of resizing"},
    {BF_OPT_PER_IMAGE, "per-image", 0, BF_VALUE_TEXT, "FILE.csv", 0, 0, NULL,
     "write one line for each generated image: its share in FID, realism, rarity, nearest real image, class; "
     "and list generated images that nearly equal a real one"},
    {BF_OPT_REPORT, "report", 0, BF_VALUE_TEXT, "DIR", 0, 0, NULL,
     "write DIR/index.html, one page that shows what the numbers are made of: figures, images, classes, files"},
    {BF_OPT_TEST, "test", 0, BF_VALUE_TEXT, "SET", 0, 0, NULL,
     "real images that were not trained on, which C_T needs"},
    {BF_OPT_ADM, "adm", 0, BF_VALUE_NONE, NULL, 0, 0, NULL,
     "also write mu_s and sigma_s of the spatial features, as guided-diffusion's reference files have them"},
    {BF_OPT_SHARD, "shard", 0, BF_VALUE_TEXT, "I/N", 0, 0, NULL,
     "run only part I of N of the images, and write with -o a part that 'bonafide merge' puts together with "
     "the others to what the whole command gives"},
    {BF_OPT_SHARDS, "shards", 0, BF_VALUE_NUMBER, "N", 1, 1000000, NULL, "how many shards to make"},
    {BF_OPT_SIZE, "size", 0, BF_VALUE_TEXT, "WxH", 0, 0, NULL,
     "width and height of the frames on standard input, where a set is '-'"},
    BF_JUDGE_OPTION_ROWS,
    {BF_OPT_SKIP_BAD, "skip-bad", 0, BF_VALUE_NONE, NULL, 0, 0, NULL,
     "go on without images that cannot be read, and count them in the result"},
    {BF_OPT_BITS, "bits", 0, BF_VALUE_NUMBER, "N", 8, 16, NULL,
     "16-bit pictures use only the lower N of their bits, as those of 12-bit sensors do: take the upper 8 of these "
     "(default all 16; the run stops where they use fewer than 15)"},
    {BF_OPT_LIMITS, "limits", 0, BF_VALUE_TEXT, "NAME=N,...", 0, 0, NULL,
     "what one input may ask for: pixels, file bytes and seconds of an image, members, ratio and name bytes of an "
     "archive, depth of folders; k, M, G are powers of 1000 (default pixels 100M, file 1073741824, seconds 60, "
     "members 10M, ratio 1032, name 4096, depth 64)"},
    {BF_OPT_SANDBOX, "sandbox", 0, BF_VALUE_CHOICE, "auto|on|off", 0, 0, "auto",
     "decode images in processes that can do nothing else; on fails where the system cannot, auto takes what there "
     "is; results do not depend on it"},
    {BF_OPT_ALLOW, "allow", 0, BF_VALUE_LIST, "preset|weights", 0, 0, NULL,
     "go on, with a warning, where the sides (compare: the runs) differ in this; several are separated by commas. Two "
     "sides of different N need no leave: they are compared with a warning"},
    {BF_OPT_NUMERICS, "numerics", 0, BF_VALUE_CHOICE, "exact|fast|split", 0, 0, "exact",
     "exact: floats. split: each cut in two for a CPU's tile unit (AMX), error 8e-6, reproducible too; in software, "
     "several times slower, where there is none. fast: split with a tile unit, else exact"},
    {BF_OPT_THREADS, "threads", 0, BF_VALUE_NUMBER, "N", 0, 1024, "0",
     "threads to work with, 0 for one per CPU; results do not depend on it"},
    {BF_OPT_BATCH, "batch", 0, BF_VALUE_NUMBER, "N", 1, 256, "1",
     "images per call of the network; results do not depend on it"},
    {BF_OPT_MEMORY, "memory", 0, BF_VALUE_TEXT, "SIZE", 0, 0, NULL,
     "take no more than this, as 512M or 1.5G: features that do not fit are mapped from their file, or from one in "
     "$TMPDIR (else /var/tmp); results do not depend on it"},
    {BF_OPT_ISA, "isa", 0, BF_VALUE_TEXT, "LIST", 0, 0, "all",
     "allow only these instruction sets, for example avx2,scalar; results do not depend on it"},
    {BF_OPT_MANIFEST, "manifest", 0, BF_VALUE_TEXT, "FILE", 0, 0, NULL,
     "record the run in FILE and FILE.leaves, so that 'bonafide audit FILE' can check it anywhere"},
    {BF_OPT_CACHE, "cache", 0, BF_VALUE_TEXT, "DIR", 0, 0, NULL,
     "keep features in DIR and take those of unchanged images from there (default $BONAFIDE_CACHE, else "
     "none)"},
    {BF_OPT_NO_CACHE, "no-cache", 0, BF_VALUE_NONE, NULL, 0, 0, NULL,
     "no cache, whatever $BONAFIDE_CACHE says"},
    {BF_OPT_ROOT, "root", 0, BF_VALUE_TEXT, "DIR", 0, 0, NULL,
     "where the sets are now: DIR/PATH for the path in the manifest, else DIR/NAME for its last part"},
    {BF_OPT_BY, "by", 0, BF_VALUE_TEXT, "METRIC", 0, 0, NULL,
     "rank by this: fid, kid, is, precision, recall, f-score, density, coverage, fid-corrected, kid-subsets, "
     "sfid, fid64, fid192, fid768, fid-inf, is-inf, mifid, mind, vendi, authpct, prd-recall, prd-precision "
     "(default the first that all have)"},
    {BF_OPT_DISTURB, "disturb", 0, BF_VALUE_TEXT, "LIST", 0, 0, NULL,
     "only these, separated by commas: noise, blur, occlusion, swirl, salt-and-pepper, jpeg, mode-dropping, "
     "contamination (default all)"},
    {BF_OPT_QUICK, "quick", 0, BF_VALUE_NUMBER, "K", 1, 1000000000, NULL,
     "check only K images of each set, drawn by --seed, up to their features"},
    {BF_OPT_PRINT_GOLDEN, "print-golden", 0, BF_VALUE_NONE, NULL, 0, 0, NULL, ""},
    {BF_OPT_JSON, "json", 0, BF_VALUE_OPTIONAL, "FILE", 0, 0, NULL,
     "print the result as JSON, or with FILE write it there and print the table (--json=FILE, or --json FILE "
     "where FILE ends in .json)"},
    {BF_OPT_QUIET, "quiet", 'q', BF_VALUE_NONE, NULL, 0, 0, NULL, "no progress and no warnings"},
    {BF_OPT_HELP, "help", 'h', BF_VALUE_NONE, NULL, 0, 0, NULL, "this text"},
};

#define SET_TEXT                                                                                             \
    "A set of images is a folder (searched in depth), a .zip, an .npz with arr_0 or an .npy of bytes\n"      \
    "[n][h][w][3], a CIFAR-10 .bin, @LIST, a file with one path per line (looked for from the list's own\n"   \
    "folder), or - for raw RGB frames of --size on standard input. FILE.npz:KEY is the array KEY of an\n"     \
    ".npz. In folders and archives a file without an image's extension is told by its first bytes; what\n"    \
    "is left out is said.\n"

static const bf_command commands[] = {
    {BF_CMD_FID,
     "fid",
     NULL,
     "A B",
     2,
     2,
     NETWORK | B(BF_OPT_TAP) | B(BF_OPT_ALLOW),
     0,
     "Frechet Inception Distance of two sets",
     "Prints the Frechet distance between the features of A and of B; 0 means equal mean and covariance, "
     "lower\n"
     "is better. Compare only values of equal N, preset and weights. Where the features are at hand, the\n"
     "standard error and the value less the bias of few images stand beside it.\n\n" SET_TEXT
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
     "better.\n\n" SET_TEXT
     "A file of logits ('features --tap logits_unbiased'; .npy, float [n][classes]) is taken too, and one of\n"
     "probabilities, rows from 0 to 1 that sum to 1, as what it is. Other features are refused.\n",
     {{"bonafide is samples/", "score a folder"},
      {"bonafide is samples.npz --no-shuffle --splits 1", "one score over everything, in file order"}}},
    {BF_CMD_KID,
     "kid",
     NULL,
     "A B",
     2,
     2,
     NETWORK | B(BF_OPT_TAP) | B(BF_OPT_SEED) | B(BF_OPT_KID_SUBSETS) | B(BF_OPT_KID_SIZE) | B(BF_OPT_ALLOW),
     0,
     "Kernel Inception Distance of two sets",
     "Prints the squared maximum mean discrepancy of the features of A (real) and B (generated) for the\n"
     "cubic kernel, lower is better: of all pairs of images, with its standard error; and as published, the\n"
     "mean and spread over random subsets. It is unbiased, and may be negative for equal sets.\n\n" SET_TEXT
     "Either side may also be a feature file (.npy or .npz, float [n][d]).\n",
     {{"bonafide kid photos/ samples/", "compare two folders"},
      {"bonafide kid real.npy gen.npy --kid-size 500", "smaller subsets, from stored features"}}},
    {BF_CMD_PR,
     "pr",
     NULL,
     "REAL GEN",
     2,
     2,
     NETWORK | B(BF_OPT_TAP) | B(BF_OPT_K) | B(BF_OPT_KNN_CMP) | B(BF_OPT_ADM_FP16) | B(BF_OPT_ALLOW),
     0,
     "precision and recall of generated images",
     "Improved precision (share of generated images inside the real ones' neighbourhoods: fidelity) and "
     "recall\n"
     "(share of real images inside the generated ones': variety), both from 0 to 1, higher is "
     "better.\nThey are of Inception features, as guided-diffusion computes them; the paper, torch-fidelity "
     "and\nStyleGAN take those of VGG16, and get other numbers.\n\n" SET_TEXT
     "Either side may also be a feature file (.npy, float [n][d]).\n",
     {{"bonafide pr photos/ samples/", "the usual k = 3"},
      {"bonafide pr real.npy gen.npy -k 5 --json", "from stored features, as JSON"}}},
    {BF_CMD_EVAL,
     "eval",
     NULL,
     "REAL GEN",
     2,
     3,
     NETWORK | B(BF_OPT_SPLITS) | B(BF_OPT_SEED) | B(BF_OPT_NO_SHUFFLE) | B(BF_OPT_K) | B(BF_OPT_DENSITY_K) |
         B(BF_OPT_KNN_CMP) | B(BF_OPT_ADM_FP16) | B(BF_OPT_KID_SUBSETS) | B(BF_OPT_KID_SIZE) | B(BF_OPT_METRICS) |
         B(BF_OPT_ALL) | B(BF_OPT_AS) | B(BF_OPT_PER_IMAGE) | B(BF_OPT_REPORT) | B(BF_OPT_TEST) | B(BF_OPT_ALLOW) |
         B(BF_OPT_SHARD) | B(BF_OPT_OUTPUT) |
         B(BF_OPT_JUDGE),
     0,
     "every metric, one pass over the images",
     "Inception Score of GEN, Frechet and kernel distance, precision, recall, density and coverage in one\n"
     "pass over the images of each set, all with their uncertainty; --all adds the rest. Precision, recall,\n"
     "density and coverage are of Inception features, not of VGG16's as in StyleGAN. If both sets have\n"
     "the same classes (labels of a dataset.json, else folders), --metrics per-class scores each. Features\n"
     "are kept in memory: 8 KiB for each image.\n\n" SET_TEXT
     "Feature and statistics files are taken too; what cannot be computed from them is left out and named. With\n"
     "--metrics is GEN may be a file of logits or probabilities, as for 'bonafide is'.\n",
     {{"bonafide eval photos/ samples/", "the whole table"},
      {"bonafide eval photos/ samples/ --report page --json result.json",
       "with a page to look at, and JSON in a file"}}},
    {BF_CMD_FEATURES,
     "features",
     NULL,
     "SET -o FILE.npz",
     1,
     1,
     NETWORK | B(BF_OPT_TAP) | B(BF_OPT_SHARD) | B(BF_OPT_OUTPUT),
     B(BF_OPT_OUTPUT),
     "write the features of a set",
     "Writes float32 [n][d] as feats into an .npz, as clean-fid does, with what they are beside them: names of\n"
     "the images, weights, preset, layer. -o FILE.npy writes the numbers alone. Rows in the order of the set:\n"
     "bytewise order of relative paths, or the array's or list's own order.\n\n" SET_TEXT,
     {{"bonafide features photos/ -o photos.npz", "2048 features for each image"},
      {"bonafide features photos/ -o sfid.npy --tap spatial", "the 2023 features of sFID, numbers only"}}},
    {BF_CMD_STATS,
     "stats",
     NULL,
     "SET -o FILE.npz",
     1,
     1,
     NETWORK | B(BF_OPT_TAP) | B(BF_OPT_ADM) | B(BF_OPT_SHARD) | B(BF_OPT_OUTPUT),
     B(BF_OPT_OUTPUT),
     "write mean and covariance of a set",
     "Writes mu and sigma as pytorch-fid does, and n, preset, weights and layer beside them, so that the data\n"
     "set need be read only once. Memory does not grow with the number of images.\n\n" SET_TEXT
     "A feature file (.npy, float [n][d]) is taken too.\n",
     {{"bonafide stats photos/ -o photos.npz", "then: bonafide fid photos.npz samples/"},
      {"bonafide stats photos.npy -o photos.npz", "from stored features"}}},
    {BF_CMD_PLAN,
     "plan",
     NULL,
     "SET [GEN [TEST]]",
     1,
     3,
     PLANNED,
     B(BF_OPT_SHARDS),
     "print a script that does stats or eval in shards",
     "Prints a script for one set (stats) or two and three (eval). Saved as plan.sh it is a Slurm array job\n"
     "(sbatch --wait plan.sh) and what GNU parallel runs (seq N | parallel sh plan.sh); sh plan.sh merge then\n"
     "puts the parts together. Run again, it computes only what is missing; a shard that was killed goes on\n"
     "where it was. Options are handed on to the command.\n",
     {{"bonafide plan photos/ --shards 64 -o photos.npz >plan.sh", "statistics of a large set"},
      {"bonafide plan photos/ samples/ --shards 64 -o result.json >plan.sh", "every metric of two"}}},
    {BF_CMD_MERGE,
     "merge",
     NULL,
     "PART...",
     1,
     BF_MAX_OPERANDS,
     B(BF_OPT_OUTPUT) | B(BF_OPT_PER_IMAGE) | B(BF_OPT_THREADS) | B(BF_OPT_ISA) | B(BF_OPT_MANIFEST) |
         B(BF_OPT_JSON) | B(BF_OPT_QUIET),
     0,
     "put together what --shard I/N wrote",
     "Takes the parts of all shards, in any order, and gives what the command without --shard gives, byte for\n"
     "byte: the file that -o names for features and stats, the table or JSON for eval. The images and the\n"
     "weights need not be there. A folder stands for the files in it that end in .part. A part that is missing,\n"
     "doubled, damaged, or of another command, list of images or network is named and refused.\n",
     {{"bonafide merge s1.part s2.part s3.part -o photos.npz", "the parts of stats"},
      {"bonafide merge parts/ --json result.json", "those of eval"}}},
    {BF_CMD_AUDIT,
     "audit",
     NULL,
     "RUN.json",
     1,
     1,
     B(BF_OPT_WEIGHTS) | B(BF_OPT_ROOT) | B(BF_OPT_QUICK) | B(BF_OPT_SEED) | B(BF_OPT_THREADS) |
         B(BF_OPT_BATCH) | B(BF_OPT_ISA) | B(BF_OPT_SANDBOX) | B(BF_OPT_JSON) | B(BF_OPT_QUIET),
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
    {BF_CMD_COMPARE,
     "compare",
     NULL,
     "RUN1.json RUN2.json ...",
     2,
     BF_MAX_OPERANDS,
     B(BF_OPT_BY) | B(BF_OPT_ALLOW) | B(BF_OPT_JSON) | B(BF_OPT_QUIET),
     0,
     "rank earlier results, and say what is noise",
     "Reads results (--json FILE of eval, fid, is, kid, pr) or manifests, ranks them, and calls a difference of "
     "two\nruns noise when it is at most 1.96 times the standard error of the difference, the root of the sum of "
     "both\nsquared. As the runs share the real images their errors are not independent, so this is on the "
     "careful\nside; among many runs one pair in twenty differs by chance. Runs of another preset, weights, tap, N "
     "or\nsettings are refused; --allow names what may differ.\n",
     {{"bonafide compare a.json b.json c.json", "which generator is best, and is it really?"},
      {"bonafide compare a.json b.json --by kid --json", "by another metric, as JSON"}}},
    {BF_CMD_SANITY,
     "sanity",
     NULL,
     "SET -o DIR",
     1,
     1,
     (NETWORK & ~(B(BF_OPT_MANIFEST) | B(BF_OPT_MEMORY))) | B(BF_OPT_OUTPUT) | B(BF_OPT_COUNT) |
         B(BF_OPT_SEED) | B(BF_OPT_DISTURB) | B(BF_OPT_K) | B(BF_OPT_DENSITY_K) | B(BF_OPT_KNN_CMP),
     B(BF_OPT_OUTPUT),
     "which metrics notice what, on these images",
     "The disturbance test: one half of the images, drawn by --seed, stands for the real ones; the other half\n"
     "is spoilt at three rising levels (noise, blur, occlusion, swirl, salt and pepper, JPEG, missing modes,\n"
     "foreign pictures) and measured against it. Writes curves and verdicts as DIR/index.html, sanity.csv and\n"
     "sanity.json: does a metric notice, from which level on, and does it get worse when the images do? The\n"
     "network runs over half of the -n images about nineteen times.\n\n" SET_TEXT,
     {{"bonafide sanity photos/ -o sanity", "which metric can be trusted here?"},
      {"bonafide sanity photos/ -o sanity -n 1000 --disturb blur,jpeg", "more images, two disturbances"}}},
    {BF_CMD_DRIFT,
     "drift",
     NULL,
     "SET",
     1,
     1,
     (NETWORK & ~(B(BF_OPT_MANIFEST) | B(BF_OPT_MEMORY) | B(BF_OPT_NUMERICS))) | B(BF_OPT_TAP) | B(BF_OPT_SEED) |
         B(BF_OPT_K) | B(BF_OPT_DENSITY_K) | B(BF_OPT_KNN_CMP),
     0,
     "what --numerics split changes on these images",
     "Runs the network over the set twice, in exact and in split numerics, and prints how far features and logits\n"
     "differ; then, between two halves of the set drawn by --seed, how far every metric does, beside its standard\n"
     "error. A change of a hundredth of that is of no concern to anybody. Without a tile unit (AMX) the second run\n"
     "is in software and takes several times as long as the first, with the same result.\n\n" SET_TEXT,
     {{"bonafide drift photos/", "may --numerics fast be used for these?"},
      {"bonafide drift photos/ --cache ~/features --json", "as JSON; keeps the features of both"}}},
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
    BF_JUDGE_COMMAND_ROWS,
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
    {BF_CMD_MANUAL,
     "manual",
     NULL,
     "[COMMAND]",
     0,
     2,
     0,
     0,
     "manual pages, for man",
     "Writes the manual page of the program, or of a command, in the format that man reads: for programs that\n"
     "were not installed with their pages.\n",
     {{"bonafide manual eval | man -l -", "read it"},
      {"bonafide manual > bonafide.1", "keep it where man looks"}}},
    {BF_CMD_COMPLETION,
     "completion",
     NULL,
     "bash|zsh|fish",
     1,
     1,
     0,
     0,
     "completion of commands and options in a shell",
     "Writes a script that makes the shell complete commands, options and their values at the Tab key.\n",
     {{"bonafide completion bash > ~/.local/share/bash-completion/completions/bonafide", "bash, from now on"},
      {"bonafide completion zsh > ~/.zfunc/_bonafide", "zsh, where ~/.zfunc is in fpath"}}},
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

/* What is special about an option of one command. */
static const struct {
    bf_command_id command;
    bf_option_id option;
    const char *values;
} special_values[] = {
    {BF_CMD_SANITY, BF_OPT_OUTPUT, "DIR"},
    {BF_CMD_JUDGE_EVAL, BF_OPT_OUTPUT, "DIR"},
    {BF_CMD_JUDGE_SHEET, BF_OPT_OUTPUT, "DIR"},
    {BF_CMD_COMPARE, BF_OPT_ALLOW, "preset|weights|n|tap|pixels|numerics|real|settings"},
};

const char *bf_option_values(const bf_command *command, const bf_option *option)
{
    for (size_t i = 0; command != NULL && i < sizeof special_values / sizeof special_values[0]; i++)
        if (special_values[i].command == command->id && special_values[i].option == option->id)
            return special_values[i].values;
    return option->values;
}

const bf_option *bf_option_at(size_t index)
{
    return index < sizeof options / sizeof options[0] ? &options[index] : NULL;
}

bool bf_option_shapes_result(bf_option_id id)
{
    /* The weights are recorded by what is in them, the third set as a set. */
    const uint64_t neutral = B(BF_OPT_WEIGHTS) | B(BF_OPT_OUTPUT) | B(BF_OPT_THREADS) | B(BF_OPT_BATCH) |
                             B(BF_OPT_ISA) | B(BF_OPT_SANDBOX) | B(BF_OPT_MANIFEST) | B(BF_OPT_CACHE) |
                             B(BF_OPT_MEMORY) |
                             B(BF_OPT_NO_CACHE) | B(BF_OPT_ROOT) | B(BF_OPT_QUICK) | B(BF_OPT_PRINT_GOLDEN) |
                             B(BF_OPT_JSON) | B(BF_OPT_QUIET) | B(BF_OPT_SHARD) | B(BF_OPT_PER_IMAGE) |
                             B(BF_OPT_TEST) | B(BF_OPT_SHARDS) | B(BF_OPT_HELP);
    return (neutral & B(id)) == 0;
}
