"""PTC-26: no round trip in a fund within the days that its prospectus names; what an early sale costs is shown.

Source: Investment Company Act Rule 22c-2 (redemption fees, agreements on frequent trading). Reinvested distributions
do not count as purchases. The last day of the period counts.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day, dollars
from rebalancing.engine.documents.plan import SkipReason

RULE = Rule(
    id="PTC-26",
    title="Fund trading policy",
    levels=(Severity.WARN, Severity.OVERRIDE),
    source="Investment Company Act Rule 22c-2",
    example="Fund bought 20 days ago, 30-day policy: OVERRIDE",
    engine=InEngine(
        how="A fund is not sold within its holding period after a purchase.", by=(SkipReason.LOCKED,)
    ),
)


def is_round_trip(*, bought_on: date | None, sold_on: date, holding_days: int) -> bool:
    """Whether a sale ends a round trip within the fund's period, its last day included."""
    return bought_on is not None and 0 <= (sold_on - bought_on).days <= holding_days


def trading_severity(*, round_trip: bool, fee: Decimal) -> Severity:
    """OVERRIDE for a round trip, WARN for a fee alone."""
    if round_trip:
        return Severity.OVERRIDE
    return Severity.WARN if fee else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    around = case.surroundings
    if around.trading_policies is None or around.fund_buys is None:
        return (RULE.missing("the funds' trading policies and their last purchases"),)
    of_funds = [
        trade
        for trade in case.sells
        if (security := case.security(trade.security)) is None or security.is_fund is not False
    ]
    return RULE.report((examine(trade, case) for trade in of_funds), nothing="This proposal sells no fund.")


def examine(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    policy = case.surroundings.trading_policy(trade.security)
    if policy is None:
        return RULE.finding(Severity.PASS, f"No trading policy of {name} is on record.", about=about)
    bought_on = max(
        (
            one.on
            for one in case.surroundings.fund_buys or ()
            if (one.account, one.security) == (trade.account, trade.security)
        ),
        default=None,
    )
    fee = Decimal(0)
    if policy.redemption_fee is not None and policy.fee_days is not None:
        if trade.amount is None or any(lot.acquired_on is None for lot in trade.lots):
            return RULE.missing(f"which lots of {name} are sold, and for how much", about=about)
        young = sum(
            (
                lot.shares
                for lot in trade.lots
                if lot.acquired_on and (case.trade_on - lot.acquired_on).days < policy.fee_days
            ),
            Decimal(0),
        )
        fee = trade.amount * young / trade.shares * policy.redemption_fee
    round_trip = is_round_trip(bought_on=bought_on, sold_on=case.trade_on, holding_days=policy.holding_days)
    severity = trading_severity(round_trip=round_trip, fee=fee)
    inputs = {
        "last_bought_on": bought_on or "none",
        "holding_days": policy.holding_days,
        "redemption_fee": fee,
    }
    told_fee = f" Its redemption fee is about {dollars(fee)}." if fee else ""
    if severity is Severity.PASS:
        return RULE.finding(severity, f"The sale of {name} is no round trip.", about=about, inputs=inputs)
    if severity is Severity.WARN:
        return RULE.finding(
            severity, f"Some of {name} is sold early.{told_fee}", fix="Sell older shares, or wait.", about=about,
            inputs=inputs,
        )  # fmt: skip
    assert bought_on is not None, "a round trip has its purchase"
    return RULE.finding(
        severity,
        f"{name} was bought on {day(bought_on)}, and the fund asks for {policy.holding_days} days between a purchase "
        f"and a sale.{told_fee}",
        fix="Wait until the period is over, or say why the fund takes the sale.",
        about=about,
        inputs=inputs,
    )
