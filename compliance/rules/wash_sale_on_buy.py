"""PTC-30: a purchase does not disallow a loss that the household took, or is about to take, within 30 days.

Source: IRC 1091; Treas. Reg. 1.1091-1; Rev. Rul. 2008-5. In a tax-advantaged account the loss would be gone for
good, so nobody may accept it; elsewhere it is deferred, and a person may.
"""

from __future__ import annotations

from datetime import date

from compliance.rules.facts.case import Case, LossSale, Trade
from compliance.rules.facts.wash_window import WINDOW_DAYS, group_of, loss_sells, within
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day, listing

RULE = Rule(
    id="PTC-30",
    title="Wash sale: buy",
    levels=(Severity.OVERRIDE, Severity.BLOCK),
    source="IRC 1091; Treas. Reg. 1.1091-1; Rev. Rul. 2008-5",
    example="Loss sale 2026-11-23, Roth buy 2026-12-23 (day 30): BLOCK; 2026-12-24: pass",
    thresholds=(WINDOW_DAYS,),
    engine=InEngine(how="What was sold at a loss is not bought for 30 days."),
)


def buy_severity(
    *, loss_sale_on: date, buy_on: date, buyer_tax_advantaged: bool | None, days: int = WINDOW_DAYS.default
) -> Severity:
    """PASS outside the window; inside it BLOCK for a tax-advantaged (or unknown) buyer, else OVERRIDE."""
    if not within(loss_sale_on, buy_on, days=days):
        return Severity.PASS
    return Severity.OVERRIDE if buyer_tax_advantaged is False else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    if not case.buys:
        return (RULE.finding(Severity.PASS, "This proposal buys nothing."),)
    if case.loss_sales is None:
        return (RULE.missing("what the household recently sold at a loss"),)
    losses = (*case.loss_sales, *proposed_losses(case))
    return RULE.report((examine(trade, losses, case) for trade in case.buys), nothing="Nothing bought.")


def proposed_losses(case: Case) -> tuple[LossSale, ...]:
    """The losses this very proposal takes."""
    return tuple(
        LossSale(
            account=trade.account,
            label=case.label(trade.account),
            security=trade.security,
            wash_group=group_of(case.security(trade.security)),
            on=case.trade_on,
            shares=trade.shares,
            planned=True,
        )
        for trade in loss_sells(case)
    )


def examine(trade: Trade, losses: tuple[LossSale, ...], case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security),)
    account, security = case.account(trade.account), case.security(trade.security)
    name, group, days = case.name(trade.security), group_of(security), case.threshold(WINDOW_DAYS)
    limits = case.thresholds.named(WINDOW_DAYS)
    near = [one for one in losses if within(one.on, case.trade_on, days=days)]
    if security is not None and security.wash_applies is False:
        near = []
    same = [one for one in near if one.security == trade.security or (group and one.wash_group == group)]
    if not same and near and (group is None or any(one.wash_group is None for one in near)):
        return RULE.missing(f"which securities count as the same as {name}", about=about)
    advantaged = account.tax_advantaged if account else None
    severity = max(
        (
            buy_severity(
                loss_sale_on=one.on, buy_on=case.trade_on, buyer_tax_advantaged=advantaged, days=days
            )
            for one in same
        ),
        default=Severity.PASS,
    )
    inputs = {
        "wash_group": group,
        "buy_on": case.trade_on,
        "buyer_tax_advantaged": advantaged,
        "loss_sales": tuple(f"{one.security} in {one.label} on {one.on}" for one in same),
    }
    if severity is Severity.PASS:
        sentence = f"Buying {name} does not disallow a recent loss of the household."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=limits)
    sold = listing(dict.fromkeys(f"{one.label} on {day(one.on)}" for one in same))
    end = "would be lost for good" if severity is Severity.BLOCK else "would not be deductible now"
    return RULE.finding(
        severity,
        f"{name}, or something that counts as the same, was or will be sold at a loss within {days} days "
        f"({sold}); with this purchase in {case.label(trade.account)} that loss {end}.",
        fix="Buy a replacement that does not count as the same, or wait until the window has passed.",
        about=about,
        inputs=inputs,
        thresholds=limits,
    )
