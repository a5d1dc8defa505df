/* Writes what `make install` installs beside the program: manual pages and shell completions.
 *
 *     mkdocs DIR        DIR/bonafide.1, DIR/bonafide-fid.1 ..., DIR/bonafide.bash, DIR/bonafide.zsh, DIR/bonafide.fish
 *
 * It runs on the machine that builds, so a cross build makes one more for that. */
#include <string.h>

#include "tools/options/usage_table.h"
#include "tools/options/completion.h"
#include "tools/options/man_page.h"

static FILE *begin(const char *folder, const char *name)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = n > 0 && (size_t)n < sizeof path ? fopen(path, "w") : NULL;
    if (out == NULL)
        fprintf(stderr, "mkdocs: %s/%s: cannot be written\n", folder, name);
    return out;
}

static int end(FILE *out, feat_status status)
{
    int failed = status != FEAT_OK || ferror(out) != 0;
    failed |= fclose(out) != 0;
    if (failed)
        fprintf(stderr, "mkdocs: a file could not be completed\n");
    return failed;
}

static int page(const char *folder, const bf_command *command)
{
    char name[96] = "bonafide.1";
    feat_error err;
    if (command != NULL)
        snprintf(name, sizeof name, "bonafide-%s%s%s.1", command->name, command->verb ? "-" : "",
                 command->verb ? command->verb : "");
    FILE *out = begin(folder, name);
    if (out == NULL)
        return 1;
    return end(out, bf_manual_print(out, command ? command->name : NULL, command ? command->verb : NULL, &err));
}

static int completion(const char *folder, const char *shell)
{
    char name[32];
    feat_error err;
    snprintf(name, sizeof name, "bonafide.%s", shell);
    FILE *out = begin(folder, name);
    return out == NULL ? 1 : end(out, bf_completion_print(out, shell, &err));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: mkdocs DIR\n");
        return 2;
    }
    int failed = page(argv[1], NULL);
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        failed |= page(argv[1], bf_command_at(i));
    failed |= completion(argv[1], "bash") | completion(argv[1], "zsh") | completion(argv[1], "fish");
    return failed;
}
