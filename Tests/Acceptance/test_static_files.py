"""Files of a folder: what they are sent with, conditions, byte ranges, and that nothing else is ever sent."""

import email
import email.policy
import os
import random
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path

import pytest
from hang_guard import GUARD, wait_for
from hub import Hub, check_problem
from raw_http import Closed, Connection
from server import example_binary

DIGITS = b"0123456789" * 10
LONG_AGO = 1_700_000_000
LARGE = random.Random(7).randbytes(3_000_000)


@pytest.fixture
def folder(tmp_path):
    """A folder with files, and a secret beside it. The files were changed long ago but for `fresh.txt`."""
    root = tmp_path / "served"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "empty-folder").mkdir()
    (root / ".hidden").mkdir()
    (root / ".hidden" / "file.txt").write_text("hidden")
    (tmp_path / "secret.txt").write_text("secret")
    for name, content in {
        "digits.txt": DIGITS,
        "empty.txt": b"",
        "index.html": b"<!doctype html>",
        "page.html": b"<p>page",
        "script.js": b"1",
        "style.css": b"a{}",
        "picture.svg": b"<svg/>",
        "data.unknown": b"?",
        "no-ending": b"?",
        ".env": b"PASSWORD=1",
        "na me é.txt": b"name",
        "large.bin": LARGE,
        "sub/index.html": b"<p>sub",
        "sub/deep/file.json": b"{}",
    }.items():
        (root / name).write_bytes(content)
    for directory, _, names in os.walk(root):
        for name in names:
            os.utime(os.path.join(directory, name), (LONG_AGO, LONG_AGO))
    (root / "fresh.txt").write_text("fresh")
    return root


@pytest.fixture
def files(start, folder) -> Hub:
    return start(command=[example_binary(), f"files={folder}"])


