"""FIX sessions as facts: made, changed, enabled and disabled by people. What the FIX process notes on the row is its own."""

from __future__ import annotations

import ipaddress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from compliance.audit_trail import audit
from compliance.audit_trail.seals import Thing
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.models import FixSession


@dataclass(frozen=True, slots=True)
class Address:
    """Where a session connects and who it says it is."""

    our_comp_id: str
    their_comp_id: str
    host: str
    port: int
    uses_tls: bool
    block_account: str = ""


def make(
    *,
    name: str,
    custodian: str,
    heartbeat_seconds: int,
    address: Address,
    user_id: int | None,
    by: Actor,
    at: datetime,
) -> FixSession:
    """Put a session on record; it connects only once it is enabled. Raises `BadInput` or `Conflict`."""
    _require_safe(address)
    with transaction.atomic():
        _require_free(name=name, address=address, but=None)
        row = FixSession.objects.create(
            name=name,
            custodian=custodian,
            heartbeat_seconds=heartbeat_seconds,
            made_at=at,
            made_by_id=user_id,
            epoch_began_at=at,
            **asdict(address),
        )
        audit.record(
            audit.Action.FIX_SESSION_MADE,
            about=row,
            by=by,
            at=at,
            sealing=_sealed(row),
            name=name,
            custodian=custodian,
            heartbeat_seconds=heartbeat_seconds,
            **_shown(address),
        )
    return row


def change(row: FixSession, *, name: str, heartbeat_seconds: int, by: Actor, at: datetime) -> FixSession:
    """Rename it or change its heartbeat."""
    with transaction.atomic():
        row = _locked(row)
        _require_free(name=name, address=None, but=row)
        before = {"name": row.name, "heartbeat_seconds": row.heartbeat_seconds}
        row.name, row.heartbeat_seconds = name, heartbeat_seconds
        row.save(update_fields=("name", "heartbeat_seconds"))
        audit.record(
            audit.Action.FIX_SESSION_CHANGED,
            about=row,
            by=by,
            at=at,
            sealing=_sealed(row),
            before=before,
            name=name,
            heartbeat_seconds=heartbeat_seconds,
        )
    return row


def readdress(row: FixSession, address: Address, *, by: Actor, at: datetime) -> FixSession:
    """Connect elsewhere, or under other CompIDs. A second person has agreed."""
    _require_safe(address)
    with transaction.atomic():
        row = _locked(row)
        _require_free(name=None, address=address, but=row)
        before = _shown(address_of(row))
        for name, value in asdict(address).items():
            setattr(row, name, value)
        row.save(update_fields=tuple(asdict(address)))
        audit.record(
            audit.Action.FIX_SESSION_READDRESSED,
            about=row,
            by=by,
            at=at,
            sealing=_sealed(row),
            before=before,
            **_shown(address),
        )
    return row


def enable(row: FixSession, *, by: Actor, at: datetime) -> FixSession:
    """Let it log on and receive blocks of its custodian. Raises `Conflict` while another one serves it."""
    with transaction.atomic():
        row = _locked(row)
        if row.is_enabled:
            raise Conflict("This session is enabled already.", "There is nothing to do.")
        other = FixSession.objects.filter(custodian=row.custodian, is_enabled=True).first()
        if other is not None:
            raise Conflict(
                f"{other.name} serves {row.get_custodian_display()} already.", "Disable that session first."
            )
        row.is_enabled = row.is_wanted = True
        row.save(update_fields=("is_enabled", "is_wanted"))
        audit.record(audit.Action.FIX_SESSION_ENABLED, about=row, by=by, at=at, sealing=_sealed(row))
    return row


def disable(row: FixSession, *, reason: str, by: Actor, at: datetime) -> FixSession:
    """Log out, and send nothing more. What waits in its outbox stays there."""
    with transaction.atomic():
        row = _locked(row)
        if not row.is_enabled:
            raise Conflict("This session is not enabled.", "There is nothing to do.")
        row.is_enabled = False
        row.save(update_fields=("is_enabled",))
        audit.record(
            audit.Action.FIX_SESSION_DISABLED, about=row, by=by, at=at, sealing=_sealed(row), reason=reason
        )
    return row


def log_on(row: FixSession, *, by: Actor, at: datetime) -> FixSession:
    """Have it logged on."""
    return _want(row, True, audit.Action.FIX_LOGON_ASKED, by=by, at=at)


