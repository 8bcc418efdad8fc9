"""Users in real browsers, who carry their tokens in cookies: each sees what is theirs, and foreign pages see nothing."""

import json
from pathlib import Path

import pytest

from browser import VIEWPORT
from certificates import Authority
from hang_guard import GUARD, wait_for
from hub import Hub
from pages import Site
from server import ROOT
from tokens import bearer, mint

SCREENSHOTS = ROOT / ".build" / "screenshots"
MAY = {"publish": ["chat", "users/{user}/**"], "subscribe": ["chat", "users/{user}/**"]}

# Runs in a page: opens a stream with the browser's cookie, and shows and keeps what it fires.
LISTEN = """url => {
    const source = new EventSource(url, { withCredentials: true });
    const stream = { source, opened: 0, data: [], ids: [], gaps: 0 };
    source.onopen = () => { stream.opened += 1; };
    source.onmessage = event => {
        stream.data.push(event.data);
        stream.ids.push(event.lastEventId);
        const line = document.createElement("div");
        line.textContent = event.data;
        document.body.append(line);
    };
    source.addEventListener("fanfare.gap", () => { stream.gaps += 1; });
    (window.streams ??= []).push(stream);
}"""
# What the stream of this number has: all of it as JSON.
STREAM = "number => (({ opened, data, ids, gaps }) => ({ opened, data, ids, gaps }))(streams[number])"
ASK = """async ([url, fields]) => {
    const answer = await fetch(url, { credentials: "include", headers: fields });
    return [answer.status, await answer.json()];
}"""
# Reads a stream by `fetch`, which can set fields, until there are so many events.
READ = """async ([url, fields, count]) => {
    const answer = await fetch(url, { credentials: "include", headers: { Accept: "text/event-stream", ...fields } });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while ((text.match(/^data: /gm) ?? []).length < count) text += (await reader.read()).value;
    await reader.cancel();
    return text.match(/(?<=^data: ).*$/gm);
}"""


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def site(authority):
    """Builds sites that show the authority's certificate."""
    certificate = authority.issue()
    sites: list[Site] = []

    def build(tokens: dict[str, str] | None = None) -> Site:
        sites.append(Site(certificate, tokens))
        return sites[-1]

    build.certificate = certificate
    yield build
    for one in sites:
        one.close()


@pytest.fixture
def open_in(browser, firefox):
    """Opens a page in a fresh profile of either browser."""
    ends = []

    def open_one(name: str, url: str):
        if name == "firefox":
            profile = firefox.profile()
            ends.append(profile.close)
            return profile.open(url)
        context = browser.new_context(viewport=VIEWPORT, ignore_https_errors=True)
        context.set_default_timeout(GUARD * 1000)
        ends.append(context.close)
        page = context.new_page()
        page.goto(url)
        return page

    yield open_one
    for end in ends:
        end()


def start_hub(guarded, authority, certificate, folder: Path, *options: str, port: int = 0) -> Hub:
    options = (*certificate.options, "--retry", "200ms", "--log", f"sqlite:{folder}/log.db", *options)
    hub = guarded(*options, listen=(f"127.0.0.1:{port}",))
    hub.tls = authority.trusting()
    return hub


def publish(hub: Hub, topic: str, data: str, private: bool = False) -> str:
    body = json.dumps({"topic": topic, "data": data, "private": private})
    answer = hub.post(body, **bearer(mint("back end", ["**"])))
    assert answer.status == 201, answer.body
    return answer.json()["id"]


def history(hub: Hub) -> list[str]:
    answer = hub.get("/events?topic=**&limit=1000", **bearer(mint("back end", [], ["**"])))
    return [event["data"] for event in answer.json()["events"]]


def at_hub(hub: Hub, target: str) -> str:
    return f"https://localhost:{hub.server.port}{target}"


def listen(page, hub: Hub, target: str) -> int:
    """Opens a stream, and gives its number."""
    page.evaluate(LISTEN, at_hub(hub, target))
    number = page.evaluate("streams.length") - 1
    wait_for(lambda: page.evaluate(STREAM, number)["opened"] == 1, "the stream is open")
    return number


def has(page, stream: int, expected: list[str]) -> list[str]:
    """Waits until a stream has these events; there may be no others. Gives their ids."""
    wait_for(lambda: len(page.evaluate(STREAM, stream)["data"]) >= len(expected), f"{len(expected)} events came")
    state = page.evaluate(STREAM, stream)
    assert state["data"] == expected
    return state["ids"]


