"""PTC-31: a gain that turns long-term soon is not realized a few days too early.

Source: IRC 1222 (more than one year), IRC 1(h) (lower rates). Only when waiting saves more than a small amount.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, LotUse, Term, Trade
from compliance.rules.facts.thresholds import Stricter, Threshold
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars
from rebalancing.engine.documents.plan import SkipReason

WINDOW_DAYS = Threshold("long_term_window_days", 45, Stricter.HIGHER)
SAVING_USD = Threshold("long_term_saving_usd", Decimal(50))

RULE = Rule(
    id="PTC-31",
    title="Almost long-term",
    levels=(Severity.OVERRIDE,),
    source="IRC 1222, 1(h)",
    example="Gain 3,000, long-term in 12 days, 35% - 15% = 600 saved: OVERRIDE",
    thresholds=(WINDOW_DAYS, SAVING_USD),
    engine=InEngine(
        how="A gain that becomes long-term within 45 days is left alone.", by=(SkipReason.ALMOST_LONG_TERM,)
    ),
)


def saving(*, gain: Decimal, rate_short: Decimal, rate_long: Decimal) -> Decimal:
    """Tax in dollars that waiting saves; zero for a loss."""
    return max(gain, Decimal(0)) * (rate_short - rate_long)


def waiting_severity(
    *,
    saved: Decimal,
    days_to_long_term: int,
    window_days: int = WINDOW_DAYS.default,
    saving_min: Decimal = SAVING_USD.default,
) -> Severity:
    """OVERRIDE for a lot that turns long-term within the window when waiting saves more than ``saving_min``."""
    soon = 0 < days_to_long_term <= window_days
    return Severity.OVERRIDE if soon and saved > saving_min else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    short = [
        (lot, trade)
        for trade in case.sells
        if (account := case.account(trade.account)) is None or account.taxable
        for lot in trade.lots
        if lot.term is not Term.LONG and (lot.gain is None or lot.gain > 0)
    ]
    return RULE.report(
        (examine(lot, trade, case) for lot, trade in short),
        nothing="This proposal realizes no short-term gain.",
    )


def examine(lot: LotUse, trade: Trade, case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security, lot=lot.lot),)
    name = case.name(trade.security)
    unit = next((one for one in case.tax_units or () if trade.account in one.accounts), None)
    if lot.gain is None or lot.days_to_long_term is None or lot.term is None:
        return RULE.missing(f"gain and holding period of lot {lot.lot} of {name}", about=about)
    if unit is None or unit.rate_short is None or unit.rate_long is None:
        return RULE.missing(f"the tax rates for {case.label(trade.account)}", about=about)
    saved = saving(gain=lot.gain, rate_short=unit.rate_short, rate_long=unit.rate_long)
    severity = waiting_severity(
        saved=saved,
        days_to_long_term=lot.days_to_long_term,
        window_days=case.threshold(WINDOW_DAYS),
        saving_min=case.threshold(SAVING_USD),
    )
    inputs = {
        "gain": lot.gain,
        "days_to_long_term": lot.days_to_long_term,
        "rate_short": unit.rate_short,
        "rate_long": unit.rate_long,
        "tax_saving_if_waiting": saved,
    }
    thresholds = case.thresholds.named(WINDOW_DAYS, SAVING_USD)
    if severity is Severity.PASS:
        sentence = f"Waiting would save little on lot {lot.lot} of {name}."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    return RULE.finding(
        severity,
        f"Lot {lot.lot} of {name} turns long-term in {lot.days_to_long_term} days; selling it then instead of "
        f"now would save about {dollars(saved)} of tax.",
        fix="Sell other lots, or wait.",
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )
