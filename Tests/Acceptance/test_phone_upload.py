"""Pictures from a phone: the two pages in browsers, the list as a stream, and what is taken and what is refused."""

import json
import os
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from browser import VIEWPORT
from curl import Curl, shell
from hang_guard import GUARD, wait_for
from hub import Hub, check_problem
from person import Person
from pictures import HEIC, form, picture
from raw_http import Answer, Connection
from server import example_binary
from stream import Stream

PLACE = "member_id=1&identifier=efabcoxe"
EVENTS = f"/v1/api/sse/events?event=upload_by_qr&{PLACE}"
IMAGES = f"/v1/api/images?{PLACE}"
MOST = 10 * 1024 * 1024
HOSTILE = "<img src=x onerror=alert(1)>'&.jpg"


def send(demo: Hub, *files: tuple[str, bytes], target: str = IMAGES) -> Answer:
    body, kind = form(*(("file", name, content) for name, content in files))
    return demo.request("POST", target, body, Content_Type=kind)


def follow(demo: Hub, target: str = EVENTS) -> Stream:
    return Stream(demo.address, target)


# The pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def phone(browser):
    """Opens a page on a phone of its own; what it complained of is in `phone.complaints`."""
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, device_scale_factor=2, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(GUARD * 1000)

    def open_one(url: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: open_one.complaints.append(str(error)))
        page.on("console", lambda message: open_one.complaints.append(message.text) if message.type == "error" else None)
        page.goto(url)
        return page

    open_one.complaints = []
    yield open_one
    context.close()
    assert open_one.complaints == []


def file(name: str, content: bytes, kind: str = "image/jpeg") -> dict:
    return {"name": name, "mimeType": kind, "buffer": content}


def test_three_pictures_from_a_phone_are_shown_at_once_and_once_each(demo, visit, phone):
    person = Person(visit(f"{demo.url}/upload"))
    person.has("#state", "Live")
    wait_for(lambda: person.text("#link"), "the address for the phone is shown")
    page = phone(person.text("#link"))
    colours = ["firebrick", "seagreen", "navy"]
    names = ["one.jpg", HOSTILE, "三.jpg"]
    page.locator("#library").set_input_files(
        [file(name, picture(colour=colour)) for name, colour in zip(names, colours)]
    )
    expect(page.locator("#summary")).to_have_text("All 3 pictures sent")
    expect(page.locator("#files .told")).to_have_text(["Sent"] * 3)
    wait_for(lambda: person.count("#pictures li") == 3, "three pictures are shown")
    # The newest first, and each by its own name as text.
    assert person.texts("#pictures .name") == names[::-1]
    person.has("#count", "3 pictures")
    shown = """[...document.querySelectorAll("#pictures img")].every((image) => image.complete && image.naturalWidth === 64)"""
    wait_for(lambda: person.page.evaluate(shown), "each picture is drawn")

    page.locator("#camera").set_input_files(file("four.jpg", picture(colour="gold")))
    wait_for(lambda: person.count("#pictures li") == 4, "the fourth comes too")
    assert person.texts("#pictures .name") == ["four.jpg", *names[::-1]]
    assert len({*person.page.evaluate("[...document.querySelectorAll('#pictures img')].map((image) => image.src)")}) == 4
    assert visit.complaints() == []