@pytest.mark.parametrize("places", [("chromium", "firefox"), ("firefox", "chromium")], ids="-".join)
def test_two_users_in_two_browsers_see_nothing_private_of_each_other(
    places, guarded, start, authority, site, open_in, tmp_path
):
    tokens = {user: mint(user, **MAY) for user in ("jack", "jill")}
    app = site(tokens)
    # What is not private is for everybody here; so only that keeps the two apart.
    options = ("--anonymous", "--cors", app.origin())
    hub = start_hub(guarded, authority, site.certificate, tmp_path, *options)
    port = hub.server.port
    jack, jill = (open_in(place, app.login(user)) for place, user in zip(places, tokens))
    for page in (jack, jill):
        # No script can read the cookie.
        assert page.evaluate("document.cookie") == ""
        listen(page, hub, "/subscribe?topic=**")

    publish(hub, "users/jill/notes", "for jill", private=True)
    publish(hub, "users/jack/notes", "for jack", private=True)
    publish(hub, "chat", "for both", private=True)
    publish(hub, "other", "for nobody", private=True)
    publish(hub, "users/jill/status", "for all")
    ids = {"jack": has(jack, 0, ["for jack", "for both", "for all"])}
    ids["jill"] = has(jill, 0, ["for jill", "for both", "for all"])

    # Each comes back with the other's id, by the query and by the field, and asks for the other's history.
    everything = {"jack": ["for jack", "for both", "for all"], "jill": ["for both", "for all"]}
    for page, other, expected in ((jack, "jill", everything["jack"]), (jill, "jack", everything["jill"])):
        number = listen(page, hub, f"/subscribe?topic=**&lastEventId={ids[other][0]}")
        has(page, number, expected)
        target = at_hub(hub, f"/subscribe?topic=users/{other}/**&topic=chat&topic=users/jack/**&topic=users/jill/**")
        assert page.evaluate(READ, [target, {"Last-Event-ID": ids[other][0]}, len(expected)]) == expected
        status, body = page.evaluate(ASK, [at_hub(hub, f"/events?topic=users/{other}/**"), {}])
        assert status == 200 and "for " + other not in json.dumps(body)
        status, body = page.evaluate(ASK, [at_hub(hub, f"/inbox?user={other}"), {}])
        assert status == 403 and body["type"] == "urn:fanfare:problem:not-permitted"

    # The browsers reconnect by themselves, to a hub that was killed and is there again.
    start.forget(hub)
    hub.server.kill()
    hub = start_hub(guarded, authority, site.certificate, tmp_path, *options, port=port)
    for page in (jack, jill):
        wait_for(lambda: page.evaluate(STREAM, 0)["opened"] == 2, "the stream is open again")
    publish(hub, "users/jack/notes", "again for jack", private=True)
    publish(hub, "users/jill/notes", "again for jill", private=True)
    publish(hub, "chat", "the end", private=True)
    has(jack, 0, ["for jack", "for both", "for all", "again for jack", "the end"])
    has(jill, 0, ["for jill", "for both", "for all", "again for jill", "the end"])
    has(jack, 1, [*everything["jack"], "again for jack", "the end"])
    has(jill, 1, [*everything["jill"], "again for jill", "the end"])
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for page, user, place in ((jack, "jack", places[0]), (jill, "jill", places[1])):
        assert [page.evaluate(STREAM, number)["gaps"] for number in (0, 1)] == [0, 0]
        page.screenshot(path=SCREENSHOTS / f"{user}-in-{place}.png")


# A page of another origin ---------------------------------------------------------------------------------------------

