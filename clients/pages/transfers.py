"""One transfer in kind: what was expected, what files showed, the lots on both sides, and what is still awaited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from clients import figures
from clients.models import Account, TaxLot, Transfer
from clients.pages import facts
from clients.pages.facts import Event
from clients.pages.lists import transfers as listed
from clients.transfers import distributed
from clients.transfers.distributed import Begins
from compliance.doors import pages
from compliance.doors.pages import DoorLink

DOORS = (
    "clients:transfer_correct",
    "clients:transfer_distribution_correct",
    "clients:transfer_gift_correct",
    "clients:transfer_end",
)


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot that left, or that arrived; `correct_url` leads to the door where its basis is carried over by two people."""

    acquired: str
    shares: str
    basis: str
    url: str
    correct_url: str = ""


@dataclass(frozen=True, slots=True)
class TransferPage:
    title: str
    state: str
    tone: str
    sentence: str
    household: str
    household_url: str
    facts: tuple[tuple[str, str], ...]
    movements: tuple[tuple[str, str, str], ...]
    left: tuple[LotRow, ...]
    arrived: tuple[LotRow, ...]
    doors: tuple[DoorLink, ...]
    events: tuple[Event, ...]


def show(user: Any, row: Transfer, *, on: date) -> TransferPage:
    """The page."""
    state, tone = listed.state_of(row, on=on)
    gone = _lots(row.from_account, row, is_gone=True)
    here = _lots(row.to_account, row, is_gone=False) if row.arrived_on else []
    begins = _begins(row, here, gone)
    parts = row.movements.select_related("movement__account").defer("movement__account__number")
    return TransferPage(
        title=str(row),
        state=state,
        tone=tone,
        sentence=sentence(row, on=on),
        household=row.household.name,
        household_url=reverse("clients:household", args=[row.household.public_id]),
        facts=tuple((label, text) for label, text in _facts(row) if text),
        movements=tuple(
            (
                figures.day(one.movement.traded_on),
                one.movement.account.name,
                f"{figures.quantity(abs(one.shares))} {'in' if one.shares > 0 else 'out'}",
            )
            for one in parts.order_by("movement__traded_on", "pk")
        ),
        left=tuple(_row(lot) for lot in gone),
        arrived=tuple(_row(lot, begins=begins.get(lot.pk)) for lot in here),
        doors=pages.links(DOORS, user, row),
        events=facts.history([row]),
    )


def sentence(row: Transfer, *, on: date) -> str:
    """What is awaited, since when and until when."""
    state = row.state
    if state in (Transfer.State.NO_BASIS, Transfer.State.COMPLETE) and row.kind != Transfer.Kind.TRANSFER:
        return _of_its_kind(row)
    if state == Transfer.State.NO_BASIS:
        assert row.arrived_on is not None, "the basis of what has arrived is awaited"
        assert row.basis_due_on is not None, "the basis of what has arrived is awaited"
        late = " They are over: ask the firm that sent the shares." if on > row.basis_due_on else ""
        return (
            f"Its basis is awaited since {figures.day(row.arrived_on)}. The fifteen days of the transfer statement end on "
            f"{figures.day(row.basis_due_on)} (Reg. 1.6045A-1).{late} Until then no lot of unknown basis is sold for a gain or a loss."
        )
    if state == Transfer.State.ENDED:
        return f"It ended: {row.end_reason}"
    if state == Transfer.State.COMPLETE:
        return "Files have shown it. Days and basis stay what they were; nothing was sold and nothing bought."
    if row.expected_on is not None and on > row.expected_on:
        return f"It was expected on {figures.day(row.expected_on)}, and no file shows all of it yet."
    return "A custodian’s file that shows the shares says that it is done."


def _of_its_kind(row: Transfer) -> str:
    """What follows from a distribution or a gift that files have shown."""
    if row.kind == Transfer.Kind.GIFT:
        return (
            "Files have shown that they left. No gain is recognized; the charity takes basis and days along. What was held for more "
            "than a year is deducted at its value, anything else at no more than its basis (IRC 170(e)(1)(A))."
        )
    if row.to_account is None:
        return "Files have shown that they left. Their basis begins with the value of that day (Treas. Reg. 1.408-4)."
    value = distributed.value_of(row)
    if value is None:
        return "Their basis is the value of that day, of which no price is on record: enter the price, or correct the lots."
    return (
        f"Their basis is the value of {figures.day(distributed.day_of(row))}, {figures.share_price(value.dollars)} a share "
        f"({value.source}), and a new holding period begins the day after (IRC 408(d)(1); Treas. Reg. 1.408-4)."
    )


def _begins(row: Transfer, here: list[TaxLot], gone: list[TaxLot]) -> dict[int, Begins]:
    """What the lots that have come should have, where files state it otherwise: by the kind of the transfer."""
    if row.kind == Transfer.Kind.DISTRIBUTION:
        return distributed.begins(row, here)
    by_shares = {lot.quantity: lot for lot in gone if lot.basis is not None}
    found = {}
    for lot in here:
        source = by_shares.get(lot.quantity)
        if lot.basis is None and source is not None and source.basis is not None:
            found[lot.pk] = Begins(
                source.acquired_on,
                source.basis,
                source.basis_status,
                f"Carried over by the transfer of {source}.",
            )
    return found


def _facts(row: Transfer) -> list[tuple[str, str]]:
    return [
        ("Kind", "" if row.kind == Transfer.Kind.TRANSFER else str(row.get_kind_display())),
        ("From", row.source),
        ("To", row.target),
        ("Shares", f"{figures.quantity(row.shares)} {row.security.symbol}"),
        ("Value of a share", "" if row.value is None else figures.share_price(row.value)),
        ("Expected on", figures.day(row.expected_on) if row.expected_on else ""),
        ("Left on", figures.day(row.left_on) if row.left_on else ""),
        ("Arrived on", figures.day(row.arrived_on) if row.arrived_on else ""),
        ("Basis known since", figures.day(row.basis_known_on) if row.basis_known_on else ""),
        ("Papers", row.document),
        ("Entered by", row.entered_by.get_full_name() if row.entered_by else "recognized from two files"),
    ]


def _lots(account: Account | None, row: Transfer, *, is_gone: bool) -> list[TaxLot]:
    if account is None:
        return []
    lots = TaxLot.objects.filter(account=account, security=row.security)
    day = row.left_on if is_gone else None
    found = lots.filter(closed_on__gte=day) if day else lots.filter(closed_on=None)
    return list(found.order_by("acquired_on", "pk"))


def _row(lot: TaxLot, *, begins: Begins | None = None) -> LotRow:
    url = ""
    if begins is not None:
        given = {
            "acquired_on": begins.acquired_on or "", "basis": begins.basis, "basis_status": begins.basis_status,
            "evidence": begins.evidence,
        }  # fmt: skip
        url = f"{reverse('clients:lot_correct', args=[lot.public_id])}?{urlencode(given)}"
    return LotRow(
        acquired=figures.day(lot.acquired_on) if lot.acquired_on else "unknown",
        shares=figures.quantity(lot.quantity),
        basis="unknown" if lot.basis is None else figures.money(lot.basis),
        url=reverse("clients:lot", args=[lot.public_id]),
        correct_url=url,
    )
