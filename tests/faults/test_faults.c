/* Whole commands on a machine that fails: every allocation, write, read, thread and look at the clock of every
 * command of the option table, on a network of a few thousand weights (small_net.c). A command must end with a
 * message that says what failed, leave nothing unfinished under a final name, keep what was there, and give back
 * all memory and descriptors; or go on and give the same bytes.
 *
 * With BF_FAULTS=all in the environment (make nightly) every single call of every command fails, allocations alone
 * and with all that follow. By default, of allocations: each place in the program that allocates (a return address)
 * once, in the first command that comes by, and of each command a series of steps that grow by an eighth; of reads a
 * series that grows by a thirty-second; of changes of files all. With BF_FAULTS=few (where a run takes sixty times as
 * long, under valgrind) each of those places too, and shorter series of everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/faults/commands.h"
#include "tools/options/usage_table.h"

enum { MAX_PLACES = 8192, MAX_CALLS = 1 << 20 };

static const machine_plan none = {.n = -1};
static bool all_of_them, few_of_them;

/* Every fault that is found wrong is named, up to a few, before a test fails. */
static size_t n_complaints;

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
    enum { MOST = 20 };
    va_list args;
    va_start(args, format);
    if (n_complaints++ < MOST) {
        vprint_error(format, args);
        print_error("\n");
    }
    va_end(args);
}

/* What a command gives when nothing fails. */
typedef struct outcome {
    int code;
    fault_files files;
    char printed[sizeof fault_printed];
    long counts[N_CALLS];
} outcome;

static void run_well(outcome *o, const fault_command *command)
{
    static const fault_files nothing;
    fault_earlier(&nothing);
    o->code = fault_run(command->line, &none);
    for (int i = 0; i < N_CALLS; i++)
        o->counts[i] = machine_count((machine_call)i);
    fault_look(&o->files);
    memcpy(o->printed, fault_printed, sizeof o->printed);
    /* The selftest finds another network than the one it knows. */
    if (o->code != (command->id == BF_CMD_SELFTEST ? 1 : 0))
        fail_msg("%s: exit code %d: %s", command->line, o->code, fault_said);
}

static int lowest_free_descriptor(void)
{
    int fd = dup(0);
    close(fd);
    return fd;
}

/* One line that begins with the program's name, after others that may be warnings. */
static bool has_message(void)
{
    size_t n = strlen(fault_said);
    return n > 12 && fault_said[n - 1] == '\n' && strstr(fault_said, "bonafide: ") != NULL;
}

/* Runs with a plan, and judges what it leaves. Returns the exit code. */
static int try_plan(const outcome *o, const fault_command *command, const machine_plan *plan)
{
    static const char *const names[N_CALLS] = {"allocation", "change",   "read",        "listing",
                                               "thread",     "decoding", "network run", "result"};
    const char *name = names[plan->call];
    if (command->id == BF_CMD_REFS_GET) /* it looks at what it has put there before */
        fault_earlier(&o->files);
    size_t live = feat_alloc_live();
    int fd = lowest_free_descriptor(), code = fault_run(command->line, plan);
    if (feat_alloc_live() != live)
        complain("%s: %s %ld: %zu blocks left", command->line, name, plan->n, feat_alloc_live() - live);
    if (lowest_free_descriptor() != fd)
        complain("%s: %s %ld: a descriptor left open", command->line, name, plan->n);
    if (code != 0 && !has_message())
        complain("%s: %s %ld: exit code %d without a message: %s", command->line, name, plan->n, code, fault_said);
    const char *wrong = fault_changed(&o->files, command->twice_in, false);
    if (wrong == NULL && code == 0)
        wrong = fault_changed(&o->files, command->twice_in, true);
    if (wrong != NULL)
        complain("%s: %s %ld (exit code %d, %s): %s", command->line, name, plan->n, code, fault_said, wrong);
    if (code == 0 && o->code == 0 && strcmp(fault_printed, o->printed) != 0 && fault_said[0] == 0)
        complain("%s: %s %ld: another result and not a word", command->line, name, plan->n);
    return code;
}

static bool any_file_new(const outcome *o)
{
    return fault_changed(&o->files, NULL, false) != NULL || fault_changed(&o->files, NULL, true) == NULL;
}

/* --- the tests ---------------------------------------------------------------------------------------------- */

static void every_command_is_here(void **state)
{
    (void)state;
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        size_t k = 0;
        while (fault_command_at(k) != NULL && fault_command_at(k)->id != bf_command_at(i)->id)
            k++;
        if (fault_command_at(k) == NULL)
            complain("no line of commands.c runs '%s %s'", bf_command_at(i)->name,
                     bf_command_at(i)->verb != NULL ? bf_command_at(i)->verb : "");
    }
}

/* Places seen so far; whether `place` is new. */
static bool is_new_place(const void **places, size_t *n, const void *place)
{
    for (size_t i = 0; i < *n; i++)
        if (places[i] == place)
            return false;
    assert_true(*n < MAX_PLACES);
    places[(*n)++] = place;
    return true;
}

