"""Registers about clients: insiders and their windows, approvals of complex products, arranged trades."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from clients.models import (
    ArrangedTrade,
    Insider,
    InsiderWindow,
    ProductApproval,
)
from clients.registers.register import Register, Values
from compliance.actions import Action
from compliance.statements.reads import prepared


def _in_order(values: Values, on: date) -> str | None:
    ends_on = values.get("ends_on")
    return "It would end before it starts." if ends_on and ends_on < values["starts_on"] else None


def window_refusal(values: Values, on: date) -> str | None:
    """Why a window of an insider cannot be as it is entered."""
    if values["kind"] == InsiderWindow.Kind.BLACKOUT and values.get("shares_max") is not None:
        return "Nothing may be traded in a blackout. Leave the shares empty."
    return _in_order(values, on)


def arranged_refusal(values: Values, on: date) -> str | None:
    """Why an arranged trade cannot be as it is entered."""
    is_cross = values["counterparty"] == ArrangedTrade.Counterparty.CLIENT
    if is_cross != (values.get("other_account") is not None):
        return "A cross names the other client's account, and nothing else does."
    if is_cross and values["other_account"] == values["account"]:
        return "An account cannot trade with itself."
    return None


def _of_approval(row: ProductApproval) -> str:
    return f"{row.get_product_display()}{f' ({row.security.symbol})' if row.security else ''}"


INSIDERS = Register(
    name="insider",
    model=Insider,
    columns=("person", "issuer", "role", "starts_on", "ends_on", "source"),
    about=lambda row: row.person.household,
    words=str,
    entered=Action.INSIDER_ENTERED,
    changed=Action.INSIDER_CHANGED,
    ended=Action.INSIDER_ENDED,
    refusal=_in_order,
    kept=("person",),
)
WINDOWS = Register(
    name="insider_window",
    model=InsiderWindow,
    columns=("insider", "kind", "starts_on", "ends_on", "shares_max", "source"),
    about=lambda row: row.insider.person.household,
    words=lambda row: f"{row.get_kind_display()} of {row.insider.issuer}, {row.starts_on} to {row.ends_on}",
    entered=Action.INSIDER_WINDOW_ENTERED,
    changed=Action.INSIDER_WINDOW_CHANGED,
    ended=Action.INSIDER_WINDOW_ENDED,
    refusal=window_refusal,
    kept=("insider",),
)
APPROVALS = Register(
    name="product_approval",
    model=ProductApproval,
    columns=("household", "product", "security", "starts_on", "ends_on", "reason"),
    about=lambda row: row.household,
    words=_of_approval,
    entered=Action.PRODUCT_APPROVED,
    changed=Action.PRODUCT_APPROVAL_CHANGED,
    ended=Action.PRODUCT_APPROVAL_ENDED,
    refusal=_in_order,
    kept=("household",),
)
ARRANGED = Register(
    name="arranged_trade",
    model=ArrangedTrade,
    columns=(
        *("account", "security", "side", "counterparty", "other_account", "trade_on"),
        *("disclosed_on", "consented_on", "document"),
    ),
    about=lambda row: row.account.household,
    words=lambda row: (
        f"{row.get_side_display()} of {row.security.symbol} on {row.trade_on},"
        f" {row.get_counterparty_display().lower()}"
    ),
    entered=Action.ARRANGED_TRADE_ENTERED,
    changed=Action.ARRANGED_TRADE_CHANGED,
    ended=Action.ARRANGED_TRADE_ENDED,
    refusal=arranged_refusal,
    kept=("account", "security"),
)


def insiders(households: Collection[int], *, on: date) -> Iterator[tuple[int, Insider]]:
    """Who in these households, by key, is an insider of what on a day, with the windows that stand."""
    found = standing_insiders.rows(list(households), on)
    windows: Any = Prefetch("windows", queryset=WINDOWS.standing(), to_attr="standing_windows")
    prefetch_related_objects(found, windows)
    return ((row.person.household_id, row) for row in found if row.in_force(on))


@prepared
def standing_insiders(households: list[int], on: date) -> QuerySet[Insider]:
    """The rows of insiders since a day at the latest; who has ceased to be one is among them."""
    rows = INSIDERS.standing().filter(person__household__in=households, starts_on__lte=on)
    return rows.select_related("person").order_by("pk")


def approvals(households: Collection[int], *, on: date) -> Iterator[tuple[int, ProductApproval]]:
    """What complex products the clients of these households, by key, may hold on a day."""
    found = standing_approvals.rows(list(households), on)
    return ((row.household_id, row) for row in found if row.in_force(on))


@prepared
def standing_approvals(households: list[int], on: date) -> QuerySet[ProductApproval]:
    """The rows of approvals since a day at the latest; those that have ended are among them."""
    rows = APPROVALS.standing().filter(household__in=households, starts_on__lte=on)
    return rows.select_related("security").order_by("pk")


def arranged(households: Collection[int], *, on: date) -> Iterator[tuple[int, ArrangedTrade]]:
    """The arranged trades of these households' accounts on a day."""
    return ((row.account.household_id, row) for row in standing_arranged.rows(list(households), on))


@prepared
def standing_arranged(households: list[int], on: date) -> QuerySet[ArrangedTrade]:
    """The rows of arranged trades of a day."""
    rows = ARRANGED.standing().filter(account__household__in=households, trade_on=on)
    return rows.select_related("account", "security", "other_account").order_by("pk")
