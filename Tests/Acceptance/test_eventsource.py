"""A browser's own EventSource, in a page of the hub's."""

from playwright.sync_api import Page

from hang_guard import wait_for
from stream import TEXTS

# Runs in a page: opens an EventSource and keeps what it fires in `seen`.
LISTEN = """target => {
    window.seen = [];
    window.opened = 0;
    window.source = new EventSource(target);
    source.onopen = () => { opened += 1; };
    for (const type of ["message", "greeting", "fanfare.gap"]) {
        source.addEventListener(type, event => seen.push([event.type, event.lastEventId, event.data]));
    }
}"""


def seen(page: Page, count: int) -> list[list[str]]:
    wait_for(lambda: page.evaluate("seen.length") >= count, f"the page has seen {count} events")
    return page.evaluate("seen")


def test_chromiums_eventsource_gets_each_event_as_it_was(demo, open_page):
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(LISTEN, "/subscribe?topic=a/*")
    wait_for(lambda: page.evaluate("opened") == 1, "the stream is open before any message")
    ids = [demo.publish("a/b", text) for text in TEXTS] + [demo.publish("a/b", "hello", type="greeting")]
    expected = [["message", id, text] for id, text in zip(ids, TEXTS)] + [["greeting", ids[-1], "hello"]]
    assert seen(page, len(expected)) == expected


def test_chromiums_eventsource_reconnects_by_itself_and_misses_and_repeats_nothing(start, open_page):
    demo = start("--demo", "--retry", "200ms", "--drain-retry", "600ms")
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(LISTEN, "/subscribe?topic=a")
    expected = []
    for round in range(3):
        wait_for(lambda: page.evaluate("opened") == round + 1, "the stream is open")
        expected.append(["message", demo.publish("a", f"live {round}"), f"live {round}"])
        (connection,) = demo.wait_for_connections(1)
        answer = demo.request("DELETE", f"/connections?id={connection['id']}")
        assert answer.json() == {"closed": 1}
        expected.append(["message", demo.publish("a", f"away {round}"), f"away {round}"])
    assert seen(page, len(expected)) == expected


def test_chromiums_eventsource_that_saw_no_event_yet_resumes_too(start, open_page):
    demo = start("--demo", "--retry", "200ms", "--drain-retry", "600ms")
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(LISTEN, "/subscribe?topic=a")
    (connection,) = demo.wait_for_connections(1)
    demo.request("DELETE", f"/connections?id={connection['id']}")
    id = demo.publish("a", "between")
    assert seen(page, 1) == [["message", id, "between"]]


def test_chromiums_eventsource_that_was_told_not_to_reconnect_stays_closed(demo, open_page):
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(LISTEN, "/subscribe?topic=a")
    (connection,) = demo.wait_for_connections(1)
    demo.request("DELETE", f"/connections?id={connection['id']}&allow-reconnect=false")
    wait_for(lambda: page.evaluate("source.readyState === EventSource.CLOSED"), "the browser gives up for good")
    page.reload()
    page.evaluate(LISTEN, "/subscribe?topic=a")
    wait_for(lambda: page.evaluate("opened") == 1, "a page that is loaded anew connects again")
