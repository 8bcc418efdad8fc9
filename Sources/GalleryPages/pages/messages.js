// A list of messages that follows its newest, and what its items are made of. The list keeps a bounded number of them.
// What scrolls, and what tells readers of screens that messages come, is the element around it: the list stays a list.
// Text of users enters the page only as text nodes; nothing here may make markup of it.

import { language, t } from "/gallery/language.js";

/** Looks after a list inside `.messages`, and what else is in the `.messages-frame`: `.empty` and the button `.newest`. */
export class Messages {
    #list;
    #view;
    #empty;
    #newest;
    #kept;
    #unseen = 0;

    constructor(list, kept = 500) {
        this.#list = list;
        this.#kept = kept;
        this.#view = list.closest(".messages");
        this.#empty = this.#view.parentElement.querySelector(".empty");
        this.#newest = this.#view.parentElement.querySelector(".newest");
        this.#view.addEventListener("scroll", () => {
            if (this.#isAtNewest) this.#goToNewest();
        }, { passive: true });
        this.#newest.addEventListener("click", () => {
            this.#goToNewest();
            this.#view.focus();
        });
        new ResizeObserver(() => {
            if (this.#newest.hidden) this.#goToNewest();
        }).observe(this.#view);
    }

    /** Adds an item. Follows it, unless the reader has scrolled back: then the place stays, and a button counts. */
    append(item) {
        const list = this.#list;
        const follows = this.#isAtNewest;
        this.#empty.hidden = true;
        list.append(item);
        const height = this.#view.scrollHeight;
        while (list.childElementCount > this.#kept) list.firstElementChild.remove();
        if (follows) {
            this.#goToNewest();
            return;
        }
        this.#view.scrollTop -= height - this.#view.scrollHeight;
        this.#unseen += 1;
        this.#newest.textContent = t("newest", this.#unseen);
        this.#newest.hidden = false;
    }

    /** Adds a line of the page's own. */
    notice(words) {
        const item = document.createElement("li");
        item.className = "notice";
        item.textContent = words;
        this.append(item);
    }

    /** Says where the stream says so that messages are missing. */
    showGapsOf(source) {
        source.addEventListener("fanfare.gap", (event) => {
            const { repeats } = JSON.parse(event.data);
            this.notice(t(repeats ? "missingOrAgain" : "missing"));
        });
    }

    /** Shows these items in place of all others. */
    show(items) {
        this.#list.replaceChildren(...items);
        this.#empty.hidden = items.length > 0;
        this.#goToNewest();
    }

    get #isAtNewest() {
        return this.#view.scrollHeight - this.#view.scrollTop - this.#view.clientHeight < 40;
    }

    #goToNewest() {
        this.#view.scrollTop = this.#view.scrollHeight;
        this.#unseen = 0;
        this.#newest.hidden = true;
    }
}

/** An element with a class and a text. */
export function element(name, className, text) {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
}

/** A name in one of four colours, always the same for the same name. */
export function chip(name, hue) {
    const sum = [...name].reduce((sum, character) => sum + character.codePointAt(0), 0);
    const made = element("span", "chip", name);
    made.dataset.hue = hue ?? sum % 4;
    return made;
}

/** The time of day. */
export function timeOf(date = new Date()) {
    const form = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
    const made = element("time", "", date.toLocaleTimeString(language, form));
    made.dateTime = date.toISOString();
    return made;
}

/**
 * Has Enter send what is in a box, unless its button is off; with Shift it begins a line, and where words are composed it
 * chooses one.
 */
export function sendOnEnter(box, button) {
    box.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        if (!button.disabled) box.form.requestSubmit();
    });
}
