// The messenger's forms: one writes into the conversation that is open, one begins a conversation, one makes a group.

import { t } from "/gallery/language.js";
import { sendOnEnter } from "/gallery/messages.js";
import { ask, showOutcome } from "/gallery/requests.js";
import { nameIn } from "/gallery/names.js";

const byId = (id) => document.getElementById(id);

/** Makes the forms work for `me`. `open` is called with the kind and the name of the conversation that is to be opened. */
export function openForms(me, conversations, open) {
    byId("write").addEventListener("submit", (event) => {
        event.preventDefault();
        write(me, conversations);
    });
    sendOnEnter(byId("text"), byId("send"));
    byId("start").addEventListener("submit", (event) => {
        event.preventDefault();
        const name = nameIn(byId("whom"));
        if (name === null) return;
        byId("whom").value = "";
        open("with", name);
    });
    byId("group").addEventListener("submit", (event) => {
        event.preventDefault();
        makeGroup(me, open);
    });
    byId("new-group").addEventListener("toggle", () => {
        if (byId("new-group").open) showOutcome(byId("group-outcome"), "");
    });
}

// Messages ------------------------------------------------------------------------------------------------------------

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

async function send(me, within, data) {
    const topics = within.kind === "group"
        ? [`groups/${within.name}/${me}`]
        : [`users/${within.name}/from/${me}`, `users/${me}/to/${within.name}`];
    const body = { topics, data };
    await ask("POST", "/publish", body, { "Idempotency-Key": keyOf(body) });
    unanswered = { body: "", key: "" };
}

async function write(me, conversations) {
    const within = conversations.opened;
    const text = byId("text");
    const sent = text.value;
    byId("send").disabled = true;
    try {
        await send(me, within, sent);
        // Whoever writes on meanwhile keeps that.
        if (within !== conversations.opened) within.draft = "";
        else if (text.value === sent) text.value = "";
        showOutcome(byId("outcome"), "");
    } catch (error) {
        showOutcome(byId("outcome"), new Error(t("notSent", error.message)));
    } finally {
        byId("send").disabled = false;
        if (within === conversations.opened) text.focus();
    }
}

// Groups --------------------------------------------------------------------------------------------------------------

async function makeGroup(me, open) {
    const name = nameIn(byId("group-name"));
    const members = byId("members").value.split(/[,，、]/).map((member) => member.trim()).filter((member) => member);
    if (name === null) return;
    try {
        await ask("POST", "/messenger/groups", { name, user: me, members });
        byId("group").reset();
        byId("new-group").open = false;
        showOutcome(byId("group-outcome"), t("madeGroup", name));
        open("group", name);
    } catch (error) {
        showOutcome(byId("group-outcome"), error);
    }
}
