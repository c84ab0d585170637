"""PTC-40: an order is small against the usual volume, else it is sliced over days or goes to a block desk.

Source: firm policy (best execution, Advisers Act section 206). Volume is the average of the last 20 days in shares.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.recorded import Fact, Subject
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import percent
from rebalancing.engine.market.order_slicing import SlicingError, slices

DAILY_VOLUME = Fact(Subject.SECURITY, "daily_volume", Decimal, example=Decimal(4_000_000))
WARN_ABOVE = Threshold("participation_warn", Decimal("0.10"))
OVERRIDE_ABOVE = Threshold("participation_override", Decimal("0.25"))

RULE = Rule(
    id="PTC-40",
    version=2,
    title="Participation",
    levels=(Severity.WARN, Severity.OVERRIDE),
    source="Firm policy; Advisers Act section 206",
    example="11,500 sh, ADV 40,000: slice 4,000/4,000/3,500",
    facts=(DAILY_VOLUME,),
    thresholds=(WARN_ABOVE, OVERRIDE_ABOVE),
    engine=NotInEngine(why="The plan decides how much to trade, not over how many days."),
)


def participation_severity(
    *,
    shares: Decimal,
    adv_shares: Decimal,
    warn_above: Decimal = WARN_ABOVE.default,
    override_above: Decimal = OVERRIDE_ABOVE.default,
) -> Severity:
    """WARN above a tenth of the usual day, OVERRIDE above a quarter."""
    if shares > adv_shares * override_above:
        return Severity.OVERRIDE
    return Severity.WARN if shares > adv_shares * warn_above else Severity.PASS


def a_day(shares: Decimal, *, adv_shares: Decimal, participation_max: Decimal) -> Decimal:
    """The most shares of a day's slice; zero where that is less than one share."""
    try:
        return slices(shares, volume_shares=adv_shares, participation_max=participation_max).daily_cap
    except SlicingError:
        return Decimal(0)


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(trade, case) for trade in case.trades if not trades_at_its_own_price(trade, case)),
        nothing="This proposal trades nothing on an exchange.",
    )


def trades_at_its_own_price(trade: Trade, case: Case) -> bool:
    """Open-end funds deal at their net asset value, so no volume limits them."""
    security = case.security(trade.security)
    return security is not None and security.kind in {"mutual_fund", "money_fund"}


def examine(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    volume = DAILY_VOLUME.of(case.security(trade.security))
    warn_above, override_above = case.threshold(WARN_ABOVE), case.threshold(OVERRIDE_ABOVE)
    if volume is None:
        return RULE.missing(f"how much of {name} usually trades in a day", about=about)
    severity = participation_severity(
        shares=trade.shares, adv_shares=volume, warn_above=warn_above, override_above=override_above
    )
    inputs = {"shares": trade.shares, "adv_shares": volume}
    thresholds = case.thresholds.named(WARN_ABOVE, OVERRIDE_ABOVE)
    if severity is Severity.PASS:
        sentence = f"The order is small against the usual volume of {name}."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    over = warn_above if severity is Severity.WARN else override_above
    within = a_day(trade.shares, adv_shares=volume, participation_max=warn_above)
    fix = (
        "Slice it over several days" if severity is Severity.WARN else "Use a block desk, or split the order"
    )
    fix += f": {within:,f} shares a day are small against the volume." if within else "."
    return RULE.finding(
        severity,
        f"The {trade.side.value} of {name} is more than {percent(over)} of its usual daily volume.",
        fix=fix,
        about=about,
        inputs={**inputs, "shares_within": within},
        thresholds=thresholds,
    )
