"""What is on record about one household: people, accounts and what they hold, taxes, holds, flows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from clients.holdings import valuation, year_to_date
from clients.models import (
    Account,
    BookEntry,
    Household,
    Policy,
    PolicyRestriction,
    Transaction,
)
from clients.pages import holdings, money_and_holds, people_and_taxes, trading_facts
from clients.pages.holdings import AccountRow, keys_of
from clients.pages.money_and_holds import EventRow, FlowRow, HoldRow, NewDoors, RuleRow, WishRow
from clients.pages.people_and_taxes import PersonRow, TaxUnitRow
from clients.policies import drafts, model_versions, policies
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from compliance.statements.reads import Asked, prepared, together

ZERO = Decimal(0)
RECENT_MAX = 25


@dataclass(frozen=True, slots=True)
class RestrictionRow:
    kind: str
    what: str
    where: str
    reason: str
    until_on: date | None


@dataclass(frozen=True, slots=True)
class PolicyVersionRow:
    """One version of the policy, newest first."""

    label: str
    state: str
    since_on: date | None
    url: str


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One booked movement, newest first."""

    on: date
    account: str
    kind: str
    symbol: str
    shares: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Record:
    """The whole record of a household as one person may see it."""

    household: Household
    people: tuple[PersonRow, ...]
    accounts: tuple[AccountRow, ...]
    tax_units: tuple[TaxUnitRow, ...]
    doors: tuple[DoorLink, ...]
    people_doors: tuple[DoorLink, ...]
    policy: Policy | None
    policy_url: str
    policy_versions: tuple[PolicyVersionRow, ...]
    policy_doors: tuple[DoorLink, ...]
    restrictions: tuple[RestrictionRow, ...]
    trading_facts: tuple[tuple[str, str, str], ...]
    beside: tuple[WishRow, ...]
    """What the client asked for outside the policy."""
    holds: tuple[HoldRow, ...]
    flows: tuple[FlowRow, ...]
    rules: tuple[RuleRow, ...]
    events: tuple[EventRow, ...]
    new: NewDoors
    activity: tuple[ActivityRow, ...]
    advisors: tuple[str, ...]
    reviewers: tuple[str, ...]
    value: Decimal | None
    gain: Decimal | None
    as_of_days: tuple[date, ...]
    prices_as_of_on: date | None

    @property
    def cash(self) -> Decimal:
        return sum((row.cash + row.unsettled for row in self.accounts if row.cash is not None), ZERO)


def of(
    user: Any,
    household: Household,
    *,
    on: date,
    prices_on: date | None = None,
    own_sales: Sequence[year_to_date.OwnSale] = (),
) -> Record:
    """The record on a day, in about twenty queries however many lots there are, at the prices of a day or the latest.

    `own_sales` is what the firm itself sold this year, which the floor above knows.
    """
    together(*asked(household, on=on))
    accounts = open_accounts.rows(household.pk)
    together(*holdings.asked(accounts), *money_and_holds.asked(accounts), _booked.asked(keys_of(accounts)))
    prices = holdings.prices_of(accounts, on=prices_on)
    rows = tuple(holdings.of_accounts(accounts, prices))
    policy = policies.in_force(household, on=on)
    may_change = people_and_taxes.may_change(user, household, on=on)
    days = {row.as_of_on for row in rows if row.as_of_on}
    versions = _policies.rows(household.pk)
    book = _book(household, on=on)
    return Record(
        household=household,
        people=tuple(people_and_taxes.people(household, with_doors=may_change)),
        accounts=rows,
        tax_units=tuple(people_and_taxes.tax_units(household, own_sales, on=on, with_doors=may_change)),
        doors=people_and_taxes.links(people_and_taxes.OF_HOUSEHOLD, household) if may_change else (),
        people_doors=people_and_taxes.links(people_and_taxes.OF_PEOPLE, household) if may_change else (),
        policy=policy,
        policy_url=reverse("clients:policy", args=[policy.public_id]) if policy else "",
        policy_versions=tuple(_versions(versions)),
        policy_doors=_policy_doors(user, household, versions),
        restrictions=tuple(_restrictions(policy)) if policy else (),
        beside=tuple(money_and_holds.restrictions(user, household, on=on)),
        trading_facts=trading_facts.of_one(household),
        holds=tuple(money_and_holds.holds(user, household, on=on)),
        flows=tuple(money_and_holds.flows(user, accounts, on=on)),
        rules=tuple(money_and_holds.rules(user, accounts)),
        events=tuple(money_and_holds.events(user, household)),
        new=money_and_holds.new(user, household),
        activity=tuple(_activity(accounts)),
        advisors=book.get("advisor", ()),
        reviewers=book.get("reviewer", ()),
        value=valuation.total(row.value for row in rows),
        gain=valuation.total(
            row.gain for row in rows if row.account.tax_treatment == Account.TaxTreatment.TAXABLE
        ),
        as_of_days=tuple(sorted(days)),
        prices_as_of_on=max((price.as_of_on for price in prices.values()), default=None),
    )


