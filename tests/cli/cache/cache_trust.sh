# What others can write is not read from a cache; what is signed with a key is, whoever wrote it.
. "$LIB"
images set 1 3
run()
{
    says $BONAFIDE features set -o f.npy --weights synth:1 --manifest run.json "$@" | grep -e '^\[' -e 'warning: [cd]:' -e key:
    [ ! -e run.json ] || echo "$(number run.json images_from_cache) from the cache"
    rm -f run.json
}
run --cache c
run --cache c
chmod 664 c/*.pack
run --cache c
head -c 32 /dev/urandom >key
head -c 32 /dev/urandom >other
head -c 15 /dev/urandom >short
chmod 600 key other short
run --cache d --cache-key key
chmod 666 d/*.pack
run --cache d --cache-key key
run --cache d --cache-key other
run --cache d --cache-key short
run --cache d --cache-key none
chmod 644 key
run --cache d --cache-key key
run --cache-key key
