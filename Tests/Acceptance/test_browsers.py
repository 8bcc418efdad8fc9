"""Chromium and Firefox over HTTP/2, by TLS with a self-signed certificate: the topic board with many streams."""

import os
import signal
from pathlib import Path

import pytest

from certificates import trusting
from curl import shell
from hang_guard import wait_for
from hub import Hub
from server import ROOT
from sockets import clients_of

SCREENSHOTS = ROOT / ".build" / "screenshots"

# Runs in a page: opens as many EventSources, and keeps what each of them fires.
LISTEN = """async ([target, count]) => {
    // Of the board's stream, which says the topic too, the text only.
    const textOf = data => target.includes("user=") ? JSON.parse(data).data : data;
    window.opened = 0;
    window.seen = [];
    window.sources = Array.from({ length: count }, () => {
        const source = new EventSource(target);
        const list = [];
        seen.push(list);
        source.addEventListener("open", () => { opened += 1; });
        source.addEventListener("message", event => list.push(textOf(event.data)));
        source.addEventListener("fanfare.gap", event => list.push(event.data));
        return source;
    });
}"""
# Publishes by `fetch`, and gives the status and what the browser tells of the connection.
PUBLISH = """async ([topic, data]) => {
    performance.clearResourceTimings();
    const answer = await fetch("/publish", { method: "POST", body: JSON.stringify({ topic, data }) });
    await answer.json();
    const timing = await new Promise(tell => {
        new PerformanceObserver((list, observer) => {
            for (const entry of list.getEntriesByName(new URL("/publish", location).href)) {
                observer.disconnect();
                tell(entry);
            }
        }).observe({ type: "resource", buffered: true });
    });
    return [answer.status, timing.nextHopProtocol, timing.connectEnd - timing.fetchStart];
}"""
# The protocol by which the page itself came, and how long it waited for a connection: no time if there was one already.
ARRIVAL = """(() => {
    const [timing] = performance.getEntriesByType("navigation");
    return [timing.nextHopProtocol, timing.connectEnd - timing.fetchStart];
})()"""
PUBLISH_BY_FORM = """data => {
    document.getElementById("text").value = data;
    document.getElementById("send").click();
}"""
STATE = "document.getElementById('state').dataset.state"
SHOWN = "[...document.querySelectorAll('#messages .text')].map(text => text.textContent)"
STREAM = "/subscribe?user=huoyijie&topics=chatgpt|robot"


@pytest.fixture
def demo(start, tmp_path) -> Hub:
    """A hub with the gallery that speaks TLS only, and its log and certificate in files."""
    return start_demo(start, tmp_path)


def start_demo(start, folder: Path, port: int = 0, *more: str) -> Hub:
    options = ("--demo", "--tls-self-signed", "--log", "sqlite:log.db", "--retry", "200ms", "--drain-retry", "600ms")
    demo = start(*options, *more, listen=(f"127.0.0.1:{port}",), directory=str(folder))
    demo.tls = trusting(folder / "log.db-tls.pem")
    return demo


def board(demo: Hub, user: str, topics: str) -> str:
    return f"https://localhost:{demo.server.port}/?user={user}&topics={topics}"


def is_live(page) -> None:
    wait_for(lambda: page.evaluate(STATE) == "live", "the board is live")


def listen(page, count: int) -> None:
    page.evaluate(LISTEN, [STREAM, count])
    wait_for(lambda: page.evaluate("opened") == count, f"{count} streams are open")


def arrives(page, expected: list[str]) -> None:
    """Each stream of the page and its board show all of these, and each once."""
    wait_for(
        lambda: page.evaluate(f"Math.min({SHOWN}.length, ...seen.map(list => list.length))") >= len(expected),
        f"each stream has {len(expected)} events",
    )
    assert page.evaluate(SHOWN) == expected
    assert [seen for seen in page.evaluate("seen") if seen != expected] == []


def test_twenty_streams_and_their_posts_go_over_one_connection(demo, visit):
    first = visit(board(demo, "huoyijie", "chatgpt|robot"))
    second = visit(board(demo, "jack", "robot"))
    is_live(first)
    is_live(second)
    listen(first, 18)
    protocol, waited = first.evaluate(ARRIVAL)
    assert protocol == "h2" and waited > 0
    assert second.evaluate(ARRIVAL) == ["h2", 0]
    (address,) = {stream["address"] for stream in demo.wait_for_connections(20)}
    # The browser may have tried others before; they are gone, and so are this test's own.
    pid, port = demo.server.process.pid, demo.server.port
    wait_for(lambda: clients_of(pid, port) == {address}, "the browser has one connection")
    expected = []
    for number in range(20):
        page, topic = ((first, "chatgpt"), (second, "robot"))[number % 2]
        expected.append(f"message {number}")
        assert page.evaluate(PUBLISH, [topic, expected[-1]]) == [201, "h2", 0]
    arrives(first, expected)
    for page, text in ((first, "from the first"), (second, "from the second")):
        page.evaluate(PUBLISH_BY_FORM, text)
        expected.append(text)
        arrives(first, expected)
    wait_for(lambda: len(second.evaluate(SHOWN)) == 11, "the second board shows what is for it")
    assert clients_of(pid, port) == {address}
    assert visit.complaints() == []


