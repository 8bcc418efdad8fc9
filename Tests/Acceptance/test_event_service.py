"""The event service: clock, countdowns, the public channel and the long table; and what its original did wrong."""

import csv
import errno
import io
import json
import re
import socket
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Faults"))

from browser import picture  # noqa: E402
from curl import shell  # noqa: E402
from faulty_disk import WRITE, FaultyDisk  # noqa: E402
from hang_guard import wait_for  # noqa: E402
from hub import Hub, check_problem  # noqa: E402
from preload import IS_POSSIBLE  # noqa: E402
from raw_http import Connection  # noqa: E402
from server import example_binary  # noqa: E402
from stream import Stream  # noqa: E402

EVENTS = "/v1_0_0/event"


def begin(demo: Hub, second: int) -> str:
    answer = demo.request("POST", f"{EVENTS}/timer", json.dumps({"second": second}), Content_Type="application/json")
    assert answer.status == 200, answer.body
    told = answer.json()
    assert list(told) == ["channelid"]
    return told["channelid"]


def publish_tick(demo: Hub, number: int, topic: str = "event/clock", **members):
    """Publishes what is, but for the members that are given, a tick as the clock itself makes it."""
    tick = {"topic": topic, "data": str(number), "type": "clock", "id": f"tick-{number}"}
    return demo.post(json.dumps(tick | members))


def follow(demo: Hub, channel: str = "", query: str = "", **fields: str) -> Stream:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return Stream(demo.address, f"{EVENTS}/timer{channel and '/' + channel}{query}", named)


def seconds(blocks) -> list[int]:
    return [block.json()["second"] for block in blocks if block.has_data]


# The clock -----------------------------------------------------------------------------------------------------------


def test_the_clock_runs_from_the_start_and_every_stream_has_the_same_ticks(demo):
    """Two readers, of which one comes back after a while: ids, numbers and times are the clock's own."""
    with Stream(demo.address, f"{EVENTS}/clock") as first:
        opening = first.opening()
        one, two = first.events(2)
        with Stream(demo.address, f"{EVENTS}/clock", {"Last-Event-ID": opening.id}) as second:
            assert [(block.id, block.data) for block in second.events(2)] == [(one.id, one.data), (two.id, two.data)]
    assert (one.type, two.type) == ("clock", "clock")
    assert two.json()["tick"] == one.json()["tick"] + 1
    # A second apart, as the server's own clock has it; a busy machine may take longer, never shorter.
    assert two.json()["time"] - one.json()["time"] >= 999


def test_a_clock_goes_on_where_it_was_when_the_server_is_started_again(start, tmp_path):
    log = f"sqlite:{tmp_path}/log.db"
    demo = start("--demo", "--log", log)
    with Stream(demo.address, f"{EVENTS}/clock") as stream:
        before = stream.event()
    start.forget(demo)
    demo.server.stop()
    demo = start("--demo", "--log", log)
    with Stream(demo.address, f"{EVENTS}/clock", {"Last-Event-ID": before.id}) as stream:
        ticks = [block.json()["tick"] for block in stream.events(3)]
    first = before.json()["tick"] + 1
    assert ticks == [first, first + 1, first + 2]


def test_a_tick_that_another_server_published_first_is_not_there_twice(demo):
    """Another server on the same log publishes the same tick with the same id: here the test does, ahead of the clock."""
    with Stream(demo.address, f"{EVENTS}/clock") as stream:
        # The clock may be the first: 200 says that its tick was there already. It has a second for each.
        for _ in range(20):
            now = stream.event().json()["tick"]
            if publish_tick(demo, now + 1).status == 201:
                break
        else:
            raise AssertionError("the clock was the first each time")
        assert [block.json()["tick"] for block in stream.events(3)] == [now + 1, now + 2, now + 3]
    history = [event["id"] for event in demo.whole_history("event/clock")]
    assert len(history) == len(set(history))


