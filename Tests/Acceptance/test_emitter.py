"""The emitter registry: its page in a browser, its paths, and what its original did wrong."""

import http.server
import json
import threading
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page, expect

from browser import picture, send_and_write_on
from curl import shell
from hang_guard import wait_for
from hub import Hub, check_problem
from stream import Stream

HOSTILE = "<img src=x onerror=alert(1)>&amp; # + 100% ü 😀\nsecond line"


def sub(demo: Hub, id: str, **query: str) -> Stream:
    return Stream(demo.address, f"/sse/sub/{quote(id, safe='')}?{urlencode(query)}")


def call(demo: Hub, path: str, **query: str):
    answer = demo.get(f"/sse/{path}?{urlencode(query)}")
    assert answer.status == 200, answer.body
    return answer.json()


def ids(demo: Hub) -> dict[str, int]:
    """The connected ids and their tabs; what is told of them fits together."""
    told = call(demo, "ids")
    assert told["count"] == len(told["ids"]) == len(told["tabs"])
    return dict(zip(told["ids"], told["tabs"]))


def wait_for_ids(demo: Hub, **expected: int) -> None:
    wait_for(lambda: ids(demo) == {name.replace("_", "-"): tabs for name, tabs in expected.items()}, f"{expected}")


# The paths -----------------------------------------------------------------------------------------------------------


def test_index_answers_sse(demo):
    answer = demo.get("/sse/index")
    assert (answer.status, answer.body) == (200, b"sse")
    assert answer.fields["content-type"] == "text/plain; charset=utf-8"


def test_the_head_of_a_stream_comes_at_once(demo):
    with sub(demo, "anna") as stream:
        assert stream.head.fields["content-type"] == "text/event-stream"
        assert stream.opening().id


def test_push_reaches_every_tab_of_one_user_and_nobody_else(demo):
    with sub(demo, "anna") as one, sub(demo, "anna") as two, sub(demo, "anna2") as other:
        for stream in (one, two, other):
            stream.opening()
        told = call(demo, "push", id="anna", content=HOSTILE)
        assert (told["ids"], told["tabs"]) == (["anna"], [2])
        call(demo, "push", id="anna2", content="other")
        assert [one.event().data, two.event().data, other.event().data] == [HOSTILE, HOSTILE, "other"]


def test_a_group_is_every_id_that_begins_so(demo):
    with sub(demo, "team-anna") as anna, sub(demo, "team-ben") as ben, sub(demo, "te") as te, sub(demo, "王小明") as wang:
        for stream in (anna, ben, te, wang):
            stream.opening()
        assert call(demo, "group", groupId="team-", content="1")["ids"] == ["team-anna", "team-ben"]
        assert call(demo, "group", groupId="te", content="2")["count"] == 3
        assert call(demo, "group", groupId="王", content="3")["ids"] == ["王小明"]
        assert call(demo, "group", groupId="team-anna", content="4")["ids"] == ["team-anna"]
        assert call(demo, "group", groupId="nobody", content="5")["count"] == 0
        assert call(demo, "group", groupId="", content="6")["count"] == 4
        assert [block.data for block in anna.events(4)] == ["1", "2", "4", "6"]
        assert [block.data for block in ben.events(3)] == ["1", "2", "6"]
        assert [block.data for block in te.events(2)] == ["2", "6"]
        assert [block.data for block in wang.events(2)] == ["3", "6"]


def test_what_is_pushed_while_a_tab_reconnects_is_not_lost(demo):
    with sub(demo, "anna") as stream:
        last = stream.opening().id
    wait_for_ids(demo)
    call(demo, "push", id="anna", content="1")
    call(demo, "group", groupId="an", content="2")
    with Stream(demo.address, "/sse/sub/anna", {"Last-Event-ID": last}) as stream:
        assert [block.data for block in stream.events(2)] == ["1", "2"]


