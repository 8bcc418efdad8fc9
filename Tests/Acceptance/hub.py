"""What tests say to a running hub, in the hub's own words."""

import json
import ssl
from urllib.parse import quote, urlencode

import description
from hang_guard import wait_for
from raw_http import Answer, Connection, request
from server import Elsewhere, Server
from stream import Stream


class Hub:
    """A server and short ways to publish, subscribe and look; over TLS, if it is told what to trust."""

    def __init__(self, server: Server | Elsewhere, tls: ssl.SSLContext | None = None):
        self.server = server
        self.tls = tls

    @property
    def address(self) -> tuple[str, int]:
        return self.server.address

    @property
    def url(self) -> str:
        return self.server.url

    def connect(self, **options) -> Connection:
        return Connection(self.address, tls=self.tls, **options)

    def is_listening(self) -> bool:
        try:
            Connection(self.address).close()
            return True
        except ConnectionRefusedError:
            return False

    def get(self, target: str, **fields: str) -> Answer:
        return self.request("GET", target, **fields)

    def request(self, method: str, target: str, body: bytes | str | None = None, **fields: str) -> Answer:
        """Field names are written with `_` for `-`: `Last_Event_ID="…"`."""
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        answer = request(self.address, method, target, body, named, self.tls)
        if self.server.has_only_hub:
            description.check(method, target, answer)
        return answer

    def post(self, body: bytes | str, content_type: str | None = "application/json", **fields: str) -> Answer:
        if content_type is not None:
            fields["Content_Type"] = content_type
        return self.request("POST", "/publish", body, **fields)

    def publish(self, topic: str | list[str], data="", **members) -> str:
        """Publishes one event and gives its id."""
        key = "topics" if isinstance(topic, list) else "topic"
        answer = self.post(json.dumps({key: topic, "data": data} | members))
        assert answer.status == 201, (answer.status, answer.body)
        return answer.json()["id"]

    def subscribe(
        self,
        *topics: str,
        headers: dict[str, str] | None = None,
        receive_buffer: int | None = None,
        **parameters: str,
    ) -> Stream:
        query = urlencode([("topic", topic) for topic in topics] + list(parameters.items()))
        return Stream(
            self.address, f"/subscribe?{query}", headers, receive_buffer=receive_buffer, tls=self.tls
        )

    def connections(self, **filters: str) -> list[dict]:
        answer = self.get("/connections?" + urlencode({"limit": "1000"} | filters))
        assert answer.status == 200, answer.body
        return answer.json()["connections"]

    def topics(self) -> dict[str, dict]:
        answer = self.get("/topics?limit=1000")
        assert answer.status == 200, answer.body
        return {entry["topic"]: entry for entry in answer.json()["topics"]}

    def history(self, pattern: str, **parameters: str) -> dict:
        answer = self.get(f"/events?topic={quote(pattern, safe='')}&" + urlencode({"limit": "1000"} | parameters))
        assert answer.status == 200, answer.body
        return answer.json()

    def whole_history(self, pattern: str) -> list[dict]:
        """All pages put together."""
        events, after = [], {}
        while True:
            page = self.history(pattern, **after)
            assert page["gap"] is False
            events += page["events"]
            if page["next"] is None:
                return events
            after = {"after": page["next"]}

    def wait_for_connections(self, count: int, **filters: str) -> list[dict]:
        wait_for(lambda: len(self.connections(**filters)) == count, f"{count} connections are listed")
        return self.connections(**filters)


def check_problem(answer: Answer, status: int, *words: str) -> dict:
    """The answer is problem details of this status, whose detail holds each of the words; gives them."""
    assert answer.status == status, (answer.status, answer.body)
    assert answer.fields["content-type"].split(";")[0] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert isinstance(problem["type"], str) and problem["type"]
    assert isinstance(problem["title"], str) and problem["title"]
    assert isinstance(problem["detail"], str) and problem["detail"]
    for word in words:
        assert word in problem["detail"], problem
    return problem
