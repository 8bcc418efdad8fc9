// The messenger: personal and group messages, on the hub's own inboxes. What A writes to B is one event on two topics,
// users/B/from/A and users/A/to/B, so that it is in the inboxes of both; what A writes to a group G is on groups/G/A,
// and groups/G/* is added to the inbox of each member.
// Text of users enters the page only as text nodes; nothing here may make markup of it.

import { language, link, t, texts } from "/gallery/language.js";
import { showState, showStatesOf } from "/gallery/connection.js";
import { Messages, chip, element as made } from "/gallery/messages.js";
import { ask, showOutcome } from "/gallery/requests.js";
import { Inbox } from "/gallery/inbox.js";
import "/gallery/copying.js";

texts({
    en: {
        title: (user, unread) => `${unread > 0 ? `(${unread}) ` : ""}${user ? `${user} · ` : ""}Messenger · Fanfare`,
        badName: "A name has no “/”, no comma and no line end, and is neither * nor **.",
        empty: (name) => `No message yet. What you write waits for ${name}, online or not.`,
        emptyGroup: "No message yet.",
        choose: "Choose a conversation, or write to somebody.",
        unread: (count) => `${count} unread`,
        unreadInAll: (count) => count === 1 ? "1 unread message" : `${count} unread messages`,
        you: "You",
        made: (user, members) => `${user} made this group with ${members}.`,
        madeGroup: (name) => `The group ${name} is there.`,
        notSent: (why) => `Not sent: ${why}`,
        signInLabel: "Sign in",
        startLabel: "Begin a conversation",
        writeLabel: "Write a message",
        hello: "hi",
    },
    "zh-CN": {
        title: (user, unread) => `${unread > 0 ? `(${unread}) ` : ""}${user ? `${user} · ` : ""}即时通讯 · Fanfare`,
        heading: "即时通讯",
        signedInAs: "当前用户",
        change: "更换",
        lead: "给个人和群组发消息。离线的人回来后能看到所有消息和未读数。可以用两个名字在两个窗口中打开。",
        yourName: "您的名字",
        signIn: "登录",
        orAs: "或使用",
        demo: "这是演示：不需要密码，任何人都可以使用任何名字。",
        conversations: "会话",
        writeTo: "发消息给",
        open: "打开",
        newGroup: "新建群组",
        groupName: "群组名称",
        members: "成员，用逗号分隔",
        makeGroup: "创建群组",
        nobody: "还没有会话。",
        back: "全部会话",
        messages: "消息",
        message: "消息内容",
        send: "发送",
        publish: "给该用户发消息",
        count: "查看未读",
        subscribe: "从第一条未读消息开始接收",
        badName: "名字中不能有“/”、逗号或换行，也不能是 * 或 **。",
        empty: (name) => `还没有消息。无论 ${name} 是否在线，您写的内容都会保留。`,
        emptyGroup: "还没有消息。",
        choose: "选择一个会话，或给某人发消息。",
        unread: (count) => `${count} 条未读`,
        unreadInAll: (count) => `共 ${count} 条未读消息`,
        you: "我",
        made: (user, members) => `${user} 创建了群组，成员：${members}。`,
        madeGroup: (name) => `群组 ${name} 已创建。`,
        notSent: (why) => `未能发送：${why}`,
        signInLabel: "登录",
        startLabel: "开始会话",
        writeLabel: "写消息",
        "problem bad-members": "群组除创建者外须有 1 到 50 名成员。",
        "problem bad-name": "名字须为 1 到 40 个字符，不能有“/”、逗号或换行，也不能是 * 或 **。",
        hello: "你好",
    },
});

const suggestions = ["anna", "jack", "huoyijie", "xiaoming"];
const kept = 2000;

const byId = (id) => document.getElementById(id);
const isName = (name) => name !== "" && name !== "*" && name !== "**" && !/[/,，、\p{Cc}]/u.test(name);
const me = (new URLSearchParams(location.search).get("user") ?? "").trim();

// Conversations -------------------------------------------------------------------------------------------------------

/** All of them by their address in the page, `with=NAME` or `group=NAME`; the one of the latest message comes last. */
const conversations = new Map();
let opened = null;

function conversation(kind, name) {
    const key = new URLSearchParams({ [kind]: name }).toString();
    let found = conversations.get(key);
    if (found === undefined) {
        found = { key, kind, name, messages: [], unread: 0, draft: "" };
        conversations.set(key, found);
    }
    return found;
}

/**
 * Where an event of this topic belongs, who sent it, and whether it is but one's own word to others; null if it is none of
 * the messenger's.
 */
