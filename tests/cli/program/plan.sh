# The script that plan prints runs as it is, shard by shard and through GNU parallel where that is installed; a shard that
# was killed goes on where it was, and what is done is not done again.
. "$LIB"
images "it's a" 1 5
images b 11 16
$BONAFIDE weights synth 1 w.iv3 --quiet >/dev/null || exit
$BONAFIDE plan "it's a" --shards 3 --weights w.iv3 --preset clean -o s.npz >plan.sh || exit
sh -n plan.sh || die "not a script"
grep -q '^#SBATCH --array=1-3$' plan.sh || die "no array of 3 for Slurm"
line=$(sed -n 's/^# *GNU parallel: *//p' plan.sh)
BONAFIDE_PROGRAM=$BONAFIDE
unset BONAFIDE
sh plan.sh 2 >/dev/null || die "shard 2 failed"
before=$(ls -l --time-style=full-iso s.npz.parts/2.part)
if command -v parallel >/dev/null 2>&1; then
    eval "$line" >out.txt || die "the line for GNU parallel failed"
else
    sh plan.sh 1 && sh plan.sh 3 && SLURM_ARRAY_TASK_ID=2 sh plan.sh && sh plan.sh merge >out.txt || die "a shard failed"
fi
[ "$before" = "$(ls -l --time-style=full-iso s.npz.parts/2.part)" ] || die "shard 2 was done again"
$BONAFIDE_PROGRAM stats "it's a" -o one.npz --weights w.iv3 --preset clean --quiet >/dev/null || exit
cmp s.npz one.npz || die "statistics differ"

# Two sets: eval.
$BONAFIDE_PROGRAM plan "it's a" b --shards 2 --weights w.iv3 --metrics fid,pr >plan.sh || exit
{ sh plan.sh 2 && SLURM_ARRAY_TASK_ID=1 sh plan.sh && sh plan.sh merge; } >/dev/null 2>&1 || die "eval failed"
$BONAFIDE_PROGRAM eval "it's a" b --weights w.iv3 --metrics fid,pr --json=one.json --quiet >/dev/null || exit
cmp eval.json one.json || die "JSON differs"
ls eval.json.parts
says $BONAFIDE_PROGRAM plan b --shards 2 --metrics fid
says $BONAFIDE_PROGRAM plan - --shards 2
