/* The program as a function: bonafide is nothing else, bonafide-mpi does a part of it itself. */
#ifndef BONAFIDE_TOOLS_PROGRAM_PROGRAM_H
#define BONAFIDE_TOOLS_PROGRAM_PROGRAM_H

#include "tools/run/run.h"

/* Parses, runs one command, prints; returns the exit code. team: who shares the work, or NULL. */
int bf_program(int argc, char **argv, const bf_team *team);

/* The exit code that a status stands for. */
int bf_exit_code(feat_status status);

#endif
