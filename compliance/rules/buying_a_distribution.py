"""PTC-37: a taxable account does not buy a fund just before it distributes, and pays tax on the seller's gains.

Source: IRC 852(b)(3) (capital gain dividends are the shareholder's gain, whenever the shares were bought).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.surroundings import Distribution
from compliance.rules.facts.thresholds import Stricter, Threshold
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day, percent

DAYS = Threshold("distribution_days", 15, Stricter.HIGHER)
LEAST = Threshold("distribution_fraction", Decimal("0.01"))

RULE = Rule(
    id="PTC-37",
    title="Buying a distribution",
    levels=(Severity.WARN,),
    source="IRC 852(b)(3)",
    example="Record date 2026-12-15, est. 4% of NAV, buy on 2026-12-07: WARN",
    thresholds=(DAYS, LEAST),
    engine=InEngine(how="Taxable accounts do not buy a fund shortly before such a distribution."),
)


def is_ahead(*, ex_on: date, record_on: date | None, trade_on: date, days: int = DAYS.default) -> bool:
    """Whether a purchase on a day gets the distribution, and its record day is at most so many days away."""
    counts_on = record_on or ex_on
    return trade_on < ex_on and 0 <= (counts_on - trade_on).days <= days


def distribution_severity(
    *,
    ex_on: date,
    record_on: date | None,
    trade_on: date,
    fraction: Decimal,
    days: int = DAYS.default,
    least: Decimal = LEAST.default,
) -> Severity:
    """WARN for a distribution that is near and large enough."""
    near = is_ahead(ex_on=ex_on, record_on=record_on, trade_on=trade_on, days=days)
    return Severity.WARN if near and fraction >= least else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    if case.surroundings.distributions is None:
        return (RULE.missing("which distributions funds have announced"),)
    bought = [
        trade for trade in case.buys if (account := case.account(trade.account)) is None or account.taxable
    ]
    return RULE.report(
        (examine(trade, case) for trade in bought),
        nothing="This proposal buys nothing in a taxable account.",
    )


def examine(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    days = case.threshold(DAYS)
    ahead = [
        one
        for one in case.surroundings.distributions_of(trade.security)
        if is_ahead(ex_on=one.ex_on, record_on=one.record_on, trade_on=case.trade_on, days=days)
    ]
    if not ahead:
        return RULE.finding(
            Severity.PASS, f"No distribution of {name} is announced for the next days.", about=about
        )
    found = max(ahead, key=lambda one: (one.fraction is None, one.fraction or Decimal(0)))
    if found.fraction is None:
        return RULE.missing(f"how much {name} is about to distribute", about=about)
    return _told(trade, found, found.fraction, case)


def _told(trade: Trade, found: Distribution, fraction: Decimal, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    severity = distribution_severity(
        ex_on=found.ex_on,
        record_on=found.record_on,
        trade_on=case.trade_on,
        fraction=fraction,
        days=case.threshold(DAYS),
        least=case.threshold(LEAST),
    )
    inputs = {
        "ex_on": found.ex_on,
        "record_on": found.record_on or "none",
        "fraction": fraction,
        "final": "yes" if found.is_final else "an estimate",
    }
    thresholds = case.thresholds.named(DAYS, LEAST)
    if severity is Severity.PASS:
        sentence = f"The distribution of {name} is small."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    return RULE.finding(
        severity,
        f"{name} distributes about {percent(fraction)} of its price on {day(found.ex_on)}; bought before, it is taxed as "
        f"the client's own.",
        fix=f"Buy it on {day(found.ex_on)} or later, or another fund of the class.",
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )
