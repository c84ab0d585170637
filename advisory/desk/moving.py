"""Transfers in kind that are late, as work of a home: shares that have not come, or a basis that has not."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from advisory.desk import work
from advisory.desk.work import Work
from clients.models import Transfer
from clients.pages.lists import transfers


def work_of(user: Any, *, today: date) -> tuple[Work, ...]:
    """The transfers of this person's scope that are waited for longer than they should be; one query."""
    (state, *_) = transfers.STATES
    rows = transfers.mine(user).filter(state.rows(today)).order_by("expected_on", "pk")
    found = [_row(one) for one in rows if transfers.is_overdue(one, on=today)]
    return work.at_most(found, "late transfers", reverse("clients:transfer_list"))


def _row(row: Transfer) -> Work:
    awaits_basis = row.state == Transfer.State.NO_BASIS
    return Work(
        what=f"The basis of {row.security.symbol} has not come"
        if awaits_basis
        else f"{row.security.symbol} has not come from {row.source}"
        if row.to_account_id
        else f"{row.security.symbol} has not left for {row.target}",
        whom=row.household.name,
        link="See the transfer",
        url=reverse("clients:transfer", args=[row.public_id]),
        why="The fifteen days of the transfer statement are over." if awaits_basis else "Its day is over.",
        since=row.arrived_on if awaits_basis else row.entered_at,
        due=row.basis_due_on if awaits_basis else row.expected_on,
    )
