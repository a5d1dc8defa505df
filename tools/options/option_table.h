/* The judge's rows of the tables in option_table.c, which alone includes this. */
#ifndef BONAFIDE_OPT_JUDGE_H
#define BONAFIDE_OPT_JUDGE_H

#define BF_JUDGE_OPTION_ROWS                                                                                 \
    {BF_OPT_REF, "ref", 0, BF_VALUE_TEXT, "SET", 0, 0, NULL,                                                 \
     "judge: real images (or their features) to compare with; not those that are judged"},                   \
    {BF_OPT_LABELS, "labels", 0, BF_VALUE_TEXT, "FILE.csv", 0, 0, NULL,                                      \
     "judge: what people said, one line per judgement or per image"},                                        \
    {BF_OPT_IDS, "ids", 0, BF_VALUE_TEXT, "FILE", 0, 0, NULL,                                                \
     "judge: names of the rows of feature files, one a line (default: row numbers)"},                        \
    {BF_OPT_LOGITS, "logits", 0, BF_VALUE_TEXT, "FILE.npy", 0, 0, NULL,                                      \
     "judge: logits beside feature files, for the blocks ent, maxp and klreal"},                             \
    {BF_OPT_REF_LOGITS, "ref-logits", 0, BF_VALUE_TEXT, "FILE.npy", 0, 0, NULL,                              \
     "judge: the reference's logits"},                                                                       \
    {BF_OPT_DATASET, "dataset", 0, BF_VALUE_TEXT, "NAME", 0, 0, NULL,                                        \
     "judge: only labels with NAME in their column dataset"},                                                \
    {BF_OPT_IGNORE_MISSING, "ignore-missing", 0, BF_VALUE_NONE, NULL, 0, 0, NULL,                            \
     "judge: leave out labels of images that are not there, and count them"},                                \
    {BF_OPT_EXCLUDE_SELF, "exclude-self", 0, BF_VALUE_NONE, NULL, 0, 0, NULL,                                \
     "judge: take images that are judged out of the reference"},                                             \
    {BF_OPT_BLOCKS, "blocks", 0, BF_VALUE_TEXT, "LIST", 0, 0, "stats",                                       \
     "judge: statistics to use, of stats, gmm, res, norm, sparsity, cosmu, kmmd, ent, maxp, klreal, raw"},   \
    {BF_OPT_COMPONENTS, "components", 0, BF_VALUE_NUMBER, "N", 1, 4096, "32",                                \
     "judge: principal components of the blocks raw and res"},                                               \
    {BF_OPT_PCA, "pca", 0, BF_VALUE_NUMBER, "N", 0, 4096, "0",                                               \
     "judge: measure distances in the first N principal components, 0 for the features themselves"},         \
    {BF_OPT_MODEL, "model", 0, BF_VALUE_CHOICE, "logistic|ridge|krr|const|truth|group", 0, 0, "logistic",    \
     "judge: the regression of labels on statistics"},                                                       \
    {BF_OPT_LAMBDA, "lambda", 0, BF_VALUE_TEXT, "X|auto", 0, 0, "1",                                         \
     "judge: strength of regularisation, or auto to choose it in folds inside the training images"},         \
    {BF_OPT_CV, "cv", 0, BF_VALUE_TEXT, "logo|kfold[:N]|block[:N]|cross", 0, 0, "logo",                      \
     "judge: leave one generator out, N folds within each group, N folds of blocks, or every set of "        \
     "training generators"},                                                                                 \
    {BF_OPT_THRESHOLD, "threshold", 0, BF_VALUE_CHOICE, "0.5|accuracy|f1|youden", 0, 0, "0.5",               \
     "judge: from which probability on an image counts as judged real, or what to choose it for on the "     \
     "training images"},                                                                                     \
    {BF_OPT_RESAMPLES, "resamples", 0, BF_VALUE_NUMBER, "N", 20, 1000000, "2000",                            \
     "judge: bootstrap resamples behind each interval"},                                                     \
    {BF_OPT_COUNT, NULL, 'n', BF_VALUE_NUMBER, "N", 2, 5000, "200",                                          \
     "images on the judge's sheet, or that sanity takes of the set"},                                        \
    {BF_OPT_JUDGE, "judge", 0, BF_VALUE_TEXT, "MODEL.npz", 0, 0, NULL,                                       \
     "a trained judge: adds what people would say of both sets, and with --per-image of each image (see "    \
     "judge train)"}

