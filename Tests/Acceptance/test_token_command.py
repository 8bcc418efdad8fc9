"""`fanfare token`: what it makes others can read and verify, and what others make it can."""

import base64
import hashlib
import hmac
import json
import socket
import subprocess
import threading
import time

import pytest

from server import binary, clean_environment

SECRET = b"a secret of sixty-four bytes that is known to everybody, so test"


def run(*arguments: str, input: str = "", **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [binary(), *arguments],
        input=input,
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(**environment),
    )


def token(*arguments: str, input: str = "") -> subprocess.CompletedProcess:
    return run("token", *arguments, input=input)


def openssl(*arguments: str, input: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=input, capture_output=True, check=True).stdout


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(claims: dict, secret: bytes = SECRET) -> str:
    """A token as another program makes it."""
    text = encoded(b'{"alg": "HS256"}') + "." + encoded(json.dumps(claims).encode())
    return text + "." + encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "key"
    file.write_bytes(SECRET + b"\n")
    return str(file)


def test_a_token_with_a_secret_is_what_another_program_would_make(secret):
    made = token("--key-file", secret, "--user", "alice", "--publish", "chat/*", "--subscribe", "users/{user}/**",
                 "--subscribe", "news", "--expires", "1h", "--issuer", "me", "--audience", "hub", "--kid", "k1")  # fmt: skip
    assert made.returncode == 0 and made.stderr == "", made
    header, claims, signature = made.stdout.strip().split(".")
    assert json.loads(decoded(header)) == {"alg": "HS256", "typ": "JWT", "kid": "k1"}
    said = json.loads(decoded(claims))
    assert said.pop("exp") - said.pop("iat") == 3600
    assert said == {
        "iss": "me",
        "aud": "hub",
        "sub": "alice",
        "fanfare": {"publish": ["chat/*"], "subscribe": ["users/{user}/**", "news"]},
    }
    expected = hmac.new(SECRET, f"{header}.{claims}".encode(), hashlib.sha256).digest()
    assert decoded(signature) == expected


KINDS = {
    "RS256": ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "PS256": ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ES256": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "ES384": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "EdDSA": ["genpkey", "-algorithm", "ED25519"],
}


@pytest.mark.parametrize("algorithm", KINDS)
def test_a_token_with_a_key_of_openssl_is_verified_with_its_public_part(tmp_path, algorithm):
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(openssl(*KINDS[algorithm]))
    public.write_bytes(openssl("pkey", "-pubout", "-in", str(private)))
    made = token("--key-file", str(private), "--alg", algorithm, "--admin")
    assert made.returncode == 0, made
    good = token("--inspect", "-", "--key-file", str(public), input=made.stdout)
    assert good.returncode == 0 and "and is good" in good.stdout, good

    other = tmp_path / "other.pem"
    other.write_bytes(openssl(*KINDS[algorithm]))
    bad = token("--inspect", "-", "--key-file", str(other), input=made.stdout)
    assert bad.returncode == 1 and "signature is wrong" in bad.stderr, bad
    assert token("--key-file", str(public), "--admin").returncode == 1

    if algorithm in ("RS256", "EdDSA"):
        # OpenSSL itself takes the signature for good: these two have the form of its own.
        text, _, signature = made.stdout.strip().rpartition(".")
        (tmp_path / "text").write_text(text)
        (tmp_path / "signature").write_bytes(decoded(signature))
        digest = ["-rawin", "-digest", "sha256"] if algorithm == "RS256" else ["-rawin"]
        openssl("pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-in", str(tmp_path / "text"),
                "-sigfile", str(tmp_path / "signature"), *digest)  # fmt: skip


def test_a_token_of_another_program_is_looked_into_and_verified(secret):
    text = signed({"sub": "bob", "exp": 4_000_000_000, "fanfare": {"subscribe": ["a/{user}"]}})
    looked = token("--inspect", text)
    assert looked.returncode == 0
    header, claims, *words = looked.stdout.splitlines()
    assert json.loads(header) == {"alg": "HS256"}
    assert json.loads(claims)["sub"] == "bob"
    assert 'It may read "a/bob".' in words and words[0].startswith("It ends at 2096-10-02T07:06:40Z, in ")
    assert words[-1] == "Its signature was not checked; give --key-file to do so."
    checked = token("--inspect", text, "--key-file", secret).stdout
    assert checked.endswith("and is good.\n") and "not checked" not in checked


