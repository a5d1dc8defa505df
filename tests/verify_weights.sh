#!/bin/sh
# The checks that need published weights, for where their files lie: none of them is shipped. What is not there is named
# as not run, and is no failure.
#
#   sh tests/verify_weights.sh PATH-TO-bonafide DIR        make verify-weights WEIGHTS_DIR=DIR
#
# DIR has files under their published names (below), and, for the checks of sets,
#   cifar10-train-224, cifar10-valid-224   5000 images each, as torch-fidelity's util_dump_dataset_as_images.py writes
#                                          them (-l 5000 -r 224)
#   edm2-NAME.pkl, edm2-NAME               EDM2's dataset-refs/NAME.pkl, and the images it is of (folder or .zip)
# 1. SHA-256 of each file, conversion, checksums; the same tensors from every container of a network.
# 2. DINOv2 B/14 of a picture of random bytes: the sum of its features that torch-fidelity's test has.
# 3. FID with CLIP B/32 of the two sets of CIFAR-10: the number that torch-fidelity's test has.
# 4. FD-DINOv2 of EDM2's statistics to ours of the same images: next to nothing.
set -u
LC_ALL=C
export LC_ALL
bonafide=${1:?usage: sh tests/verify_weights.sh PATH-TO-bonafide DIR}
dir=${2:?usage: sh tests/verify_weights.sh PATH-TO-bonafide DIR}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-weights.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failed=0

ok() { echo "ok       $*"; }
fail() {
    echo "FAILED   $*"
    failed=$((failed + 1))
}
not_run() { echo "not run  $*"; }

# value FILE KEY: of a JSON text, a value that is no object.
value() {
    sed -n 's/.*"'"$2"'": *"\{0,1\}\([^",}]*\).*/\1/p' "$1" | head -n 1
}

# near VALUE EXPECTED WITHIN
near() {
    awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { exit !(a != "" && a - b <= d && b - a <= d) }'
}

# --- 1. files --------------------------------------------------------------------------------------------

# The tensors of a network must be those of the file before; its .iv3 stays for the checks that follow.
file() { # NETWORK FILE
    if [ ! -f "$dir/$2" ]; then
        not_run "$1: no file $2 in $dir"
        return
    fi
    if ! "$bonafide" weights convert "$dir/$2" "$work/one.iv3" --json -q >"$work/one.json" 2>"$work/one.err"; then
        fail "$1: $2: $(cat "$work/one.err")"
        return
    fi
    sum=$(value "$work/one.json" sha256)
    before=$(cat "$work/$1.sum" 2>/dev/null)
    if [ "$(value "$work/one.json" known)" != true ]; then
        fail "$1: $2: its SHA-256 is not that of the published file: $(sha256sum "$dir/$2" | cut -d' ' -f1)"
    elif [ "$(value "$work/one.json" network)" != "$1" ]; then
        fail "$1: $2: taken for $(value "$work/one.json" network)"
    elif ! "$bonafide" weights verify "$work/one.iv3" -q >/dev/null 2>"$work/one.err"; then
        fail "$1: $2: $(cat "$work/one.err")"
    elif [ -n "$before" ] && [ "$before" != "$sum" ]; then
        fail "$1: $2: content SHA-256 $sum, of the file before it $before"
    else
        ok "$1: $2: published, converted, intact; content SHA-256 $sum"
        echo "$sum" >"$work/$1.sum"
        mv "$work/one.iv3" "$work/$1.iv3"
    fi
    rm -f "$work/one.iv3"
    case $1 in dinov2-vitb14 | dinov2-vitl14 | clip-vit-b-32) ;; *) rm -f "$work/$1.iv3" ;; esac
}

file inception-v3-fid pt_inception-2015-12-05-6726825d.pth
file vgg16 vgg16-397923af.pth
for model in vits14 vitb14 vitl14; do
    file dinov2-$model dinov2_${model}_pretrain.pth
    file dinov2-$model-reg4 dinov2_${model}_reg4_pretrain.pth
done
file clip-vit-b-32 ViT-B-32.pt
file clip-vit-b-32 clip-vit-base-patch32/pytorch_model.bin
file clip-vit-b-16 ViT-B-16.pt
file clip-vit-l-14 ViT-L-14.pt
file clip-vit-l-14 clip-vit-large-patch14/model.safetensors
file clip-vit-l-14-336 ViT-L-14-336px.pt

# --- 2. a picture of random bytes --------------------------------------------------------------------------

