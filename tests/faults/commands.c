/* See commands.h. */
#define _GNU_SOURCE /* memfd_create */
#include "tests/faults/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/files/npy_write.h"
#include "tests/faults/small_net.h"
#include "tests/weights/weightgen.h"
#include "tools/program/program.h"

#if defined(__x86_64__)
#define FAULT_ISA "avx2"
#else
#define FAULT_ISA "neon"
#endif
#define HERE " --sandbox off --threads 1"
#define NET " --weights synth:1 --tap 64" HERE
#define ALL_TAPS " --weights synth:1" HERE

static const fault_command commands[] = {
    {BF_CMD_FID, "fid imgs gen.zip --skip-bad" NET " --manifest out/run.json --json=out/result.json", NULL},
    {BF_CMD_FID, "fid a.npz b.npy" HERE, NULL},
    {BF_CMD_FID, "fid a.npy b.npy --take 25 --json=out/result.json" HERE, NULL},
    {BF_CMD_FID, "fid named.npz named.npz:feats" HERE, NULL},
    {BF_CMD_FID, "fid a.npy b.npy --table latex --cite --json=out/result.json" HERE, NULL},
    {BF_CMD_IS, "is imgs --splits 2" ALL_TAPS " --skip-bad --json=out/result.json", NULL},
    {BF_CMD_IS, "is logits.npy --splits 2" HERE, NULL},
    {BF_CMD_KID, "kid imgs @list.txt --kid-subsets 2 --kid-size 2" NET, NULL},
    {BF_CMD_KID, "kid a.npy b.npy --kid-subsets 3 --kid-size 10" HERE, NULL},
    {BF_CMD_PR, "pr imgs batch.npy -k 1" NET, NULL},
    {BF_CMD_PR, "pr a.npy b.npy --table markdown --digits all --cite" HERE, NULL},
    {BF_CMD_EVAL,
     "eval imgs gen.zip --skip-bad --splits 1 -k 1 --metrics is,kid,pr,dc --per-image out/images.csv --report out/page "
     "--manifest out/run.json --json=out/result.json" ALL_TAPS,
     NULL},
    {BF_CMD_EVAL, "eval classed classed --metrics per-class --manifest out/run.json --json=out/result.json" ALL_TAPS,
     NULL},
    {BF_CMD_EVAL, "eval classed classed --metrics per-class --shard 1/2 -o out/1.part" ALL_TAPS, NULL},
    {BF_CMD_EVAL, "eval a.npy b.npy --all --kid-subsets 3 --kid-size 10 --json=out/result.json" HERE, NULL},
    {BF_CMD_EVAL, "eval a.npy b.npy --metrics fid --judge model.npz" HERE, NULL},
    {BF_CMD_EVAL, "eval a.npy logits.npy --metrics is --splits 2" HERE, NULL},
    {BF_CMD_FEATURES, "features imgs -o out/features.npy --manifest out/run.json" NET, NULL},
    {BF_CMD_FEATURES, "features imgs -o out/features.npy --cache out/cache" NET, "out/cache"},
    {BF_CMD_FEATURES, "features imgs -o out/feats.npz --skip-bad" NET, NULL},
    {BF_CMD_FEATURES, "features imgs -o out/1.part --shard 1/2" NET, NULL},
    {BF_CMD_STATS, "stats imgs -o out/stats.npz --manifest out/run.json" NET, NULL},
    {BF_CMD_STATS, "stats imgs -o out/2.part --shard 2/2" NET, NULL},
    {BF_CMD_STATS, "stats a.npy -o out/stats.npz" HERE, NULL},
    {BF_CMD_STATS, "stats more -o out/stats.npz --weights synth:1 --tap 64 --threads 1", NULL}, /* with its sandbox */
    {BF_CMD_PLAN, "plan imgs gen.zip --shards 2 -o out/result.json", NULL},
    {BF_CMD_MERGE, "merge parts -o out/stats.npz --manifest out/run.json --threads 1", NULL},
    {BF_CMD_MERGE, "merge c1.part c2.part --json=out/result.json --threads 1", NULL},
    {BF_CMD_MERGE, "merge f1.part f2.part -o out/features.npy --threads 1", NULL},
    {BF_CMD_AUDIT, "audit run.json --bundle out/run.tar --json=out/result.json" HERE, NULL},
    {BF_CMD_AUDIT, "audit run.tar" HERE, NULL},
    {BF_CMD_AUDIT, "audit run.json" HERE, NULL},
    {BF_CMD_COMPARE, "compare r1.json r2.json run.json --allow preset,weights,n,tap,pixels,numerics,real,settings "
                     "--table csv --report out/page --json=out/result.json",
     NULL},
    {BF_CMD_SANITY,
     "sanity many -o out/sanity -n 24 --disturb contamination -k 1 --density-k 1 --json=out/result.json" ALL_TAPS,
     NULL},
    {BF_CMD_DRIFT, "drift many -k 1 --density-k 1 --json=out/result.json" ALL_TAPS, NULL},
    {BF_CMD_SELFTEST, "selftest --threads 1 --isa " FAULT_ISA " --json=out/result.json", NULL},
    {BF_CMD_JUDGE_AGREE, "judge agree labels.csv --threads 1 --json=out/result.json", NULL},
    {BF_CMD_JUDGE_AGREE, "judge agree paged.csv --key key.csv --threads 1 --json=out/result.json", NULL},
    {BF_CMD_JUDGE_FEATURES, "judge features b.npy --ref a.npy -o out/features.npz -k 3 --pca 4" HERE, NULL},
    {BF_CMD_JUDGE_TRAIN,
     "judge train b.npy --ref a.npy --labels labels.csv -o out/model.npz -k 3 --pca 4 --components 2" HERE, NULL},
    {BF_CMD_JUDGE_PREDICT, "judge predict model.npz b.npy -o out/said.csv" HERE, NULL},
    {BF_CMD_JUDGE_EVAL,
     "judge eval b.npy --ref a.npy --labels labels.csv --cv kfold:2 --resamples 20 -k 3 -o out/judged" HERE, NULL},
    {BF_CMD_JUDGE_SHEET, "judge sheet imgs more -n 4 -o out/sheet --text labels.csv", NULL},
    {BF_CMD_WEIGHTS_GET, "weights get --from legacy.pth -o out/w.iv3 --json=out/result.json", NULL},
    {BF_CMD_WEIGHTS_LIST, "weights list --json=out/result.json", NULL},
    {BF_CMD_WEIGHTS_CONVERT, "weights convert legacy.pth out/w.iv3", NULL},
    {BF_CMD_WEIGHTS_CONVERT, "weights convert zip.pth out/w.iv3 --dtype float16 --json=out/result.json", NULL},
    {BF_CMD_WEIGHTS_CONVERT, "weights convert model.safetensors out/w.iv3", NULL},
    {BF_CMD_WEIGHTS_CONVERT, "weights convert graph.pb out/w.iv3", NULL},
    {BF_CMD_WEIGHTS_CONVERT, "weights convert js out/w.iv3", NULL},
    {BF_CMD_WEIGHTS_INFO, "weights info small.iv3 --json=out/result.json", NULL},
    {BF_CMD_WEIGHTS_VERIFY, "weights verify small.iv3", NULL},
    {BF_CMD_WEIGHTS_SYNTH, "weights synth 1 out/w.iv3", NULL},
    {BF_CMD_REFS_GET, "refs get small --json=out/result.json", "out/bonafide/refs/coming"},
    {BF_CMD_REFS_ADD, "refs add a.npz --json=out/result.json", NULL},
    {BF_CMD_REFS_LIST, "refs list --json=out/result.json", NULL},
    {BF_CMD_CPU, "cpu --threads 1 --json=out/result.json", NULL},
    {BF_CMD_MANUAL, "manual eval", NULL},
    {BF_CMD_COMPLETION, "completion bash", NULL},
    {BF_CMD_HELP, "help eval", NULL},
    {BF_CMD_VERSION, "version", NULL},
};

