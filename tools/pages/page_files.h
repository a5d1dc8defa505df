/* What lies beside the page: every figure as an .svg file, every number in a .csv file. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_FILES_H
#define BONAFIDE_TOOLS_PAGES_PAGE_FILES_H

#include "tools/html/svg_plot.h"

enum { BF_PAGE_MAX_FILES = 80 };

typedef struct bf_page_file {
    char name[48]; /* with its ending */
    bf_text text;
} bf_page_file;

/* Zero-initialise; release with bf_page_files_free. */
typedef struct bf_page_files {
    size_t n;
    bool csv_plain; /* --csv-plain */
    bf_page_file list[BF_PAGE_MAX_FILES];
    bf_text none; /* what is added when there are too many */
} bf_page_files;

/* An empty file NAME.csv that begins with its header; the caller adds lines. */
bf_text *bf_page_csv(bf_page_files *files, const char *name, const char *header);

/* A figure that was drawn: bytes of t from `start` on, with NAME.svg beside the page. */
void bf_page_svg(bf_page_files *files, const char *name, const bf_plot *drawn, size_t start);

/* The line under a figure that names both. */
void bf_page_links(bf_text *t, const char *name);

/* Errors: NOMEM, IO. */
feat_status bf_page_files_write(const bf_page_files *files, const char *dir, feat_error *err) FEAT_NODISCARD;
void bf_page_files_free(bf_page_files *files);

#endif
