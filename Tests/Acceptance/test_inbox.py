"""Inboxes: what a user has yet to read, added topics, acknowledgements, and streams that start with what is unread."""

import json
import random
import threading
from urllib.parse import quote, urlencode

import pytest

from hang_guard import GUARD, wait_for
from hub import Hub, check_problem
from stream import Stream, data, epoch, position


def inbox(hub: Hub, user: str, **parameters: str) -> dict:
    answer = hub.get("/inbox?" + urlencode({"user": user} | parameters))
    assert answer.status == 200, answer.body
    return answer.json()


def put(hub: Hub, user: str, *topics: str) -> dict:
    answer = hub.request("PUT", "/inbox", json.dumps({"user": user, "topics": topics}), Content_Type="application/json")
    assert answer.status == 200, answer.body
    return answer.json()


def ask_ack(hub: Hub, **members):
    return hub.request("POST", "/inbox/ack", json.dumps(members), Content_Type="application/json")


def ack(hub: Hub, user: str, id: str, topic: str | None = None) -> dict:
    answer = ask_ack(hub, user=user, id=id, **({"topic": topic} if topic else {}))
    assert answer.status == 200, answer.body
    return answer.json()


def subscribe(hub: Hub, name: str, headers: dict[str, str] | None = None, **parameters: str) -> Stream:
    return Stream(hub.address, "/subscribe?" + urlencode({"inbox": name} | parameters), headers)


# What is unread -------------------------------------------------------------------------------------------------------


def test_a_user_who_was_away_comes_back_reads_and_acknowledges(start, log):
    hub = start(*log)
    hub.publish("elsewhere", "0")
    first = hub.publish("users/jack", "1")
    hub.publish("users/jill", "not his")
    second = hub.publish("users/jack/chat/7", "2", id="mine")
    third = hub.publish(["users/jack", "users/jack/chat/7"], "3")
    assert inbox(hub, "jack") == {
        "user": "jack", "unread": 3, "first": first,
        "topics": {
            "users/jack": {"unread": 2, "first": first},
            "users/jack/chat/7": {"unread": 2, "first": "mine"},
        },
        "gap": False, "patterns": [], "next": None,
    }
    with subscribe(hub, "jack", since="unread") as stream:
        opening = stream.opening()
        assert position(opening.id) == position(first) - 1 and opening.type is None
        assert [block.id for block in stream.events(3)] == [first, second, third]
        live = hub.publish("users/jack", "4")
        assert stream.event().id == live
    # What was delivered was not acknowledged.
    assert inbox(hub, "jack")["unread"] == 4
    after = ack(hub, "jack", second)
    assert after["unread"] == 2 and after["first"] == third
    assert after["topics"]["users/jack"] == {"unread": 2, "first": third}
    assert ack(hub, "jack", live, topic="users/jack")["topics"] == {"users/jack/chat/7": {"unread": 1, "first": third}}
    assert after["gap"] is False
    empty = ack(hub, "jack", live)
    assert empty["unread"] == 0 and empty["first"] is None and empty["topics"] == {}
    with subscribe(hub, "jack", since="unread") as stream:
        assert position(stream.opening().id) >= position(live)
        last = hub.publish("users/jack/chat/7", "5")
        assert stream.event().id == last
    assert inbox(hub, "jill")["unread"] == 1


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_what_was_acknowledged_and_added_outlives_the_hub(start, tmp_path, how):
    log = ("--log", f"sqlite:{tmp_path / 'log.db'}")
    hub = start(*log)
    hub.publish("group/1", "before")
    put(hub, "jack", "group/1", "team/*")
    ids = [hub.publish(topic, topic) for topic in ("users/jack", "group/1", "team/a", "users/jack", "group/1")]
    ack(hub, "jack", ids[1])
    before = ack(hub, "jack", ids[4], topic="group/1")
    assert before["unread"] == 2 and before["patterns"] == ["group/1", "team/*"]
    start.forget(hub)
    hub.server.stop() if how == "stopped" else hub.server.kill()

    hub = start(*log)
    assert inbox(hub, "jack") == before
    # The ids of before are as good as new ones.
    with subscribe(hub, "jack", since="unread") as stream:
        assert data(stream.events(3)) == ["team/a", "users/jack", "group/1"]
    assert ack(hub, "jack", ids[4])["unread"] == 0
    new = hub.publish("team/b", "x")
    assert epoch(new) != epoch(ids[0]) and inbox(hub, "jack")["first"] == new


