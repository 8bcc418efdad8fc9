// The line in a page's head that says how its stream fares.

import { t } from "/gallery/language.js";

/** Shows a state in the line `#state`: connecting, live, reconnecting or ended; other words if given. */
export function showState(state, words = t(state)) {
    const line = document.getElementById("state");
    if (line.dataset.state === state && line.textContent === words) return;
    line.dataset.state = state;
    line.textContent = words;
}

/** Shows the states of an EventSource from now on. */
export function showStatesOf(source) {
    showState("connecting");
    source.addEventListener("open", () => showState("live"));
    source.addEventListener("error", () => {
        showState(source.readyState === EventSource.CLOSED ? "ended" : "reconnecting");
    });
}
