"""A household's required distributions in a year, with the computation step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from clients import figures
from clients.models import Account, Household
from compliance.doors import pages
from compliance.doors.pages import DoorLink
from compliance.firm import firm_settings
from rebalancing import market_days
from rebalancing.distributions import distributions
from rebalancing.distributions.distributions import Required, State
from rebalancing.distributions.pools import Asked, Member, Missing
from rebalancing.portfolios import portfolios
from rebalancing.triggers import measures

ZERO = Decimal(0)
RECORD, TERMS = "clients:distribution_figure_record", "clients:distribution_terms_record"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the computation: what it is, its value, where it comes from."""

    label: str
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is missing, and the form that cures it."""

    sentence: str
    link: str
    url: str


@dataclass(frozen=True, slots=True)
class InKind:
    """A holding that could be moved instead of sold: its class is below target, and the client has a taxable account."""

    symbol: str
    asset_class: str
    value: str
    account: str
    to: str


@dataclass(frozen=True, slots=True)
class PoolCard:
    """One pool of one owner."""

    heading: str
    state: str
    tone: str
    sentence: str
    steps: tuple[Step, ...]
    asking: tuple[Asking, ...]
    parts: tuple[tuple[str, str], ...]
    excise: tuple[str, str] | None
    in_kind: tuple[InKind, ...]
    taken: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class DistributionsPage:
    household: str
    household_url: str
    list_url: str
    year: int
    years: tuple[tuple[int, str, bool], ...]
    heading: str
    cards: tuple[PoolCard, ...]
    doors: tuple[DoorLink, ...]


def show(user: Any, household: Household, *, year: int | None, at: datetime) -> DistributionsPage:
    """The page of one year; the present one where none is asked for."""
    today = market_days.new_york_date(at)
    year = year or today.year
    found = distributions.of([household], year=year, on=today, figures=firm_settings.in_force(on=today))
    address = reverse("rebalancing:distributions", args=[household.public_id])
    offers = _offers(household, found, at=at)
    doors = pages.links((RECORD,), user, household)
    return DistributionsPage(
        household=household.name,
        household_url=reverse("clients:household", args=[household.public_id]),
        list_url=reverse("rebalancing:distribution_list"),
        year=year,
        years=tuple(
            (each, f"{address}?{urlencode({'year': each})}", each == year)
            for each in (today.year - 1, today.year, today.year + 1)
        ),
        heading=heading(found, year=year),
        cards=tuple(_card(one, offers, may_enter=bool(doors)) for one in found),
        doors=doors,
    )


def heading(found: list[Required], *, year: int) -> str:
    """What is open, in one line."""
    left = sum((one.settled.remaining or ZERO for one in found), ZERO)
    if not found:
        return f"Nobody has to take a distribution in {year}"
    if any(one.state is State.MISSING for one in found):
        return "Something is missing to compute what must be taken"
    return f"{figures.money(left)} still to be taken" if left else "Everything required has been taken"


def _card(one: Required, offers: tuple[tuple[Account, InKind], ...], *, may_enter: bool) -> PoolCard:
    pool, settled = one.pool, one.settled
    payers = pool.accounts
    return PoolCard(
        heading=f"{pool.owner.name}: {pool.name}, {pool.year}",
        state=one.state.label,
        tone=one.state.tone,
        sentence=sentence(one),
        steps=tuple(_steps(one)),
        asking=tuple(_asking(one, missing, may_enter=may_enter) for missing in pool.missing),
        parts=tuple((figures.day(day), figures.money(amount)) for day, amount in one.parts.items()),
        excise=_excise(one),
        in_kind=tuple(offer for account, offer in offers if account.public_id in payers) if one.to_plan else (),
        taken=tuple(
            Step(figures.day(each.on), figures.money(each.amount), f"{each.source}{', to charity' if each.is_charitable else ''}")
            for each in (*settled.ordinary, *settled.charitable)
        ),
    )  # fmt: skip


def sentence(one: Required) -> str:
    """Where a requirement stands, as a sentence."""
    pool, settled = one.pool, one.settled
    if pool.missing:
        return pool.missing[0].sentence
    if pool.deadline is None or not pool.required:
        return pool.because or "Nothing is required of this year."
    by = figures.day(pool.deadline)
    if one.state is State.TAKEN:
        return f"{figures.money(pool.required)} was required by {by}, and all of it has been taken."
    left = figures.money(settled.remaining)
    if one.state is State.MISSED:
        return f"{left} was not taken by {by}. It is taken as soon as possible; Form 5329 asks for the excise or its waiver."
    if one.state is State.PLANNED:
        return f"{left} is still to be taken by {by}, and money due out of the account provides for it."
    return f"{figures.money(one.to_plan)} is still to be taken by {by} and is in no plan. The firm’s own day is {figures.day(one.firms_day)}."


def _steps(one: Required) -> Iterator[Step]:
    pool, settled = one.pool, one.settled
    owner = pool.owner
    if owner.born_on is not None:
        yield Step("Birth date of the owner", figures.day(owner.born_on), "the person’s record")
    if owner.died_on is not None:
        yield Step("Died on", figures.day(owner.died_on), "the person’s record")
    if pool.age is not None:
        yield Step(f"Age reached in {pool.year}", str(pool.age))
    for member in pool.members:
        yield from _inherited(member)
    if pool.because:
        yield Step("Rule", "–", pool.because)
    for member in pool.members:
        value = "not on record" if member.balance is None else figures.money(member.balance)
        yield Step(f"{member.name}, December 31, {pool.year - 1}", value, member.source)
    if len(pool.members) > 1 and pool.balance is not None:
        yield Step("Together", figures.money(pool.balance), "any of these accounts may pay")
    own = [member for member in pool.members if member.divisor is not None]
    for member in own:
        yield Step(f"Divisor of {member.name}", str(member.divisor), member.divisor_source)
    if pool.divisor is not None and len(own) < len(pool.members):
        table = "Single Life Table" if pool.is_inherited else "Uniform Lifetime Table"
        yield Step("Divisor", str(pool.divisor), f"{table}, Treas. Reg. 1.401(a)(9)-9")
    if pool.required is not None:
        yield Step("Required", figures.money(pool.required), "balance over divisor" if pool.divisor else "")
        yield Step("Taken so far", figures.money(settled.taken), "with what was withheld for taxes")
        if settled.charitable:
            given = sum((each.amount for each in settled.charitable), ZERO)
            yield Step(
                "Given to charity",
                figures.money(settled.charitable_counted),
                _limit(given, settled.charitable_counted),
            )
        yield Step("Still to take", figures.money(settled.remaining))
        if settled.remaining:
            yield Step("Planned", figures.money(one.planned), "money due out of these accounts")
            yield Step("In no plan", figures.money(one.to_plan))
    if pool.deadline is not None:
        yield Step("By law until", figures.day(pool.deadline))
    if pool.empty_by is not None:
        yield Step("The account is empty by", figures.day(pool.empty_by))


def _limit(given: Decimal, counted: Decimal) -> str:
    return (
        ""
        if given == counted
        else f"of {figures.money(given)}; what is above the year’s limit is an ordinary distribution"
    )


def _inherited(member: Member) -> Iterator[Step]:
    from_ = member.inheritance
    if from_ is None:
        return
    yield Step("Inherited from", member.inherited_from)
    yield Step("Born and died", f"{figures.day(from_.decedent_born_on)} – {figures.day(from_.died_on)}")
    yield Step(
        "Distributions had begun",
        "yes" if from_.had_begun else "no",
        "death on or after April 1 after the first year",
    )


def _asking(one: Required, missing: Missing, *, may_enter: bool) -> Asking:
    """The form in which a person enters what is missing, with what is known filled in; to others, whose it is."""
    pool = one.pool
    if missing.what in (Asked.BALANCE, Asked.TERMS) and not may_enter:
        return Asking(missing.sentence, "", "")
    if missing.what is Asked.BALANCE and missing.account.startswith("outside:"):
        _, plan, place = missing.account.split(":", 2)
        facts = {
            "kind": "outside_balance",
            "owner": pool.owner.key,
            "plan": plan,
            "place": place,
            "year": pool.year,
        }
        return Asking(missing.sentence, "Enter the balance", _with(RECORD, one.household.public_id, facts))
    if missing.what is Asked.BALANCE:
        facts = {"kind": "balance", "account": missing.account, "year": pool.year}
        return Asking(missing.sentence, "Enter the balance", _with(RECORD, one.household.public_id, facts))
    if missing.what is Asked.TERMS:
        return Asking(missing.sentence, "Say from whom", reverse(TERMS, args=[missing.account]))
    household = reverse("clients:household", args=[one.household.public_id])
    link = "Correct the person" if missing.what is Asked.BIRTH else "See the people"
    return Asking(missing.sentence, link, f"{household}?tab=people")


def _with(door: str, public_id: str, facts: dict[str, Any]) -> str:
    return f"{reverse(door, args=[public_id])}?{urlencode(facts)}"


def _excise(one: Required) -> tuple[str, str] | None:
    found = one.excise
    return None if found is None else (figures.money(found[0]), figures.money(found[1]))


def _offers(
    household: Household, found: list[Required], *, at: datetime
) -> tuple[tuple[Account, InKind], ...]:
    """Holdings that could be distributed in kind: of a class that the household has too little of, so that it is not sold."""
    if not any(one.to_plan for one in found):
        return ()
    loaded = portfolios.load(
        household, as_of_on=market_days.last_close(at), trade_on=market_days.trade_day(at)
    )
    if isinstance(loaded, portfolios.NotMeasurable):
        return ()
    to = next((one for one in loaded.accounts if one.tax_treatment == Account.TaxTreatment.TAXABLE), None)
    if to is None:
        return ()
    under = {one.asset_class: one.name for one in measures.measure(loaded).measures if one.drift < ZERO}
    securities = {one.id: one for one in loaded.household.securities}
    by_key = {one.public_id: one for one in loaded.accounts}
    held: dict[tuple[str, str], Decimal] = {}
    for lot in loaded.household.lots:
        held[lot.account, lot.security] = held.get((lot.account, lot.security), ZERO) + lot.quantity
    return tuple(
        (
            by_key[account],
            InKind(
                symbol=securities[name].symbol,
                asset_class=under[securities[name].weights[0].asset_class],
                value=figures.money(shares * securities[name].price, cents=False),
                account=by_key[account].name,
                to=to.name,
            ),
        )
        for (account, name), shares in sorted(held.items())
        if by_key[account].tax_treatment == Account.TaxTreatment.TAX_DEFERRED
        and len(securities[name].weights) == 1
        and securities[name].weights[0].asset_class in under
    )
