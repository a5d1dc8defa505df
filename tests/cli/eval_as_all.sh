# What each tool would print: one pass for each way of resizing, the tools' own conventions in the JSON.
. "$LIB"
images real 1 4
images gen 21 24
$BONAFIDE eval real gen --as all -k 2 --density-k 2 --weights synth:1 --json result.json || exit
json_valid result.json || die "JSON is not valid"
[ "$(number result.json passes)" = 7 ] || die "not 7 passes"
[ "$(grep -c '"tool": "' result.json)" -eq 9 ] || die "not 9 tools"
$BONAFIDE eval real gen --preset stylegan --metrics fid --weights synth:1 --json one.json >/dev/null 2>&1
value=$(number one.json frechet_inception_distance)
grep -q "\"frechet_inception_distance\": $value,\{0,1\}\$" result.json || die "FID as StyleGAN is not $value"
