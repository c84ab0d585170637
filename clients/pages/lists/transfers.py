"""Transfers in kind across the firm: what is expected, what has come without its basis, what is complete."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access_facts, figures
from clients.models import Account, Transfer
from clients.pages.lists.record_list import RecordList, Shown, State, filters
from compliance.lists.asked import Kind
from compliance.lists.exports import Cell

_TAXED = Q(to_account__tax_treatment=Account.TaxTreatment.TAXABLE)
_SHOWN = (Q(from_account=None) | Q(left_on__isnull=False)) & (
    Q(to_account=None) | Q(arrived_on__isnull=False)
)
_NO_BASIS = Q(ended_at=None, arrived_on__isnull=False, basis_known_on=None) & _TAXED
_COMPLETE = Q(ended_at=None) & _SHOWN & ~(_TAXED & Q(basis_known_on=None))
STATES = (
    State("open", "Open", lambda _: Q(ended_at=None) & (~_SHOWN | _NO_BASIS)),
    State("expected", "Expected", lambda _: Q(ended_at=None) & ~_SHOWN),
    State("no_basis", "Basis awaited", lambda _: _NO_BASIS),
    State("complete", "Complete", lambda _: _COMPLETE),
    State("ended", "Ended without", lambda _: Q(ended_at__isnull=False)),
)
TONES = {
    Transfer.State.EXPECTED: "order",
    Transfer.State.UNDER_WAY: "order",
    Transfer.State.NO_BASIS: "attention",
    Transfer.State.COMPLETE: "plain",
    Transfer.State.ENDED: "plain",
}


def mine(user: Any) -> QuerySet[Transfer]:
    """The transfers of this person's scope, with what a row shows."""
    rows = access_facts.transfers_for(user)
    return rows.select_related("household", "security", "from_account", "to_account", "entered_by").defer(
        "from_account__number", "to_account__number"
    )


def state_of(row: Transfer, *, on: date) -> tuple[str, str]:
    """What has become of a transfer, and its tone."""
    state = row.state
    is_late = is_overdue(row, on=on)
    return str(state.label), "breach" if is_late else TONES[state]


def is_overdue(row: Transfer, *, on: date) -> bool:
    """Whether it is waited for longer than it should be: its day, or the fifteen days of its basis, are over."""
    state = row.state
    if state == Transfer.State.NO_BASIS:
        return row.basis_due_on is not None and on > row.basis_due_on
    is_open = state in (Transfer.State.EXPECTED, Transfer.State.UNDER_WAY)
    return is_open and row.expected_on is not None and on > row.expected_on


def of_account(rows: QuerySet[Transfer], name: str, value: str) -> QuerySet[Transfer]:
    """The transfers of one account, either way."""
    return rows.filter(Q(from_account__public_id=value) | Q(to_account__public_id=value))


def _cells(row: Transfer, on: date) -> tuple[Shown, ...]:
    state, tone = state_of(row, on=on)
    return (
        Shown(
            f"{figures.quantity(row.shares)} {row.security.symbol}",
            url=reverse("clients:transfer", args=[row.public_id]),
            note="" if row.kind == Transfer.Kind.TRANSFER else str(row.get_kind_display()),
        ),
        Shown(row.household.name, url=reverse("clients:household", args=[row.household.public_id])),
        Shown(row.source),
        Shown(row.target),
        Shown(figures.day(row.expected_on) if row.expected_on else "from files"),
        Shown(figures.day(row.arrived_on or row.left_on) if row.arrived_on or row.left_on else ""),
        Shown(
            figures.day(row.basis_known_on)
            if row.basis_known_on
            else f"due {figures.day(row.basis_due_on)}"
            if row.state == Transfer.State.NO_BASIS
            else ""
        ),
        Shown(state, tone=tone, note=row.end_reason),
    )


def _exported(row: Transfer) -> tuple[Cell, ...]:
    return (
        row.public_id, row.household.name, row.household.code, row.source, row.target, row.security.symbol, row.shares,
        row.expected_on, row.left_on, row.arrived_on, row.basis_known_on, row.basis_due_on, str(row.state),
        row.end_reason, str(row.kind),
    )  # fmt: skip


TRANSFERS = RecordList(
    kind=Kind(
        name="transfers",
        about=("transfer_list", "transfers"),
        filters=filters(
            STATES,
            household="household",
            account=django_filters.CharFilter(label="Account id", max_length=32, method=of_account),
        ),
        orderings={
            "expected": ("expected_on", "pk"),
            "household": ("household__name", "pk"),
        },
        usual="expected",
        defaults={"state": "open"},
        searched=("household__name", "household__code", "security__symbol", "elsewhere"),
    ),
    title="Transfers in kind",
    noun="transfer",
    lead="Shares that come from another firm, go to one, or change accounts. They are neither bought nor sold.",
    states=STATES,
    columns=(
        ("what", "What", False),
        ("household", "Household", False),
        ("source", "From", False),
        ("target", "To", False),
        ("expected", "Expected", False),
        ("shown", "Shown", False),
        ("basis", "Basis", False),
        ("standing", "State", False),
    ),
    mine=mine,
    cells=_cells,
    header=(
        "transfer", "household", "code", "from", "to", "symbol", "shares", "expected_on", "left_on", "arrived_on",
        "basis_known_on", "basis_due_on", "state", "reason", "kind",
    ),
    exported=_exported,
    empty="No transfer is open",
    empty_body="Expected transfers are entered on an account's page; pairs of journals are recognized from files.",
)  # fmt: skip
