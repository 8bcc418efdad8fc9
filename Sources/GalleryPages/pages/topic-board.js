// The topic board: follows the topics named in the page's address and shows their messages as they come.
// Text of users enters the page only as text nodes; nothing here may make markup of it.

const boardTopics = ["chatgpt", "robot"];
const topicsOf = { huoyijie: ["chatgpt", "robot"], jack: ["robot"] };
const keptMessages = 500;
const otherTopic = "\u0000other";  // no topic can have this name

const query = new URLSearchParams(location.search);
const user = query.get("user") ?? "";
const asked = query.getAll("topics").flatMap((list) => list.split("|"));
const topics = boardTopics.filter((topic) => asked.includes(topic));

const element = (id) => document.getElementById(id);
const messages = element("messages");
const newest = element("newest");
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
    const span = document.createElement("span");
    const sum = [...topic].reduce((sum, character) => sum + character.codePointAt(0), 0);
    const known = boardTopics.indexOf(topic);
    span.className = "chip";
    span.dataset.hue = known >= 0 ? known : 2 + (sum % 2);
    span.textContent = topic;
    return span;
}

function showHead() {
    const other = user === "huoyijie" ? "jack" : "huoyijie";
    element("user").textContent = user;
    topics.forEach((topic, index) => {
        if (index > 0) element("topics").append(" ");
        element("topics").append(chip(topic));
    });
    element("beside").textContent = `Open ${other} beside it`;
    element("beside").href = addressOf("/", other, topicsOf[other]);
    document.title = `${user} · Topic board · Fanfare`;

    for (const topic of [...topics, ...boardTopics.filter((topic) => !topics.includes(topic))]) {
        topicChoice.append(new Option(topic, topic));
    }
    topicChoice.append(new Option("Other topic…", otherTopic));
    element("subscribe-command").textContent =
        `curl -N '${location.origin}${addressOf("/subscribe", user, topics)}'`;
    element("own-certificate").hidden = location.protocol !== "https:";
}

// Messages ------------------------------------------------------------------------------------------------------------

let unseen = 0;

const isAtNewest = () => messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;

function goToNewest() {
    messages.scrollTop = messages.scrollHeight;
    unseen = 0;
    newest.hidden = true;
}

// Follows the newest message, unless the reader has scrolled back: then the place stays, and a button counts.
function append(item) {
    const follows = isAtNewest();
    element("empty").hidden = true;
    messages.append(item);
    const height = messages.scrollHeight;
    while (messages.childElementCount > keptMessages) messages.firstElementChild.remove();
    if (follows) {
        goToNewest();
        return;
    }
    messages.scrollTop -= height - messages.scrollHeight;
    unseen += 1;
    newest.textContent = unseen === 1 ? "1 new message" : `${unseen} new messages`;
    newest.hidden = false;
}

function showMessage(topic, data) {
    const item = document.createElement("li");
    const body = document.createElement("span");
    const time = document.createElement("time");
    const now = new Date();
    body.className = "text";
    body.textContent = typeof data === "string" ? data : JSON.stringify(data);
    time.dateTime = now.toISOString();
    time.textContent = now.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    item.append(chip(topic), body, time);
    append(item);
}

function showNotice(words) {
    const item = document.createElement("li");
    item.className = "notice";
    item.textContent = words;
    append(item);
}

messages.addEventListener("scroll", () => {
    if (isAtNewest()) goToNewest();
}, { passive: true });
newest.addEventListener("click", () => {
    goToNewest();
    messages.focus();
});
new ResizeObserver(() => {
    if (newest.hidden) goToNewest();
}).observe(messages);

// Connection ----------------------------------------------------------------------------------------------------------

const stateWords = {
    connecting: "Connecting",
    live: "Live",
    reconnecting: "Connection lost, reconnecting",
    ended: "Ended by the server; reload to follow again",
};

function showState(state) {
    const line = element("state");
    if (line.dataset.state === state && line.textContent === stateWords[state]) return;
    line.dataset.state = state;
    line.textContent = stateWords[state];
}

function follow() {
    const source = new EventSource(addressOf("/subscribe", user, topics));
    source.addEventListener("open", () => showState("live"));
    source.addEventListener("error", () => {
        showState(source.readyState === EventSource.CLOSED ? "ended" : "reconnecting");
    });
    source.addEventListener("message", (event) => {
        const { topic, data } = JSON.parse(event.data);
        showMessage(topic, data);
    });
    source.addEventListener("fanfare.gap", (event) => {
        const { repeats } = JSON.parse(event.data);
        showNotice(repeats
            ? "Messages may be missing here, and some may be shown again: the server began a new log."
            : "Messages are missing here: the server no longer keeps them.");
    });
}

// Publishing ----------------------------------------------------------------------------------------------------------

const chosenTopic = () => topicChoice.value === otherTopic ? otherTopicField.value : topicChoice.value;

function showPublishCommand() {
    const body = JSON.stringify({ topic: chosenTopic() || "robot", data: "hi" }).replaceAll("'", "'\\''");
    element("publish-command").textContent = `curl -d '${body}' ${location.origin}/publish`;
}

function showOutcome(words, failed) {
    outcome.textContent = words;
    outcome.toggleAttribute("data-failed", failed);
}

async function publish(topic, data) {
    const response = await fetch("/publish", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ topic, data }),
    });
    if (response.ok) return;
    const problem = await response.json().catch(() => ({}));
    throw new Error(problem.detail ?? problem.title ?? `The server answered ${response.status}.`);
}

element("publish").addEventListener("submit", async (event) => {
    event.preventDefault();
    const topic = chosenTopic();
    send.disabled = true;
    try {
        await publish(topic, text.value);
        text.value = "";
        showOutcome(topics.includes(topic) ? "" : `Published to ${topic}, which this page does not read.`, false);
    } catch (error) {
        const lost = error instanceof TypeError;  // what fetch throws when there was no answer
        showOutcome(lost ? "Not published: the server did not answer." : `Not published: ${error.message}`, true);
    } finally {
        send.disabled = false;
        text.focus();
    }
});

text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!send.disabled) element("publish").requestSubmit();
});

topicChoice.addEventListener("change", () => {
    const other = topicChoice.value === otherTopic;
    otherTopicField.hidden = !other;
    otherTopicField.required = other;
    if (other) otherTopicField.focus();
    showPublishCommand();
});
otherTopicField.addEventListener("input", showPublishCommand);

// Commands to copy ----------------------------------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-copies]")) {
    button.addEventListener("click", async () => {
        const command = element(button.dataset.copies);
        try {
            await navigator.clipboard.writeText(command.textContent);
            button.textContent = "Copied";
        } catch {
            getSelection().selectAllChildren(command);
            button.textContent = "Selected";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
}

showHead();
showPublishCommand();
follow();
