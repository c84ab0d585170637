"""PTC-35: a taxable sell says which lots it sells, in time.

Source: Treas. Reg. 1.1012-1(c)(3), (c)(8): the lots reach the broker no later than settlement, or a standing
method is on file; otherwise the oldest shares count as sold.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.recorded import Fact, Subject
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day, shares

STANDING_METHOD = Fact(Subject.ACCOUNT, "lot_method", str, example=None)
STANDING_SINCE = Fact(Subject.ACCOUNT, "lot_method_since_on", date, example=None)

RULE = Rule(
    id="PTC-35",
    title="Lot instruction attached",
    levels=(Severity.BLOCK,),
    source="Treas. Reg. 1.1012-1(c)(3), (c)(8)",
    example="Sell in taxable without lots: BLOCK",
    facts=(STANDING_METHOD, STANDING_SINCE),
    engine=InEngine(how="The plan names its lots, or follows the standing method of the account."),
)


def instruction_severity(
    *, lots_cover_sell: bool, standing_method: bool, instructed_on: date | None, settles_on: date | None
) -> Severity:
    """PASS with a standing method, or with lots for every share that reach the custodian by settlement.

    ``instructed_on`` is the day the lots were sent, or the trade day when they still have to be sent.
    """
    if standing_method:
        return Severity.PASS
    in_time = instructed_on is not None and settles_on is not None and instructed_on <= settles_on
    return Severity.PASS if lots_cover_sell and in_time else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    taxable = [
        trade for trade in case.sells if (account := case.account(trade.account)) is None or account.taxable
    ]
    return RULE.report(
        (examine(trade, case) for trade in taxable),
        nothing="This proposal sells nothing in a taxable account.",
    )


def examine(trade: Trade, case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security),)
    account, name = case.account(trade.account), case.name(trade.security)
    if trade.settles_on is None:
        return RULE.missing(f"when the sale of {name} settles", about=about)
    method, since = STANDING_METHOD.of(account), STANDING_SINCE.of(account)
    standing = method is not None and since is not None and since <= case.trade_on
    chosen = sum((lot.shares for lot in trade.lots), Decimal(0))
    # Lots that were chosen are an instruction of their own: a standing method then no longer speaks for them.
    standing = standing and not trade.lots
    severity = instruction_severity(
        lots_cover_sell=bool(trade.lots) and chosen == trade.shares,
        standing_method=standing,
        instructed_on=trade.lots_sent_on or case.trade_on,
        settles_on=trade.settles_on,
    )
    inputs = {
        "shares": trade.shares,
        "shares_in_lots": chosen,
        "lots": tuple(lot.lot for lot in trade.lots),
        "standing_method": method,
        "lots_sent_on": trade.lots_sent_on,
        "settles_on": trade.settles_on,
    }
    if severity is Severity.PASS:
        sentence = f"The sale of {name} says which lots it sells."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    if not trade.lots:
        sentence = f"The sale of {name} does not say which tax lots it sells."
    elif chosen != trade.shares:
        sentence = (
            f"The sale of {name} is for {shares(trade.shares)} shares, and its tax lots add up to "
            f"{shares(chosen)}."
        )
    else:
        sentence = f"The tax lots for {name} did not reach the custodian by {day(trade.settles_on)}."
    fix = "Name lots for every share, and send them to the custodian by the settlement day."
    return RULE.finding(severity, sentence, fix=fix, about=about, inputs=inputs)
