# Manual pages are right for the formatters that are here, and complain about nothing else.
. "$LIB"
$BONAFIDE manual >bonafide.1 || die "manual failed"
$BONAFIDE manual weights convert >convert.1 || die "manual weights convert failed"
$BONAFIDE manual eval >eval.1 || die "manual eval failed"
says $BONAFIDE manual weights
says $BONAFIDE manual evla
says $BONAFIDE completion fihs
for page in bonafide.1 convert.1 eval.1; do
    if command -v groff >/dev/null 2>&1; then
        groff -man -ww -Tascii $page >$page.txt 2>$page.err || die "groff refuses $page"
        [ ! -s $page.err ] || die "groff: $(cat $page.err)"
        grep -q 'SYNOPSIS\|S.SY' $page.txt || die "$page: no synopsis"
    fi
    if command -v mandoc >/dev/null 2>&1; then
        mandoc -Tlint -Werror $page >$page.err 2>&1 || die "mandoc: $(cat $page.err)"
    fi
done