function placeOf(topic) {
    const [root, owner, way, name, ...rest] = topic.split("/");
    if (root === "groups" && way && name === undefined) {
        return { kind: "group", name: owner, sender: way, isOwn: way === me };
    }
    if (root !== "users" || owner !== me || !name || rest.length > 0) return null;
    if (way === "from") return { kind: "with", name, sender: name, isOwn: false };
    return way === "to" ? { kind: "with", name, sender: me, isOwn: true } : null;
}

function take(event) {
    const message = JSON.parse(event.data);
    const place = message.topics.map(placeOf).find((place) => place !== null);
    if (place === undefined) return;
    const { id, data, type, time } = message;
    const within = conversation(place.kind, place.name);
    within.messages.push({ id, data, type, sender: place.sender, time: new Date(time) });
    if (within.messages.length > kept) within.messages.shift();
    conversations.delete(within.key);
    conversations.set(within.key, within);
    if (within === opened) messages.append(itemOf(within, within.messages.at(-1)));
    inbox.refresh();
    showConversations();
}

/** Takes the hub's numbers, and says what has been read: what this tab shows. */
function count() {
    for (const pattern of inbox.patterns) {
        const [, name] = /^groups\/([^/]+)\/\*$/.exec(pattern) ?? [];
        if (name) conversation("group", name);
    }
    for (const one of conversations.values()) one.unread = 0;
    const isSeen = document.visibilityState === "visible";
    for (const [topic, unread] of inbox.unread) {
        const place = placeOf(topic);
        if (place === null) continue;
        const within = conversation(place.kind, place.name);
        if (within === opened && isSeen && within.messages.length > 0) {
            inbox.acknowledge(topic, within.messages.at(-1).id);
        } else if (!place.isOwn) {
            within.unread += unread;
        }
    }
    showConversations();
}

function showConversations() {
    const list = byId("conversations");
    const focused = document.activeElement?.closest("#conversations a")?.hash;
    list.replaceChildren(...[...conversations.values()].reverse().map((one) => {
        const item = document.createElement("li");
        const anchor = document.createElement("a");
        const last = one.messages.at(-1);
        anchor.href = `#${one.key}`;
        if (one === opened) anchor.setAttribute("aria-current", "true");
        anchor.append(made("span", one.kind === "group" ? "name group" : "name", one.name));
        anchor.append(made("span", "last", last ? previewOf(one, last) : ""));
        if (one.unread > 0) {
            const badge = made("span", "badge strong", one.unread);
            badge.append(made("span", "for-readers-only", ` ${t("unread", one.unread)}`));
            badge.firstChild.data = one.unread > 999 ? "999+" : one.unread;
            anchor.append(badge);
        }
        item.append(anchor);
        return item;
    }));
    if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
    byId("nobody").hidden = conversations.size > 0;
    const unread = [...conversations.values()].reduce((sum, one) => sum + one.unread, 0);
    document.title = t("title", me, unread);
    const news = unread > 0 ? t("unreadInAll", unread) : "";
    if (byId("news").textContent !== news) byId("news").textContent = news;
}

function previewOf(within, message) {
    if (message.type === "members") return t("made", message.sender, message.data);
    if (message.sender === me) return `${t("you")}: ${message.data}`;
    return within.kind === "group" ? `${message.sender}: ${message.data}` : message.data;
}

// One conversation ----------------------------------------------------------------------------------------------------

const messages = new Messages(byId("messages"), kept);

function itemOf(within, message) {
    const item = document.createElement("li");
    if (message.type === "members") {
        item.className = "notice";
        item.textContent = t("made", message.sender, message.data);
        return item;
    }
    if (message.sender === me) item.className = "own";
    else if (within.kind === "group") item.append(chip(message.sender));
    item.append(made("span", "text", message.data), momentOf(message.time));
    return item;
}

/** When it was: the time, and the day if it was another one. */
function momentOf(date) {
    const isToday = date.toDateString() === new Date().toDateString();
    const time = { hour: "2-digit", minute: "2-digit" };
    const moment = made("time", "", date.toLocaleString(language, isToday ? time : { month: "short", day: "numeric", ...time }));
    moment.dateTime = date.toISOString();
    return moment;
}

/** Opens the conversation that the page's address names, or none. */
function openFromAddress() {
    const [[kind, name]] = [...new URLSearchParams(location.hash.slice(1)), ["", ""]];
    if (opened) opened.draft = byId("text").value;
    opened = (kind === "with" || kind === "group") && isName(name) ? conversation(kind, name) : null;
    byId("desk").toggleAttribute("data-open", opened !== null);
    byId("with").textContent = opened?.name ?? "";
    byId("empty").textContent = !opened ? t("choose") : t(opened.kind === "group" ? "emptyGroup" : "empty", opened.name);
    byId("write").hidden = opened === null;
    byId("text").value = opened?.draft ?? "";
    showOutcome(byId("outcome"), "");
    messages.show((opened?.messages ?? []).map((message) => itemOf(opened, message)));
    count();
    if (opened) byId("text").focus();
    else if (byId("back").offsetParent !== null) byId("whom").focus();
}