/* What reads images; no manifest is made. */
#define BF_JUDGE_NETWORK (NETWORK & ~B(BF_OPT_MANIFEST))
#define BF_JUDGE_STATISTICS                                                                                  \
    (BF_JUDGE_NETWORK | B(BF_OPT_TAP) | B(BF_OPT_IDS) | B(BF_OPT_LOGITS) | B(BF_OPT_REF) |                   \
     B(BF_OPT_REF_LOGITS) | B(BF_OPT_EXCLUDE_SELF) | B(BF_OPT_BLOCKS) | B(BF_OPT_COMPONENTS) |               \
     B(BF_OPT_PCA) | B(BF_OPT_K))
#define BF_JUDGE_TRAINING                                                                                    \
    (BF_JUDGE_STATISTICS | B(BF_OPT_LABELS) | B(BF_OPT_DATASET) | B(BF_OPT_IGNORE_MISSING) |                 \
     B(BF_OPT_MODEL) | B(BF_OPT_LAMBDA) | B(BF_OPT_SEED) | B(BF_OPT_OUTPUT))

#define BF_JUDGE_SET_TEXT                                                                                    \
    "SET is a set of images or a feature file (.npy, or FILE.npz:KEY, float [n][d]). Images are called by\n" \
    "their names in the set, rows of a feature file by their numbers or --ids; with several sets the "       \
    "set's\n"                                                                                                \
    "name comes in front: photos/a.png.\n"

