/* bonafide-mpi: features, stats and eval over the ranks of an MPI job. Images are dealt in blocks, each to the
 * next rank that is free; a rank runs its block as a shard ('--shard I/N') and sends the part to rank 0, which
 * keeps it in a folder. When all are there rank 0 merges them and prints: the same bytes for every number of
 * ranks. With --checkpoint DIR the folder outlives the job, and the next launch deals only what is missing. */
#define _DEFAULT_SOURCE /* gethostname, nanosleep */
#include <errno.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"
#include "tools/base/say.h"
#include "tools/base/signals.h"
#include "tools/commands/command_table.h"
#include "tools/images/sandbox.h"
#include "tools/mpi/ranks.h"
#include "tools/options/option_table.h"
#include "tools/options/parse_args.h"
#include "tools/program/program.h"
#include "tools/run/network.h"
#include "tools/run/run.h"

enum { DEFAULT_BLOCK = 64, MAX_WORDS = 200, PATH_BYTES = 4096, SIGNAL_CODE = 128 };
enum { ASK = 1, DEAL = 2, DONE = 3, PART = 4, FAILED = 5 }; /* of messages */
static const size_t MAX_MESSAGE = (size_t)1 << 30;

typedef struct job {
    int rank, size;
    char host[256];
    char *words[MAX_WORDS]; /* of the command, without our own options */
    int n_words;
    char *shard_words[MAX_WORDS]; /* of the block at hand */
    bf_args shard_args;
    char folder[PATH_BYTES]; /* rank 0: the parts; others: where they write before they send */
    bool keep;               /* the folder is the user's */
    unsigned long long block, n_blocks;
    bf_run *last; /* whose model the next block goes on with */
    ranks *ranks;
} job;

/* --- starting ------------------------------------------------------------------------------------------ */

/* *own_folder: of --checkpoint, if it is there. */
static feat_status take_own_options(job *j, const char **own_folder, int argc, char **argv, feat_error *err)
{
    j->block = DEFAULT_BLOCK;
    for (int i = 1; i < argc; i++) {
        bool checkpoint = strcmp(argv[i], "--checkpoint") == 0, block = strcmp(argv[i], "--block") == 0;
        if ((checkpoint || block) && i + 1 == argc)
            return feat_fail(err, FEAT_ERR_ARG, "%s needs a value", argv[i]);
        if (checkpoint)
            *own_folder = argv[i + 1];
        if (block && ((j->block = strtoull(argv[i + 1], NULL, 10)) == 0 || j->block > 1 << 20))
            return feat_fail(err, FEAT_ERR_ARG, "--block: a number of images from 1 on expected, '%s' found",
                             argv[i + 1]);
        if (checkpoint || block) {
            i++;
            continue;
        }
        if (j->n_words + 16 > MAX_WORDS)
            return feat_fail(err, FEAT_ERR_ARG, "too many words");
        j->words[j->n_words++] = argv[i];
    }
    return FEAT_OK;
}

/* The process that decodes is forked while this one has neither threads nor the connections of MPI. */
static feat_status start_sandbox(const bf_args *args, char note[BF_SANDBOX_NOTE_BYTES], feat_error *err)
{
    const char *word = bf_args_text(args, BF_OPT_SANDBOX);
    bf_sandbox_mode mode = strcmp(word, "on") == 0    ? BF_SANDBOX_ON
                           : strcmp(word, "off") == 0 ? BF_SANDBOX_OFF
                                                      : BF_SANDBOX_AUTO;
    feat_status status = bf_limits_set(bf_args_text(args, BF_OPT_LIMITS), err);
    return status == FEAT_OK ? bf_sandbox_start(mode, note, err) : status;
}

static bool deals_images(const bf_args *args)
{
    return bf_command_is(args->command, BF_COMMAND_DEALS_IMAGES);
}

