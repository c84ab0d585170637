"""A proposal as the rule book's case: every fact the pre-trade rules may look at, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Avg

from clients import policies, securities
from clients.models import Account, Hold, Policy, PolicyRestriction, Price, Security, TaxLot
from compliance.models import RestrictedIssuer
from compliance.rules import case
from compliance.rules.thresholds import Thresholds
from rebalancing import case_taxes, case_weights, market_days, open_orders
from rebalancing.engine import household as document
from rebalancing.engine.calendars import new_york
from rebalancing.engine.holding_periods import days_until_long_term
from rebalancing.engine.money import cents
from rebalancing.engine.plan import Order as PlannedOrder
from rebalancing.engine.plan import Plan, Reason, Side
from rebalancing.models import Order, Proposal, ProposedLot
from rebalancing.portfolio_rows import HORIZON_DAYS, WASH_DAYS
from rebalancing.portfolios import Portfolio

ZERO = Decimal(0)

_OWNERS = {"head": case.OwnerKind.SELF, "spouse": case.OwnerKind.SPOUSE, "child": case.OwnerKind.CHILD}
_BASIS = {
    TaxLot.BasisStatus.COVERED: case.BasisStatus.COVERED,
    TaxLot.BasisStatus.NONCOVERED: case.BasisStatus.NONCOVERED_KNOWN,
    TaxLot.BasisStatus.UNKNOWN: case.BasisStatus.UNKNOWN,
    TaxLot.BasisStatus.DISPUTED: case.BasisStatus.DISPUTED,
}


def build(
    portfolio: Portfolio,
    plan: Plan,
    *,
    proposal: str,
    version: int,
    digest: str,
    built_at: datetime,
    preparers: Iterable[str],
    approver: str | None = None,
    approver_roles: Iterable[str] | None = None,
    consents: tuple[case.Consent, ...] = (),
    overrides: tuple[case.Override, ...] = (),
    changed_since_build: tuple[str, ...] | None = None,
    at: datetime,
) -> case.Case:
    """The case of one plan for one household at one moment."""
    built = portfolio.household
    in_force = policies.in_force(portfolio.policy.household, on=market_days.trade_day(at))
    lots = {
        lot.public_id: lot for lot in TaxLot.objects.filter(account__in=portfolio.accounts, closed_on=None)
    }
    by_symbol = Security.objects.in_bulk({row.id for row in built.securities}, field_name="symbol")
    found = securities.prices_on(market_days.last_close(at), securities=by_symbol.values())
    prices_now = {symbol: found.get(row.pk) for symbol, row in by_symbol.items()}
    built_on = market_days.new_york_date(built_at)
    return case.Case(
        now=at,
        trade_on=market_days.trade_day(at),
        household=built.id,
        proposal=proposal,
        proposal_version=version,
        proposal_hash=digest,
        built_at=built_at,
        built_on=built_on,
        changed_since_build=changed_since_build,
        trading_days=new_york().sessions_between(
            built_on - timedelta(days=7), market_days.trade_day(at) + timedelta(days=1)
        ),
        preparers=frozenset(preparers),
        approver=approver,
        approver_roles=None if approver_roles is None else frozenset(approver_roles),
        accounts=tuple(
            _account(portfolio, plan, account, in_force=in_force, at=at) for account in portfolio.accounts
        ),
        securities=tuple(_security(row, by_symbol[row.id]) for row in built.securities),
        trades=tuple(
            _trade(order, built, lots, prices_now.get(order.security), on=built.trade_on)
            for order in plan.orders
        ),
        positions=_positions(portfolio, lots),
        open_orders=_open_orders(portfolio, proposal=proposal),
        pending_lots=_pending_lots(portfolio, proposal=proposal),
        policy=_policy(
            portfolio.policy,
            weighed=dict.fromkeys(one.account for one in plan.before.classes),
            on=built.trade_on,
        ),
        weights=_weights(plan),
        firm_list=_firm_list(),
        purchases=_purchases(portfolio),
        loss_sales=_loss_sales(portfolio),
        consents=consents,
        overrides=overrides,
        market=_market(built, prices_now, at=at),
        tax_units=case_taxes.units(portfolio, plan),
        tax_estimate=plan.tax_change,
        issuers=case_weights.issuers(portfolio, plan),
        blocks=(),
        equity_before=case_weights.equity(portfolio, plan.before),
        equity_after=case_weights.equity(portfolio, plan.after),
        profile_confirmed_on=portfolio.policy.household.profile_confirmed_on,
        thresholds=_thresholds(),
        raises_cash_only=bool(plan.orders) and all(order.side is Side.SELL for order in plan.orders),
    )


def _thresholds() -> Thresholds:
    """The firm's figures. Where only closing prices reach the record, no stage asks for prices minutes old."""
    if settings.LIVE_PRICES:
        return Thresholds()
    return replace(Thresholds(), live_price_stages=frozenset())


