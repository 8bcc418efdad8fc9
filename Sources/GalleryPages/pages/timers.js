// The timers: one stream for the clock and all countdowns, and one more for the countdown that the page follows, from
// its start to its end. Which one that is stands in the page's address, so that it can be opened beside.

import { language, link, t, texts } from "/gallery/language.js";
import { showStatesOf } from "/gallery/connection.js";
import { element as made } from "/gallery/messages.js";
import { jsonOf } from "/gallery/events.js";
import { ask, refusalOf, showOutcome } from "/gallery/requests.js";
import "/gallery/copying.js";

texts({
    en: {
        left: (second) => `${second} s`,
        follow: "Follow",
        followOne: (second) => `Follow the countdown with ${second} s left`,
        following: "Following",
        over: "Over",
        cut: "Ended early",
        received: (count, of) => `${count === 1 ? "1 event" : `${count} events`} received of a countdown of ${of} s`,
        notStarted: (why) => `Not started: ${why}`,
        "problem no-countdown": "There is no such countdown.",
    },
    "zh-CN": {
        title: "计时器 · Fanfare",
        heading: "计时器",
        lead: "一个从服务器启动起就一直运行的时钟，以及任何人都能启动和跟随的倒计时。后来加入的人也能从头收到每个倒计时。",
        clock: "服务器时钟",
        tick: "节拍",
        followed: "您正在跟随的倒计时",
        share: "在旁边打开",
        startHeading: "启动倒计时",
        seconds: "秒数",
        begin: "启动",
        all: "所有倒计时",
        none: "目前没有正在运行的倒计时。",
        table: "下载表格",
        tableLine: "一边读取一边逐行生成：服务器的内存不会随之增长；您停止读取，它也随之停止。",
        rows: "行数",
        download: "下载",
        left: (second) => `${second} 秒`,
        follow: "跟随",
        followOne: (second) => `跟随还剩 ${second} 秒的倒计时`,
        following: "正在跟随",
        over: "已结束",
        cut: "提前结束",
        received: (count, of) => `${of} 秒的倒计时，已收到 ${count} 个事件`,
        notStarted: (why) => `未能启动：${why}`,
        "problem no-countdown": "没有这个倒计时。",
        "problem bad-second": "倒计时须为 1 到 3600 秒。",
        "problem too-many-countdowns": "正在运行的倒计时太多，请等其中一个结束。",
    },
});

const element = (id) => document.getElementById(id);

// The clock, and all countdowns ---------------------------------------------------------------------------------------

const running = new Map();  // channelid → its row, and the ticks of the clock since its last event
// Countdowns and the clock come in one stream, both once a second: what the clock outruns is counted by nobody any more.
const mostTicks = 5;

function showTick({ data, time }) {
    if (!/^\d+$/.test(data)) return;
    for (const [channelid, countdown] of running) {
        countdown.ticks += 1;
        if (countdown.ticks > mostTicks) remove(channelid);
    }
    const form = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    element("clock").textContent = new Date(time).toLocaleTimeString(language, form);
    element("tick").textContent = data;
}

function row(channelid) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = t("follow");
    button.addEventListener("click", () => follow(channelid));
    item.dataset.channelid = channelid;
    item.append(document.createElement("progress"), made("span", "left", ""), button);
    return item;
}

function showCountdown({ channelid, second, of }) {
    if (typeof channelid !== "string" || !Number.isInteger(second) || !Number.isInteger(of)) return;
    if (second <= 0) return remove(channelid);
    if (!running.has(channelid)) {
        running.set(channelid, { item: row(channelid) });
        element("all").prepend(running.get(channelid).item);
    }
    running.get(channelid).ticks = 0;
    const { item } = running.get(channelid);
    item.querySelector("progress").max = of;
    item.querySelector("progress").value = of - second;
    item.querySelector("progress").setAttribute("aria-label", t("left", second));
    item.querySelector(".left").textContent = t("left", second);
    item.querySelector("button").setAttribute("aria-label", t("followOne", second));
    showCount();
}

function remove(channelid) {
    const { item } = running.get(channelid) ?? {};
    // Not to the next row: its button would follow another countdown.
    if (item?.contains(document.activeElement)) element("all-heading").focus();
    item?.remove();
    running.delete(channelid);
    showCount();
}

function showCount() {
    element("count").textContent = running.size;
    element("none").hidden = running.size > 0;
}

// The hub's own path, for the clock and the public channel in one stream: a browser opens few at a time. Events come in
// an envelope, with the time at which each was published. Those of the last seconds tell at once what runs.
const source = new EventSource("/subscribe?topic=event/clock&topic=event/timer/*&envelope=true&since=2s");
showStatesOf(source);
source.addEventListener("clock", (event) => showTick(JSON.parse(event.data)));
source.addEventListener("timer", (event) => showCountdown(jsonOf(JSON.parse(event.data).data)));

// The countdown that the page follows ---------------------------------------------------------------------------------

let followed = null;

function showFollowed(state, words) {
    element("followed-state").dataset.state = state;
    element("followed-state").textContent = words;
}

function follow(channelid) {
    followed?.close();
    const address = link(`/timers?${new URLSearchParams({ channelid })}`);
    history.replaceState(null, "", address);
    element("share").href = address;
    element("followed").hidden = false;
    element("left").textContent = element("received").textContent = "";
    element("ring").setAttribute("stroke-dashoffset", "100");
    showFollowed("connecting", t("connecting"));

    let count = 0;
    let last = null;
    followed = new EventSource(`/v1_0_0/event/timer/${encodeURIComponent(channelid)}`);
    followed.addEventListener("timer", (event) => {
        const { second, of } = jsonOf(event.data);
        if (!Number.isInteger(second) || !Number.isInteger(of)) return;
        count += 1;
        last = second;
        element("left").textContent = second;
        element("ring").setAttribute("stroke-dashoffset", `${100 * (1 - second / of)}`);
        element("received").textContent = t("received", count, of);
        showFollowed("live", t("following"));
    });
    // The stream's end makes a browser ask once more: 204 tells it that there is no more to come.
    followed.addEventListener("error", async ({ target }) => {
        if (target !== followed || target.readyState !== EventSource.CLOSED) return;
        if (last === 0) return showFollowed("ended", t("over"));
        if (count > 0) return showFollowed("cut", t("cut"));
        const { words } = await refusalOf(target.url);
        if (target === followed) showFollowed("cut", words ?? t("cut"));
    });
}

// Starting one --------------------------------------------------------------------------------------------------------

element("start").addEventListener("submit", async (event) => {
    event.preventDefault();
    element("begin").disabled = true;
    try {
        const second = element("second").valueAsNumber;
        const { channelid } = await ask("POST", "/v1_0_0/event/timer", { second });
        showOutcome(element("outcome"), "");
        follow(channelid);
    } catch (error) {
        showOutcome(element("outcome"), new Error(t("notStarted", error.message)));
    } finally {
        element("begin").disabled = false;
    }
});

const path = `${location.origin}/v1_0_0`;
element("clock-command").textContent = `curl -N ${path}/event/clock`;
element("start-command").textContent = `curl -d '{"second": 10}' ${path}/event/timer`;
element("all-command").textContent = `curl -N ${path}/event/timer`;
element("table-command").textContent = `curl -o table.csv '${path}/table.csv?rows=1000000'`;

const asked = new URLSearchParams(location.search).get("channelid");
if (asked) follow(asked);