@pytest.mark.skipif(not IS_POSSIBLE, reason="the library needs glibc")
def test_a_clock_that_stood_for_want_of_a_disk_goes_on_when_there_is_one(start, tmp_path):
    disk = FaultyDisk(tmp_path / "log.db")
    demo = start("--demo", "--log", f"sqlite:{tmp_path}/log.db", environment=disk.environment())
    with Stream(demo.address, f"{EVENTS}/clock") as stream:
        before = stream.event().json()["tick"]
        disk.fail(WRITE, errno.ENOSPC)
        wait_for(lambda: demo.get("/readyz").status == 503, "the clock could not write")
        disk.heal()
        while (tick := stream.event().json()["tick"]) < before + 3:
            pass
        assert tick == before + 3


FORGED = {
    "the largest number": {"data": "9223372036854775807"},
    "the smallest number": {"data": "-9223372036854775808"},
    "a negative number": {"data": "-1", "type": "clock"},
    "text": {"data": "half past four", "type": "clock"},
    "nothing": {"data": ""},
    "a tick with the largest number": {"data": "9223372036854775807", "type": "clock", "id": "tick-9223372036854775807"},
    "a tick with the largest number there is": {"data": "1000000000000000", "type": "clock", "id": "tick-1000000000000000"},
    "a tick far ahead": {"data": "5000", "type": "clock", "id": "tick-5000"},
    "a tick of another form": {"data": "+5000", "type": "clock", "id": "tick-5000"},
}


@pytest.mark.parametrize("members", FORGED.values(), ids=FORGED)
def test_whatever_is_published_as_a_tick_the_clock_goes_on_and_starts_again(start, tmp_path, members):
    log = f"sqlite:{tmp_path}/log.db"
    for _ in range(2):
        demo = start("--demo", "--log", log)
        with Stream(demo.address, f"{EVENTS}/clock") as stream:
            stream.event()
            assert demo.post(json.dumps({"topic": "event/clock"} | members)).status in (200, 201)
            ticks = [block.json() for block in stream.events(4)]
        # What is no tick is not shown as one; the last of these are the clock's own.
        assert all(set(tick) == {"tick", "time"} and 1 <= tick["tick"] <= 10**15 for tick in ticks)
        one, two, three = (tick["tick"] for tick in ticks[1:])
        assert three == two + 1 and (two == one + 1 or one == 10**15)
        start.forget(demo)
        demo.server.stop()
        assert "background work failed" not in demo.server.errors()


def test_a_clock_whose_next_ids_are_taken_passes_over_them(demo):
    """Ids are the log's, not a topic's: whoever publishes a tick's id elsewhere takes it from the clock."""
    with Stream(demo.address, f"{EVENTS}/clock") as stream:
        now = stream.event().json()["tick"]
        taken = [number for number in range(now + 2, now + 5) if publish_tick(demo, number, "elsewhere").status == 201]
        assert taken, "the clock was there first each time"
        ticks = [block.json()["tick"] for block in stream.events(4)]
    assert not set(ticks) & set(taken) and ticks[-1] > taken[-1]
    assert ticks == sorted(set(ticks))


def test_a_clock_that_somebody_has_ended_is_over_and_nothing_else_is(start):
    """Whoever may publish may end a topic. The clock waits until the log lets go of the end: here that is soon."""
    demo = start("--demo", "--retain-events", "10")
    with Stream(demo.address, f"{EVENTS}/clock") as stream:
        stream.event()
        demo.post(json.dumps({"topic": "event/clock", "end": True}))
        last = stream.rest()[-1].id
    assert demo.get(f"{EVENTS}/clock", Last_Event_ID=last).status == 204
    channel = begin(demo, 1)
    with follow(demo, channel) as stream:
        assert seconds(stream.rest()) == [1, 0]
    for number in range(20):
        demo.publish("elsewhere", str(number))
    wait_for(lambda: demo.history("event/clock")["events"], "the end is gone, and the clock goes on")


# Countdowns ----------------------------------------------------------------------------------------------------------


