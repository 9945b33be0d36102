from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from mlflow_ext_server.origin import OriginRule

RULE = OriginRule(
    allowed=["https://lab.example", "https://*.trusted.example"], host_allowed=lambda host: host == "here"
)
HOST = {"host": "here:5000"}


def trouble(method: str, headers: dict[str, str], rule: OriginRule = RULE) -> str | None:
    return rule.trouble({"type": "http", "method": method}, Headers({**HOST, **headers}))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reads_come_from_anywhere(method):
    assert trouble(method, {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}) is None


@pytest.mark.parametrize(
    "origin",
    ["http://here:5000", "https://here:5000", "https://lab.example", "https://a.trusted.example"],
)
def test_writes_come_from_this_host_and_allowed_origins(origin):
    assert trouble("POST", {"origin": origin}) is None


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://here:5001",
        "http://here",
        "null",
        "",
        "file://here:5000",
        "http://here:5000.evil.example",
        "http://[",
        "https://trusted.example.evil.example",
        "http://localhost:8888",
    ],
)
def test_writes_from_any_other_page_are_refused(origin):
    assert trouble("POST", {"origin": origin, "authorization": "Basic x", "content-type": "application/json"})


@pytest.mark.parametrize(("origin", "host"), [("http://here", "here:80"), ("https://here:443", "here")])
def test_a_default_port_is_the_same_as_none(origin, host):
    assert trouble("POST", {"origin": origin, "host": host}) is None


def test_an_origin_that_is_no_address_does_not_match_a_host_that_is_none():
    assert trouble("POST", {"origin": "http://[", "host": "["})


@pytest.mark.parametrize(
    ("site", "refused"), [("same-origin", False), ("none", False), ("same-site", True), ("cross-site", True)]
)
def test_without_an_origin_the_browser_s_word_counts(site, refused):
    assert bool(trouble("POST", {"sec-fetch-site": site})) is refused


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, True),
        ({"content-type": "application/x-www-form-urlencoded"}, True),
        ({"content-type": "text/plain"}, True),
        ({"content-type": "application/json; charset=utf-8"}, False),
        ({"authorization": "Basic x"}, False),
    ],
)
def test_a_program_says_who_it_is_or_sends_json(headers, refused):
    assert bool(trouble("POST", headers)) is refused


def test_an_event_stream_is_held_to_the_rule_of_writes():
    stream = {"accept": "text/event-stream"}
    assert trouble("GET", {**stream, "origin": "https://evil.example"})
    assert trouble("GET", {**stream, "sec-fetch-site": "same-origin"}) is None


def test_a_websocket_needs_a_page_of_ours_and_a_known_host():
    def of_socket(headers: dict[str, str]) -> str | None:
        return RULE.trouble({"type": "websocket"}, Headers(headers))

    assert of_socket({"host": "here", "origin": "http://here"}) is None
    assert of_socket({"host": "here", "origin": "http://evil.example"})
    assert of_socket({"host": "here", "content-type": "application/json"})
    assert of_socket({"host": "evil.example", "origin": "http://evil.example"})


def test_a_star_allows_every_origin():
    rule = OriginRule(allowed=["*"], host_allowed=lambda _host: True)
    assert trouble("POST", {"origin": "https://anywhere.example"}, rule) is None


def test_it_is_off_with_mlflow_s_own_security():
    rule = OriginRule(allowed=[], host_allowed=lambda _host: False, off=True)
    assert trouble("POST", {"origin": "https://evil.example"}, rule) is None


def test_the_refusal_shows_the_cure_for_curl():
    assert "-H 'Content-Type: application/json'" in (trouble("DELETE", {}) or "")
