/* Every public function that makes something out of memory or files, called once for each of its allocations and reads
 * that can fail, alone and with all that follow: it must say what failed, hand out nothing, and give back what it took.
 * Which functions those are is read from the headers: one that is not in the table below fails the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/feat.h"
#include "engine/files/npy_read.h"
#include "engine/files/npy_write.h"
#include "metrics/gmet.h"
#include "metrics/judge/gjudge.h"
#include "tests/faults/commands.h"
#include "tests/faults/set_makers.h"
#include "tests/faults/small_net.h"
#include "tests/weights/weightgen.h"
#include "tools/base/files.h"
#include "tools/features/featurize.h"
#include "tools/formats/csv.h"
#include "tools/formats/json_read.h"
#include "tools/formats/rowstore.h"
#include "tools/formats/zip.h"
#include "tools/html/thumbs.h"
#include "tools/judge/judge_file.h"
#include "tools/judge/judge_key.h"
#include "tools/judge/judge_labels.h"
#include "tools/judge/judge_words.h"
#include "tools/options/parse_args.h"
#include "tools/options/weights_find.h"
#include "tools/records/manifest.h"
#include "tools/records/part.h"
#include "tools/records/results_read.h"
#include "tools/run/layer.h"
#include "tools/run/run.h"
#include "tools/sets/set.h"
#include "weights/convert.h"

static feat_error err;

/* What several makers need and that is made beforehand. */
static feat_weights *weights;
static feat_model *model;
static bf_judge_file judge;
static char top[512]; /* of the source tree */

