"""What custodians restated, across the firm: each lot or sale before and after, and what it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access_facts, figures
from clients.models import Restatement
from clients.pages.lists.record_list import RecordList, Shown, State, filters
from compliance.lists.asked import Kind
from compliance.lists.exports import Cell

STATES = (
    State("asks", "To be explained", lambda _: Q(seen_at=None, cause__in=Restatement.ASKS)),
    State("routine", "Routine", lambda _: Q(seen_at=None) & ~Q(cause__in=Restatement.ASKS)),
    State("seen", "Explained", lambda _: Q(seen_at__isnull=False)),
)


def mine(user: Any) -> QuerySet[Restatement]:
    """The restatements of this person's scope, with what a row shows."""
    rows = access_facts.restatements_for(user).select_related(
        "account__household", "security", "gain", "lot", "source_file", "seen_by"
    )
    return rows.defer("account__number", "source_file__content")


def state_of(row: Restatement) -> tuple[str, str]:
    """What has become of a restatement, and its tone."""
    if row.seen_at is not None:
        return str(row.get_seen_as_display()), "plain"
    return ("To be explained", "attention") if row.asks else ("Routine", "plain")


def differences(row: Restatement) -> list[tuple[str, str, str]]:
    """What is other, before and after, in words."""
    told = [
        ("Shares", _shares(row.was_quantity), _shares(row.quantity)),
        ("Basis", _money(row.was_basis), _money(row.basis)),
        ("Held since", _day(row.was_acquired_on), _day(row.acquired_on)),
    ]
    if row.gain is not None:
        told += [
            ("Loss disallowed", _money(row.was_disallowed), _money(row.disallowed)),
            ("Term", row.get_was_term_display() or "not known", row.get_term_display() or "not known"),
            ("Gain", _money(row.gain_before), _money(row.gain_after)),
        ]
    else:
        if row.was_quantity is None:
            told = [(label, "not listed", after) for label, _, after in told]
        if row.quantity is None:
            told = [(label, before, "no longer listed") for label, before, _ in told]
    return [one for one in told if one[1] != one[2]]


def effect(row: Restatement) -> str:
    """What it does to the year's gains, in words; nothing for a lot, of which nothing was sold."""
    if row.gain is None:
        return ""
    short, long = row.effects
    parts = [
        f"{label} {figures.money(change, signed=True)}"
        for label, change in (("short-term", short), ("long-term", long))
        if change
    ]
    return f"{row.gain.sold_on.year}: {', '.join(parts)}" if parts else ""


def _cells(row: Restatement, on: date) -> tuple[Shown, ...]:
    state, tone = state_of(row)
    what = f"Sale of {row.security.symbol}" if row.gain_id else f"Lot of {row.security.symbol}"
    told = "; ".join(f"{label.lower()} {before} → {after}" for label, before, after in differences(row))
    return (
        Shown(what, url=reverse("rebalancing:restatement", args=[row.public_id])),
        Shown(
            row.account.household.name,
            url=reverse("clients:household", args=[row.account.household.public_id]),
            note=row.account.name,
        ),
        Shown(told),
        Shown(row.get_cause_display()),
        Shown(effect(row) or "nothing sold"),
        Shown(figures.day(row.as_of_on), note="a day already on record" if row.is_past_day else ""),
        Shown(state, tone=tone, note=row.seen_by.get_full_name() if row.seen_by else ""),
    )


def _exported(row: Restatement) -> tuple[Cell, ...]:
    short, long = row.effects
    return (
        row.public_id, row.account.household.name, row.account.household.code, row.account.public_id,
        row.security.symbol, "sale" if row.gain_id else "lot", row.cause, row.as_of_on, row.is_past_day,
        row.was_quantity, row.quantity, row.was_basis, row.basis, row.was_acquired_on, row.acquired_on,
        short, long, row.found_at, row.seen_as, row.seen_note,
    )  # fmt: skip


def _shares(quantity: Decimal | None) -> str:
    return "none" if quantity is None else figures.quantity(quantity)


def _money(amount: Decimal | None) -> str:
    return "unknown" if amount is None else figures.money(amount)


def _day(on: date | None) -> str:
    return "unknown" if on is None else figures.day(on)


RESTATEMENTS = RecordList(
    kind=Kind(
        name="restatements",
        about=("restatement_list", "restatements"),
        filters=filters(
            STATES,
            household="account__household",
            cause=django_filters.ChoiceFilter(choices=Restatement.Cause.choices, label="Why"),
            account=django_filters.CharFilter(
                field_name="account__public_id", label="Account id", max_length=32
            ),
        ),
        orderings={
            "found": ("found_at", "pk"),
            "household": ("account__household__name", "pk"),
        },
        usual="-found",
        defaults={"state": "asks"},
        searched=("account__household__name", "account__household__code", "security__symbol", "account__name"),
        first_down=frozenset({"found"}),
    ),
    title="Restatements",
    noun="restatement",
    lead="Lots and past sales that a custodian’s file states otherwise than the record had them, and what they were.",
    states=STATES,
    columns=(
        ("what", "What", False),
        ("household", "Household", False),
        ("difference", "Before → after", False),
        ("cause", "Why", False),
        ("effect", "Gains of the year", False),
        ("found", "File of", False),
        ("standing", "State", False),
    ),
    mine=mine,
    cells=_cells,
    header=(
        "restatement", "household", "code", "account", "symbol", "what", "cause", "as_of_on", "past_day",
        "shares_before", "shares", "basis_before", "basis", "held_since_before", "held_since", "short_change",
        "long_change", "found_at", "seen_as", "note",
    ),
    exported=_exported,
    empty="Nothing was restated",
    empty_body="They are found while a custodian’s file is loaded.",
    more=("cause",),
)  # fmt: skip
