# What tests/promise/check.sh says of a tree that breaks a promise, and of one that keeps it. The tree's own lists are
# compared by the lint.
. "$LIB"
promise=$(dirname "$LIB")/../promise
release() # VERSION: lists as they are released and as they are found, to be changed by a case
{
    rm -rf then now
    mkdir then
    cp "$promise"/*.txt then
    echo 1.2 >then/version.txt
    printf 'size feat_options 48\nfeat_status feat_do(int a)\n' >then/c.txt
    printf 'fid(real: Any, *, k: int = 3) -> float\nkid(real: Any) -> float\nmmd(real: Any) -> float\n' >then/python.txt
    printf 'part 2 -\nweights 3 aa\n' >then/formats.txt
    printf 'fid\nfid --preset tf1\n' >then/commands.txt
    printf 'fid: schema\n' >then/json.txt
    cp -R then now
    echo "$1" >now/version.txt
}
case_is() # TEXT
{
    echo "-- $1"
    LISTS=then NOW=now sh "$promise/check.sh" - 2>&1
    echo "[$?]"
}
release 1.2
case_is 'nothing changed'
echo 'fid --preset clean' >>now/commands.txt
case_is 'an option has a new word, in the version of the release'
echo 1.3 >now/version.txt
case_is 'and in the next one'
release 1.3
: >now/json.txt
case_is 'a key is gone'
echo 2.0 >now/version.txt
case_is 'in another major version'
release 1.3
sed -i 's/48/56/' now/c.txt
sed -i 's/k: int = 3/j: int = 0, &/; s/^mmd(real: Any/&, new: int = 0/' now/python.txt
case_is 'options grow at their end, and functions take more'
sed -i 's/int a/long a/; s/56/40/' now/c.txt
sed -i 's/k: int = 3/k: int = 30/; /^kid/d; s/^mmd(/mmd(new: int = 0, /' now/python.txt
case_is 'a parameter, a size, a default, a place and a function change'
release 2.0
sed -i 's/aa/bb/; s/^part 2/part 3/' now/formats.txt
case_is 'files differ and one says so, whatever the version of the program'
sed -i '/^part/d' now/formats.txt
case_is 'a format is not written any more'
# Lists of a release are made once.
release 1.2
echo 'pr' >>now/commands.txt
LISTS=then NOW=now sh "$promise/check.sh" - --release
echo "[$?]"
echo 1.3 >now/version.txt
LISTS=then NOW=now sh "$promise/check.sh" - --release
echo "[$?] $(cat then/version.txt) $(tail -n 1 then/commands.txt)"
# Nothing is promised before 1.0, but nothing changes unseen.
release 0.2
echo 0.2 >then/version.txt
sed -i 's/--preset/--pre/' now/commands.txt
case_is 'before 1.0'
LISTS=then NOW=now sh "$promise/check.sh" - --release
case_is 'made so'
