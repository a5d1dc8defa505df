/* A weight file whose header claims the content of another one: every command that takes weights refuses it, writes
 * nothing, and leaves the cache of the honest file as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/faults/commands.h"
#include "tests/weights/weightgen.h"
#include "tools/options/usage_table.h"

static const machine_plan none = {.n = -1};

/* small.iv3 is of seed 1; forged.iv3 has the tensors of seed 2 under its name. */
static void forge(void)
{
    gen_buf honest = {NULL, 0, 0}, forged = {NULL, 0, 0};
    assert_int_equal(fault_run("weights synth 2 forged.iv3", &none), 0);
    gen_read_file("small.iv3", &honest);
    gen_read_file("forged.iv3", &forged);
    gen_flat_claim(&forged, gen_flat_claimed(&honest));
    gen_write_file("forged.iv3", forged.p, forged.n);
    gen_free(&honest);
    gen_free(&forged);
}

/* The line with forged.iv3 in the place of its weights; false: it takes none. */
static bool with_forged(char line[1024], const fault_command *command)
{
    static const char *const places[][2] = {{"--weights synth:1", "--weights forged.iv3"},
                                            {"small.iv3", "forged.iv3"},
                                            {"audit run.json ", "audit run.json --weights forged.iv3 "},
                                            {"audit run.tar ", "audit run.tar --weights forged.iv3 "}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const char *at = strstr(command->line, places[i][0]);
        if (at == NULL || strstr(command->line, "--bundle") != NULL) /* which opens no weights */
            continue;
        snprintf(line, 1024, "%.*s%s%s", (int)(at - command->line), command->line, places[i][1],
                 at + strlen(places[i][0]));
        return true;
    }
    return false;
}

/* Of those whose lines there are of features. `plan` only writes them into its script. */
#define FORGED " --weights forged.iv3 --sandbox off --threads 1"
static const fault_command more[] = {
    {BF_CMD_JUDGE_FEATURES, "judge features many --ref imgs -o out/features.npz -k 1 --pca 2" FORGED, NULL},
    {BF_CMD_JUDGE_TRAIN, "judge train many --ref imgs --labels labels.csv -o out/model.npz -k 1 --pca 2" FORGED, NULL},
    {BF_CMD_JUDGE_PREDICT, "judge predict model.npz many -o out/said.csv" FORGED, NULL},
    {BF_CMD_JUDGE_EVAL, "judge eval many --ref imgs --labels labels.csv --cv kfold:2 -k 1 -o out/judged" FORGED, NULL},
    {BF_CMD_PLAN, NULL, NULL},
};

static void refused(const char *line)
{
    static fault_files files;
    static const fault_files nothing;
    fault_earlier(&nothing);
    int code = fault_run(line, &none);
    fault_look(&files);
    if (code == 0 || strstr(fault_said, "forged.iv3: content SHA-256") == NULL || files.n > 0)
        fail_msg("%s: exit code %d, %zu files, %s", line, code, files.n, fault_said);
}

static bool takes_weights(const bf_command *command)
{
    return command->id == BF_CMD_WEIGHTS_INFO || command->id == BF_CMD_WEIGHTS_VERIFY ||
           bf_command_has(command, BF_OPT_WEIGHTS);
}

static void every_command_refuses_it(void **state)
{
    bool tried[BF_N_COMMANDS] = {false};
    char line[1024];
    (void)state;
    forge();
    for (size_t c = 0; fault_command_at(c) != NULL; c++) {
        const fault_command *command = fault_command_at(c);
        if (!with_forged(line, command))
            continue;
        refused(line);
        tried[command->id] = true;
    }
    for (size_t c = 0; c < sizeof more / sizeof more[0]; c++) {
        if (more[c].line != NULL)
            refused(more[c].line);
        tried[more[c].id] = true;
    }
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        if (takes_weights(bf_command_at(i)) && !tried[bf_command_at(i)->id])
            fail_msg("%s %s was not tried", bf_command_at(i)->name,
                     bf_command_at(i)->verb != NULL ? bf_command_at(i)->verb : "");
}

/* Its runs leave nothing in the cache that the honest file would be given. */
static void the_cache_stays_clean(void **state)
{
    gen_buf plain = {NULL, 0, 0}, cached = {NULL, 0, 0};
    const char *net = "--tap 64 --sandbox off --threads 1 --quiet";
    char line[1024];
    (void)state;
    forge();
    assert_int_equal(fault_run("features imgs -o plain.npy --weights small.iv3 --tap 64 --sandbox off", &none), 0);
    snprintf(line, sizeof line, "features imgs -o out/f.npy --weights forged.iv3 --cache c %s", net);
    assert_int_not_equal(fault_run(line, &none), 0);
    snprintf(line, sizeof line, "features imgs -o cached.npy --weights small.iv3 --cache c %s", net);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fault_run(line, &none), 0);
        gen_read_file("plain.npy", &plain);
        gen_read_file("cached.npy", &cached);
        assert_int_equal(plain.n, cached.n);
        assert_memory_equal(plain.p, cached.p, plain.n);
    }
    gen_free(&plain);
    gen_free(&cached);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_command_refuses_it, fault_setup, fault_teardown),
        cmocka_unit_test_setup_teardown(the_cache_stays_clean, fault_setup, fault_teardown),
    };
    return cmocka_run_group_tests_name("faults_forged", tests, NULL, NULL);
}
