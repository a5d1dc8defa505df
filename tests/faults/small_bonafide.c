/* bonafide with the small network of this folder, and nothing failing: what a run of very many images takes beside the
 * network can then be watched in minutes, see tests/long_run.sh. */
#include "tools/program/program.h"

int main(int argc, char **argv)
{
    return bf_program(argc, argv, NULL);
}
