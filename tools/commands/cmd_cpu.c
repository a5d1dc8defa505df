/* cpu: what this machine offers and what a run would use. */
#include "tools/commands/command_table.h"

#include <string.h>

#include "engine/base/cpu.h"
#include "engine/base/status.h"

static void list_features(char *text, size_t bytes)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {
        {FEAT_CPU_FMA, "fma"}, {FEAT_CPU_AVX2, "avx2"}, {FEAT_CPU_AVX512, "avx512"}, {FEAT_CPU_AMX, "amx"},
        {FEAT_CPU_NEON, "neon"}};
    uint32_t found = feat_cpu_features();
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((found & names[i].bit) != 0)
            used += (size_t)snprintf(text + used, bytes - used, "%s%s", used ? " " : "", names[i].name);
    if (used == 0)
        snprintf(text, bytes, "none");
}

static void list_tables(char *text, size_t bytes)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; feat_isa_name(i) != NULL && used < bytes; i++)
        used += (size_t)snprintf(text + used, bytes - used, "%s%s%s", used ? " " : "", feat_isa_name(i),
                                 feat_isa_usable(i) ? "" : " (not on this CPU)");
}

static void put(bf_run *run, const char *label, const char *key, const char *text)
{
    bf_report_line(&run->report, label, text, "", "");
    bf_report_text(&run->report, key, text);
}

feat_status bf_cmd_cpu(bf_run *run, feat_error *err)
{
    char text[192];
    feat_status status = bf_run_network(run, err);
    if (status != FEAT_OK)
        return status;
    run->report.is_metric = false;
    const char *table = feat_isa_best(run->work.isa_mask);
    if (table == NULL)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "--isa %s: leaves no kernel table that this CPU can run",
                         bf_args_text(run->args, BF_OPT_ISA));
    list_features(text, sizeof text);
    put(run, "CPU offers", "cpu_features", text);
    list_tables(text, sizeof text);
    put(run, "kernel tables", "tables", text);
    bf_report_line(&run->report, "in use", table, "", "");
    snprintf(run->report.made.isa, sizeof run->report.made.isa, "%s", table);
    snprintf(text, sizeof text, "%zu", feat_pool_threads(run->work.context.pool));
    bf_report_line(&run->report, "threads", text, "", "");
    bf_report_integer(&run->report, "threads", feat_pool_threads(run->work.context.pool));
    snprintf(text, sizeof text, "version %d; fast is %s here", FEAT_NUMERICS_VERSION,
             feat_numerics_name(feat_numerics_here(FEAT_NUMERICS_FAST, run->work.isa_mask)));
    bf_report_line(&run->report, "numerics", text, "", "");
    return FEAT_OK;
}
