"""Forms in parts: fields and files, as browsers and other clients send them, and as nobody should."""

import random
import socket
import struct
import subprocess
from pathlib import Path

import pytest

from hang_guard import wait_for
from http2 import DATA, END_STREAM, frame
from hub import Hub, check_problem
from raw_http import Answer, Connection, request
from test_request_bodies import MIB, Uploads, head, peak_memory, tally, told, wait_until_told

BOUNDARY = "----test7MA4YWxkTrZu0gW"


def part(name: str, body: bytes, *lines: str, file: str | None = None) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file is not None else "")
    return "\r\n".join([f"--{BOUNDARY}", disposition, *lines, "", ""]).encode() + body + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
FORM = {"Content-Type": f'multipart/form-data; boundary="{BOUNDARY}"'}


def post(example: Hub, path: str, *parts: bytes, fields: dict[str, str] | None = None) -> Answer:
    return request(example.address, "POST", path, b"".join(parts), FORM if fields is None else fields)


def line(name: str, body: bytes, file: str = "-", media: str = "-") -> bytes:
    return f"{name}|{file}|{media}|".encode() + tally(body)


@pytest.fixture
def folder(example) -> Path:
    """Where the server runs."""
    return Path(f"/proc/{example.server.process.pid}/cwd").resolve()


@pytest.mark.parametrize("way", ["streamed", "collected"])
def test_parts_come_with_their_heads_and_bytes(example, way):
    picture = random.Random(1).randbytes(300_000)
    answer = post(
        example, f"/intake/parts/{way}",
        part("title", "Größe".encode()),
        part("photo", picture, "Content-Type: image/png", file='a \\"b\\".png'),
        part("empty", b"", "Content-Type: application/octet-stream", file=""),
        part("title", b"again"),
        END,
    )
    assert answer.body == (
        line("title", "Größe".encode()) + line("photo", picture, 'a "b".png', "image/png")
        + line("empty", b"", "", "application/octet-stream") + line("title", b"again")
    )


def test_what_looks_like_a_boundary_is_not_one(example):
    body = f"\r\n--{BOUNDARY[:-1]}\r\n--\r\r\n-{BOUNDARY}\r\n\r\n--".encode()
    answer = post(example, "/intake/parts/streamed", part("tricky", body * 50), END)
    assert answer.body == line("tricky", body * 50)


def test_a_form_is_read_the_same_however_it_is_cut(example):
    chance = random.Random(5)
    picture = chance.randbytes(20_000) + f"\r\n--{BOUNDARY[:-3]}".encode()
    body = part("a", b"x") + part("photo", picture, file="p") + END + b"epilogue"
    wanted = line("a", b"x") + line("photo", picture, "p")
    with Connection(example.address) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        message = head("/intake/parts/streamed", f"Content-Type: {FORM['Content-Type']}", f"Content-Length: {len(body)}")
        for _ in range(40):
            whole = message + body
            cuts = sorted(chance.sample(range(len(whole)), chance.choice([1, 3, 20])))
            for begin, end in zip([0, *cuts], [*cuts, len(whole)]):
                connection.send(whole[begin:end])
            assert connection.receive_answer().body == wanted


def test_parts_that_nobody_reads_are_passed_over(example):
    answer = post(
        example, "/intake/field/wanted", part("photo", b"x" * 3_000_000, file="p"), part("wanted", b"here it is"),
        part("more", b"y" * 100_000), END,
    )
    assert answer.body == b"here it is"
    check_problem(post(example, "/intake/field/wanted", part("wanted", b"x" * 1001), END), 413, "wanted", "1000")
    check_problem(post(example, "/intake/field/wanted", part("wanted", b"\xff"), END), 400, "UTF-8")


def test_a_part_that_is_read_too_late_is_the_programs_fault(example):
    check_problem(post(example, "/intake/late", part("a", b"1"), part("b", b"2"), END), 500)
    assert "after the next one was asked for" in example.server.errors()


def test_a_form_that_breaks_off_is_told_so_each_time_that_it_is_read(example):
    assert post(example, "/intake/stubborn", part("a", b"x" * 5000), END).body == b"0"
    for cut in range(1, len(END)):
        assert post(example, "/intake/stubborn", part("a", b"x" * 5000), END[:cut]).body == (
            b"0" if cut >= len(END) - 2 else b"3"
        )
    assert post(example, "/intake/stubborn", part("a", b"x" * 5000) + b"--" + BOUNDARY.encode() + b"\r\nnone").body == b"3"


def test_what_is_no_form_is_refused(example):
    def refused(status: int, *parts: bytes, fields: dict[str, str] | None = None) -> None:
        check_problem(post(example, "/intake/parts/streamed", *parts, fields=fields), status)

    refused(415, b"a=1", fields={"Content-Type": "application/x-www-form-urlencoded"})
    refused(415, b"a=1", fields={})
    refused(400, END, fields={"Content-Type": "multipart/form-data"})
    refused(400, END, fields={"Content-Type": 'multipart/form-data; boundary=""'})
    refused(400, END, fields={"Content-Type": f"multipart/form-data; boundary={'x' * 71}"})
    refused(400, b"")
    refused(400, b"no boundary at all")
    refused(400, part("a", b"x"))
    refused(400, part("a", b"x")[:30])
    refused(400, f"--{BOUNDARY}\r\n\r\nno disposition\r\n".encode(), END)
    refused(400, part("a", b"x", "Content-Disposition: form-data; name=b"), END)
    refused(400, part("a", b"x", "X: " + "y" * 9000), END)
    refused(413, part("a", b"x") * 1001, END)