def test_a_token_is_judged_with_the_leeway_of_a_hub(secret):
    done = token("--inspect", signed({"exp": int(time.time()) - 30, "fanfare": {}}), "--key-file", secret)
    assert done.returncode == 1 and "has expired" in done.stderr


@pytest.mark.parametrize(
    "claims, reason",
    [
        ({"exp": 1, "fanfare": {}}, "has expired"),
        ({"nbf": 4_000_000_000, "fanfare": {}}, "not valid yet"),
        ({"sub": "bob"}, 'no claim "fanfare"'),
        ({"exp": "4000000000", "fanfare": {}}, "have to be numbers"),
    ],
)
def test_why_a_token_is_refused_is_said(secret, claims, reason):
    text = signed(claims)
    done = token("--inspect", text, "--key-file", secret)
    assert done.returncode == 1 and reason in done.stderr
    assert len(done.stderr.splitlines()) == 1 and text not in done.stderr
    assert json.loads(done.stdout.splitlines()[1]) == claims


@pytest.mark.parametrize(
    "arguments, status, named",
    [
        ([], 2, "--key-file"),
        (["--key-file", "KEY"], 2, "--publish"),
        (["--key-file", "/nonexistent", "--admin"], 1, "/nonexistent"),
        (["--key-file", "KEY", "--admin", "--alg", "none"], 2, "--alg"),
        (["--key-file", "KEY", "--admin", "--alg", "ES256"], 2, "ES256"),
        (["--key-file", "KEY", "--admin", "--expires", "soon"], 2, "--expires"),
        (["--key-file", "KEY", "--admin", "--expires", "10ms"], 2, "--expires"),
        (["--key-file", "KEY", "--subscribe", "{user}"], 2, "--user"),
        (["--key-file", "KEY", "--subscribe", "a/**/b"], 2, "a/**/b"),
        (["--inspect", "evil"], 1, "not a signed JWT"),
        (["--inspect", "evil.evil.evil"], 1, "header"),
        (["--inspect", "e30.e30.", "--admin"], 2, "--admin"),
        (["--inspect", "e30.e30.", "--issuer", "me"], 2, "--key-file"),
        (["evil"], 2, "--inspect"),
    ],
)
def test_wrong_usage_is_told_on_one_line_without_the_token(secret, arguments, status, named):
    done = token(*[secret if argument == "KEY" else argument for argument in arguments])
    assert done.returncode == status, done
    assert len(done.stderr.splitlines()) == 1 and named in done.stderr
    assert "evil" not in done.stderr and done.stdout == ""


def test_a_key_that_is_none_is_refused(tmp_path):
    for name, content, reason in [
        ("short", b"password\n", "at least 32"),
        ("public", openssl("pkey", "-pubout", input=openssl(*KINDS["EdDSA"])), "cannot sign"),
        ("locked", openssl("pkey", "-aes256", "-passout", "pass:x", input=openssl(*KINDS["EdDSA"])), "passphrase"),
    ]:
        file = tmp_path / name
        file.write_bytes(content)
        done = token("--key-file", str(file), "--admin")
        assert done.returncode == 1 and reason in done.stderr, done


def heads_of_requests(*arguments: str, **environment: str) -> str:
    """What the command sends to a server that answers 401."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        seen = []

        def serve() -> None:
            # A command that never comes fails the test, and does not hold it up.
            listener.settimeout(60)
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(60)
                head = b""
                while b"\r\n\r\n" not in head:
                    received = connection.recv(65536)
                    assert received, head
                    head += received
                seen.append(head.decode())
                connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        url = "http://127.0.0.1:%d" % listener.getsockname()[1]
        done = run(arguments[0], "--url", url, *arguments[1:], **environment)
        thread.join()
    assert done.returncode == 1 and "a.b.c" not in done.stderr + done.stdout, done
    return seen[0]


@pytest.mark.parametrize(
    "arguments", [["publish", "--topic", "a", "data"], ["subscribe", "a"]], ids=["publish", "subscribe"]
)
def test_commands_show_their_token_to_the_hub(arguments):
    line = "\r\nAuthorization: Bearer a.b.c\r\n"
    assert line in heads_of_requests(arguments[0], "--token", "a.b.c", *arguments[1:])
    assert line in heads_of_requests(*arguments, FANFARE_TOKEN="a.b.c")
    assert "Authorization" not in heads_of_requests(*arguments)


def test_a_token_that_cannot_be_one_is_refused_and_not_shown():
    done = run("publish", "--topic", "a", "--token", "evil one", "data")
    assert done.returncode == 2 and "--token" in done.stderr and "evil" not in done.stderr
