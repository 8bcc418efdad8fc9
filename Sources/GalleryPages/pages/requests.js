// Requests to the server, and what went wrong with them in the page's language.

import { known, language, t } from "/gallery/language.js";

/**
 * What a problem of the server's (RFC 9457) says: in the page's own words for its kind, if it has any; else in the server's,
 * which are English, or by its status alone.
 */
export function wordsOf(problem, status) {
    const kind = problem?.type?.split(":").at(-1);
    const told = language === "en" ? problem?.detail ?? problem?.title : undefined;
    return known(`problem ${kind}`) ?? told ?? t("status", status);
}

/** Why a response that is not a success is none. */
export async function reasonOf(response) {
    return wordsOf(await response.json().catch(() => null), response.status);
}

/** Asks, with a body as JSON if there is one, and gives the answer's JSON. Throws an Error that says why not. */
export async function ask(method, path, body, headers = {}) {
    if (body !== undefined) headers = { "Content-Type": "application/json", ...headers };
    let response;
    try {
        response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
        throw new Error(t("noAnswer"));
    }
    if (!response.ok) throw new Error(await reasonOf(response));
    return response.status === 204 ? null : response.json();
}

/** Asks for what is at a path, with parameters in the query. */
export const get = (path, parameters = {}) => ask("GET", `${path}?${new URLSearchParams(parameters)}`);

/**
 * A function that has some work done; however often it is called, one time follows the other. `failed` is called with an
 * Error if it cannot be done.
 */
export function inTurn(work, failed) {
    let isAsked = false;
    let isWorking = false;
    return async () => {
        isAsked = true;
        if (isWorking) return;
        isWorking = true;
        try {
            while (isAsked) {
                isAsked = false;
                await work().catch(failed);
            }
        } finally {
            isWorking = false;
        }
    };
}

/**
 * Why the server refuses a stream: an EventSource is not told, so the same is asked for again. No words if it does not
 * refuse it now; with 204 it says that there is no more to come.
 */
export async function refusalOf(address) {
    const asked = new AbortController();
    try {
        const response = await fetch(address, { signal: asked.signal });
        return { status: response.status, words: response.ok ? undefined : await reasonOf(response) };
    } catch {
        return { status: 0, words: t("noAnswer") };
    } finally {
        asked.abort();  // if it was a stream after all
    }
}

/** Shows in a line how something went; as a failure if it is an Error. */
export function showOutcome(line, outcome) {
    const failed = outcome instanceof Error;
    line.textContent = failed ? outcome.message : outcome;
    line.toggleAttribute("data-failed", failed);
}