static feat_status read_options(job *j, bf_args *args, int argc, char **argv, feat_error *err)
{
    const char *folder = NULL;
    feat_status status = take_own_options(j, &folder, argc, argv, err);
    if (status == FEAT_OK)
        status = bf_args_parse(args, j->n_words, j->words, err);
    if (status == FEAT_OK && !bf_command_is(args->command, BF_COMMAND_FOR_RANKS))
        status = feat_fail(err, FEAT_ERR_ARG, "%s is not for many ranks; features, stats, eval, pr and kid are",
                           args->command->name);
    for (size_t i = 0; bf_option_at(i) != NULL && status == FEAT_OK; i++) {
        const bf_option *option = bf_option_at(i);
        if ((option->flags & BF_OPTION_ONE_PROCESS) == 0 || !bf_args_given(args, option->id))
            continue;
        status = option->id == BF_OPT_SHARD
                     ? feat_fail(err, FEAT_ERR_ARG, "--shard is what the ranks are for")
                     : feat_fail(err, FEAT_ERR_ARG,
                                 "--%s is for one process; each rank holds its share of the rows only", option->name);
    }
    j->keep = folder != NULL;
    if (folder != NULL)
        snprintf(j->folder, sizeof j->folder, "%s", folder);
    return status;
}

/* How many blocks the largest set of images makes; 0 where all sets are files of features or statistics. */
static feat_status count_blocks(job *j, const bf_args *args, feat_error *err)
{
    size_t most = 0;
    bf_set_how how;
    feat_status status = bf_run_set_how(&how, args, err);
    if (status != FEAT_OK)
        return status;
    how.prefer_stats = false;
    for (size_t i = 0; i <= args->n_operands; i++) {
        bf_set *set = NULL;
        const char *spec = i < args->n_operands ? args->operands[i] : bf_args_text(args, BF_OPT_TEST);
        if (spec == NULL)
            continue;
        status = bf_set_open_as(&set, spec, &how, err);
        if (status == FEAT_OK)
            status = bf_run_take(args, set, i, err);
        if (status != FEAT_OK) {
            bf_set_close(&set);
            return status;
        }
        if (bf_set_get_kind(set) == BF_SET_IMAGES && bf_set_count(set) > most)
            most = bf_set_count(set);
        bf_set_close(&set);
    }
    j->n_blocks = (most + j->block - 1) / j->block;
    if (most > 0 && !deals_images(args))
        return feat_fail(err, FEAT_ERR_ARG, "%s: of images, features, stats and eval are for many ranks; of files of "
                         "features %s is too", args->command->name, args->command->name);
    return FEAT_OK;
}

static feat_status make_folder(job *j, feat_error *err)
{
    const char *tmp = getenv("TMPDIR");
    if (j->keep && j->rank == 0) {
        if (mkdir(j->folder, 0777) != 0 && errno != EEXIST)
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot make the folder: %s", j->folder, strerror(errno));
        return FEAT_OK;
    }
    snprintf(j->folder, sizeof j->folder, "%s/bonafide-mpi.XXXXXX", tmp != NULL ? tmp : "/tmp");
    return mkdtemp(j->folder) != NULL
               ? FEAT_OK
               : feat_fail(err, FEAT_ERR_IO, "%s: cannot make a folder: %s", j->folder, strerror(errno));
}

/* --- one block ------------------------------------------------------------------------------------------- */

static void part_path(char path[PATH_BYTES + 32], const job *j, unsigned long long block)
{
    snprintf(path, PATH_BYTES + 32, "%s/%llu.part", j->folder, block);
}

/* The command as a shard. The network is loaded for the first block only. */
static feat_status run_block(job *j, unsigned long long block, feat_error *err)
{
    char path[PATH_BYTES + 32], shard[64], **words = j->shard_words;
    static char option_shard[] = "--shard", option_o[] = "-o", quiet[] = "--quiet";
    bf_run *run = NULL;
    int n = 0;
    part_path(path, j, block);
    snprintf(shard, sizeof shard, "%llu/%llu", block, j->n_blocks);
    for (int i = 0; i < j->n_words; i++) {
        words[n++] = j->words[i];
        if (i > 0)
            continue;
        words[n++] = option_shard;
        words[n++] = shard;
        words[n++] = option_o;
        words[n++] = path;
        words[n++] = quiet;
    }
    feat_status status = bf_args_parse(&j->shard_args, n, words, err);
    if (status == FEAT_OK)
        status = bf_run_open(&run, &j->shard_args, err);
    if (status == FEAT_OK && j->last != NULL)
        bf_run_inherit(run, j->last);
    bf_run_close(&j->last);
    if (status == FEAT_OK)
        status = bf_run_command(run, err);
    if (status == FEAT_OK)
        j->last = run;
    else
        bf_run_close(&run);
    return status;
}