def test_ids_counts_each_user_once_and_never_drifts(demo):
    """The original counted a removal twice: on completion and on timeout or error."""
    for round in range(3):
        with sub(demo, "anna") as one, sub(demo, "anna"), sub(demo, "ben", timeout="50") as short:
            one.opening()
            wait_for(lambda: ids(demo).get("anna") == 2, "both tabs are listed")
            short.rest()
            wait_for_ids(demo, anna=2)
            call(demo, "breakConnect", id="anna")
            wait_for_ids(demo)
        wait_for_ids(demo)
        assert call(demo, "ids")["count"] == 0, round


def test_a_name_that_only_looks_the_same_is_anothers(demo):
    with sub(demo, "é") as composed, sub(demo, "e\u0301") as decomposed:
        composed.opening()
        decomposed.opening()
        call(demo, "push", id="é", content="composed")
        call(demo, "push", id="e\u0301", content="decomposed")
        assert [composed.event().data, decomposed.event().data] == ["composed", "decomposed"]


def test_breakConnect_ends_all_tabs_of_a_user_for_good(demo):
    """The original removed the emitter from its map, and left the socket open."""
    with sub(demo, "anna") as one, sub(demo, "anna") as two, sub(demo, "annabel") as other:
        one.opening()
        other.opening()
        last = two.opening().id
        assert call(demo, "breakConnect", id="anna") == {"closed": 2}
        (end,) = one.rest()
        assert one.ended and end.id.endswith("~stop")
        assert two.rest()[-1].id.endswith("~stop")
        wait_for_ids(demo, annabel=1)
        # A browser comes back with the id that it had last.
        assert demo.get("/sse/sub/anna", Last_Event_ID=end.id).status == 204
        call(demo, "push", id="annabel", content="still here")
        assert other.event().data == "still here"
        # A page that is loaded anew connects, and so does a tab that was not told.
        with sub(demo, "anna") as anew, Stream(demo.address, "/sse/sub/anna", {"Last-Event-ID": last}):
            anew.opening()
            wait_for_ids(demo, anna=2, annabel=1)


def test_close_answers_200_and_closes_nothing(demo):
    """The page calls it as it closes; the original had no such path."""
    with sub(demo, "anna") as stream:
        stream.opening()
        assert demo.get("/sse/close/anna").status == 200
        assert demo.get("/sse/close/nobody").status == 200
        call(demo, "push", id="anna", content="still here")
        assert stream.event().data == "still here"
        assert ids(demo) == {"anna": 1}


def test_a_stream_ends_when_its_timeout_is_over_and_a_browser_may_come_back(demo):
    with sub(demo, "anna", timeout="50") as short, sub(demo, "anna", timeout="0") as long:
        last = short.rest()[-1]
        assert short.ended and last.retry is not None and not last.id.endswith("~stop")
        wait_for_ids(demo, anna=1)
        call(demo, "push", id="anna", content="after")
        assert long.event().data == "after"
    with Stream(demo.address, "/sse/sub/anna", {"Last-Event-ID": last.id}) as stream:
        assert stream.event().data == "after"


def test_the_callbacks_of_completion_timeout_and_error_come_once_each(demo):
    def happening(stream: Stream) -> tuple:
        block = stream.event()
        assert block.type == "log"
        told = block.json()
        return told["id"], told["what"], told.get("reason")

    with sub(demo, "watcher", log="true") as log:
        log.opening()
        assert happening(log) == ("watcher", "opened", None)
        with sub(demo, "anna") as stream:
            stream.opening()
        assert happening(log) == ("anna", "opened", None)
        assert happening(log) == ("anna", "completed", "gone")
        with sub(demo, "ben", timeout="50") as stream:
            stream.rest()
        assert [happening(log), happening(log)] == [("ben", "opened", None), ("ben", "timeout", "timedOut")]
        with sub(demo, "carla") as stream:
            stream.opening()
            call(demo, "breakConnect", id="carla")
            stream.rest()
        assert [happening(log), happening(log)] == [("carla", "opened", None), ("carla", "completed", "disconnected")]
        # Nothing of it goes to streams that did not ask for it.
        with sub(demo, "dora") as plain:
            plain.opening()
            assert happening(log) == ("dora", "opened", None)
            with sub(demo, "eva"):
                assert happening(log) == ("eva", "opened", None)
            assert happening(log) == ("eva", "completed", "gone")
            call(demo, "push", id="dora", content="the first")
            assert plain.event().data == "the first"


