// Who is connected, as the registry itself tells it. A row stays the same one for as long as its id is there: whoever has
// the focus on one of its buttons keeps it while others come and go.

import { t } from "/gallery/language.js";
import { chip, element as made } from "/gallery/messages.js";
import { get, inTurn } from "/gallery/requests.js";

const byId = (id) => document.getElementById(id);

export class Connected {
    #own;
    #write;
    #failed;
    #rows = new Map();

    /** Asks the registry who is there. */
    refresh;

    /** `own` is this page's id. `write` is called with an id that is to be written to, `failed` with an Error. */
    constructor(own, write, failed) {
        this.#own = own;
        this.#write = write;
        this.#failed = failed;
        this.refresh = inTurn(async () => this.#show(await get("/sse/ids")), failed);
    }

    #show({ count, ids, tabs }) {
        const focused = document.activeElement;
        const there = new Set(ids);
        for (const [id, row] of this.#rows) {
            if (there.has(id)) continue;
            // Not to the next row: its button would do to somebody else what this one was about to do.
            if (row.contains(focused)) byId("ids-heading").focus();
            row.remove();
            this.#rows.delete(id);
        }
        let place = byId("ids").firstElementChild;
        ids.forEach((id, index) => {
            const row = this.#rows.get(id) ?? this.#row(id);
            row.querySelector(".badge").textContent = t("tabs", tabs[index]);
            if (row === place) place = place.nextElementSibling;
            else byId("ids").insertBefore(row, place);
        });
        // A row that had to change its place lost it.
        if (focused !== document.activeElement && byId("ids").contains(focused)) focused.focus();
        byId("count").textContent = count;
        byId("known").replaceChildren(...ids.map((id) => new Option(id, id)));
    }

    #row(id) {
        const row = document.createElement("li");
        const names = made("span", "names", "");
        const buttons = made("span", "buttons", "");
        row.dataset.id = id;
        names.append(chip(id), made("span", "badge", ""));
        if (id === this.#own) names.append(made("span", "quiet", t("you")));
        buttons.append(
            button(t("write"), t("writeTo", id), () => this.#write(id)),
            button(t("disconnect"), t("disconnectUser", id), () => this.#disconnect(id)));
        row.append(names, buttons);
        this.#rows.set(id, row);
        return row;
    }

    async #disconnect(id) {
        try {
            await get("/sse/breakConnect", { id });
        } catch (error) {
            this.#failed(error);
        }
    }
}

function button(words, label, action) {
    const button = made("button", "plain", words);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.addEventListener("click", action);
    return button;
}
