// The messenger's conversations: which of them an event belongs to, what was said in each, and the list of them.
// Text of users enters the page only as text nodes; nothing here may make markup of it.

import { t } from "/gallery/language.js";
import { element as made } from "/gallery/messages.js";
import { isName } from "/gallery/names.js";

/** How many messages of a conversation are kept. */
export const kept = 2000;

const byId = (id) => document.getElementById(id);

export class Conversations {
    /** The one that is shown beside the list, or null. */
    opened = null;

    #me;
    /** All by their address in the page, `with=NAME` or `group=NAME`; the one of the latest message comes last. */
    #all = new Map();

    constructor(me) {
        this.#me = me;
    }

    /** The conversation with somebody, or of a group; it is begun if there is none yet. */
    of(kind, name) {
        const key = new URLSearchParams({ [kind]: name }).toString();
        let found = this.#all.get(key);
        if (found === undefined) {
            found = { key, kind, name, messages: [], unread: 0, draft: "" };
            this.#all.set(key, found);
        }
        return found;
    }

    /** That which an address names; null if it names none, and none that may be begun. */
    at(hash) {
        const address = new URLSearchParams(hash.slice(1));
        const [[kind, name]] = [...address, ["", ""]];
        if (this.#all.has(address.toString())) return this.of(kind, name);
        return (kind === "with" || kind === "group") && isName(name) ? this.of(kind, name) : null;
    }

    /** Adds a message that came in an envelope. Gives its conversation, or null if it is none of the messenger's. */
    add({ topics, id, data, type, time }) {
        const place = topics.map((topic) => this.#placeOf(topic)).find((place) => place !== null);
        if (place === undefined) return null;
        const within = this.of(place.kind, place.name);
        within.messages.push({ id, data, type, sender: place.sender, time: new Date(time) });
        if (within.messages.length > kept) within.messages.shift();
        this.#all.delete(within.key);
        this.#all.set(within.key, within);
        return within;
    }

    /** Takes the inbox's numbers, and says to it what has been read: what is opened, if anybody sees it. */
    count(inbox, isSeen) {
        for (const pattern of inbox.patterns) {
            const [, name] = /^groups\/([^/]+)\/\*$/.exec(pattern) ?? [];
            if (name) this.of("group", name);
        }
        for (const one of this.#all.values()) one.unread = 0;
        for (const [topic, unread] of inbox.unread) {
            const place = this.#placeOf(topic);
            if (place === null) continue;
            const within = this.of(place.kind, place.name);
            if (within === this.opened && isSeen && within.messages.length > 0) {
                inbox.acknowledge(topic, within.messages.at(-1).id);
            } else if (!place.isOwn) {
                within.unread += unread;
            }
        }
    }

    /** Shows the list, and how many messages are unread. */
    show() {
        const list = byId("conversations");
        const focused = document.activeElement?.closest("#conversations a")?.hash;
        list.replaceChildren(...[...this.#all.values()].reverse().map((one) => this.#itemOf(one)));
        if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
        byId("nobody").hidden = this.#all.size > 0;
        const unread = [...this.#all.values()].reduce((sum, one) => sum + one.unread, 0);
        document.title = t("title", this.#me, unread);
        const news = unread > 0 ? t("unreadInAll", unread) : "";
        if (byId("news").textContent !== news) byId("news").textContent = news;
    }

    /**
     * Where an event of this topic belongs, who sent it, and whether it is but one's own word to others; null if it is none
     * of the messenger's.
     */
    #placeOf(topic) {
        const [root, owner, way, name, ...rest] = topic.split("/");
        if (root === "groups" && way && name === undefined) {
            return { kind: "group", name: owner, sender: way, isOwn: way === this.#me };
        }
        if (root !== "users" || owner !== this.#me || !name || rest.length > 0) return null;
        if (way === "from") return { kind: "with", name, sender: name, isOwn: false };
        return way === "to" ? { kind: "with", name, sender: this.#me, isOwn: true } : null;
    }

    #itemOf(one) {
        const item = document.createElement("li");
        const anchor = document.createElement("a");
        anchor.href = `#${one.key}`;
        if (one === this.opened) anchor.setAttribute("aria-current", "true");
        anchor.append(made("span", one.kind === "group" ? "name group" : "name", one.name));
        anchor.append(made("span", "last", this.#previewOf(one)));
        if (one.unread > 0) {
            const badge = made("span", "badge strong", one.unread);
            badge.append(made("span", "for-readers-only", ` ${t("unread", one.unread)}`));
            badge.firstChild.data = one.unread > 999 ? "999+" : one.unread;
            anchor.append(badge);
        }
        item.append(anchor);
        return item;
    }

    #previewOf(one) {
        const last = one.messages.at(-1);
        if (last === undefined) return "";
        if (last.type === "members") return t("made", last.sender, last.data);
        if (last.sender === this.#me) return `${t("you")}: ${last.data}`;
        return one.kind === "group" ? `${last.sender}: ${last.data}` : last.data;
    }
}