def test_lists_of_topics_come_in_pages_with_the_sums_over_all(start, log):
    hub = start(*log)
    lines = "\n".join(json.dumps({"topic": f"users/u/{number}", "data": "x"}) for number in range(250))
    assert hub.post(lines, "application/x-ndjson").status == 201
    found, after = [], {}
    while True:
        page = inbox(hub, "u", limit="100", **after)
        assert page["unread"] == 250
        found += list(page["topics"])
        if page["next"] is None:
            break
        assert len(page["topics"]) == 100
        after = {"after": page["next"]}
    assert found == sorted(f"users/u/{number}" for number in range(250))
    check_problem(hub.get("/inbox?user=u&limit=0"), 400, "limit")


def test_unread_events_that_retention_took_are_a_gap_until_they_are_acknowledged(start, log):
    hub = start("--retain-events", "5", *log)
    seen = hub.publish("users/u", "0")
    assert inbox(hub, "u")["gap"] is False
    ack(hub, "u", seen)
    ids = [hub.publish("users/u" if number < 4 else "x", str(number)) for number in range(7)]
    state = inbox(hub, "u")
    assert state["gap"] is True and state["unread"] == 2 and state["first"] == ids[2]
    with subscribe(hub, "u", since="unread") as stream:
        gap = stream.opening()
        assert gap.type == "fanfare.gap" and gap.retry is not None
        assert gap.json() == {"requested": seen, "reason": "expired", "repeats": False}
        assert position(gap.id) == position(ids[2]) - 1
        assert data(stream.events(2)) == ["2", "3"]
    # Who says where it left off has no use for it.
    with subscribe(hub, "u", headers={"Last-Event-ID": ids[2]}, since="unread") as stream:
        assert stream.opening().id == ids[2] and stream.event().data == "3"
    state = ack(hub, "u", ids[1])
    assert state["gap"] is False and state["unread"] == 2
    with subscribe(hub, "u", since="unread") as stream:
        assert stream.opening().type is None
    # Nobody can say what a user missed of whom nothing was known.
    assert inbox(hub, "v")["gap"] is False


# Streams --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_open_streams_on_all_workers_follow_a_change_at_once(start, log, seed):
    hub = start("--workers", "2", *log)
    chance = random.Random(seed)
    hub.publish("group", "before")
    variants = [{}, {"envelope": "true"}, {"since": "unread"}, {"since": "earliest"}]
    streams = [subscribe(hub, "u", **chance.choice(variants)) for _ in range(8)]
    streams.append(subscribe(hub, "other"))
    for stream in streams:
        stream.opening()
    assert put(hub, "u", "group", "team/**")["patterns"] == ["group", "team/**"]
    expected = [hub.publish(topic, topic) for topic in ("group", "team/a/b", "users/u", "teams", "group")]
    del expected[3]
    for stream in streams[:-1]:
        assert [block.id for block in stream.events(4)] == expected
    listed = hub.connections(user="u")
    assert len(listed) == 8
    assert all(entry["patterns"] == ["users/u", "users/u/**", "group", "team/**"] for entry in listed)
    assert {entry["id"].split("-")[0] for entry in listed} == {"0", "1"}
    # What goes, goes at once; what stays, stays.
    put(hub, "u", "team/**")
    for topic in ("group", "team/x", "users/u/y"):
        hub.publish(topic, topic)
    for stream in streams[:-1]:
        assert [block.data if block.data[0] != "{" else block.json()["data"] for block in stream.events(2)] == [
            "team/x", "users/u/y",
        ]
    put(hub, "u")
    hub.publish("team/x", "no")
    last = hub.publish(["users/u", "users/other"], "last")
    for stream in streams:
        assert stream.event().id == last
        stream.close()
    hub.wait_for_connections(0)


