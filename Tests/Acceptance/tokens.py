"""Tokens for tests, made by a library that nobody here wrote; all that were made are kept, to be searched for."""

import time

import jwt

# As long as HS512 needs.
SECRET = "a secret of the tests, which is long enough for each algorithm of HMAC that there is"

# Every token that a test made.
MINTED: list[str] = []


def mint(
    user: str | None = None,
    publish: tuple[str, ...] | list[str] = (),
    subscribe: tuple[str, ...] | list[str] = (),
    admin: bool = False,
    key=SECRET,
    algorithm: str = "HS256",
    kid: str | None = None,
    lifetime: float | None = 3600,
    claims: dict | None = None,
) -> str:
    """A token; `claims` adds to what is in it, or takes its place, and leaves out what is None there."""
    content = {"fanfare": {"publish": list(publish), "subscribe": list(subscribe), "admin": admin}}
    if user is not None:
        content["sub"] = user
    if lifetime is not None:
        content["exp"] = int(time.time() + lifetime)
    content = {name: value for name, value in (content | (claims or {})).items() if value is not None}
    token = jwt.encode(content, key, algorithm, headers={"kid": kid} if kid else None)
    MINTED.append(token)
    return token


def bearer(token: str) -> dict[str, str]:
    """The field that carries a token, as `Hub.request` takes it."""
    return {"Authorization": f"Bearer {token}"}
