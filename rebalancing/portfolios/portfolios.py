"""Converts a household's database rows into the engine's document: the only module that knows both.

`load` returns the document `household/1`, or every reason why the household cannot be measured: a price, a
class or a policy is missing. What keeps one account from being traded (lots that do not add up, a hold, no
agreement, a return whose year nobody has confirmed) does not stop the household: the account is measured and
not traded, and the document says why.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from clients.models import (
    Account,
    Hold,
    Household,
    ModelVersion,
    Policy,
    Security,
    TaxLot,
)
from compliance.firm.policy_defaults import HALF_SPREAD
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents import validation
from rebalancing.engine.documents.objective import Edit, Objective
from rebalancing.engine.tax.basis import inherited_since
from rebalancing.portfolios import (
    divided_classes,
    money_due,
    own_rows,
    pending_actions,
    policy_terms,
    record_rows,
    surroundings,
    tax_units,
    unreconciled,
    wash_window,
)
from rebalancing.portfolios.divided_classes import Divided
from rebalancing.portfolios.market import Market
from rebalancing.portfolios.pending_actions import Pending
from rebalancing.portfolios.policy_terms import CASH_CLASS, UNCLASSIFIED
from rebalancing.portfolios.record_rows import Rows
from rebalancing.portfolios.surroundings import Around, swept_cash

ZERO, ONE = Decimal(0), Decimal(1)

FUND_INCREMENT = Decimal("0.001")

_TREATMENT = {
    Account.TaxTreatment.TAXABLE: document.TaxTreatment.TAXABLE,
    Account.TaxTreatment.TAX_DEFERRED: document.TaxTreatment.TAX_DEFERRED,
    Account.TaxTreatment.TAX_FREE: document.TaxTreatment.TAX_FREE,
    Account.TaxTreatment.TAX_EXEMPT: document.TaxTreatment.TAX_FREE,
}


class MissingInput(StrEnum):
    """The kind of input that is missing; the sentences name it."""

    POLICY = "policy"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class NotMeasurable:
    """Why a household cannot be measured: sentences, each naming what to correct."""

    reasons: tuple[str, ...]
    missing: MissingInput = MissingInput.DATA


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A household as the engine sees it, with the rows it was made from."""

    household: document.Household
    rows: Rows
    policy: Policy
    model_version: ModelVersion
    accounts: tuple[Account, ...]
    prices_as_of_on: date
    edge_is_breach: bool
    around: Around
    pending: Pending

    def decides_alone(self, account: Account) -> bool:
        """Whether we may trade the account without asking: its agreement and the policy both say so."""
        return (
            account.discretion == Account.Discretion.DISCRETIONARY
            and self.policy.discretion == Policy.Discretion.FULL
        )


def load(
    household: Household,
    *,
    as_of_on: date,
    trade_on: date,
    objective: Objective | None = None,
    edits: Sequence[Edit] = (),
    accounts: list[Account] | None = None,
    market: Market | None = None,
    model_version: ModelVersion | None = None,
    unsent: Collection[int] = (),
) -> Portfolio | NotMeasurable:
    """The household's portfolio at the closing prices of `as_of_on`, to be traded on `trade_on`.

    A caller that already has them passes the open accounts of `record_rows.accounts_of` and the market of
    that day. `model_version` answers what another version of the model would mean; usually it is the one that
    the policy follows on the trade day. `unsent` are orders, by key, that are examined before they leave, so that their sales
    are not yet among those of the year.
    """
    market = market or Market(as_of_on)
    policy = own_rows.policy(market, household, on=trade_on)
    if policy is None:
        return NotMeasurable(("No investment policy is in force.",), MissingInput.POLICY)
    version = model_version or market.model_version(policy, on=trade_on)
    if version is None:
        name = policy.model.model.name
        return NotMeasurable((f"The policy follows the model {name}, which has no version in force.",))
    rows = record_rows.fetch(
        household,
        policy,
        version,
        market=market,
        accounts=own_rows.accounts(market, household, on=trade_on) if accounts is None else accounts,
        trade_on=trade_on,
        unsent=unsent,
    )
    if reasons := record_rows.gaps(rows):
        return NotMeasurable(tuple(reasons))
    around = surroundings.of(rows)
    pending = pending_actions.of(rows)
    agreed = policy_terms.terms(rows)
    built = document.Household(
        id=household.public_id,
        as_of=as_of_on,
        trade_on=trade_on,
        # Accounts are balanced together only where their owners have agreed to it in writing.
        level=document.Level(policy.level) if policy.pooling_allowed else document.Level.ACCOUNT,
        tax_units=tuple(tax_units.of(rows)),
        accounts=tuple(_account(rows, account, pending) for account in rows.accounts),
        securities=_securities(rows, around, pending),
        lots=surroundings.kept([(lot, _lot(rows, lot)) for lot in rows.lots], rows, around),
        recent_trades=tuple(wash_window.recent(rows)),
        policy=agreed,
        rules=surroundings.restricted(policy_terms.rules(rows, agreed), rows, around),
        objective=objective or Objective(),
        edits=tuple(edits),
    )
    if faults := validation.faults_in(built):
        return NotMeasurable(tuple(f"The record is inconsistent at {fault}." for fault in faults))
    if unknown := policy_terms.unassumed(built, policy, market=market):
        return NotMeasurable(unknown)
    built = policy_terms.filling_up(built, policy.destination_additions)
    days = {rows.prices[key].as_of_on for key in rows.securities}
    return Portfolio(
        household=built,
        rows=rows,
        policy=policy,
        model_version=version,
        accounts=tuple(rows.accounts),
        prices_as_of_on=min(days, default=as_of_on),
        edge_is_breach=policy.edge_is_breach,
        around=around,
        pending=pending,
    )


