"""A server made of the library's public API alone answers by its own routes and by the hub's."""


def test_routes_of_the_program_and_of_the_hub_are_side_by_side(example):
    assert example.get("/hello").body == b"hello\n"
    stream = example.subscribe("a")
    identifier = example.publish("a", "one")
    assert stream.event().id == identifier
