"""Clients that nobody here wrote: curl, httpx-sse, aiohttp-sse-client."""

import asyncio
import json

import aiohttp
import httpx
import pytest
from aiohttp_sse_client.client import EventSource as AiohttpEventSource
from httpx_sse import connect_sse

from certificates import Authority
from curl import Curl, shell
from hang_guard import GUARD, wait_for
from stream import TEXTS

# curl ----------------------------------------------------------------------------------------------------------------


def test_the_boards_two_commands_work_word_for_word(demo, tmp_path):
    port = demo.server.port
    with Curl(tmp_path / "out", f"http://localhost:{port}/subscribe?user=huoyijie&topics=chatgpt|robot") as curl:
        curl.wait_for("\n\n")
        shell("""curl -sd '{"topic": "robot", "data": "hi robot"}' http://localhost:%d/publish""" % port)
        shell("""curl -sd '{"topic": "chatgpt", "data": "hi chatgpt"}' http://localhost:%d/publish""" % port)
        curl.wait_for('event: message\ndata: {"topic":"robot","data":"hi robot"}\n\n')
        curl.wait_for('event: message\ndata: {"topic":"chatgpt","data":"hi chatgpt"}\n\n')


def test_curl_shows_the_head_and_the_opening_block_before_any_message(hub, tmp_path):
    with Curl(tmp_path / "out", "-i", f"{hub.url}/subscribe?topic=robot") as curl:
        text = curl.wait_for("\n\nretry: ")
        text = curl.wait_for("\nid: ")
        assert text.startswith("HTTP/1.1 200 OK\n")
        assert "Content-Type: text/event-stream\n" in text
        assert hub.history("**")["events"] == []


def test_curl_publishes_a_form_and_ndjson(hub, tmp_path):
    shell(f"curl -sf -d topic=a --data-urlencode 'data=one & two' {hub.url}/publish")
    lines = tmp_path / "lines"
    lines.write_text("".join(f'{{"topic":"a","data":"{number}"}}\n' for number in range(3)))
    shell(f"curl -sf -H 'Content-Type: application/x-ndjson' --data-binary @{lines} {hub.url}/publish")
    assert [event["data"] for event in hub.history("a")["events"]] == ["one & two", "0", "1", "2"]


def test_curl_sends_a_large_body_after_it_is_told_to_continue(hub, tmp_path):
    body = tmp_path / "body"
    body.write_text(json.dumps({"topic": "a", "data": "x" * 200_000}))
    shell(f"curl -sf -H 'Expect: 100-continue' --data-binary @{body} {hub.url}/publish")
    assert len(hub.history("a")["events"][0]["data"]) == 200_000


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(
    "scheme, options, version",
    [
        ("http", "", "1.1"),
        ("http", "--http1.0", "1.0"),
        ("http", "--http1.1", "1.1"),
        # It asks for an upgrade, which is not granted, and goes on as it began.
        ("http", "--http2", "1.1"),
        ("http", "--http2-prior-knowledge", "2"),
        ("https", "", "2"),
        ("https", "--http1.0", "1.0"),
        ("https", "--http1.1", "1.1"),
        ("https", "--no-alpn", "1.1"),
        ("https", "--http2", "2"),
        ("https", "--http2 --tls-max 1.2", "2"),
        ("https", "--http2-prior-knowledge", "2"),
    ],
)
def test_curl_publishes_and_follows_by_every_version(start, authority, tmp_path, scheme, options, version):
    hub = start(*authority.issue().options, listen=("http://127.0.0.1:0", "https://127.0.0.1:0"))
    url = f"{scheme}://localhost:{hub.server.ports[scheme == 'https']}"
    options = f"{options} --cacert {authority.certificate}"
    publish = f"curl -sf -w '\\n%{{http_version}} %{{http_code}}' {options}"
    body = tmp_path / "body"
    body.write_text(json.dumps({"topic": "a", "data": "x" * 200_000}))
    # Names are in lower case in HTTP/2. HTTP/1.0 is answered as HTTP/1.1, but without chunks.
    status, field = ("HTTP/2 200", str.lower) if version == "2" else ("HTTP/1.1 200 OK", str)
    told = "1.1" if version == "1.0" else version
    with Curl(tmp_path / "out", "-i", *options.split(), f"{url}/subscribe?topic=a") as curl:
        opening = curl.wait_for("\nid: ")
        assert opening.startswith(status) and field("\nContent-Type: text/event-stream\n") in opening
        assert ("\nTransfer-Encoding: chunked\n" in opening) == (version == "1.1")
        for data in ("""-d '{"topic": "a", "data": "one"}'""", "-d topic=a -d data=two", f"--data-binary @{body}"):
            assert shell(f"{publish} {data} {url}/publish").endswith(f"\n{told} 201")
        shell(f"""{publish} -d '{{"topic": "a", "data": "last", "end": true}}' {url}/publish""")
        # It ends by itself, and well.
        assert curl.process.wait(GUARD) == 0
        fired = [block for block in curl.text().split("\n\n") if "\ndata: " in block]
        assert [block.partition("\ndata: ")[2] for block in fired] == ["one", "two", "x" * 200_000, "last"]


# Python --------------------------------------------------------------------------------------------------------------

def test_httpx_sse_gets_each_event_and_resumes(hub):
    with httpx.Client(timeout=GUARD) as client:
        with connect_sse(client, "GET", f"{hub.url}/subscribe", params={"topic": "a"}) as source:
            events = source.iter_sse()
            wait_for(lambda: len(hub.connections()) == 1, "it is connected")
            ids = [hub.publish("a", text, type="t", retry=1234) for text in TEXTS]
            for id, text in zip(ids, TEXTS):
                event = next(events)
                while event.data == "" and event.id != ids[1]:
                    event = next(events)  # this client fires for blocks without data, too
                assert (event.id, event.event, event.data, event.retry) == (id, "t", text, 1234)
        missed = hub.publish("a", "missed")
        headers = {"Last-Event-ID": ids[-1]}
        with connect_sse(client, "GET", f"{hub.url}/subscribe", params={"topic": "a"}, headers=headers) as source:
            event = next(event for event in source.iter_sse() if event.data)
            assert (event.id, event.data) == (missed, "missed")


def test_aiohttp_sse_client_gets_each_event_and_reconnects(hub):
    # It takes the spaces off a value's front and gives no event whose data is empty: what those say is not asked of it.
    texts = [text for text in TEXTS if text.strip() == text and text]

    async def run() -> None:
        async with aiohttp.ClientSession(read_bufsize=1 << 20) as session:
            async with AiohttpEventSource(f"{hub.url}/subscribe?topic=a", session=session) as source:
                ids = [await asyncio.to_thread(hub.publish, "a", text) for text in texts]
                for id, text in zip(ids, texts):
                    event = await source.__anext__()
                    assert (event.last_event_id, event.data) == (id, text)
                await asyncio.to_thread(hub.request, "DELETE", f"/connections?id={hub.connections()[0]['id']}")
                between = await asyncio.to_thread(hub.publish, "a", "between")
                event = await source.__anext__()
                assert (event.last_event_id, event.data) == (between, "between")

    asyncio.run(asyncio.wait_for(run(), GUARD * 2))