def memory(server: Hub) -> int:
    """What the server has in memory, in bytes."""
    pages = Path(f"/proc/{server.server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


def parts(answer) -> list[tuple[str, str, bytes]]:
    """The parts of a body with several ranges, read by Python's own library."""
    head = f"Content-Type: {answer.fields['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + answer.body, policy=email.policy.HTTP)
    assert message.is_multipart() and not message.defects
    return [(part["Content-Range"], part["Content-Type"], part.get_payload(decode=True)) for part in message.get_payload()]


# Which file


@pytest.mark.parametrize(
    "path, type, body",
    [
        ("/files/digits.txt", "text/plain; charset=utf-8", DIGITS),
        ("/files/empty.txt", "text/plain; charset=utf-8", b""),
        ("/files/", "text/html; charset=utf-8", b"<!doctype html>"),
        ("/files/page.html", "text/html; charset=utf-8", b"<p>page"),
        ("/files/script.js", "text/javascript; charset=utf-8", b"1"),
        ("/files/style.css", "text/css; charset=utf-8", b"a{}"),
        ("/files/picture.svg", "image/svg+xml", b"<svg/>"),
        ("/files/data.unknown", "application/octet-stream", b"?"),
        ("/files/no-ending", "application/octet-stream", b"?"),
        ("/files/na%20me%20%C3%A9.txt", "text/plain; charset=utf-8", b"name"),
        ("/files/sub/", "text/html; charset=utf-8", b"<p>sub"),
        ("/files/sub/deep/file.json", "application/json", b"{}"),
        ("/files/digits.txt?version=3", "text/plain; charset=utf-8", DIGITS),
        ("/files/large.bin", "application/octet-stream", LARGE),
    ],
)
def test_a_file_is_sent_with_its_type_and_its_state(files, path, type, body):
    answer = files.get(path)
    assert (answer.status, answer.body) == (200, body)
    assert answer.fields["content-type"] == type
    assert answer.fields["content-length"] == str(len(body))
    assert answer.fields["x-content-type-options"] == "nosniff"
    assert answer.fields["accept-ranges"] == "bytes"
    assert answer.fields["cache-control"] == "no-cache"
    assert answer.fields["last-modified"] == formatdate(LONG_AGO, usegmt=True)
    assert answer.fields["etag"].startswith('"')
    head = files.request("HEAD", path)
    assert head.status == 200
    volatile = {"date"}
    assert {k: v for k, v in head.fields.items() if k not in volatile} == {
        k: v for k, v in answer.fields.items() if k not in volatile
    }


def test_a_folder_without_its_slash_is_the_way_there(files):
    for path, place in {
        "/files": "/files/",
        "/files?a=b": "/files/?a=b",
        "/files/sub": "/files/sub/",
        "/files/sub?x=/": "/files/sub/?x=/",
        "/files/sub/deep": "/files/sub/deep/",
    }.items():
        answer = files.get(path)
        assert (answer.status, answer.fields["location"]) == (301, place)


@pytest.mark.parametrize(
    "path",
    [
        "/files/none.txt",
        "/files/empty-folder/",
        "/files/digits.txt/",
        "/files/digits.txt/more",
        "/files/.env",
        "/files/.hidden/file.txt",
        "/files/%2eenv",
        "/files/../secret.txt",
        "/files/%2e%2e/secret.txt",
        "/files/..%2fsecret.txt",
        "/files/%2e%2e%2fsecret.txt",
        "/files/sub/../digits.txt",
        "/files/sub%2f..%2fdigits.txt",
        "/files/./digits.txt",
        "/files//digits.txt",
        "/files/sub//index.html",
        "/files//etc/passwd",
        "/files/%2fetc/passwd",
        "/files/..%5csecret.txt",
        "/files/digits.txt%00.html",
        "/files/%ff",
        "/files/" + "a" * 300,
        "/files/" + "a/" * 500,
        "/one-file/",
        "/one-file/sub",
        "/one-file/sub/",
        "/one-file/../secret.txt",
        "/one-file/.env",
        "/trusted-file?path=sub",
        "/trusted-file?path=none",
        "/trusted-file?path=digits.txt%00",
    ],
)
def test_what_is_no_file_of_the_folder_is_not_there(files, path):
    answer = files.get(path)
    check_problem(answer, 404)
    assert b"secret" not in answer.body


def test_links_are_followed_inside_the_folder_and_never_out_of_it(files, folder):
    inside = {
        "to-file": "digits.txt",
        "sub/up": "../digits.txt",
        "sub/around": "../sub/deep/../../digits.txt",
        "to-link": "to-file",
        "folder-link": "sub",
    }
    outside = {
        "out": "../secret.txt",
        "out-absolute": str(folder.parent / "secret.txt"),
        "absolute-inside": str(folder / "digits.txt"),
        "out-folder": "..",
        "sub/out": "deep/../../../secret.txt",
        "out-and-back": "../served/digits.txt",
        "root": "/",
        "loop": "loop",
        "dangling": "nothing",
    }
    for name, target in (inside | outside).items():
        (folder / name).symlink_to(target)
    for name in ("to-file", "sub/up", "sub/around", "to-link"):
        assert files.get(f"/files/{name}").body == DIGITS, name
    assert files.get("/files/folder-link/index.html").body == b"<p>sub"
    for name in [*outside, "out-folder/secret.txt", "root/etc/passwd"]:
        answer = files.get(f"/files/{name}")
        check_problem(answer, 404)
        assert b"secret" not in answer.body
    # A program's own path leads where it leads.
    assert files.get("/trusted-file?path=out").body == b"secret"


def test_pipes_sockets_and_devices_are_no_files_and_keep_nobody_waiting(files, folder):
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as other:
        here = os.getcwd()
        os.chdir(folder)
        try:
            other.bind("socket")
        finally:
            os.chdir(here)
        names = ["pipe", "socket"]
        try:
            os.mknod(folder / "device", 0o600 | 0o020000, os.makedev(1, 5))
            names.append("device")
        except PermissionError:
            pass
        for name in names:
            check_problem(files.get(f"/files/{name}"), 404)
            check_problem(files.get(f"/trusted-file?path={name}"), 404)


@pytest.mark.skipif(os.geteuid() == 0, reason="to root every file is readable")
def test_a_file_that_the_server_may_not_read_is_403(files, folder):
    (folder / "locked.txt").write_text("x")
    (folder / "locked.txt").chmod(0)
    check_problem(files.get("/files/locked.txt"), 403)


def test_other_methods_are_not_for_files(files):
    answer = files.request("POST", "/files/digits.txt", b"")
    check_problem(answer, 405)
    assert answer.fields["allow"] == "GET, HEAD, OPTIONS"


def test_a_folder_that_is_not_there_is_the_server_s_fault_until_it_is(start, tmp_path):
    server = start(command=[example_binary(), f"files={tmp_path}/later"])
    check_problem(server.get("/files/a.txt"), 500)
    assert "later" in server.server.errors()
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.txt").write_text("a")
    assert server.get("/files/a.txt").body == b"a"


def test_a_program_adds_fields_of_its_own(files):
    answer = files.get("/cached/digits.txt")
    assert (answer.fields["cache-control"], answer.fields["x-files"]) == ("max-age=60", "yes")
    assert [line for line in answer.lines if line.lower().startswith("cache-control")] == ["Cache-Control: max-age=60"]
    answer = files.get("/one-file/sub/deep/file.json")
    assert (answer.body, answer.fields["content-type"]) == (b"{}", "text/x-one")
    same = files.get("/cached/digits.txt", If_None_Match=files.get("/cached/digits.txt").fields["etag"])
    assert (same.status, same.fields["cache-control"]) == (304, "max-age=60")


# Conditions


def test_a_client_that_has_it_gets_it_no_more(files):
    first = files.get("/files/digits.txt")
    tag, date = first.fields["etag"], first.fields["last-modified"]
    for fields in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"other", W/{tag}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": date},
        {"If_Modified_Since": formatdate(LONG_AGO + 5, usegmt=True)},
        # The tag decides, whatever the date says.
        {"If_None_Match": tag, "If_Modified_Since": formatdate(0, usegmt=True)},
    ):
        for method in ("GET", "HEAD"):
            answer = files.request(method, "/files/digits.txt", **fields)
            assert (answer.status, answer.body) == (304, b""), fields
            assert answer.fields["etag"] == tag
            assert "content-type" not in answer.fields and "content-length" not in answer.fields
    for fields in (
        {"If_None_Match": '"other"'},
        {"If_Modified_Since": formatdate(LONG_AGO - 1, usegmt=True)},
        {"If_Modified_Since": "yesterday"},
        {"If_None_Match": '"other"', "If_Modified_Since": date},
    ):
        assert files.get("/files/digits.txt", **fields).status == 200, fields


