"""Which addresses a webhook may have, and where a name may lead at the moment of sending."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import re
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from mlflow_ext.errors import ValidationError
from mlflow_ext_server.alerting.address import AllowedAddresses, is_public, parsed
from mlflow_ext_server.alerting.post import BODY_BYTES, post
from mlflow_ext_server.alerting.signature import signature
from mlflow_ext_server.settings import ServerSettings

PUBLIC = "https://hooks.example.org/services/"
PRIVATE = "http://intranet.example:9000/"


def leading(*addresses: str) -> AllowedAddresses:
    """Allowed addresses whose names all lead there."""

    def resolve(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    return AllowedAddresses([PUBLIC], [PRIVATE], resolve)


@pytest.mark.parametrize(
    "url",
    [
        PUBLIC,
        "https://HOOKS.example.org:443/services/a/b?c=d",
        "https://hooks.example.org./services/a",
        f"{PRIVATE}any",
    ],
)
def test_what_begins_as_an_admin_listed_is_allowed(url: str) -> None:
    assert leading("93.184.216.34").check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/",
        "https://hooks.example.org/services",
        "https://hooks.example.org/services2",
        "https://hooks.example.org/services/../x",
        "https://hooks.example.org/services/%2e%2e/x",
        "https://hooks.example.org/services/a%2F..%2Fx",
        "https://hooks.example.org/services\\..\\x",
        "https://hooks.example.org.evil.example/services/",
        "https://user:secret@hooks.example.org/services/",
        "https://hooks.example.org:8443/services/",
        "http://hooks.example.org/services/",
        "ftp://hooks.example.org/services/",
        "https:///services/",
        "https://hooks.example.org:99999/services/",
        "https://hooks.example.org/services/ a",
        "https://hooks.example.org/services/\r\nX: y",
        "https://hooks.example.org/services/#x",
        "https://hооks.example.org/services/",
        "http://[::1",
        "",
    ],
)
def test_nothing_else_is(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        leading("93.184.216.34").check(url)
    assert caught.value.field == "url"


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_an_address_is_public_or_not_in_whatever_form(ip: str, expected: bool) -> None:
    assert is_public(ipaddress.ip_address(ip)) is expected


def test_a_name_may_not_lead_inside_even_with_one_of_its_addresses() -> None:
    assert leading("93.184.216.34").goal(PUBLIC).ip == "93.184.216.34"
    with pytest.raises(ValidationError, match=r"leads to 10\.0\.0\.1, which is not public"):
        leading("93.184.216.34", "10.0.0.1").goal(PUBLIC)


def test_only_what_was_listed_as_private_may_lead_inside() -> None:
    assert leading("10.0.0.1").goal(PRIVATE).ip == "10.0.0.1"
    with pytest.raises(ValidationError, match="which is not public"):
        leading("0.0.0.0").goal(PRIVATE)


def test_what_may_not_be_sent_to_gets_no_connection() -> None:
    done = post(leading("127.0.0.1"), PUBLIC, {}, b"{}")
    assert (done.delivered, done.status, done.again) == (False, None, False)
    assert "not public" in done.why
    assert "not sent: the body has" in post(leading("127.0.0.1"), PRIVATE, {}, b" " * (BODY_BYTES + 1)).why


def test_a_name_that_leads_nowhere_is_tried_again() -> None:
    def nowhere(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        raise socket.gaierror(-2, "Name or service not known")

    done = post(AllowedAddresses([PUBLIC], [], nowhere), PUBLIC, {}, b"{}")
    assert (done.delivered, done.again) == (False, True)
    assert done.why == "no answer: its name leads nowhere (gaierror: [Errno -2] Name or service not known)"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError("no"), "nobody listens there"),
        (TimeoutError("no"), "it took too long"),
        (ssl.SSLCertVerificationError("no"), "its certificate can't be trusted"),
        (ssl.SSLError("no"), "no secure connection came about"),
        (ConnectionResetError("no"), "the connection broke off"),
        (http.client.RemoteDisconnected("no"), "the connection broke off"),
        (http.client.BadStatusLine("no"), "what came back is no HTTP"),
        (OSError("no"), "the connection failed"),
    ],
)
def test_what_went_wrong_is_said_in_plain_words(error: Exception, said: str) -> None:
    def failing(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        raise error

    assert post(AllowedAddresses([PUBLIC], [], failing), PUBLIC, {}, b"{}").why.startswith(f"no answer: {said} (")


def test_a_request_names_the_host_and_the_whole_target() -> None:
    place = parsed("http://intranet.example:9000/a?b=c")
    assert (place.origin, place.target) == ("intranet.example:9000", "/a?b=c")
    assert parsed("https://[2001:db8::1]/").origin == "[2001:db8::1]"
    assert parsed("https://a.example").target == "/"


def test_the_signature_is_that_of_the_documentation() -> None:
    expected = hmac.new("ä secret".encode(), b"17.{}", hashlib.sha256).hexdigest()
    assert signature("ä secret", 17, b"{}") == f"v1={expected}"


def test_the_receiver_of_the_documentation_takes_what_is_signed_and_nothing_else() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text()
    code = next(block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "def genuine" in block)
    names: dict[str, Any] = {}
    exec(code, names)
    now = int(time.time())

    def headers(stamp: int, body: bytes) -> dict[str, str]:
        return {"X-MLflow-Ext-Timestamp": str(stamp), "X-MLflow-Ext-Signature": signature("secret", stamp, body)}

    assert names["genuine"]("secret", headers(now, b"{}"), b"{}")
    assert not names["genuine"]("secret", headers(now, b"{}"), b"{ }")
    assert not names["genuine"]("other", headers(now, b"{}"), b"{}")
    assert not names["genuine"]("secret", headers(now - 400, b"{}"), b"{}")


def test_settings_are_lists_of_addresses() -> None:
    read = ServerSettings.from_environment({"MLFLOW_EXT_WEBHOOK_ALLOW": f" {PUBLIC} ,,{PRIVATE}"})
    assert read.webhook_allow == (PUBLIC, PRIVATE)
    with pytest.raises(ValidationError, match="MLFLOW_EXT_WEBHOOK_ALLOW_PRIVATE: 'x' is no address"):
        ServerSettings.from_environment({"MLFLOW_EXT_WEBHOOK_ALLOW_PRIVATE": "x"})