def test_a_countdown_is_followed_from_its_start_to_its_end_and_then_204(demo):
    """In the original what was published before a listener joined was lost."""
    channel = begin(demo, 2)
    with follow(demo, channel) as first:
        assert first.event().json() == {"channelid": channel, "of": 2, "second": 2}
        # Who joins later has it from the start as well.
        with follow(demo, channel) as late:
            assert seconds(late.rest()) == [2, 1, 0]
        rest = first.rest()
        assert seconds(rest) == [1, 0]
    # The producer's EOF is not sent on: the last block that fires is the last second.
    assert "EOF" not in "".join(line for block in rest for line in block.lines)
    answer = demo.get(f"{EVENTS}/timer/{channel}", Last_Event_ID=rest[-1].id)
    assert (answer.status, answer.body) == (204, b"")
    # Without an id it is told once more.
    with follow(demo, channel) as again:
        assert seconds(again.rest()) == [2, 1, 0]


def test_a_reader_that_reconnects_misses_and_repeats_nothing(demo):
    channel = begin(demo, 3)
    with follow(demo, channel) as stream:
        last = stream.event()
    with follow(demo, channel, Last_Event_ID=last.id) as stream:
        assert seconds(stream.rest()) == [2, 1, 0]


def test_query_parameters_that_it_does_not_know_are_ignored(demo):
    channel = begin(demo, 1)
    with follow(demo, channel, "?token=x&since=now&user=&topics=robot&channelid=other&%zz") as stream:
        assert seconds(stream.rest()) == [1, 0]


def test_the_public_channel_has_all_countdowns_and_outlives_each(demo):
    with follow(demo) as public:
        public.opening()
        short, long = begin(demo, 1), begin(demo, 2)
        told = [block.json() for block in public.events(5)]
        of = {channel: [one["second"] for one in told if one["channelid"] == channel] for channel in (short, long)}
        assert of == {short: [1, 0], long: [2, 1, 0]}
        third = begin(demo, 1)
        assert [block.json()["channelid"] for block in public.events(2)] == [third, third]
    assert len({short, long, third}) == 3


def test_all_fields_of_an_event_stream_are_sent(demo):
    """The original had no comment field."""
    channel = begin(demo, 1)
    with follow(demo, channel) as stream:
        block = stream.event()
    assert block.id and block.type == "timer" and block.retry == 1000
    assert block.json()["second"] == 1
    assert [line for line in block.comments if line.startswith(": ")]
    with Stream(demo.address, f"{EVENTS}/clock") as stream:
        tick = stream.event()
    assert tick.comments == [f": tick {tick.json()['tick']}"]


@pytest.mark.parametrize("channel", ["nothing", "*", "**", "%2A", "a%2Fb", "a%00b"])
def test_a_channel_that_there_is_not_is_told_at_once(demo, channel):
    answer = demo.get(f"{EVENTS}/timer/{channel}")
    assert answer.status in (400, 404)
    check_problem(answer, answer.status)


@pytest.mark.parametrize(
    "body", ['{"second": 0}', '{"second": -1}', '{"second": 3601}', '{"second": 1.5}', '{"second": "10"}', "{}", "[]", "", "{",
             '{"second": 99999999999999999999999}', '{"second": null}']
)
def test_a_countdown_of_no_sense_is_400(demo, body):
    answer = demo.request("POST", f"{EVENTS}/timer", body, Content_Type="application/json")
    check_problem(answer, 400)
    assert demo.history("event/timer/*")["events"] == []


