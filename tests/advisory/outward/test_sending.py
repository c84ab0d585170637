"""Where a webhook may go, and how a message is signed and sent."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from advisory.outward import sending, signing
from advisory.outward.sending import NotSent
from compliance.refusals import BadInput
from tests.advisory.outward.receiver import Receiver, a_receiver

PUBLIC, INSIDE = "93.184.215.14", "10.1.2.3"


@pytest.fixture
def receiver(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.WEBHOOK_PRIVATE_HOSTS = frozenset({"localhost"})
    with a_receiver(tmp_path) as found:
        monkeypatch.setenv("SSL_CERT_FILE", str(found.certificate))
        yield found


def leads_to(monkeypatch: pytest.MonkeyPatch, *numbers: str) -> list[Any]:
    """Every name stands for these addresses; returns what is then connected to, which is nothing real."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 443)) for number in numbers]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    connected: list[Any] = []

    def connect(where: Any, **_: Any) -> Any:
        connected.append(where)
        raise OSError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", connect)
    return connected


def test_the_scheme_is_the_one_of_standard_webhooks() -> None:
    """The example of the scheme's own libraries, which every receiver's library agrees with."""
    told = signing.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        keys=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        at=datetime.fromtimestamp(1_614_265_330, UTC),
    )

    assert told == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_message_arrives_as_it_was_signed(receiver: Receiver) -> None:
    status = sending.post(receiver.url, b'{"a":1}', {"webhook-id": "msg_1"})

    ((headers, body),) = receiver.got
    assert (status, body) == (204, b'{"a":1}')
    assert (headers["webhook-id"], headers["content-type"]) == ("msg_1", "application/json")


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [302]

    assert sending.post(receiver.url, b"{}", {}) == 302
    assert len(receiver.got) == 1


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(NotSent, match="not trusted"):
        sending.post(receiver.url, b"{}", {})
    assert receiver.got == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://",
        "https://user:word@hooks.example.com/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX: 1",
        "https://hooks.example.com/#part",
        "https://localhost/",
        "https://desk/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://hooks.example.com/" + "a" * 500,
    ],
)
def test_an_address_that_no_webhook_may_have_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        sending.address_of(url)
    with pytest.raises(NotSent):
        sending.post(url, b"{}", {})


@pytest.mark.parametrize(
    ("number", "public"),
    [
        (PUBLIC, True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        (INSIDE, False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.8", False),
        ("2002:0a00:0008::1", False),
        ("64:ff9b::a00:8", False),
        ("ff02::1", False),
    ],
)
def test_what_is_public(number: str, public: bool) -> None:
    assert sending.is_public(number) is public


@pytest.mark.parametrize("numbers", [(INSIDE,), (PUBLIC, INSIDE), (INSIDE, PUBLIC)])
def test_a_name_that_leads_inside_is_never_connected_to(
    numbers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = leads_to(monkeypatch, *numbers)

    with pytest.raises(NotSent, match="inside the firm's network"):
        sending.post("https://hooks.example.com/", b"{}", {})
    assert connected == []


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = leads_to(monkeypatch, PUBLIC)

    with pytest.raises(NotSent, match="the connection failed: Connection refused"):
        sending.post("https://hooks.example.com/", b"{}", {})
    assert connected == [(PUBLIC, 443)]


def test_a_receiver_that_says_nothing_is_given_up_in_time(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = frozenset({"localhost"})
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NotSent, match=r"no answer within 0\.3 seconds"):
            sending.post(f"https://localhost:{port}/", b"{}", {})
