/* The papers that metrics come from, for --cite. A metric's row names them (metric_names.c). */
#ifndef BONAFIDE_TOOLS_FIGURES_PAPERS_H
#define BONAFIDE_TOOLS_FIGURES_PAPERS_H

#include <stddef.h>

typedef struct bf_paper {
    const char *key; /* "heusel2017", of the BibTeX entry */
    /* As BibTeX has them, letters outside ASCII as LaTeX writes them: */
    const char *authors, *title;
    const char *kind;  /* "inproceedings", "article", "misc" */
    const char *venue; /* its booktitle, journal or howpublished */
    int year;
} bf_paper;

/* NULL past the end. */
const bf_paper *bf_paper_at(size_t index);

/* NULL for an unknown key, of n bytes. */
const bf_paper *bf_paper_find(const char *key, size_t n);

#endif