def _account(
    portfolio: Portfolio, plan: Plan, account: Account, *, in_force: Policy | None, at: datetime
) -> case.Account:
    cash = getattr(account, "cash", None)
    as_document = next(one for one in portfolio.household.accounts if one.id == account.public_id)
    is_sheltered = account.tax_treatment != Account.TaxTreatment.TAXABLE
    value = next((one.total for one in plan.before.accounts if one.account == account.public_id), None)
    horizon = market_days.new_york_date(at) + timedelta(days=HORIZON_DAYS)
    return case.Account(
        key=account.public_id,
        label=account.name,
        kind=account.registration,
        tax_advantaged=is_sheltered,
        owner=_OWNERS.get(account.owner.part, case.OwnerKind.ENTITY),
        authority=case.Authority(account.discretion),
        discretion_from=account.discretion_from_on,
        discretion_until=account.discretion_until_on,
        agreement_signed_on=account.agreement_signed_on,
        agreement_effective_on=account.agreement_effective_on,
        agreement_ended_on=account.agreement_terminated_on,
        closed_on=account.closed_on,
        holds=tuple(_holds(account, market_days.new_york_date(at))),
        value=value,
        cash_settled=cash.settled if cash else None,
        cash_unsettled=tuple(
            case.UnsettledCash(settles_on=part.on, amount=part.amount) for part in as_document.cash_unsettled
        ),
        cash_for_open_buys=ZERO,
        cash_reserve=as_document.minimum_cash,
        withdrawals=tuple(
            case.CashFlow(on=flow.on, amount=-flow.amount, what=flow.label or "withdrawal")
            for flow in as_document.flows
            if flow.amount < ZERO and flow.on <= horizon
        ),
        fees_due=ZERO,
        margin_agreement=account.margin == Account.Margin.FULL,
        custodian_takes_fractions=True,
        standing_lot_method=account.lot_method if account.lot_method != Account.LotMethod.UNKNOWN else None,
        standing_lot_method_since=account.lot_method_since_on,
        reconciled_on=account.reconciled_on
        if account.reconciliation == Account.Reconciliation.RECONCILED
        else None,
        model_assigned=_model_of(in_force),
        model_used=_model_of(portfolio.policy),
        usual_order=_usual_order(account),
    )


def _model_of(policy: Policy | None) -> str | None:
    return None if policy is None else f"{policy.model.model.code} v{policy.model.version}"


def _usual_order(account: Account) -> Decimal:
    """The average size of the account's earlier orders in dollars; zero where there is no history."""
    sizes = Order.objects.filter(account=account).exclude(state=Order.State.CANCELLED)
    found = sizes.aggregate(average=Avg("proposed__amount"))["average"]
    return ZERO if found is None else cents(found)


def _holds(account: Account, on: date) -> Iterable[case.Hold]:
    placed = Hold.objects.filter(
        household=account.household, security=None, lifted_at=None, starts_on__lte=on
    )
    for hold in placed:
        if hold.account_id in {None, account.pk} and hold.is_in_force(on=on):
            yield case.Hold(
                kind=hold.kind, from_on=hold.starts_on, until_on=hold.expires_on, note=hold.reason
            )


def _security(row: document.Security, on_record: Security) -> case.Security:
    main = max(row.weights, key=lambda part: (part.weight, part.asset_class), default=None)
    return case.Security(
        key=row.id,
        name=on_record.name,
        kind="money_fund" if on_record.kind == Security.Kind.MONEY_MARKET else on_record.kind,
        issuer=on_record.issuer or None,
        sector=on_record.sector or None,
        tags=frozenset(),
        asset_class=main.asset_class if main else None,
        wash_group=row.wash_group,
        wash_applies=row.wash_applies,
        fractional=row.fractional_increment is not None,
        adv_shares=on_record.daily_volume,
    )