@pytest.mark.parametrize("label", [None, "application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_the_body_is_json_whatever_its_label(demo, label):
    """curl -d labels it as a form, and the original did not mind."""
    fields = {"Content_Type": label} if label else {}
    answer = demo.request("POST", f"{EVENTS}/timer", '{"second": 10}', **fields)
    assert answer.status == 200 and answer.json()["channelid"]


def test_countdowns_end_with_the_server(start, tmp_path):
    """Their producers are its background tasks; who follows one is not left with a stream in which nothing comes."""
    log = f"sqlite:{tmp_path}/log.db"
    demo = start("--demo", "--log", log)
    channel = begin(demo, 3600)
    with follow(demo, channel) as stream:
        last = stream.event()
        start.forget(demo)
        demo.server.stop()
    demo = start("--demo", "--log", log)
    with follow(demo, channel, Last_Event_ID=last.id) as stream:
        end = stream.rest()[-1]
    assert demo.get(f"{EVENTS}/timer/{channel}", Last_Event_ID=end.id).status == 204


def test_countdowns_of_a_server_that_was_killed_end_when_it_is_started_again(start, tmp_path):
    log = f"sqlite:{tmp_path}/log.db"
    demo = start("--demo", "--log", log)
    channel, other, short = begin(demo, 3600), begin(demo, 3600), begin(demo, 1)
    with follow(demo, short) as stream:
        short_end = stream.rest()[-1].id
    start.forget(demo)
    demo.server.kill()
    demo = start("--demo", "--log", log)
    own = begin(demo, 3600)
    for one in (channel, other):
        with follow(demo, one) as stream:
            end = stream.rest()[-1]
        assert demo.get(f"{EVENTS}/timer/{one}", Last_Event_ID=end.id).status == 204
    assert demo.get(f"{EVENTS}/timer/{short}", Last_Event_ID=short_end).status == 204
    # Its own go on.
    with follow(demo, own) as stream:
        late = stream.events(3)[-1].json()["second"]
        assert stream.event().json()["second"] == late - 1


@pytest.mark.skipif(not IS_POSSIBLE, reason="the library needs glibc")
def test_a_countdown_goes_on_when_the_log_was_away_for_a_while(start, tmp_path):
    disk = FaultyDisk(tmp_path / "log.db")
    demo = start("--demo", "--heartbeat", "200ms", "--log", f"sqlite:{tmp_path}/log.db", environment=disk.environment())
    with follow(demo, begin(demo, 4)) as stream:
        assert stream.event().json()["second"] == 4
        disk.fail(WRITE, errno.ENOSPC)
        wait_for(lambda: demo.get("/readyz").status == 503, "the clock could not write")
        # Heartbeats are the server's own time: three seconds, in each of which a second was to be told.
        beats = 0
        while beats < 15:
            beats += stream.line() == ":"
        disk.heal()
        told = seconds(stream.rest())
    assert told[-3:] == [2, 1, 0] and told == sorted(set(told), reverse=True)


def test_more_countdowns_than_there_is_room_for_are_503(demo):
    with Connection(demo.address) as connection:
        statuses = []
        for _ in range(1001):
            connection.send(
                f"POST {EVENTS}/timer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n" + '{"second": 3600}'
            )
            statuses.append(connection.receive_answer("POST").status)
    assert statuses == [200] * 1000 + [503]


# The table -----------------------------------------------------------------------------------------------------------


def memory(demo: Hub) -> float:
    """What the server holds of memory for itself, in MB."""
    for line in Path(f"/proc/{demo.server.process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    raise AssertionError("the kernel tells no Pss")


def ask_for(demo: Hub, rows: int, receive_buffer: int | None = None) -> Connection:
    connection = Connection(demo.address, receive_buffer)
    connection.send(f"GET /v1_0_0/table.csv?rows={rows} HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return connection


def test_the_table_has_the_rows_that_are_asked_for(demo):
    answer = demo.get("/v1_0_0/table.csv?rows=5000")
    assert answer.status == 200
    assert answer.fields["content-type"] == "text/csv; charset=utf-8"
    assert answer.fields["content-disposition"] == 'attachment; filename="table.csv"'
    head, *rows = csv.reader(io.StringIO(answer.body.decode()))
    assert head == ["row", "square", "remainder"]
    assert rows == [[str(row), str(row * row), str(row % 97)] for row in range(1, 5001)]
    # HEAD makes none of them.
    assert demo.request("HEAD", "/v1_0_0/table.csv?rows=10000000").body == b""


@pytest.mark.parametrize("rows", ["0", "-1", "10000001", "many", "", "1.5", "99999999999999999999"])
def test_a_number_of_rows_that_is_none_is_400(demo, rows):
    check_problem(demo.get(f"/v1_0_0/table.csv?rows={rows}"), 400)


def test_a_million_rows_are_downloaded_in_constant_memory(demo):
    demo.get("/v1_0_0/table.csv?rows=10000")
    idle = memory(demo)
    highest = idle
    with ask_for(demo, 1_000_000) as connection:
        assert connection.receive_head().status == 200
        lines = chunks = 0
        while chunk := connection.receive_chunk():
            lines += chunk.count(b"\n")
            chunks += 1
            if chunks % 50 == 0:
                highest = max(highest, memory(demo))
        # The connection is as good as before.
        connection.send("GET /sse/index HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.receive_answer().body == b"sse"
    assert lines == 1_000_001 and chunks > 100
    assert highest - idle < 10, f"{idle} MB idle, {highest} MB meanwhile"


def test_a_slow_download_holds_up_nobody_and_takes_no_memory(start):
    demo = start("--demo", "--workers", "1")
    demo.get("/v1_0_0/table.csv?rows=10000")
    idle = memory(demo)
    with Stream(demo.address, "/sse/sub/anna") as stream, ask_for(demo, 10_000_000, 65536) as slow:
        stream.opening()
        slow.receive_head()
        read, begun, served = 0, time.monotonic(), 0
        # As fast as 1 MB/s; all that others ask for meanwhile is served while that one still reads.
        while read < 3_000_000:
            read += len(slow.receive_some())
            while read > (time.monotonic() - begun) * 1_000_000:
                demo.get(f"/sse/push?id=anna&content={served}")
                assert stream.event().data == str(served)
                served += 1
        highest = memory(demo)
        assert highest - idle < 10, f"{idle} MB idle, {highest} MB meanwhile"
        assert served > 10
        # It was no whole answer yet.
        assert slow.socket.recv(1, socket.MSG_DONTWAIT)


def test_a_download_ends_when_its_client_is_gone(start):
    example = start(command=[example_binary(), "gallery=60000", "workers=1"])
    with ask_for(example, 10_000_000) as connection:
        connection.receive_head()
        connection.receive_chunk()
    line = wait_for(
        lambda: re.search(r"a table ended after (\d+) rows", example.get("/outflow/ledger").body.decode()),
        "the server makes no more rows",
    )
    # Some megabytes of them are on their way to a client that does not read; all of them would be 250.
    assert int(line[1]) < 1_000_000


# The page ------------------------------------------------------------------------------------------------------------


def is_live(page: Page) -> None:
    expect(page.locator("#state")).to_have_text("Live")


def test_a_countdown_of_3_s_ends_by_itself_on_two_pages(demo, open_page):
    one = open_page(f"{demo.url}/timers")
    is_live(one)
    one.get_by_label("Seconds").fill("3")
    one.get_by_role("button", name="Start").click()
    with one.context.expect_page() as opened:
        one.get_by_role("link", name="Open it beside").click()
    two = opened.value
    for page in (one, two):
        expect(page.locator("#followed-state")).to_have_text("Over")
        expect(page.locator("#left")).to_have_text("0")
        # From its start, however late the page came.
        expect(page.locator("#received")).to_have_text("4 events received of a countdown of 3 s")
        expect(page.locator("#all li")).to_have_count(0)
        expect(page.locator("#none")).to_be_visible()


def test_every_page_shows_all_countdowns_and_may_follow_each(demo, open_page):
    page = open_page(f"{demo.url}/timers")
    is_live(page)
    channel = begin(demo, 3600)
    row = page.locator(f"#all li[data-channelid='{channel}']")
    expect(row).to_be_visible()
    expect(page.locator("#count")).to_have_text("1")
    row.get_by_role("button", name="Follow").click()
    expect(page.locator("#followed-state")).to_have_text("Following")
    expect(page).to_have_url(f"{demo.url}/timers?channelid={channel}")
    page.reload()
    expect(page.locator("#followed-state")).to_have_text("Following")
    picture(page, "timers-walk")


def test_a_countdown_that_nobody_counts_any_more_leaves_the_page(demo, open_page):
    """As of a server that was killed: nothing tells that it is over."""
    page = open_page(f"{demo.url}/timers")
    is_live(page)
    row = page.locator("#all li[data-channelid=dead]")
    demo.publish("event/timer/dead", '{"channelid": "dead", "of": 99, "second": 50}', type="timer")
    expect(row).to_contain_text("50 s")
    living = begin(demo, 3600)
    row.get_by_role("button").focus()
    expect(row).to_have_count(0)
    # Whoever had the focus there is not sent to the top of the page, nor to the button of another countdown.
    expect(page.locator("#all-heading")).to_be_focused()
    expect(page.locator(f"#all li[data-channelid='{living}']")).to_be_visible()
    expect(page.locator("#count")).to_have_text("1")
    # It may be that it was only late.
    demo.publish("event/timer/dead", '{"channelid": "dead", "of": 99, "second": 44}', type="timer")
    expect(row).to_contain_text("44 s")


@pytest.mark.parametrize("channel", ["nonsense", "a/b", "*"])
def test_a_countdown_that_never_was_is_not_said_to_be_over(demo, open_page, channel):
    page = open_page(f"{demo.url}/timers?channelid={channel}")
    is_live(page)
    expect(page.locator("#followed-state")).to_have_attribute("data-state", "cut")
    words = page.locator("#followed-state").inner_text()
    assert "Over" not in words
    if channel == "nonsense":
        assert words == "There is no such countdown."
    assert all("status of 40" in complaint for complaint in open_page.complaints)
    open_page.complaints.clear()


def test_a_countdown_that_is_cut_short_is_not_said_to_be_over(demo, open_page):
    channel = begin(demo, 3600)
    page = open_page(f"{demo.url}/timers?channelid={channel}")
    expect(page.locator("#followed-state")).to_have_text("Following")
    assert demo.post(json.dumps({"topic": f"event/timer/{channel}", "end": True})).status == 201
    expect(page.locator("#followed-state")).to_have_text("Ended early")


def test_the_clock_ticks_on_the_page(demo, open_page):
    page = open_page(f"{demo.url}/timers")
    expect(page.locator("#clock")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    tick = int(page.locator("#tick").inner_text())
    wait_for(lambda: int(page.locator("#tick").inner_text()) > tick, "it ticks")


def test_a_countdown_that_is_not_started_is_told(start, open_page):
    demo = start("--demo")
    page = open_page(f"{demo.url}/timers")
    is_live(page)
    page.route("**/event/timer", lambda route: route.abort())
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#outcome")).to_have_text("Not started: The server did not answer.")
    wait_for(lambda: open_page.complaints, "the browser notes it too")
    open_page.complaints.clear()


def test_the_table_is_downloaded_from_the_page(demo, open_page):
    page = open_page(f"{demo.url}/timers")
    page.get_by_label("Rows").fill("1000")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "table.csv"
    assert Path(download.value.path()).read_text().count("\n") == 1001


def test_the_commands_that_the_page_shows_work(demo, open_page, tmp_path):
    page = open_page(f"{demo.url}/timers")
    is_live(page)
    commands = {name: page.locator(f"#{name}-command").text_content() for name in ("clock", "start", "all", "table")}
    assert json.loads(shell(commands["start"]))["channelid"]
    expect(page.locator("#all li")).to_have_count(1)
    assert "event: clock" in shell(f"{commands['clock']} -s -m 2 || true")
    assert "event: timer" in shell(f"{commands['all']} -s -m 2 || true")
    shell(f"cd {tmp_path} && {commands['table']} -s")
    assert (tmp_path / "table.csv").read_text().count("\n") == 1_000_001
