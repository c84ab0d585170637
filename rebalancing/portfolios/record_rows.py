"""The rows a household's document is made of, fetched in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from clients.corporate_actions import recognized
from clients.holdings import basis_elections, year_to_date
from clients.households import employer_plans
from clients.models import (
    Account,
    CashFlow,
    ClientRestriction,
    Hold,
    Household,
    ModelVersion,
    Policy,
    Price,
    RealizedGain,
    Security,
    TaxLot,
    TaxProfile,
    TaxUnit,
    Transaction,
)
from clients.securities import prices as prices_of_files
from compliance.firm.firm_settings import InForce
from rebalancing.distributions import distributions
from rebalancing.engine.money import as_written
from rebalancing.models import ProposedLot
from rebalancing.portfolios import held_positions, offered, own_rows, own_sales, wishes
from rebalancing.portfolios.market import Market

HORIZON_DAYS = 35
"""How many days ahead known cash flows are included ."""
WASH_DAYS = 30
PURCHASES = own_rows.PURCHASED
ZERO, ONE = Decimal(0), Decimal(1)
AT_PAR, LAST_TRADE = "par", "last trade"
"""The source name of prices that came from no file; they are never stored."""


@dataclass(slots=True)
class Rows:
    """Everything the document is built from. The policy comes with its targets and restrictions.

    `restrictions` count on the trade day; lots that the client keeps are locked. `menus` are by account. `flows` end with
    what required distributions ask for. `lots` includes synthetic lots for positions without lots. `left_out` names what
    is never traded and has no known value; the household is measured without it. `not_offered` names securities of the
    model that have no price. `earlier_profiles` are the last ones of the returns that have none for this year.
    """

    market: Market
    household: Household
    policy: Policy
    model_version: ModelVersion
    accounts: list[Account]
    lots: list[TaxLot]
    securities: dict[int, Security]
    prices: dict[int, Price]
    disputed: dict[int, Price]
    flows: list[CashFlow]
    holds: list[Hold]
    transactions: list[Transaction]
    losses: list[RealizedGain]
    sent_losses: list[ProposedLot]
    realized: dict[int, year_to_date.Realized]
    profiles: dict[int, TaxProfile]
    earlier_profiles: dict[int, TaxProfile]
    held_out: frozenset[int]
    left_out: dict[int, str]
    not_offered: dict[int, str]
    restrictions: list[ClientRestriction]
    menus: dict[int, employer_plans.Menu]
    open_distributions: list[distributions.Required]
    as_of_on: date
    trade_on: date

    @property
    def figures(self) -> InForce:
        """The firm's settings of the trade day."""
        return self.market.settings_on(self.trade_on)


