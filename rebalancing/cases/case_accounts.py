"""The accounts of a case: who may act for them, what holds them, their cash, and how large their orders are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Avg

from clients.models import Account, ModelVersion
from compliance.rules.facts import case
from compliance.rules.facts.recorded import Subject
from rebalancing import market_days
from rebalancing.cases.case_facts import recorded
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan
from rebalancing.engine.money import cents
from rebalancing.models import Order
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.portfolios.record_rows import HORIZON_DAYS, Rows
from rebalancing.portfolios.surroundings import swept_cash

ZERO = Decimal(0)

_OWNERS = {"head": case.OwnerKind.SELF, "spouse": case.OwnerKind.SPOUSE, "child": case.OwnerKind.CHILD}


def accounts(portfolio: Portfolio, plan: Plan, *, at: datetime) -> tuple[case.Account, ...]:
    """One entry for each account of the household that is open on the trade day."""
    as_documents = {one.id: one for one in portfolio.household.accounts}
    values = {one.account: one.total for one in plan.before.accounts}
    usual = _usual_orders(portfolio.rows)
    return tuple(
        _account(
            account,
            as_documents[account.public_id],
            portfolio,
            value=values.get(account.public_id),
            usual_order=usual.get(account.pk, ZERO),
            at=at,
        )
        for account in portfolio.accounts
    )


def owner_kind(account: Account) -> case.OwnerKind:
    """Whose account it is, as the wash-sale rules ask: the client, the spouse, a child, or none of them."""
    return _OWNERS.get(account.owner.part, case.OwnerKind.ENTITY)


def is_sheltered(account: Account) -> bool:
    """Whether what the account gains or loses is on nobody's yearly return."""
    return account.tax_treatment != Account.TaxTreatment.TAXABLE


def _account(
    account: Account,
    as_document: document.Account,
    portfolio: Portfolio,
    *,
    value: Decimal | None,
    usual_order: Decimal,
    at: datetime,
) -> case.Account:
    cash = getattr(account, "cash", None)
    horizon = market_days.new_york_date(at) + timedelta(days=HORIZON_DAYS)
    is_reconciled = account.reconciliation == Account.Reconciliation.RECONCILED
    return case.Account(
        key=account.public_id,
        label=account.name,
        kind=account.registration,
        tax_advantaged=is_sheltered(account),
        owner=owner_kind(account),
        authority=case.Authority.DISCRETIONARY
        if portfolio.decides_alone(account)
        else case.Authority.NON_DISCRETIONARY,
        holds=tuple(_holds(account, portfolio.rows)),
        value=value,
        # What rests in a sweep fund is redeemed by the custodian when a purchase settles: cash, as the engine has it.
        cash_settled=as_document.cash_settled if cash or swept_cash(portfolio.rows, account) else None,
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
        reconciled_on=account.reconciled_on if is_reconciled else None,
        model_assigned=_name_of(portfolio.rows.model_version),
        model_used=_name_of(portfolio.model_version),
        usual_order=usual_order,
        **_menu(account, portfolio.rows),
        recorded=recorded(Subject.ACCOUNT, account),
    )


def _menu(account: Account, rows: Rows) -> dict[str, Any]:
    """What an employer's plan lets the account buy, by symbol, with the plan's least shares."""
    menu = rows.menus.get(account.pk)
    if menu is None:
        return {"is_of_a_plan": False}
    symbols = {key: rows.securities[key].symbol for key in menu.securities if key in rows.securities}
    return {
        "is_of_a_plan": True,
        "plan": str(menu.plan) if menu.plan else "",
        "menu": {symbol: menu.minimums.get(key) for key, symbol in symbols.items()},
    }


def _name_of(version: ModelVersion) -> str:
    return f"{version.model.code} v{version.version}"


def _usual_orders(rows: Rows) -> dict[int, Decimal]:
    """The average size in dollars of each account's earlier orders; an account without any is left out."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, tuple[int, Decimal]]]:
        sizes = Order.objects.filter(account__household__in=keys).exclude(state__in=Order.NOT_TRADED)
        by_account = sizes.order_by().values_list("account__household", "account")
        for key, account, average in by_account.annotate(average=Avg("proposed__amount")):
            yield key, (account, average)

    averages = rows.market.rows_of(rows.household.pk, ("usual orders",), fetch)
    return {account: cents(average) for account, average in averages}


def _holds(account: Account, rows: Rows) -> Iterable[case.Hold]:
    for hold in rows.holds:
        if hold.security_id is None and hold.account_id in {None, account.pk}:
            yield case.Hold(
                kind=hold.kind, from_on=hold.starts_on, until_on=hold.expires_on, note=hold.reason
            )
