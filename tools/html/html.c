/* HTML: the frame of a page, its style, and what makes foreign texts harmless. */
#include "tools/html/html.h"

#include <string.h>

#include "engine/base/status.h"

/* How figures are drawn: in the page, and in files of their own. */
static const char *const marks[] = {
    "svg text{fill:var(--fg);font:11px system-ui,sans-serif}",
    "svg text.dim{fill:var(--dim)}",
    ".ax{stroke:var(--dim);fill:none;stroke-width:1}",
    ".tick{stroke:var(--line);fill:none;stroke-width:.7}",
    ".la,.lb,.lc,.ld{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}",
    ".la{stroke:var(--a)}.lb{stroke:var(--b);stroke-dasharray:6 4}.lc{stroke:var(--c);stroke-dasharray:2 4}",
    ".ld{stroke:var(--d)}",
    ".band{fill:var(--a);fill-opacity:.16;stroke:none}",
    ".ea{stroke:var(--a);stroke-width:1.4;fill:none}.eb{stroke:var(--b);stroke-width:1.4;fill:none}",
    ".pa,.pb,.pc,.pd{fill:none;stroke-linecap:round}",
    ".pa{stroke:var(--a)}.pb{stroke:var(--b)}.pc{stroke:var(--c)}.pd{stroke:var(--d)}",
    ".xa,.xb{fill:none;stroke-width:1.2;stroke-linecap:butt}.xa{stroke:var(--a)}.xb{stroke:var(--b)}",
    ".see{stroke-opacity:.65}",
    ".ba{fill:var(--a);fill-opacity:.75}.bb{fill:var(--b);fill-opacity:.85}",
    ".sa{fill:none;stroke:var(--a);stroke-width:1.6}.sb{fill:none;stroke:var(--b);stroke-width:1.6;"
    "stroke-dasharray:5 3}",
    NULL,
};

/* Colours of text have a contrast of at least 4.5 to their ground in both schemes, those of marks at least 3.
 * Class a is the real set or the first curve, class b the generated one. */