/* A maker that fails must leave NULL behind, whatever was there. */
#define MAKE(type, call, close_it)                                                                           \
    do {                                                                                                     \
        type *made = (type *)(void *)&err;                                                                   \
        feat_status status = call;                                                                            \
        if (status != FEAT_OK && made != NULL)                                                                \
            fail_msg("%s leaves something behind", #call);                                                   \
        if (status == FEAT_OK)                                                                                \
            close_it;                                                                                        \
        return status;                                                                                       \
    } while (0)

/* --- libfeat and libgmet --------------------------------------------------------------------------------- */

static feat_status make_weights(void)
{
    MAKE(feat_weights, feat_weights_open(&made, "small.iv3", &err), feat_weights_close(&made));
}

/* The bytes of small.iv3, which setup has read. */
static gen_buf image;

static feat_status make_from_memory(void)
{
    MAKE(feat_weights, feat_weights_from_memory_among(&made, image.p, image.n, "memory", small_nets, &err),
         feat_weights_close(&made));
}

static feat_status make_synth(void)
{
    MAKE(feat_weights, feat_weights_synth(&made, 1, feat_net_at(0), &err), feat_weights_close(&made));
}

static feat_status make_model(void)
{
    MAKE(feat_model, feat_model_create(&made, weights, NULL, &err), feat_model_close(&made));
}

static feat_status make_session(void)
{
    MAKE(feat_session, feat_session_create(&made, model, NULL, &err), feat_session_close(&made));
}

static feat_status make_pool(void)
{
    MAKE(feat_pool, feat_pool_create(&made, 3, &err), feat_pool_close(&made));
}

static feat_status make_moments(void)
{
    return faults_keep_moments(&err);
}

static feat_status read_stats(void)
{
    gmet_stats stats = {.d = 1};
    feat_status status = gmet_stats_read(&stats, NULL, "a.npz", &err);
    if (status != FEAT_OK && (stats.mu != NULL || stats.sigma != NULL || stats.d != 0))
        fail_msg("gmet_stats_read leaves something behind");
    gmet_stats_release(&stats);
    return status;
}

static const double numbers[60] = {1, 5, 2, 8, 3, 9, 4, 7, 6, 0, 2, 2, 8, 1, 9, 3, 5, 5, 7, 4,
                                   1, 1, 6, 9, 8, 8, 3, 2, 5, 7, 3, 1, 7, 4, 6, 2, 9, 0, 8, 5,
                                   4, 6, 1, 7, 2, 3, 9, 9, 5, 0, 6, 8, 7, 3, 4, 1, 0, 2, 2, 9};

static feat_status make_ref(void)
{
    const gmet_judge_rows rows = {.g = numbers, .n = 20, .d = 3};
    gmet_judge_ref_options options;
    gmet_judge_ref_options_init(&options, sizeof options);
    options.blocks = GMET_JUDGE_STATS | GMET_JUDGE_GMM | GMET_JUDGE_RAW | GMET_JUDGE_RES;
    options.components = options.mixture = options.pca = 2;
    MAKE(gmet_judge_ref, gmet_judge_ref_create(&made, &rows, NULL, &options, NULL, &err), gmet_judge_ref_close(&made));
}

static feat_status make_ref_again(void)
{
    gmet_judge_ref_parts parts;
    gmet_judge_ref_view(&parts, judge.ref);
    MAKE(gmet_judge_ref, gmet_judge_ref_restore(&made, &parts, &err), gmet_judge_ref_close(&made));
}

static feat_status make_fit(gmet_judge_kind kind)
{
    static const uint32_t n[20] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    static const uint32_t k[20] = {1, 0, 2, 1, 0, 2, 0, 1, 1, 2, 0, 0, 1, 2, 2, 1, 0, 1, 2, 0};
    gmet_judge_set set = {.n = 20, .n_labels = n, .k_real = k};
    gmet_judge_fit_options options;
    gmet_judge_fit_options_init(&options, sizeof options);
    options.kind = kind;
    MAKE(gmet_judge_model, gmet_judge_fit(&made, &(gmet_judge_samples){numbers, 3, &set}, NULL, &options, NULL, &err),
         gmet_judge_model_close(&made));
}

static feat_status make_logistic(void)
{
    return make_fit(GMET_JUDGE_LOGISTIC);
}

static feat_status make_krr(void)
{
    return make_fit(GMET_JUDGE_KRR);
}

static feat_status make_model_again(void)
{
    gmet_judge_model_parts parts;
    gmet_judge_model_view(&parts, judge.model);
    MAKE(gmet_judge_model, gmet_judge_model_restore(&made, &parts, &err), gmet_judge_model_close(&made));
}

/* --- weights ------------------------------------------------------------------------------------------------ */

static feat_status convert(const char *in)
{
    const feat_convert_options options = {in, "out/w.iv3", FEAT_FLOAT32, NULL};
    return feat_convert(&options, NULL, &err);
}

static feat_status convert_legacy(void)
{
    return convert("legacy.pth");
}

static feat_status convert_zip(void)
{
    return convert("zip.pth");
}

static feat_status convert_safetensors(void)
{
    return convert("model.safetensors");
}

static feat_status convert_graph(void)
{
    return convert("graph.pb");
}

static feat_status convert_js(void)
{
    return convert("js");
}

static feat_status make_named(void)
{
    MAKE(feat_weights, bf_weights_open(&made, "small.iv3", NULL, &err), feat_weights_close(&made));
}

/* --- tools -------------------------------------------------------------------------------------------------- */

static feat_status make_cache(void)
{
    return faults_open_cache(&err);
}

static feat_status make_run(void)
{
    static const char *const line[] = {"fid", "a.npy", "b.npy"};
    union {
        const char *const *given;
        char *const *words;
    } u = {line};
    bf_args args;
    assert_int_equal(bf_args_parse(&args, 3, u.words, &err), FEAT_OK);
    MAKE(bf_run, bf_run_open(&made, &args, &err), bf_run_close(&made));
}

static feat_status make_past(void)
{
    static bf_past_run run;
    return bf_past_read(&run, "r1.json", &err);
}

static feat_status make_csv(void)
{
    MAKE(bf_csv, bf_csv_open(&made, "labels.csv", &err), bf_csv_close(&made));
}

static feat_status make_featurizer(void)
{
    MAKE(bf_featurizer, bf_featurizer_create(&made, model, NULL, feat_preset_find("tf1"), 2, &err),
         bf_featurizer_close(&made));
}

static feat_status read_file(void)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    feat_status status = bf_file_read(&bytes, &n, "labels.csv", 1 << 20, &err);
    feat_free(bytes);
    return status;
}

static feat_status make_new_file(void)
{
    bf_new_file file;
    feat_status status = bf_new_file_open(&file, "out/new", &err);
    if (status == FEAT_OK)
        bf_new_file_abandon(&file);
    return status;
}

static feat_status make_npy(void)
{
    MAKE(feat_npy_writer, feat_npy_create(&made, "out/new.npy", 3, 4, &err), feat_npy_abandon(&made));
}