/* Marks the allocations of a command that are to fail. */
static void choose(bool *chosen, long n_calls, const void **places, size_t *n_places)
{
    for (long n = 0; n < n_calls; n++)
        chosen[n] = is_new_place(places, n_places, machine_site(n)) || all_of_them;
    for (long n = 0; n < n_calls; n += 1 + n / (few_of_them ? 2 : 8))
        chosen[n] = true;
}

static void no_memory(void **state)
{
    static outcome o;
    static const void *places[MAX_PLACES];
    static bool chosen[MAX_CALLS];
    size_t n_places = 0, n_tried = 0, n_survived = 0;
    long n_calls = 0;
    (void)state;
    for (size_t c = 0; fault_command_at(c) != NULL; c++) {
        const fault_command *command = fault_command_at(c);
        run_well(&o, command);
        assert_true(o.counts[CALL_ALLOC] < MAX_CALLS);
        n_calls += o.counts[CALL_ALLOC];
        choose(chosen, o.counts[CALL_ALLOC], places, &n_places);
        fault_earlier(&o.files);
        for (long n = 0; n < o.counts[CALL_ALLOC]; n++)
            for (int stays = all_of_them ? 0 : n % 2; stays < (all_of_them ? 2 : n % 2 + 1) && chosen[n]; stays++) {
                const machine_plan plan = {.call = CALL_ALLOC, .n = n, .stays = stays != 0};
                int code = try_plan(&o, command, &plan);
                if (code != 0 && code != 1)
                    complain("%s: allocation %ld: exit code %d: %s", command->line, n, code, fault_said);
                n_tried++;
                n_survived += code == 0;
                if (any_file_new(&o))
                    fault_earlier(&o.files);
            }
    }
    print_message("%zu failures of %ld allocations at %zu places, %zu of them without harm\n", n_tried, n_calls,
                  n_places, n_survived);
}

/* Each call that changes a file, in turn, finds the disk full or broken. */
static void no_space(void **state)
{
    static const int errors[] = {ENOSPC, EIO, EDQUOT};
    static outcome o;
    size_t n_tried = 0, n_survived = 0;
    (void)state;
    for (size_t c = 0; fault_command_at(c) != NULL; c++) {
        const fault_command *command = fault_command_at(c);
        run_well(&o, command);
        fault_earlier(&o.files);
        for (long n = 0; n < o.counts[CALL_CHANGE]; n += few_of_them ? 1 + n / 4 : 1)
            for (int stays = few_of_them ? n % 2 : 0; stays < (few_of_them ? n % 2 + 1 : 2); stays++) {
                const machine_plan plan = {
                    .call = CALL_CHANGE, .n = n, .stays = stays != 0, .error = errors[n % 3]};
                int code = try_plan(&o, command, &plan);
                if (!machine_struck())
                    continue; /* with the files of earlier runs in place fewer folders are made */
                n_tried++;
                n_survived += code == 0;
                /* (A folder above the cache that need not be made is no loss.) */
                if (code == 0 && fault_said[0] == 0 && command->twice_in == NULL)
                    complain("%s: change %ld fails and nobody is told", command->line, n);
                if (code != 0 && (code != 1 || strstr(fault_said, "out") == NULL ||
                                  strstr(fault_said, strerror(plan.error)) == NULL))
                    complain("%s: change %ld: exit code %d: %s", command->line, n, code, fault_said);
                if (any_file_new(&o))
                    fault_earlier(&o.files);
            }
    }
    print_message("%zu changes of files failed, each in turn; %zu of them (caches) without harm\n", n_tried,
                  n_survived);
    assert_true(n_tried > (few_of_them ? 100 : 200)); /* there was something to fail */
}

static void broken_reads(void **state)
{
    static outcome o;
    size_t n_tried = 0, n_survived = 0;
    (void)state;
    for (size_t c = 0; fault_command_at(c) != NULL; c++) {
        const fault_command *command = fault_command_at(c);
        run_well(&o, command);
        fault_earlier(&o.files);
        for (long n = 0; n < o.counts[CALL_READ]; n += all_of_them ? 1 : 1 + n / (few_of_them ? 4 : 32)) {
            const machine_plan plan = {.call = CALL_READ, .n = n, .error = EIO};
            int code = fault_run(command->line, &plan);
            bool skips = strstr(command->line, "--skip-bad") != NULL;
            const char *wrong = skips && code == 0 ? NULL : fault_changed(&o.files, command->twice_in, code == 0);
            if (wrong != NULL)
                complain("%s: read %ld (exit code %d, %s): %s", command->line, n, code, fault_said, wrong);
            if (command->id == BF_CMD_AUDIT && code == 4 && strstr(fault_said, "inputs differ") != NULL)
                continue; /* what cannot be read is not what was recorded */
            if (command->id == BF_CMD_SELFTEST && code == o.code)
                continue; /* it fails anyhow, and what it reads beside it are names of files left behind */
            if (code != 0 && ((code != 1 && code != 3) || strchr(fault_said, ':') == NULL))
                complain("%s: read %ld: exit code %d: %s", command->line, n, code, fault_said);
            if (code != 0 && strstr(fault_said, strerror(EIO)) == NULL)
                complain("%s: read %ld: exit code %d, and the reason is not said: %s", command->line, n, code,
                         fault_said);
            if (skips && code == 0 && strcmp(fault_printed, o.printed) != 0 && strstr(fault_said, "skipped") == NULL &&
                strstr(fault_printed, "skipped") == NULL)
                complain("%s: read %ld: an image is missing and nobody is told: %s%s", command->line, n, fault_said,
                         fault_printed);
            assert_int_equal(feat_alloc_live(), 0);
            n_tried++;
            n_survived += code == 0;
            if (any_file_new(&o))
                fault_earlier(&o.files);
        }
    }
    print_message("%zu reads failed, %zu of them without harm\n", n_tried, n_survived);
}

