// The emitter registry: a tab connects as the id in its address, shows what is pushed to it, and what happens to streams.
// Only what is pushed counts as unread: what happened to streams comes as events of another type, to another list.

import { link, t, texts } from "/gallery/language.js";
import { showStatesOf } from "/gallery/connection.js";
import { Messages, element as made, timeOf } from "/gallery/messages.js";
import { jsonOf } from "/gallery/events.js";
import { showOutcome } from "/gallery/requests.js";
import { Connected } from "/gallery/connected.js";
import { openBox, writeTo } from "/gallery/pushing.js";
import "/gallery/copying.js";

texts({
    en: {
        title: (unread, id) => `${unread ? `(${unread}) ` : ""}${id ? `${id} · ` : ""}Emitter registry · Fanfare`,
        unread: (count) => `${count} unread`,
        tabs: (count) => count === 1 ? "1 tab" : `${count} tabs`,
        you: "you",
        id: "Id",
        prefix: "Beginning",
        timesOut: (seconds) => `each stream times out after ${seconds} s`,
        write: "Write",
        writeTo: (id) => `Write to ${id}`,
        disconnect: "Disconnect",
        disconnectUser: (id) => `Disconnect ${id}`,
        pushed: (ids, tabs) => `Pushed to ${ids.join(", ")} (${tabs === 1 ? "1 tab" : `${tabs} tabs`}).`,
        nobody: "Stored, but nobody is connected under such an id now.",
        failed: (why) => `It failed: ${why}`,
        disconnected: "Disconnected",
        opened: (id) => `${id} connected a tab`,
        completed: (id, why) => `${id}: completed, ${why}`,
        timeout: (id) => `${id}: timeout`,
        error: (id, why) => `${id}: error, ${why}`,
        reasons: {
            gone: "the tab closed or left",
            ended: "the stream ended",
            disconnected: "the registry disconnected it",
            drained: "the server stopped",
            slow: "it read too slowly",
        },
    },
    "zh-CN": {
        title: (unread, id) => `${unread ? `(${unread}) ` : ""}${id ? `${id} · ` : ""}连接注册表 · Fanfare`,
        heading: "连接注册表",
        lead: "每个标签页都有自己的事件流，注册表就是这些流的列表。可以向某个用户推送，也可以向所有以相同前缀开头的 id 推送。",
        connectedAs: "当前 id",
        beside: "再打开一个标签页",
        again: "重新连接",
        joinHeading: "连接到注册表",
        joinNote: "名称任意。分组就是 id 的前缀：team- 会到达 team-anna 和 team-ben。",
        id: "Id",
        prefix: "前缀",
        streamTimeout: "事件流的超时时间",
        timeout: (id) => `${id}：超时`,
        noTimeout: "无",
        tenSeconds: "10 秒",
        oneMinute: "1 分钟",
        timesOut: (seconds) => `每个流在 ${seconds} 秒后超时`,
        connect: "连接",
        messages: "消息",
        unread: (count) => `${count} 条未读`,
        markRead: "标为已读",
        noMessage: "还没有消息。在下方推送一条，或在终端中推送。",
        push: "推送",
        to: "发给",
        oneUser: "一个用户",
        group: "前缀相同的 id",
        content: "内容",
        send: "发送",
        connected: "已连接的 id",
        tabs: (count) => `${count} 个标签页`,
        you: "您",
        write: "写消息",
        writeTo: (id) => `给 ${id} 写消息`,
        disconnect: "断开",
        disconnectUser: (id) => `断开 ${id}`,
        log: "事件流的动态",
        noLog: "暂无动态。",
        subscribeCommand: "连接",
        pushed: (ids, tabs) => `已推送给 ${ids.join("、")}（${tabs} 个标签页）。`,
        nobody: "已保存，但目前没有这样的 id 在线。",
        failed: (why) => `操作失败：${why}`,
        disconnected: "已断开",
        "problem bad-id": "id 须为 1 到 32 个字符，不含 / 或 *，也不含换行或改变文字方向的字符。",
        "problem bad-timeout": "超时时间以毫秒为单位，最长一天；0 表示无。",
        "problem no-content": "没有要推送的内容。",
        opened: (id) => `${id} 打开了一个标签页`,
        completed: (id, why) => `${id}：完成，${why}`,
        error: (id, why) => `${id}：出错，${why}`,
        reasons: {
            gone: "标签页已关闭或离开",
            ended: "事件流已结束",
            disconnected: "被注册表断开",
            drained: "服务器已停止",
            slow: "读取过慢",
        },
    },
});

