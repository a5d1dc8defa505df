# What `make verify-weights` says where there are no published files, and where there is a wrong one.
. "$LIB"
script=$(cd "$(dirname "$LIB")/.." && pwd)/verify_weights.sh
mkdir -p none some
says sh "$script" $BONAFIDE none
echo "these are no weights" >some/dinov2_vitl14_pretrain.pth
says sh "$script" $BONAFIDE some | grep -v ': not run  .*: no file'
$BONAFIDE weights synth 1 w.iv3 -q >/dev/null || die "no weights"
mv w.iv3 some/ViT-B-32.pt
rm some/dinov2_vitl14_pretrain.pth
mkdir some/cifar10-train-224 some/cifar10-valid-224
touch some/edm2-img512.pkl
says sh "$script" $BONAFIDE some | grep -v ': not run  .*: no file'