def _account(rows: Rows, account: Account, pending: Pending) -> document.Account:
    cash = getattr(account, "cash", None)
    swept = swept_cash(rows, account)
    why = (
        refusal_to_trade(account, holds=rows.holds, on=rows.trade_on)
        or pending.accounts.get(account.pk)
        or _refusal_without_profile(rows, account)
    )
    settled = ZERO if cash is None else cash.settled
    unsettled: tuple[document.DatedAmount, ...] = ()
    if cash is not None and cash.unsettled:
        settles_on = cash.unsettled_settles_on or rows.trade_on
        if settles_on < rows.as_of_on:
            settled += cash.unsettled
        else:
            unsettled = (document.DatedAmount(on=settles_on, amount=cash.unsettled, label="unsettled trade"),)
    reserve = rows.policy.cash_reserve if account == _reserve_account(rows) else ZERO
    minimum = account.minimum_cash + reserve
    free = settled + swept + sum((part.amount for part in unsettled), ZERO) - minimum
    flows, later = money_due.of(rows, account, available=free)
    return document.Account(
        id=account.public_id,
        name=account.name,
        tax_treatment=_TREATMENT[Account.TaxTreatment(account.tax_treatment)],
        tax_unit=account.tax_unit.code if account.tax_unit else None,
        owner=account.owner.public_id,
        cash_settled=settled + swept,
        cash_unsettled=unsettled,
        minimum_cash=minimum,
        flows=flows,
        may_buy=_may_buy(rows, account),
        fractional_shares=True,
        tradable=why is None,
        not_tradable_reason=why or "",
        flows_later=later,
    )


def _may_buy(rows: Rows, account: Account) -> tuple[str, ...] | None:
    """What the employer's plan of an account lets it buy; None for an account of no such plan."""
    menu = rows.menus.get(account.pk)
    if menu is None:
        return None
    return tuple(rows.securities[key].symbol for key in menu.securities if key in rows.securities)


def refusal_to_trade(account: Account, *, holds: Sequence[Hold], on: date) -> str | None:
    """Why an account may not be traded on a day, as a sentence; None when it may."""
    for hold in holds:
        if hold.security_id is None and hold.account_id in {None, account.pk} and hold.is_in_force(on=on):
            return f"Held until {hold.expires_on}: {hold.reason}"
    if account.reconciliation == Account.Reconciliation.BROKEN:
        return f"Its lots and positions differ ({account.reconciliation_note})."
    if differing := unreconciled.differences(account):
        return f"Its positions differ from our book: {differing[0].sentence}"
    if account.reconciliation == Account.Reconciliation.NEVER:
        # After a move the note says where it came from.
        return (
            account.reconciliation_note or "Its lots have never been compared with the custodian's positions."
        )
    outside = [one for one in account.positions.all() if one.stands_outside_lots]
    if outside:
        named = ", ".join(sorted(one.security.symbol for one in outside))
        return (
            f"It holds {named}, which no tax lot can stand for, so its value is left out of the weights. "
            f"{outside[0].held_out}"
        )
    is_swept = any(one.security.kind == Security.Kind.MONEY_MARKET for one in account.positions.all())
    if getattr(account, "cash", None) is None and not is_swept:
        return "Its cash balance is unknown."
    if not account.agreement_in_force(on=on):
        return "No advisory agreement is in force for it."
    return None


def _refusal_without_profile(rows: Rows, account: Account) -> str | None:
    if account.tax_unit is None or account.tax_unit_id in rows.profiles:
        return None
    return tax_units.sentence_without_profile(account.tax_unit, rows.trade_on.year)