def test_a_field_of_a_head_that_never_ends_is_not_held(example):
    before = peak_memory(example)
    with Connection(example.address) as connection:
        length = 100 * MIB
        connection.send(head("/intake/parts/streamed", f"Content-Type: {FORM['Content-Type']}", f"Content-Length: {length}"))
        connection.send(f"--{BOUNDARY}\r\nContent-Disposition: ".encode())
        for _ in range(100):
            connection.send(b"x" * MIB)
        check_problem(connection.receive_answer(), 400)
    assert peak_memory(example) - before < 4 * MIB


def test_a_file_is_saved_whole_for_its_owner_alone(example, folder):
    picture = random.Random(2).randbytes(5_000_000)
    answer = post(
        example, "/intake/save/up", part("note", b"for friends"), part("photo", picture, file="../../etc/passwd"),
        part("other", b"", file="b.png"), END,
    )
    assert answer.body == b"../../etc/passwd|5000000\nb.png|0\n"
    assert (folder / "up-0").read_bytes() == picture
    assert (folder / "up-1").read_bytes() == b""
    assert {path.name for path in folder.iterdir()} == {"up-0", "up-1"}
    assert (folder / "up-0").stat().st_mode & 0o777 == 0o600


def test_a_large_file_is_saved_in_constant_memory(example, folder):
    piece = random.Random(3).randbytes(MIB)
    post(example, "/intake/save/warm", part("photo", piece, file="p"), END)
    before = peak_memory(example)
    first = part("photo", b"", file="p")[:-2]
    with Connection(example.address) as connection:
        length = len(first) + 200 * MIB + 2 + len(END)
        connection.send(head("/intake/save/large", f"Content-Type: {FORM['Content-Type']}", f"Content-Length: {length}"))
        connection.send(first)
        for _ in range(200):
            connection.send(piece)
        connection.send(b"\r\n" + END)
        assert connection.receive_answer().body == b"p|%d\n" % (200 * MIB)
    grown = peak_memory(example) - before
    print(f"200 MiB: {grown >> 10} KiB more memory")
    assert grown < 4 * MIB
    with (folder / "large-0").open("rb") as file:
        for _ in range(200):
            assert file.read(MIB) == piece
        assert file.read() == b""


def test_nothing_is_left_of_a_file_that_is_not_whole(example, folder):
    (folder / "kept-0").write_bytes(b"from before")
    # Too large, broken off by the client in two ways, and no form at its end.
    first = part("photo", b"x" * MIB, file="p")[:-2]
    answer = post(example, "/intake/save/kept", first, b"\r\n--" + BOUNDARY.encode() + b"nonsense", END)
    check_problem(answer, 400)
    for way in ("ends", "resets"):
        name = f"kept-{way}"
        connection = Connection(example.address)
        connection.send(head(f"/intake/save/{name}", f"Content-Type: {FORM['Content-Type']}", f"Content-Length: {100 * MIB}"))
        connection.send(first)
        wait_for(lambda: any(path.stat().st_size > 0 for path in folder.glob(".*.part")), "the file grows")
        if way == "resets":
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        wait_until_told(example, name, "CancellationError, cancelled")
    assert [path.name for path in folder.iterdir()] == ["kept-0"]
    assert (folder / "kept-0").read_bytes() == b"from before"


def test_a_file_that_is_too_large_for_its_part_is_not_kept(example, folder):
    check_problem(post(example, "/intake/lost/x", part("photo", b"x", file="p"), END), 500)
    assert "no-such-folder" in example.server.errors()
    with Connection(example.address) as connection:
        length = 310 * MIB
        connection.send(head("/intake/save/big", f"Content-Type: {FORM['Content-Type']}", f"Content-Length: {length}"))
        connection.send(part("photo", b"", file="p")[:-2])
        for _ in range(301):
            connection.send(b"x" * MIB)
        check_problem(connection.receive_answer(), 413, "photo")
    assert list(folder.iterdir()) == []


def test_curl_sends_forms(example, folder, tmp_path):
    picture = tmp_path / 'p "q" \\ é.png'
    picture.write_bytes(random.Random(4).randbytes(1_000_000))
    for version in ("--http1.1", "--http2-prior-knowledge"):
        sent = subprocess.run(
            ["curl", "-sS", version, "-F", "title=a b", "-F", f"photo=@-;filename={picture.name.replace(chr(92), '')};type=image/png",
             f"{example.url}/intake/parts/streamed"],
            input=picture.read_bytes(), capture_output=True, check=True,
        )
        assert sent.stdout.startswith(line("title", b"a b")), sent
        assert sent.stdout.endswith(b"|image/png|" + tally(picture.read_bytes()))


def test_forms_come_over_http2(example, folder):
    body = part("note", b"hello") + part("photo", b"y" * 500_000, file="p") + END
    with Uploads(example.address) as uploads:
        for stream in range(1, 11, 2):
            uploads.open(stream, f"/intake/save/h2-{stream}", ("content-type", FORM["Content-Type"]))
        index = 0
        while index < len(body):
            some = body[index:index + 10_000]
            index += len(some)
            for stream in range(1, 11, 2):
                while uploads.room(stream) < len(some):
                    assert uploads.take()
                uploads.windows[stream] -= len(some)
                uploads.connection_window -= len(some)
                uploads.send(frame(DATA, END_STREAM if index == len(body) else 0, stream, some))
        for stream in range(1, 11, 2):
            assert uploads.answer(stream) == ("200", b"p|500000\n")
            assert (folder / f"h2-{stream}-0").read_bytes() == b"y" * 500_000
