"""Tokens that a program makes and verifies by a key of its own, and who asks by the server's keys."""

import jwt
import pytest
from hub import check_problem
from server import example_binary
from tokens import SECRET, bearer, mint

OWN = "the secret of the example server's own tokens"


def issue(server, user: str) -> str:
    answer = server.request("POST", f"/tokens/{user}", b"")
    assert answer.status == 200, answer.body
    return answer.body.decode()


def test_a_token_that_a_program_makes_is_a_jwt_that_ends(example):
    claims = jwt.decode(issue(example, "anna"), OWN, ["HS256"])
    assert claims["sub"] == "anna"
    assert claims["exp"] - claims["iat"] == 60
    assert claims["fanfare"] == {"publish": ["from/{user}/**"], "subscribe": ["to/{user}", "all"]}


def test_a_program_knows_its_own_tokens_wherever_they_are_carried(example):
    token = issue(example, "anna")
    told = {
        "user": "anna",
        "publish": "from/anna/**",
        "subscribe": "to/anna all",
        "admin": "false",
        "mayPublish": "true",
        "mayRead": "true",
    }
    assert example.get("/tokens/own", **bearer(token)).json() == told
    assert example.get(f"/tokens/own?token={token}").json() == told
    assert example.get("/tokens/own", Cookie=f"fanfare_token={token}").json() == told
    assert example.get("/tokens/own").json() == {"user": "nobody"}
    other = example.get("/tokens/own", **bearer(issue(example, "bert"))).json()
    assert (other["mayPublish"], other["mayRead"]) == ("false", "false")


@pytest.mark.parametrize(
    "make, kind",
    [
        (lambda: mint("anna", key=SECRET), "token-bad-signature"),
        (lambda: mint("anna", key=OWN, lifetime=-1), "token-expired"),
        (lambda: "no.token.at-all", "token-malformed"),
        (lambda: mint("anna", key=OWN) + "x", "token-bad-signature"),
    ],
)
def test_a_token_that_is_not_good_is_401(example, make, kind):
    answer = example.get("/tokens/own", **bearer(make()))
    assert check_problem(answer, 401)["type"] == f"urn:fanfare:problem:{kind}"
    assert answer.fields["www-authenticate"].startswith("Bearer ")


def test_a_name_that_cannot_stand_in_a_pattern_gets_no_token(example):
    for user in ("a%2Fb", "*", "**"):
        check_problem(example.request("POST", f"/tokens/{user}", b""), 500)
    assert "cannot stand for {user}" in example.server.errors()


def test_who_asks_is_known_by_the_keys_of_the_server(start, tmp_path):
    key = tmp_path / "key"
    key.write_text(SECRET)
    server = start(command=[example_binary(), f"key-file={key}"])
    token = mint("anna", publish=["from/{user}/**"], subscribe=["to/*"], admin=True)
    for _ in range(3):
        told = server.get("/tokens/server", **bearer(token)).json()
        assert told == {
            "user": "anna",
            "publish": "from/anna/**",
            "subscribe": "to/*",
            "admin": "true",
            "mayPublish": "true",
            "mayRead": "true",
        }
    assert server.get("/tokens/server").json() == {"user": "nobody"}
    # The header decides, though the cookie is good.
    bad = mint("anna", key=OWN)
    check_problem(server.get("/tokens/server", Authorization=f"Bearer {bad}", Cookie=f"fanfare_token={token}"), 401)
    check_problem(server.get(f"/tokens/server?token={token}&token={bad}"), 401)
    check_problem(server.get("/tokens/server", **bearer(mint("anna", lifetime=-120))), 401)


def test_with_open_routes_nobody_is_asked_for_a_token(example):
    assert example.get("/tokens/server", **bearer("anything")).json() == {"user": "nobody"}