static feat_status make_rowstore(void)
{
    MAKE(bf_rowstore, bf_rowstore_create(&made, 3, 4, "rows", &err), bf_rowstore_close(&made));
}

static feat_status read_json(void)
{
    MAKE(bf_jsonread, bf_jsonread_file(&made, "r1.json", &err), bf_jsonread_close(&made));
}

static feat_status read_pickled(void)
{
    return faults_read_pickled(top, &err);
}

static feat_status read_doubles(void)
{
    static double x[12 * 5];
    bf_set *set = NULL;
    feat_status status = bf_set_open(&set, "logits.npy", &err);
    if (status == FEAT_OK && bf_set_count(set) * bf_set_feature_dim(set) <= sizeof x / sizeof x[0])
        status = bf_set_read_doubles(set, x, &err);
    bf_set_close(&set);
    return status;
}

/* Opens a set and reads one of each kind of thing that it holds. A name that begins with + is of a seed of the fuzzing
 * of sets, or a pattern that several of them fit. */
static feat_status read_set(const char *name, bool prefer_stats)
{
    char spec[800];
    bool is_seed = name[0] == '+';
    snprintf(spec, sizeof spec, "%s%s%s", is_seed ? top : "", is_seed ? "/tests/fuzz/corpus/set/" : "",
             is_seed ? name + 1 : name);
    return faults_read_set(spec, prefer_stats, &err);
}

static feat_status read_frames(void)
{
    int fd = open("batch.npy", O_RDONLY | O_CLOEXEC);
    if (fd < 0) { /* the test's own file, and not what is tried here */
        err = (feat_error){FEAT_ERR_IO, ""};
        snprintf(err.message, sizeof err.message, "%s", strerror(errno));
        return FEAT_ERR_IO;
    }
    (void)lseek(fd, 128, SEEK_SET);
    bf_set *set = (bf_set *)(void *)&err;
    feat_status status = bf_set_open_raw(&set, fd, 6, 5, &err);
    close(fd);
    if (status != FEAT_OK)
        assert_null(set);
    bf_set_close(&set);
    return status;
}

static feat_status read_names(void)
{
    const bf_set_names names = {"a.png\0b.png", 2};
    MAKE(bf_set, bf_set_open_names(&made, "set", &names, 1, &err), bf_set_close(&made));
}

static feat_status read_judge(void)
{
    bf_judge_file file;
    feat_status status = bf_judge_file_read(&file, "model.npz", &err);
    bf_judge_file_close(&file);
    return status;
}

static feat_status read_key(void)
{
    bf_judge_key key;
    feat_status status = bf_judge_key_read(&key, "key.csv", &err);
    bf_judge_key_free(&key);
    return status;
}

static feat_status read_labels(void)
{
    bf_labels labels = {0};
    feat_status status = bf_labels_read(&labels, "labels.csv", NULL, &err);
    bf_labels_free(&labels);
    return status;
}

static feat_status read_words(void)
{
    bf_judge_words words;
    feat_status status = bf_judge_words_read(&words, "labels.csv", &err);
    bf_judge_words_free(&words);
    return status;
}

static feat_status make_manifest(void)
{
    MAKE(bf_manifest, bf_manifest_create(&made, &err), bf_manifest_close(&made));
}

static feat_status read_manifest(void)
{
    MAKE(bf_manifest, bf_manifest_read(&made, "run.json", &err), bf_manifest_close(&made));
}

static feat_status read_array_file(void)
{
    feat_array array;
    feat_status status = feat_array_open_file(&array, "a.npy", &err);
    if (status == FEAT_OK)
        feat_array_close(&array);
    return status;
}

static feat_status read_part(void)
{
    MAKE(bf_part, bf_part_open(&made, "f1.part", &err), bf_part_close(&made));
}

static feat_status make_thumbs(void)
{
    MAKE(bf_thumbs, bf_thumbs_create(&made, &err), bf_thumbs_close(&made));
}

static feat_status read_archive(void)
{
    feat_archive *zip = (feat_archive *)(void *)&err;
    uint8_t *bytes = NULL;
    size_t n = 0;
    feat_status status = bf_zip_open(&zip, "a.npz", &err);
    if (status != FEAT_OK)
        assert_null(zip);
    if (status == FEAT_OK)
        status = feat_archive_read(zip, 0, &bytes, &n, 1 << 20, &err);
    feat_free(bytes);
    feat_archive_close(&zip);
    return status;
}

