"""What the record knows for required distributions: accounts, terms, balances, payments and plans, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from clients.households import distribution_facts, recurring_cash
from clients.households.distribution_facts import CONCERNED, INHERITED, OF_EMPLOYERS
from clients.models import (
    Account,
    CashFlow,
    CashFlowRule,
    DistributionFigure,
    DistributionTerms,
    Household,
    Person,
    Transaction,
)
from compliance.statements.reads import prepared
from rebalancing.distributions.pools import Asked, Member, Missing, Owner, Taken, counted_once
from rebalancing.engine.market.calendars import CalendarError
from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.portfolio.inherited_distributions import Beneficiary, Inheritance
from rebalancing.engine.portfolio.required_distributions import Plan

Registration = Account.Registration
Kind = DistributionFigure.Kind
PLANS = {
    Registration.PLAN_401K: Plan.PLAN_401K,
    Registration.PLAN_403B: Plan.PLAN_403B,
    Registration.PLAN_457: Plan.PLAN_457,
}
OUTSIDE_PLANS = {
    DistributionFigure.Plan.IRA: Plan.TRADITIONAL_IRA,
    DistributionFigure.Plan.PLAN_403B: Plan.PLAN_403B,
}
BOOKED = (Transaction.Kind.DISTRIBUTION, Transaction.Kind.WITHDRAWAL)
EARLIEST_AGE = 70
"""No owner is asked for anything before the year in which they reach this age."""
PAYS_OUT = (CashFlow.Kind.WITHDRAWAL, CashFlow.Kind.DISTRIBUTION, CashFlow.Kind.TAX)
"""Money due out that is a distribution; a fee that an account pays is none."""


@dataclass(slots=True)
class Facts:
    """What is on record of one owner: the accounts of each year, what was paid, and what is planned to be paid."""

    owner: Owner
    household: Household
    members: dict[int, list[Member]] = field(default_factory=dict)
    takings: list[Taken] = field(default_factory=list)
    flows: list[Taken] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)


def concerns(accounts: Iterable[Account]) -> bool:
    """Whether one of these accounts may ever ask for a distribution."""
    return any(one.registration in CONCERNED for one in accounts)


def of(households: Collection[Household | int], *, years: Sequence[int], on: date) -> list[Facts]:
    """The facts of every owner of retirement accounts in these households, by household and owner."""
    accounts = of_kinds_concerned.rows(
        [one if isinstance(one, int) else one.pk for one in households], date(min(years), 1, 1)
    )
    accounts = [one for one in accounts if _may_ask(one, max(years))]
    if not accounts:
        return []
    keys = [one.pk for one in accounts]
    terms = {one.account_id: one for one in distribution_facts.terms_in_force().filter(account__in=keys)}
    people = {one.owner_id for one in accounts}
    said = list(
        distribution_facts.figures_in_force()
        .filter(person__in=people, year__in=years)
        .select_related("account")
        .order_by("pk")
    )
    booked = _booked(keys, since=date(min(years), 1, 1), on=on)
    flows = _flows(keys)
    rules = list(CashFlowRule.objects.filter(account__in=keys, ended_at=None, kind__in=PAYS_OUT))
    by_owner: dict[int, list[Account]] = defaultdict(list)
    for one in accounts:
        by_owner[one.owner_id].append(one)
    return [
        _facts(
            some,
            terms=terms,
            said=[one for one in said if one.person_id == owner],
            booked=booked,
            flows=flows,
            rules=rules,
            years=years,
            on=on,
        )
        for owner, some in by_owner.items()
    ]


@prepared
def of_kinds_concerned(households: list[int], since: date) -> QuerySet[Account]:
    """The accounts of these households, open since a day, whose kind may ask for distributions."""
    return (
        Account.objects.filter(household__in=households, registration__in=sorted(CONCERNED))
        .filter(Q(closed_on=None) | Q(closed_on__gte=since))
        .annotate(has_terms=Exists(distribution_facts.terms_in_force().filter(account=OuterRef("pk"))))
        .select_related("owner", "cash", "household")
        .defer("number", "owner__tax_number")
        .order_by("household__name", "household_id", "owner_id", "public_id")
    )


def _may_ask(account: Account, year: int) -> bool:
    """Whether an account can ask for anything by a year: inherited, with terms, or of an owner old enough."""
    born_on = account.owner.born_on
    is_young = born_on is not None and year - born_on.year < EARLIEST_AGE
    return account.registration in INHERITED or account.has_terms or not is_young  # type: ignore[attr-defined]  # Annotated above.


def _booked(keys: Collection[int], *, since: date, on: date) -> list[Transaction]:
    """Distributions that the custodian booked, and tax withheld from them: withholding is a part of what was taken."""
    of_tax = Q(kind=Transaction.Kind.TAX_WITHHELD, security=None)
    found = Transaction.objects.filter(
        Q(kind__in=BOOKED) | of_tax, account__in=keys, traded_on__gte=since, traded_on__lte=on
    )
    return list(found.order_by("account_id", "traded_on", "pk"))


def _flows(keys: Collection[int]) -> list[CashFlow]:
    found = CashFlow.objects.filter(account__in=keys, kind__in=PAYS_OUT, cancelled_at=None)
    return list(found.order_by("due_on", "pk"))


def _facts(
    accounts: list[Account],
    *,
    terms: dict[int, DistributionTerms],
    said: list[DistributionFigure],
    booked: list[Transaction],
    flows: list[CashFlow],
    rules: list[CashFlowRule],
    years: Sequence[int],
    on: date,
) -> Facts:
    person = accounts[0].owner
    found = Facts(
        owner=owner_of(person),
        household=accounts[0].household,
        accounts={one.public_id: one for one in accounts},
    )
    for year in years:
        of_year = [one for one in said if one.year == year]
        found.members[year] = [
            *(_member(one, terms.get(one.pk), of_year, person=person, year=year) for one in accounts),
            *_outside(of_year),
        ]
    by_key = {one.pk: one for one in accounts}
    declared = [
        _declared(one) for one in said if one.kind in (Kind.CHARITABLE, Kind.TAKEN, Kind.OUTSIDE_TAKEN)
    ]
    found.takings = list(
        counted_once(
            (_taken(one, by_key[one.account_id]) for one in booked if one.account_id in by_key), declared
        )
    )
    found.flows = sorted(
        [
            *(_flow(one, by_key[one.account_id]) for one in flows if one.account_id in by_key and _is_ahead(one, by_key[one.account_id], on)),
            *(
                taken
                for rule in rules
                if rule.account_id in by_key
                for taken in _ahead_of_record(rule, by_key[rule.account_id], until=date(max(years) + 1, 4, 1), on=on)
            ),
        ],
        key=lambda one: (one.on, one.account),
    )  # fmt: skip
    return found


def owner_of(person: Person) -> Owner:
    """An owner as the arithmetic sees them."""
    return Owner(
        key=person.public_id,
        name=str(person),
        born_on=person.born_on,
        died_on=person.deceased_on,
    )


def _member(
    account: Account,
    terms: DistributionTerms | None,
    said: list[DistributionFigure],
    *,
    person: Person,
    year: int,
) -> Member:
    mine = {
        one.kind: one
        for one in said
        if one.account_id == account.pk and one.kind in (Kind.BALANCE, Kind.DIVISOR)
    }
    balance, divisor = mine.get(Kind.BALANCE), mine.get(Kind.DIVISOR)
    amount = balance.amount if balance else None
    source = balance.source if balance else ""
    if amount is None and account.opened_on is not None and account.opened_on >= date(year, 1, 1):
        amount, source = (
            ZERO,
            f"opened on {account.opened_on:%B} {account.opened_on.day}, {account.opened_on.year}",
        )
    inheritance, asks = _inheritance(account, terms, person)
    is_own = terms is not None and terms.spouse_choice == DistributionTerms.SpouseChoice.OWN
    works = terms if terms is not None and not terms.owns_five_percent else None
    return Member(
        key=account.public_id,
        name=account.name,
        plan=PLANS.get(Registration(account.registration), Plan.TRADITIONAL_IRA)
        if account.registration != Registration.INHERITED_ROTH_IRA
        else Plan.ROTH_IRA,
        balance=amount,
        source=source,
        divisor=divisor.divisor if divisor else None,
        divisor_source=divisor.source if divisor else "",
        inheritance=None if is_own else inheritance,
        inherited_from=terms.inherited_from if terms else "",
        asks=asks,
        still_working=bool(works and works.still_working and account.registration in OF_EMPLOYERS),
        deferred_to=works.retired_on.year if works and works.retired_on else None,
    )  # fmt: skip


def _inheritance(
    account: Account, terms: DistributionTerms | None, person: Person
) -> tuple[Inheritance | None, Missing | None]:
    is_inherited = account.registration in INHERITED
    if terms is None or not terms.beneficiary:
        if not is_inherited:
            return None, None
        return None, Missing(
            Asked.TERMS,
            account.public_id,
            f"From whom {account.name} was inherited, and when, is not on record.",
        )
    assert terms.decedent_born_on is not None
    assert terms.died_on is not None
    return (
        Inheritance(
            decedent_born_on=terms.decedent_born_on,
            died_on=terms.died_on,
            beneficiary=Beneficiary(terms.beneficiary),
            beneficiary_born_on=person.born_on,
            is_roth=account.registration == Registration.INHERITED_ROTH_IRA,
        ),
        None,
    )


def _outside(said: list[DistributionFigure]) -> Iterator[Member]:
    """What lies at other firms; where only a payment is declared, its balance is asked for."""
    places = {(one.plan, one.place) for one in said if one.kind in DistributionFigure.OUTSIDE}
    for plan, place in sorted(places):
        balance = next(
            (one for one in said if (one.kind, one.plan, one.place) == (Kind.OUTSIDE_BALANCE, plan, place)),
            None,
        )
        yield Member(
            key=f"outside:{plan}:{place}",
            name=place,
            plan=OUTSIDE_PLANS[DistributionFigure.Plan(plan)],
            balance=balance.amount if balance else None,
            source=balance.source if balance else "",
            is_here=False,
        )


def _declared(one: DistributionFigure) -> Taken:
    key = one.account.public_id if one.account else f"outside:{one.plan}:{one.place}"
    # What was taken elsewhere is known for the year only; the year's last day lets it settle no earlier year.
    on = one.taken_on or date(one.year, 12, 31)
    return Taken(on, key, one.amount or ZERO, one.kind == Kind.CHARITABLE, one.source)


def _taken(one: Transaction, account: Account) -> Taken:
    amount = abs(one.amount)
    if not amount and one.quantity and one.price:
        # Shares that were distributed in kind count at their price of that day.
        amount = cents(abs(one.quantity) * one.price)
    return Taken(
        one.traded_on, account.public_id, amount, False, f"{one.get_kind_display()} in the custodian’s file"
    )


def _flow(one: CashFlow, account: Account) -> Taken:
    return Taken(one.due_on, account.public_id, -one.amount, False, one.get_kind_display())


def _is_ahead(flow: CashFlow, account: Account, on: date) -> bool:
    """Whether the money is still to leave, or has left and no file shows it yet."""
    cash = getattr(account, "cash", None)
    shown = cash.as_of_on if cash else on - timedelta(days=1)
    return (flow.done_on or flow.due_on) > shown


def _ahead_of_record(rule: CashFlowRule, account: Account, *, until: date, on: date) -> Iterator[Taken]:
    """Occurrences of a recurring need that are not on record yet, because they are far ahead."""
    for day in recurring_cash.days(
        every=rule.every,
        day=rule.day,
        starts_on=rule.starts_on,
        until_on=rule.until_on,
        count=rule.count,
        up_to=until,
    ):
        if day <= on + recurring_cash.AHEAD:
            continue
        try:
            due_on = recurring_cash.business_day(day, rule.moved, not_before=on)
        except CalendarError:
            due_on = day
        yield Taken(due_on, account.public_id, -rule.amount, False, str(rule))
