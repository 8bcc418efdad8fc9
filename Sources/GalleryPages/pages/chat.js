// The chat room: enters under the name in the page's address, shows what was said before and what is said now, and who
// is here. Text of users enters the page only as text nodes; nothing here may make markup of it.

import { link, t, texts } from "/gallery/language.js";
import { showStatesOf } from "/gallery/connection.js";
import { Messages, chip, element as made, sendOnEnter, timeOf } from "/gallery/messages.js";
import { jsonOf } from "/gallery/events.js";
import { ask, showOutcome } from "/gallery/requests.js";

texts({
    en: {
        title: (name) => name ? `${name} · Chat room · Fanfare` : "Chat room · Fanfare",
        joined: (name) => `${name} came in`,
        left: (name) => `${name} left`,
        notSent: (why) => `Not sent: ${why}`,
    },
    "zh-CN": {
        title: (name) => name ? `${name} · 聊天室 · Fanfare` : "聊天室 · Fanfare",
        heading: "聊天室",
        here: "当前在场：",
        enterHeading: "进入聊天室",
        enterLine: "您会看到最近的消息，以及当前有谁在场。",
        name: "您的名字",
        enter: "进入",
        messages: "消息",
        empty: "还没有人说话。",
        saySomething: "发言",
        message: "消息内容",
        send: "发送",
        joined: (name) => `${name} 进入了聊天室`,
        left: (name) => `${name} 离开了聊天室`,
        notSent: (why) => `未能发送：${why}`,
        "problem bad-name": "名字须为 1 到 32 个字符，不能只有空白，也不能含有换行或改变文字方向的字符。",
        "problem bad-text": "消息须为 1 到 4000 个字符，不能只有空白。",
    },
});

const element = (id) => document.getElementById(id);
const ownName = new URLSearchParams(location.search).get("name") ?? "";
const messages = new Messages(element("messages"));

// Each event comes in an envelope, with the time at which it was published.
function opened(event) {
    const { data, time } = JSON.parse(event.data);
    return { ...jsonOf(data), time };
}

function showMessage({ name, text, time }) {
    if (typeof name !== "string" || typeof text !== "string") return;
    const item = document.createElement("li");
    item.toggleAttribute("data-own", name === ownName);
    item.append(chip(name), timeOf(new Date(time)), made("span", "text", text));
    messages.append(item);
}

// The room says who came and left; who is here is asked of the server each time, and never counted.
let isAsking = false;
let isStale = false;

async function showPeople() {
    isStale = true;
    if (isAsking) return;
    isAsking = true;
    try {
        while (isStale) {
            isStale = false;
            const { people } = await ask("GET", "/chat/people");
            element("people").replaceChildren(...people.map((name) => chip(name)));
        }
    } catch {
        // The stream tells of the same trouble, and asks anew when it is open again.
    } finally {
        isAsking = false;
    }
}

function showNotice(kind, { name }) {
    if (typeof name === "string") messages.notice(t(kind, name));
    showPeople();
}

function enter() {
    for (const id of ["state", "here", "main"]) element(id).hidden = false;
    const source = new EventSource(`/chat/events?${new URLSearchParams({ name: ownName })}`);
    showStatesOf(source);
    messages.showGapsOf(source);
    source.addEventListener("open", showPeople);
    source.addEventListener("message", (event) => showMessage(opened(event)));
    source.addEventListener("joined", (event) => showNotice("joined", opened(event)));
    source.addEventListener("left", (event) => showNotice("left", opened(event)));
    element("text").focus();
}

element("say").addEventListener("submit", async (event) => {
    event.preventDefault();
    const sent = element("text").value;
    element("send").disabled = true;
    try {
        await ask("POST", "/chat/messages", { name: ownName, text: sent });
        // Whoever writes on meanwhile keeps that.
        if (element("text").value === sent) element("text").value = "";
        showOutcome(element("outcome"), "");
    } catch (error) {
        showOutcome(element("outcome"), new Error(t("notSent", error.message)));
    } finally {
        element("send").disabled = false;
        element("text").focus();
    }
});

sendOnEnter(element("text"), element("send"));

element("enter").addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(link(`/chat?${new URLSearchParams({ name: element("name").value })}`));
});

document.title = t("title", ownName);
if (ownName) {
    enter();
} else {
    element("enter").hidden = false;
}
