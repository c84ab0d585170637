"""What is on record of one household, by table; a worker's turn fetches each table for all the households it has claimed.

Every function here is one query for however many households are read together (see `gathered`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import F, Prefetch, Q, QuerySet, prefetch_related_objects

from clients.holdings import listings, year_to_date
from clients.models import (
    Account,
    BasisElection,
    CashFlow,
    ClientRestriction,
    Hold,
    Household,
    PlanAccount,
    Policy,
    PolicyRestriction,
    PolicyTarget,
    Position,
    RealizedGain,
    Security,
    TaxLot,
    TaxProfile,
    Transaction,
)
from clients.policies import client_restrictions
from compliance.statements.reads import Asked, joined, prepared
from rebalancing.portfolios import unreconciled
from rebalancing.portfolios.gathered import Table
from rebalancing.portfolios.market import Market

OF_ITS_ACCOUNT = F("account__household")
PURCHASED = (Transaction.Kind.BUY, Transaction.Kind.REINVESTMENT)


@prepared
def _accounts(keys: list[int], on: date) -> QuerySet[Account]:
    return (
        Account.objects.filter(Q(closed_on=None) | Q(closed_on__gt=on), household__in=keys)
        .annotate(of_household=F("household"))
        .select_related("cash", "tax_unit", "owner")
        # Account numbers and personal data are not needed here, so they stay encrypted.
        .defer("number", "owner__tax_number", "owner__born_on_text")
        .order_by("public_id")
    )


@prepared
def _positions(keys: list[int]) -> QuerySet[Position]:
    return (
        Position.objects.filter(account__household__in=keys)
        .select_related("security")
        .only(
            "account",
            "quantity",
            "market_value",
            "held_out",
            "reinvests_dividends",
            "security__symbol",
            "security__kind",
        )
        .order_by("account_id", "security__symbol")
    )


@prepared
def _targets(keys: list[int], on: date) -> QuerySet[PolicyTarget]:
    found = PolicyTarget.objects.filter(policy__in=_policies(keys, on).values("pk"))
    return found.select_related("asset_class").order_by("asset_class__position")


@prepared
def _in_policy(keys: list[int], on: date) -> QuerySet[PolicyRestriction]:
    found = PolicyRestriction.objects.filter(policy__in=_policies(keys, on).values("pk"))
    return found.select_related("security", "account").order_by("kind", "id")


@prepared
def _policies(keys: list[int], on: date) -> QuerySet[Policy]:
    return (
        Policy.objects.filter(household__in=keys, state=Policy.State.ADOPTED, effective_on__lte=on)
        .annotate(of_household=F("household"))
        .select_related("model__model")
        .order_by("household_id", "-version")
        .distinct("household_id")
    )


@prepared
def _restrictions(keys: list[int], on: date) -> QuerySet[ClientRestriction]:
    return client_restrictions.in_force(keys, on=on).annotate(of_household=F("household"))


@prepared
def _lots(keys: list[int]) -> QuerySet[TaxLot]:
    found = listings.with_days(TaxLot.objects.filter(account__household__in=keys, closed_on=None))
    ordered = found.order_by("account_id", "security_id", "acquired_on", "key")
    return ordered.annotate(of_household=OF_ITS_ACCOUNT)


@prepared
def _elections(keys: list[int], on: date) -> QuerySet[BasisElection]:
    rows = BasisElection.objects.filter(account__household__in=keys, ended_at=None, elected_on__lte=on)
    return rows.annotate(of_household=OF_ITS_ACCOUNT)


@prepared
def _purchases(keys: list[int], kinds: tuple[str, ...], since: date) -> QuerySet[Transaction]:
    return (
        Transaction.objects.filter(
            account__household__in=keys,
            security__isnull=False,
            traded_on__gte=since,
            kind__in=kinds,
            quantity__gt=0,
        )
        # A sweep fund's reinvested dividend is cash and no part of any wash sale.
        .exclude(security__kind=Security.Kind.MONEY_MARKET)
        .annotate(of_household=OF_ITS_ACCOUNT)
        .order_by("account_id", "-traded_on", "id")
    )


@prepared
def _movements(keys: list[int], since: date, until: date) -> QuerySet[Transaction]:
    found = Transaction.objects.filter(account__household__in=keys, traded_on__gte=since)
    kept = found.exclude(traded_on__gt=until).order_by("traded_on", "pk")
    return kept.annotate(of_household=OF_ITS_ACCOUNT)


@prepared
def _gains(keys: list[int], since: date) -> QuerySet[RealizedGain]:
    return year_to_date.reported(keys, since).annotate(of_household=OF_ITS_ACCOUNT)


@prepared
def _sales(keys: list[int], since: date) -> QuerySet[Transaction]:
    return year_to_date.sold(keys, since).annotate(of_household=OF_ITS_ACCOUNT)


@prepared
def _profiles(keys: list[int], year: int) -> QuerySet[TaxProfile]:
    # A return with several accounts comes once for each.
    found = TaxProfile.objects.filter(tax_unit__accounts__household__in=keys, tax_year__lte=year)
    return found.annotate(of_household=F("tax_unit__accounts__household")).order_by("tax_year", "pk")


@prepared
def _flows(keys: list[int], until: date) -> QuerySet[CashFlow]:
    found = CashFlow.objects.filter(
        account__household__in=keys, due_on__lte=until, done_on=None, cancelled_at=None
    )
    return found.annotate(of_household=OF_ITS_ACCOUNT).order_by("account_id", "due_on", "id")


@prepared
def _holds(keys: list[int], on: date) -> QuerySet[Hold]:
    found = Hold.objects.filter(household__in=keys, lifted_at=None, starts_on__lte=on, expires_on__gte=on)
    return found.annotate(of_household=F("household")).order_by("-starts_on", "id")


@prepared
def _plan_accounts(keys: list[int]) -> QuerySet[PlanAccount]:
    found = PlanAccount.objects.filter(account__household__in=keys, ended_at=None)
    return found.annotate(of_household=OF_ITS_ACCOUNT).select_related("plan")


ACCOUNTS, POLICIES, LOTS = Table("accounts", _accounts), Table("policy", _policies), Table("lots", _lots)
RESTRICTIONS, ELECTIONS = Table("client restrictions", _restrictions), Table("average basis", _elections)
PURCHASES, MOVEMENTS = Table("purchases", _purchases), Table("movements", _movements)
GAINS, SALES, PROFILES = Table("gains", _gains), Table("sales", _sales), Table("profiles", _profiles)
FLOWS, HOLDS, PLAN_ACCOUNTS = (
    Table("flows", _flows),
    Table("holds", _holds),
    Table("plan accounts", _plan_accounts),
)


def accounts(market: Market, household: Household, *, on: date) -> list[Account]:
    """The accounts open on a day, with the cash and positions the custodian reported."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, Account]]:
        found = list(ACCOUNTS.fetch(keys, on))
        rows, wanted = [one for _, one in found], list(keys)
        joined(rows, "positions", _positions.rows(wanted), by="account")
        unreconciled.join(rows, unreconciled.differing.rows(wanted))
        return found

    found = market.rows_of(household.pk, ACCOUNTS.what(on), fetch)
    for one in found:
        one.household = household
    return found


