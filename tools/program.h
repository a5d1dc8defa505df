/* The program as a function: bonafide is nothing else, bonafide-mpi does a part of it itself. */
#ifndef BONAFIDE_PROGRAM_H
#define BONAFIDE_PROGRAM_H

#include "engine/iv3_common.h"

/* Parses, runs one command, prints; returns the exit code. */
int bf_program(int argc, char **argv);

/* The exit code that a status stands for. */
int bf_exit_code(iv3_status status);

#endif
