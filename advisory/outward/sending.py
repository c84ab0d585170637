"""One message sent to one address of the network, and nowhere else.

HTTPS only. Every address that the name stands for must be a public one, unless the installation allows that host
(`EVENKEEL_WEBHOOK_PRIVATE_HOSTS`); the connection then goes to the very address that was looked at, so that a name which
changes in between leads nowhere. Redirects are not followed, proxies not used, and of the answer only the first line is read.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from compliance.refusals import BadInput

SECONDS = 10
"""From looking the name up to the answer's first line."""
LINE_MAX = 4_096
URL_MAX = 500
PORT = 443
ALLOWED = re.compile(
    r"https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |$)")
NOT_TO = "A webhook goes to a public https address."


class NotSent(Exception):
    """The message did not get there, or the answer was none; the words are for the log of deliveries."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a URL leads: the host as it is written, the port, and what is asked for there."""

    host: str
    port: int
    target: str


def address_of(url: str) -> Address:
    """The parts of a URL. Raises `BadInput` for one that no webhook may have."""
    if len(url) > URL_MAX or not ALLOWED.fullmatch(url):
        raise BadInput(
            NOT_TO, "Write it as https://hooks.example.com/evenkeel, without a name or password in it."
        )
    parts = urlsplit(url)
    try:
        port = parts.port or PORT
    except ValueError as error:
        raise BadInput("The port is none.", "Leave it out, or write one up to 65535.") from error
    host = (parts.hostname or "").rstrip(".")
    if not _may_be_private(host):
        literal = _literal(host)
        if (literal is not None and not literal.is_global) or "." not in host or _is_of_this_machine(host):
            raise BadInput(f"{host} is inside the firm's network. {NOT_TO}", "Use a public address.")
    return Address(host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send one message and return the status of the answer. Raises `NotSent`."""
    until = time.monotonic() + SECONDS
    try:
        address = address_of(url)
    except BadInput as refusal:
        raise NotSent(str(refusal)) from refusal
    text = _request(address, body, headers)
    try:
        with (
            _connected(_resolved(address), address.port, until) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=address.host) as secure,
        ):
            secure.settimeout(_left(until))
            secure.sendall(text)
            return _status(secure, until)
    except TimeoutError as error:
        raise NotSent(f"no answer within {SECONDS} seconds") from error
    except ssl.SSLError as error:
        raise NotSent(f"the certificate or the connection is not trusted: {_words(error.reason)}") from error
    except OSError as error:
        raise NotSent(f"the connection failed: {_words(error.strerror)}") from error


def _resolved(address: Address) -> list[str]:
    """The addresses to connect to. Raises `NotSent` where any that the name stands for is not public."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent("the host name is not known") from error
    numbers = [str(one[4][0]) for one in found]
    if not numbers:
        raise NotSent("the host name is not known")
    if not _may_be_private(address.host) and not all(is_public(number) for number in numbers):
        raise NotSent("the host name leads inside the firm's network")
    return numbers


def _connected(numbers: Sequence[str], port: int, until: float) -> socket.socket:
    """A connection to the first of these addresses that takes one."""
    for number in numbers[:-1]:
        with suppress(OSError):
            return socket.create_connection((number, port), timeout=_left(until) / 2)
    return socket.create_connection((numbers[-1], port), timeout=_left(until))


def is_public(number: str) -> bool:
    """Whether an address of the network is one of the public internet, also where it carries another one inside."""
    found = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inside is None and found in ipaddress.ip_network("64:ff9b::/96"):
            inside = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inside is not None and not inside.is_global:
            return False
    return found.is_global and not found.is_multicast


def _request(address: Address, body: bytes, headers: Mapping[str, str]) -> bytes:
    host = address.host if address.port == PORT else f"{address.host}:{address.port}"
    lines = [
        f"POST {address.target} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: Evenkeel",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    assert not any(sign in line for line in lines for sign in "\r\n"), "a header is one line"
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _status(secure: ssl.SSLSocket, until: float) -> int:
    read = b""
    while b"\n" not in read and len(read) < LINE_MAX:
        secure.settimeout(_left(until))
        part = secure.recv(LINE_MAX - len(read))
        if not part:
            break
        read += part
    found = STATUS.match(read.partition(b"\n")[0].rstrip(b"\r"))
    if found is None:
        raise NotSent("the answer was not one of HTTP")
    return int(found.group(1))


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_of_this_machine(host: str) -> bool:
    return host.lower().endswith((".localhost", ".local", ".internal", ".localdomain"))


def _may_be_private(host: str) -> bool:
    return host.lower() in settings.WEBHOOK_PRIVATE_HOSTS


def _words(text: str | None) -> str:
    return (text or "no reason given")[:120]