# 32 x 32, planes after one another, byte = output mod 256 of the Mersenne Twister (Matsumoto, Nishimura, 1998) seeded
# with 2023: what torch.randint gives. As octal escapes, pixel by pixel.
random_pixels() {
    awk '
    function both(a, b, one,    r, p) { # one 1: a and b; 0: a xor b
        for (p = 1; a > 0 || b > 0; p *= 2) {
            if (one ? a % 2 + b % 2 == 2 : a % 2 != b % 2) r += p
            a = int(a / 2); b = int(b / 2)
        }
        return r + 0
    }
    function xor_(a, b) { return both(a, b, 0) }
    function times(a, b) { # modulo 2^32; a product of 16 and 32 bits is exact
        return (a % 65536 * b + int(a / 65536) * b % 65536 * 65536) % 4294967296
    }
    BEGIN {
        s[0] = 2023
        for (i = 1; i < 624; i++) s[i] = (times(xor_(s[i - 1], int(s[i - 1] / 1073741824)), 1812433253) + i) % 4294967296
        for (n = 0; n < 3072; n++) {
            k = n % 624
            y = (s[k] >= 2147483648 ? 2147483648 : 0) + s[(k + 1) % 624] % 2147483648
            s[k] = xor_(s[(k + 397) % 624], int(y / 2))
            if (y % 2) s[k] = xor_(s[k], 2567483615)
            y = xor_(s[k], int(s[k] / 2048))
            y = xor_(y, both(y * 128 % 4294967296, 2636928640, 1))
            y = xor_(y, both(y * 32768 % 4294967296, 4022730752, 1))
            out[n] = xor_(y, int(y / 262144)) % 256
        }
        for (n = 0; n < 1024; n++) printf "\\0%o\\0%o\\0%o", out[n], out[n + 1024], out[n + 2048]
    }'
}

picture_sha256=2194dce4d2dda87654ceea5034b19a8c6920467c52ac908bafdb8b1ff3aab87b
mkdir "$work/picture"
{ printf 'P6\n32 32\n255\n' && printf '%b' "$(random_pixels)"; } >"$work/picture/random.ppm"
sum=$(sha256sum "$work/picture/random.ppm" | cut -d' ' -f1)
if [ "$sum" != $picture_sha256 ]; then
    fail "the picture of random bytes: SHA-256 $picture_sha256 expected, $sum found"
else
    ok "the picture of random bytes is that of torch.randint, seed 2023"
fi
if [ ! -f "$work/dinov2-vitb14.iv3" ]; then
    not_run "dinov2-vitb14: the sum of features: needs a good dinov2_vitb14_pretrain.pth in $dir"
elif ! "$bonafide" features "$work/picture" --weights "$work/dinov2-vitb14.iv3" --network dinov2-vitb14 --preset tf1 \
    -o "$work/f.npy" -q 2>"$work/one.err"; then
    fail "dinov2-vitb14: $(cat "$work/one.err")"
else
    sum=$(tail -c 3072 "$work/f.npy" | od -An -v -tf4 | awk '{ for (i = 1; i <= NF; i++) s += $i } END { printf "%.7f", s }')
    if near "$sum" -34.6249580383 1e-4; then
        ok "dinov2-vitb14: the sum of features is $sum, torch-fidelity's -34.6249580"
    else
        fail "dinov2-vitb14: the sum of features: -34.6249580 expected within 1e-4, $sum found"
    fi
fi

# --- 3., 4. sets -------------------------------------------------------------------------------------------

fid() { # NETWORK PRESET A B
    "$bonafide" fid "$3" "$4" --weights "$work/$1.iv3" --network "$1" --preset "$2" --json -q >"$work/one.json" \
        2>"$work/one.err" && value "$work/one.json" frechet_inception_distance
}

train=$dir/cifar10-train-224 valid=$dir/cifar10-valid-224
if [ ! -e "$train" ] || [ ! -e "$valid" ]; then
    not_run "clip-vit-b-32: FID of CIFAR-10: no folders cifar10-train-224 and cifar10-valid-224 in $dir"
elif [ ! -f "$work/clip-vit-b-32.iv3" ]; then
    not_run "clip-vit-b-32: FID of CIFAR-10: needs a good ViT-B-32.pt in $dir"
else
    found=$(fid clip-vit-b-32 tf1 "$train" "$valid")
    if near "$found" 0.492375 1e-4; then
        ok "clip-vit-b-32: FID of CIFAR-10 is $found, torch-fidelity's .492375"
    else
        fail "clip-vit-b-32: FID of CIFAR-10: .492375 expected within 1e-4, '$found' found $(cat "$work/one.err")"
    fi
fi

n_references=0
for reference in "$dir"/edm2-*.pkl; do
    [ -f "$reference" ] || continue
    n_references=$((n_references + 1))
    set=${reference%.pkl}
    [ -e "$set" ] || set=$set.zip
    if [ ! -e "$set" ]; then
        not_run "dinov2-vitl14: $(basename "$reference"): no images $(basename "$set" .zip) in $dir"
    elif [ ! -f "$work/dinov2-vitl14.iv3" ]; then
        not_run "dinov2-vitl14: $(basename "$reference"): needs a good dinov2_vitl14_pretrain.pth in $dir"
    else
        # Theirs were computed on a GPU whose convolutions had mantissas of 10 bits, so not quite 0.
        found=$(fid dinov2-vitl14 edm2 "$reference" "$set")
        if near "$found" 0 0.1; then
            ok "dinov2-vitl14: FD of $(basename "$reference") to ours of the same images is $found"
        else
            fail "dinov2-vitl14: FD of $(basename "$reference") to ours of the same images: at most .1 expected," \
                "'$found' found $(cat "$work/one.err")"
        fi
    fi
done
[ $n_references -gt 0 ] || not_run "dinov2-vitl14: EDM2's statistics: no file edm2-NAME.pkl in $dir"
[ $failed = 0 ] || echo "failed checks: $failed"
[ $failed = 0 ]
