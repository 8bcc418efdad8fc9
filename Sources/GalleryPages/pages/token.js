// Push with a token: makes one, listens with one, and sends with one.
// Text of users enters the page only as text nodes, and addresses only percent-encoded.

import { t, texts } from "/gallery/language.js";
import { showState } from "/gallery/connection.js";
import { Messages, element as made, sendOnEnter, timeOf } from "/gallery/messages.js";
import { ask, refusalOf, showOutcome } from "/gallery/requests.js";
import "/gallery/copying.js";

texts({
    en: {
        idle: "Not connected",
        madeFor: (user) => `Made for ${user}; it is good for an hour.`,
        refused: (why) => `Not connected: ${why}`,
        notSent: (why) => `Not sent: ${why}`,
        sent: "Sent.",
        notAscii: "A token has only plain letters, digits and signs.",
        sample: "fish & chips + more?",
    },
    "zh-CN": {
        title: "令牌推送 · Fanfare",
        heading: "令牌推送",
        idle: "未连接",
        lead: "令牌表明您的身份。用它发送的内容会到达同一用户的每个页面，而不会到达其他人。可以在两个窗口中打开本页面试试。",
        makeHeading: "获取令牌",
        user: "用户",
        make: "生成令牌",
        listenHeading: "用令牌接收",
        token: "令牌",
        connect: "连接",
        disconnect: "断开",
        pushHeading: "发送到该用户的所有页面",
        message: "消息内容",
        send: "发送",
        heard: "消息",
        empty: "还没有消息。请先连接，再发送。",
        listenCommand: "接收",
        pushCommand: "发送",
        madeFor: (user) => `已为 ${user} 生成，有效期一小时。`,
        refused: (why) => `未连接：${why}`,
        notSent: (why) => `未能发送：${why}`,
        sent: "已发送。",
        notAscii: "令牌只包含字母、数字和符号。",
        "problem bad-user": "用户名须为 1 到 64 个字符，不能含有 / 或控制字符，也不能是 * 或 **。",
        "problem token-malformed": "令牌的格式不正确。",
        "problem token-bad-signature": "令牌的签名不正确。",
        "problem token-expired": "令牌已过期。",
        "problem token-missing": "没有令牌。",
        sample: "你好 & 再见 + 更多？",
    },
});

const byId = (id) => document.getElementById(id);
const messages = new Messages(byId("messages"));
const token = () => byId("token").value.trim();
const listenAddress = () => `/events?token=${encodeURIComponent(token())}`;
const pushAddress = (text) => `/msg?msg=${encodeURIComponent(text)}`;

function showCommands() {
    const shown = token() || "TOKEN";
    byId("listen-command").textContent = `curl -N '${location.origin}/events?token=${encodeURIComponent(shown)}'`;
    byId("push-command").textContent =
        `curl -X POST -H 'Authorization: Bearer ${shown.replaceAll("'", "")}' '${location.origin}${pushAddress(t("sample"))}'`;
}

byId("token").addEventListener("input", showCommands);

byId("make").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
        const answer = await ask("POST", "/token", { user: byId("user").value.trim() });
        byId("token").value = answer.token;
        showOutcome(byId("made"), t("madeFor", answer.user));
        showCommands();
    } catch (error) {
        showOutcome(byId("made"), error);
    }
});

// Listening -----------------------------------------------------------------------------------------------------------

let source = null;

function disconnect() {
    source?.close();
    source = null;
    byId("disconnect").disabled = true;
}

byId("disconnect").addEventListener("click", () => {
    disconnect();
    showState("idle");
});

byId("listen").addEventListener("submit", (event) => {
    event.preventDefault();
    disconnect();
    const address = listenAddress();
    const opened = source = new EventSource(address);
    byId("disconnect").disabled = false;
    showState("connecting");
    showOutcome(byId("listening"), "");
    opened.addEventListener("open", () => showState("live"));
    opened.addEventListener("error", async () => {
        if (opened.readyState !== EventSource.CLOSED) return showState("reconnecting");
        disconnect();
        showState("idle");
        const { words } = await refusalOf(address);
        showOutcome(byId("listening"), new Error(t("refused", words ?? t("noAnswer"))));
    });
    opened.addEventListener("message", ({ data }) => {
        const item = document.createElement("li");
        item.append(made("span", "text", data), timeOf());
        messages.append(item);
    });
    messages.showGapsOf(opened);
});

// Sending -------------------------------------------------------------------------------------------------------------

byId("push").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = byId("text");
    const sent = text.value;
    byId("send").disabled = true;
    showOutcome(byId("outcome"), "");
    try {
        if (!/^[\x20-\x7e]*$/.test(token())) throw new Error(t("notAscii"));  // no field of HTTP can carry it
        await ask("POST", pushAddress(sent), undefined, { Authorization: `Bearer ${token()}` });
        // Whoever writes on meanwhile keeps that.
        if (text.value === sent) text.value = "";
        showOutcome(byId("outcome"), t("sent"));
    } catch (error) {
        showOutcome(byId("outcome"), new Error(t("notSent", error.message)));
    } finally {
        byId("send").disabled = false;
        text.focus();
    }
});

sendOnEnter(byId("text"), byId("send"));

showCommands();
