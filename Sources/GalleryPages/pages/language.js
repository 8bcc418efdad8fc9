// The language of a page: Simplified Chinese for whoever prefers Chinese to English, else English. `?lang=zh-CN` and
// `?lang=en` override the browser's choice. A page's own script gives its two tables to `texts`; the English of its
// markup stands in the markup itself, so that the page reads well before any script has run.
// Words enter the page as text and attributes only, never as markup.

const shared = {
    en: {
        connecting: "Connecting",
        live: "Live",
        reconnecting: "Connection lost, reconnecting",
        ended: "Ended by the server; reload to follow again",
        copy: "Copy",
        copied: "Copied",
        selected: "Selected",
        newest: (count) => count === 1 ? "1 new message" : `${count} new messages`,
        missing: "Messages are missing here: the server no longer keeps them.",
        missingOrAgain:
            "Messages may be missing here, and some may be shown again: the server began a new log.",
        noAnswer: "The server did not answer.",
        status: (status) => `The server answered ${status}.`,
    },
    "zh-CN": {
        connecting: "正在连接",
        live: "实时",
        reconnecting: "连接断开，正在重连",
        ended: "已被服务器结束；刷新页面可重新连接",
        copy: "复制",
        copied: "已复制",
        selected: "已选中",
        newest: (count) => `${count} 条新消息`,
        missing: "此处缺少部分消息：服务器已不再保存。",
        missingOrAgain: "此处可能缺少部分消息，也可能重复：服务器启用了新的日志。",
        noAnswer: "服务器没有应答。",
        status: (status) => `服务器返回了 ${status}。`,
        terminal: "在终端中使用",
        "problem bad-topic": "主题不能为空，不能超过 1024 字节或含有控制字符，也不能有一段是 * 或 **。",
        "problem reserved-topic": "以 $ 开头的主题由服务器自己使用。",
        "problem topic-ended": "该主题已结束。",
        "problem bad-event": "服务器不接受这样的消息。",
        "problem event-too-large": "消息过长。",
        "problem body-too-large": "内容过大。",
        "problem publish-rate": "发布过于频繁，请稍后再试。",
        "problem streams-per-address": "从此地址打开的事件流过多，请关闭一些页面。",
        "problem streams-per-user": "该用户打开的事件流过多，请关闭一些页面。",
        "problem too-many-connections": "服务器的连接过多，请稍后再试。",
        "problem log-unavailable": "服务器暂时无法读写日志，请稍后再试。",
        "problem busy": "服务器正忙，请稍后再试。",
        "problem draining": "服务器即将停止，请稍后再试。",
        "problem foreign-origin": "服务器不接受来自其他网站的请求。",
    },
};

const asked = new URLSearchParams(location.search).get("lang");

function preferred(languages) {
    const known = languages.find((language) => /^(en|zh)\b/i.test(language)) ?? "en";
    return known.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

/** The page's language: "en" or "zh-CN". */
export const language = preferred(asked ? [asked] : navigator.languages);

const words = { ...shared[language] };

/** A text of the page's tables in the page's language; one that is a function is made of the values. */
export function t(key, ...values) {
    const entry = words[key];
    if (entry === undefined) throw new Error(`the page has no text “${key}” in ${language}`);
    return typeof entry === "function" ? entry(...values) : entry;
}

/** A text that the page's tables may lack. */
export const known = (key) => words[key];

/** An address of this server, with the language that this page's own address asks for. */
export function link(address) {
    const url = new URL(address, location.href);
    if (asked) url.searchParams.set("lang", language);
    return url.pathname + url.search;
}

// `data-text` names the text of an element, `data-label`, `data-hint` and `data-alt` that of an attribute.
const places = {
    text: (element, text) => { element.textContent = text; },
    label: (element, text) => element.setAttribute("aria-label", text),
    hint: (element, text) => element.setAttribute("placeholder", text),
    alt: (element, text) => element.setAttribute("alt", text),
};

/** Takes the page's tables, `{ en: {…}, "zh-CN": {…} }`, and puts their words where the markup names them. */
export function texts(tables) {
    Object.assign(words, tables[language]);
    document.documentElement.lang = language;
    for (const [place, put] of Object.entries(places)) {
        for (const element of document.querySelectorAll(`[data-${place}]`)) {
            const key = element.dataset[place];
            // English that the tables do not have is what the markup has.
            if (language !== "en" || key in words) put(element, t(key));
        }
    }
    if (asked) {
        for (const anchor of document.querySelectorAll('a[href^="/"]')) {
            anchor.href = link(anchor.getAttribute("href"));
        }
    }
    const other = language === "en" ? "zh-CN" : "en";
    for (const anchor of document.querySelectorAll("a[data-other-language]")) {
        // A page may change its address meanwhile.
        const address = () => {
            const url = new URL(location.href);
            url.searchParams.set("lang", other);
            return url.href;
        };
        anchor.href = address();
        anchor.addEventListener("click", () => { anchor.href = address(); });
        anchor.lang = anchor.hreflang = other;
        anchor.textContent = other === "en" ? "English" : "简体中文";
    }
}
