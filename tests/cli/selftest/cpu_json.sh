. "$LIB"
$BONAFIDE cpu --json >out.json && json_valid out.json && cat out.json