const fault_command *fault_command_at(size_t index)
{
    return index < sizeof commands / sizeof commands[0] ? &commands[index] : NULL;
}

/* --- running ---------------------------------------------------------------------------------------------- */

char fault_said[8192], fault_printed[16384];

static void take_back(int fd, int kept, int memory, char *text, size_t room)
{
    (void)dup2(kept, fd);
    close(kept);
    ssize_t n = pread(memory, text, room - 1, 0);
    text[n > 0 ? n : 0] = 0;
    close(memory);
}

int fault_run(const char *line, const machine_plan *plan)
{
    static char text[1024];
    static char name[] = "bonafide";
    char *words[48];
    int n = 0;
    words[n++] = name;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word != NULL && n < 47; word = strtok(NULL, " "))
        words[n++] = word;
    words[n] = NULL;
    fflush(stdout);
    fflush(stderr);
    int out = memfd_create("out", 0), err = memfd_create("err", 0), kept_out = dup(1), kept_err = dup(2);
    (void)dup2(out, 1);
    (void)dup2(err, 2);
    machine_start(plan);
    int code = bf_program(n, words, NULL);
    machine_stop();
    fflush(stdout);
    fflush(stderr);
    take_back(1, kept_out, out, fault_printed, sizeof fault_printed);
    take_back(2, kept_err, err, fault_said, sizeof fault_said);
    return code;
}

