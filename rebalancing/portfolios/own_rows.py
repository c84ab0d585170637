"""What is on record of one household, by table; a worker's turn fetches each table for all the households it has claimed.

Every function here is one query for however many households are read together (see `gathered`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Prefetch, Q, prefetch_related_objects

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
from rebalancing.portfolios import unreconciled
from rebalancing.portfolios.gathered import with_household
from rebalancing.portfolios.market import Market

OF_ITS_ACCOUNT = "account__household"


def accounts(market: Market, household: Household, *, on: date) -> list[Account]:
    """The accounts open on a day, with the cash and positions the custodian reported."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, Account]]:
        positions = (
            Position.objects.select_related("security")
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
        found = (
            Account.objects.filter(Q(closed_on=None) | Q(closed_on__gt=on), household__in=keys)
            .select_related("cash", "tax_unit", "owner")
            # Account numbers and personal data are not needed here, so they stay encrypted.
            .defer("number", "owner__tax_number", "owner__born_on_text")
            .prefetch_related(Prefetch("positions", positions), unreconciled.prefetch())
            .order_by("public_id")
        )
        return ((one.household_id, one) for one in found)

    found = market.rows_of(household.pk, ("accounts", on), fetch)
    for one in found:
        one.household = household
    return found


def policy(market: Market, household: Household, *, on: date) -> Policy | None:
    """The policy in force on a day (`policies.in_force`), with its targets and restrictions."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, Policy]]:
        found = list(
            Policy.objects.filter(household__in=keys, state=Policy.State.ADOPTED, effective_on__lte=on)
            .select_related("model__model")
            .order_by("household_id", "-version")
            .distinct("household_id")
        )
        with_terms(found)
        return ((one.household_id, one) for one in found)

    (found,) = market.rows_of(household.pk, ("policy", on), fetch) or (None,)
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
    return market.rows_of(
        household.pk,
        ("client restrictions", on),
        lambda keys: ((one.household_id, one) for one in client_restrictions.in_force(keys, on=on)),
    )


def lots(market: Market, household: Household, accounts: dict[int, Account]) -> list[TaxLot]:
    """The open lots of these accounts of the household."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, TaxLot]]:
        found = listings.with_days(TaxLot.objects.filter(account__household__in=keys, closed_on=None))
        ordered = found.order_by("account_id", "security_id", "acquired_on", "key")
        return with_household(ordered, OF_ITS_ACCOUNT)

    found = [lot for lot in market.rows_of(household.pk, ("lots",), fetch) if lot.account_id in accounts]
    for lot in found:
        lot.account = accounts[lot.account_id]
    return found


def averaged(market: Market, household: Household, *, on: date) -> set[tuple[int, int]]:
    """The accounts and securities, by key, for which an election of average basis counts on a day."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, tuple[int, int]]]:
        rows = BasisElection.objects.filter(account__household__in=keys, ended_at=None, elected_on__lte=on)
        for key, account, security in rows.values_list(OF_ITS_ACCOUNT, "account_id", "security_id"):
            yield key, (account, security)

    return set(market.rows_of(household.pk, ("average basis", on), fetch))


def purchases(
    market: Market, household: Household, *, kinds: tuple[str, ...], since: date
) -> list[Transaction]:
    """Purchases in all its accounts, closed ones too, that may stand in a wash-sale window."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, Transaction]]:
        found = (
            Transaction.objects.filter(
                account__household__in=keys,
                security__isnull=False,
                traded_on__gte=since,
                kind__in=kinds,
                quantity__gt=0,
            )
            # A sweep fund's reinvested dividend is cash and no part of any wash sale.
            .exclude(security__kind=Security.Kind.MONEY_MARKET)
            .order_by("account_id", "-traded_on", "id")
        )
        return with_household(found, OF_ITS_ACCOUNT)

    return market.rows_of(household.pk, ("purchases", since), fetch)


def movements(
    market: Market, household: Household, accounts: Collection[int], *, since: date, until: date
) -> list[Transaction]:
    """Every movement of these accounts of the household within some days."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, Transaction]]:
        found = Transaction.objects.filter(account__household__in=keys, traded_on__gte=since)
        return with_household(found.exclude(traded_on__gt=until).order_by("traded_on", "pk"), OF_ITS_ACCOUNT)

    found = market.rows_of(household.pk, ("movements", since, until), fetch)
    return [one for one in found if one.account_id in accounts]


def gains(market: Market, household: Household, *, since: date) -> list[RealizedGain]:
    """The sales that custodians reported in its taxable accounts."""
    return market.rows_of(
        household.pk,
        ("gains", since),
        lambda keys: ((one.account.household_id, one) for one in year_to_date.gains_in(keys, since)),
    )


def sales(market: Market, household: Household, *, since: date) -> list[Transaction]:
    """Sales in its taxable accounts from transaction histories."""
    return market.rows_of(
        household.pk,
        ("sales", since),
        lambda keys: ((one.account.household_id, one) for one in year_to_date.sales_in(keys, since)),
    )


def profiles(
    market: Market, household: Household, units: Collection[int | None], *, year: int
) -> list[TaxProfile]:
    """The figures of these returns up to a year, the earliest first."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, TaxProfile]]:
        found = TaxProfile.objects.filter(tax_unit__accounts__household__in=keys, tax_year__lte=year)
        # A return with several accounts comes once for each.
        return with_household(found.order_by("tax_year", "pk"), "tax_unit__accounts__household")

    found = market.rows_of(household.pk, ("profiles", year), fetch)
    return list({one.pk: one for one in found if one.tax_unit_id in units}.values())


def flows(market: Market, household: Household, accounts: Collection[int], *, until: date) -> list[CashFlow]:
    """Money expected in these accounts up to a day."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, CashFlow]]:
        found = CashFlow.objects.filter(
            account__household__in=keys, due_on__lte=until, done_on=None, cancelled_at=None
        )
        return with_household(found.order_by("account_id", "due_on", "id"), OF_ITS_ACCOUNT)

    found = market.rows_of(household.pk, ("flows", until), fetch)
    return [one for one in found if one.account_id in accounts]


def holds(market: Market, household: Household, *, on: date) -> list[Hold]:
    """The holds that count on a day."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, Hold]]:
        found = Hold.objects.filter(household__in=keys, lifted_at=None, starts_on__lte=on, expires_on__gte=on)
        return ((one.household_id, one) for one in found.order_by("-starts_on", "id"))

    found = market.rows_of(household.pk, ("holds", on), fetch)
    for one in found:
        one.household = household
    return found


def plan_accounts(market: Market, household: Household) -> list[PlanAccount]:
    """Which employer's plan each of its accounts belongs to."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, PlanAccount]]:
        found = PlanAccount.objects.filter(account__household__in=keys, ended_at=None)
        return with_household(found.select_related("plan"), OF_ITS_ACCOUNT)

    return market.rows_of(household.pk, ("plan accounts",), fetch)