const byId = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const ownID = query.get("id") ?? "";
const timeout = query.get("timeout") ?? "0";
const messages = new Messages(byId("messages"));
const log = new Messages(byId("log"));
const connected = new Connected(ownID, writeTo, showFailure);

function showFailure(error) {
    showOutcome(byId("outcome"), new Error(t("failed", error.message)));
}

// Messages, and how many of them are unread ---------------------------------------------------------------------------

function showUnread() {
    const unread = byId("messages").querySelectorAll("[data-unread]").length;
    byId("unread").textContent = t("unread", unread);
    byId("unread").classList.toggle("strong", unread > 0);
    byId("read").disabled = unread === 0;
    document.title = t("title", unread, ownID);
}

function showMessage(content) {
    const item = document.createElement("li");
    item.dataset.unread = "";
    item.append(made("span", "text", content), timeOf());
    messages.append(item);
    showUnread();
}

byId("read").addEventListener("click", () => {
    for (const item of byId("messages").querySelectorAll("[data-unread]")) delete item.dataset.unread;
    showUnread();
});

// What happened to streams --------------------------------------------------------------------------------------------

function showHappening(text) {
    const { id, what, reason } = jsonOf(text);
    if (!["opened", "completed", "timeout", "error"].includes(what)) return;
    const item = document.createElement("li");
    item.dataset.what = what;
    item.append(made("span", "text", t(what, id, t("reasons")[reason] ?? reason)), timeOf());
    log.append(item);
    connected.refresh();
}

// Connecting ----------------------------------------------------------------------------------------------------------

function addressOf(id, timeout) {
    return link(`/emitter?${new URLSearchParams(timeout === "0" ? { id } : { id, timeout })}`);
}

function connect() {
    for (const id of ["state", "who", "main"]) byId(id).hidden = false;
    byId("own-id").textContent = ownID;
    if (Number(timeout) > 0) byId("own-timeout").textContent = `· ${t("timesOut", Number(timeout) / 1000)}`;
    byId("beside").href = byId("again").href = addressOf(ownID, timeout);

    const source = new EventSource(`/sse/sub/${encodeURIComponent(ownID)}?${new URLSearchParams({ timeout, log: true })}`);
    showStatesOf(source, t("disconnected"));
    messages.showGapsOf(source);
    source.addEventListener("open", () => connected.refresh());
    source.addEventListener("message", (event) => showMessage(event.data));
    source.addEventListener("log", (event) => showHappening(event.data));
    source.addEventListener("error", () => {
        if (source.readyState !== EventSource.CLOSED) return;
        byId("again").hidden = false;
        byId("beside").hidden = true;
    });
    // The registry sees by itself that the tab is gone; this says so to servers that do not.
    addEventListener("pagehide", () => fetch(`/sse/close/${encodeURIComponent(ownID)}`, { keepalive: true }));
}

byId("join").addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(addressOf(byId("join-id").value, byId("join-timeout").value));
});

const segment = encodeURIComponent(ownID || "team-anna").replaceAll("'", "%27");
byId("sub-command").textContent = `curl -N '${location.origin}/sse/sub/${segment}'`;
byId("ids-command").textContent = `curl ${location.origin}/sse/ids`;
if (ownID) {
    connect();
    showUnread();
} else {
    byId("join").hidden = false;
    document.title = t("title", 0, "");
}
openBox(ownID, showFailure);