def log_off(row: FixSession, *, by: Actor, at: datetime) -> FixSession:
    """Have it logged off for now. It stays enabled: blocks for it wait in the outbox."""
    return _want(row, False, audit.Action.FIX_LOGOFF_ASKED, by=by, at=at)


def reset(row: FixSession, *, reason: str, by: Actor, at: datetime) -> FixSession:
    """Begin at number 1 again with the next logon, on both sides. A second person has agreed.

    What was received stays known under the old numbers. A report that neither side can ask for any more is lost by
    this, so it is for a session that the broker has reset, or asks to be reset.
    """
    with transaction.atomic():
        row = _locked(row)
        if row.is_reset_wanted:
            raise Conflict("The next logon resets the numbers already.", "There is nothing to do.")
        row.is_reset_wanted = True
        row.save(update_fields=("is_reset_wanted",))
        audit.record(
            audit.Action.FIX_RESET_ASKED,
            about=row,
            by=by,
            at=at,
            reason=reason,
            next_in=row.next_in,
            next_out=row.next_out,
        )
    return row


def retire(row: FixSession, *, reason: str, by: Actor, at: datetime) -> FixSession:
    """Take a session out of use for good. Raises `Conflict` while it is enabled or messages wait."""
    with transaction.atomic():
        row = _locked(row)
        if row.is_enabled:
            raise Conflict("This session is enabled.", "Disable it first.")
        if (
            row.inbox.filter(done_at=None).exists()
            or row.outbox.filter(sent_at=None, withheld_at=None).exists()
        ):
            raise Conflict("Messages of this session still wait.", "Let them be taken or sent first.")
        row.retired_at, row.retire_reason = at, reason
        row.save(update_fields=("retired_at", "retire_reason"))
        audit.record(
            audit.Action.FIX_SESSION_RETIRED, about=row, by=by, at=at, sealing=_sealed(row), reason=reason
        )
    return row


def address_of(row: FixSession) -> Address:
    """Where it connects now."""
    return Address(
        our_comp_id=row.our_comp_id,
        their_comp_id=row.their_comp_id,
        host=row.host,
        port=row.port,
        uses_tls=row.uses_tls,
        block_account=row.block_account or "",
    )


def is_on_this_machine(host: str) -> bool:
    """Whether a connection to a host never leaves the machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _want(row: FixSession, wanted: bool, action: audit.Action, *, by: Actor, at: datetime) -> FixSession:
    with transaction.atomic():
        row = _locked(row)
        if not row.is_enabled:
            raise Conflict("This session is not enabled.", "Enable it first.")
        if row.is_wanted == wanted:
            raise Conflict(
                f"The desk wants it logged {'on' if wanted else 'off'} already.", "There is nothing to do."
            )
        row.is_wanted = wanted
        row.save(update_fields=("is_wanted",))
        audit.record(action, about=row, by=by, at=at, sealing=_sealed(row))
    return row


def _sealed(row: FixSession) -> list[Thing]:
    return [("fix_session", row.pk)]


def _locked(row: FixSession) -> FixSession:
    found: FixSession = FixSession.objects.select_for_update().get(pk=row.pk)
    if found.retired_at is not None:
        raise Conflict("This session is retired.", "Make a new one.")
    return found


def _require_safe(address: Address) -> None:
    if not address.uses_tls and not is_on_this_machine(address.host):
        raise BadInput(
            "Orders leave this machine encrypted only.",
            "Use TLS, or connect to a program on this machine that does.",
        )


def _require_free(*, name: str | None, address: Address | None, but: FixSession | None) -> None:
    others = FixSession.objects.filter(retired_at=None)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if name is not None and others.filter(name=name).exists():
        raise Conflict(f"There is a session {name} already.", "Choose another name.")
    if (
        address is not None
        and others.filter(our_comp_id=address.our_comp_id, their_comp_id=address.their_comp_id).exists()
    ):
        raise Conflict("Another session has these CompIDs.", "CompIDs name one session.")


def _shown(address: Address) -> dict[str, Any]:
    """The address as the trail has it: an account number by its last four digits."""
    values = asdict(address)
    number = values.pop("block_account")
    return {**values, "block_account": f"…{number[-4:]}" if number else ""}
