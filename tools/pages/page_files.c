/* Files beside the page of a report. */
#include "tools/pages/page_files.h"

#include <stdio.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/html/html.h"

static bf_text *new_file(bf_page_files *files, const char *name, const char *ending)
{
    if (files->n == BF_PAGE_MAX_FILES)
        return &files->none;
    bf_page_file *file = &files->list[files->n++];
    snprintf(file->name, sizeof file->name, "%.40s.%s", name, ending);
    return &file->text;
}

bf_text *bf_page_csv(bf_page_files *files, const char *name, const char *header)
{
    bf_text *t = new_file(files, name, "csv");
    t->csv_plain = files->csv_plain;
    bf_text_print(t, "%s\n", header);
    return t;
}

void bf_page_svg(bf_page_files *files, const char *name, const bf_plot *drawn, size_t start)
{
    bf_text *t = new_file(files, name, "svg");
    if (drawn->t->failed)
        t->failed = true;
    else
        bf_html_svg_file(t, drawn->t->data + start, drawn->t->n - start, drawn->width, drawn->height);
}

void bf_page_links(bf_text *t, const char *name)
{
    bf_text_print(t, "<p class=\"files\"><a href=\"%s.svg\">%s.svg</a> <a href=\"%s.csv\">%s.csv</a></p>\n", name, name,
                  name, name);
}

feat_status bf_page_files_write(const bf_page_files *files, const char *dir, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < files->n && status == FEAT_OK; i++) {
        char *path = bf_path_join(dir, files->list[i].name);
        status = path != NULL ? bf_text_write(&files->list[i].text, path, err)
                              : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write into it", dir);
        feat_free(path);
    }
    return status;
}

void bf_page_files_free(bf_page_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        bf_text_free(&files->list[i].text);
    bf_text_free(&files->none);
    files->n = 0;
}