/* --- what is in out/ ---------------------------------------------------------------------------------------- */

static const char earlier[] = "earlier\n";

static void look_into(fault_files *files, const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        char path[120];
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        assert_true(snprintf(path, sizeof path, "%s/%.60s", folder, entry->d_name) < (int)sizeof path);
        assert_int_equal(stat(path, &info), 0);
        if (S_ISDIR(info.st_mode)) {
            look_into(files, path);
            continue;
        }
        gen_buf b = {NULL, 0, 0};
        gen_read_file(path, &b);
        assert_true(files->n < MAX_FILES);
        memcpy(files->file[files->n].path, path, sizeof path);
        files->file[files->n].hash = feat_hash64(b.n > 0 ? (const void *)b.p : "", b.n);
        files->file[files->n++].bytes = b.n;
        gen_free(&b);
    }
    closedir(dir);
}

void fault_look(fault_files *files)
{
    files->n = 0;
    look_into(files, "out");
}

void fault_earlier(const fault_files *files)
{
    gen_remove_folder("out");
    assert_int_equal(mkdir("out", 0777), 0);
    for (size_t i = 0; i < files->n; i++) {
        char path[120];
        memcpy(path, files->file[i].path, sizeof path);
        for (char *slash = strchr(path + 4, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
            *slash = 0;
            (void)mkdir(path, 0777);
            *slash = '/';
        }
        gen_write_file(path, earlier, sizeof earlier - 1);
    }
}

const char *fault_changed(const fault_files *files, const char *skip, bool all_new)
{
    static char what[200];
    static fault_files now;
    unsigned long long before = feat_hash64(earlier, sizeof earlier - 1);
    size_t n = 0;
    fault_look(&now);
    for (size_t i = 0; i < now.n; i++) {
        const char *path = now.file[i].path;
        size_t k = 0;
        if (skip != NULL && strncmp(path, skip, strlen(skip)) == 0)
            continue;
        while (k < files->n && strcmp(files->file[k].path, path) != 0)
            k++;
        bool new = k < files->n && now.file[i].hash == files->file[k].hash;
        if (k == files->n)
            snprintf(what, sizeof what, "left %s behind", path);
        else if (!new && (all_new || now.file[i].hash != before))
            snprintf(what, sizeof what, "%s is neither what it was nor complete", path);
        else
            n++;
        if (k == files->n || (!new && (all_new || now.file[i].hash != before)))
            return what;
    }
    for (size_t i = 0; i < files->n; i++)
        n += skip != NULL && strncmp(files->file[i].path, skip, strlen(skip)) == 0;
    if (n < files->n) {
        snprintf(what, sizeof what, "%zu of %zu files are gone", files->n - n, files->n);
        return what;
    }
    return NULL;
}

/* --- the files ------------------------------------------------------------------------------------------------ */

static unsigned state_of_rows;

static float draw(void)
{
    state_of_rows = state_of_rows * 1664525u + 1013904223u;
    return (float)(state_of_rows >> 8) / (float)(1 << 24);
}

static void write_rows(const char *name, size_t n, size_t d)
{
    feat_npy_writer *w = NULL;
    feat_error err;
    float row[32];
    assert_int_equal(feat_npy_create(&w, name, n, d, &err), FEAT_OK);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++)
            row[j] = draw();
        assert_int_equal(feat_npy_write_rows(w, i, 1, row, &err), FEAT_OK);
    }
    assert_int_equal(feat_npy_finish(&w, n, &err), FEAT_OK);
}

