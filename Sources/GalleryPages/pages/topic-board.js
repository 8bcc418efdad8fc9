// The topic board: follows the topics named in the page's address and shows their messages as they come.
// Text of users enters the page only as text nodes; nothing here may make markup of it.

import { link, t, texts } from "/gallery/language.js";
import { showStatesOf } from "/gallery/connection.js";
import { Messages, chip as coloured, element as made, sendOnEnter, timeOf } from "/gallery/messages.js";
import { ask, showOutcome } from "/gallery/requests.js";
import "/gallery/copying.js";

texts({
    en: {
        title: (user) => user ? `${user} · Topic board · Fanfare` : "Topic board · Fanfare",
        beside: (user) => `Open ${user} beside it`,
        and: "and",
        otherTopic: "Other topic…",
        notRead: (topic) => `Published to ${topic}, which this page does not read.`,
        notPublished: (why) => `Not published: ${why}`,
    },
    "zh-CN": {
        title: (user) => user ? `${user} · 主题看板 · Fanfare` : "主题看板 · Fanfare",
        heading: "主题看板",
        signedInAs: "当前用户",
        reading: "订阅了",
        beside: (user) => `在旁边打开 ${user} 的页面`,
        and: "和",
        messages: "消息",
        empty: "还没有消息。在下方发布一条，或在终端中发布。",
        publishAMessage: "发布消息",
        topic: "主题",
        otherTopic: "其他主题…",
        otherTopicName: "其他主题",
        message: "消息内容",
        publish: "发布",
        subscribe: "订阅",
        ownCertificate: "如果服务器使用自签名证书，curl 不会信任它：请加上 -k，或用 --cacert 指定证书文件。",
        notRead: (topic) => `已发布到 ${topic}，但本页没有订阅该主题。`,
        notPublished: (why) => `未能发布：${why}`,
    },
});

const boardTopics = ["chatgpt", "robot"];
const topicsOf = { huoyijie: ["chatgpt", "robot"], jack: ["robot"] };
const otherTopic = "\u0000other";  // no topic can have this name

const query = new URLSearchParams(location.search);
const user = query.get("user") ?? "";
const asked = query.getAll("topics").flatMap((list) => list.split("|"));
const topics = boardTopics.filter((topic) => asked.includes(topic));

const element = (id) => document.getElementById(id);
const messages = new Messages(element("messages"));
const topicChoice = element("topic");
const otherTopicField = element("other-topic");
const text = element("text");
const send = element("send");
const outcome = element("outcome");

// Head ----------------------------------------------------------------------------------------------------------------

function addressOf(path, user, topics) {
    return `${path}?user=${encodeURIComponent(user)}&topics=${topics.map(encodeURIComponent).join("|")}`;
}

function chip(topic) {
    const known = boardTopics.indexOf(topic);
    return coloured(topic, known >= 0 ? known : 2 + (topic.length % 2));
}

function showHead() {
    const other = user === "huoyijie" ? "jack" : "huoyijie";
    element("user").textContent = user;
    topics.forEach((topic, index) => {
        if (index > 0) element("topics").append(" ", made("span", "quiet", t("and")), " ");
        element("topics").append(chip(topic));
    });
    element("beside").textContent = t("beside", other);
    element("beside").href = link(addressOf("/", other, topicsOf[other]));
    document.title = t("title", user);

    for (const topic of [...topics, ...boardTopics.filter((topic) => !topics.includes(topic))]) {
        topicChoice.append(new Option(topic, topic));
    }
    topicChoice.append(new Option(t("otherTopic"), otherTopic));
    element("subscribe-command").textContent =
        `curl -N '${location.origin}${addressOf("/subscribe", user, topics)}'`;
    element("own-certificate").hidden = location.protocol !== "https:";
}

// Messages ------------------------------------------------------------------------------------------------------------

function showMessage(topic, data) {
    const item = document.createElement("li");
    item.append(chip(topic), made("span", "text", typeof data === "string" ? data : JSON.stringify(data)), timeOf());
    messages.append(item);
}

function follow() {
    const source = new EventSource(addressOf("/subscribe", user, topics));
    showStatesOf(source);
    messages.showGapsOf(source);
    source.addEventListener("message", (event) => {
        const { topic, data } = JSON.parse(event.data);
        showMessage(topic, data);
    });
}

// Publishing ----------------------------------------------------------------------------------------------------------

const chosenTopic = () => topicChoice.value === otherTopic ? otherTopicField.value : topicChoice.value;

function showPublishCommand() {
    const body = JSON.stringify({ topic: chosenTopic() || "robot", data: "hi" }).replaceAll("'", "'\\''");
    element("publish-command").textContent = `curl -d '${body}' ${location.origin}/publish`;
}

element("publish").addEventListener("submit", async (event) => {
    event.preventDefault();
    const topic = chosenTopic();
    const sent = text.value;
    send.disabled = true;
    try {
        await ask("POST", "/publish", { topic, data: sent });
        // Whoever writes on meanwhile keeps that.
        if (text.value === sent) text.value = "";
        showOutcome(outcome, topics.includes(topic) ? "" : t("notRead", topic));
    } catch (error) {
        showOutcome(outcome, new Error(t("notPublished", error.message)));
    } finally {
        send.disabled = false;
        text.focus();
    }
});

sendOnEnter(text, send);

topicChoice.addEventListener("change", () => {
    const other = topicChoice.value === otherTopic;
    otherTopicField.hidden = !other;
    otherTopicField.required = other;
    if (other) otherTopicField.focus();
    showPublishCommand();
});
otherTopicField.addEventListener("input", showPublishCommand);

showHead();
showPublishCommand();
follow();
