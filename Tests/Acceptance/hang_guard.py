"""Waiting for a condition. The guard is there so that a failure ends; no test measures time with it."""

import time
from collections.abc import Callable

GUARD = 30.0


def wait_for(condition: Callable[[], object], what: str):
    """The first true value of `condition`; fails with `what` if it stays false until the guard runs out."""
    deadline = time.monotonic() + GUARD
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.01)
