"""PTC-29: a loss realized now is not disallowed by a purchase anywhere in the household.

Looks 30 days back, at this proposal's own buys, and ahead to standing purchases. A match in a taxable account
defers the loss, which a person may accept; a match in an IRA, HSA or Roth destroys it, which nobody may. Source:
IRC 1091; Treas. Reg. 1.1091-1; Rev. Rul. 2008-5; IRS Pub. 550 (spouse). Reinvested dividends ahead are a note.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, OwnerKind, Position, Purchase, Trade
from compliance.rules.facts.wash_window import (
    WINDOW_DAYS,
    Loss,
    Match,
    group_of,
    loss_lots,
    loss_sells,
    matches,
    within,
)
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars, listing, shares
from rebalancing.engine.documents.plan import SkipReason

RULE = Rule(
    id="PTC-29",
    title="Wash sale: loss sale",
    levels=(Severity.WARN, Severity.OVERRIDE, Severity.BLOCK),
    source="IRC 1091; Treas. Reg. 1.1091-1; Rev. Rul. 2008-5",
    example="Loss 4,000 on 200 sh; spouse bought 50 sh 12 days ago: 1,000 disallowed, OVERRIDE",
    thresholds=(WINDOW_DAYS,),
    engine=InEngine(
        how="No loss is taken of which a known purchase would take a part for good, and nothing is bought that is sold "
        "at a loss.",
        by=(SkipReason.PERMANENTLY_DISALLOWED, SkipReason.BOUGHT_IN_PLAN),
    ),
)


def loss_sale_severity(
    *, shares_matched: Decimal, shares_matched_advantaged: Decimal, reinvestment_ahead: bool = False
) -> Severity:
    """BLOCK when part of the loss would be gone for good, OVERRIDE when deferred, WARN when at risk."""
    if shares_matched_advantaged > 0:
        return Severity.BLOCK
    if shares_matched > 0:
        return Severity.OVERRIDE
    return Severity.WARN if reinvestment_ahead else Severity.PASS


def is_permanent(buy: Purchase) -> bool:
    """Whether a match with ``buy`` destroys the loss. An unknown account kind is taken for the worse."""
    return buy.tax_advantaged is not False and buy.owner is not OwnerKind.CHILD


def check(case: Case) -> tuple[Finding, ...]:
    sells = loss_sells(case)
    if not sells:
        return (RULE.finding(Severity.PASS, "This proposal sells nothing at a loss."),)
    if case.purchases is None or case.positions is None:
        return (RULE.missing("what the household recently bought and which dividends are reinvested"),)
    paired = match_losses(sells, case)
    return RULE.report((examine(trade, paired, case) for trade in sells), nothing="Nothing sold at a loss.")


def match_losses(sells: tuple[Trade, ...], case: Case) -> tuple[Match, ...]:
    """Every loss of the proposal against every purchase of its wash group, each purchased share once."""
    groups = dict.fromkeys(group for trade in sells if (group := group_of(case.security(trade.security))))
    found: list[Match] = []
    for group in groups:
        losses = [
            Loss(
                account=trade.account,
                lot=lot.lot,
                shares=lot.shares,
                loss=None if lot.gain is None else -lot.gain,
                acquired_on=lot.acquired_on,
            )
            for trade in sells
            if group_of(case.security(trade.security)) == group
            for lot in loss_lots(trade)
        ]
        found.extend(matches(losses, purchases_of(group, case)))
    return tuple(found)


def purchases_of(group: str, case: Case) -> list[Purchase]:
    """Purchases of the wash group in the window, this proposal's own buys among them."""
    days = case.threshold(WINDOW_DAYS)
    done = [
        one
        for one in case.purchases or ()
        if one.wash_group == group and within(case.trade_on, one.on, days=days)
    ]
    own = []
    for trade in case.buys:
        if group_of(case.security(trade.security)) == group:
            account = case.account(trade.account)
            own.append(
                Purchase(
                    account=trade.account,
                    label=case.label(trade.account),
                    security=trade.security,
                    wash_group=group,
                    on=case.trade_on,
                    shares=trade.shares,
                    tax_advantaged=account.tax_advantaged if account else None,
                    owner=account.owner if account else None,
                    what="buy in this proposal",
                )
            )
    return done + own


def examine(trade: Trade, paired: tuple[Match, ...], case: Case) -> Finding:
    name = case.name(trade.security)
    about = (About(account=trade.account, security=trade.security),)
    group = group_of(case.security(trade.security))
    days = case.threshold(WINDOW_DAYS)
    if group is None:
        return RULE.missing(f"which securities count as the same as {name}", about=about)
    if any(
        one.wash_group is None and within(case.trade_on, one.on, days=days) for one in case.purchases or ()
    ):
        return RULE.missing("what some of the household's latest purchases count as the same as", about=about)
    lots = {lot.lot for lot in loss_lots(trade)}
    mine = [one for one in paired if one.loss.account == trade.account and one.loss.lot in lots]
    gone = [one for one in mine if is_permanent(one.buy)]
    ahead = [] if mine else reinvesting(group, case)
    severity = loss_sale_severity(
        shares_matched=sum((one.shares for one in mine), Decimal(0)),
        shares_matched_advantaged=sum((one.shares for one in gone), Decimal(0)),
        reinvestment_ahead=bool(ahead),
    )
    known = all(one.amount is not None for one in mine)
    disallowed = sum((one.amount for one in mine if one.amount is not None), Decimal(0)) if known else None
    inputs = {
        "wash_group": group,
        "disallowed_loss": disallowed,
        "purchases": tuple(
            f"{one.buy.what} of {shares(one.shares)} in {one.buy.label} on {one.buy.on}" for one in mine
        ),
        "reinvesting_in": tuple(case.label(one.account) for one in ahead),
    }
    limits = case.thresholds.named(WINDOW_DAYS)
    if severity is Severity.PASS:
        sentence = f"No purchase in the household disallows the loss on {name}."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=limits)
    if severity is Severity.WARN:
        where = listing(case.label(one.account) for one in ahead)
        return RULE.finding(
            severity,
            f"Dividends of {name} may be reinvested in {where} within {days} days, which would disallow "
            f"part of the loss.",
            fix="Turn reinvestment off for that holding first.",
            about=about,
            inputs=inputs,
            thresholds=limits,
        )
    much = "Part" if disallowed is None else dollars(disallowed)
    where = listing(dict.fromkeys(f"{one.buy.label} on {one.buy.on}" for one in mine))
    end = "and would be lost for good" if gone else "now and moves into the new shares"
    return RULE.finding(
        severity,
        f"{much} of the loss on {name} is not deductible because of a purchase within {days} days "
        f"({where}) {end}.",
        fix="Sell other lots, wait until the window has passed, or drop the purchase.",
        about=about,
        inputs=inputs,
        thresholds=limits,
    )


def reinvesting(group: str, case: Case) -> list[Position]:
    """Holdings of the group whose next dividend inside the window is, or may be, reinvested."""
    days = case.threshold(WINDOW_DAYS)
    return [
        one
        for one in case.positions or ()
        if group_of(case.security(one.security)) == group
        and one.reinvests is not False
        and (one.next_pay_on is None or 0 <= (one.next_pay_on - case.trade_on).days <= days)
    ]
