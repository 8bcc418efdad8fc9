// What can be a name in the messenger, of a person or a group: the same that the server takes.

import { t } from "/gallery/language.js";

const characters = new Intl.Segmenter();
const bytes = new TextEncoder();

// What parts topics and lists, what ends lines, and what turns the direction of what stands beside it.
const foreign = /[/,，、\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const blank = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}]*$/u;

/** Whether it has 1 to 40 characters, of which some can be seen, and can be one segment of a topic, and one of a list. */
export function isName(name) {
    return !blank.test(name) && name !== "*" && name !== "**" && !foreign.test(name)
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