static const char *const head[] = {
    "<meta charset=\"utf-8\">",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
    "<meta name=\"color-scheme\" content=\"light dark\">",
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
    "'unsafe-inline'\">",
    "<style>",
    ":root{--bg:#fff;--card:#f5f6f8;--fg:#1a1c1f;--dim:#565c64;--line:#c9ced4;--a:#0b5fa5;--b:#b3450b;"
    "--c:#5b3f9e;--d:#1b6b39;--warn:#fff4d6;--link:#0b5394}",
    "@media (prefers-color-scheme:dark){:root{--bg:#14171a;--card:#1d2125;--fg:#e9ebed;--dim:#aab2ba;"
    "--line:#454c53;--a:#6cb6ff;--b:#ffa657;--c:#c6a8ff;--d:#6fd391;--warn:#3a3110;--link:#8ec5ff}}",
    "@media print{:root{--bg:#fff;--card:#fff;--fg:#000;--dim:#444;--line:#999;--a:#0b5fa5;--b:#b3450b;"
    "--c:#5b3f9e;--d:#1b6b39;--warn:#fff;--link:#000}nav{display:none}figure,tr,.pic{break-inside:avoid}"
    "h2,h3{break-after:avoid}}",
    "*{box-sizing:border-box}",
    "html{-webkit-text-size-adjust:100%}",
    "body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}",
    "main{max-width:72rem;margin:0 auto;padding:1rem}",
    "h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0;overflow-wrap:anywhere}",
    "h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}",
    "h3{font-size:1rem;margin:1.2rem 0 .4rem}",
    "p{margin:.4rem 0}",
    "a{color:var(--link)}",
    "nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1rem;padding:0;margin:.6rem 0}",
    ".dim{color:var(--dim)}",
    ".warn{background:var(--warn);border:1px solid var(--line);border-radius:.4rem;padding:.3rem .8rem .3rem "
    "1.8rem;margin:.6rem 0;overflow-wrap:anywhere}",
    "details.warn{padding:.3rem .8rem}.warn ul{margin:.3rem 0;padding-left:1.2rem}summary{cursor:pointer}",
    ".big{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.8rem;list-style:none;"
    "padding:0;margin:1rem 0}",
    ".big li{background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.6rem .9rem}",
    ".big span,.big b{display:block}.big b{font-size:1.4rem;line-height:1.3}",
    ".big li{container-type:inline-size}.big b{font-size:clamp(1rem,16cqi,2rem)}",
    ".what{font-weight:600}.err,.big .dim{font-size:.9rem}",
    ".line{white-space:pre-wrap;overflow-wrap:anywhere}",
    ".grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem}",
    "figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.8rem;"
    "min-width:0}",
    "figure h3{margin:0 0 .4rem}",
    "figure>svg{display:block;width:100%;height:auto;max-width:40rem;margin:0 auto}",
    "figcaption{font-size:.9rem;margin-top:.5rem}",
    ".formula{color:var(--dim);overflow-wrap:anywhere}",
    ".formula i,.formula b{font-family:Georgia,serif}",
    ".key{display:flex;flex-wrap:wrap;gap:.1rem 1rem;list-style:none;padding:0;margin:.3rem "
    "0;font-size:.9rem}",
    ".key svg{width:1.6em;height:.8em;vertical-align:baseline}",
    ".wrap{overflow-x:auto}",
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.95rem}",
    "th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:top}",
    "td.n,th.n{text-align:right;white-space:nowrap}",
    "td.o{overflow-wrap:anywhere;min-width:9rem}",
    "code,pre{font-family:ui-monospace,monospace;font-size:.85rem}",
    "code{overflow-wrap:anywhere}",
    "pre{overflow-x:auto;background:var(--card);border:1px solid var(--line);padding:.6rem;margin:.4rem 0}",
    ".pics{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.5rem,1fr));gap:.6rem;list-style:none;"
    "padding:0;margin:.5rem 0}",
    ".pics.two{grid-template-columns:repeat(auto-fill,minmax(min(100%,14.5rem),1fr))}",
    ".pic{font-size:.75rem;line-height:1.3;overflow-wrap:anywhere;min-width:0}",
    ".pic svg{display:block;width:100%;height:6.5rem;background:var(--card)}",
    ".px{image-rendering:pixelated}",
    /* Columns, not a grid: galleries are of unequal height and may be odd in number. */
    ".gals{columns:26rem;column-gap:2rem}.gal{break-inside:avoid;max-width:36rem;"
    "padding-bottom:1rem}.gal>h3{margin-top:0}",
    ".shots{display:grid;gap:.6rem;list-style:none;padding:0;margin:.5rem 0}",
    ".c5{grid-template-columns:repeat(5,minmax(0,1fr))}.c4{grid-template-columns:"
    "repeat(4,minmax(0,1fr))}.c3{grid-template-columns:repeat(3,minmax(0,1fr))}"
    ".c2{grid-template-columns:repeat(2,minmax(0,1fr))}",
    ".shots .pic svg{height:auto;aspect-ratio:1}.pic>b,.name{display:block}",
    ".name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}",
    "@media(max-width:44rem){.name{white-space:normal}}",
    "figure:last-child:nth-child(odd){grid-column:1/-1}",
    ".files{font-size:.85rem}",
    ".minis{display:grid;grid-template-columns:repeat(4,1fr);gap:.6rem}"
    "@media screen and (max-width:44rem){.minis{grid-template-columns:1fr 1fr}}",
    ".minis figure{padding:.4rem}.minis figcaption{margin:0;font-size:.85rem}",
    ".four svg{height:auto;aspect-ratio:1}.four{display:grid;grid-template-columns:repeat(4,1fr);gap:.3rem}",
    ".good{color:var(--d)}.bad{color:var(--b)}",
    ".pair{display:grid;grid-template-columns:1fr 1fr;gap:.3rem}",
    "@media screen and (max-width:44rem){.stack thead{display:none}.stack,.stack tbody,.stack tr,.stack th,"
    ".stack td{display:block}.stack tr{border-bottom:1px solid var(--line);padding:.4rem 0}.stack th,.stack "
    "td,.stack td.n{border:0;padding:.05rem 0;text-align:left;white-space:normal}.stack "
    "td:empty{display:none}.stack td[data-l]::before{content:attr(data-l) \": \";color:var(--dim)}.stack "
    "td.i{display:inline-block;padding-right:.8rem}}",
    /* Of paper: two figures in a row, what is folded unfolded, no links. */
    "@media print{html{font-size:11px}body{font-size:1rem}main{max-width:none;padding:0}.gals{"
    "columns:2}.grid{grid-template-columns:1fr 1fr;gap:.6rem 1.4rem}.big{grid-template-columns:repeat(4,1fr)}"
    ".files{display:none}"
    "details::details-content{content-visibility:visible;block-size:auto}h2{margin-top:1.4rem}"
    ".name{white-space:normal}.wrap{overflow:visible}}",
    NULL,
};

void bf_html_raw(bf_text *t, const char *html)
{
    bf_text_add(t, html, strlen(html));
}

static void add_lines(bf_text *t, const char *const *lines)
{
    for (; *lines != NULL; lines++) {
        bf_html_raw(t, *lines);
        bf_html_raw(t, "\n");
    }
}

