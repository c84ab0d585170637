"""PTC-27: the same trade is not already on its way, and no other proposal means to use the same lots.

Source: firm policy (trade errors); Treas. Reg. 1.1012-1(c) for the lots, which can be sold only once.
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance.rules.facts.case import Case, Trade
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import listing

RULE = Rule(
    id="PTC-27",
    title="Duplicate or conflicting orders",
    levels=(Severity.BLOCK,),
    source="Firm policy; Treas. Reg. 1.1012-1(c)",
    example="Same sell already sent at 10:02: BLOCK",
    engine=InEngine(
        how="A household with an open proposal, or with orders at the custodian, is not planned for."
    ),
)


def duplicate_severity(*, open_orders_alike: int, shared_lots: Iterable[str]) -> Severity:
    """BLOCK with an open order on the same security, account and side, or with a lot promised elsewhere."""
    return Severity.BLOCK if open_orders_alike or tuple(shared_lots) else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    if case.open_orders is None or case.pending_lots is None:
        return (RULE.missing("the open orders and the other proposals' lots"),)
    return RULE.report(
        (examine(trade, case) for trade in case.trades), nothing="This proposal trades nothing."
    )


def examine(trade: Trade, case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security),)
    alike = [
        order
        for order in case.open_orders or ()
        if (order.account, order.security, order.side) == (trade.account, trade.security, trade.side)
    ]
    used = {lot.lot for lot in trade.lots}
    pending = [
        lot
        for lot in case.pending_lots or ()
        if lot.account == trade.account and lot.lot in used and lot.proposal != case.proposal
    ]
    severity = duplicate_severity(open_orders_alike=len(alike), shared_lots=[lot.lot for lot in pending])
    inputs = {
        "side": trade.side,
        "open_orders_alike": len(alike),
        "sent_at": tuple(order.sent_at for order in alike),
        "shared_lots": tuple(lot.lot for lot in pending),
        "other_proposals": tuple(dict.fromkeys(lot.proposal for lot in pending)),
    }
    name, where = case.name(trade.security), case.label(trade.account)
    if severity is Severity.PASS:
        sentence = "No open order and no other proposal is in the way."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    if alike:
        sentence = f"An order to {trade.side.value} {name} in {where} is already open."
        fix = "Wait until that order is filled or canceled, then propose again."
    else:
        lots = listing(lot.lot for lot in pending)
        sentence = f"Another proposal already means to sell the same lots of {name} in {where}: {lots}."
        fix = "Decide or withdraw the other proposal first, or choose other lots."
    return RULE.finding(severity, sentence, fix=fix, about=about, inputs=inputs)
