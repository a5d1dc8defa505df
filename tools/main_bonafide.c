/* bonafide: see tools/program.c. */
#include "tools/program.h"

int main(int argc, char **argv)
{
    return bf_program(argc, argv, NULL);
}
