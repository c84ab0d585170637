"""PTC-19: no debit balance without a margin agreement and the policy's permission, and never in a retirement account.

Source: Regulation T, 12 CFR 220.4; IRC 4975 (borrowing in an IRA is a prohibited transaction). The debit is the
largest shortfall on any settlement day.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.cash_for_buys import cash_on_day
from compliance.rules.facts.case import Case
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars
from rebalancing.engine.documents.plan import Limit

RULE = Rule(
    id="PTC-19",
    title="Margin use",
    levels=(Severity.BLOCK,),
    source="Regulation T, 12 CFR 220.4; IRC 4975",
    example="Debit of 800 in a joint account without margin: BLOCK",
    engine=InEngine(
        how="No account goes below its minimum cash on any day.", by=(Limit.CASH, Limit.CASH_UNTIL_SETTLEMENT)
    ),
)


def margin_severity(
    *, debit: Decimal, agreement: bool | None, policy_permits: bool | None, tax_advantaged: bool | None
) -> Severity:
    """PASS without a debit; with one only where every permission is known and the account is taxable."""
    allowed = agreement is True and policy_permits is True and tax_advantaged is False
    return Severity.PASS if debit <= 0 or allowed else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(key, case) for key in case.traded), nothing="This proposal trades in no account."
    )


def examine(key: str, case: Case) -> Finding:
    account, about, trades = case.account(key), (About(account=key),), case.trades_in(key)
    if account is None or None in (
        account.cash_settled,
        account.cash_unsettled,
        account.cash_for_open_buys,
    ):
        return RULE.missing(f"the cash of {case.label(key)}", about=about)
    if any(None in (trade.settles_on, trade.amount, trade.costs) for trade in trades):
        return RULE.missing(
            f"amount, costs and settlement day of every trade in {account.label}", about=about
        )
    days = {trade.settles_on for trade in trades if trade.settles_on}
    days |= {one.settles_on for one in account.cash_unsettled or ()}
    debit = max((cash_on_day(account, trades, on)[2] for on in days), default=Decimal(0))
    permits = case.policy.margin_permitted if case.policy else None
    severity = margin_severity(
        debit=debit,
        agreement=account.margin_agreement,
        policy_permits=permits,
        tax_advantaged=account.tax_advantaged,
    )
    inputs = {
        "debit": debit,
        "margin_agreement": account.margin_agreement,
        "policy_permits": permits,
        "tax_advantaged": account.tax_advantaged,
    }
    if severity is Severity.PASS:
        sentence = f"{account.label} does not borrow without permission."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    return RULE.finding(
        severity,
        f"The trades would leave {account.label} owing {dollars(debit)}, and it may not borrow.",
        fix=f"Buy {dollars(debit)} less, or raise that much more.",
        about=about,
        inputs=inputs,
    )