#define BF_JUDGE_COMMAND_ROWS                                                                                \
    {BF_CMD_JUDGE_AGREE,                                                                                     \
     "judge",                                                                                                \
     "agree",                                                                                                \
     "LABELS.csv",                                                                                           \
     1,                                                                                                      \
     1,                                                                                                      \
     B(BF_OPT_DATASET) | B(BF_OPT_RESAMPLES) | B(BF_OPT_SEED) | B(BF_OPT_THREADS) | B(BF_OPT_JSON) |         \
         B(BF_OPT_QUIET),                                                                                    \
     0,                                                                                                      \
     "how far people agree with each other",                                                                 \
     "From labels alone: pairwise agreement, leave-one-out majority, Fleiss' kappa, Krippendorff's alpha,\n" \
     "and for each group how often people were wrong. LABELS.csv has a line per judgement (image,rater,\n"   \
     "label) or per image (image,n,k: k of n said real), and maybe the columns group, truth and block.\n",   \
     {{"bonafide judge agree labels.csv", "the table"},                                                      \
      {"bonafide judge agree labels.csv --json", "every figure"}}},                                          \
        {BF_CMD_JUDGE_FEATURES,                                                                              \
         "judge",                                                                                            \
         "features",                                                                                         \
         "SET... --ref REAL -o FILE",                                                                        \
         1,                                                                                                  \
         BF_MAX_OPERANDS,                                                                                    \
         BF_JUDGE_STATISTICS | B(BF_OPT_OUTPUT),                                                             \
         B(BF_OPT_REF) | B(BF_OPT_OUTPUT),                                                                   \
         "write the activation statistics of images",                                                        \
         "Compares every image with the real ones of --ref and writes the statistics that the other\n"       \
         "commands regress on: FILE.csv with a header, or FILE.npz with features, columns and "              \
         "images.\n\n" BF_JUDGE_SET_TEXT,                                                                    \
         {{"bonafide judge features samples/ --ref photos/ -o stats.csv", "to look at"},                     \
          {"bonafide judge features f.npy --ref r.npy --blocks stats,raw -o stats.npz", "to work with"}}},   \
        {BF_CMD_JUDGE_TRAIN,                                                                                 \
         "judge",                                                                                            \
         "train",                                                                                            \
         "SET... --ref REAL --labels FILE.csv -o MODEL.npz",                                                 \
         1,                                                                                                  \
         BF_MAX_OPERANDS,                                                                                    \
         BF_JUDGE_TRAINING,                                                                                  \
         B(BF_OPT_REF) | B(BF_OPT_LABELS) | B(BF_OPT_OUTPUT),                                                \
         "fit a judge to what people said",                                                                  \
         "Regresses the activation statistics of the images onto their labels and keeps reference and\n"     \
         "model in one file. How good it is, judge eval says: ask that first.\n\n" BF_JUDGE_SET_TEXT,        \
         {{"bonafide judge train photos/ gan/ --ref more/ --labels labels.csv -o judge.npz", "from images"}, \
          {"bonafide judge train f.npy --ids names --ref r.npy --labels l.csv --lambda auto -o j.npz",       \
           "from features"}}},                                                                               \
        {BF_CMD_JUDGE_PREDICT,                                                                               \
         "judge",                                                                                            \
         "predict",                                                                                          \
         "MODEL.npz SET...",                                                                                 \
         2,                                                                                                  \
         BF_MAX_OPERANDS,                                                                                    \
         BF_JUDGE_NETWORK | B(BF_OPT_TAP) | B(BF_OPT_IDS) | B(BF_OPT_LOGITS) | B(BF_OPT_OUTPUT),             \
         0,                                                                                                  \
         "what people would say of images",                                                                  \
         "The probability that a person calls an image real, for every image of the sets; -o FILE.csv\n"     \
         "keeps it. Images need the same weights, preset and layer as in training.\n\n" BF_JUDGE_SET_TEXT,   \
         {{"bonafide judge predict judge.npz new_samples/ -o p.csv", "one line per image"},                  \
          {"bonafide judge predict judge.npz a/ b/ --json", "means of two sets"}}},                          \
        {BF_CMD_JUDGE_EVAL,                                                                                  \
         "judge",                                                                                            \
         "eval",                                                                                             \
         "SET... --ref REAL --labels FILE.csv",                                                              \
         1,                                                                                                  \
         BF_MAX_OPERANDS,                                                                                    \
         BF_JUDGE_TRAINING | B(BF_OPT_CV) | B(BF_OPT_THRESHOLD) | B(BF_OPT_RESAMPLES),                       \
         B(BF_OPT_REF) | B(BF_OPT_LABELS),                                                                   \
         "how well a judge predicts people, by cross-validation",                                            \
         "Trains on a part of the images, predicts the others, and compares with what people said, with\n"   \
         "how far people agree among themselves, and with trivial baselines. Folds leave out one "           \
         "generator\n"                                                                                       \
         "unless --cv says otherwise; what shares a block with a tested image does not train its fold.\n"    \
         "The default statistics find what distance to real images finds; --blocks raw --model krr looks\n"  \
         "beyond it. -o DIR keeps predictions.csv and report.json.\n\n" BF_JUDGE_SET_TEXT,                   \
         {{"bonafide judge eval photos/ gan/ vae/ --ref more/ --labels labels.csv -o report",                \
           "generators that training did not see"},                                                          \
          {"bonafide judge eval f.npy --ref r.npy --labels l.csv --cv kfold:5 --model krr",                  \
           "within known ones"}}},                                                                           \
    {                                                                                                        \
        BF_CMD_JUDGE_SHEET, "judge", "sheet", "REAL GEN... -o DIR", 2, BF_MAX_OPERANDS,                      \
            B(BF_OPT_COUNT) | B(BF_OPT_SEED) | B(BF_OPT_BITS) | B(BF_OPT_OUTPUT) | B(BF_OPT_JSON) |          \
                B(BF_OPT_QUIET),                                                                             \
            B(BF_OPT_OUTPUT), "a page on which people label images",                                         \
            "Writes DIR/index.html, one file that needs no network: it shows half real and half generated "  \
            "images\n"                                                                                       \
            "in an order drawn by --seed, asks real or fake, keeps the answers in the browser and saves "    \
            "them as\n"                                                                                      \
            "labels that judge train and judge eval read; cat joins the files of several people. Sets are\n" \
            "called by their last part: REAL/a.png.\n",                                                      \
        {                                                                                                    \
            {"bonafide judge sheet photos/ gan/ vae/ -n 300 -o sheet", "then open sheet/index.html"},        \
            {                                                                                                \
                "bonafide judge sheet photos/ gan/ -n 50 --seed 7 -o sheet7",                                \
                    "fewer pictures, in another order"                                                       \
            }                                                                                                \
        }                                                                                                    \
    }

#endif