def test_a_reader_that_is_too_slow_is_an_error(start):
    demo = start("--demo", "--slow-limit-bytes", "1MiB", "--max-event-size", "256KiB")
    with sub(demo, "watcher", log="true") as log:
        log.opening()
        with Stream(demo.address, "/sse/sub/slow", receive_buffer=4096) as slow:
            slow.opening()
            for _ in range(100):
                demo.publish("emitter/user/slow", "x" * 200_000)
            told = [log.event().json() for _ in range(3)][1:]
            assert [(one["id"], one["what"]) for one in told] == [("slow", "opened"), ("slow", "error")]
            assert told[1]["reason"] == "slow"


@pytest.mark.parametrize(
    "target",
    [
        "push", "push?id=anna", "push?content=x", "push?id=&content=x", "push?id=a/b&content=x", "push?id=*&content=x",
        "push?id=a*&content=x", "push?id=" + "x" * 33 + "&content=x", "push?id=a%00b&content=x", "push?id=a%0Ab&content=x",
        "push?id=/%CC%81&content=x", "push?id=a/%CC%81b&content=x", "sub/a%2F%CC%81", "sub/*%CC%81", "sub/%E2%80%AEa",
        "group?groupId=a/%CC%81&content=x", "sub/a" + "%CC%81" * 200,
        "group?content=x", "group?groupId=*&content=x", "group?groupId=a", "breakConnect", "breakConnect?id=",
        "breakConnect?id=**", "sub/%2A", "sub/a%2A", "sub/a%2Fb", "sub/a%01", "sub/" + "x" * 33,
        "sub/anna?timeout=-1", "sub/anna?timeout=1.5", "sub/anna?timeout=soon", "sub/anna?timeout=99999999999999999999",
        "sub/anna?timeout=9223372036854775807",
    ],
)
def test_what_makes_no_sense_is_400(demo, target):
    check_problem(demo.get(f"/sse/{target}"), 400)


@pytest.mark.parametrize("options", [(), ("--cors", "https://app.example")])
def test_any_origin_may_call(start, options):
    demo = start("--demo", *options)
    for origin in ("https://elsewhere.example", "https://app.example", "null"):
        for target in ("index", "ids", "push?id=a&content=x", "close/a", "breakConnect?id=a", "push"):
            answer = demo.get(f"/sse/{target}", Origin=origin)
            fields = [line for line in answer.lines if line.lower().startswith("access-control-allow-origin:")]
            assert len(fields) == 1 and answer.fields["access-control-allow-origin"] in ("*", origin), (target, fields)
        with Stream(demo.address, "/sse/sub/a", {"Origin": origin}) as stream:
            assert stream.head.fields["access-control-allow-origin"] in ("*", origin)
        preflight = demo.request(
            "OPTIONS", "/sse/sub/a", Origin=origin, Access_Control_Request_Method="GET",
            Access_Control_Request_Headers="last-event-id",
        )
        assert preflight.status == 204
        assert preflight.fields["access-control-allow-origin"] in ("*", origin)
        assert "GET" in preflight.fields["access-control-allow-methods"]
        assert "last-event-id" in preflight.fields["access-control-allow-headers"].lower()
    # That is for these routes only.
    assert "access-control-allow-origin" not in demo.get("/topics", Origin="https://elsewhere.example").fields


# The page ------------------------------------------------------------------------------------------------------------


def connect(open_page, demo: Hub, id: str) -> Page:
    """As a person does: types an id."""
    page = open_page(f"{demo.url}/emitter")
    page.locator("#join").get_by_label("Id").fill(id)
    page.get_by_role("button", name="Connect", exact=True).click()
    is_live(page)
    return page


def is_live(page: Page) -> None:
    expect(page.locator("#state")).to_have_text("Live")


def push(page: Page, kind: str, target: str, content: str) -> None:
    page.get_by_label("To", exact=True).select_option(label=kind)
    page.locator("#target").fill(target)
    page.get_by_label("Content").fill(content)
    page.get_by_role("button", name="Send").click()


