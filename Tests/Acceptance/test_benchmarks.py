"""The benchmarks' tools work: they count exactly, notice what is lost or repeated, and show what was recorded. No
figure is judged here."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from hang_guard import GUARD
from http2 import DATA, HEADERS, SETTINGS, frame
from server import ROOT, binary, clean_environment

BENCHMARKS = ROOT / "Benchmarks"
PLOTTING = ROOT / ".build" / "venv-benchmark" / "bin" / "python"
# Each is a way of its own through the load generator.
WORKS = ["fanout", "burst", "inbox", "topics", "patterns", "http2", "stuck", "million", "guarded"]


@pytest.fixture(autouse=True)
def modules(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """Works of ten streams and ten events, measured on the binary under test and on the least."""
    directory = tmp_path_factory.mktemp("results")
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "run", "--tiny", "--without-nchan", "--rounds", "1"]
        + ["--results", directory, *WORKS],
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=clean_environment(FANFARE_BINARY=binary()),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


def recorded(results: Path, work: str) -> list[dict]:
    return json.loads((results / f"{work}.json").read_text())["cases"]


# Measuring -----------------------------------------------------------------------------------------------------------


def test_publishes_with_tokens_are_all_taken(tmp_path):
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "run", "--tiny", "--rounds", "1", "--results", tmp_path, "tokens"],
        capture_output=True, text=True, timeout=GUARD, env=clean_environment(FANFARE_BINARY=binary()),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    cases = recorded(tmp_path, "tokens")
    assert [case["load"]["tokens"] for case in cases] == ["none", "same", "new"]
    for case in cases:
        for figures in case["rounds"]:
            assert figures["server_us_per_publish"] > 0 and figures["openssl_us"] > 0


def test_a_log_in_a_file_is_asked_in_all_its_sizes(tmp_path):
    from figures import LOG_TIMES

    done = subprocess.run(
        [sys.executable, BENCHMARKS / "run", "--tiny", "--stored", "100000", "--rounds", "2", "--results", tmp_path, "log"],
        capture_output=True, text=True, timeout=GUARD, env=clean_environment(FANFARE_BINARY=binary()),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    cases = recorded(tmp_path, "log")
    assert [case["value"] for case in cases] == [10_000, 100_000]
    for case in cases:
        assert case["load"]["events"] == 400 and len(case["rounds"]) == 2
        for figures in case["rounds"]:
            assert all(figures[name] > 0 for name in [*LOG_TIMES, "replay_per_s", "memory_bytes", "file_bytes"])


@pytest.mark.parametrize("work", WORKS)
def test_each_event_comes_to_each_stream_of_its_topic(results, work):
    for case in recorded(results, work):
        load, [figures] = case["load"], case["rounds"]
        streams_of_a_topic = max(1, load["streams"] // load["topics"])
        assert figures["published"] == load["messages"] == 10
        assert figures["delivered"] == 10 * streams_of_a_topic
        assert figures["server_processor_s"] > 0


def test_a_stream_that_is_stuck_gets_nothing_and_takes_nothing_from_others():
    """The reader of the benchmark fails when a byte comes through the closed window, and when another stream is reset."""
    from measurement import measure
    from works import WORKS as ALL

    alone, beside, reset = ALL["stuck"].cases
    for case, resets in ((alone, 0), (beside, 0), (reset, 1)):
        figures = measure(replace(case, load=replace(case.load, messages=1500)))
        assert figures["delivered"] == 99 * 1500
        assert figures["stuck_resets"] == resets


def test_a_record_says_of_what_it_is(results):
    record = json.loads((results / "fanout.json").read_text())
    assert record["tiny"] is True
    assert all(record["measured"][name] for name in ("date", "kernel", "processors", "fanfare", "commit"))


def test_tiny_figures_stay_away_from_the_real_ones():
    done = subprocess.run([sys.executable, BENCHMARKS / "run", "--tiny"], capture_output=True, text=True, timeout=GUARD)
    assert done.returncode == 2 and "--results" in done.stderr


class Faulty:
    """A server for one stream, which does something wrong with the third of the events that it is sent."""

    def __init__(self, fault):
        self.fault = fault
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.events: list[bytes] = []
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        # It leaves by a reset, which may come at any time.
        with contextlib.suppress(ConnectionError):
            # The load sends a request in one piece, and waits for its answer.
            while request := connection.recv(1 << 16):
                self.answer(connection, request)

    def answer(self, connection: socket.socket, request: bytes) -> None:
        if request.startswith(b"GET"):
            self.stream = connection
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
            return
        with self.lock:
            self.events.append(b"data: " + request.partition(b"\r\n\r\n")[2] + b"\n\n")
            self.stream.sendall(self.fault(self.events) if len(self.events) == 3 else self.events[-1])
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")


class FaultyHTTP2(Faulty):
    """The same for a stream of HTTP/2; who publishes speaks HTTP/1.1."""

    def __init__(self, fault):
        # Cut where a stamp is, too.
        super().__init__(lambda events: self.framed(fault(events)))

    @staticmethod
    def framed(event: bytes) -> bytes:
        return frame(DATA, 0, 1, event[:20]) + frame(DATA, 0, 1, event[20:]) if event else b""

    def answer(self, connection: socket.socket, request: bytes) -> None:
        if request.startswith(b"PRI"):
            self.stream = connection
            connection.sendall(frame(SETTINGS) + frame(HEADERS, 4, 1, b"\x88"))
        elif request.startswith(b"POST"):
            with self.lock:
                self.events.append(b"data: " + request.partition(b"\r\n\r\n")[2] + b"\n\n")
                is_third = len(self.events) == 3
                self.stream.sendall(self.fault(self.events) if is_third else self.framed(self.events[-1]))
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")


FAULTS = {
    "none": (lambda events: events[-1], ""),
    "a lost one": (lambda events: b"", "4 of 5 deliveries came"),
    "an event twice": (lambda events: 2 * events[-1], "stream 0 got"),
    "another instead": (lambda events: events[0], "stream 0 got"),
    "a broken one": (lambda events: events[-1].replace(b"!A", b"!z"), "an event is broken"),
}


@pytest.mark.parametrize("kind, options", [(Faulty, []), (FaultyHTTP2, ["--http2", "1"])], ids=["HTTP/1.1", "HTTP/2"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_server_is_no_result(results, name, kind, options):
    from servers import LEAST, load_generator

    fault, said = FAULTS[name]
    server = kind(fault)
    try:
        done = subprocess.run(
            [load_generator(), "--port", str(server.port), "--streams", "1", "--messages", "5", "--patience", "1"]
            + [*LEAST.requests, *options],
            input="\n\n\n",
            capture_output=True,
            text=True,
            timeout=GUARD,
        )
    finally:
        server.listener.close()
    assert (done.returncode == 0) == (said == ""), done.stderr
    assert said in done.stderr
    assert ('"delivered": 5' in done.stdout) == (said == "")


# Showing -------------------------------------------------------------------------------------------------------------


def test_tables_show_the_medians(results, tmp_path):
    from figures import read
    from tables import put_into

    page = tmp_path / "page.md"
    known, unknown = "<!-- figures: beside -->old<!-- end -->", "<!-- figures: elsewhere -->kept<!-- end -->"
    page.write_text(f"before\n{known}\n{unknown}\nafter\n")
    measured = read(results)
    put_into(page, measured)
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n")
    assert "old" not in text and "kept" in text
    fanfare = next(point for point in measured["fanout"].points if point.line == "Fanfare")
    assert f"| {measured['fanout'].unit.text(fanfare.median())} |" in text
    put_into(page, measured)
    assert page.read_text() == text


def test_the_page_shows_what_is_recorded(tmp_path):
    from figures import read
    from tables import put_into
    from works import WORKS as ALL

    measured = read(BENCHMARKS / "results")
    assert measured.keys() == ALL.keys()
    page = ROOT / "docs" / "performance.md"
    copy = tmp_path / "page.md"
    shutil.copy(page, copy)
    put_into(copy, measured)
    assert copy.read_text() == page.read_text(), "Benchmarks/plot renews the page"
    for name in ALL:
        assert f"plots/{name}.svg" in page.read_text()
        assert (ROOT / "docs" / "plots" / f"{name}.svg").stat().st_size > 0


@pytest.mark.skipif(not PLOTTING.exists(), reason="matplotlib is not there: Scripts/setup benchmark installs it")
def test_a_plot_is_drawn_of_each_work(results, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("")
    done = subprocess.run(
        [PLOTTING, BENCHMARKS / "plot", "--results", results, "--plots", tmp_path, "--page", page],
        capture_output=True,
        text=True,
        timeout=GUARD,
    )
    assert done.returncode == 0, done.stderr
    for work in WORKS:
        assert (tmp_path / f"{work}.svg").read_text().rstrip().endswith("</svg>")