/* --- the table ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *names; /* the functions that it reaches */
    feat_status (*make)(void);
    const char *set; /* what read_set gets where there is no function; neither: it takes a run of the program, and
                      * test_faults.c is full of them */
    bool is_stats;
} makers[] = {
    {"feat_weights_open feat_weights_open_among", .make = make_weights},
    {"feat_weights_from_memory feat_weights_from_memory_among", .make = make_from_memory},
    {"feat_weights_synth", .make = make_synth},
    {"feat_model_create feat_model_create_net feat_weights_read feat_read_tensor feat_weights_stream_open "
     "feat_stored_read", .make = make_model},
    {"feat_session_create", .make = make_session},
    {"feat_pool_create", .make = make_pool},
    {"gmet_moments_create gmet_moments_load gmet_moments_load_bytes", .make = make_moments},
    {"gmet_stats_read", .make = read_stats},
    {"gmet_judge_ref_create", .make = make_ref},
    {"gmet_judge_ref_restore", .make = make_ref_again},
    {"gmet_judge_fit bf_judge_fit_options", .make = make_logistic},
    {"gmet_judge_fit", .make = make_krr},
    {"gmet_judge_model_restore", .make = make_model_again},
    {"feat_read_torch_legacy feat_load_file", .make = convert_legacy},
    {"feat_read_torch_zip feat_zip_open", .make = convert_zip},
    {"feat_read_safetensors", .make = convert_safetensors},
    {"feat_read_graphdef", .make = convert_graph},
    {"feat_read_tfjs feat_js_parse", .make = convert_js},
    {"bf_weights_open", .make = make_named},
    {"bf_cache_open bf_cache_secret_read", .make = make_cache},
    {"bf_run_open", .make = make_run},
    {"bf_past_read", .make = make_past},
    {"bf_csv_open", .make = make_csv},
    {"bf_featurizer_create", .make = make_featurizer},
    {"bf_file_open bf_file_read bf_file_read_at feat_file_open feat_file_read feat_file_read_at", .make = read_file},
    {"bf_new_file_open feat_new_file_open", .make = make_new_file},
    {"feat_npy_create", .make = make_npy},
    {"bf_rowstore_create", .make = make_rowstore},
    {"bf_jsonread_file bf_jsonread_text bf_jsonread_take", .make = read_json},
    {"bf_set_open bf_set_open_as bf_source_folder bf_set_read_image", .set = "imgs"},
    {"bf_source_zip", .set = "gen.zip"},
    {"bf_source_list", .set = "@list.txt"},
    {"bf_source_array", .set = "batch.npy"},
    {"bf_source_array named.npz:feats", .set = "named.npz:feats"},
    {"bf_source_pickled bf_statfile_open bf_statfile_read bf_stat_pickle_open", .make = read_pickled},
    {"bf_set_read_doubles", .make = read_doubles},
    {"bf_source_records", .set = "cifar.bin"},
    {"bf_picture_batch_open", .set = "+batch_4.pkl"},
    {"bf_picture_batch_open of protocol 2", .set = "+batch_2.pkl"},
    {"bf_source_tar bf_tar_open bf_tar_read", .set = "+pax.tar"},
    {"bf_source_joined", .set = "+*.tar"},
    {"bf_array_open_idx", .set = "+idx"},
    {"bf_array_open_idx packed", .set = "+idx.gz"},
    {"bf_set_read_features bf_set_read_rows", .set = "a.npy"},
    {"bf_set_open_npz bf_set_read_stats bf_layer_read_stored", .set = "a.npz", .is_stats = true},
    {"feat_array_open_member feat_array_read", .set = "adm.npz"},
    {"bf_set_read_spatial", .set = "adm.npz", .is_stats = true},
    {"bf_set_open_raw", .make = read_frames},
    {"bf_set_open_names", .make = read_names},
    {"bf_judge_file_read", .make = read_judge},
    {"bf_labels_read bf_labels_read_keyed", .make = read_labels},
    {"bf_judge_key_read", .make = read_key},
    {"bf_judge_words_read", .make = read_words},
    {"bf_manifest_create", .make = make_manifest},
    {"bf_manifest_read bf_manifest_parse", .make = read_manifest},
    {"feat_array_open_file", .make = read_array_file},
    {"bf_part_open", .make = read_part},
    {"bf_thumbs_create", .make = make_thumbs},
    {"bf_zip_open feat_archive_open feat_archive_read", .make = read_archive},
    {"bf_cmd_weights_synth bf_side_open bf_pair_open bf_judge_open bf_bundle_open", .make = NULL},
};
enum { N_MAKERS = sizeof makers / sizeof makers[0] };

