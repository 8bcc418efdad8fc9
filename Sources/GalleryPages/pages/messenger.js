// The messenger: personal and group messages, on the hub's own inboxes. What A writes to B is one event on two topics,
// users/B/from/A and users/A/to/B, so that it is in the inboxes of both; what A writes to a group G is on groups/G/A,
// and groups/G/* is added to the inbox of each member.
// Text of users enters the page only as text nodes; nothing here may make markup of it.

import { language, link, t, texts } from "/gallery/language.js";
import { showState, showStatesOf } from "/gallery/connection.js";
import { Messages, chip, element as made } from "/gallery/messages.js";
import { showOutcome } from "/gallery/requests.js";
import { Conversations, kept } from "/gallery/conversations.js";
import { Inbox } from "/gallery/inbox.js";
import { isName, nameIn } from "/gallery/names.js";
import { openForms } from "/gallery/writing.js";
import "/gallery/copying.js";

texts({
    en: {
        title: (user, unread) => `${unread > 0 ? `(${unread}) ` : ""}${user ? `${user} · ` : ""}Messenger · Fanfare`,
        badName: "A name has 1 to 40 characters, no “/”, no comma and no line end, and is neither * nor **.",
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
        badName: "名字须为 1 到 40 个字符，不能有“/”、逗号或换行，也不能是 * 或 **。",
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
        "problem too-many-topics": "其中有人的收件箱已满，无法再加入群组。",
        "problem bad-members": "群组除创建者外须有 1 到 50 名成员。",
        "problem bad-name": "名字须为 1 到 40 个字符，不能有“/”、逗号或换行，也不能是 * 或 **。",
        hello: "你好",
    },
});

const suggestions = ["anna", "jack", "huoyijie", "xiaoming"];

const byId = (id) => document.getElementById(id);
const me = (new URLSearchParams(location.search).get("user") ?? "").trim();
const conversations = new Conversations(me);
const messages = new Messages(byId("messages"), kept);
const inbox = new Inbox(me, count, (error) => showOutcome(byId("outcome"), error));

// One conversation ----------------------------------------------------------------------------------------------------

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

function take(event) {
    const within = conversations.add(JSON.parse(event.data));
    if (within === null) return;
    if (within === conversations.opened) messages.append(itemOf(within, within.messages.at(-1)));
    inbox.refresh();
    conversations.show();
}

/** Shows the hub's numbers; what this tab shows is read, if anybody sees it. */
function count() {
    conversations.count(inbox, document.visibilityState === "visible");
    conversations.show();
}

/** Opens the conversation that the page's address names, or none. */
function openFromAddress() {
    if (conversations.opened) conversations.opened.draft = byId("text").value;
    const opened = conversations.opened = conversations.at(location.hash);
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
    const hash = `#${conversations.of(kind, name).key}`;
    if (location.hash === hash) openFromAddress();
    else location.hash = hash;
}

// The page ------------------------------------------------------------------------------------------------------------

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
    openForms(me, conversations, open);
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
else if (me) nameIn(byId("name"));
