/* selftest: what this build does on this machine, against what any correct build does on any. */
#include "tools/commands/command_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/base/status.h"
#include "tools/base/signals.h"
#include "tools/options/weights_find.h"
#include "tools/selftest/selftest.h"
#include "tools/selftest/selftest_golden.h"
#include "tools/tables/report_print.h"

enum { EXIT_FAILED = 1 };

typedef struct selftest {
    bf_run *run;
    const feat_net *net; /* that is run */
    size_t n_checks, n_failed;
    char first[160]; /* failure */
} selftest;

/* One check; says whether it passed. */
static bool check(selftest *t, const char *what, const char *which, uint64_t found, uint64_t expected)
{
    t->n_checks++;
    if (found == expected)
        return true;
    if (t->n_failed++ == 0)
        snprintf(t->first, sizeof t->first, "%s: %s: hash %016" PRIx64 " expected, %016" PRIx64 " found",
                 what, which, expected, found);
    return false;
}

static void say(selftest *t, const char *what, bool good, const char *detail)
{
    char text[160];
    snprintf(text, sizeof text, "%s%s%s", good ? "ok" : "FAILED", detail[0] ? ": " : "", detail);
    bf_report_line(&t->run->report, what, text, "", "");
}

static void test_arithmetic(selftest *t)
{
    bool good = check(t, "arithmetic", "exp", bf_selftest_exp(), bf_golden_exp);
    good = check(t, "arithmetic", "log", bf_selftest_log(), bf_golden_log) && good;
    say(t, "arithmetic", good, "exp, log");
}

/* The hash a preset must give; 0 for one that selftest_golden.h was not written with. */
static uint64_t golden_resize(const char *preset)
{
    for (size_t i = 0; i < sizeof bf_golden_resize / sizeof bf_golden_resize[0]; i++)
        if (strcmp(bf_golden_resize[i].preset, preset) == 0)
            return bf_golden_resize[i].hash;
    return 0;
}

static feat_status test_resize(selftest *t, feat_error *err)
{
    char detail[64];
    size_t n = 0, n_good = 0;
    for (; feat_preset_at(n) != NULL; n++) {
        const char *name = feat_preset_at(n)->name;
        uint64_t hash = 0;
        feat_status status = bf_selftest_resize(&hash, feat_preset_at(n), err);
        if (status != FEAT_OK)
            return status;
        n_good += check(t, "resize", name, hash, golden_resize(name));
    }
    snprintf(detail, sizeof detail, "%zu of %zu presets", n_good, n);
    say(t, "resize", n_good == n, detail);
    return FEAT_OK;
}

static feat_status test_statistics(selftest *t, feat_error *err)
{
    uint64_t hash = 0;
    feat_status status = bf_selftest_statistics(&hash, &t->run->work.context, err);
    if (status == FEAT_OK)
        say(t, "statistics", check(t, "statistics", "all", hash, bf_golden_statistics),
            "FID, Inception Score, precision and recall");
    return status;
}

static feat_status test_kernels(selftest *t, size_t table, feat_error *err)
{
    char what[40], detail[64];
    uint64_t hashes[BF_N_SELFTEST_GROUPS];
    size_t n_good = 0;
    snprintf(what, sizeof what, "%s kernels", table == SIZE_MAX ? "oracle" : feat_isa_name(table));
    feat_status status = bf_selftest_kernels(hashes, table, err);
    if (status != FEAT_OK)
        return status;
    for (size_t g = 0; g < BF_N_SELFTEST_GROUPS; g++)
        n_good += check(t, what, bf_selftest_group(g), hashes[g], bf_golden_kernels[g]);
    snprintf(detail, sizeof detail, "%zu of %d", n_good, BF_N_SELFTEST_GROUPS);
    say(t, what, n_good == BF_N_SELFTEST_GROUPS, detail);
    return FEAT_OK;
}