def policy(market: Market, household: Household, *, on: date) -> Policy | None:
    """The policy in force on a day (`policies.in_force`), with its targets and restrictions."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, Policy]]:
        found = list(POLICIES.fetch(keys, on))
        rows, wanted = [one for _, one in found], list(keys)
        joined(rows, "targets", _targets.rows(wanted, on), by="policy")
        joined(rows, "restrictions", _in_policy.rows(wanted, on), by="policy")
        return found

    (found,) = market.rows_of(household.pk, POLICIES.what(on), fetch) or (None,)
    if found is not None:
        found.household = household
    return found


def with_terms(found: Iterable[Policy]) -> None:
    """Fetch the targets and restrictions of policies that do not have them yet."""
    targets = PolicyTarget.objects.select_related("asset_class").order_by("asset_class__position")
    in_policy = PolicyRestriction.objects.select_related("security", "account").order_by("kind", "id")
    prefetch_related_objects(list(found), Prefetch("targets", targets), Prefetch("restrictions", in_policy))


def restrictions(market: Market, household: Household, *, on: date) -> list[ClientRestriction]:
    """What the client asked for beside the policy, where it counts on a day."""
    return market.table(household.pk, RESTRICTIONS, on)


def lots(market: Market, household: Household, accounts: dict[int, Account]) -> list[TaxLot]:
    """The open lots of these accounts of the household."""
    found = [lot for lot in market.table(household.pk, LOTS) if lot.account_id in accounts]
    for lot in found:
        lot.account = accounts[lot.account_id]
    return found


def averaged(market: Market, household: Household, *, on: date) -> set[tuple[int, int]]:
    """The accounts and securities, by key, for which an election of average basis counts on a day."""
    return {(one.account_id, one.security_id) for one in market.table(household.pk, ELECTIONS, on)}


def purchases(market: Market, household: Household, *, since: date) -> list[Transaction]:
    """Purchases in all its accounts, closed ones too, that may stand in a wash-sale window."""
    return market.table(household.pk, PURCHASES, PURCHASED, since)


def movements(
    market: Market, household: Household, accounts: Collection[int], *, since: date, until: date
) -> list[Transaction]:
    """Every movement of these accounts of the household within some days."""
    found = market.table(household.pk, MOVEMENTS, since, until)
    return [one for one in found if one.account_id in accounts]


def gains(market: Market, household: Household, *, since: date) -> list[RealizedGain]:
    """The sales that custodians reported in its taxable accounts."""
    return market.table(household.pk, GAINS, since)


def sales(market: Market, household: Household, *, since: date) -> list[Transaction]:
    """Sales in its taxable accounts from transaction histories."""
    return market.table(household.pk, SALES, since)


def profiles(
    market: Market, household: Household, units: Collection[int | None], *, year: int
) -> list[TaxProfile]:
    """The figures of these returns up to a year, the earliest first."""
    found = market.table(household.pk, PROFILES, year)
    return list({one.pk: one for one in found if one.tax_unit_id in units}.values())


def flows(market: Market, household: Household, accounts: Collection[int], *, until: date) -> list[CashFlow]:
    """Money expected in these accounts up to a day."""
    return [one for one in market.table(household.pk, FLOWS, until) if one.account_id in accounts]


def holds(market: Market, household: Household, *, on: date) -> list[Hold]:
    """The holds that count on a day."""
    found = market.table(household.pk, HOLDS, on)
    for one in found:
        one.household = household
    return found


def plan_accounts(market: Market, household: Household) -> list[PlanAccount]:
    """Which employer's plan each of its accounts belongs to."""
    return market.table(household.pk, PLAN_ACCOUNTS)


def asked(
    household: Household, *, on: date, since: date, wash_since: date, until: date
) -> tuple[Asked | None, ...]:
    """The statements of all of these for one household, so that they can be sent together."""
    key, of_it = household.pk, [household.pk]
    return (
        ACCOUNTS.asked(key, on),
        _positions.asked(of_it),
        unreconciled.differing.asked(of_it),
        POLICIES.asked(key, on),
        _targets.asked(of_it, on),
        _in_policy.asked(of_it, on),
        LOTS.asked(key),
        RESTRICTIONS.asked(key, on),
        ELECTIONS.asked(key, on),
        PURCHASES.asked(key, PURCHASED, wash_since),
        GAINS.asked(key, since),
        SALES.asked(key, date(on.year, 1, 1)),
        PROFILES.asked(key, on.year),
        FLOWS.asked(key, until),
        HOLDS.asked(key, on),
        PLAN_ACCOUNTS.asked(key),
    )
