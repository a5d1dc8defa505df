/* Whole processes in turn: how long until they end, their CPU time and their peak of memory, and what a fresh page
 * costs on this machine while they run.
 *
 *   bench_cold ROUNDS COMMAND [COMMAND...]     a command's words are separated by blanks; its output is thrown away
 *
 * Prints, of the rounds, median [least..largest]: wall seconds, user and system seconds, MiB; then, of every command
 * after the first, how many times the seconds and the CPU time of the first it takes. A process that starts cold is
 * mostly the kernel's: it clears every page that the process touches for the first time. So each round also touches
 * fresh memory in a process of its own, in pages of 4 KiB and, where the kernel gives them, in huge ones: CPU time for
 * each 4 KiB. cold_start.sh has the commands. */
#define _DEFAULT_SOURCE /* madvise, MAP_ANONYMOUS, wait4 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"

enum { MAX_COMMANDS = 8, MAX_ROUNDS = 1000, MAX_WORDS = 64, PAGE = 4096, HUGE_PAGE = 2 << 20, FRESH_BYTES = 128 << 20 };
enum { WALL, USER, SYSTEM, PEAK, N_FIGURES };

static double figures[MAX_COMMANDS][N_FIGURES][MAX_ROUNDS], pages[2][MAX_ROUNDS];

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* --- what a page costs --------------------------------------------------------------------------- */

/* Microseconds of CPU time for each fresh 4 KiB, touched one after the other; negative where there is no memory. */
static double touch(int huge)
{
    char *p = mmap(NULL, FRESH_BYTES + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return -1.0;
    volatile char *from = p + HUGE_PAGE - (size_t)p % HUGE_PAGE;
    madvise(p, FRESH_BYTES + HUGE_PAGE, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    double start = bench_cpu_now();
    for (size_t i = 0; i < FRESH_BYTES; i += PAGE)
        from[i] = 1;
    return 1e6 * (bench_cpu_now() - start) / (FRESH_BYTES / PAGE);
}

/* In a process of its own: what this one has ever held would count as its children's peak. */
static int measure_pages(size_t round)
{
    int pipes[2], status;
    double costs[2];
    if (pipe(pipes) != 0)
        return 0;
    pid_t child = fork();
    if (child == 0) {
        costs[0] = touch(0);
        costs[1] = touch(1);
        _exit(write(pipes[1], costs, sizeof costs) == (ssize_t)sizeof costs ? 0 : 1);
    }
    close(pipes[1]);
    int ok = child > 0 && read(pipes[0], costs, sizeof costs) == (ssize_t)sizeof costs && costs[0] > 0.0;
    close(pipes[0]);
    if (child > 0)
        waitpid(child, &status, 0);
    pages[0][round] = costs[0];
    pages[1][round] = costs[1];
    return ok;
}

/* --- a command ----------------------------------------------------------------------------------- */

/* Splits a copy of the command in place. */
static void become(char *command)
{
    char *words[MAX_WORDS + 1];
    size_t n = 0;
    for (char *word = strtok(command, " "); word != NULL && n < MAX_WORDS; word = strtok(NULL, " "))
        words[n++] = word;
    words[n] = NULL;
    int nothing = open("/dev/null", O_WRONLY);
    if (n > 0 && nothing >= 0 && dup2(nothing, STDOUT_FILENO) >= 0 && dup2(nothing, STDERR_FILENO) >= 0)
        execvp(words[0], words);
    _exit(127);
}

static int run(char *command, double (*to)[MAX_ROUNDS], size_t round)
{
    struct rusage used;
    int status;
    double start = bench_now();
    pid_t child = fork();
    if (child == 0)
        become(command);
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        return 0;
    to[WALL][round] = bench_now() - start;
    to[USER][round] = seconds_of(used.ru_utime);
    to[SYSTEM][round] = seconds_of(used.ru_stime);
    to[PEAK][round] = (double)used.ru_maxrss / 1024.0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 1;
    fprintf(stderr, "bench_cold: ended with status %d: %s\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1, command);
    return 0;
}

/* --- printing ------------------------------------------------------------------------------------ */

static void print_spread(double *values, size_t n, int digits)
{
    bench_spread s = bench_spread_of(values, n);
    printf("  %8.*f [%.*f..%.*f]", digits, s.median, digits, s.min, digits, s.max);
}

static double cpu_of(size_t command, size_t round)
{
    return figures[command][USER][round] + figures[command][SYSTEM][round];
}

/* Ratios first: they want the rounds in their order. */
static void print_all(char **commands, size_t n_commands, size_t rounds)
{
    static double walls[MAX_COMMANDS][MAX_ROUNDS], cpus[MAX_COMMANDS][MAX_ROUNDS];
    for (size_t c = 1; c < n_commands; c++)
        for (size_t r = 0; r < rounds; r++) {
            walls[c][r] = figures[c][WALL][r] / figures[0][WALL][r];
            cpus[c][r] = cpu_of(c, r) / cpu_of(0, r);
        }
    printf("a fresh page of 4 KiB, us:");
    print_spread(pages[0], rounds, 3);
    printf("; in huge pages:");
    print_spread(pages[1], rounds, 3);
    printf("\n");
    for (size_t c = 0; c < n_commands; c++) {
        printf("command %zu: %s\n", c + 1, commands[c]);
        static const char *const names[N_FIGURES] = {"seconds", "user", "system", "peak, MiB"};
        for (size_t f = 0; f < N_FIGURES; f++) {
            printf("  %-10s", names[f]);
            print_spread(figures[c][f], rounds, f == PEAK ? 1 : 3);
            printf("\n");
        }
        if (c > 0) {
            printf("  %-10s", "of first");
            print_spread(walls[c], rounds, 3);
            printf("  CPU time:");
            print_spread(cpus[c], rounds, 3);
            printf("\n");
        }
    }
}

int main(int argc, char **argv)
{
    size_t rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, n = argc > 2 ? (size_t)argc - 2 : 0;
    if (rounds == 0 || rounds > MAX_ROUNDS || n > MAX_COMMANDS) {
        fprintf(stderr, "usage: bench_cold ROUNDS COMMAND [COMMAND...]   (1 to 1000 rounds, at most 8 commands)\n");
        return 2;
    }
    for (size_t c = 0; c < n; c++) /* files into the page cache */
        if (!run(argv[2 + c], figures[c], 0))
            return 1;
    for (size_t r = 0; r < rounds; r++) {
        if (!measure_pages(r))
            return 1;
        for (size_t c = 0; c < n; c++)
            if (!run(argv[2 + c], figures[c], r))
                return 1;
    }
    print_all(argv + 2, n, rounds);
    return 0;
}