static bool is_listed(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < N_MAKERS; i++)
        for (const char *at = makers[i].names; (at = strstr(at, name)) != NULL; at += n)
            if ((at == makers[i].names || at[-1] == ' ') && (at[n] == 0 || at[n] == ' '))
                return true;
    return false;
}

/* "_open" and the like: as the last word of a name, or before the word for what kind. */
static bool makes(const char *name)
{
    static const char *const words[] = {"_create", "_open", "_read", "_synth", "_restore", "_fit"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *at = strstr(name, words[i]);
        char after = at != NULL ? at[strlen(words[i])] : 'x';
        if (after == 0 || after == '_')
            return true;
    }
    return false;
}

static size_t look_through(const char *path)
{
    gen_buf b = {NULL, 0, 0};
    size_t n_found = 0;
    gen_read_file(path, &b);
    gen_put(&b, "", 1);
    for (const char *at = (const char *)b.p; (at = strstr(at, "feat_status ")) != NULL;) {
        char name[80];
        at += strlen("feat_status ");
        size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz_0123456789");
        if (n == 0 || n >= sizeof name || at[n] != '(')
            continue;
        memcpy(name, at, n);
        name[n] = 0;
        if (!makes(name))
            continue;
        n_found++;
        if (!is_listed(name))
            fail_msg("%s: no line of the table above makes '%s' fail", path, name);
    }
    gen_free(&b);
    return n_found;
}

/* The headers of a room of the readers of weights or of the tools, if it is one. (MPI is not for these machines.) */
static size_t look_through_room(const char *room, size_t n_room)
{
    static const char *const wanted[] = {"weights", "tools/", "engine/files", "engine/flat", "engine/nets"};
    char folder[800], path[1200];
    size_t n_found = 0, is_wanted = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        is_wanted += strncmp(room, wanted[i], strlen(wanted[i])) == 0;
    if (is_wanted == 0 || strncmp(room, "tools/mpi", n_room) == 0)
        return 0;
    snprintf(folder, sizeof folder, "%s/%.*s", top, (int)n_room, room);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        size_t n = strlen(e->d_name);
        snprintf(path, sizeof path, "%s/%.200s", folder, e->d_name);
        if (n > 2 && strcmp(e->d_name + n - 2, ".h") == 0)
            n_found += look_through(path);
    }
    closedir(dir);
    return n_found;
}