static void say_failed(const job *j, unsigned long long block, const char *message)
{
    bf_say("bonafide-mpi: rank %d on %s: block %llu of %llu: ", j->rank, j->host, block, j->n_blocks);
    bf_say_lines(message);
}

static bool is_there(const job *j, unsigned long long block)
{
    char path[PATH_BYTES + 32];
    part_path(path, j, block);
    return access(path, F_OK) == 0;
}

/* On rank 0, whose folder has the parts. */
static void say_interrupted(const job *j)
{
    unsigned long long n = 0;
    for (unsigned long long block = 1; block <= j->n_blocks; block++)
        n += is_there(j, block);
    bf_say("bonafide-mpi: interrupted%s %llu of %llu blocks", j->keep ? ":" : " after", n, j->n_blocks);
    if (j->keep)
        bf_say(" are in %s, and the same command goes on from there\n", j->folder);
    else
        bf_say("; nothing is kept (with --checkpoint DIR the next launch would go on from here)\n");
}

/* --- ranks that work --------------------------------------------------------------------------------------- */

static feat_status send_part(const job *j, unsigned long long block, feat_error *err)
{
    char path[PATH_BYTES + 32];
    uint8_t *bytes = NULL;
    size_t n = 0;
    part_path(path, j, block);
    feat_status status = bf_file_read(&bytes, &n, path, MAX_MESSAGE, err);
    if (status == FEAT_OK) {
        unsigned long long head[2] = {block, n};
        MPI_Send(head, 2, MPI_UNSIGNED_LONG_LONG, 0, DONE, MPI_COMM_WORLD);
        MPI_Send(bytes, (int)n, MPI_BYTE, 0, PART, MPI_COMM_WORLD);
    }
    feat_free(bytes);
    unlink(path);
    return status;
}