def _trade(
    order: PlannedOrder,
    built: document.Household,
    lots: dict[str, TaxLot],
    price_now: Price | None,
    *,
    on: date,
) -> case.Trade:
    security = next(row for row in built.securities if row.id == order.security)
    held = sum(
        (
            lot.quantity
            for lot in built.lots
            if (lot.account, lot.security) == (order.account, order.security)
        ),
        ZERO,
    )
    return case.Trade(
        account=order.account,
        security=order.security,
        side=case.Side(order.side.value),
        shares=order.shares,
        price=order.price,
        priced_at=market_days.closed_at(security.price_on),
        price_now=price_now.price if price_now else None,
        price_now_at=market_days.closed_at(price_now.as_of_on) if price_now else None,
        amount=order.shares * order.price,
        costs=order.cost,
        settles_on=order.settles_on,
        lots=tuple(_lot_use(sale.lot, sale.shares, sale.gain, lots, on=on) for sale in order.lots),
        closes_position=order.side is Side.SELL and order.shares == held,
        raises_named_cash=order.reason is Reason.RAISE_CASH,
    )


def _lot_use(
    key: str, shares: Decimal, gain: Decimal | None, lots: dict[str, TaxLot], *, on: date
) -> case.LotUse:
    lot = lots.get(key)
    if lot is None:
        return case.LotUse(lot=key, shares=shares)
    since = lot.adjusted_acquired_on or lot.acquired_on
    days = None if since is None else max(0, days_until_long_term(since, on))
    if lot.acquired_by == TaxLot.Acquisition.INHERITANCE:
        days = 0
    return case.LotUse(
        lot=key,
        shares=shares,
        acquired_on=lot.acquired_on,
        term=None if days is None else case.Term.SHORT if days else case.Term.LONG,
        gain=gain,
        basis=_BASIS[TaxLot.BasisStatus(lot.basis_status)],
        basis_reconciled=True,
        locks=frozenset({lot.lock} if _is_locked(lot, on=on) else ()),
        days_to_long_term=days,
    )


def _is_locked(lot: TaxLot, *, on: date) -> bool:
    """Whether a lock still holds on a day; it ends with the day before `lock_until_on`, as in the engine."""
    return bool(lot.lock) and (lot.lock_until_on is None or on < lot.lock_until_on)


def _positions(portfolio: Portfolio, lots: dict[str, TaxLot]) -> tuple[case.Position, ...]:
    reinvests = {
        (position.account.public_id, position.security.symbol): position.reinvests_dividends
        for account in portfolio.accounts
        for position in account.positions.select_related("account", "security")
    }
    reconciled = {
        account.public_id: account.reconciliation == Account.Reconciliation.RECONCILED
        for account in portfolio.accounts
    }
    held: dict[tuple[str, str], Decimal] = {}
    locked: dict[tuple[str, str], Decimal] = {}
    for row in portfolio.household.lots:
        key = (row.account, row.security)
        held[key] = held.get(key, ZERO) + row.quantity
        if _is_locked(lots[row.id], on=portfolio.household.trade_on):
            locked[key] = locked.get(key, ZERO) + row.quantity
    return tuple(
        case.Position(
            account=account,
            security=security,
            shares=shares,
            shares_locked=locked.get((account, security), ZERO),
            shares_reconciled=reconciled[account],
            reinvests=reinvests.get((account, security)),
        )
        for (account, security), shares in sorted(held.items())
    )


def _open_orders(portfolio: Portfolio, *, proposal: str) -> tuple[case.OpenOrder, ...]:
    """Orders of these accounts on their way, those of this very proposal left out."""
    return tuple(
        case.OpenOrder(
            account=order.account.public_id,
            security=order.security.symbol,
            side=case.Side(order.side),
            shares=order.quantity,
            sent_at=order.batch.released_at,
        )
        for order in open_orders.of(portfolio.accounts)
        if order.batch.revision.proposal.public_id != proposal
    )


def _pending_lots(portfolio: Portfolio, *, proposal: str) -> tuple[case.PendingLot, ...]:
    others = (
        ProposedLot.objects.filter(
            order__account__in=portfolio.accounts, order__revision__proposal__state__in=Proposal.OPEN_STATES
        )
        .exclude(order__revision__proposal__public_id=proposal)
        .select_related("lot", "order__account", "order__revision__proposal")
    )
    return tuple(
        case.PendingLot(
            account=use.order.account.public_id,
            lot=use.lot.public_id,
            proposal=use.order.revision.proposal.public_id,
        )
        for use in others
    )


def _policy(policy: Policy, *, weighed: Iterable[str | None], on: date) -> case.Policy:
    """The policy's limits; its ranges hold for whatever is weighed: the household, or each account."""
    targets = list(policy.targets.select_related("asset_class"))
    hard = [
        case.ClassRange(
            asset_class=target.asset_class.code,
            low=target.weight_lower if target.hard_lower is None else target.hard_lower,
            high=target.weight_upper if target.hard_upper is None else target.hard_upper,
            account=account,
        )
        for account in weighed
        for target in targets
    ]
    return case.Policy(
        approved_version=str(policy.version),
        approved_on=policy.effective_on,
        last_review_on=policy.reviewed_on,
        ranges=tuple(hard),
        restrictions=tuple(_restrictions(policy, on=on)),
        margin_permitted=False,
        equity_cap=Decimal(1) if policy.equity_cap is None else policy.equity_cap,
    )


