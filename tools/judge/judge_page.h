/* The text of the labelling page around its images. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_PAGE_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_PAGE_H

/* Lines, NULL at the end; {{key}} stands for a word of judge_words.h. Between head and middle come the instructions, as
 * paragraphs. Between middle and tail comes the page's data: WORDS, an object of all words, and SHEET, an object with
 * `id`, a text, `again`, how many pictures are shown twice, `shrunk`, whether some are smaller than their files, and
 * two arrays of data URIs: `practice` and `items`, of which the first is called `id`-1. */
extern const char *const bf_judge_page_head[];
extern const char *const bf_judge_page_middle[];
extern const char *const bf_judge_page_tail[];

#endif
