/* See trial.h. */
#include "tests/weights/trial.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "weights/convert.h"

trial_state trial;

int trial_setup(void **state)
{
    (void)state;
    gen_folder(trial.folder);
    (void)snprintf(trial.in, sizeof trial.in, "%s/in", trial.folder);
    (void)snprintf(trial.out, sizeof trial.out, "%s/out.iv3", trial.folder);
    memset(&trial.list, 0, sizeof trial.list);
    return 0;
}

int trial_teardown(void **state)
{
    (void)state;
    feat_alloc_fail_after(-1);
    gen_clear(&trial.list);
    gen_remove_folder(trial.folder);
    return feat_alloc_live() == 0 ? 0 : 1;
}

feat_status trial_path(const char *in, feat_dtype dtype)
{
    const feat_convert_options options = {in, trial.out, dtype, NULL};
    memset(&trial.err, 0, sizeof trial.err);
    return feat_convert_among(&options, gen_maps, NULL, &trial.err);
}

feat_status trial_bytes(const void *p, size_t n)
{
    gen_write_file(trial.in, p, n);
    return trial_path(trial.in, FEAT_FLOAT32);
}

/* Neither the output nor a temporary file: only what the test itself wrote. */
void trial_nothing_left(void)
{
    DIR *d = opendir(trial.folder);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        assert_null(strstr(e->d_name, "out.iv3"));
    closedir(d);
}

void trial_error(feat_status found, feat_status status, const char *part)
{
    if (found != status || trial.err.status != status || strstr(trial.err.message, part) == NULL)
        fail_msg("status %s, message '%s'; expected %s, '%s'", feat_status_name(found), trial.err.message,
                 feat_status_name(status), part);
    assert_null(strchr(trial.err.message, '\n'));
    assert_non_null(strstr(trial.err.message, trial.folder));
    trial_nothing_left();
}
