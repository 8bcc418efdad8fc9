// The line in a page's head that says how its stream fares.

import { t } from "/gallery/language.js";
import { refusalOf } from "/gallery/requests.js";

/** Shows a state in the line `#state`: connecting, live, reconnecting or ended; other words if given. */
export function showState(state, words = t(state)) {
    const line = document.getElementById("state");
    if (line.dataset.state === state && line.textContent === words) return;
    line.dataset.state = state;
    line.textContent = words;
}

/** Shows the states of an EventSource from now on; `ended` is said of one that was open, and is no more. */
export function showStatesOf(source, ended = t("ended")) {
    let wasOpen = false;
    showState("connecting");
    source.addEventListener("open", () => {
        wasOpen = true;
        showState("live");
    });
    source.addEventListener("error", async () => {
        if (source.readyState !== EventSource.CLOSED) showState("reconnecting");
        else if (wasOpen) showState("ended", ended);
        else showState("ended", (await refusalOf(source.url)).words);
    });
}
