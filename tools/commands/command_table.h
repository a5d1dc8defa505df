/* The commands, one function each, and the table of them. */
#ifndef BONAFIDE_TOOLS_COMMANDS_COMMAND_TABLE_H
#define BONAFIDE_TOOLS_COMMANDS_COMMAND_TABLE_H

#include "tools/run/run.h"

/* The one that args->command names; help and version do nothing here. */
feat_status bf_run_command(bf_run *run, feat_error *err) FEAT_NODISCARD;

feat_status bf_cmd_fid(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_is(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_kid(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_pr(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_eval(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_features(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_stats(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_plan(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_merge(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_audit(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_compare(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_sanity(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_drift(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_selftest(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_weights_get(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_weights_list(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_weights_convert(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_weights_info(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_weights_verify(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_weights_synth(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_refs_get(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_refs_add(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_refs_list(bf_run *run, feat_error *err) FEAT_NODISCARD;
feat_status bf_cmd_cpu(bf_run *run, feat_error *err) FEAT_NODISCARD;

#endif
