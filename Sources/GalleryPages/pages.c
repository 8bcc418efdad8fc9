// Each page's files are named here once; the compiler brings their bytes (C23, #embed).
#include "GalleryPages.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "pages/index.html"
};
static const unsigned char gallery_css[] = {
#embed "pages/gallery.css"
};
static const unsigned char page_css[] = {
#embed "pages/page.css"
};
static const unsigned char panels_css[] = {
#embed "pages/panels.css"
};
static const unsigned char messages_css[] = {
#embed "pages/messages.css"
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
static const unsigned char events_js[] = {
#embed "pages/events.js"
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
static const unsigned char connected_js[] = {
#embed "pages/connected.js"
};
static const unsigned char pushing_js[] = {
#embed "pages/pushing.js"
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
static const unsigned char requests_js[] = {
#embed "pages/requests.js"
};
static const unsigned char sizes_js[] = {
#embed "pages/sizes.js"
};
static const unsigned char messenger_html[] = {
#embed "pages/messenger.html"
};
static const unsigned char messenger_css[] = {
#embed "pages/messenger.css"
};
static const unsigned char bubbles_css[] = {
#embed "pages/bubbles.css"
};
static const unsigned char messenger_js[] = {
#embed "pages/messenger.js"
};
static const unsigned char conversations_js[] = {
#embed "pages/conversations.js"
};
static const unsigned char names_js[] = {
#embed "pages/names.js"
};
static const unsigned char writing_js[] = {
#embed "pages/writing.js"
};
static const unsigned char inbox_js[] = {
#embed "pages/inbox.js"
};
static const unsigned char upload_html[] = {
#embed "pages/upload.html"
};
static const unsigned char upload_css[] = {
#embed "pages/upload.css"
};
static const unsigned char upload_js[] = {
#embed "pages/upload.js"
};
static const unsigned char upload_phone_html[] = {
#embed "pages/upload-phone.html"
};
static const unsigned char upload_phone_css[] = {
#embed "pages/upload-phone.css"
};
static const unsigned char upload_phone_js[] = {
#embed "pages/upload-phone.js"
};
static const unsigned char token_html[] = {
#embed "pages/token.html"
};
static const unsigned char token_css[] = {
#embed "pages/token.css"
};
static const unsigned char token_js[] = {
#embed "pages/token.js"
};

static const struct gallery_file files[] = {
    {"index.html", index_html, sizeof index_html},
    {"gallery.css", gallery_css, sizeof gallery_css},
    {"page.css", page_css, sizeof page_css},
    {"panels.css", panels_css, sizeof panels_css},
    {"messages.css", messages_css, sizeof messages_css},
    {"index.css", index_css, sizeof index_css},
    {"icon.svg", icon_svg, sizeof icon_svg},
    {"index.js", index_js, sizeof index_js},
    {"language.js", language_js, sizeof language_js},
    {"connection.js", connection_js, sizeof connection_js},
    {"events.js", events_js, sizeof events_js},
    {"messages.js", messages_js, sizeof messages_js},
    {"copying.js", copying_js, sizeof copying_js},
    {"topic-board.html", topic_board_html, sizeof topic_board_html},
    {"topic-board.css", topic_board_css, sizeof topic_board_css},
    {"topic-board.js", topic_board_js, sizeof topic_board_js},
    {"emitter.html", emitter_html, sizeof emitter_html},
    {"emitter.css", emitter_css, sizeof emitter_css},
    {"emitter.js", emitter_js, sizeof emitter_js},
    {"connected.js", connected_js, sizeof connected_js},
    {"pushing.js", pushing_js, sizeof pushing_js},
    {"timers.html", timers_html, sizeof timers_html},
    {"timers.css", timers_css, sizeof timers_css},
    {"timers.js", timers_js, sizeof timers_js},
    {"chat.html", chat_html, sizeof chat_html},
    {"chat.css", chat_css, sizeof chat_css},
    {"chat.js", chat_js, sizeof chat_js},
    {"requests.js", requests_js, sizeof requests_js},
    {"sizes.js", sizes_js, sizeof sizes_js},
    {"messenger.html", messenger_html, sizeof messenger_html},
    {"messenger.css", messenger_css, sizeof messenger_css},
    {"bubbles.css", bubbles_css, sizeof bubbles_css},
    {"messenger.js", messenger_js, sizeof messenger_js},
    {"conversations.js", conversations_js, sizeof conversations_js},
    {"names.js", names_js, sizeof names_js},
    {"writing.js", writing_js, sizeof writing_js},
    {"inbox.js", inbox_js, sizeof inbox_js},
    {"upload.html", upload_html, sizeof upload_html},
    {"upload.css", upload_css, sizeof upload_css},
    {"upload.js", upload_js, sizeof upload_js},
    {"upload-phone.html", upload_phone_html, sizeof upload_phone_html},
    {"upload-phone.css", upload_phone_css, sizeof upload_phone_css},
    {"upload-phone.js", upload_phone_js, sizeof upload_phone_js},
    {"token.html", token_html, sizeof token_html},
    {"token.css", token_css, sizeof token_css},
    {"token.js", token_js, sizeof token_js},
};

const struct gallery_file *gallery_file_at(size_t index) {
    return index < sizeof files / sizeof *files ? &files[index] : 0;
}