def test_a_condition_that_does_not_hold_is_412(files):
    tag = files.get("/files/digits.txt").fields["etag"]
    for fields in (
        {"If_Match": '"other"'},
        {"If_Match": f"W/{tag}"},
        {"If_Unmodified_Since": formatdate(LONG_AGO - 1, usegmt=True)},
    ):
        check_problem(files.get("/files/digits.txt", **fields), 412)
    for fields in ({"If_Match": tag}, {"If_Match": "*"}, {"If_Unmodified_Since": formatdate(LONG_AGO, usegmt=True)}):
        assert files.get("/files/digits.txt", **fields).status == 200


def test_a_file_that_changes_has_another_tag(files, folder):
    path = folder / "digits.txt"
    seen = {files.get("/files/digits.txt").fields["etag"].removeprefix("W/")}
    changed = DIGITS[::-1]
    # The same size and, but for nanoseconds, the same time.
    path.write_bytes(changed)
    os.utime(path, ns=(0, LONG_AGO * 10**9 + 1))
    seen.add(files.get("/files/digits.txt").fields["etag"].removeprefix("W/"))
    # Another file by the same name, of the same size and time.
    other = folder / "other.txt"
    other.write_bytes(DIGITS)
    os.utime(other, ns=(0, LONG_AGO * 10**9 + 1))
    other.rename(path)
    answer = files.get("/files/digits.txt", If_None_Match=", ".join(seen))
    assert (answer.status, answer.body) == (200, DIGITS)


