"""One return's year in words: what it realized, what is not known, what it has to pay, and how far the next lines are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clients import figures
from clients.households import estimated_taxes
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from rebalancing.tax_ledger import expected
from rebalancing.tax_ledger.expected import Expected
from rebalancing.tax_ledger.ledgers import UnitYear
from rebalancing.tax_ledger.payments import Payments


@dataclass(frozen=True, slots=True)
class UnitCard:
    """One return's year: its figures in words, what is not known of it, and its doors."""

    name: str
    code: str
    figures: tuple[tuple[str, str], ...]
    unknown: str
    payments: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    room: tuple[str, ...]
    doors: tuple[DoorLink, ...]


def card(user: Any, one: UnitYear, to_come: Sequence[Expected]) -> UnitCard:
    """The card of a return, with what funds have announced."""
    told: list[tuple[str, str]] = []
    if one.profile is not None:
        told += [
            ("Short-term, recognized", figures.money(one.short, signed=True)),
            ("Long-term, recognized", figures.money(one.long, signed=True)),
            ("Capital-gain distributions", figures.money(one.profile.distributions_expected)),
            (
                "Losses carried in",
                f"{figures.money(one.profile.short_term_carryover)} short-term, "
                f"{figures.money(one.profile.long_term_carryover)} long-term",
            ),
        ]
        if one.before_short or one.before_long:
            told.append(
                (
                    "Of it before the record begins",
                    f"{figures.money(one.before_short, signed=True)} short-term, "
                    f"{figures.money(one.before_long, signed=True)} long-term",
                )
            )
    if one.sums.disallowed:
        told.append(("Losses disallowed", _disallowed(one)))
    if one.budget is not None and one.budget.limit is not None and one.budget.left is not None:
        told.append(
            (
                "Budget",
                f"{figures.money(one.budget.used)} of {figures.money(one.budget.limit)} used, "
                f"{figures.money(one.budget.left)} left",
            )
        )
    if one.taxes is not None:
        told += [
            (
                "Tax on the year’s gains",
                f"{figures.money(one.taxes.tax_on_gains)}, {figures.money(one.taxes.state_on_gains)} of it state",
            ),
            (
                f"Would carry into {one.year + 1}",
                f"{figures.money(one.taxes.carry_short)} short-term, {figures.money(one.taxes.carry_long)} long-term",
            ),
        ]
    named = [f"{each.piece.symbol} on {figures.day(each.piece.sold_on)}" for each in one.open_unknown]
    return UnitCard(
        name=one.unit.name,
        code=one.unit.code,
        figures=tuple(told),
        unknown=", ".join(dict.fromkeys(named)),
        payments=_payments(one),
        notes=(*_notes(one), *_to_come(one, to_come)),
        room=tuple(_room(one)),
        doors=_unit_doors(user, one),
    )


def _disallowed(one: UnitYear) -> str:
    parts = (
        (one.sums.reported_disallowed, "by custodians"),
        (one.sums.deferred, "moved into the basis of a replacement"),
        (one.sums.lost, "lost for good in an account that is not taxed"),
        (one.sums.recorded, "recorded beside another owner’s replacement"),
    )
    return ", ".join(f"{figures.money(amount)} {words}" for amount, words in parts if amount)


def _payments(one: UnitYear) -> tuple[tuple[str, str], ...]:
    found = one.payments
    if found is None:
        return ()
    needs = (
        "last year’s tax is not on record"
        if found.by_prior is None
        else f"or {figures.money(found.by_prior)} by last year’s tax"
    )
    return (
        ("Needed for the year", f"{figures.money(found.required)}: 90% of this year’s tax, {needs}"),
        (
            "Withheld and paid",
            "not on record"
            if one.estimated is None
            else f"{figures.money(found.withheld)} withheld, {figures.money(found.paid)} paid",
        ),
        ("Next payment", _next_payment(one, found)),
    )


def _next_payment(one: UnitYear, found: Payments) -> str:
    if found.due_on is None:
        return "none is left for the year"
    by = figures.day(found.due_on)
    if one.estimated is None:
        # Without what was withheld nobody can say what is still to be paid.
        return f"unknown until it is on record what was withheld and paid; the next day is {by}"
    return f"{figures.money(found.due)} by {by}" if found.due else f"nothing more by {by}"


def _notes(one: UnitYear) -> Iterator[str]:
    if one.profile is None:
        yield f"The tax profile of {one.year} is not on record, so no tax and no budget can be computed."
    for edge in one.edges:
        if edge.is_crossed:
            yield f"This year’s gains have crossed {edge.words}."
    if one.bears_parents_rate:
        yield "A child’s unearned income above the line bears the parents’ rate (IRC 1(g)); that tax is not computed."


def _room(one: UnitYear) -> Iterator[str]:
    for edge in one.edges:
        if not edge.is_crossed and edge.room is not None:
            yield f"{figures.money(edge.room, cents=False)} to {edge.words}"


def _to_come(one: UnitYear, to_come: Sequence[Expected]) -> Iterator[str]:
    """What funds have announced for the rest of the year, beside what the profile expects."""
    mine = [each for each in to_come if each.unit == one.unit.code]
    if not mine:
        return
    gains = expected.long_gains(mine, one.unit.code)
    named = ", ".join(f"{each.symbol} on {figures.day(each.ex_on)}" for each in mine)
    amount = "of an amount not announced yet" if gains is None else f"of {figures.money(gains)} long-term"
    yield f"Still to come from funds, {amount}: {named}. The profile expects {_profile_expects(one)} for the year."


def _profile_expects(one: UnitYear) -> str:
    return "nothing" if one.profile is None else figures.money(one.profile.distributions_expected)


def _unit_doors(user: Any, one: UnitYear) -> tuple[DoorLink, ...]:
    if one.estimated is not None:
        names = ("rebalancing:estimated_tax_correct", "rebalancing:estimated_tax_end")
        return doors.links(names, user, one.estimated)
    subject = estimated_taxes.UnitYear(one.unit, one.year)
    return doors.links(("rebalancing:estimated_tax_record",), user, subject)
