"""PTC-09: no sell uses a lot that is locked.

Locks are a pledge to a charity or a lender, a restricted legend, a legacy holding the client keeps. Source: the
pledge or agreement itself; Securities Act Rule 144 for legends.
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance.rules.facts.case import Case, LotUse, Trade
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import listing
from rebalancing.engine.documents.plan import SkipReason

RULE = Rule(
    id="PTC-09",
    title="Locked lot or position",
    levels=(Severity.BLOCK,),
    source="The pledge or agreement; Securities Act Rule 144",
    example="Sell picks lot pledged to a donor-advised fund: BLOCK",
    engine=InEngine(how="A locked lot is not sold before its lock ends.", by=(SkipReason.LOCKED,)),
)


def lock_severity(locks: Iterable[str] | None) -> Severity:
    """BLOCK when the lot carries any lock, and when it is not known whether it does."""
    return Severity.PASS if locks is not None and not tuple(locks) else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(lot, trade, case) for trade in case.sells for lot in trade.lots),
        nothing="This proposal sells from no named lot.",
    )


def examine(lot: LotUse, trade: Trade, case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security, lot=lot.lot),)
    name = case.name(trade.security)
    if lot.locks is None:
        return RULE.missing(f"whether lot {lot.lot} of {name} is free to sell", about=about)
    locks = tuple(sorted(lot.locks))
    severity = lock_severity(locks)
    inputs = {"locks": locks, "shares": lot.shares}
    if severity is Severity.PASS:
        return RULE.finding(severity, f"Lot {lot.lot} of {name} is free.", about=about, inputs=inputs)
    return RULE.finding(
        severity,
        f"Lot {lot.lot} of {name} must not be sold: {listing(lock.replace('_', ' ') for lock in locks)}.",
        fix="Choose other lots, or have the lock released by whoever set it.",
        about=about,
        inputs=inputs,
    )