def test_nothing_is_lost_or_repeated_while_topics_come_and_go(start, log):
    hub = start("--workers", "2", *log)
    streams = [subscribe(hub, "u") for _ in range(4)]
    for stream in streams:
        stream.opening()
    always: list[str] = []
    stop = threading.Event()

    def publish() -> None:
        while not stop.is_set():
            always.append(hub.publish("users/u", "always"))
            hub.publish("group", "flood")

    publisher = threading.Thread(target=publish, daemon=True)
    publisher.start()
    between: list[str] = []
    try:
        for _ in range(25):
            put(hub, "u", "group")
            between += [hub.publish("group", "between") for _ in range(2)]
            put(hub, "u")
            hub.publish("group", "never")
    finally:
        stop.set()
        publisher.join(GUARD)
    assert not publisher.is_alive()
    end = hub.publish("users/u", "end")
    for stream in streams:
        blocks = []
        while not blocks or blocks[-1].id != end:
            blocks.append(stream.event())
        stream.close()
        positions = [position(block.id) for block in blocks]
        assert positions == sorted(set(positions))
        assert [block.id for block in blocks if block.data == "always"] == always
        assert [block.id for block in blocks if block.data == "between"] == between
        assert not [block for block in blocks if block.data == "never"]


def test_a_stream_that_opens_while_topics_change_has_them_all(start, log):
    hub = start("--workers", "2", *log)
    for round_ in range(30):
        user = f"u{round_}"
        opened: list[Stream] = []
        opener = threading.Thread(target=lambda: opened.extend(subscribe(hub, user) for _ in range(3)), daemon=True)
        opener.start()
        put(hub, user, f"group/{round_}")
        opener.join(GUARD)
        assert not opener.is_alive()
        # All of them are open, and the change is made.
        last = hub.publish(f"group/{round_}", "x")
        for stream in opened:
            assert stream.event().id == last
            stream.close()


def test_the_stream_of_an_inbox_is_its_users(hub):
    with subscribe(hub, "jack", user="jack") as stream:
        stream.opening()
        (entry,) = hub.connections()
        assert entry["user"] == "jack" and entry["patterns"] == ["users/jack", "users/jack/**"]
        present = hub.get("/presence?topic=users/jack/x").json()
        assert present["users"] == [{"user": "jack", "streams": 1}]


def test_a_client_that_was_told_not_to_come_back_is_not_served_and_can_still_acknowledge(hub):
    last = hub.publish("users/u", "x")
    with subscribe(hub, "u", since="unread") as stream:
        assert stream.event().id == last
        assert hub.request("DELETE", "/connections?user=u&allow-reconnect=false").json() == {"closed": 1}
        end = stream.rest()[-1].id
    assert end.endswith("~stop")
    assert hub.get("/subscribe?inbox=u&since=unread", Last_Event_ID=end).status == 204
    assert ack(hub, "u", end)["unread"] == 0


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["", "*", "**", "a/b", "a\nb", "a\u0085", "x" * 1016])
def test_a_user_who_is_not_one_segment_is_refused_everywhere(shared, user):
    quoted = quote(user, safe="")
    check_problem(shared.get(f"/inbox?user={quoted}"), 400, "user")
    check_problem(ask_ack(shared, user=user, id="x-1"), 400, "user")
    check_problem(shared.request("PUT", "/inbox", json.dumps({"user": user, "topics": []})), 400, "user")
    check_problem(shared.get(f"/subscribe?inbox={quoted}"), 400, "user")


@pytest.mark.parametrize(
    "query, words",
    [
        ("topic=a&since=unread", ["inbox="]),
        ("inbox=u&topic=a", ["inbox=", "topics"]),
        ("inbox=u&topics=a%7Cb", ["inbox=", "topics"]),
        ("inbox=u&user=v", ["user="]),
        ("inbox=u&since=nonsense", ["since=nonsense"]),
    ],
)
def test_a_stream_that_cannot_be_meant_is_refused(shared, query, words):
    check_problem(shared.get(f"/subscribe?{query}"), 400, *words)