static double seconds_now(void)
{
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The hash that all taps of a network must give; 0 for one that selftest_golden.h was not written with. */
static uint64_t golden_network(const feat_net *net)
{
    for (size_t i = 0; i < sizeof bf_golden_networks / sizeof bf_golden_networks[0]; i++)
        if (strcmp(bf_golden_networks[i].network, feat_net_name(net)) == 0)
            return bf_golden_networks[i].hash;
    return 0;
}

static feat_status test_network(selftest *t, size_t table, feat_error *err)
{
    char what[40], detail[64];
    uint64_t hash = 0;
    double started = seconds_now();
    snprintf(what, sizeof what, "%s network", feat_isa_name(table));
    bf_progress_step(&t->run->report.progress, what);
    feat_status status = bf_selftest_network(&hash, t->net, table, t->run->work.context.pool, err);
    bf_progress_clear(&t->run->report.progress);
    if (status != FEAT_OK)
        return status;
    snprintf(detail, sizeof detail, "%s, weights synth:1, %.1f s", feat_net_name(t->net), seconds_now() - started);
    say(t, what, check(t, what, "all taps", hash, golden_network(t->net)), detail);
    return FEAT_OK;
}

/* Without fused multiply-adds in hardware the network takes half a minute. */
static bool is_slow(size_t table)
{
#if defined(__x86_64__)
    return strcmp(feat_isa_name(table), "scalar") == 0;
#else
    (void)table;
    return false;
#endif
}

/* A table of this build, if the mask allows it and the CPU can run it. */
static feat_status test_table(selftest *t, size_t table, feat_error *err)
{
    char label[40];
    uint32_t bit = 0;
    feat_status status = feat_isa_mask_parse(&bit, feat_isa_name(table), err);
    if (status != FEAT_OK || (bit & t->run->work.isa_mask) == 0)
        return status;
    snprintf(label, sizeof label, "%s kernels", feat_isa_name(table));
    if (!feat_isa_usable(table)) {
        bf_report_line(&t->run->report, label, "not on this CPU", "", "");
        return FEAT_OK;
    }
    if (t->run->report.made.isa[0] == 0)
        snprintf(t->run->report.made.isa, sizeof t->run->report.made.isa, "%s", feat_isa_name(table));
    status = test_kernels(t, table, err);
    if (status != FEAT_OK)
        return status;
    if (!is_slow(table) || t->run->work.isa_mask == bit)
        return test_network(t, table, err);
    snprintf(label, sizeof label, "%s network", feat_isa_name(table));
    bf_report_line(&t->run->report, label, "left out: half a minute without FMA (--isa scalar runs it)", "",
                   "");
    return FEAT_OK;
}

static feat_status test_all(selftest *t, feat_error *err)
{
    test_arithmetic(t);
    feat_status status = test_resize(t, err);
    if (status == FEAT_OK)
        status = test_statistics(t, err);
    if (status == FEAT_OK)
        status = test_kernels(t, SIZE_MAX, err);
    for (size_t i = 0; feat_isa_name(i) != NULL && status == FEAT_OK; i++) {
        status = test_table(t, i, err);
        if (status == FEAT_OK && bf_interrupted())
            status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    }
    return status;
}

/* --- golden values -------------------------------------------------------------------------------- */

static void print_hash(const char *name, uint64_t hash)
{
    printf("static const uint64_t %s = UINT64_C(0x%016" PRIx64 ");\n", name, hash);
}

static feat_status print_kernels(feat_error *err)
{
    uint64_t hashes[BF_N_SELFTEST_GROUPS];
    feat_status status = bf_selftest_kernels(hashes, SIZE_MAX, err);
    if (status != FEAT_OK)
        return status;
    printf("static const uint64_t bf_golden_kernels[%d] = {\n", BF_N_SELFTEST_GROUPS);
    for (size_t i = 0; i < BF_N_SELFTEST_GROUPS; i++)
        printf("    UINT64_C(0x%016" PRIx64 "), /* %s */\n", hashes[i], bf_selftest_group(i));
    printf("};\n");
    return FEAT_OK;
}

static feat_status print_resize(feat_error *err)
{
    printf("static const struct {\n    const char *preset;\n    uint64_t hash;\n} bf_golden_resize[] = {\n");
    for (size_t i = 0; feat_preset_at(i) != NULL; i++) {
        uint64_t hash = 0;
        feat_status status = bf_selftest_resize(&hash, feat_preset_at(i), err);
        if (status != FEAT_OK)
            return status;
        printf("    {\"%s\", UINT64_C(0x%016" PRIx64 ")},\n", feat_preset_at(i)->name, hash);
    }
    printf("};\n");
    return FEAT_OK;
}

static feat_status print_networks(const bf_run *run, feat_error *err)
{
    size_t table = 0;
    while (feat_isa_name(table) != NULL && !feat_isa_usable(table))
        table++;
    printf("static const struct {\n    const char *network;\n    uint64_t hash;\n} bf_golden_networks[] = {\n");
    for (size_t i = 0; feat_net_at(i) != NULL; i++) {
        uint64_t hash = 0;
        feat_status status = bf_selftest_network(&hash, feat_net_at(i), table, run->work.context.pool, err);
        if (status != FEAT_OK)
            return status;
        printf("    {\"%s\", UINT64_C(0x%016" PRIx64 ")},\n", feat_net_name(feat_net_at(i)), hash);
    }
    printf("};\n");
    return FEAT_OK;
}

/* The file tools/selftest/selftest_golden.h: kernels from the plain loops, networks from the best table. */
static feat_status print_golden(const bf_run *run, feat_error *err)
{
    uint64_t statistics = 0;
    printf(
        "/* Written by: bonafide selftest --print-golden. What a correct build gives on any machine; a "
        "change\n"
        " * here is a change of the numerics contract (engine/ARITHMETIC.md). */\n"
        "#ifndef BONAFIDE_TOOLS_SELFTEST_SELFTEST_GOLDEN_H\n#define BONAFIDE_TOOLS_SELFTEST_SELFTEST_GOLDEN_H\n\n"
        "#include <stdint.h>\n\n");
    feat_status status = print_kernels(err);
    if (status == FEAT_OK)
        status = print_resize(err);
    if (status == FEAT_OK)
        status = bf_selftest_statistics(&statistics, &run->work.context, err);
    if (status == FEAT_OK)
        status = print_networks(run, err);
    if (status != FEAT_OK)
        return status;
    print_hash("bf_golden_exp", bf_selftest_exp());
    print_hash("bf_golden_log", bf_selftest_log());
    print_hash("bf_golden_statistics", statistics);
    printf("\n#endif\n");
    return FEAT_OK;
}

/* --- the command ---------------------------------------------------------------------------------- */

feat_status bf_cmd_selftest(bf_run *run, feat_error *err)
{
    selftest t = {.run = run};
    char text[64];
    feat_status status = feat_isa_mask_parse(&run->work.isa_mask, bf_args_text(run->args, BF_OPT_ISA), err);
    if (status == FEAT_OK)
        status = bf_network_wanted(&t.net, run->args, err);
    t.net = t.net != NULL ? t.net : bf_network_default();
    if (status == FEAT_OK)
        status = feat_pool_create(&run->work.context.pool, (size_t)bf_args_number(run->args, BF_OPT_THREADS), err);
    if (status == FEAT_OK && bf_args_given(run->args, BF_OPT_PRINT_GOLDEN))
        return print_golden(run, err);
    if (status == FEAT_OK)
        status = test_all(&t, err);
    if (status != FEAT_OK)
        return status;
    if (run->report.made.isa[0] == 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "--isa %s: leaves no kernel table that this CPU can run",
                         bf_args_text(run->args, BF_OPT_ISA));
    bf_report_line(&run->report, "in use", run->report.made.isa, "", "");
    snprintf(text, sizeof text, "%zu of %zu checks passed", t.n_checks - t.n_failed, t.n_checks);
    bf_report_line(&run->report, t.n_failed == 0 ? "passed" : "FAILED", text, "", "");
    bf_report_integer(&run->report, "checks", t.n_checks);
    bf_report_integer(&run->report, "failed", t.n_failed);
    if (t.n_failed == 0)
        return FEAT_OK;
    bf_report_text(&run->report, "first_failure", t.first);
    run->exit_code = EXIT_FAILED;
    status = bf_report_emit(&run->report, bf_args_given(run->args, BF_OPT_JSON),
                            bf_args_text(run->args, BF_OPT_JSON), err);
    return status == FEAT_OK ? feat_fail(err, FEAT_ERR_CHECKSUM, "selftest: %s", t.first) : status;
}