def test_a_reload_shows_the_same_pictures_and_another_page_has_others(demo, open_page):
    page = open_page(f"{demo.url}/upload")
    expect(page.locator("#state")).to_have_text("Live")
    query = urlsplit(page.url).query
    assert send(demo, ("a.jpg", picture()), target=f"/v1/api/images?{query}").status == 201
    expect(page.locator("#pictures .name")).to_have_text(["a.jpg"])
    page.reload()
    expect(page.locator("#pictures .name")).to_have_text(["a.jpg"])
    other = open_page(f"{demo.url}/upload")
    expect(other.locator("#state")).to_have_text("Live")
    assert urlsplit(other.url).query != query
    expect(other.locator("#empty")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_camera_reads_the_code_as_the_address_that_is_shown(demo, browser, scheme, tmp_path):
    context = browser.new_context(viewport=VIEWPORT, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{demo.url}/upload")
    expect(page.locator("#state")).to_have_text("Live")
    expect(page.locator("#link")).to_contain_text("/upload/phone")
    page.screenshot(path=tmp_path / "page.png")
    (code,) = zxingcpp.read_barcodes(Image.open(tmp_path / "page.png"))
    address = urlsplit(code.text)
    assert code.text == page.locator("#link").text_content()
    assert address.path == "/upload/phone" and address.query == urlsplit(page.url).query
    context.close()


def test_opened_on_loopback_the_code_has_the_machines_address_on_its_network(start, open_page):
    options = ("--demo", "--open-anywhere")
    demo = start(*options, listen=("0.0.0.0:0",))
    page = open_page(f"http://127.0.0.1:{demo.server.port}/upload")
    expect(page.locator("#link")).to_contain_text("/upload/phone")
    address = urlsplit(page.locator("#link").text_content())
    own = shell("hostname -I").split()
    assert address.hostname in own and address.port == demo.server.port
    expect(page.locator("#loopback")).to_be_hidden()
    # Asked for under another name, that is the name it is reached by.
    answer = demo.get(f"/upload/link?{PLACE}", Host="photos.example:8080")
    assert answer.json() == {"url": f"http://photos.example:8080/upload/phone?{PLACE}"}


def test_a_page_says_when_no_phone_can_reach_it(demo, open_page):
    page = open_page(f"{demo.url}/upload")
    expect(page.locator("#loopback")).to_be_visible()
    assert urlsplit(page.locator("#link").text_content()).hostname == "127.0.0.1"


def test_the_phone_is_told_what_was_not_taken(demo, phone):
    page = phone(f"{demo.url}/upload/phone?{PLACE}")
    page.locator("#library").set_input_files([
        file("photo.heic", HEIC, "image/heic"),
        file("notes.txt", b"not a picture", "text/plain"),
        file("good.png", picture("PNG"), "image/png"),
        file("huge.jpg", picture() + b"\0" * MOST),
    ])
    expect(page.locator("#summary")).to_have_text("1 of 4 sent · 3 were not sent")
    # The newest first.
    expect(page.locator("#files .told")).to_have_text([
        "Larger than 10 MB. Choose a smaller picture.",
        "Sent",
        "This is no picture in JPEG, PNG, GIF or WebP.",
        "Not every browser can show HEIC pictures. Send it as JPEG.",
    ])
    expect(page.get_by_role("button", name="Send again")).to_have_count(0)
    assert [entry["name"] for entry in follow(demo).event().json()] == ["good.png"]
    assert len(phone.complaints) == 2 and all("415" in text for text in phone.complaints)
    phone.complaints.clear()


def test_the_phone_can_send_again_what_got_no_answer(demo, phone):
    page = phone(f"{demo.url}/upload/phone?{PLACE}")
    page.route("**/v1/api/images*", lambda route: route.abort())
    page.locator("#library").set_input_files(file("a.jpg", picture()))
    expect(page.locator("#files .told")).to_have_text("The server did not answer.")
    page.unroute_all()
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("#files .told")).to_have_text("Sent")
    expect(page.locator("#summary")).to_have_text("1 picture sent")
    phone.complaints.clear()  # the browser's own note that a request had no answer


@pytest.mark.parametrize("status, may_be_sent_again", [
    (400, False), (408, True), (410, False), (413, False), (415, False), (429, True), (500, True), (503, True),
])
def test_what_may_be_taken_at_another_time_can_be_sent_again(demo, phone, status, may_be_sent_again):
    page = phone(f"{demo.url}/upload/phone?{PLACE}")
    page.route("**/v1/api/images*", lambda route: route.fulfill(status=status, json={"detail": "not now"}))
    page.locator("#library").set_input_files(file("a.jpg", picture()))
    expect(page.locator("#files .told")).to_have_text("not now")
    expect(page.get_by_role("button", name="Send again")).to_have_count(1 if may_be_sent_again else 0)
    page.unroute_all()
    if may_be_sent_again:
        page.get_by_role("button", name="Send again").click()
        expect(page.locator("#files .told")).to_have_text("Sent")
    assert len(phone.complaints) == 1 and str(status) in phone.complaints.pop()


def test_a_page_whose_stream_is_refused_says_why_and_not_that_its_code_has_expired(demo, open_page):
    page = open_page(f"{demo.url}/gallery")
    problem = {"type": "urn:fanfare:problem:too-many-pictures", "detail": "no more are kept"}
    refused = lambda route: route.fulfill(status=503, json=problem, content_type="application/problem+json")
    page.route("**/v1/api/sse/events*", refused)
    page.goto(f"{demo.url}/upload?{PLACE}")
    expect(page.locator("#state")).to_have_text("There is no room for more pictures at present")
    expect(page.locator("#expired")).to_be_hidden()
    expect(page.locator("#code")).not_to_have_attribute("data-expired", "")
    wait_for(lambda: open_page.complaints, "the browser notes the status")
    assert all("503" in complaint for complaint in open_page.complaints)
    open_page.complaints.clear()


def test_a_page_that_gets_no_list_is_not_live(demo, open_page):
    """A server that has no room at present opens a stream and ends it, so that a browser asks again."""
    page = open_page(f"{demo.url}/gallery")
    asked = []

    def end_at_once(route):
        asked.append(route)
        route.fulfill(status=200, headers={"Content-Type": "text/event-stream"}, body="retry: 50\n\n")

    page.route("**/v1/api/sse/events*", end_at_once)
    page.add_init_script(
        """window.states = [];
        new MutationObserver(() => states.push(document.getElementById("state")?.dataset.state))
            .observe(document, { subtree: true, attributes: true, attributeFilter: ["data-state"] });"""
    )
    page.goto(f"{demo.url}/upload?{PLACE}")
    wait_for(lambda: page.evaluate("states").count("reconnecting") and len(asked) >= 4, "the browser asks again")
    assert "live" not in page.evaluate("states")
    page.unroute_all()
    expect(page.locator("#state")).to_have_text("Live")
    expect(page.locator("#expired")).to_be_hidden()


STATES = """() => {
    window.states = [];
    const state = document.getElementById("state");
    new MutationObserver(() => window.states.push(state.textContent)).observe(state, {childList: true, subtree: true});
}"""


def test_pages_say_that_a_code_is_no_longer_good_and_stop(brief, open_page, phone):
    # A busy machine may take longer for a page than its code is good; then another page is tried.
    for attempt in range(5):
        place = PLACE.replace("efabcoxe", f"page{attempt}")
        page = open_page(f"{brief.url}/upload?{place}")
        sent = send(brief, ("a.jpg", picture()), target=f"/v1/api/images?{place}").status
        expect(page.locator("#state")).to_have_text("Expired")
        if sent == 201 and page.locator("#pictures li").count() == 1:
            break
    expect(page.locator("#pictures li")).to_have_count(1)
    expect(page.locator("#expired")).to_be_visible()
    wait_for(
        lambda: page.evaluate("[...document.querySelectorAll('#pictures img')].every((image) => image.complete)"),
        "the browser has the pictures, or knows that there are none",
    )
    brief.wait_for_connections(0)

    sender = phone(f"{brief.url}/upload/phone?{place}")
    sender.locator("#library").set_input_files(file("late.jpg", picture()))
    expect(sender.locator("#files .told")).to_have_text("The code is no longer good. Scan a new one.")
    assert len(phone.complaints) == 1 and "410" in phone.complaints.pop()
    page.add_init_script(f"addEventListener('DOMContentLoaded', {STATES})")
    page.get_by_role("button", name="Make a new code").click()
    wait_for(lambda: "Live" in page.evaluate("window.states ?? []"), "the new page was live")
    expect(page.locator("#pictures li")).to_have_count(0)
    open_page.complaints.clear()  # the browser's own notes of a picture that was gone before it was drawn


# The stream ----------------------------------------------------------------------------------------------------------


def test_the_list_comes_at_once_and_after_each_change_and_never_unchanged(start):
    demo = start("--demo", "--heartbeat", "100ms")
    with follow(demo) as stream:
        assert stream.head.fields["content-type"] == "text/event-stream"
        first = stream.event()
        assert (first.type, first.retry, first.json()) == ("upload_by_qr", 2000, [])
        jpeg, webp = picture(), picture("WEBP")
        assert send(demo, ("a.jpg", jpeg)).status == 201
        second = stream.event()
        (one,) = second.json()
        # The name of the event is the same each time.
        assert (second.type, second.retry) == ("upload_by_qr", 2000)
        assert (one["name"], one["type"], one["size"]) == ("a.jpg", "image/jpeg", len(jpeg))
        assert send(demo, ("b.webp", webp), ("c.png", picture("PNG"))).status == 201
        third = stream.event()
        assert third.type == "upload_by_qr"
        assert third.json()[0] == one
        assert [entry["name"] for entry in third.json()] == ["a.jpg", "b.webp", "c.png"]
        assert [entry["type"] for entry in third.json()] == ["image/jpeg", "image/webp", "image/png"]
        # While nothing changes there are heartbeats and nothing else.
        for _ in range(15):
            assert stream.line() in (":", "")
    with follow(demo) as stream:
        assert stream.event().json() == third.json()


def test_each_identifier_of_each_member_has_its_own_list_and_all_who_follow_one_get_it(demo):
    others = [EVENTS.replace("efabcoxe", "other"), EVENTS.replace("member_id=1", "member_id=4294967295")]
    with follow(demo) as one, follow(demo) as two, follow(demo, others[0]) as three, follow(demo, others[1]) as four:
        for stream in (one, two, three, four):
            assert stream.event().json() == []
        send(demo, ("a.jpg", picture()))
        assert [len(stream.event().json()) for stream in (one, two)] == [1, 1]
        send(demo, ("b.jpg", picture()), target=IMAGES.replace("efabcoxe", "other"))
        assert [entry["name"] for entry in three.event().json()] == ["b.jpg"]
        send(demo, ("c.jpg", picture()), target=IMAGES.replace("member_id=1", "member_id=4294967295"))
        assert [entry["name"] for entry in four.event().json()] == ["c.jpg"]


def test_the_event_is_named_as_asked(demo):
    with follow(demo, EVENTS.replace("upload_by_qr", quote("上传 done: x"))) as stream:
        assert stream.event().type == "上传 done: x"


@pytest.mark.parametrize("query", [
    PLACE,
    f"event=&{PLACE}",
    f"event=a%0Ab&{PLACE}",
    f"event=a%0Db&{PLACE}",
    f"event=a%00b&{PLACE}",
    f"event=%FF&{PLACE}",
    "event=x&identifier=efabcoxe",
    "event=x&member_id=&identifier=efabcoxe",
    "event=x&member_id=abc&identifier=efabcoxe",
    "event=x&member_id=-1&identifier=efabcoxe",
    "event=x&member_id=%2B1&identifier=efabcoxe",
    "event=x&member_id=1.0&identifier=efabcoxe",
    "event=x&member_id=4294967296&identifier=efabcoxe",
    "event=x&member_id=1",
    "event=x&member_id=1&identifier=",
    "event=x&member_id=1&identifier=a%2Fb",
    "event=x&member_id=1&identifier=..",
    "event=x&member_id=1&identifier=a%00",
    "event=x&member_id=1&identifier=" + "a" * 65,
])
def test_what_is_missing_or_bad_is_400_as_json(demo, query):
    check_problem(demo.get(f"/v1/api/sse/events?{query}"), 400)
    if not query.startswith(("event=x", "event=a%")):
        return
    place = query.split("&", 1)[1]
    if place != PLACE:
        check_problem(send(demo, ("a.jpg", picture()), target=f"/v1/api/images?{place}"), 400)
        for page in ("/upload/phone", "/upload/link", "/upload/code.svg"):
            check_problem(demo.get(f"{page}?{place}"), 400)


@pytest.mark.parametrize("member", ["0", "1", "4294967295"])
def test_a_member_is_any_number_of_32_bits(demo, member):
    with follow(demo, EVENTS.replace("member_id=1", f"member_id={member}")) as stream:
        assert stream.event().json() == []


def test_the_commands_that_the_page_shows_work(demo, open_page, tmp_path):
    page = open_page(f"{demo.url}/upload?{PLACE}")
    expect(page.locator("#state")).to_have_text("Live")
    command = page.locator("#follow-command").text_content()
    (tmp_path / "picture.jpg").write_bytes(picture())
    with Curl(tmp_path / "out", command.removeprefix("curl -N '").removesuffix("'")) as curl:
        curl.wait_for("event: upload_by_qr\n")
        shell(f"cd {tmp_path} && {page.locator('#send-command').text_content()}")
        assert '"name":"picture.jpg"' in curl.wait_for('"size"')
    expect(page.locator("#pictures .name")).to_have_text(["picture.jpg"])


# The time of an identifier -------------------------------------------------------------------------------------------


@pytest.fixture
def brief(start) -> Hub:
    """The gallery where identifiers live for six seconds."""
    return start(command=[example_binary(), "gallery=6000"])


def test_an_identifier_ends_with_its_stream_and_then_there_is_204(brief):
    with follow(brief) as stream:
        assert stream.event().json() == []
        answer = send(brief, ("a.jpg", picture()))
        assert answer.status == 201
        (entry,) = stream.event().json()
        assert brief.get(entry["url"]).status == 200
        stream.rest()
    assert brief.get(EVENTS, Accept="text/event-stream").status == 204
    check_problem(send(brief, ("b.jpg", picture())), 410)
    # Its pictures are gone with it.
    wait_for(lambda: brief.get(entry["url"]).status == 404, "the picture is gone")
    # Another identifier is not over.
    with follow(brief, EVENTS.replace("efabcoxe", "another")) as stream:
        assert stream.event().json() == []


def test_what_is_refused_begins_no_time_and_takes_no_place(start):
    """Else whoever sends what is refused, which costs nothing, would soon have all identifiers."""
    demo = start(command=[example_binary(), "gallery=3600000", "identifiers=3"])
    for number in range(10):
        target = IMAGES.replace("efabcoxe", f"n{number}")
        check_problem(demo.request("POST", target, b"{}", Content_Type="application/json"), 415)
        check_problem(send(demo, ("a.jpg", b"no picture"), target=target), 415)
        check_problem(demo.request("POST", target, *form()[:1], Content_Type=form()[1]), 400)
        assert demo.request("HEAD", EVENTS.replace("efabcoxe", f"n{number}")).status == 200
    for number in range(3):
        assert send(demo, ("a.jpg", picture()), target=IMAGES.replace("efabcoxe", f"o{number}")).status == 201


def test_streams_that_nobody_has_open_any_more_take_no_place(start):
    demo = start(command=[example_binary(), "gallery=3600000", "identifiers=3"])
    for number in range(10):
        with follow(demo, EVENTS.replace("efabcoxe", f"n{number}")) as stream:
            assert stream.event().json() == []
    demo.wait_for_connections(0)
    assert send(demo, ("a.jpg", picture())).status == 201


def test_when_there_is_no_room_browsers_are_told_to_come_back(start):
    demo = start(command=[example_binary(), "gallery=3600000", "identifiers=3"])
    assert send(demo, ("a.jpg", picture()), target=IMAGES.replace("efabcoxe", "n0")).status == 201
    with follow(demo, EVENTS.replace("efabcoxe", "n1")) as one, follow(demo, EVENTS.replace("efabcoxe", "n2")) as two:
        for stream in (one, two):
            assert stream.event().json() == []
        with follow(demo) as stream:
            blocks = stream.rest()
            assert any(block.retry for block in blocks) and not any(block.has_data for block in blocks)
        check_problem(demo.get(EVENTS), 503)
        check_problem(send(demo, ("a.jpg", picture())), 503)
    demo.wait_for_connections(0)
    with follow(demo) as stream:
        assert stream.event().json() == []
    # What has a picture stays.
    with follow(demo, EVENTS.replace("efabcoxe", "n0")) as stream:
        assert len(stream.event().json()) == 1


def test_a_server_that_has_no_folder_for_pictures_says_so_at_once(start, tmp_path):
    demo = start("--demo", environment={"TMPDIR": str(tmp_path / "none")})
    for answer in (demo.get(EVENTS), send(demo, ("a.jpg", picture()))):
        assert check_problem(answer, 503, "TMPDIR")["type"].endswith(":no-folder")
    wait_for(lambda: "background work failed" in demo.server.errors(), "the log says why")
    assert demo.get("/upload").status == 200


def test_time_begins_with_the_first_use_whichever_it_is(brief):
    assert send(brief, ("a.jpg", picture())).status == 201
    # A stream that comes later has what is left.
    with follow(brief) as stream:
        assert len(stream.event().json()) == 1
        stream.rest()
    assert brief.get(EVENTS, Accept="text/event-stream").status == 204


# Pictures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, media, name", [
    ("JPEG", "image/jpeg", "photo.jpg"),
    ("PNG", "image/png", "photo.png"),
    ("GIF", "image/gif", "photo.gif"),
    ("WEBP", "image/webp", "photo.webp"),
    # What a picture is its bytes say, not its name.
    ("PNG", "image/png", "photo.html"),
])
def test_a_picture_is_served_as_it_was_with_the_type_that_it_has(demo, kind, media, name):
    content = picture(kind)
    answer = send(demo, (name, content))
    assert answer.status == 201
    (entry,) = answer.json()
    assert entry == {"url": entry["url"], "name": name, "type": media, "size": len(content)}
    served = demo.get(entry["url"])
    assert (served.status, served.body) == (200, content)
    assert served.fields["content-type"] == media
    assert served.fields["x-content-type-options"] == "nosniff"
    assert "script-src" not in served.fields["content-security-policy"]
    assert "default-src 'none'" in served.fields["content-security-policy"]


