/* From a command's number to its function. */
#include "tools/commands/command_table.h"

#include "tools/judge/judge_job.h"

feat_status bf_run_command(bf_run *run, feat_error *err)
{
    switch (run->args->command->id) {
    case BF_CMD_FID:
        return bf_cmd_fid(run, err);
    case BF_CMD_IS:
        return bf_cmd_is(run, err);
    case BF_CMD_KID:
        return bf_cmd_kid(run, err);
    case BF_CMD_PR:
        return bf_cmd_pr(run, err);
    case BF_CMD_EVAL:
        return bf_cmd_eval(run, err);
    case BF_CMD_FEATURES:
        return bf_cmd_features(run, err);
    case BF_CMD_STATS:
        return bf_cmd_stats(run, err);
    case BF_CMD_PLAN:
        return bf_cmd_plan(run, err);
    case BF_CMD_MERGE:
        return bf_cmd_merge(run, err);
    case BF_CMD_AUDIT:
        return bf_cmd_audit(run, err);
    case BF_CMD_COMPARE:
        return bf_cmd_compare(run, err);
    case BF_CMD_SANITY:
        return bf_cmd_sanity(run, err);
    case BF_CMD_DRIFT:
        return bf_cmd_drift(run, err);
    case BF_CMD_SELFTEST:
        return bf_cmd_selftest(run, err);
    case BF_CMD_JUDGE_AGREE:
        return bf_cmd_judge_agree(run, err);
    case BF_CMD_JUDGE_FEATURES:
        return bf_cmd_judge_features(run, err);
    case BF_CMD_JUDGE_TRAIN:
        return bf_cmd_judge_train(run, err);
    case BF_CMD_JUDGE_PREDICT:
        return bf_cmd_judge_predict(run, err);
    case BF_CMD_JUDGE_EVAL:
        return bf_cmd_judge_eval(run, err);
    case BF_CMD_JUDGE_SHEET:
        return bf_cmd_judge_sheet(run, err);
    case BF_CMD_WEIGHTS_GET:
        return bf_cmd_weights_get(run, err);
    case BF_CMD_WEIGHTS_LIST:
        return bf_cmd_weights_list(run, err);
    case BF_CMD_WEIGHTS_CONVERT:
        return bf_cmd_weights_convert(run, err);
    case BF_CMD_WEIGHTS_INFO:
        return bf_cmd_weights_info(run, err);
    case BF_CMD_WEIGHTS_VERIFY:
        return bf_cmd_weights_verify(run, err);
    case BF_CMD_WEIGHTS_SYNTH:
        return bf_cmd_weights_synth(run, err);
    case BF_CMD_REFS_GET:
        return bf_cmd_refs_get(run, err);
    case BF_CMD_REFS_ADD:
        return bf_cmd_refs_add(run, err);
    case BF_CMD_REFS_LIST:
        return bf_cmd_refs_list(run, err);
    case BF_CMD_CPU:
        return bf_cmd_cpu(run, err);
    case BF_CMD_MANUAL:
    case BF_CMD_COMPLETION:
    case BF_CMD_HELP:
    case BF_CMD_VERSION:
    case BF_N_COMMANDS:
        break;
    }
    return FEAT_OK;
}