/* Runs with a plan under which results must be what they are without. */
static void same_bytes(const outcome *o, const fault_command *command, const char *line, const machine_plan *plan)
{
    fault_earlier(&o->files);
    int code = fault_run(line, plan);
    const char *wrong = fault_changed(&o->files, command->twice_in, true);
    if (code != o->code || wrong != NULL)
        complain("%s: exit code %d: %s%s", line, code, fault_said, wrong != NULL ? wrong : "");
    if (strcmp(fault_printed, o->printed) != 0 && command->id != BF_CMD_CPU && command->id != BF_CMD_SELFTEST)
        complain("%s: prints something else:\n%s\nand not\n%s", line, fault_printed, o->printed);
    assert_int_equal(feat_alloc_live(), 0);
}

/* Calls that do less than asked, or are interrupted. */
static void in_pieces(void **state)
{
    static outcome o;
    const machine_plan pieces = {.n = -1, .pieces = true};
    (void)state;
    for (size_t c = 0; fault_command_at(c) != NULL; c++) {
        run_well(&o, fault_command_at(c));
        same_bytes(&o, fault_command_at(c), fault_command_at(c)->line, &pieces);
    }
}

/* What a result file or a page says of threads and times is not compared. */
static bool says_threads(const fault_command *command)
{
    return strstr(command->line, ".json") != NULL || strstr(command->line, "--report") != NULL;
}

/* The n-th thread, and all from the n-th on, cannot be had: the others do the work. */
static void no_threads(void **state)
{
    static outcome o;
    size_t n_tried = 0;
    (void)state;
    for (size_t c = 0; fault_command_at(c) != NULL; c++) {
        const fault_command *command = fault_command_at(c);
        char line[512], *threads;
        snprintf(line, sizeof line, "%s", command->line);
        if ((threads = strstr(line, "--threads 1")) == NULL || says_threads(command))
            continue;
        run_well(&o, command);
        threads[10] = '4';
        for (long n = 0; n < (few_of_them ? 1 : 4); n++)
            for (int stays = 0; stays < 2; stays++) {
                const machine_plan plan = {.call = CALL_THREAD, .n = n, .stays = stays != 0};
                same_bytes(&o, command, line, &plan);
                n_tried += machine_struck();
            }
    }
    print_message("%zu threads could not be had\n", n_tried);
    assert_true(n_tried > (few_of_them ? 20 : 100));
}

/* A clock that is set back shows in no result but times. */
static void clock_back(void **state)
{
    static outcome o;
    const machine_plan back = {.n = -1, .clock_back = true};
    (void)state;
    for (size_t c = 0; fault_command_at(c) != NULL; c++) {
        const fault_command *command = fault_command_at(c);
        run_well(&o, command);
        if (!says_threads(command) && command->id != BF_CMD_SELFTEST) {
            same_bytes(&o, command, command->line, &back);
            continue;
        }
        fault_earlier(&o.files);
        if (fault_run(command->line, &back) != o.code)
            complain("%s: %s", command->line, fault_said);
    }
}

static int judge_it(void **state)
{
    size_t n = n_complaints;
    (void)state;
    machine_stop();
    n_complaints = 0;
    return n == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_command_is_here, judge_it),    cmocka_unit_test_teardown(no_memory, judge_it),
        cmocka_unit_test_teardown(no_space, judge_it),    cmocka_unit_test_teardown(broken_reads, judge_it),
        cmocka_unit_test_teardown(in_pieces, judge_it),   cmocka_unit_test_teardown(no_threads, judge_it),
        cmocka_unit_test_teardown(clock_back, judge_it),
    };
    const char *which = getenv("BF_FAULTS");
    all_of_them = which != NULL && strcmp(which, "all") == 0;
    few_of_them = which != NULL && strcmp(which, "few") == 0;
    return cmocka_run_group_tests_name("faults", tests, fault_setup, fault_teardown);
}
