/* Every command of the option table as a line that runs in milliseconds on files of its own: the machine of machine.h
 * breaks them one call at a time. */
#ifndef BONAFIDE_TESTS_FAULTS_COMMANDS_H
#define BONAFIDE_TESTS_FAULTS_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/faults/machine.h"
#include "tools/options/options.h"

typedef struct fault_command {
    bf_command_id id;
    const char *line;     /* with --threads 1 where the command takes it; outputs are in out/ */
    const char *twice_in; /* NULL, or a name in out/ whose contents may differ from run to run (a cache) */
} fault_command;

/* NULL past the end. */
const fault_command *fault_command_at(size_t index);

/* What the last run of fault_run printed: standard error, whole, and what standard output held. */
extern char fault_said[8192], fault_printed[16384];

/* Runs a line as the program would, with the plan in force, and returns its exit code. */
int fault_run(const char *line, const machine_plan *plan);

/* A fresh folder with the files that the lines name becomes the working folder; and goes. For cmocka. */
int fault_setup(void **state);
int fault_teardown(void **state);

/* The files of out/ with a hash of their bytes. */
enum { MAX_FILES = 48 };
typedef struct fault_files {
    struct {
        char path[120];
        unsigned long long hash, bytes;
    } file[MAX_FILES];
    size_t n;
} fault_files;
void fault_look(fault_files *files);

/* Empties out/ and puts a file saying "earlier" where each of `files` was. */
void fault_earlier(const fault_files *files);

/* NULL if out/ holds nothing but files that are as fault_earlier left them or as in `files`, and all of those;
 * else what is wrong. `skip` may be NULL: a folder of out/ that is not looked at. `all_new`: every one must be as
 * in `files`. */
const char *fault_changed(const fault_files *files, const char *skip, bool all_new);

#endif
