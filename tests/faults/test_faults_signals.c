/* Signals that ask the program to end, in each phase of a run: while folders are listed, files read, images decoded,
 * the network run, statistics taken, results written. The program must end with 128 + the signal's number, say so,
 * leave nothing unfinished under a final name, keep what was there, and give back all memory. One process for each,
 * as a signal comes to a process once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/faults/commands.h"

static const char *const phases[N_CALLS] = {"allocating", "writing",  "reading",     "listing",
                                            "threads",    "decoding", "the network", "statistics"};

/* In the child: runs and exits with what went wrong, 0 for nothing. */
_Noreturn static void run_child(const fault_command *command, const fault_files *files, const machine_plan *plan,
                                int report)
{
    char text[600];
    const char *wrong = NULL;
    int code = fault_run(command->line, plan);
    if (!machine_struck()) /* (names in a cache hold the process's number: one may be taken or not) */
        wrong = command->twice_in == NULL ? "the moment did not come" : NULL;
    else if (code == 0 && fault_changed(files, command->twice_in, true) == NULL)
        wrong = NULL; /* it came when all was done */
    else if (code != 128 + plan->signal)
        wrong = "another exit code";
    else if (strstr(fault_said, "interrupted") == NULL)
        wrong = "nothing was said";
    else if (feat_alloc_live() != 0)
        wrong = "memory left";
    else
        wrong = fault_changed(files, command->twice_in, false);
    if (wrong != NULL) {
        int n = snprintf(text, sizeof text, "%s %ld: exit code %d, %.300s: %.200s", phases[plan->call], plan->n, code,
                         fault_said, wrong);
        (void)!write(report, text, (size_t)n + 1);
    }
    _exit(wrong != NULL);
}

static size_t try_signal(const fault_command *command, const fault_files *files, const machine_plan *plan)
{
    char text[700] = "";
    int pipes[2], state = 0;
    assert_int_equal(pipe(pipes), 0);
    fault_earlier(files);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        run_child(command, files, plan, pipes[1]);
    close(pipes[1]);
    assert_int_equal(waitpid(pid, &state, 0), pid);
    (void)!read(pipes[0], text, sizeof text - 1);
    close(pipes[0]);
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return 0;
    print_error("%s: signal %d in %s\n", command->line, plan->signal,
                WIFEXITED(state) ? text : "a run that another signal ended");
    return 1;
}

/* The first, the middle and the last call of each kind; with BF_FAULTS=all every one that is not an allocation, with
 * BF_FAULTS=few (under valgrind) the middle one. */
static void in_each_phase(void **state)
{
    static fault_files files;
    static const fault_files nothing;
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    const machine_plan none = {.n = -1};
    const char *which = getenv("BF_FAULTS");
    bool all = which != NULL && strcmp(which, "all") == 0, few = which != NULL && strcmp(which, "few") == 0;
    size_t n_tried = 0, n_wrong = 0, seen[N_CALLS] = {0};
    (void)state;
    for (size_t c = 0; fault_command_at(c) != NULL; c++) {
        const fault_command *command = fault_command_at(c);
        long counts[N_CALLS];
        if (strncmp(command->line, "stats more", 10) == 0)
            continue; /* with its sandbox: how often it is listened to is the machine's choice */
        if (command->id == BF_CMD_MANUAL)
            break; /* this and those after it are texts, which are printed at once */
        fault_earlier(&nothing);
        (void)fault_run(command->line, &none);
        for (int i = 0; i < N_CALLS; i++)
            counts[i] = machine_count((machine_call)i);
        fault_look(&files);
        fault_earlier(&files);
        (void)fault_run(command->line, &none); /* fewer folders are made the second time */
        counts[CALL_CHANGE] = machine_count(CALL_CHANGE);
        for (int i = 0; i < N_CALLS; i++) {
            long step = all && i != CALL_ALLOC ? 1 : counts[i] > 2 ? (counts[i] - 1) / 2 : 1;
            if (few)
                step = counts[i];
            for (long n = few ? counts[i] / 2 : 0; n < counts[i]; n += step) {
                const machine_plan plan = {.call = (machine_call)i, .n = n, .signal = numbers[n_tried % 3]};
                n_wrong += try_signal(command, &files, &plan);
                n_tried++;
                seen[i]++;
            }
        }
    }
    for (int i = 0; i < N_CALLS; i++)
        if (i != CALL_THREAD && seen[i] < 10)
            fail_msg("only %zu signals while %s", seen[i], phases[i]);
    print_message("%zu signals, %zu while decoding, %zu in the network, %zu while writing\n", n_tried,
                  seen[CALL_DECODE], seen[CALL_NETWORK], seen[CALL_CHANGE]);
    assert_int_equal(n_wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_each_phase),
    };
    /* A program that nohup or a script started in the background ignores some, and the run with it. */
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGHUP, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    return cmocka_run_group_tests_name("signals", tests, fault_setup, fault_teardown);
}