# Whether a page gets to read what it asks for, by each way that there is.
TRY_TO_READ = """async ([stream, answer]) => {
    const outcomes = {};
    for (const credentials of ["include", "omit"]) {
        for (const mode of ["cors", "no-cors"]) {
            try {
                const got = await fetch(answer, { credentials, mode });
                outcomes[`${mode} ${credentials}`] = [got.type, got.status, (await got.text()).length > 0];
            } catch { outcomes[`${mode} ${credentials}`] = "failed"; }
        }
    }
    for (const withCredentials of [true, false]) {
        outcomes[`stream ${withCredentials}`] = await new Promise(tell => {
            const source = new EventSource(stream, { withCredentials });
            source.onopen = () => { source.close(); tell("opened"); };
            source.onerror = () => { const state = source.readyState; source.close(); tell(state === 2 ? "failed" : "waits"); };
        });
    }
    return outcomes;
}"""
# Sends a request to publish by each way that there is, and what the page gets to know of it.
TRY_TO_PUBLISH = """async ([url, topic]) => {
    const body = JSON.stringify({ topic, data: "smuggled" });
    const outcomes = {};
    for (const mode of ["cors", "no-cors"]) {
        for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json"]) {
            try {
                const got = await fetch(url, { method: "POST", credentials: "include", mode, headers: { "Content-Type": type }, body });
                outcomes[`${mode} ${type}`] = [got.type, got.status];
            } catch { outcomes[`${mode} ${type}`] = "failed"; }
        }
    }
    const frame = document.createElement("iframe");
    frame.name = "target";
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: url, target: "target" });
    for (const [name, value] of [["topic", topic], ["data", "smuggled"]]) {
        const field = document.createElement("input");
        Object.assign(field, { name, value });
        form.append(field);
    }
    document.body.append(form);
    form.submit();
    outcomes.beacon = navigator.sendBeacon(url, new Blob([body], { type: "text/plain" }));
    // No page is told when these two are through.
    await new Promise(done => setTimeout(done, 1000));
    return outcomes;
}"""
TRY_TO_END = """async url => {
    try { return (await fetch(url, { method: "DELETE", credentials: "include" })).status; } catch { return "failed"; }
}"""


@pytest.mark.parametrize("cors", ["none", "another", "any"])
@pytest.mark.parametrize("place", ["localhost", "127.0.0.1"], ids=["same-site", "other-site"])
@pytest.mark.parametrize("name", ["chromium", "firefox"])
def test_a_page_of_a_foreign_origin_can_neither_read_nor_publish(
    name, place, cors, guarded, authority, site, open_in, tmp_path
):
    # With all that there is to be permitted, so that nothing else stands in the way.
    app, foreign = site({"jack": mint("jack", ["**"], ["**"], admin=True)}), site()
    options = {"none": (), "another": ("--cors", app.origin()), "any": ("--cors", "*")}[cors]
    hub = start_hub(guarded, authority, site.certificate, tmp_path, *options)
    publish(hub, "a", "secret", private=True)
    asked = [at_hub(hub, "/subscribe?topic=a&since=1"), at_hub(hub, "/events?topic=a")]
    page = open_in(name, app.login("jack"))
    if cors == "another":
        # The page whose origin was named can do all of it: so it is not for another reason that the foreign one cannot.
        outcomes = page.evaluate(TRY_TO_READ, asked)
        assert outcomes["cors include"] == ["cors", 200, True]
        assert outcomes["stream true"] == "opened"
        outcomes = page.evaluate(TRY_TO_PUBLISH, [at_hub(hub, "/publish"), "own"])
        assert outcomes.pop("beacon")
        assert {tuple(outcome) for outcome in outcomes.values()} == {("cors", 201), ("opaque", 0)}
        # By fetch in six ways, by a form, and by a beacon.
        wait_for(lambda: history(hub).count("smuggled") == 8, "what the page published is there")
    before = history(hub)

    page.goto(f"{foreign.origin(place)}/")
    outcomes = page.evaluate(TRY_TO_READ, asked)
    # With "any" who asks without credentials may read the answer, which is 401: it wants a token.
    anybodys = ["cors", 401, True] if cors == "any" else "failed"
    assert outcomes == {
        "cors include": "failed", "cors omit": anybodys, "no-cors include": ["opaque", 0, False],
        "no-cors omit": ["opaque", 0, False], "stream true": "failed", "stream false": "failed",
    }
    outcomes = page.evaluate(TRY_TO_PUBLISH, [at_hub(hub, "/publish"), "a"])
    for mode in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
        assert outcomes[f"cors {mode}"] == "failed"
        assert outcomes[f"no-cors {mode}"] in (["opaque", 0], "failed")
    with hub.subscribe("a", headers={"Authorization": f"Bearer {mint('jack', [], ['a'])}"}) as stream:
        stream.opening()
        assert page.evaluate(TRY_TO_END, at_hub(hub, "/connections?user=jack")) == "failed"
        publish(hub, "a", "still here", private=True)
        assert stream.event().data == "still here"
    assert history(hub) == before + ["still here"]
