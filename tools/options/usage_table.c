/* The table of commands. Nothing here knows what a command does. */
#include "tools/options/usage_table.h"

#include <string.h>

#define HAS(option) [option] = 1

/* Of every command that says something and has --json, which writes a file. */
#define SAYS_AND_WRITES HAS(BF_OPT_QUIET), HAS(BF_OPT_NO_SYNC)

/* Options of every command that runs the network over images. */
#define IMAGES \
    HAS(BF_OPT_WEIGHTS), HAS(BF_OPT_NETWORK), HAS(BF_OPT_VARIANT), HAS(BF_OPT_PRESET), HAS(BF_OPT_SIZE), \
    HAS(BF_OPT_RANGE), HAS(BF_OPT_LAYOUT), HAS(BF_OPT_SKIP_BAD), \
    HAS(BF_OPT_BITS), HAS(BF_OPT_THREADS), HAS(BF_OPT_BATCH), HAS(BF_OPT_ISA), HAS(BF_OPT_CACHE), \
    HAS(BF_OPT_NO_CACHE), HAS(BF_OPT_CACHE_KEY), HAS(BF_OPT_LIMITS), HAS(BF_OPT_SANDBOX), HAS(BF_OPT_JSON), \
    HAS(BF_OPT_PROGRESS), SAYS_AND_WRITES

/* Those of the commands that have all the rest of it as well. */
#define NETWORK \
    IMAGES, HAS(BF_OPT_NUMERICS), HAS(BF_OPT_MANIFEST), HAS(BF_OPT_MEMORY), HAS(BF_OPT_TAKE), HAS(BF_OPT_SEED)

/* Of commands that print numbers for a paper. */
#define TABLE HAS(BF_OPT_TABLE), HAS(BF_OPT_DIGITS), HAS(BF_OPT_CITE), HAS(BF_OPT_CSV_PLAIN)

/* Two sets, which may be named instead of placed. */
#define PAIR \
    NETWORK, TABLE, HAS(BF_OPT_REAL), HAS(BF_OPT_GEN)

/* Options that plan hands on to stats or eval, and its own. */
#define PLANNED \
    HAS(BF_OPT_WEIGHTS), HAS(BF_OPT_NETWORK), HAS(BF_OPT_VARIANT), HAS(BF_OPT_PRESET), HAS(BF_OPT_SKIP_BAD), \
    HAS(BF_OPT_NUMERICS), HAS(BF_OPT_RANGE), HAS(BF_OPT_LAYOUT), \
    HAS(BF_OPT_BITS), HAS(BF_OPT_THREADS), HAS(BF_OPT_BATCH), HAS(BF_OPT_ISA), HAS(BF_OPT_CACHE), \
    HAS(BF_OPT_CACHE_KEY), HAS(BF_OPT_ADM), \
    HAS(BF_OPT_ADM_FP16), HAS(BF_OPT_STYLEGAN_FP16), HAS(BF_OPT_ALL), HAS(BF_OPT_DENSITY_K), HAS(BF_OPT_ALLOW), \
    HAS(BF_OPT_JUDGE), \
    HAS(BF_OPT_K), HAS(BF_OPT_KID_SIZE), HAS(BF_OPT_KID_SUBSETS), HAS(BF_OPT_KID_KERNEL), HAS(BF_OPT_KID_SIGMA), \
    HAS(BF_OPT_KNN_CMP), HAS(BF_OPT_METRICS), HAS(BF_OPT_PRESET_OF), \
    HAS(BF_OPT_NO_SHUFFLE), HAS(BF_OPT_TAKE), HAS(BF_OPT_SEED), HAS(BF_OPT_SPLITS), HAS(BF_OPT_TAP), HAS(BF_OPT_TEST), \
    HAS(BF_OPT_LIMITS), HAS(BF_OPT_SANDBOX), HAS(BF_OPT_SHARDS), HAS(BF_OPT_OUTPUT)

/* The judge's, which make no manifest. */
#define JUDGE_NETWORK \
    IMAGES, HAS(BF_OPT_NUMERICS)
#define JUDGE_STATISTICS \
    JUDGE_NETWORK, HAS(BF_OPT_TAP), HAS(BF_OPT_IDS), HAS(BF_OPT_LOGITS), HAS(BF_OPT_REF), HAS(BF_OPT_REF_LOGITS), \
    HAS(BF_OPT_EXCLUDE_SELF), HAS(BF_OPT_BLOCKS), HAS(BF_OPT_COMPONENTS), HAS(BF_OPT_PCA), HAS(BF_OPT_K)
#define JUDGE_TRAINING \
    JUDGE_STATISTICS, HAS(BF_OPT_LABELS), HAS(BF_OPT_KEY), HAS(BF_OPT_DATASET), HAS(BF_OPT_IGNORE_MISSING), \
    HAS(BF_OPT_MODEL), HAS(BF_OPT_LAMBDA), HAS(BF_OPT_SEED), HAS(BF_OPT_OUTPUT)

#define SET_TEXT                                                                                             \
    "A set of images is a folder (searched in depth), a .zip or .tar, an .npz with arr_0 or an .npy of\n"     \
    "bytes [n][h][w][3] (of floats: --range), a file of CIFAR, MNIST or STL-10, @LIST, a file with one\n"     \
    "path per line (looked for from the list's own folder), or - for raw RGB frames of --size on standard\n"  \
    "input. FILE.npz:KEY is the array KEY of an .npz; 'DIR/*.tar', a folder of such files or a list of\n"     \
    "them is one set. In folders and archives a file without an image's extension is told by its first\n"     \
    "bytes; what is left out is said.\n"

#define JUDGE_SET_TEXT \
    "SET is a set of images or a feature file (.npy, or FILE.npz:KEY, float [n][d]). Images are called by\n" \
    "their names in the set, rows of a feature file by their numbers or --ids; with several sets the set's\n" \
    "name comes in front: photos/a.png.\n"