function open(kind, name) {
    const hash = `#${conversation(kind, name).key}`;
    if (location.hash === hash) openFromAddress();
    else location.hash = hash;
}

// Writing -------------------------------------------------------------------------------------------------------------

/** What was sent last without an answer: sent again it is the same message, and is there once. */
let unanswered = { body: "", key: "" };

function keyOf(body) {
    const text = JSON.stringify(body);
    if (unanswered.body !== text) {
        const bytes = crypto.getRandomValues(new Uint8Array(16));
        unanswered = { body: text, key: [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
    }
    return unanswered.key;
}

async function write(within, data) {
    const topics = within.kind === "group"
        ? [`groups/${within.name}/${me}`]
        : [`users/${within.name}/from/${me}`, `users/${me}/to/${within.name}`];
    const body = { topics, data };
    await ask("POST", "/publish", body, { "Idempotency-Key": keyOf(body) });
    unanswered = { body: "", key: "" };
}

byId("write").addEventListener("submit", async (event) => {
    event.preventDefault();
    const within = opened;
    const text = byId("text");
    const sent = text.value;
    byId("send").disabled = true;
    try {
        await write(within, sent);
        // Whoever writes on meanwhile keeps that.
        if (within !== opened) within.draft = "";
        else if (text.value === sent) text.value = "";
        showOutcome(byId("outcome"), "");
    } catch (error) {
        showOutcome(byId("outcome"), new Error(t("notSent", error.message)));
    } finally {
        byId("send").disabled = false;
        if (within === opened) text.focus();
    }
});

byId("text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!byId("send").disabled) byId("write").requestSubmit();
});

/** The name in a field, if it is one; says what is wrong with it otherwise. */
function nameIn(field) {
    const name = field.value.trim();
    field.setCustomValidity(isName(name) ? "" : t("badName"));
    return field.reportValidity() ? name : null;
}

for (const field of document.querySelectorAll("input")) {
    field.addEventListener("input", () => field.setCustomValidity(""));
}

byId("start").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = nameIn(byId("whom"));
    if (name === null) return;
    byId("whom").value = "";
    open("with", name);
});

byId("group").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = nameIn(byId("group-name"));
    const members = byId("members").value.split(/[,，、]/).map((member) => member.trim()).filter((member) => member);
    if (name === null) return;
    try {
        await ask("POST", "/messenger/groups", { name, user: me, members });
        byId("group").reset();
        byId("new-group").open = false;
        showOutcome(byId("group-outcome"), "");
        open("group", name);
    } catch (error) {
        showOutcome(byId("group-outcome"), error);
    }
});

// The page ------------------------------------------------------------------------------------------------------------

const inbox = new Inbox(me, count, (error) => showOutcome(byId("outcome"), error));

async function follow() {
    byId("page").classList.add("tall");
    for (const id of ["desk", "state", "signed-in", "terminal"]) byId(id).hidden = false;
    byId("entrance").hidden = true;
    byId("user").textContent = me;
    byId("people").append(...suggestions.filter((name) => name !== me).map((name) => new Option(name, name)));
    const user = encodeURIComponent(me);
    byId("publish-command").textContent =
        `curl -d '${JSON.stringify({ topic: `users/${me}/from/jack`, data: t("hello") })}' ${location.origin}/publish`;
    byId("inbox-command").textContent = `curl '${location.origin}/inbox?user=${user}'`;
    byId("subscribe-command").textContent = `curl -N '${location.origin}/subscribe?inbox=${user}&since=unread'`;
    byId("back").href = "#";
    addEventListener("hashchange", openFromAddress);
    document.addEventListener("visibilitychange", () => inbox.refresh());
    openFromAddress();
    try {
        await inbox.refresh();
        const source = await inbox.open();
        showStatesOf(source);
        messages.showGapsOf(source);
        for (const type of ["message", "members"]) source.addEventListener(type, take);
    } catch (error) {
        showState("ended", error.message);
    }
}

byId("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = nameIn(byId("name"));
    if (name !== null) location.assign(link(`/messenger?user=${encodeURIComponent(name)}`));
});
for (const name of suggestions) {
    const anchor = made("a", "", name);
    anchor.href = link(`/messenger?user=${encodeURIComponent(name)}`);
    byId("suggestions").append(anchor, " ");
}
document.title = t("title", me, 0);
byId("name").value = me;
if (isName(me)) follow();
