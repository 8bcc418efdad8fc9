// A user's inbox at the hub: the stream of this tab, what is unread, and what has been read. The numbers are always the
// hub's own: nothing is counted here beside it.

import { ask, inTurn } from "/gallery/requests.js";

const recent = 1000;

export class Inbox {
    /** The number of unread events of each topic that has any. */
    unread = new Map();
    /** The patterns that were added to the user's own topics. */
    patterns = [];

    /** Asks the hub for the numbers. */
    refresh;

    #user;
    #read = new Map();
    #acknowledged = new Map();
    #otherTabs = new BroadcastChannel("fanfare-messenger");

    /** `changed` is called when the numbers may be others, `failed` with an Error when they cannot be had. */
    constructor(user, changed, failed) {
        this.#user = user;
        this.refresh = inTurn(async () => {
            await this.#sendRead();
            await this.#take();
            changed();
        }, failed);
        this.#otherTabs.addEventListener("message", (event) => {
            if (event.data === user) this.refresh();
        });
    }

    /** Opens the one stream of this tab: recent events, everything unread, and all that comes. */
    async open() {
        const inbox = await ask("GET", this.#address);
        // What came in the moment between is well within the rest.
        const since = inbox.unread > recent - 100 ? "unread" : recent;
        const user = encodeURIComponent(this.#user);
        return new EventSource(`/subscribe?inbox=${user}&since=${since}&envelope=true`);
    }

    /** Says that a topic was read up to an event. */
    acknowledge(topic, id) {
        if (this.#acknowledged.get(topic) === id) return;
        this.#acknowledged.set(topic, id);
        this.#read.set(topic, id);
        this.refresh();
    }

    async #sendRead() {
        if (this.#read.size === 0) return;
        for (const [topic, id] of [...this.#read]) {
            await ask("POST", "/inbox/ack", { user: this.#user, id, topic });
            if (this.#read.get(topic) === id) this.#read.delete(topic);
        }
        this.#otherTabs.postMessage(this.#user);
    }

    async #take() {
        const unread = new Map();
        let after = "";
        do {
            const page = await ask("GET", `${this.#address}&after=${encodeURIComponent(after)}`);
            for (const [topic, entry] of Object.entries(page.topics)) unread.set(topic, entry.unread);
            this.patterns = page.patterns;
            after = page.next;
        } while (after !== null);
        this.unread = unread;
    }

    get #address() {
        return `/inbox?user=${encodeURIComponent(this.#user)}&limit=1000`;
    }
}
