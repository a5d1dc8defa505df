/* Progress in a log: when a line comes, and what it says. The clock is turned by the loop's own start. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tools/base/progress.h"

static char said[2048];

/* The lines that `done` images lead to. */
static const char *update(bf_progress *p, size_t done)
{
    FILE *file = tmpfile();
    int kept = dup(2);
    assert_non_null(file);
    int fd = fileno(file);
    fflush(stderr);
    (void)dup2(fd, 2);
    bf_progress_update(p, done);
    fflush(stderr);
    (void)dup2(kept, 2);
    close(kept);
    ssize_t n = pread(fd, said, sizeof said - 1, 0);
    fclose(file);
    said[n > 0 ? n : 0] = 0;
    return said;
}

static void begin(bf_progress *p, bool asked, size_t total)
{
    memset(p, 0, sizeof *p);
    p->log = true;
    p->asked = asked;
    bf_progress_start(p, "A", total);
}

/* Nothing in the first minute; then a line for each tenth, and each minute. */
static void by_itself(void **state)
{
    (void)state;
    bf_progress p;
    begin(&p, false, 1000);
    assert_string_equal(update(&p, 500), "");
    p.started -= 61;
    p.said_at -= 61;
    assert_non_null(strstr(update(&p, 610), "bonafide: A: 610 of 1000 images (61 %), 10.0 images/s, 0:39 left\n"));
    assert_string_equal(update(&p, 650), "");
    p.said_at -= 60;
    assert_non_null(strstr(update(&p, 651), "651 of 1000"));
    assert_non_null(strstr(update(&p, 700), "(70 %)"));
    assert_string_equal(update(&p, 700), "");
}

static void when_asked(void **state)
{
    (void)state;
    bf_progress p;
    begin(&p, true, 1000);
    assert_string_equal(update(&p, 99), "");
    assert_non_null(strstr(update(&p, 100), "100 of 1000"));
    assert_non_null(strstr(update(&p, 1000), "(100 %)"));
    begin(&p, true, SIZE_MAX); /* frames of a pipe */
    assert_string_equal(update(&p, 5), "");
    p.said_at -= 60;
    assert_non_null(strstr(update(&p, 6), "bonafide: A: 6 images, "));
    p.log = false;
    p.said_at -= 60;
    assert_string_equal(update(&p, 7), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_itself), cmocka_unit_test(when_asked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
