/* Pages of HTML that need nothing outside themselves: one style sheet, escaped texts, pictures as data. The
 * same calls give the same bytes. Texts grow in a bf_text, which remembers lack of memory. */
#ifndef BONAFIDE_TOOLS_HTML_HTML_H
#define BONAFIDE_TOOLS_HTML_HTML_H

#include <stdint.h>

#include "tools/base/text.h"

/* From the doctype to the opening of the main part. The title is escaped. */
void bf_html_begin(bf_text *t, const char *title);
void bf_html_end(bf_text *t);

/* Adds a literal as it is; of any length. */
void bf_html_raw(bf_text *t, const char *html);

/* Adds a text so that it is nothing but text, in content and in quoted attributes: markup characters become
 * references, control characters and bytes that are not UTF-8 become U+FFFD. */
void bf_html_text(bf_text *t, const char *text);

/* A name from outside, such as a file's: escaped, and shut off from the direction of the text around it. */
void bf_html_name(bf_text *t, const char *name);

/* Bytes as base64. */
void bf_html_base64(bf_text *t, const uint8_t *bytes, size_t n);

/* <section> with a heading; closed by bf_html_section_end. id and title are literals. */
void bf_html_section(bf_text *t, const char *id, const char *title);
void bf_html_section_end(bf_text *t);

/* The end of a <figure>: how to read it, and its formula; both literals of HTML, formula NULL for none. */
void bf_html_caption(bf_text *t, const char *reading, const char *formula);

/* The text of an .svg file from a figure as a page has it, from <svg to </svg>: n bytes of `svg`, with its own style in
 * the colours of the light scheme. */
void bf_html_svg_file(bf_text *t, const char *svg, size_t n, int width, int height);

/* A table that scrolls on its own when it is wider than the page. label and head (cells of <th>) are
 * literals. */
void bf_html_table(bf_text *t, const char *label, const char *head);
void bf_html_table_end(bf_text *t);

/* A page is DIR/index.html. */
#define BF_PAGE_NAME "index.html"

#endif
