/* Which build of bonafide this is. */
#ifndef BONAFIDE_TOOLS_BASE_BUILD_ID_H
#define BONAFIDE_TOOLS_BASE_BUILD_ID_H

/* "v0.1.0-12-g83927f1, gcc 12.2.0, x86-64": the source's commit (or what the packager said with make
 * BONAFIDE_BUILD_ID=..., "release" without either), compiler, architecture. The same for every build of the same
 * source with the same compiler: no date, no machine, no path. Never compared by audits. */
const char *bf_build_id(void);

#endif
