"""Which addresses a webhook may have: those that an admin listed, and where their names lead."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from mlflow_ext.errors import ValidationError

ALLOW, ALLOW_PRIVATE = "MLFLOW_EXT_WEBHOOK_ALLOW", "MLFLOW_EXT_WEBHOOK_ALLOW_PRIVATE"
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")  # beyond ASCII a name comes as xn--
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Place(NamedTuple):
    """The parts of an address."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def origin(self) -> str:
        """What a request names as its host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """What a request asks for."""
        return self.path + (f"?{self.query}" if self.query else "")


class Goal(NamedTuple):
    """Where to connect for an address that is allowed."""

    place: Place
    ip: str


def parsed(url: str, field: str = "url") -> Place:
    """An address in its parts.

    Raises:
        ValidationError: it is none of http or https, or one that two programs may read in two ways.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValidationError(f"{field}: {url!r} is no address: {error}.", field=field) from error
    host = (parts.hostname or "").lower().rstrip(".")
    if parts.scheme not in _PORTS or not host:
        raise ValidationError(f"{field}: {url!r} is no address of http or https.", field=field)
    if not url.isascii() or not url.isprintable() or re.search(r"[\s\\]", url) or not _HOST.fullmatch(host):
        raise ValidationError(f"{field}: {url!r} holds characters that belong in no address.", field=field)
    if "@" in parts.netloc or parts.fragment:
        raise ValidationError(f"{field}: leave user, password and fragment out of the address.", field=field)
    if any(unquote(step) in (".", "..") or "/" in unquote(step) for step in parts.path.split("/")):
        raise ValidationError(f"{field}: leave . and .. and %2F out of the path.", field=field)
    return Place(parts.scheme, host, port or _PORTS[parts.scheme], parts.path or "/", parts.query)


class AllowedAddresses:
    """Addresses that the server's settings allow.

    Args:
        public: beginnings of addresses, such as ``https://hooks.example.org/services/``.
        private: the same; these alone may lead to addresses that are not public, such as 127.0.0.1 or 10.0.0.7.
        resolve: gives the IP addresses of a host's name, as ``socket.getaddrinfo`` does.
    """

    def __init__(
        self,
        public: Iterable[str] = (),
        private: Iterable[str] = (),
        resolve: Callable[..., list[tuple[object, ...]]] = socket.getaddrinfo,  # type: ignore[assignment]
    ) -> None:
        self._public = [parsed(one, ALLOW) for one in public]
        self._private = [parsed(one, ALLOW_PRIVATE) for one in private]
        self._resolve = resolve

    def check(self, url: str) -> Place:
        """The parts of an address, if a webhook may have it.

        Raises:
            ValidationError: it is none, or not among those allowed.
        """
        place = parsed(url)
        if any(_begins(place, one) for one in [*self._public, *self._private]):
            return place
        raise ValidationError(
            f"url: {place.scheme}://{place.origin}/ is not among the addresses that this server may send to. An admin "
            f"adds its beginning to the server's setting {ALLOW}, or {ALLOW_PRIVATE} for a private network, and starts "
            "the server again.",
            field="url",
        )

    def goal(self, url: str) -> Goal:
        """Where to connect for an address, looked up at this moment.

        Raises:
            ValidationError: the address is not allowed, or its name leads to one that is not.
            OSError: its name leads nowhere.
        """
        place = self.check(url)
        found = self._resolve(place.host, place.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))  # type: ignore[index]
        open_ = any(_begins(place, one) for one in self._private)
        for one in addresses:
            ip = ipaddress.ip_address(one)
            if ip.is_multicast or ip.is_unspecified or not (open_ or is_public(ip)):
                raise ValidationError(
                    f"url: {place.host} leads to {one}, which is not public; {ALLOW_PRIVATE} may allow it.", field="url"
                )
        return Goal(place, addresses[0])


def is_public(ip: IpAddress) -> bool:
    """Whether an IP address belongs to the internet, and none in another one's clothes does not."""
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inside is not None:
            return is_public(inside)
    return ip.is_global and not ip.is_multicast


def _begins(place: Place, allowed: Place) -> bool:
    if place[:3] != allowed[:3]:
        return False
    path = allowed.path if allowed.path.endswith("/") else f"{allowed.path}/"
    return place.path == allowed.path or place.path.startswith(path)