@pytest.mark.parametrize("content, kind", [
    (HEIC, "heic"),
    (b"\x00\x00\x00\x20ftypmif1" + b"\0" * 100, "heic"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not-a-picture"),
    (b"<!doctype html><script>alert(1)</script>", "not-a-picture"),
    (b"GIF87", "not-a-picture"),
    (b"RIFF\0\0\0\0WAVE" + b"\0" * 100, "not-a-picture"),
    (b"", "not-a-picture"),
])
def test_what_is_no_picture_that_every_browser_shows_is_refused_in_words(demo, content, kind):
    problem = check_problem(send(demo, ("photo.jpg", content)), 415)
    assert problem["type"].endswith(f":{kind}")
    with follow(demo) as stream:
        assert stream.event().json() == []


def test_a_picture_has_its_limit(demo):
    full = picture() + b"\0" * (MOST - len(picture()))
    assert send(demo, ("full.jpg", full)).status == 201
    problem = check_problem(send(demo, ("over.jpg", full + b"\0")), 413)
    assert problem["type"].endswith("too-large")


def test_of_a_form_with_a_bad_picture_none_is_taken(demo):
    check_problem(send(demo, ("good.jpg", picture()), ("bad.heic", HEIC)), 415)
    with follow(demo) as stream:
        assert stream.event().json() == []


@pytest.mark.parametrize("body, kind, status", [
    (*form(("note", None, b"no file")), 400),
    (*form(), 400),
    (b"{}", "application/json", 415),
    (b"", "multipart/form-data", 400),
    (b"nonsense", "multipart/form-data; boundary=x", 400),
    (form(("file", "a.jpg", picture()))[0][:-30], "multipart/form-data; boundary=x", 400),
])
def test_a_body_that_is_no_form_with_files_is_refused(demo, body, kind, status):
    check_problem(demo.request("POST", IMAGES, body, Content_Type=kind), status)


@pytest.mark.parametrize("sent, shown", [
    ("../../../etc/passwd", "passwd"),
    ("..\\\\..\\\\windows\\\\system.ini", "system.ini"),
    ("/abs.jpg", "abs.jpg"),
    ("..", "picture"),
    ("", "picture"),
    ("x" * 300 + ".jpg", "x" * 100),
])
def test_a_files_name_is_never_a_path(demo, sent, shown):
    (entry,) = send(demo, (sent, picture())).json()
    assert entry["name"] == shown
    assert demo.get(entry["url"]).status == 200
    name = entry["url"].removeprefix("/v1/api/images/")
    assert name.removesuffix(".jpeg").isalnum()


@pytest.mark.parametrize("name", [
    "none.jpg", "..", ".", "%2e%2e%2fsecret", "..%2f..%2f..%2fetc%2fpasswd", "%2Fetc%2Fpasswd", "a%00.jpg", "",
])
def test_nothing_but_pictures_is_served(demo, name):
    send(demo, ("a.jpg", picture()))
    assert demo.get(f"/v1/api/images/{name}").status in (400, 404, 405)


def test_pictures_lie_in_a_folder_of_the_run_which_is_gone_after_it(start, tmp_path):
    demo = start("--demo", environment={"TMPDIR": str(tmp_path)})
    files = lambda: [path for path in tmp_path.rglob("*") if path.is_file()]
    (entry,) = send(demo, ("a.jpg", picture())).json()
    (kept,) = files()
    assert kept.read_bytes() == picture()
    assert kept.parent != tmp_path and os.stat(kept.parent).st_mode & 0o777 == 0o700
    # What is refused, and what a client does not finish, leaves nothing.
    check_problem(send(demo, ("a.jpg", picture()), ("b.heic", HEIC)), 415)
    check_problem(send(demo, ("big.jpg", picture() + b"\0" * MOST)), 413)
    body, kind = form(("file", "a.jpg", picture() + b"\0" * 300_000))
    with Connection(demo.address) as connection:
        head = f"POST {IMAGES} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.send(head.encode() + body[:-200_000])
        wait_for(lambda: len(files()) == 2, "the picture is being written")
    wait_for(lambda: files() == [kept], "what was not finished is gone")
    start.forget(demo)
    demo.server.stop()
    assert list(tmp_path.iterdir()) == []


def test_there_is_an_end_to_how_many_pictures_are_kept(demo):
    small = picture("GIF", size=(1, 1))
    body, kind = form(*(("file", "a.gif", small) for _ in range(50)))
    statuses = []
    for number in range(50):
        answer = demo.request("POST", IMAGES.replace("efabcoxe", f"n{number // 2}"), body, Content_Type=kind)
        statuses.append(answer.status)
        if answer.status != 201:
            check_problem(answer, 503)
            break
    assert statuses.count(201) == 40
    # Fewer in one list than in all.
    for _ in range(3):
        answer = demo.request("POST", IMAGES, body, Content_Type=kind)
    check_problem(answer, 503)
