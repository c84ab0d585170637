"""PTC-16: after trades, fees and the withdrawals of the next 35 days the account keeps its cash reserve.

Source: the client's investment policy (liquidity). The 35th day counts.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from compliance.rules.facts.case import Account, Case
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars
from rebalancing.engine.documents.plan import Limit

RULE = Rule(
    id="PTC-16",
    title="Cash reserve",
    levels=(Severity.BLOCK,),
    source="Client's investment policy (liquidity)",
    example="Cash after trades 9,000; withdrawal 6,000 due in 10 days; reserve 5,000: 3,000 < 5,000, BLOCK",
    engine=InEngine(
        how="Each account keeps its minimum cash and has the money that is due out.", by=(Limit.CASH,)
    ),
)

HORIZON = timedelta(days=35)


def projected_cash(*, cash_after_trades: Decimal, withdrawals: Decimal, fees_due: Decimal) -> Decimal:
    """What is left in dollars once the known payments have gone out."""
    return cash_after_trades - withdrawals - fees_due


def shortfall(*, projected: Decimal, reserve: Decimal) -> Decimal:
    """Dollars missing from the reserve, zero when it is kept."""
    return max(reserve - projected, Decimal(0))


def reserve_severity(*, projected: Decimal, reserve: Decimal) -> Severity:
    return Severity.BLOCK if shortfall(projected=projected, reserve=reserve) > 0 else Severity.PASS


def cash_after_trades(account: Account, case: Case) -> Decimal | None:
    """Settled and unsettled cash with this proposal's trades and the open buys; None when a part is unknown."""
    if account.cash_settled is None or account.cash_unsettled is None or account.cash_for_open_buys is None:
        return None
    cash = account.cash_settled - account.cash_for_open_buys
    cash += sum((one.amount for one in account.cash_unsettled), Decimal(0))
    for trade in case.trades_in(account.key):
        if trade.amount is None or trade.costs is None:
            return None
        cash += (-trade.amount if trade.is_buy else trade.amount) - trade.costs
    return cash


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(key, case) for key in case.traded), nothing="This proposal trades in no account."
    )


def examine(key: str, case: Case) -> Finding:
    account, about = case.account(key), (About(account=key),)
    if account is None:
        return RULE.missing(f"the cash in {case.label(key)}", about=about)
    after = cash_after_trades(account, case)
    if after is None:
        return RULE.missing(f"the cash in {account.label} after the trades", about=about)
    if account.withdrawals is None or account.fees_due is None or account.cash_reserve is None:
        return RULE.missing(f"the withdrawals, fees and cash reserve of {account.label}", about=about)
    until = case.trade_on + HORIZON
    withdrawals = sum((flow.amount for flow in account.withdrawals if flow.on <= until), Decimal(0))
    projected = projected_cash(cash_after_trades=after, withdrawals=withdrawals, fees_due=account.fees_due)
    severity = reserve_severity(projected=projected, reserve=account.cash_reserve)
    inputs = {
        "cash_after_trades": after,
        "withdrawals_next_35_days": withdrawals,
        "fees_due": account.fees_due,
        "projected": projected,
    }
    limits = {"reserve": account.cash_reserve}
    if severity is Severity.PASS:
        sentence = f"{account.label} keeps {dollars(projected)}, enough for its cash reserve."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=limits)
    missing = shortfall(projected=projected, reserve=account.cash_reserve)
    return RULE.finding(
        severity,
        f"After the trades and the payments of the next 35 days {account.label} would hold "
        f"{dollars(projected)}, which is {dollars(missing)} short of its cash reserve.",
        fix=f"Buy {dollars(missing)} less, or raise that much more.",
        about=about,
        inputs=inputs,
        thresholds=limits,
    )