def fetch(
    household: Household,
    policy: Policy,
    model_version: ModelVersion,
    *,
    market: Market,
    accounts: list[Account],
    trade_on: date,
    unsent: Collection[int] = (),
) -> Rows:
    """The rows of a household; its securities and their prices come from the shared market. `unsent` are orders, by key, that
    count for nothing because they have yet to leave.
    """
    as_of_on = market.on
    own_rows.with_terms([policy])
    asked = own_rows.restrictions(market, household, on=trade_on)
    by_account = {account.pk: account for account in accounts}
    lots = own_rows.lots(market, household, by_account)
    wishes.lock(lots, asked, on=trade_on)
    basis_elections.mark(lots, elected=own_rows.averaged(market, household, on=trade_on))
    window = trade_on - timedelta(days=WASH_DAYS)
    transactions = own_rows.purchases(market, household, since=window)
    since = min(date(trade_on.year, 1, 1), window)
    # Only losses in taxable accounts can be disallowed, so only those are fetched.
    reported = own_rows.gains(market, household, since=since)
    losses = [
        gain
        for gain in reported
        if gain.sold_on >= window and gain.quantity and gain.basis is not None and gain.basis > gain.proceeds
    ]
    own = own_sales.sent(household, since=since, trade_on=trade_on, but=unsent, market=market)
    told = {(gain.account_id, gain.security_id, gain.sold_on) for gain in reported if gain.basis is not None}
    sent = [
        use
        for use in own
        if use.gain is not None
        and use.gain < 0
        and (day := own_sales.sold_on(use)) >= window
        and (use.order.account_id, use.order.security_id, day) not in told
    ]
    sleeves = market.sleeves(model_version.pk)
    without_lots = held_positions.without_lots(accounts, lots)
    wanted = {lot.security_id for lot in lots} | {one.security_id for one in without_lots}
    wanted |= {key for key in (one.security_id for one in transactions) if key is not None}
    wanted |= {one.security_id for one in losses} | {one.order.security_id for one in sent}
    wanted |= {member.security_id for sleeve in sleeves for member in sleeve.members.all()}
    by_key = market.securities(wanted)
    stated = {one.security_id for account in accounts for one in account.positions.all()}
    members = {member.security_id for sleeve in sleeves for member in sleeve.members.all()}
    prices = market.prices(by_key.keys() | stated)
    disputed = market.disputed(by_key.keys())
    prices |= _at_par(by_key, prices, on=as_of_on)
    prices |= held_positions.prices_by_value(accounts, prices, on=as_of_on)
    held_out = held_positions.held_out(accounts)
    held = {lot.security_id for lot in lots} | {one.security_id for one in without_lots}
    left_out = {key: by_key[key].symbol for key in held & held_out - prices.keys()}
    lots = [lot for lot in lots if lot.security_id not in left_out]
    lots += held_positions.synthetic_lots(without_lots, prices, securities=by_key)
    known_by_trades = _at_their_trades(
        by_key.keys() - prices.keys() - members - (held - left_out.keys()),
        transactions,
        losses,
        sent,
        on=as_of_on,
    )
    not_offered = {
        key: by_key[key].symbol
        for key in offered.dispensable(sleeves, policy, priced=prices.keys() - disputed.keys())
        - (held | known_by_trades.keys())
    }
    by_key = {
        key: one
        for key, one in by_key.items()
        if key not in (left_out.keys() - known_by_trades.keys() - members) | not_offered.keys()
    }
    # Flows due by the day of the cash balance are in that balance; later ones are not yet.
    cash_days = {one.pk: one.cash.as_of_on for one in accounts if hasattr(one, "cash")}
    units = {account.tax_unit_id for account in accounts}
    found_profiles = own_rows.profiles(market, household, units, year=trade_on.year)
    profiles = {one.tax_unit_id: one for one in found_profiles if one.tax_year == trade_on.year}
    # Ordered by year, so that the last one before this year is the one that stays.
    earlier = {one.tax_unit_id: one for one in found_profiles if one.tax_unit_id not in profiles}
    asked_of_owners = _required(household, accounts, on=trade_on, market=market)
    return Rows(
        market=market,
        household=household,
        policy=policy,
        model_version=model_version,
        accounts=accounts,
        lots=lots,
        securities=by_key,
        prices=prices | known_by_trades,
        disputed={key: one for key, one in disputed.items() if key not in known_by_trades},
        flows=[
            flow
            for flow in own_rows.flows(
                market, household, by_account, until=trade_on + timedelta(days=HORIZON_DAYS)
            )
            if flow.due_on > cash_days.get(flow.account_id, as_of_on)
        ]
        + distributions.money_due(asked_of_owners, accounts, on=trade_on),
        holds=own_rows.holds(market, household, on=trade_on),
        transactions=transactions,
        losses=losses,
        sent_losses=sent,
        realized=year_to_date.of(
            profiles,
            year=trade_on.year,
            gains=reported,
            sales=own_rows.sales(market, household, since=date(trade_on.year, 1, 1)),
            own=own_sales.of(own, year=trade_on.year) + _recognized(household, market, until=trade_on),
        ),
        profiles=profiles,
        earlier_profiles=earlier,
        held_out=held_out | known_by_trades.keys(),
        left_out=left_out,
        not_offered=not_offered,
        restrictions=asked,
        menus=employer_plans.menus(accounts, on=trade_on, joined=own_rows.plan_accounts(market, household)),
        open_distributions=asked_of_owners,
        as_of_on=as_of_on,
        trade_on=trade_on,
    )


