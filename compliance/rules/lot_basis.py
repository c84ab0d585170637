"""PTC-36: the cost basis of the lots sold is known, undisputed and agrees with the custodian.

Source: IRC 1012, 1014 (inherited basis until confirmed), 6045 (what the custodian reports). Only taxable accounts.
"""

from __future__ import annotations

from compliance.rules.facts.case import BasisStatus, Case, LotUse, Trade
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from rebalancing.engine.documents.plan import SkipReason

RULE = Rule(
    id="PTC-36",
    title="Unknown or disputed basis",
    levels=(Severity.OVERRIDE,),
    source="IRC 1012, 1014, 6045",
    example="Noncovered lot, basis missing: OVERRIDE",
    engine=InEngine(how="A lot of unknown basis is not sold.", by=(SkipReason.BASIS_UNKNOWN,)),
)

KNOWN = {BasisStatus.COVERED, BasisStatus.NONCOVERED_KNOWN}


def basis_severity(*, status: BasisStatus | None, reconciled: bool | None) -> Severity:
    """PASS for a known basis that agrees with the custodian's, OVERRIDE for everything else."""
    return Severity.PASS if status in KNOWN and reconciled else Severity.OVERRIDE


def check(case: Case) -> tuple[Finding, ...]:
    taxable = [
        (lot, trade)
        for trade in case.sells
        if (account := case.account(trade.account)) is None or account.taxable
        for lot in trade.lots
    ]
    return RULE.report(
        (examine(lot, trade, case) for lot, trade in taxable),
        nothing="This proposal uses no lot in a taxable account.",
    )


def examine(lot: LotUse, trade: Trade, case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security, lot=lot.lot),)
    severity = basis_severity(status=lot.basis, reconciled=lot.basis_reconciled)
    inputs = {"basis": lot.basis, "basis_reconciled": lot.basis_reconciled}
    name = case.name(trade.security)
    if severity is Severity.PASS:
        sentence = f"The cost basis of lot {lot.lot} of {name} is known."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    if lot.basis is BasisStatus.DISPUTED:
        what = "is disputed or not yet confirmed"
    elif lot.basis in KNOWN:
        what = "has not been agreed with the custodian"
    else:
        what = "is not known"
    return RULE.finding(
        severity,
        f"The cost basis of lot {lot.lot} of {name} {what}, so the tax on its sale is uncertain.",
        fix="Confirm the basis, or sell other lots.",
        about=about,
        inputs=inputs,
    )
