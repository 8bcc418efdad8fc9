// What events hold. The topics of a demo are open, and anybody may publish anything to them: a page passes over what is
// none of its own.

/** What a text holds as JSON; an empty object if it holds none, or no object. */
export function jsonOf(text) {
    try {
        return Object(JSON.parse(text));
    } catch {
        return {};
    }
}
