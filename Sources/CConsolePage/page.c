#include "console_page.h"

// `#embed` is C23; clang has it in every mode, and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char style_css[] = {
#embed "page/style.css"
};
static const unsigned char app_js[] = {
#embed "page/app.js"
};
static const unsigned char dom_js[] = {
#embed "page/dom.js"
};
static const unsigned char views_js[] = {
#embed "page/views.js"
};
static const unsigned char job_js[] = {
#embed "page/job.js"
};
static const unsigned char plot_js[] = {
#embed "page/plot.js"
};
static const unsigned char journal_js[] = {
#embed "page/journal.js"
};
static const unsigned char viewer_js[] = {
#embed "page/viewer.js"
};

#define ENTRY(name, symbol) {name, symbol, sizeof symbol}

static const struct console_file console_files[] = {
    ENTRY("index.html", index_html), ENTRY("style.css", style_css), ENTRY("app.js", app_js),
    ENTRY("dom.js", dom_js), ENTRY("views.js", views_js), ENTRY("job.js", job_js),
    ENTRY("plot.js", plot_js), ENTRY("journal.js", journal_js), ENTRY("viewer.js", viewer_js),
};
const size_t console_file_count = sizeof console_files / sizeof console_files[0];

struct console_file console_file_at(size_t number) { return console_files[number]; }