@pytest.mark.parametrize(
    "body, words",
    [
        ("", ["JSON"]),
        ("[]", ["JSON"]),
        ('{"user": "u"}', ["topics"]),
        ('{"topics": []}', ["user"]),
        ('{"user": "u", "topics": ["a/**/b"]}', ["**"]),
        ('{"user": "u", "topics": [""]}', ["empty"]),
        ('{"user": "u", "topics": ["$x"]}', ["$"]),
        ('{"user": "u", "topics": "a"}', []),
        ('{"user": "u", "topics": [], "id": "x"}', ["id"]),
        ('{"user": "u", "topics": [], "colour": 1}', ["colour"]),
        (json.dumps({"user": "u", "topics": [f"t/{n}" for n in range(65)]}), ["64", "--max-topics"]),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(shared, body, words):
    put(shared, "u", "kept")
    answer = shared.request("PUT", "/inbox", body, Content_Type="application/json")
    check_problem(answer, 400, *words)
    assert inbox(shared, "u")["patterns"] == ["kept"]


def test_other_bodies_and_methods_are_refused(shared):
    answer = shared.request("PUT", "/inbox", "user=u", Content_Type="application/x-www-form-urlencoded")
    check_problem(answer, 415, "application/json")
    answer = shared.request("DELETE", "/inbox")
    check_problem(answer, 405, "GET, HEAD, OPTIONS, PUT")
    assert answer.fields["allow"] == "GET, HEAD, OPTIONS, PUT"
    check_problem(shared.get("/inbox/ack"), 405, "POST")
    check_problem(shared.get("/inbox"), 400, "user=")
    assert shared.request("HEAD", "/inbox?user=u").status == 200
    origin = {"Origin": "https://evil.example", "Content_Type": "application/json"}
    check_problem(shared.request("PUT", "/inbox", '{"user": "u", "topics": []}', **origin), 403, "origin")
    check_problem(shared.request("POST", "/inbox/ack", '{"user": "u", "id": "x-1"}', **origin), 403, "origin")


def test_an_acknowledgement_that_is_not_certain_is_refused_with_words(start):
    old = start("--retain-events", "3").publish("users/u", "x")
    hub = start("--retain-events", "3")
    mine = hub.publish("users/u", "0", id="mine")
    ids = [hub.publish("users/u", str(number)) for number in range(4)]
    before = inbox(hub, "u")
    ahead = f"{epoch(ids[0])}-{position(ids[-1]) + 1}"
    check_problem(ask_ack(hub, user="u", id=ahead), 400, "beyond the last event")
    check_problem(ask_ack(hub, user="u", id=mine), 400, "mine")
    check_problem(ask_ack(hub, user="u", id="never seen"), 400, "never seen")
    check_problem(ask_ack(hub, user="u", id=old), 409, old)
    check_problem(ask_ack(hub, user="u"), 400, "id")
    check_problem(ask_ack(hub, user="u", id=ids[0], topic="group"), 400, "group", "users/u/**")
    check_problem(ask_ack(hub, user="u", id=ids[0], topic="users/*"), 400, "users/*")
    assert inbox(hub, "u") == before
    # One that is gone says up to where nothing more is missed.
    assert ack(hub, "u", ids[0])["unread"] == 3


def test_added_patterns_below_the_users_own_add_nothing(hub):
    assert put(hub, "u", "users/u/**", "users/u", "a", "a", "users/v")["patterns"] == ["a", "users/v"]


def test_while_the_file_is_away_changes_are_503_and_reading_goes_on(start, tmp_path):
    path = tmp_path / "log.db"
    hub = start("--log", f"sqlite:{path}")
    last = hub.publish("users/u", "x")
    path.rename(tmp_path / "away")
    answer = ask_ack(hub, user="u", id=last)
    check_problem(answer, 503, "moved, removed or replaced")
    assert int(answer.fields["retry-after"]) > 0
    check_problem(hub.request("PUT", "/inbox", '{"user": "u", "topics": []}'), 503, "Nothing was changed")
    assert inbox(hub, "u")["unread"] == 1
    (tmp_path / "away").rename(path)
    wait_for(lambda: hub.get("/readyz").status == 200, "the hub is ready again")
    assert ack(hub, "u", last)["unread"] == 0


def test_while_the_file_cannot_be_read_a_browser_is_told_when_to_come_back(start, tmp_path):
    path = tmp_path / "log.db"
    hub = start("--log", f"sqlite:{path}")
    with open(path, "r+b") as file:
        # All but the first page, which nobody has read yet.
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    check_problem(hub.get("/inbox?user=u"), 503, "the log cannot be read")
    for target in ("/subscribe?inbox=u&since=unread", "/subscribe?inbox=u"):
        check_problem(hub.get(target, Accept="*/*"), 503, "the log cannot be read")
        with Stream(hub.address, target) as stream:
            block, *more = stream.rest()
            assert not more and 5000 <= block.retry <= 30_000 and not block.has_data
            assert "the log cannot be read" in block.comments[0]