def _required(
    household: Household, accounts: list[Account], *, on: date, market: Market
) -> list[distributions.Required]:
    """What the household's plans provide for; nothing is read where no account can ask for anything."""
    if not distributions.may_ask(accounts):
        return []

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, distributions.Required]]:
        found = distributions.of(keys, year=on.year, on=on, figures=market.settings_on(on))
        return ((one.household.pk, one) for one in found)

    return market.rows_of(household.pk, ("required distributions", on), fetch)


def _recognized(household: Household, market: Market, *, until: date) -> list[year_to_date.OwnSale]:
    """What corporate actions recognized this year; asked for only where one did."""
    reached = market.shared("recognized", until, lambda: recognized.reached(until=until))
    return recognized.in_year([household], until=until) if household.pk in reached else []


def _at_par(held: Mapping[int, Security], prices: Mapping[int, Price], *, on: date) -> dict[int, Price]:
    """Money market funds without a price from a file are one dollar a share (Rule 2a-7)."""
    return {
        key: prices_of_files.unsaved_price(key, on=on, price=ONE, source=AT_PAR)
        for key, security in held.items()
        if security.kind == Security.Kind.MONEY_MARKET and key not in prices
    }


def _at_their_trades(
    unpriced: Collection[int],
    transactions: Iterable[Transaction],
    losses: Iterable[RealizedGain],
    sent: Iterable[ProposedLot],
    *,
    on: date,
) -> dict[int, Price]:
    """The last traded price of securities known only from recent trades, which the wash-sale window needs.
    They are neither held nor bought, so this price is never used to value or trade anything.
    """
    traded = [(use.order.security_id, use.order.amount, use.order.quantity) for use in sent]
    traded += [(one.security_id, one.proceeds, one.quantity) for one in losses]
    traded += [
        (one.security_id, abs(one.amount) or (one.price or ZERO) * one.quantity, one.quantity)
        for one in transactions
        if one.security_id is not None and one.quantity
    ]
    return {
        key: prices_of_files.unsaved_price(
            key, on=on, price=as_written(abs(dollars / shares)), source=LAST_TRADE
        )
        for key, dollars, shares in traded
        if key in unpriced and shares and dollars
    }


def open_on(household: Household, day: date) -> QuerySet[Account]:
    """The household's accounts that are open on a day."""
    found: QuerySet[Account] = household.accounts.filter(Q(closed_on=None) | Q(closed_on__gt=day))
    return found


def accounts_of(household: Household, *, trade_on: date, market: Market | None = None) -> list[Account]:
    """The accounts open on the trade day, with the cash and positions the custodian reported."""
    return own_rows.accounts(market or Market(trade_on), household, on=trade_on)


def gaps(rows: Rows) -> list[str]:
    """Missing inputs that prevent the household from being measured."""
    reasons = []
    if not rows.accounts:
        reasons.append("The household has no open account on record.")
    held = {lot.security_id for lot in rows.lots}
    for key, security in sorted(rows.securities.items(), key=lambda one: one[1].symbol):
        if dispute := rows.disputed.get(key):
            reasons.append(
                f"The price of {security.symbol} on {dispute.as_of_on} is in dispute; a person has to decide about it first."
            )
        elif key not in rows.prices:
            reasons.append(f"There is no price of {security.symbol} up to {rows.as_of_on}.")
        if key in held - rows.held_out and not is_classified(security):
            reasons.append(f"{security.symbol} has no asset class on record.")
    return reasons


def without_profile(rows: Rows) -> list[TaxUnit]:
    """The returns whose figures of this year are not on record: their accounts are measured and not traded."""
    units = {account.tax_unit for account in rows.accounts if account.tax_unit}
    return sorted((unit for unit in units if unit.pk not in rows.profiles), key=lambda unit: unit.code)


def is_classified(security: Security) -> bool:
    """Whether a security's asset class is known; a money market fund is cash."""
    return security.kind == Security.Kind.MONEY_MARKET or bool(security.class_weights.all())


def unclassified(rows: Rows) -> frozenset[int]:
    """Holdings that are never traded and have no asset class: measured outside the policy until a class is
    assigned.
    """
    held = {lot.security_id for lot in rows.lots}
    return frozenset(key for key in held & rows.held_out if not is_classified(rows.securities[key]))
