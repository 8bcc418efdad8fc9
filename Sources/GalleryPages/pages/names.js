// What can be a name in the messenger, of a person or a group: the same that the server takes.

import { t } from "/gallery/language.js";

const characters = new Intl.Segmenter();
const bytes = new TextEncoder();

/** Whether it has 1 to 40 characters and can be one segment of a topic, and one of a list. */
export function isName(name) {
    return name !== "" && name !== "*" && name !== "**" && !/[/,，、\p{Cc}]/u.test(name)
        && bytes.encode(name).length <= 160 && [...characters.segment(name)].length <= 40;
}

/** The name in a field, if it is one; says what is wrong with it otherwise. */
export function nameIn(field) {
    const name = field.value.trim();
    field.setCustomValidity(isName(name) ? "" : t("badName"));
    return field.reportValidity() ? name : null;
}

for (const field of document.querySelectorAll("input")) {
    field.addEventListener("input", () => field.setCustomValidity(""));
}