static void write_picture(const char *name, size_t side)
{
    char bytes[32 + 3 * 16 * 16];
    size_t n = (size_t)snprintf(bytes, sizeof bytes, "P6 %zu %zu 255\n", side, side);
    for (size_t i = 0; i < 3 * side * side; i++)
        bytes[n++] = (char)(draw() * 255.0f);
    gen_write_file(name, bytes, n);
}

static void copy_file(const char *from, const char *to)
{
    gen_buf b = {NULL, 0, 0};
    gen_read_file(from, &b);
    gen_write_file(to, b.p, b.n);
    gen_free(&b);
}

static void write_sets(const char *source)
{
    char path[700], labels[2048] = "image,rater,label,group\n";
    static const char classes[] = "{\"labels\": [[\"0.dat\", 0], [\"1.ppm\", 0]]}";
    static const char *const copies[][2] = {{"images/rgb.png", "imgs/b.png"},       {"images/rgb.jpg", "imgs/c.jpg"},
                                            {"images/interlaced.gif", "more/1.gif"}, {"sets/images.zip", "gen.zip"},
                                            {"sets/u1_rgb.npy", "batch.npy"}};
    assert_int_equal(mkdir("imgs", 0777) | mkdir("more", 0777) | mkdir("parts", 0777) | mkdir("out", 0777), 0);
    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        snprintf(path, sizeof path, "%s/tests/data/%s", source, copies[i][0]);
        copy_file(path, copies[i][1]);
    }
    write_picture("imgs/a.ppm", 8);
    write_picture("imgs/d.ppm", 12);
    write_picture("imgs/e.ppm", 16);
    write_picture("more/2.ppm", 8);
    assert_int_equal(mkdir("many", 0777) | mkdir("classed", 0777), 0);
    write_picture("classed/0.dat", 3);
    write_picture("classed/1.ppm", 3);
    gen_write_file("classed/2.film", "film", 4);
    gen_write_file("classed/dataset.json", classes, strlen(classes));
    for (int i = 0; i < 24; i++) {
        snprintf(path, sizeof path, "many/%02d.ppm", i);
        write_picture(path, 3);
    }
    gen_write_file("list.txt", "imgs/a.ppm\nmore/2.ppm\nimgs/d.ppm\n", 33);
    write_rows("a.npy", 40, 8);
    write_rows("b.npy", 30, 8);
    write_rows("logits.npy", 12, 5);
    for (int i = 0; i < 30; i++)
        for (int r = 0; r < 2; r++)
            snprintf(labels + strlen(labels), 32, "%d,r%d,%d,g%d\n", i, r, (i * 7 + r) % 3 == 0, i % 2);
    gen_write_file("labels.csv", labels, strlen(labels));
    static const char key[] = "picture,image,group,truth\np-1,0,real,1\np-2,1,gan,0\n",
                      paged[] = "picture,rater,label\np-1,a,real\np-2,a,unsure\np-2,b,fake\np-1,b,real\np-1,b,fake\n";
    gen_write_file("key.csv", key, sizeof key - 1);
    gen_write_file("paged.csv", paged, sizeof paged - 1);
}

