# An installed header: what it includes lies beside it, the documents that it names lie in share/doc/bonafide, and names of
# source files, in (parentheses), are left out.
s,^#include "[^"]*/\([^"/]*\.h\)" *,#include "\1" ,
s,^\(#include "[^"]*"\) $,\1,
s,metrics/README\.md,METRICS.md,g
s,engine/\([a-z]*/\)*\([A-Z]*\.md\),\2,g
s,metrics/\([a-z]*/\)*\([A-Z]*\.md\),\2,g
s,tools/\([a-z]*/\)*\([A-Z]*\.md\),\2,g
s,^\(struct [a-z_]*;\) */\*.*\*/$,\1,
s,(base/context\.h),(context.h),g
s,^\( *\* \)([a-z_0-9/]*\.c),\1(in the sources),
s, ([a-z_0-9/]*\.c),,g
s, (\([a-z]*/\)*\(split\|kmeans\)\.h),,g
