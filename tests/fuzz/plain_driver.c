/* Runs a fuzz target over files and over all files of folders, in the order of the arguments; a crash is a crash. For
 * where there is no libFuzzer: gcc, other sanitizers, valgrind, emulators. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static size_t n_run;

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    long size = -1;
    if (f != NULL && fseek(f, 0, SEEK_END) == 0)
        size = ftell(f);
    uint8_t *data = size < 0 ? NULL : malloc((size_t)size + 1);
    if (data == NULL || fseek(f, 0, SEEK_SET) != 0 || fread(data, 1, (size_t)size, f) != (size_t)size) {
        fprintf(stderr, "%s: cannot read\n", path);
        return 1;
    }
    fclose(f);
    if (getenv("FUZZ_NAMES") != NULL)
        fprintf(stderr, "%s\n", path);
    /* A block of exactly this size, so that reading past its end shows. */
    uint8_t *exact = malloc(size > 0 ? (size_t)size : 1);
    if (exact == NULL)
        return 1;
    memcpy(exact, data, (size_t)size);
    free(data);
    LLVMFuzzerTestOneInput(exact, (size_t)size);
    free(exact);
    n_run++;
    return 0;
}

static int run_folder(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort), failed = n < 0;
    for (int i = 0; i < n; i++) {
        char file[1024];
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            failed |= run_file(file);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) {
        struct stat info = {0};
        failed |= stat(argv[i], &info) != 0 || (S_ISDIR(info.st_mode) ? run_folder(argv[i]) : run_file(argv[i]));
    }
    printf("%zu inputs%s\n", n_run, failed ? ", some could not be read" : "");
    return failed || n_run == 0;
}
