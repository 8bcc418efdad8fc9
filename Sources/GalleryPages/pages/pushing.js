// The box to push: to one user, or to all ids that begin alike.

import { t } from "/gallery/language.js";
import { sendOnEnter } from "/gallery/messages.js";
import { get, showOutcome } from "/gallery/requests.js";

const byId = (id) => document.getElementById(id);

/** Makes the box work; it is addressed to `id` at first. `failed` is called with an Error. */
export function openBox(id, failed) {
    byId("target").value = id;
    byId("kind").addEventListener("change", showTarget);
    byId("target").addEventListener("input", showTarget);
    byId("push").addEventListener("submit", (event) => {
        event.preventDefault();
        push(failed);
    });
    sendOnEnter(byId("content"), byId("send"));
    showTarget();
}

/** Addresses the box to a user, for the reader to write on. */
export function writeTo(id) {
    byId("kind").value = "user";
    byId("target").value = id;
    showTarget();
    byId("content").focus();
}

/** The request that pushes to whom the box is addressed. */
function request() {
    const target = byId("target").value;
    return byId("kind").value === "group" ? ["/sse/group", { groupId: target }] : ["/sse/push", { id: target }];
}

function showTarget() {
    const isGroup = byId("kind").value === "group";
    byId("target-label").textContent = t(isGroup ? "prefix" : "id");
    byId("target").required = !isGroup;
    const [path, parameters] = request();
    byId("push-command").textContent =
        `curl '${location.origin}${path}?${new URLSearchParams({ ...parameters, content: "hi" })}'`;
}

async function push(failed) {
    const [path, parameters] = request();
    const content = byId("content").value;
    byId("send").disabled = true;
    try {
        const { ids, tabs } = await get(path, { ...parameters, content });
        // Whoever writes on meanwhile keeps that.
        if (byId("content").value === content) byId("content").value = "";
        const all = tabs.reduce((sum, count) => sum + count, 0);
        showOutcome(byId("outcome"), ids.length ? t("pushed", ids, all) : t("nobody"));
    } catch (error) {
        failed(error);
    } finally {
        byId("send").disabled = false;
        byId("content").focus();
    }
}