def _reserve_account(rows: Rows) -> Account | None:
    """The account that keeps the policy's cash reserve: the taxable one with most cash, else any."""

    def order(account: Account) -> tuple[bool, Decimal, str]:
        cash = getattr(account, "cash", None)
        is_sheltered = account.tax_treatment != Account.TaxTreatment.TAXABLE
        return is_sheltered, -(cash.settled if cash else ZERO), account.public_id

    return min(rows.accounts, key=order, default=None)


def _securities(rows: Rows, around: Around, pending: Pending) -> tuple[document.Security, ...]:
    unclassified = record_rows.unclassified(rows)
    named = [target.asset_class.code for target in rows.policy.targets.all()]
    divided = divided_classes.of(rows, named=named, cash_class=CASH_CLASS)
    return tuple(
        pending_actions.kept_out(
            surroundings.halted(
                _security(
                    rows, one, otherwise=UNCLASSIFIED if key in unclassified else CASH_CLASS, divided=divided
                ),
                one,
                around,
                on=rows.trade_on,
            ),
            key,
            pending,
        )
        for key, one in rows.securities.items()
    )


def _security(rows: Rows, security: Security, *, otherwise: str, divided: Divided) -> document.Security:
    """A security with its classes, or with the class `otherwise` where none is on record."""
    price = rows.prices[security.pk]
    can_be_split = security.is_fractional and security.kind == Security.Kind.MUTUAL_FUND
    weights = [
        document.ClassWeight(asset_class=one.asset_class.code, weight=one.weight)
        for one in security.class_weights.all()
    ]
    frozen = security.pk in rows.held_out or any(hold.security_id == security.pk for hold in rows.holds)
    return document.Security(
        id=security.symbol,
        symbol=security.symbol,
        name=security.name,
        price=price.price,
        price_on=price.as_of_on,
        weights=tuple(weights) or (document.ClassWeight(asset_class=otherwise, weight=ONE),),
        half_spread=rows.figures.of(HALF_SPREAD) if security.half_spread is None else security.half_spread,
        wash_group=security.wash_group.code if security.wash_group else None,
        wash_applies=security.wash_applies,
        increment=security.increment,
        fractional_increment=FUND_INCREMENT if can_be_split else None,
        settles_in_days=security.settlement_days,
        status=document.SecurityStatus.FROZEN if frozen else document.SecurityStatus(security.trading),
        replacements=tuple(
            rows.securities[one.replacement_id].symbol
            for one in security.replacements.all()
            if one.replacement_id in rows.securities
        ),
        issuer=security.issuer or None,
        sector=security.sector or None,
        sleeves=divided_classes.parts(rows, divided, security) if divided else (),
    )


def _lot(rows: Rows, lot: TaxLot) -> document.Lot:
    is_disputed = lot.basis_status == TaxLot.BasisStatus.DISPUTED
    lock = lot.lock_reason or lot.get_lock_display() if lot.lock else None
    if is_disputed and lock is None:
        lock = "Its basis is disputed."
    return document.Lot(
        id=lot.public_id,
        account=lot.account.public_id,
        security=rows.securities[lot.security_id].symbol,
        quantity=lot.quantity,
        basis=None if is_disputed else lot.basis,
        acquired=lot.acquired_on,
        adjusted_acquired=_held_since(lot, on=rows.trade_on),
        lock_reason=lock,
        locked_until=lot.lock_until_on if lock else None,
        method=document.LotMethod.AVERAGE if lot.is_average_cost else document.LotMethod.SPECIFIC,
        gift=None if is_disputed else _gift(lot),
    )


def _gift(lot: TaxLot) -> document.Gift | None:
    """The gift facts on record; None for a lot that was not a gift, or whose average basis hides it.

    Where the file omits the donor's basis, the custodian's basis is used, since that is what custodians
    carry.
    """
    if lot.acquired_by != TaxLot.Acquisition.GIFT or lot.is_average_cost:
        return None
    donor_basis = lot.basis if lot.donor_basis is None else lot.donor_basis
    given = lot.gifted_on or lot.acquired_on
    if donor_basis is None or given is None:
        return None
    return document.Gift(
        donor_basis=donor_basis,
        value_at_gift=lot.value_at_gift,
        given_on=given,
        donor_acquired=lot.donor_acquired_on,
    )


def _held_since(lot: TaxLot, *, on: date) -> date | None:
    """The start of the holding period, when that is not the acquisition day."""
    since = lot.adjusted_acquired_on or lot.acquired_on
    if lot.acquired_by == TaxLot.Acquisition.INHERITANCE and since is not None:
        counted = inherited_since(since, on=on)
        return lot.adjusted_acquired_on if counted == since else counted
    return lot.adjusted_acquired_on