/* Rank 0 is told, clears up and ends the job. */
static void report_failure(const job *j, unsigned long long block, feat_status status, const char *message)
{
    unsigned long long code = (unsigned long long)bf_exit_code(status);
    if (bf_interrupted())
        code = SIGNAL_CODE + (unsigned long long)bf_signals_caught();
    else
        say_failed(j, block, message);
    rmdir(j->folder);
    MPI_Send(&code, 1, MPI_UNSIGNED_LONG_LONG, 0, FAILED, MPI_COMM_WORLD);
    MPI_Recv(&code, 1, MPI_UNSIGNED_LONG_LONG, 0, DEAL, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

static feat_status work(job *j, feat_error *err)
{
    unsigned long long block = 0, ask = 0;
    feat_status status = make_folder(j, err);
    while (status == FEAT_OK) {
        MPI_Send(&ask, 1, MPI_UNSIGNED_LONG_LONG, 0, ASK, MPI_COMM_WORLD);
        MPI_Recv(&block, 1, MPI_UNSIGNED_LONG_LONG, 0, DEAL, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (block == 0)
            break;
        status = run_block(j, block, err);
        if (status == FEAT_OK)
            status = send_part(j, block, err);
    }
    if (status != FEAT_OK)
        report_failure(j, block, status, err->message);
    rmdir(j->folder);
    return status;
}

/* After the images: a share of the pairs of rows. */
static feat_status help(job *j, const bf_args *args, feat_error *err)
{
    feat_pool *pool = NULL;
    bf_run_close(&j->last);
    feat_status status = feat_pool_create(&pool, (size_t)bf_args_number(args, BF_OPT_THREADS), err);
    if (status == FEAT_OK) {
        ranks_serve(j->ranks, pool);
    } else {
        bf_say("bonafide-mpi: rank %d on %s: ", j->rank, j->host);
        bf_say_lines(err->message);
    }
    feat_pool_close(&pool);
    return status;
}

/* --- rank 0 -------------------------------------------------------------------------------------------------- */

static feat_status keep_part(const job *j, int from, feat_error *err)
{
    unsigned long long head[2];
    char path[PATH_BYTES + 32];
    MPI_Recv(head, 2, MPI_UNSIGNED_LONG_LONG, from, DONE, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    uint8_t *bytes = feat_alloc((size_t)head[1]);
    if (bytes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a part of %llu bytes", head[1]);
    MPI_Recv(bytes, (int)head[1], MPI_BYTE, from, PART, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    part_path(path, j, head[0]);
    feat_status status = bf_file_write(path, bytes, (size_t)head[1], err);
    feat_free(bytes);
    return status;
}

static void clean_up(const job *j)
{
    for (unsigned long long block = 1; block <= j->n_blocks && !j->keep; block++) {
        char path[PATH_BYTES + 32];
        part_path(path, j, block);
        unlink(path);
    }
    if (!j->keep)
        rmdir(j->folder);
}

/* Ends the job. After a signal whoever started the ranks may be at that already, and Open MPI's mpirun can hang when
 * both happen at a time: it gets a moment. */
static void end_job(const job *j, unsigned long long code)
{
    const struct timespec grace = {4, 0};
    if (code > SIGNAL_CODE)
        say_interrupted(j);
    clean_up(j);
    if (code > SIGNAL_CODE)
        nanosleep(&grace, NULL);
    MPI_Abort(MPI_COMM_WORLD, (int)code);
}

/* Waits for a word of some rank; ends the job when a signal comes first. MPI's own waiting would keep a CPU busy
 * that a rank on this machine may want. */
static void await_word(const job *j, MPI_Status *from)
{
    const struct timespec moment = {0, 1000000};
    for (int there = 0; !there;) {
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, from);
        if (bf_interrupted())
            end_job(j, SIGNAL_CODE + (unsigned long long)bf_signals_caught());
        if (!there)
            nanosleep(&moment, NULL);
    }
}

static feat_status deal(job *j, feat_error *err)
{
    unsigned long long next = 1, none = 0, ask;
    feat_status status = FEAT_OK;
    for (int working = j->size - 1; working > 0 && status == FEAT_OK;) {
        MPI_Status from;
        await_word(j, &from);
        if (from.MPI_TAG == DONE) {
            status = keep_part(j, from.MPI_SOURCE, err);
            continue;
        }
        MPI_Recv(&ask, 1, MPI_UNSIGNED_LONG_LONG, from.MPI_SOURCE, from.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (from.MPI_TAG == FAILED)
            end_job(j, ask);
        while (next <= j->n_blocks && is_there(j, next))
            next++;
        bool any = next <= j->n_blocks;
        MPI_Send(any ? &next : &none, 1, MPI_UNSIGNED_LONG_LONG, from.MPI_SOURCE, DEAL, MPI_COMM_WORLD);
        next += any;
        working -= !any;
    }
    return status;
}

static feat_status run_alone(job *j, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (unsigned long long block = 1; block <= j->n_blocks && status == FEAT_OK; block++) {
        if (is_there(j, block))
            continue;
        status = run_block(j, block, err);
        if (status != FEAT_OK && bf_interrupted())
            say_interrupted(j);
        else if (status != FEAT_OK)
            say_failed(j, block, err->message);
    }
    return status;
}

/* 'merge FOLDER' with the options of the command that say where the result goes. */
static int merge(const job *j, const bf_args *args, const bf_team *team)
{
    static const struct {
        bf_option_id id;
        const char *word;
    } passed[] = {{BF_OPT_OUTPUT, "-o"},           {BF_OPT_JSON, "--json"},   {BF_OPT_MANIFEST, "--manifest"},
                  {BF_OPT_PER_IMAGE, "--per-image"}, {BF_OPT_QUIET, "--quiet"}, {BF_OPT_THREADS, "--threads"}};
    static char text[16][PATH_BYTES];
    char *words[32];
    int n = 0;
    const char *first[] = {"bonafide-mpi", "merge", j->folder};
    for (size_t i = 0; i < 3; i++) {
        snprintf(text[n], PATH_BYTES, "%s", first[i]);
        words[n] = text[n];
        n++;
    }
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
        const char *value = bf_args_text(args, passed[i].id);
        if (!bf_args_given(args, passed[i].id))
            continue;
        bool joined = passed[i].id == BF_OPT_JSON && value != NULL;
        snprintf(text[n], PATH_BYTES, joined ? "%s=%s" : "%s", passed[i].word, value != NULL ? value : "");
        words[n] = text[n];
        n++;
        if (value == NULL || joined)
            continue;
        snprintf(text[n], PATH_BYTES, "%s", value);
        words[n] = text[n];
        n++;
    }
    return bf_program(n, words, team);
}

/* Options that have no part in a shard are merge's alone. */
static void drop_output(job *j)
{
    int n = 0;
    bool after_json = false;
    for (int i = 0; i < j->n_words; i++) {
        const char *word = j->words[i];
        bool may_be_file = after_json;
        after_json = strcmp(word, "--json") == 0;
        bool value = strcmp(word, "-o") == 0 || strcmp(word, "--manifest") == 0;
        size_t length = strlen(word);
        bool joined = strncmp(word, "--manifest=", 11) == 0 || strncmp(word, "--json=", 7) == 0;
        if (strcmp(word, "--json") == 0 || strcmp(word, "--quiet") == 0 || strcmp(word, "-q") == 0 || joined)
            continue;
        if (may_be_file && length > 5 && strcmp(word + length - 5, ".json") == 0)
            continue;
        if (value) {
            i++;
            continue;
        }
        j->words[n++] = j->words[i];
    }
    j->n_words = n;
}

static void end_of_team(const void *ctx, bool interrupted)
{
    const job *j = ctx;
    if (interrupted && j->n_blocks > 0)
        say_interrupted(j);
    else if (interrupted)
        bf_say("bonafide-mpi: interrupted; no result is written\n");
    clean_up(j);
}

static int lead(job *j, const bf_args *args, int argc, char **argv)
{
    feat_error err = {FEAT_OK, ""};
    const bf_team *team = j->size > 1 ? ranks_for_run(j->ranks) : NULL;
    feat_status status = j->size > 1 ? deal(j, &err) : run_alone(j, &err);
    if (status != FEAT_OK && j->size > 1) {
        bf_say("bonafide-mpi: rank 0 on %s: ", j->host);
        bf_say_lines(err.message);
        end_job(j, (unsigned long long)bf_exit_code(status));
    }
    bf_run_close(&j->last);
    ranks_on_failure(j->ranks, end_of_team, j);
    int code = bf_exit_code(status);
    if (status == FEAT_OK)
        code = j->n_blocks > 0 ? merge(j, args, team) : bf_program(argc, argv, team);
    if (status != FEAT_OK && bf_interrupted())
        code = SIGNAL_CODE + bf_signals_caught();
    clean_up(j);
    ranks_dismiss(j->ranks);
    return code;
}

int main(int argc, char **argv)
{
    static job j;
    static bf_args args;
    char note[BF_SANDBOX_NOTE_BYTES] = "";
    feat_error err = {FEAT_OK, ""};
    bf_signals_spare_writes();
    feat_status status = read_options(&j, &args, argc, argv, &err);
    if (status == FEAT_OK)
        status = start_sandbox(&args, note, &err);
    bf_signals_catch();
    int threads = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_rank(MPI_COMM_WORLD, &j.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &j.size);
    gethostname(j.host, sizeof j.host - 1);
    if (status == FEAT_OK && j.rank == 0)
        status = count_blocks(&j, &args, &err);
    if (status == FEAT_OK && j.rank == 0)
        status = make_folder(&j, &err);
    if (status == FEAT_OK)
        status = ranks_open(&j.ranks, j.rank, j.size, j.host, &err);
    int code = bf_exit_code(status), all = 0;
    if (status != FEAT_OK && j.rank == 0) {
        bf_say("bonafide-mpi: ");
        bf_say_lines(err.message);
    }
    if (note[0] != 0 && !bf_args_given(&args, BF_OPT_QUIET))
        bf_say("bonafide-mpi: rank %d on %s: %s\n", j.rank, j.host, note);
    MPI_Allreduce(&code, &all, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    if (all == 0) {
        MPI_Bcast(&j.n_blocks, 1, MPI_UNSIGNED_LONG_LONG, 0, MPI_COMM_WORLD);
        char *words[MAX_WORDS];
        int n_words = j.n_words + 1;
        words[0] = argv[0];
        memcpy(words + 1, j.words, (size_t)j.n_words * sizeof *words);
        drop_output(&j);
        if (j.rank == 0)
            all = lead(&j, &args, n_words, words);
        else if ((status = work(&j, &err)) != FEAT_OK || (status = help(&j, &args, &err)) != FEAT_OK)
            MPI_Abort(MPI_COMM_WORLD, bf_exit_code(status)); /* the others wait for what will not come */
        bf_run_close(&j.last);
    }
    ranks_close(&j.ranks);
    bf_sandbox_stop();
    MPI_Finalize();
    return all;
}
