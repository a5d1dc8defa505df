/* Signals that ask the program to end set a flag. */
#include "tools/base/signals.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t caught;

static void note_signal(int number)
{
    caught = number;
}

void bf_signals_spare_writes(void)
{
    (void)signal(SIGXFSZ, SIG_IGN);
}

void bf_signals_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action, old;
        memset(&action, 0, sizeof action);
        action.sa_handler = note_signal;
        action.sa_flags = SA_RESETHAND | SA_RESTART;
        sigemptyset(&action.sa_mask);
        /* A signal that whoever started us ignores (nohup) stays ignored. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}

int bf_signals_caught(void)
{
    return caught;
}

bool bf_interrupted(void)
{
    return caught != 0;
}