def test_two_tabs_of_a_user_both_receive_and_closing_one_leaves_the_other(demo, open_page):
    one = connect(open_page, demo, "team-anna")
    with one.context.expect_page() as opened:
        one.get_by_role("link", name="Open another tab").click()
    two = opened.value
    is_live(two)
    ben = connect(open_page, demo, "team-ben")
    row = ben.locator("#ids li[data-id=team-anna]")
    expect(row).to_contain_text("2 tabs")
    row.get_by_role("button", name="Write to team-anna").click()
    ben.get_by_label("Content").fill(HOSTILE)
    ben.get_by_role("button", name="Send").click()
    expect(ben.locator("#outcome")).to_have_text("Pushed to team-anna (2 tabs).")
    for page in (one, two):
        expect(page.locator("#messages .text")).to_have_text([HOSTILE])
        assert page.locator("#messages img").count() == 0
    expect(ben.locator("#messages li")).to_have_count(0)
    two.close()
    expect(row).to_contain_text("1 tab")
    picture(one, "emitter-walk")
    expect(ben.locator("#log .text").last).to_have_text("team-anna: completed, the tab closed or left")
    push(ben, "ids that begin with", "team-", "to the team")
    expect(ben.locator("#outcome")).to_have_text("Pushed to team-anna, team-ben (2 tabs).")
    expect(one.locator("#messages .text")).to_have_text([HOSTILE, "to the team"])
    expect(ben.locator("#messages .text")).to_have_text(["to the team"])
    push(ben, "one user", "nobody", "hello?")
    expect(ben.locator("#outcome")).to_have_text("Stored, but nobody is connected under such an id now.")


def test_what_is_written_while_a_message_is_pushed_stays(demo, open_page):
    page = connect(open_page, demo, "anna")
    send_and_write_on(page, "**/sse/push?*", "Content", "Send")
    expect(page.locator("#messages .text")).to_have_text(["first"])


def test_the_list_keeps_the_focus_while_others_come_and_go(demo, open_page):
    page = connect(open_page, demo, "m")
    with sub(demo, "x") as stream:
        stream.opening()
        button = page.get_by_role("button", name="Disconnect x")
        button.focus()
        for id in ("a", "n", "z", "x"):
            with sub(demo, id) as other:
                other.opening()
                expect(page.locator(f"#ids li[data-id={id}]")).to_contain_text("2 tabs" if id == "x" else "1 tab")
                expect(button).to_be_focused()
            wait_for_ids(demo, m=1, x=1)
            expect(page.locator("#ids li")).to_have_count(2)
            expect(page.locator("#ids li[data-id=x]")).to_contain_text("1 tab")
            expect(button).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#ids li")).to_have_count(1)
        # Its row is gone: the focus stays at the list, and on no button that would do the same to somebody else.
        expect(page.locator("#ids-heading")).to_be_focused()
    assert page.locator("#ids li").all_text_contents()[0].startswith("m")


def test_a_page_whose_id_is_refused_says_why(demo, open_page):
    page = open_page(f"{demo.url}/emitter?id=a/b")
    expect(page.locator("#state")).to_contain_text("an id has 1 to 32 characters, and no / or *")
    wait_for(lambda: open_page.complaints, "the browser notes the status")
    open_page.complaints.clear()


def test_only_what_was_pushed_counts_as_unread(demo, open_page):
    """The original counted its own status lines too."""
    page = connect(open_page, demo, "anna")
    expect(page.locator("#unread")).to_have_text("0 unread")
    for _ in range(3):
        with sub(demo, "other") as stream:
            stream.opening()
    expect(page.locator("#log li")).to_have_count(7)
    expect(page.locator("#unread")).to_have_text("0 unread")
    for content in ("one", "two"):
        call(demo, "push", id="anna", content=content)
    expect(page.locator("#unread")).to_have_text("2 unread")
    expect(page).to_have_title("(2) anna · Emitter registry · Fanfare")
    page.get_by_role("button", name="Mark as read").click()
    expect(page.locator("#unread")).to_have_text("0 unread")
    expect(page).to_have_title("anna · Emitter registry · Fanfare")
    call(demo, "push", id="anna", content="three")
    expect(page.locator("#unread")).to_have_text("1 unread")