static void every_maker_is_here(void **state)
{
    static const char *const publics[] = {"engine/feat.h",
                                          "engine/base/common.h",
                                          "metrics/across/across.h",
                                          "metrics/diversity/diversity.h",
                                          "metrics/frechet/frechet.h",
                                          "metrics/judge/gjudge.h",
                                          "metrics/linalg/linalg.h",
                                          "metrics/manifold/manifold.h",
                                          "metrics/moments/moments.h",
                                          "metrics/twosample/twosample.h"};
    gen_buf rooms = {NULL, 0, 0};
    size_t n_found = 0;
    char path[800];
    (void)state;
    for (size_t i = 0; i < sizeof publics / sizeof publics[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", top, publics[i]);
        n_found += look_through(path);
    }
    snprintf(path, sizeof path, "%s/tests/lint/layers.txt", top);
    gen_read_file(path, &rooms);
    gen_put(&rooms, "", 1);
    for (char *line = strtok((char *)rooms.p, "\n"); line != NULL; line = strtok(NULL, "\n"))
        for (const char *room = line; line[0] != '#' && *room != 0; room += strspn(room, " ")) {
            size_t n = strcspn(room, " ");
            n_found += look_through_room(room, n);
            room += n;
        }
    gen_free(&rooms);
    print_message("%zu functions that make things\n", n_found);
    assert_true(n_found > 40);
}

/* --- the faults ---------------------------------------------------------------------------------------------- */

static bool is_made_here(size_t i)
{
    return makers[i].make != NULL || makers[i].set != NULL;
}

static feat_status run(size_t i, const machine_plan *plan)
{
    err = (feat_error){FEAT_OK, ""};
    machine_start(plan);
    feat_status status = makers[i].make != NULL ? makers[i].make() : read_set(makers[i].set, makers[i].is_stats);
    machine_stop();
    return status;
}

static int free_descriptor(void)
{
    int fd = dup(0);
    close(fd);
    return fd;
}

static void fail_one_by_one(size_t i, machine_call call, feat_status expected, size_t *n_tried)
{
    const machine_plan none = {.n = -1};
    if (run(i, &none) != FEAT_OK)
        fail_msg("%s: %s", makers[i].names, err.message);
    long n_calls = machine_count(call);
    size_t live = feat_alloc_live();
    int fd = free_descriptor();
    for (long n = 0; n < n_calls; n++)
        for (int stays = 0; stays < 2; stays++, ++*n_tried) {
            const machine_plan plan = {.call = call, .n = n, .stays = stays != 0, .error = EIO};
            feat_status status = run(i, &plan);
            if (feat_alloc_live() != live || free_descriptor() != fd)
                fail_msg("%s: call %ld: memory or descriptors left", makers[i].names, n);
            if (status == FEAT_OK && err.message[0] == 0)
                continue; /* what failed was not needed; a pool with fewer threads */
            if (status != expected || err.status != expected || err.message[0] == 0 ||
                (call == CALL_READ && strstr(err.message, strerror(EIO)) == NULL))
                fail_msg("%s: call %ld: status %d: %s", makers[i].names, n, (int)status, err.message);
        }
}

static void no_memory(void **state)
{
    size_t n_tried = 0;
    (void)state;
    for (size_t i = 0; i < N_MAKERS; i++)
        if (is_made_here(i))
            fail_one_by_one(i, CALL_ALLOC, FEAT_ERR_NOMEM, &n_tried);
    print_message("%zu allocations failed\n", n_tried);
}

static void broken_reads(void **state)
{
    size_t n_tried = 0;
    (void)state;
    for (size_t i = 0; i < N_MAKERS; i++)
        if (is_made_here(i))
            fail_one_by_one(i, CALL_READ, FEAT_ERR_IO, &n_tried);
    print_message("%zu reads failed\n", n_tried);
}

static void no_threads(void **state)
{
    size_t n_tried = 0;
    (void)state;
    for (size_t i = 0; i < N_MAKERS; i++)
        if (is_made_here(i))
            fail_one_by_one(i, CALL_THREAD, FEAT_OK, &n_tried);
    print_message("%zu threads failed\n", n_tried);
    assert_true(n_tried >= 4);
}

/* Reads that come in pieces or are interrupted are no failures. */
static void in_pieces(void **state)
{
    const machine_plan pieces = {.n = -1, .pieces = true};
    (void)state;
    for (size_t i = 0; i < N_MAKERS; i++)
        if (is_made_here(i) && run(i, &pieces) != FEAT_OK)
            fail_msg("%s: %s", makers[i].names, err.message);
}

static int setup(void **state)
{
    if (getcwd(top, sizeof top) == NULL || fault_setup(state) != 0)
        return 1;
    char path[700];
    gen_buf b = {NULL, 0, 0};
    snprintf(path, sizeof path, "%s/tests/data/sets/adm.npz", top);
    gen_read_file(path, &b);
    gen_write_file("adm.npz", b.p, b.n);
    static const char records[2 * 3073] = {3};
    gen_write_file("cifar.bin", records, sizeof records);
    gen_free(&b);
    gen_read_file("small.iv3", &image);
    return feat_weights_open(&weights, "small.iv3", &err) != FEAT_OK ||
           feat_model_create(&model, weights, NULL, &err) != FEAT_OK ||
           bf_judge_file_read(&judge, "model.npz", &err) != FEAT_OK;
}

static int teardown(void **state)
{
    feat_model_close(&model);
    feat_weights_close(&weights);
    bf_judge_file_close(&judge);
    gen_free(&image);
    return fault_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_maker_is_here), cmocka_unit_test(no_memory), cmocka_unit_test(broken_reads),
        cmocka_unit_test(no_threads),          cmocka_unit_test(in_pieces),
    };
    return cmocka_run_group_tests_name("makers", tests, setup, teardown);
}