def test_a_file_that_was_changed_just_now_promises_no_octets(files, folder):
    answer = files.get("/files/fresh.txt")
    tag = answer.fields["etag"]
    assert tag.startswith('W/"')
    assert files.get("/files/fresh.txt", If_None_Match=tag).status == 304
    assert files.get("/files/fresh.txt", Range="bytes=0-1", If_Range=tag).status == 200
    ahead = time.time() + 3600
    os.utime(folder / "fresh.txt", (ahead, ahead))
    assert "last-modified" not in files.get("/files/fresh.txt").fields


# Ranges


@pytest.mark.parametrize(
    "range, first, last",
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-9", 0, 9),
        ("bytes=90-", 90, 99),
        ("bytes=-1", 99, 99),
        ("bytes=-500", 0, 99),
        ("bytes=50-1000", 50, 99),
        ("Bytes= 3-4 ", 3, 4),
        ("bytes=0-4,5-9", 0, 9),
        ("bytes=200-300,7-7", 7, 7),
        ("bytes=0-99999999999999999999999999", 0, 99),
    ],
)
def test_a_range_is_sent_alone(files, range, first, last):
    answer = files.get("/files/digits.txt", Range=range)
    assert (answer.status, answer.body) == (206, DIGITS[first : last + 1])
    assert answer.fields["content-range"] == f"bytes {first}-{last}/100"
    assert answer.fields["content-type"] == "text/plain; charset=utf-8"
    assert answer.fields["etag"]
    head = files.request("HEAD", "/files/digits.txt", Range=range)
    assert (head.status, head.fields["content-length"]) == (200, "100")


@pytest.mark.parametrize(
    "range",
    [
        "bytes=",
        "bytes=a-b",
        "bytes=5-4",
        "bytes=--5",
        "bytes=1",
        "bytes 0-1",
        "seconds=0-1",
        "bytes=0-1,x",
        "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 100, 2)),
        "bytes=" + ",".join("0-" for _ in range(2000)),
        "bytes=0-0,2-2",
    ],
)
def test_a_range_that_does_not_count_or_does_not_pay_is_the_whole(files, range):
    answer = files.get("/files/digits.txt", Range=range)
    assert (answer.status, answer.body) == (200, DIGITS)


@pytest.mark.parametrize(
    "name, range", [("digits.txt", "bytes=100-"), ("digits.txt", "bytes=-0"), ("empty.txt", "bytes=0-"), ("empty.txt", "bytes=-1")]
)
def test_a_range_of_which_nothing_is_there_is_416(files, name, range):
    answer = files.get(f"/files/{name}", Range=range)
    check_problem(answer, 416)
    assert answer.fields["content-range"] == f"bytes */{100 if name == 'digits.txt' else 0}"


@pytest.mark.parametrize("count", [2, 16])
def test_several_ranges_come_in_parts(files, count):
    wanted = [(n * 100_000, n * 100_000 + n * 1000) for n in range(count)]
    random.Random(count).shuffle(wanted)
    answer = files.get("/files/large.bin", Range="bytes=" + ", ".join(f"{a}-{b}" for a, b in wanted))
    assert answer.status == 206
    assert "content-range" not in answer.fields
    assert parts(answer) == [
        (f"bytes {a}-{b}/{len(LARGE)}", "application/octet-stream", LARGE[a : b + 1]) for a, b in wanted
    ]


def test_ranges_that_overlap_are_joined(files):
    answer = files.get("/files/large.bin", Range="bytes=2000-2999,0-99,50-149,1000000-")
    assert [part[0] for part in parts(answer)] == [
        f"bytes {a}-{b}/{len(LARGE)}" for a, b in ((0, 149), (2000, 2999), (1000000, len(LARGE) - 1))
    ]


