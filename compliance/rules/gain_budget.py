"""PTC-32: the year's net realized gain stays within the client's budget.

Source: the client's investment policy; netting as in IRC 1222. Losses give budget back, so that a proposal after which
the year's net gain is no higher than before passes, also where the budget is used up already; a budget belongs to whoever files the return, not to an account. The household may have one over all its returns besides: their net
gains add up, and a net loss on one return makes no room on another.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, TaxUnit, Trade
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars, percent
from rebalancing.engine.documents.plan import Limit

WARN_ABOVE = Threshold("budget_warn", Decimal("0.8"))
OVERRIDE_ABOVE = Threshold("budget_override", Decimal("1.0"))
BLOCK_ABOVE = Threshold("budget_block", Decimal("1.1"))

RULE = Rule(
    id="PTC-32",
    version=3,
    title="Gain budget",
    levels=(Severity.WARN, Severity.OVERRIDE, Severity.BLOCK),
    source="Client's investment policy; IRC 1222",
    example="Budget 25,000; net after 27,000 (108%): OVERRIDE",
    thresholds=(WARN_ABOVE, OVERRIDE_ABOVE, BLOCK_ABOVE),
    engine=InEngine(
        how="The gain budgets of the household and of each return are limits of the model.",
        by=(Limit.GAIN_BUDGET,),
    ),
)


def budget_severity(
    *,
    net_after: Decimal,
    budget: Decimal,
    warn_above: Decimal = WARN_ABOVE.default,
    override_above: Decimal = OVERRIDE_ABOVE.default,
    block_above: Decimal = BLOCK_ABOVE.default,
) -> Severity:
    """By the part of the budget used; a net loss uses none. The limits themselves are still inside."""
    used = max(net_after, Decimal(0))
    if used > budget * block_above:
        return Severity.BLOCK
    if used > budget * override_above:
        return Severity.OVERRIDE
    return Severity.WARN if used > budget * warn_above else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    taxable = tuple(
        trade for trade in case.sells if (account := case.account(trade.account)) is None or account.taxable
    )
    if not taxable:
        return (RULE.finding(Severity.PASS, "This proposal sells nothing in a taxable account."),)
    units = case.tax_units or ()
    without_return = {trade.account for trade in taxable} - {key for unit in units for key in unit.accounts}
    if without_return:
        names = sorted(without_return)
        return (
            RULE.missing(
                "whose tax return and gain budget the sales belong to",
                about=(About(account=key) for key in names),
            ),
        )
    own = tuple(
        (unit, sells)
        for unit in units
        if (sells := tuple(trade for trade in taxable if trade.account in unit.accounts))
    )
    budget = case.policy.gain_budget if case.policy else None
    together = () if budget is None else (examine_household(budget, units, taxable, case),)
    return RULE.report(
        (*(examine(unit, sells, case) for unit, sells in own), *together),
        nothing="This proposal sells nothing in a taxable account.",
    )


def examine(unit: TaxUnit, sells: tuple[Trade, ...], case: Case) -> Finding:
    about = tuple(About(account=key) for key in dict.fromkeys(trade.account for trade in sells))
    if unit.has_gain_budget is False:
        return RULE.finding(Severity.PASS, f"{unit.label} has set no gain budget of their own.", about=about)
    if unit.sales_of_unknown_gain:
        return RULE.missing(f"this year's gains of {unit.label} ({unit.sales_of_unknown_gain})", about=about)
    gains = [lot.gain for trade in sells for lot in trade.lots]
    if unit.gain_budget is None or unit.net_before is None or None in gains:
        what = f"gain budget, this year's gains and the gains of this proposal for {unit.label}"
        return RULE.missing(what, about=about)
    net_after = unit.net_before + sum((gain for gain in gains if gain is not None), Decimal(0))
    return _finding(unit.label, unit.net_before, net_after, unit.gain_budget, about, case)


def examine_household(
    budget: Decimal, units: tuple[TaxUnit, ...], sells: tuple[Trade, ...], case: Case
) -> Finding:
    """The household's own budget, over all its returns."""
    about = tuple(About(account=key) for key in dict.fromkeys(trade.account for trade in sells))
    before = after = Decimal(0)
    for unit in units:
        if unit.sales_of_unknown_gain:
            return RULE.missing(
                f"this year's gains of {unit.label} ({unit.sales_of_unknown_gain})", about=about
            )
        gains = [lot.gain for trade in sells if trade.account in unit.accounts for lot in trade.lots]
        if unit.net_before is None or None in gains:
            what = f"this year's gains and the gains of this proposal for {unit.label}"
            return RULE.missing(what, about=about)
        before += max(unit.net_before, Decimal(0))
        proposed = sum((gain for gain in gains if gain is not None), Decimal(0))
        after += max(unit.net_before + proposed, Decimal(0))
    return _finding("the household", before, after, budget, about, case)


def _finding(
    whose: str,
    net_before: Decimal,
    net_after: Decimal,
    budget: Decimal,
    about: tuple[About, ...],
    case: Case,
) -> Finding:
    severity = budget_severity(
        net_after=net_after,
        budget=budget,
        warn_above=case.threshold(WARN_ABOVE),
        override_above=case.threshold(OVERRIDE_ABOVE),
        block_above=case.threshold(BLOCK_ABOVE),
    )
    used = max(net_after, Decimal(0))
    part = f" ({percent(used / budget)})" if budget > 0 else ""
    text = f"With this proposal {whose} uses {dollars(used)} of this year's gain budget of {dollars(budget)}{part}."
    if severity is not Severity.PASS and net_after <= net_before:
        # What is above the budget was there before; refusing a loss would leave it there.
        severity = Severity.PASS
        text += f" Without it the use would be {dollars(max(net_before, Decimal(0)))}, so it takes nothing of the budget."
    return RULE.finding(
        severity,
        text,
        fix="" if severity is Severity.PASS else "Realize less gain, or sell part of it next year.",
        about=about,
        inputs={"net_before": net_before, "net_after": net_after, "gain_budget": budget},
        thresholds=case.thresholds.named(WARN_ABOVE, OVERRIDE_ABOVE, BLOCK_ABOVE),
    )