#define JUDGE_EXAMPLE_WHERE "\nFrom pictures to a judge, step by step: bonafide help judge sheet.\n"

static const bf_command commands[] = {
    {.id = BF_CMD_FID,
     .name = "fid",
     .flags = BF_COMMAND_CORRECTS | BF_COMMAND_NO_CLASSIFIER | BF_COMMAND_PREFERS_STATS,
     .operands = "REAL GEN",
     .min_operands = 2,
     .max_operands = 2,
     .options = {{PAIR, HAS(BF_OPT_TAP), HAS(BF_OPT_ALLOW)}},
     .summary = "Frechet Inception Distance of two sets",
     .text =
     "Prints the Frechet distance between the features of REAL and of GEN; 0 means equal mean and covariance,\n"
     "lower is better. Compare only values of equal N, preset and weights. Where the features are at hand, the\n"
     "standard error and the value less the bias of few images stand beside it.\n"
     "'bonafide pytorch-fid REAL GEN' and 'bonafide clean-fid REAL GEN' are this with the preset of that\n"
     "tool, and with all digits.\n\n" SET_TEXT
     "Either side may also be a feature file (.npy, float [n][d]) or a statistics file, in any mix: .npz with mu\n"
     "and sigma (from here or from pytorch-fid), mean and cov, or m and s; a pickle of such a dictionary (.pkl,\n"
     ".npy, .pth), EDM2's with a part for each network, StyleGAN's cache. Pickles are read as data, never run.\n"
     "ref:NAME is a named reference: published statistics or images, or your own ('bonafide refs list', 'refs get').\n",
     .examples =
     {{"bonafide fid photos/ samples/", "compare two folders"},
      {"bonafide fid ref:cifar10-train samples/", "against a published reference, by name"},
      {"bonafide fid real.npz samples.zip --preset pytorch-fid", "against statistics made before"},
      {"bonafide fid --gen samples/ --real photos/", "the sets by name, in any order"}}},
    {.id = BF_CMD_IS,
     .name = "is",
     .operands = "A",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{NETWORK, TABLE, HAS(BF_OPT_GEN), HAS(BF_OPT_SPLITS), HAS(BF_OPT_NO_SHUFFLE)}},
     .summary = "Inception Score of one set",
     .text =
     "Prints mean and spread of the Inception Score over the splits; higher is better.\n\n" SET_TEXT
     "A file of logits ('features --tap logits_unbiased'; .npy, float [n][classes]) is taken too, and one of\n"
     "probabilities, rows from 0 to 1 that sum to 1, as what it is. Other features are refused.\n",
     .examples =
     {{"bonafide is samples/", "score a folder"},
      {"bonafide is samples.npz --no-shuffle --splits 1", "one score over everything, in file order"}}},
    {.id = BF_CMD_KID,
     .name = "kid",
     .flags = BF_COMMAND_NO_CLASSIFIER | BF_COMMAND_FOR_RANKS,
     .operands = "REAL GEN",
     .min_operands = 2,
     .max_operands = 2,
     .options = {{PAIR, HAS(BF_OPT_TAP), HAS(BF_OPT_KID_SUBSETS), HAS(BF_OPT_KID_SIZE),
                 HAS(BF_OPT_KID_KERNEL), HAS(BF_OPT_KID_SIGMA), HAS(BF_OPT_ALLOW)}},
     .summary = "Kernel Inception Distance of two sets",
     .text =
     "Prints the squared maximum mean discrepancy of the features of REAL and GEN (generated images) for the\n"
     "cubic kernel, lower is better: of all pairs of images, with its standard error; and as published, the\n"
     "mean and spread over random subsets. It is unbiased, and may be negative for equal sets. Of another\n"
     "kernel, --kid-kernel rbf, all of this holds too; its numbers are no published KID.\n\n" SET_TEXT
     "Either side may also be a feature file (.npy or .npz, float [n][d]).\n",
     .examples =
     {{"bonafide kid photos/ samples/", "compare two folders"},
      {"bonafide kid real.npy gen.npy --kid-size 500", "smaller subsets, from stored features"},
      {"bonafide kid real.npy gen.npy --kid-kernel rbf --kid-sigma 20", "a Gaussian kernel instead of the cubic one"}}},
    {.id = BF_CMD_PR,
     .name = "pr",
     .flags = BF_COMMAND_NO_CLASSIFIER | BF_COMMAND_FOR_RANKS,
     .operands = "REAL GEN",
     .min_operands = 2,
     .max_operands = 2,
     .options = {{PAIR, HAS(BF_OPT_TAP), HAS(BF_OPT_K), HAS(BF_OPT_KNN_CMP), HAS(BF_OPT_ADM_FP16),
                 HAS(BF_OPT_STYLEGAN_FP16), HAS(BF_OPT_ALLOW)}},
     .summary = "precision and recall of generated images",
     .text =
     "Improved precision (share of generated images inside the real ones' neighbourhoods: fidelity) and recall\n"
     "(share of real images inside the generated ones': variety), both from 0 to 1, higher is better.\n"
     "They are of Inception features, as guided-diffusion computes them; with --network vgg16 of VGG-16's, as\n"
     "the paper, torch-fidelity and (in half precision: --stylegan-fp16) StyleGAN have them, which are other\n"
     "numbers.\n\n" SET_TEXT
     "Either side may also be a feature file (.npy, float [n][d]).\n",
     .examples =
     {{"bonafide pr photos/ samples/ --network vgg16 --weights vgg16.iv3", "as the paper has them"},
      {"bonafide pr real.npy gen.npy -k 5 --json", "from stored features, as JSON"}}},
    {.id = BF_CMD_EVAL,
     .name = "eval",
     .flags = BF_COMMAND_CORRECTS | BF_COMMAND_DEALS_IMAGES | BF_COMMAND_FOR_RANKS,
     .operands = "REAL GEN",
     .min_operands = 2,
     .max_operands = 3,
     .options = {{PAIR, HAS(BF_OPT_SPLITS), HAS(BF_OPT_NO_SHUFFLE), HAS(BF_OPT_K),
                 HAS(BF_OPT_DENSITY_K), HAS(BF_OPT_KNN_CMP), HAS(BF_OPT_ADM_FP16), HAS(BF_OPT_STYLEGAN_FP16),
                 HAS(BF_OPT_KID_SUBSETS), HAS(BF_OPT_KID_KERNEL), HAS(BF_OPT_KID_SIGMA),
                 HAS(BF_OPT_KID_SIZE), HAS(BF_OPT_METRICS), HAS(BF_OPT_PRESET_OF), HAS(BF_OPT_ALL), HAS(BF_OPT_AS),
                 HAS(BF_OPT_PER_IMAGE), HAS(BF_OPT_REPORT), HAS(BF_OPT_TITLE), HAS(BF_OPT_TEST), HAS(BF_OPT_ALLOW),
                 HAS(BF_OPT_SHARD),
                 HAS(BF_OPT_OUTPUT), HAS(BF_OPT_JUDGE)}},
     .writes = "part",
     .summary = "every metric, one pass over the images",
     .text =
     "Inception Score of GEN, Frechet and kernel distance, precision, recall, density and coverage in one\n"
     "pass over the images of each set, all with their uncertainty; --all adds the rest. Precision, recall,\n"
     "density and coverage are of Inception features, not of VGG16's as in StyleGAN: --metrics pr-vgg, which may\n"
     "stand beside others, runs the same images through VGG-16 too, whose weights must be there; fd-dinov2 and kd\n"
     "are of DINOv2 (ViT-L/14, or the one in --weights), clip-fid of CLIP (ViT-B/32), cmmd of CLIP (ViT-L/14 at\n"
     "336). --all leaves these five out. --preset-of runs what papers of a family print: edm2 is FID and\n"
     "FD-DINOv2, dgm FD-DINOv2, KD, precision, recall, density and coverage of DINOv2's features, clip-fid and\n"
     "cmmd are those, each with the preset of its tool. If both sets have\n"
     "the same classes (labels of a dataset.json, else folders), --metrics per-class scores each. Features\n"
     "are kept in memory: 8 KiB for each image.\n\n" SET_TEXT
     "Feature and statistics files are taken too; what cannot be computed from them is left out and named. With\n"
     "--metrics is GEN may be a file of logits or probabilities, as for 'bonafide is'.\n",
     .examples =
     {{"bonafide eval photos/ samples/", "the whole table"},
      {"bonafide eval photos/ samples/ --report page --json result.json",
       "with a page to look at, and JSON in a file"},
      {"bonafide eval photos/ samples/ --metrics fid,fd-dinov2,cmmd --weights fid.iv3,dinov2.iv3,clip.iv3",
       "three networks, each image decoded once"},
      {"bonafide eval photos/ samples/ --preset-of edm2 --weights fid.iv3,dinov2.iv3",
       "FID and FD-DINOv2, as EDM2's paper has them"}}},
    {.id = BF_CMD_FEATURES,
     .name = "features",
     .flags = BF_COMMAND_NO_CLASSIFIER | BF_COMMAND_DEALS_IMAGES | BF_COMMAND_FOR_RANKS,
     .operands = "SET -o FILE.npz",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{NETWORK, HAS(BF_OPT_TAP), HAS(BF_OPT_SHARD), HAS(BF_OPT_OUTPUT)}},
     .required = {{HAS(BF_OPT_OUTPUT)}},
     .writes = "npz npy",
     .summary = "write the features of a set",
     .text =
     "Writes float32 [n][d] as feats into an .npz, as clean-fid does, with what they are beside them: names of\n"
     "the images, weights, preset, layer. -o FILE.npy writes the numbers alone. Rows in the order of the set:\n"
     "bytewise order of relative paths, or the array's or list's own order.\n\n" SET_TEXT,
     .examples =
     {{"bonafide features photos/ -o photos.npz", "2048 features for each image"},
      {"bonafide features photos/ -o sfid.npy --tap spatial", "the 2023 features of sFID, numbers only"}}},
    {.id = BF_CMD_STATS,
     .name = "stats",
     .flags = BF_COMMAND_NO_CLASSIFIER | BF_COMMAND_DEALS_IMAGES | BF_COMMAND_FOR_RANKS,
     .operands = "SET -o FILE.npz",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{NETWORK, HAS(BF_OPT_TAP), HAS(BF_OPT_ADM), HAS(BF_OPT_SHARD), HAS(BF_OPT_OUTPUT)}},
     .required = {{HAS(BF_OPT_OUTPUT)}},
     .writes = "npz",
     .summary = "write mean and covariance of a set",
     .text =
     "Writes mu and sigma as pytorch-fid does, and n, preset, weights and layer beside them, so that the data\n"
     "set need be read only once. Memory does not grow with the number of images.\n\n" SET_TEXT
     "A feature file (.npy, float [n][d]) is taken too.\n",
     .examples =
     {{"bonafide stats photos/ -o photos.npz", "then: bonafide fid photos.npz samples/"},
      {"bonafide stats photos.npy -o photos.npz", "from stored features"}}},
    {.id = BF_CMD_PLAN,
     .name = "plan",
     .operands = "SET [GEN [TEST]]",
     .min_operands = 1,
     .max_operands = 3,
     .options = {{PLANNED}},
     .required = {{HAS(BF_OPT_SHARDS)}},
     .writes = "npz",
     .writes_of_more = "json",
     .summary = "print a script that does stats or eval in shards",
     .text =
     "Prints a script for one set (stats) or two and three (eval). Saved as plan.sh it is a Slurm array job\n"
     "(sbatch --wait plan.sh) and what GNU parallel runs (seq N | parallel sh plan.sh); sh plan.sh merge then\n"
     "puts the parts together. Run again, it computes only what is missing; a shard that was killed goes on\n"
     "where it was. Options are handed on to the command.\n",
     .examples =
     {{"bonafide plan photos/ --shards 64 -o photos.npz >plan.sh", "statistics of a large set"},
      {"bonafide plan photos/ samples/ --shards 64 -o result.json >plan.sh", "every metric of two"}}},
    {.id = BF_CMD_MERGE,
     .name = "merge",
     .operands = "PART...",
     .min_operands = 1,
     .max_operands = BF_MAX_OPERANDS,
     .options = {{HAS(BF_OPT_OUTPUT), HAS(BF_OPT_PER_IMAGE), HAS(BF_OPT_THREADS), HAS(BF_OPT_ISA), HAS(BF_OPT_MANIFEST),
                 TABLE, HAS(BF_OPT_JSON), HAS(BF_OPT_PROGRESS), SAYS_AND_WRITES}},
     .summary = "put together what --shard I/N wrote",
     .text =
     "Takes the parts of all shards, in any order, and gives what the command without --shard gives, byte for\n"
     "byte: the file that -o names for features and stats, the table or JSON for eval. The images and the\n"
     "weights need not be there. A folder stands for the files in it that end in .part. A part that is missing,\n"
     "doubled, damaged, or of another command, list of images or network is named and refused.\n",
     .examples =
     {{"bonafide merge s1.part s2.part s3.part -o photos.npz", "the parts of stats"},
      {"bonafide merge parts/ --json result.json", "those of eval"}}},
    {.id = BF_CMD_AUDIT,
     .name = "audit",
     .operands = "RUN.json|RUN.tar",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{HAS(BF_OPT_WEIGHTS), HAS(BF_OPT_ROOT), HAS(BF_OPT_BUNDLE), HAS(BF_OPT_QUICK), HAS(BF_OPT_SEED),
                 HAS(BF_OPT_THREADS), HAS(BF_OPT_BATCH), HAS(BF_OPT_ISA), HAS(BF_OPT_SANDBOX), HAS(BF_OPT_JSON),
                 HAS(BF_OPT_PROGRESS), SAYS_AND_WRITES}},
     .summary = "do a recorded run again and compare",
     .text =
     "Runs what --manifest RUN.json recorded once more and compares weights, input files, decoded pixels, features,\n"
     "statistics and results, bit by bit and in this order. Equal: the verdict and the numbers, exit code 0. Not\n"
     "equal: the first stage and image that differ, exit code 4. Inputs or weights that are not there: \"cannot\n"
     "check\", exit code 3.\n\n"
     "Sets are looked for at the paths in the manifest, relative ones from here, else from the manifest's folder,\n"
     "or below --root; weights where they were, or where --weights says, else those installed if they are the\n"
     "same. The cache is never used.\n\n"
     "--bundle RUN.tar makes one file of the manifest, its leaves and its files of statistics, to be published\n"
     "beside the images; 'audit RUN.tar' checks it.\n",
     .examples =
     {{"bonafide audit run.json", "on the same machine"},
      {"bonafide audit run.json --root /data --weights inception.iv3", "on another one"},
      {"bonafide audit run.json --bundle run.tar", "one file to hand out"},
      {"bonafide audit run.tar --root images/", "someone's number, checked"}}},
    {.id = BF_CMD_COMPARE,
     .name = "compare",
     .operands = "RUN1.json RUN2.json ...",
     .min_operands = 2,
     .max_operands = BF_MAX_OPERANDS,
     .options = {{HAS(BF_OPT_BY), HAS(BF_OPT_REPORT), HAS(BF_OPT_TITLE), HAS(BF_OPT_ALLOW), HAS(BF_OPT_TABLE),
                 HAS(BF_OPT_DIGITS), HAS(BF_OPT_CSV_PLAIN), HAS(BF_OPT_JSON), SAYS_AND_WRITES}},
     .summary = "rank earlier results, and say what is noise",
     .text =
     "Reads results (--json FILE of eval, fid, is, kid, pr) or manifests, ranks them, and calls a difference of "
     "two\nruns noise when it is at most 1.96 times the standard error of the difference, the root of the sum of "
     "both\nsquared. As the runs share the real images their errors are not independent, so this is on the "
     "careful\nside; among many runs one pair in twenty differs by chance. Runs of another preset, weights, tap, N "
     "or\nsettings are refused; --allow names what may differ. --table latex (markdown, csv) has a line for each\n"
     "run and a column for each metric.\n",
     .examples =
     {{"bonafide compare a.json b.json c.json", "which generator is best, and is it really?"},
      {"bonafide compare a.json b.json --by kid --json", "by another metric, as JSON"},
      {"bonafide compare a.json b.json c.json --report page", "all metrics and pairs on one page"}}},
    {.id = BF_CMD_SANITY,
     .name = "sanity",
     .flags = BF_COMMAND_READS_TWICE,
     .operands = "SET -o DIR",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{IMAGES, HAS(BF_OPT_NUMERICS), HAS(BF_OPT_OUTPUT), HAS(BF_OPT_COUNT), HAS(BF_OPT_SEED),
                 HAS(BF_OPT_DISTURB), HAS(BF_OPT_K), HAS(BF_OPT_DENSITY_K), HAS(BF_OPT_KNN_CMP)}},
     .required = {{HAS(BF_OPT_OUTPUT)}},
     .summary = "which metrics notice what, on these images",
     .text =
     "The disturbance test: one half of the images, drawn by --seed, stands for the real ones; the other half\n"
     "is spoilt at three rising levels (noise, blur, occlusion, swirl, salt and pepper, JPEG, missing modes,\n"
     "foreign pictures) and measured against it. Writes curves and verdicts as DIR/index.html, sanity.csv and\n"
     "sanity.json: does a metric notice, from which level on, and does it get worse when the images do? The\n"
     "network runs over half of the -n images about nineteen times.\n\n" SET_TEXT,
     .examples =
     {{"bonafide sanity photos/ -o sanity", "which metric can be trusted here?"},
      {"bonafide sanity photos/ -o sanity -n 1000 --disturb blur,jpeg", "more images, two disturbances"}}},
    {.id = BF_CMD_DRIFT,
     .name = "drift",
     .flags = BF_COMMAND_READS_TWICE,
     .operands = "SET",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{IMAGES, HAS(BF_OPT_TAP), HAS(BF_OPT_SEED), HAS(BF_OPT_K), HAS(BF_OPT_DENSITY_K),
                 HAS(BF_OPT_KNN_CMP)}},
     .summary = "what --numerics split changes on these images",
     .text =
     "Runs the network over the set twice, in exact and in split numerics, and prints how far features and logits\n"
     "differ; then, between two halves of the set drawn by --seed, how far every metric does, beside its standard\n"
     "error. A change of a hundredth of that is of no concern to anybody. Without a tile unit (AMX) the second run\n"
     "is in software and takes several times as long as the first, with the same result.\n\n" SET_TEXT,
     .examples =
     {{"bonafide drift photos/", "may --numerics fast be used for these?"},
      {"bonafide drift photos/ --cache ~/features --json", "as JSON; keeps the features of both"}}},
    {.id = BF_CMD_SELFTEST,
     .name = "selftest",
     .operands = "",
     .options = {{HAS(BF_OPT_ISA), HAS(BF_OPT_NETWORK), HAS(BF_OPT_THREADS), HAS(BF_OPT_JSON), SAYS_AND_WRITES,
                 HAS(BF_OPT_PRINT_GOLDEN)}},
     .summary = "check this program on this machine",
     .text =
     "Runs every kernel of every instruction set this CPU has against plain loops, and the arithmetic, the\n"
     "resizing, the network and the statistics against known hashes. Needs no files and a few seconds. Exit code 1\n"
     "when anything is not as it must be.\n",
     .examples =
     {{"bonafide selftest", "first thing on a new board"},
      {"bonafide selftest --isa scalar", "one instruction set only"},
      {"bonafide selftest --network vgg16", "another network (1 GB of memory)"}}},
    {.id = BF_CMD_JUDGE_AGREE,
     .name = "judge",
     .verb = "agree",
     .operands = "LABELS.csv",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{HAS(BF_OPT_KEY), HAS(BF_OPT_DATASET), HAS(BF_OPT_RESAMPLES), HAS(BF_OPT_SEED), HAS(BF_OPT_THREADS),
                 HAS(BF_OPT_JSON), SAYS_AND_WRITES}},
     .summary = "how far people agree with each other",
     .text =
     "From labels alone: pairwise agreement, leave-one-out majority, Fleiss' kappa, Krippendorff's alpha,\n"
     "and for each group how often people were wrong. LABELS.csv has a line per judgement (image,rater,\n"
     "label) or per image (image,n,k: k of n said real), and maybe the columns group, truth and block.\n"
     "Of what a page of judge sheet saves also how often a person says the same of a picture shown again,\n"
     "and how many answers are \"not sure\"; --key says which images the pictures are.\n" JUDGE_EXAMPLE_WHERE,
     .examples =
     {{"bonafide judge agree labels.csv", "the table"},
      {"bonafide judge agree labels.csv --key sheet/key.csv", "of a page, with how often people were wrong"},
      {"bonafide judge agree labels.csv --json", "every figure"}}},
    {.id = BF_CMD_JUDGE_FEATURES,
     .name = "judge",
     .verb = "features",
     .operands = "SET... --ref REAL -o FILE",
     .min_operands = 1,
     .max_operands = BF_MAX_OPERANDS,
     .options = {{JUDGE_STATISTICS, HAS(BF_OPT_OUTPUT), HAS(BF_OPT_CSV_PLAIN)}},
     .required = {{HAS(BF_OPT_REF), HAS(BF_OPT_OUTPUT)}},
     .writes = "csv npz",
     .summary = "write the activation statistics of images",
     .text =
     "Compares every image with the real ones of --ref and writes the statistics that the other\n"
     "commands regress on: FILE.csv with a header, or FILE.npz with features, columns and images.\n\n"
     "The statistics of an image, against the real ones of --ref: ld1 ld3 ld5 (distance to the nearest, third\n"
     "and fifth), knn (closeness to five), lreal (realism), mah and dmu (distance from all, from their mean),\n"
     "dens and out (in how many neighbourhoods of real images it lies; 1 for none), rar (rarity).\n\n" JUDGE_SET_TEXT,
     .examples =
     {{"bonafide judge features samples/ --ref photos/ -o stats.csv", "to look at"},
      {"bonafide judge features f.npy --ref r.npy --blocks stats,raw -o stats.npz", "to work with"}}},
    {.id = BF_CMD_JUDGE_TRAIN,
     .name = "judge",
     .verb = "train",
     .operands = "SET... --ref REAL --labels FILE.csv -o MODEL.npz",
     .min_operands = 1,
     .max_operands = BF_MAX_OPERANDS,
     .options = {{JUDGE_TRAINING}},
     .required = {{HAS(BF_OPT_REF), HAS(BF_OPT_LABELS), HAS(BF_OPT_OUTPUT)}},
     .writes = "npz",
     .summary = "fit a judge to what people said",
     .text =
     "Regresses the activation statistics of the images onto their labels and keeps reference and\n"
     "model in one file. How good it is, judge eval says: ask that first.\n\n" JUDGE_SET_TEXT
     JUDGE_EXAMPLE_WHERE,
     .examples =
     {{"bonafide judge train photos/ gan/ --ref more/ --labels labels.csv -o judge.npz", "from images"},
      {"bonafide judge train f.npy --ids names --ref r.npy --labels l.csv --lambda auto -o j.npz",
       "from features"}}},
    {.id = BF_CMD_JUDGE_PREDICT,
     .name = "judge",
     .verb = "predict",
     .operands = "MODEL.npz SET...",
     .min_operands = 2,
     .max_operands = BF_MAX_OPERANDS,
     .options = {{JUDGE_NETWORK, HAS(BF_OPT_TAP), HAS(BF_OPT_IDS), HAS(BF_OPT_LOGITS), HAS(BF_OPT_OUTPUT),
                 HAS(BF_OPT_CSV_PLAIN)}},
     .writes = "csv",
     .summary = "what people would say of images",
     .text =
     "The probability that a person calls an image real, for every image of the sets; -o FILE.csv\n"
     "keeps it. Images need the same weights, preset and layer as in training.\n\n" JUDGE_SET_TEXT,
     .examples =
     {{"bonafide judge predict judge.npz new_samples/ -o p.csv", "one line per image"},
      {"bonafide judge predict judge.npz a/ b/ --json", "means of two sets"}}},
    {.id = BF_CMD_JUDGE_EVAL,
     .name = "judge",
     .verb = "eval",
     .flags = BF_COMMAND_SEVERAL_NETWORKS,
     .operands = "SET... --ref REAL --labels FILE.csv",
     .min_operands = 1,
     .max_operands = BF_MAX_OPERANDS,
     .options = {{JUDGE_TRAINING, HAS(BF_OPT_CV), HAS(BF_OPT_THRESHOLD), HAS(BF_OPT_RESAMPLES), HAS(BF_OPT_CSV_PLAIN)}},
     .required = {{HAS(BF_OPT_REF), HAS(BF_OPT_LABELS)}},
     .summary = "how well a judge predicts people, by cross-validation",
     .text =
     "Trains on a part of the images, predicts the others, and compares with what people said, with\n"
     "how far people agree among themselves, and with trivial baselines. Folds leave out one generator\n"
     "unless --cv says otherwise; what shares a block with a tested image does not train its fold.\n"
     "The default statistics find what distance to real images finds; --blocks raw --model krr looks\n"
     "beyond it. -o DIR keeps predictions.csv and report.json.\n"
     "Several networks, up to four with commas between them, are judged on the same images, folds and\n"
     "resamples; the last lines say which predicts people best, where that is beyond the error, and whether\n"
     "any does better than a constant. --weights names a file for each, in any order.\n\n" JUDGE_SET_TEXT
     JUDGE_EXAMPLE_WHERE,
     .examples =
     {{"bonafide judge eval photos/ gan/ vae/ --ref more/ --labels labels.csv -o report",
       "generators that training did not see"},
      {"bonafide judge eval f.npy --ref r.npy --labels l.csv --cv kfold:5 --model krr",
       "within known ones"},
      {"bonafide judge eval a/ b/ --ref r/ --labels l.csv --network vgg16,dinov2-vits14",
       "which of two networks predicts best"}}},
    {.id = BF_CMD_JUDGE_SHEET,
     .name = "judge",
     .verb = "sheet",
     .operands = "REAL GEN... -o DIR",
     .min_operands = 2,
     .max_operands = BF_MAX_OPERANDS,
     .options = {{HAS(BF_OPT_COUNT), HAS(BF_OPT_SEED), HAS(BF_OPT_REPEAT), HAS(BF_OPT_TEXT), HAS(BF_OPT_BITS),
                 HAS(BF_OPT_RANGE), HAS(BF_OPT_LAYOUT), HAS(BF_OPT_OUTPUT), HAS(BF_OPT_CSV_PLAIN), HAS(BF_OPT_JSON),
                 SAYS_AND_WRITES}},
     .required = {{HAS(BF_OPT_OUTPUT)}},
     .summary = "a page on which people label images",
     .text =
     "Writes DIR/index.html, one file that needs no network, and DIR/key.csv, which is for you alone. The\n"
     "page asks for a name first, has two pictures for practice, then half real and half generated images in\n"
     "an order of each person's own, some of them twice (--repeat). It asks real, fake or not sure, by mouse\n"
     "or keys, keeps the answers in the browser, and saves them with the time each took as a file that judge\n"
     "agree, train and eval read with --key DIR/key.csv; cat joins the files of several people. What is real\n"
     "does not stand in the page. Pictures of more than 768 pixels a side are shrunk to that. Sets are called\n"
     "by their last part: REAL/a.png.\n\n"
     "From pictures to a judge:\n\n"
     "  bonafide judge sheet photos/ gan/ vae/ -n 200 -o sheet    # send people sheet/index.html\n"
     "  cat labels-*.csv >labels.csv                              # the files that they send back\n"
     "  bonafide judge agree labels.csv --key sheet/key.csv       # do they agree?\n"
     "  bonafide judge train photos/ gan/ vae/ --ref more/ --labels labels.csv --key sheet/key.csv -o j.npz\n"
     "  bonafide judge eval photos/ gan/ vae/ --ref more/ --labels labels.csv --key sheet/key.csv\n"
     "  bonafide eval photos/ new/ --judge j.npz                  # mean probability of \"real\"\n",
     .examples =
     {{"bonafide judge sheet photos/ gan/ vae/ -n 300 -o sheet", "then open sheet/index.html"},
      {"bonafide judge sheet photos/ gan/ -n 50 --seed 7 --text de.txt -o sheet7",
       "fewer pictures, drawn anew, in words of your own"}}},
    {.id = BF_CMD_WEIGHTS_GET,
     .name = "weights",
     .verb = "get",
     .operands = "[NETWORK]",
     .min_operands = 0,
     .max_operands = 1,
     .options = {{HAS(BF_OPT_FROM), HAS(BF_OPT_OUTPUT), HAS(BF_OPT_JSON), HAS(BF_OPT_PROGRESS), SAYS_AND_WRITES}},
     .writes = "iv3",
     .summary = "fetch, check and install published weights",
     .text =
     "Downloads the published file of a network (inception-v3-fid, the FID weights, where none is named) with\n"
     "curl or wget, whichever is here, checks its SHA-256, converts it, and puts it where the other commands\n"
     "look: ~/.local/share/bonafide (or $XDG_DATA_HOME/bonafide), or -o FILE.iv3. An interrupted download goes on\n"
     "where it stopped. Without a network --from FILE takes the file from another machine; the message says how\n"
     "to get it there. 'bonafide weights list' names the networks and their sizes. Nothing else downloads\n"
     "weights unasked.\n",
     .examples =
     {{"bonafide weights get", "the weights of every published FID"},
      {"bonafide weights get vgg16", "those of another network"},
      {"bonafide weights get --from pt_inception-2015-12-05-6726825d.pth", "where there is no network"}}},
    {.id = BF_CMD_WEIGHTS_LIST,
     .name = "weights",
     .verb = "list",
     .operands = "",
     .options = {{HAS(BF_OPT_JSON), SAYS_AND_WRITES}},
     .summary = "networks whose weights are published, and which are here",
     .text =
     "Prints of each network the size of its published file, and where its weights are installed or that they\n"
     "are not; --json has addresses, SHA-256, licences, and other files that 'weights get --from' takes. Nothing\n"
     "is looked up elsewhere.\n",
     .examples =
     {{"bonafide weights list", "what is here?"},
      {"bonafide weights list --json", "addresses and SHA-256, for a script"}}},
    {.id = BF_CMD_WEIGHTS_CONVERT,
     .name = "weights",
     .verb = "convert",
     .flags = BF_COMMAND_NAMES_OUT,
     .operands = "IN OUT.iv3",
     .min_operands = 2,
     .max_operands = 2,
     .options = {{HAS(BF_OPT_DTYPE), HAS(BF_OPT_NETWORK), HAS(BF_OPT_VARIANT), HAS(BF_OPT_JSON), SAYS_AND_WRITES}},
     .writes = "iv3",
     .summary = "make an .iv3 file",
     .text =
     "Reads PyTorch .pth (old and zip containers), safetensors, a TorchScript archive (.pt), a TensorFlow frozen\n"
     "graph (.pb) or a TensorFlow.js layers model (model.json, or the folder of a package that carries one) and\n"
     "writes the flat file the other commands use. No code of a file is ever run.\n"
     "What the file is, is found from its content, and so is the network; a published file is recognised by its\n"
     "SHA-256. Tensors that were published as float16 (CLIP's convolution and dense layers) stay float16 where this\n"
     "loses nothing, so every container gives the same file; --dtype says otherwise.\n",
     .examples =
     {{"bonafide weights convert pt_inception-2015-12-05-6726825d.pth inception.iv3",
       "the published FID weights"},
      {"bonafide weights convert model.json small.iv3 --dtype float16", "half the size"}}},
    {.id = BF_CMD_WEIGHTS_INFO,
     .name = "weights",
     .verb = "info",
     .operands = "FILE",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{HAS(BF_OPT_JSON), SAYS_AND_WRITES, HAS(BF_OPT_NETWORK), HAS(BF_OPT_VARIANT)}},
     .summary = "what a weight file holds",
     .text =
     "Prints variant, classes, tensors, storage type, SHA-256 of the source and of the content. FILE may be\n"
     "synth:SEED.\n",
     .examples =
     {{"bonafide weights info inception.iv3", "what is it, and is it a published file?"},
      {"bonafide weights info synth:1 --json", "identity of the synthetic weights"}}},
    {.id = BF_CMD_WEIGHTS_VERIFY,
     .name = "weights",
     .verb = "verify",
     .operands = "FILE",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{HAS(BF_OPT_JSON), SAYS_AND_WRITES}},
     .summary = "check every byte of a weight file",
     .text =
     "Reads all tensors, compares their checksums and the SHA-256 of the content.\n",
     .examples =
     {{"bonafide weights verify inception.iv3", "after copying it to another machine"},
      {"bonafide weights verify inception.iv3 --quiet && echo good", "in a script"}}},
    {.id = BF_CMD_WEIGHTS_SYNTH,
     .name = "weights",
     .verb = "synth",
     .flags = BF_COMMAND_NAMES_OUT,
     .operands = "SEED OUT.iv3",
     .min_operands = 2,
     .max_operands = 2,
     .options = {{HAS(BF_OPT_DTYPE), HAS(BF_OPT_NETWORK), HAS(BF_OPT_VARIANT), HAS(BF_OPT_JSON), SAYS_AND_WRITES}},
     .writes = "iv3",
     .summary = "write synthetic weights",
     .text =
     "Weights that are a fixed function of SEED: for tests and trials. Numbers made with them mean nothing beyond\n"
     "a comparison with the same weights.\n",
     .examples =
     {{"bonafide weights synth 1 synth1.iv3", "the same as --weights synth:1, in a file"},
      {"bonafide weights synth 1 keras.iv3 --variant keras", "for another variant of the network"}}},
    {.id = BF_CMD_REFS_GET,
     .name = "refs",
     .verb = "get",
     .operands = "NAME",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{HAS(BF_OPT_JSON), HAS(BF_OPT_PROGRESS), SAYS_AND_WRITES}},
     .summary = "download a published reference",
     .text =
     "Downloads a reference of the table of 'bonafide refs list' with the curl or wget that is here, checks its\n"
     "SHA-256, and puts it into ~/.local/share/bonafide/refs (or under $XDG_DATA_HOME), where ref:NAME finds it.\n"
     "CIFAR-10 comes as images, its training and its test set together, and can stand for any set. A name such as\n"
     "ffhq_clean_trainval70k_256 (NAME_MODE_SPLIT_RES) is looked for among clean-fid's statistics, whose SHA-256\n"
     "nobody has published: they are kept as they come, and results say their SHA-256.\n",
     .examples =
     {{"bonafide refs get cifar10-train", "then: bonafide fid ref:cifar10-train samples/"},
      {"bonafide refs get ffhq_clean_trainval70k_256",
       "clean-fid's; then: bonafide fid ref:ffhq_clean_trainval70k_256 samples/ --preset clean"}}},
    {.id = BF_CMD_REFS_ADD,
     .name = "refs",
     .verb = "add",
     .operands = "FILE",
     .min_operands = 1,
     .max_operands = 1,
     .options = {{HAS(BF_OPT_NAME), HAS(BF_OPT_JSON), SAYS_AND_WRITES}},
     .summary = "keep a reference, to be called by name",
     .text =
     "Copies a file of statistics to ~/.local/share/bonafide/refs (or under $XDG_DATA_HOME), where ref:NAME finds\n"
     "it in the place of a set; of cifar-10-binary.tar.gz, the images. A published one is known by its SHA-256,\n"
     "which is checked here and at every use, and has its name from the table of 'bonafide refs list'. Any other\n"
     "is your own: --name says what to call it, and results say that it is yours. Nothing is downloaded.\n",
     .examples =
     {{"bonafide refs add jit_in256_stats.npz", "then: bonafide fid ref:imagenet256-jit samples/"},
      {"bonafide refs add photos.npz --name photos", "your own; then: bonafide fid ref:photos samples/"}}},
    {.id = BF_CMD_REFS_LIST,
     .name = "refs",
     .verb = "list",
     .operands = "",
     .options = {{HAS(BF_OPT_JSON), SAYS_AND_WRITES}},
     .summary = "published references, your own, and which are here",
     .text =
     "Prints of each named reference what it is of, the network and the preset it was made with, N where it is\n"
     "known, and where its file is, here or at its publisher. --json has the SHA-256 too.\n",
     .examples =
     {{"bonafide refs list", "what can stand behind ref: ?"},
      {"bonafide refs list --json", "addresses and SHA-256, for a script"}}},
    {.id = BF_CMD_CPU,
     .name = "cpu",
     .operands = "",
     .options = {{HAS(BF_OPT_ISA), HAS(BF_OPT_THREADS), HAS(BF_OPT_JSON), SAYS_AND_WRITES}},
     .summary = "what this machine offers and what would be used",
     .text =
     "Prints the instruction sets of the CPU, the kernel tables in this program, the one that would be used, the\n"
     "number of threads and the version of the numerics contract.\n",
     .examples =
     {{"bonafide cpu", "before reporting a problem"}, {"bonafide cpu --isa scalar", "what a mask leaves"}}},
    {.id = BF_CMD_MANUAL,
     .name = "manual",
     .flags = BF_COMMAND_TEXT_ONLY,
     .operands = "[COMMAND]",
     .min_operands = 0,
     .max_operands = 2,
     .summary = "manual pages, for man",
     .text =
     "Writes the manual page of the program, or of a command, in the format that man reads: for programs that\n"
     "were not installed with their pages.\n",
     .examples =
     {{"bonafide manual eval | man -l -", "read it"},
      {"bonafide manual > bonafide.1", "keep it where man looks"}}},
    {.id = BF_CMD_COMPLETION,
     .name = "completion",
     .flags = BF_COMMAND_TEXT_ONLY,
     .operands = "bash|zsh|fish",
     .min_operands = 1,
     .max_operands = 1,
     .summary = "completion of commands and options in a shell",
     .text =
     "Writes a script that makes the shell complete commands, options and their values at the Tab key.\n",
     .examples =
     {{"bonafide completion bash > ~/.local/share/bash-completion/completions/bonafide", "bash, from now on"},
      {"bonafide completion zsh > ~/.zfunc/_bonafide", "zsh, where ~/.zfunc is in fpath"}}},
    {.id = BF_CMD_HELP,
     .name = "help",
     .flags = BF_COMMAND_TEXT_ONLY,
     .operands = "[COMMAND]",
     .min_operands = 0,
     .max_operands = 2,
     .summary = "how to use a command",
     .text =
     "Prints the commands, or how to use one of them. 'help metrics' lists what eval computes, 'help presets' whose\n"
     "conventions can be followed, 'help networks' what can be run.\n",
     .examples =
     {{"bonafide help eval", "usage, options and examples"},
      {"bonafide help weights convert", "the same for a verb"}}},
    {.id = BF_CMD_VERSION,
     .name = "version",
     .flags = BF_COMMAND_TEXT_ONLY,
     .operands = "",
     .summary = "version of the program and of its numerics",
     .text =
     "Prints the version of the program and of the numerics contract. The same as bonafide --version.\n",
     .examples =
     {{"bonafide version", "one line"}, {"bonafide --version", "the same"}}},
};

const bf_command *bf_command_at(size_t index)
{
    return index < sizeof commands / sizeof commands[0] ? &commands[index] : NULL;
}

static bool same_verb(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

const bf_command *bf_command_find(const char *name, const char *verb)
{
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        if (strcmp(bf_command_at(i)->name, name) == 0 && same_verb(bf_command_at(i)->verb, verb))
            return bf_command_at(i);
    return NULL;
}

bool bf_command_is_group(const char *name)
{
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        if (bf_command_at(i)->verb != NULL && strcmp(bf_command_at(i)->name, name) == 0)
            return true;
    return false;
}

bool bf_command_takes(const bf_command *command, const bf_option *option)
{
    return option->id == BF_OPT_HELP || bf_command_has(command, option->id);
}

bool bf_command_takes_any(const bf_command *command)
{
    for (size_t i = 0; i < BF_N_OPTIONS; i++)
        if (command->options.has[i])
            return true;
    return false;
}
