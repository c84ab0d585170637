"""What is asked of FIX sessions: a session, what has to be so before each door, and what is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.factories import fix_messages


def _session() -> Any:
    from rebalancing.models import FixSession

    return FixSession.objects.order_by("pk").first() or fix_messages.session(is_enabled=False, is_wanted=True)


def _is(**values: Any) -> Callable[[Any], None]:
    def so(firm: Any) -> None:
        from rebalancing.models import FixSession

        FixSession.objects.filter(pk=_session().pk).update(**values)

    return so


def _message(firm: Any) -> Any:
    from rebalancing.fix import inbox
    from rebalancing.models import FixInbox

    inbox.set_aside(
        _session().pk, epoch=1, number=2, raw="35=8\x01", why="Set aside: unreadable.", at=fix_messages.AT
    )
    return FixInbox.objects.get()


OBJECTS: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("fix/", "public_id", lambda firm: _session().public_id),
    ("fix-messages/", "public_id", lambda firm: _message(firm).public_id),
)
_BEFORE = {
    "enable": _is(is_enabled=False),
    "disable": _is(is_enabled=True),
    "log_on": _is(is_enabled=True, is_wanted=False),
    "log_off": _is(is_enabled=True, is_wanted=True),
    "reset": _is(is_reset_wanted=False),
    "retire": _is(is_enabled=False),
}
BEFORE: dict[str, Callable[[Any], None]] = {
    **{f"rebalancing:fix_session_{name}": before for name, before in _BEFORE.items()},
    **{f"api:fix-session-{name.replace('_', '-')}": before for name, before in _BEFORE.items()},
}
_ADDRESS = {
    "our_comp_id": "EVENKEEL",
    "their_comp_id": "ELSEWHERE",
    "host": "fix.example.com",
    "port": "9880",
    "uses_tls": "on",
    "block_account": "",
}
_BODIES: dict[str, dict[str, str]] = {
    "make": {**_ADDRESS, "name": "Another", "custodian": "schwab", "heartbeat_seconds": "30"},
    "change": {"name": "Renamed", "heartbeat_seconds": "20"},
    "readdress": _ADDRESS,
    "disable": {"reason": "The broker changes its address."},
    "reset": {"reason": "The broker has begun again."},
    "retire": {"reason": "The firm has left this broker."},
}
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "rebalancing:fix_message_settle": lambda firm: {"reason": "Entered by hand."},
    "api:fix-message-settle": lambda firm: {"reason": "Entered by hand."},
    **{
        f"rebalancing:fix_session_{name}": lambda firm, body=body: dict(body)
        for name, body in _BODIES.items()
    },
    **{f"api:fix-session-{name}": lambda firm, body=body: dict(body) for name, body in _BODIES.items()},
}