def test_a_page_that_was_disconnected_stays_so_and_one_that_is_loaded_anew_connects(start, open_page):
    demo = start("--demo", "--retry", "100ms", "--drain-retry", "600ms")
    anna = connect(open_page, demo, "anna")
    ben = connect(open_page, demo, "ben")
    ben.get_by_role("button", name="Disconnect anna").click()
    expect(anna.locator("#state")).to_have_text("Disconnected")
    expect(ben.locator("#ids li")).to_have_count(1)
    expect(ben.locator("#log .text").last).to_have_text("anna: completed, the registry disconnected it")
    call(demo, "push", id="anna", content="nobody hears")
    anna.get_by_role("link", name="Connect again").click()
    is_live(anna)
    expect(ben.locator("#ids li")).to_have_count(2)
    call(demo, "push", id="anna", content="heard")
    expect(anna.locator("#messages .text")).to_have_text(["heard"])


def test_a_tab_whose_stream_times_out_connects_again_by_itself(start, open_page):
    demo = start("--demo", "--retry", "100ms", "--drain-retry", "600ms")
    watcher = connect(open_page, demo, "watcher")
    page = open_page(f"{demo.url}/emitter?id=anna&timeout=200")
    expect(watcher.locator("#log [data-what=timeout] .text").first).to_have_text("anna: timeout")
    wait_for(lambda: watcher.locator("#log [data-what=timeout]").count() >= 2, "it came back, and timed out again")
    call(demo, "push", id="anna", content="not lost")
    expect(page.locator("#messages .text")).to_have_text(["not lost"])


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The URL of an empty page of another origin."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            page = b"<!doctype html><title>Elsewhere</title><link rel=icon href=data:,>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_of_another_origin_may_use_the_registry(demo, open_page, elsewhere):
    page = open_page(elsewhere)
    got = page.evaluate(
        """async (url) => {
            const source = new EventSource(`${url}/sse/sub/anna`);
            const message = new Promise((resolve) => source.addEventListener("message", (event) => resolve(event.data)));
            await new Promise((resolve) => source.addEventListener("open", resolve));
            const text = await (await fetch(`${url}/sse/index`)).text();
            const { ids } = await (await fetch(`${url}/sse/ids`, { headers: { "Last-Event-ID": "x" } })).json();
            await fetch(`${url}/sse/push?id=anna&content=across`);
            return [text, ids, await message];
        }""",
        demo.url,
    )
    assert got == ["sse", ["anna"], "across"]


def test_the_commands_that_the_page_shows_work(demo, open_page):
    page = connect(open_page, demo, "it's")
    assert json.loads(shell(page.locator("#ids-command").text_content()))["ids"] == ["it's"]
    assert json.loads(shell(page.locator("#push-command").text_content()))["tabs"] == [1]
    expect(page.locator("#messages .text")).to_have_text(["hi"])
    subscribe = page.locator("#sub-command").text_content()
    assert "event-stream" in shell(f"{subscribe} -s -m 1 -o /dev/null -w '%{{content_type}}' || true")


def test_the_script_of_a_page_as_the_original_had_it_works(demo, open_page):
    """It counts what comes, and says goodbye as it closes."""
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(
        """() => {
            window.unread = 0;
            const source = new EventSource("/sse/sub/original");
            source.onopen = () => { window.opened = true; };
            source.onmessage = (event) => { window.unread += 1; window.last = event.data; };
            window.onbeforeunload = () => { source.close(); fetch("/sse/close/original", { keepalive: true }); };
        }"""
    )
    wait_for(lambda: page.evaluate("window.opened"), "it is connected")
    call(demo, "push", id="original", content="hello")
    wait_for(lambda: page.evaluate("[window.unread, window.last]") == [1, "hello"], "it counts what was pushed")
    page.close(run_before_unload=True)
    wait_for_ids(demo)
