"""Distributions that funds have announced or paid: what buyers should know before the ex-day, and taxes after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from clients.models import FundDistribution
from clients.models.market_facts import CHARACTERS
from clients.registers.register import Register, Values
from compliance.actions import Action
from compliance.statements.reads import prepared

LATEST_DAYS = 400


def refusal(values: Values, on: date) -> str | None:
    """Why a distribution cannot be as it is entered."""
    ex_on, record_on, pay_on = values["ex_on"], values.get("record_on"), values.get("pay_on")
    if (ex_on - on).days > LATEST_DAYS:
        return "The ex-day is more than a year ahead."
    if record_on and abs((record_on - ex_on).days) > 10:
        return "The record day and the ex-day are more than ten days apart."
    if pay_on and pay_on < ex_on:
        return "It would be paid before its ex-day."
    if all(values.get(name) is None for name in (*CHARACTERS, "share_of_price")):
        return "Give at least one amount a share, or the whole as a share of the price."
    return None


def told(values: Values) -> str:
    """`ZUS, ex-day 2026-12-15, $1.25 a share`."""
    known = [amount for name in CHARACTERS if (amount := values.get(name)) is not None]
    amount = (
        f"${sum(known).normalize():f} a share"
        if known
        else f"{(values.get('share_of_price') or 0) * 100:.2f}% of the price"
    )
    estimated = "" if values.get("is_final") else ", estimated"
    return f"{values['security'].symbol}, ex-day {values['ex_on']}, {amount}{estimated}"


def words(row: FundDistribution) -> str:
    """A distribution in a few words."""
    return told(REGISTER.values_of(row))


REGISTER = Register(
    name="fund_distribution",
    model=FundDistribution,
    columns=(
        *("security", "ex_on", "record_on", "pay_on", *CHARACTERS),
        *("share_of_price", "is_final", "source"),
    ),
    about=lambda row: row.security,
    words=words,
    entered=Action.DISTRIBUTION_ENTERED,
    changed=Action.DISTRIBUTION_CHANGED,
    ended=Action.DISTRIBUTION_ENDED,
    refusal=refusal,
    kept=("security",),
)


def announced(
    securities: Collection[int] | None = None, *, since: date, until: date
) -> dict[int, list[FundDistribution]]:
    """The standing distributions of these securities (None: all) with an ex-day from `since` to `until`, soonest first, by
    security.
    """
    found: dict[int, list[FundDistribution]] = {}
    rows: Iterable[FundDistribution]
    if securities is None:
        rows = of_days.rows(since, until)
    else:
        rows = of_days(since, until).filter(security__in=securities)
    for row in rows:
        found.setdefault(row.security_id, []).append(row)
    return found


@prepared
def of_days(since: date, until: date) -> QuerySet[FundDistribution]:
    """The standing distributions of every fund with an ex-day from `since` to `until`, soonest first."""
    rows = REGISTER.standing().filter(ex_on__gte=since, ex_on__lte=until)
    return rows.select_related("security").order_by("ex_on", "pk")


def of_day(security: Any, ex_on: date) -> FundDistribution | None:
    """The standing distribution of a fund on an ex-day."""
    found: FundDistribution | None = REGISTER.standing().filter(security=security, ex_on=ex_on).first()
    return found