static void write_weights(void)
{
    static gen_list list;
    gen_buf b = {NULL, 0, 0};
    const gen_zip_options plain = {0};
    const gen_pb_options content = {.values = 0};
    const gen_tfjs_options js = {.modules = 0};
    gen_fill(&list, &gen_fid, 1, 0);
    gen_legacy(&b, &list);
    gen_write_file("legacy.pth", b.p, b.n);
    small_publish(b.p, b.n);
    b.n = 0;
    gen_zip(&b, &list, &plain);
    gen_write_file("zip.pth", b.p, b.n);
    gen_clear(&list);
    gen_fill(&list, &gen_fid, 0, 0);
    b.n = 0;
    gen_pb(&b, &list, &content);
    gen_write_file("graph.pb", b.p, b.n);
    const gen_safetensors_options safe = {0};
    b.n = 0;
    gen_safetensors(&b, &list, &safe);
    gen_write_file("model.safetensors", b.p, b.n);
    gen_clear(&list);
    gen_fill(&list, &gen_keras, 1, 0);
    assert_int_equal(mkdir("js", 0777), 0);
    b.n = 0;
    gen_tfjs("js", &list, &js, &b);
    gen_clear(&list);
    gen_free(&b);
}

/* What downloads gives a.npz, whatever is asked for. */
static void write_downloader(void)
{
    static const char script[] = "#!/bin/sh\nfor word; do\n    [ \"$before\" != -o ] || exec /bin/cp a.npz \"$word\"\n"
                                 "    before=$word\ndone\n";
    assert_int_equal(mkdir("bin", 0777), 0);
    gen_write_file("bin/curl", script, sizeof script - 1);
    assert_int_equal(chmod("bin/curl", 0777), 0);
}

static char folder[256], source[512], data[300], programs[300];

int fault_setup(void **state)
{
    static const char *const lines[] = {
        "stats a.npy -o a.npz" HERE,
        "features more -o named.npz" NET,
        "judge train b.npy --ref a.npy --labels labels.csv -o model.npz -k 3 --pca 4 --components 2" HERE,
        "weights synth 1 small.iv3",
        "stats imgs -o parts/1.part --shard 1/2" NET,
        "stats imgs -o parts/2.part --shard 2/2" NET,
        "features imgs -o f1.part --shard 1/2" NET,
        "features imgs -o f2.part --shard 2/2" NET,
        "eval classed classed --metrics per-class --shard 1/2 -o c1.part" ALL_TAPS,
        "eval classed classed --metrics per-class --shard 2/2 -o c2.part" ALL_TAPS,
        "fid imgs gen.zip --skip-bad --manifest run.json --json=r1.json" NET,
        "fid imgs more --json=r2.json" NET,
        "audit run.json --bundle run.tar" HERE,
    };
    const machine_plan none = {.n = -1};
    (void)state;
    if (getcwd(source, sizeof source) == NULL)
        return 1;
    gen_folder(folder);
    snprintf(data, sizeof data, "%s/out", folder); /* of the user's: what is added is looked at */
    if (chdir(folder) != 0 || setenv("XDG_DATA_HOME", data, 1) != 0)
        return 1;
    write_sets(source);
    write_weights();
    write_downloader();
    snprintf(programs, sizeof programs, "%s/bin", folder);
    if (setenv("PATH", programs, 1) != 0)
        return 1;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (fault_run(lines[i], &none) != 0) {
            print_error("%s: %s\n", lines[i], fault_said);
            return 1;
        }
    gen_buf b = {NULL, 0, 0};
    gen_read_file("a.npz", &b);
    small_publish_statistics(b.p, b.n);
    gen_free(&b);
    return 0;
}

int fault_teardown(void **state)
{
    (void)state;
    machine_stop();
    if (chdir(source) != 0)
        return 1;
    gen_remove_folder(folder);
    return feat_alloc_live() == 0 ? 0 : 1;
}
