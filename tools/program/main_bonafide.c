/* bonafide: see tools/program/program.c. */
#include "tools/program/program.h"

int main(int argc, char **argv)
{
    return bf_program(argc, argv, NULL);
}