def _restrictions(policy: Policy, *, on: date) -> Iterable[case.Restriction]:
    """What the client forbids on a day; a wish that has run out forbids nothing, here as in the engine."""
    for wish in policy.restrictions.select_related("security", "account"):
        if wish.kind == PolicyRestriction.Kind.CAP or (wish.until_on is not None and wish.until_on < on):
            continue
        named = (
            (case.Scope.SECURITY, wish.security.symbol if wish.security else ""),
            (case.Scope.ISSUER, wish.issuer),
            (case.Scope.SECTOR, wish.sector),
        )
        for scope, value in named:
            if value:
                yield case.Restriction(
                    side=case.Side.BUY if wish.kind == PolicyRestriction.Kind.DO_NOT_BUY else case.Side.SELL,
                    scope=scope,
                    value=value,
                    reason=wish.reason,
                    account=wish.account.public_id if wish.account else None,
                )


def _weights(plan: Plan) -> tuple[case.ClassWeight, ...]:
    after = {(one.account, one.asset_class): one for one in plan.after.classes}
    return tuple(
        case.ClassWeight(
            asset_class=one.asset_class,
            before=one.weight,
            after=after[one.account, one.asset_class].weight,
            target=one.target,
            account=one.account,
            moved=after[one.account, one.asset_class].value - one.value,
        )
        for one in plan.before.classes
    )


def _firm_list() -> tuple[case.ListedIssuer, ...]:
    return tuple(
        case.ListedIssuer(
            listing=case.Listing(line.kind),
            from_on=line.starts_on,
            until_on=line.ends_on,
            issuer=line.issuer,
            reason=line.reason,
        )
        for line in RestrictedIssuer.objects.filter(lifted_at=None)
    )


def _purchases(portfolio: Portfolio) -> tuple[case.Purchase, ...]:
    return tuple(
        _purchase(portfolio, one) for one in portfolio.household.recent if one.loss_per_share is None
    )


def _purchase(portfolio: Portfolio, one: document.Recent) -> case.Purchase:
    account = next((account for account in portfolio.accounts if account.public_id == one.account), None)
    group = next((row.wash_group for row in portfolio.household.securities if row.id == one.security), None)
    return case.Purchase(
        account=one.account,
        label=account.name if account else "an account held away",
        security=one.security,
        wash_group=group,
        on=one.on,
        shares=one.shares - one.matched,
        lot=one.lot or "",
        tax_advantaged=None if account is None else account.tax_treatment != Account.TaxTreatment.TAXABLE,
        owner=_OWNERS.get(account.owner.part, case.OwnerKind.ENTITY) if account else None,
        what="reinvestment" if one.kind is document.RecentKind.REINVESTMENT else "purchase",
    )


def _loss_sales(portfolio: Portfolio) -> tuple[case.LossSale, ...]:
    window = portfolio.household.trade_on - timedelta(days=WASH_DAYS)
    groups = {row.id: row.wash_group for row in portfolio.household.securities}
    names = {account.public_id: account.name for account in portfolio.accounts}
    return tuple(
        case.LossSale(
            account=one.account,
            label=names.get(one.account, "an account held away"),
            security=one.security,
            wash_group=groups.get(one.security),
            on=one.on,
            shares=one.shares,
            loss=one.loss_per_share * one.shares,
        )
        for one in portfolio.household.recent
        if one.loss_per_share is not None and one.on >= window
    )


def _market(built: document.Household, prices_now: dict[str, Price | None], *, at: datetime) -> case.Market:
    day = market_days.trade_day(at)
    return case.Market(
        opens_at=market_days.opened_at(day),
        closes_at=market_days.closed_at(day),
        previous_close_at=market_days.closed_at(market_days.last_close(at)),
        index_move=_move(built, prices_now),
    )


def _move(built: document.Household, prices_now: dict[str, Price | None]) -> Decimal | None:
    """How far the household's own holdings have moved since they were priced, weighted by value.

    It stands in for a broad index: without a price feed of one, what is held is the best witness.
    """
    before = now = ZERO
    prices = {row.id: row.price for row in built.securities}
    for lot in built.lots:
        price = prices_now.get(lot.security)
        if price is None:
            return None
        before += lot.quantity * prices[lot.security]
        now += lot.quantity * price.price
    return now / before - 1 if before else None