void bf_html_begin(bf_text *t, const char *title)
{
    bf_html_raw(t, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n");
    add_lines(t, head);
    add_lines(t, marks);
    bf_html_raw(t, "</style>\n<title>");
    bf_html_text(t, title);
    bf_html_raw(t, "</title>\n</head>\n<body>\n<main>\n");
}

void bf_html_end(bf_text *t)
{
    bf_html_raw(t, "</main>\n</body>\n</html>\n");
}

/* A style with the colours of the light scheme in the place of their names, which few programs but browsers know. */
static void add_light(bf_text *t, const char *style)
{
    static const char *const colours[][2] = {{"--fg", "#1a1c1f"}, {"--dim", "#565c64"}, {"--line", "#c9ced4"},
                                             {"--a", "#0b5fa5"},  {"--b", "#b3450b"},   {"--c", "#5b3f9e"},
                                             {"--d", "#1b6b39"}};
    for (const char *at = strstr(style, "var("); at != NULL; at = strstr(style, "var(")) {
        size_t n = strcspn(at + 4, ")");
        bf_text_add(t, style, (size_t)(at - style));
        for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++)
            if (strlen(colours[i][0]) == n && strncmp(at + 4, colours[i][0], n) == 0)
                bf_html_raw(t, colours[i][1]);
        style = at + 4 + n + 1;
    }
    bf_html_raw(t, style);
    bf_html_raw(t, "\n");
}

void bf_html_svg_file(bf_text *t, const char *svg, size_t n, int width, int height)
{
    static const char start[] = "<svg ";
    const char *inside = memchr(svg, '>', n);
    if (inside == NULL || n < sizeof start)
        return;
    bf_html_raw(t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    bf_text_print(t, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" ", width, height);
    bf_text_add(t, svg + sizeof start - 1, (size_t)(inside + 1 - svg) - (sizeof start - 1));
    bf_html_raw(t, "\n<style>\n");
    for (const char *const *line = marks; *line != NULL; line++)
        add_light(t, *line);
    bf_html_raw(t, "</style>\n<path fill=\"#fff\" d=\"M0 0h9999v9999h-9999z\"/>");
    bf_text_add(t, inside + 1, n - (size_t)(inside + 1 - svg));
}

void bf_html_text(bf_text *t, const char *text)
{
    for (const char *s = text; *s != 0;) {
        uint32_t code;
        size_t n = feat_letter(s, &code);
        if (!feat_letter_shows(code) || (code & 0xfffe) == 0xfffe)
            n = 0;
        if (n == 0)
            bf_html_raw(t, *s == '\n' || *s == '\t' ? " " : "\xef\xbf\xbd");
        else if (n == 1 && strchr("&<>\"'", *s) != NULL)
            bf_text_print(t, "&#%d;", *s);
        else
            bf_text_add(t, s, n);
        s += n > 0 ? n : 1;
    }
}

void bf_html_name(bf_text *t, const char *name)
{
    bf_html_raw(t, "<bdi>");
    bf_html_text(t, name);
    bf_html_raw(t, "</bdi>");
}

void bf_html_base64(bf_text *t, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                     (left > 2 ? (uint32_t)bytes[i + 2] : 0);
        const char four[4] = {digits[v >> 18], digits[v >> 12 & 63], left > 1 ? digits[v >> 6 & 63] : '=',
                              left > 2 ? digits[v & 63] : '='};
        bf_text_add(t, four, 4);
    }
}

void bf_html_section(bf_text *t, const char *id, const char *title)
{
    bf_html_raw(t, "<section aria-labelledby=\"");
    bf_html_raw(t, id);
    bf_html_raw(t, "\">\n<h2 id=\"");
    bf_html_raw(t, id);
    bf_html_raw(t, "\">");
    bf_html_raw(t, title);
    bf_html_raw(t, "</h2>\n");
}

void bf_html_section_end(bf_text *t)
{
    bf_html_raw(t, "</section>\n");
}

void bf_html_caption(bf_text *t, const char *reading, const char *formula)
{
    bf_html_raw(t, "<figcaption><p>");
    bf_html_raw(t, reading);
    bf_html_raw(t, "</p>");
    if (formula != NULL) {
        bf_html_raw(t, "<p class=\"formula\">");
        bf_html_raw(t, formula);
        bf_html_raw(t, "</p>");
    }
    bf_html_raw(t, "</figcaption>\n</figure>\n");
}

void bf_html_table(bf_text *t, const char *label, const char *head_cells)
{
    bf_html_raw(t, "<div class=\"wrap\" role=\"region\" tabindex=\"0\" aria-label=\"");
    bf_html_raw(t, label);
    bf_html_raw(t, "\">\n<table class=\"stack\">\n<thead><tr>");
    bf_html_raw(t, head_cells);
    bf_html_raw(t, "</tr></thead>\n<tbody>\n");
}

void bf_html_table_end(bf_text *t)
{
    bf_html_raw(t, "</tbody>\n</table>\n</div>\n");
}