def test_a_range_counts_only_for_the_state_that_the_client_has(files):
    first = files.get("/files/digits.txt")
    for fields, status in (
        ({"If_Range": first.fields["etag"]}, 206),
        ({"If_Range": '"other"'}, 200),
        ({"If_Range": "W/" + first.fields["etag"]}, 200),
        ({"If_Range": first.fields["last-modified"]}, 206),
        ({"If_Range": formatdate(LONG_AGO + 1, usegmt=True)}, 200),
        ({"If_Range": "nonsense"}, 200),
        ({"If_None_Match": first.fields["etag"]}, 304),
    ):
        assert files.get("/files/digits.txt", Range="bytes=0-4", **fields).status == status, fields


# On the way


def test_a_connection_goes_on_after_a_file(files):
    with Connection(files.address) as connection:
        for _ in range(3):
            connection.send(
                "GET /files/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"
                "HEAD /files/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"
                "GET /files/empty.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
            )
            assert connection.receive_answer().body == LARGE
            assert connection.receive_answer("HEAD").fields["content-length"] == str(len(LARGE))
            assert connection.receive_answer().body == b""


@pytest.mark.parametrize("version", ["--http1.1", "--http1.0", "--http2-prior-knowledge"])
def test_files_are_the_same_in_each_version_of_http(files, tmp_path, version):
    def curl(name: str, *options: str) -> tuple[str, bytes]:
        body = tmp_path / "body"
        body.unlink(missing_ok=True)
        print_status = ["-w", "%{response_code} %header{content-length} %header{content-range}"]
        command = ["curl", "-s", version, "-o", str(body), *print_status, *options, f"{files.url}/files/{name}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=GUARD)
        return done.stdout.strip(), body.read_bytes() if body.exists() else b""

    assert curl("large.bin") == (f"200 {len(LARGE)}", LARGE)
    assert curl("digits.txt") == ("200 100", DIGITS)
    assert curl("empty.txt") == ("200 0", b"")
    assert curl("large.bin", "--head")[0] == f"200 {len(LARGE)}"
    assert curl("large.bin", "-r", "5-1000004") == (f"206 1000000 bytes 5-1000004/{len(LARGE)}", LARGE[5:1000005])
    tag = files.get("/files/large.bin").fields["etag"]
    assert curl("large.bin", "-H", f"If-None-Match: {tag}") == ("304", b"")
    assert curl("large.bin", "-r", "9999999-")[0].startswith("416 ")


def test_a_file_that_shrinks_while_it_is_sent_breaks_off(files, folder):
    with Connection(files.address, receive_buffer=4096) as connection:
        connection.send("GET /files/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.receive_head().fields["content-length"] == str(len(LARGE))
        os.truncate(folder / "large.bin", 100)
        with pytest.raises(Closed):
            connection.receive_exactly(len(LARGE))
    wait_for(lambda: "became shorter" in files.server.errors(), "the log tells of it")
    assert files.get("/files/large.bin").body == LARGE[:100]


def test_a_file_that_is_replaced_while_it_is_sent_is_sent_as_it_was(files, folder):
    with Connection(files.address, receive_buffer=4096) as connection:
        connection.send("GET /files/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.receive_head()
        (folder / "new").write_bytes(b"new")
        (folder / "new").rename(folder / "large.bin")
        assert connection.receive_exactly(len(LARGE)) == LARGE


def test_who_takes_nothing_of_a_large_file_costs_little_and_holds_up_nobody(files, folder):
    size = 256 << 20
    with open(folder / "huge.bin", "wb") as file:
        file.truncate(size)
    before = memory(files)
    stuck = [Connection(files.address, receive_buffer=4096) for _ in range(20)]
    try:
        for connection in stuck:
            connection.send("GET /files/huge.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.receive_head().status == 200
        with ThreadPoolExecutor(8) as pool:
            assert all(body == LARGE for body in pool.map(lambda _: files.get("/files/large.bin").body, range(24)))
        # Far below one of the files, let alone twenty of them.
        assert memory(files) - before < 40 << 20
    finally:
        for connection in stuck:
            connection.close()