def asked(household: Household, *, on: date) -> Iterator[Asked | None]:
    """What `of` asks and depends on the household alone, to be sent with other questions."""
    key = household.pk
    yield from (open_accounts.asked(key), _policies.asked(key), _entries.asked(key, on))
    yield model_versions.policy_in_force.asked(key, on)
    yield from people_and_taxes.asked(household, on=on)
    yield from money_and_holds.asked_of(household, on=on)
    yield from trading_facts.asked(household)


@prepared
def open_accounts(household: int) -> QuerySet[Account]:
    """The open accounts of a household that was looked up."""
    found = Account.objects.filter(household=household, closed_on=None)
    return found.select_related("owner", "joint_owner", "cash", "tax_unit").order_by(
        "tax_treatment", "name", "pk"
    )


@prepared
def _policies(household: int) -> QuerySet[Policy]:
    return Policy.objects.filter(household=household).order_by("-version")


@prepared
def _entries(household: int, on: date) -> QuerySet[BookEntry]:
    found = BookEntry.objects.filter(household=household, starts_on__lte=on)
    return found.select_related("user").order_by("pk")


@prepared
def _booked(accounts: list[int]) -> QuerySet[Transaction]:
    found = Transaction.objects.filter(account__in=accounts).select_related("account", "security")
    return found.order_by("-traded_on", "-pk")[:RECENT_MAX]


@prepared
def _in_policy(policy: int) -> QuerySet[PolicyRestriction]:
    return PolicyRestriction.objects.filter(policy=policy).select_related("security", "account")


def _versions(versions: Iterable[Policy]) -> Iterable[PolicyVersionRow]:
    for row in versions:
        yield PolicyVersionRow(
            f"Version {row.version}",
            row.get_state_display(),
            row.effective_on,
            reverse("clients:policy", args=[row.public_id]),
        )


def _policy_doors(user: Any, household: Household, versions: Iterable[Policy]) -> tuple[DoorLink, ...]:
    """The way to a version, where none is under way; a household without any begins here."""
    if any(one.state in drafts.UNDER_WAY for one in versions):
        return ()
    return doors.links(("clients:policy_begin",), user, household)


def _restrictions(policy: Policy) -> Iterable[RestrictionRow]:
    for row in _in_policy.rows(policy.pk):
        yield restriction_row(row)


def restriction_row(row: PolicyRestriction) -> RestrictionRow:
    """A client's wish in words."""
    named = (row.security.symbol if row.security else "", row.issuer, row.sector)
    what = " and ".join(one for one in named if one)
    if row.weight_cap is not None:
        what = f"{row.weight_cap * 100:.1f}% in {what}"
    return RestrictionRow(
        kind=row.get_kind_display(),
        what=what,
        where=row.account.name if row.account else "everywhere",
        reason=row.reason,
        until_on=row.until_on,
    )


def _activity(accounts: Sequence[Account]) -> Iterable[ActivityRow]:
    for row in _booked.rows(keys_of(accounts)):
        yield ActivityRow(
            on=row.traded_on,
            account=row.account.name,
            kind=row.get_kind_display(),
            symbol=row.security.symbol if row.security else "",
            shares=row.quantity,
            amount=row.amount,
        )


def _book(household: Household, *, on: date) -> dict[str, tuple[str, ...]]:
    """Who has the household in their book on a day, by part."""
    entries = _entries.rows(household.pk, on)
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if entry.ends_on is None or entry.ends_on >= on:
            found[entry.part] = (*found.get(entry.part, ()), entry.user.get_full_name())
    return found
