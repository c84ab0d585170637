"""PTC-06: an insider's household trades the issuer's securities only in a window that is open.

Source: Securities Act Rule 144 (affiliates), Exchange Act Rule 10b5-1 (plans), section 16 (family in one household).
A blackout closes every window but a Rule 10b5-1 plan, which was written before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.surroundings import Insider, Window, WindowKind
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day, shares
from rebalancing.engine.documents.plan import SkipReason

RULE = Rule(
    id="PTC-06",
    title="Insider or affiliate",
    levels=(Severity.BLOCK,),
    source="Securities Act Rule 144; Exchange Act Rule 10b5-1",
    example="CFO of issuer XYZ, sell XYZ inside blackout: BLOCK",
    engine=InEngine(
        how="Without an open window an issuer's securities are neither bought nor sold for its insiders' households.",
        by=(SkipReason.LOCKED,),
    ),
)


def open_window(windows: Iterable[Window], *, on: date) -> Window | None:
    """The window in which an insider may trade on a day; None where there is none, or a blackout closes it."""
    in_force = [one for one in windows if one.in_force(on)]
    plans = [one for one in in_force if one.kind is WindowKind.PLAN]
    if any(one.kind is WindowKind.BLACKOUT for one in in_force):
        return plans[0] if plans else None
    allowing = [one for one in in_force if one.kind is not WindowKind.BLACKOUT]
    # The widest of several, so that a limit of one does not close another.
    return max(allowing, key=lambda one: (one.shares_max is None, one.shares_max or Decimal(0)), default=None)


def insider_severity(windows: Iterable[Window], *, on: date, quantity: Decimal = Decimal(0)) -> Severity:
    """BLOCK without an open window, and above the shares that it allows."""
    window = open_window(windows, on=on)
    if window is None or (window.shares_max is not None and quantity > window.shares_max):
        return Severity.BLOCK
    return Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    insiders = case.surroundings.insiders
    if insiders is None:
        return (RULE.missing("who of the household is an insider of which issuer"),)
    if not insiders:
        return RULE.report((), nothing="Nobody of the household is an insider of an issuer on record.")
    return RULE.report(
        (one for trade in case.trades for one in examine(trade, insiders, case)),
        nothing="This proposal trades nothing.",
    )


def examine(trade: Trade, insiders: tuple[Insider, ...], case: Case) -> Iterable[Finding]:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    security = case.security(trade.security)
    if security is None or (security.issuer is None and not security.is_fund):
        return (RULE.missing(f"who issues {name}", about=about),)
    found = [one for one in insiders if one.issuer == security.issuer]
    if not found:
        return (RULE.finding(Severity.PASS, f"Nobody is an insider of {name}.", about=about),)
    return tuple(_of_one(trade, insider, case) for insider in found)


def _of_one(trade: Trade, insider: Insider, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    of_issuer = {one.key for one in case.securities if one.issuer == insider.issuer}
    quantity = sum((one.shares for one in case.trades if one.security in of_issuer), Decimal(0))
    window = open_window(insider.windows, on=case.trade_on)
    severity = insider_severity(insider.windows, on=case.trade_on, quantity=quantity)
    blackouts = [
        one for one in insider.windows if one.kind is WindowKind.BLACKOUT and one.in_force(case.trade_on)
    ]
    inputs = {
        "issuer": insider.issuer,
        "insider": insider.who,
        "trade_on": case.trade_on,
        "window": window.kind if window else "none",
        "shares": quantity,
        "shares_max": window.shares_max if window else None,
        "blackout_until": blackouts[0].until_on if blackouts else "none",
    }
    if severity is Severity.PASS:
        sentence = f"{insider.who}: a window for this trade is open."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    if window is not None and window.shares_max is not None:
        return RULE.finding(
            severity,
            f"{insider.who}: the open window allows {shares(window.shares_max)} shares, and this proposal trades "
            f"{shares(quantity)}.",
            fix="Trade less, or record a window that allows it.",
            about=about,
            inputs=inputs,
        )
    until = f" until {day(blackouts[0].until_on)}" if blackouts else ""
    why = f"a blackout holds{until}" if blackouts else "no clearance, Rule 144 notice or plan is on record"
    return RULE.finding(
        severity,
        f"{insider.who}: {why}, so {name} is not traded for this household.",
        fix="Drop the trade, or record the issuer's clearance on the insider's page.",
        about=about,
        inputs=inputs,
    )