def test_the_board_is_the_same_in_both_browsers(demo, visit, request, tmp_path):
    page = visit(board(demo, "huoyijie", "chatgpt|robot"))
    is_live(page)
    texts = ["hi robot", "first line\nsecond line", "<b>no markup</b>", "a long one " * 30]
    for number, text in enumerate(texts):
        demo.publish(("robot", "chatgpt")[number % 2], text)
    wait_for(lambda: page.evaluate(SHOWN) == texts, "the board shows the messages")
    # As they stand there, but for what the note below them says is to be added.
    note, command = page.evaluate("""(() => {
        document.getElementById("terminal").open = true;
        const note = document.getElementById("own-certificate").checkVisibility();
        return [note, document.getElementById("publish-command").textContent];
    })()""")
    assert note
    shell(command.replace("curl ", f"curl -sf --cacert {tmp_path / 'log.db-tls.pem'} ", 1))
    wait_for(lambda: page.evaluate(SHOWN) == [*texts, "hi"], "the board shows what the command published")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width in (1000, 375):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=SCREENSHOTS / f"topic-board-{request.node.callspec.id}-{width}.png")
    assert visit.complaints() == []


def test_streams_resume_after_a_kill_and_miss_and_repeat_nothing(start, visit, tmp_path):
    demo = start_demo(start, tmp_path)
    port = demo.server.port
    page = visit(board(demo, "huoyijie", "chatgpt|robot"))
    is_live(page)
    listen(page, 19)
    expected = []
    for round in range(3):
        demo.wait_for_connections(20)
        for number in range(20):
            expected.append(f"{round}.{number}")
            demo.publish("robot", expected[-1])
        # What was acknowledged last has come to some, or to none.
        start.forget(demo)
        demo.server.kill()
        demo = start_demo(start, tmp_path, port)
        expected.append(f"{round} after")
        demo.publish("chatgpt", expected[-1])
        arrives(page, expected)
    is_live(page)
    (address,) = {stream["address"] for stream in demo.wait_for_connections(20)}
    wait_for(lambda: clients_of(demo.server.process.pid, port) == {address}, "the browser has one connection again")


def test_streams_go_on_at_the_next_hub_after_a_drain(start, visit, tmp_path):
    demo = start_demo(start, tmp_path)
    port = demo.server.port
    page = visit(board(demo, "huoyijie", "chatgpt|robot"))
    is_live(page)
    listen(page, 19)
    demo.wait_for_connections(20)
    expected = ["last words"]
    demo.publish("robot", "last words")
    start.forget(demo)
    demo.server.signal(signal.SIGTERM)
    assert demo.server.wait() == 0, demo.server.errors()
    arrives(page, expected)
    demo = start_demo(start, tmp_path, port)
    for number in range(5):
        expected.append(f"after {number}")
        demo.publish("robot", expected[-1])
    arrives(page, expected)
    (address,) = {stream["address"] for stream in demo.wait_for_connections(20)}
    wait_for(lambda: clients_of(demo.server.process.pid, port) == {address}, "the browser has one connection again")


def test_a_stream_that_does_not_keep_up_is_reset_and_resumes_and_its_neighbour_stays(start, visit, tmp_path):
    demo = start_demo(start, tmp_path, 0, "--slow-limit-bytes", "512KiB")
    page = visit(f"https://localhost:{demo.server.port}/gallery")
    page.evaluate(LISTEN, ["/subscribe?topic=large", 1])
    page.evaluate("() => { window.large = seen[0]; }")
    page.evaluate(LISTEN, ["/subscribe?topic=small", 1])
    _, before = sorted(demo.wait_for_connections(2), key=lambda stream: stream["patterns"])
    expected = []

    def publish_and_look() -> bool:
        expected.append(f"{len(expected)} " + "x" * 200_000)
        demo.publish("large", expected[-1])
        return len(demo.connections()) == 1

    process = visit.network_process()
    os.kill(process, signal.SIGSTOP)
    try:
        wait_for(publish_and_look, "the stream is reset")
    finally:
        os.kill(process, signal.SIGCONT)
    demo.publish("small", "still here")
    wait_for(lambda: page.evaluate("large.length") >= len(expected), "the stream resumes")
    assert page.evaluate("large") == expected
    assert page.evaluate("seen") == [["still here"]]
    # On the same connection as before, on which the other one never ended.
    again, after = sorted(demo.wait_for_connections(2), key=lambda stream: stream["patterns"])
    assert after["id"] == before["id"] and again["address"] == before["address"]


def test_over_http_1_a_browsers_seventh_stream_waits_and_so_do_its_posts(start, open_page):
    """Why there is HTTP/2: six connections are all that a browser makes to a host."""
    demo = start("--demo")
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(LISTEN, [STREAM, 7])
    wait_for(lambda: page.evaluate("opened") == 6, "six streams are open")
    page.evaluate("""() => {
        window.order = [];
        const body = JSON.stringify({ topic: "robot", data: "by the page" });
        window.posted = fetch("/publish", { method: "POST", body }).then(() => order.push("posted"));
    }""")
    demo.publish("robot", "before")
    wait_for(lambda: page.evaluate("seen.filter(list => list.length > 0).length") == 6, "six streams get the event")
    assert len(demo.connections()) == page.evaluate("opened") == 6
    page.evaluate("""async () => {
        const waits = source => source.readyState === EventSource.CONNECTING;
        order.push(`${sources.filter(waits).length} waits`);
        for (const source of sources.filter(source => !waits(source)).slice(0, 2)) source.close();
        await posted;
    }""")
    assert page.evaluate("order") == ["1 waits", "posted"]
    wait_for(lambda: page.evaluate("opened") == 7, "the seventh stream is open")
    demo.publish("robot", "after")
    wait_for(lambda: page.evaluate("seen.filter(list => list.includes('after')).length") == 5, "five streams go on")
    # The one that waited was not there before.
    (late,) = [seen for seen in page.evaluate("seen") if "before" not in seen]
    assert late[-1] == "after"
