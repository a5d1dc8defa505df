/* The text of the labelling page around its images. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_PAGE_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_PAGE_H

/* Lines, NULL at the end. Between them come the page's data: a definition of SHEET, an object with `id`, a
 * text, and `items`, an array of {n: image, g: group, t: truth, s: data URI}. */
extern const char *const bf_judge_page_head[];
extern const char *const bf_judge_page_tail[];

#endif
