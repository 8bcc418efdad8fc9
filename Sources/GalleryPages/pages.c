// Each page's files are named here once; the compiler brings their bytes (C23, #embed).
#include "GalleryPages.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "pages/index.html"
};
static const unsigned char gallery_css[] = {
#embed "pages/gallery.css"
};
static const unsigned char index_css[] = {
#embed "pages/index.css"
};
static const unsigned char icon_svg[] = {
#embed "pages/icon.svg"
};
static const unsigned char index_js[] = {
#embed "pages/index.js"
};
static const unsigned char language_js[] = {
#embed "pages/language.js"
};
static const unsigned char connection_js[] = {
#embed "pages/connection.js"
};
static const unsigned char messages_js[] = {
#embed "pages/messages.js"
};
static const unsigned char copying_js[] = {
#embed "pages/copying.js"
};
static const unsigned char topic_board_html[] = {
#embed "pages/topic-board.html"
};
static const unsigned char topic_board_css[] = {
#embed "pages/topic-board.css"
};
static const unsigned char topic_board_js[] = {
#embed "pages/topic-board.js"
};
static const unsigned char emitter_html[] = {
#embed "pages/emitter.html"
};
static const unsigned char emitter_css[] = {
#embed "pages/emitter.css"
};
static const unsigned char emitter_js[] = {
#embed "pages/emitter.js"
};
static const unsigned char timers_html[] = {
#embed "pages/timers.html"
};
static const unsigned char timers_css[] = {
#embed "pages/timers.css"
};
static const unsigned char timers_js[] = {
#embed "pages/timers.js"
};
static const unsigned char chat_html[] = {
#embed "pages/chat.html"
};
static const unsigned char chat_css[] = {
#embed "pages/chat.css"
};
static const unsigned char chat_js[] = {
#embed "pages/chat.js"
};

static const struct gallery_file files[] = {
    {"index.html", index_html, sizeof index_html},
    {"gallery.css", gallery_css, sizeof gallery_css},
    {"index.css", index_css, sizeof index_css},
    {"icon.svg", icon_svg, sizeof icon_svg},
    {"index.js", index_js, sizeof index_js},
    {"language.js", language_js, sizeof language_js},
    {"connection.js", connection_js, sizeof connection_js},
    {"messages.js", messages_js, sizeof messages_js},
    {"copying.js", copying_js, sizeof copying_js},
    {"topic-board.html", topic_board_html, sizeof topic_board_html},
    {"topic-board.css", topic_board_css, sizeof topic_board_css},
    {"topic-board.js", topic_board_js, sizeof topic_board_js},
    {"emitter.html", emitter_html, sizeof emitter_html},
    {"emitter.css", emitter_css, sizeof emitter_css},
    {"emitter.js", emitter_js, sizeof emitter_js},
    {"timers.html", timers_html, sizeof timers_html},
    {"timers.css", timers_css, sizeof timers_css},
    {"timers.js", timers_js, sizeof timers_js},
    {"chat.html", chat_html, sizeof chat_html},
    {"chat.css", chat_css, sizeof chat_css},
    {"chat.js", chat_js, sizeof chat_js},
};

const struct gallery_file *gallery_file_at(size_t index) {
    return index < sizeof files / sizeof *files ? &files[index] : 0;
}
