"""“How we rebalance”, on judgement: what waits, what comes and goes, and what a sharp fall changes. Every figure is the firm's setting."""

from __future__ import annotations

from compliance.firm import (
    cash_figures,
    desk_figures,
    distribution_figures,
    price_figures,
    trigger_figures,
    waiting_figures,
)
from compliance.firm.firm_settings import InForce

Paragraphs = tuple[str, ...]


def money_that_comes_and_goes(figures: InForce) -> Paragraphs:
    """New money, dividends, withdrawals and required distributions."""
    shown = figures.shown
    return (
        f"Cash above its target by {shown(cash_figures.CASH_AMOUNT)} or {shown(cash_figures.CASH_SHARE)} of what is invested together, "
        f"whichever is less, is invested when it came in within {shown(cash_figures.CASH_WITHIN)} or has lain idle for more than "
        f"{shown(cash_figures.IDLE_DAYS)}; so are dividends and interest of {shown(cash_figures.INCOME_DAYS)} once they come to "
        f"{shown(cash_figures.INCOME_AMOUNT)} or {shown(cash_figures.INCOME_SHARE)}.",
        f"Money due out is raised in time to settle with {shown(cash_figures.RAISE_SLACK)} to spare, once, and not before. A withdrawal of "
        f"{shown(cash_figures.SOON_AMOUNT)} or {shown(cash_figures.SOON_SHARE)} of its account, whichever is less, holds other trades back "
        "until it is raised.",
        f"Required distributions that are in no plan yet become money due: {_lowered(shown(distribution_figures.PLAN))}. The firm's day "
        f"is the {shown(distribution_figures.DAY)}; what is open {shown(distribution_figures.RAISE_DAYS)} is raised at once.",
    )


def a_sharp_fall(figures: InForce) -> Paragraphs:
    """Whether and when a fall of the market makes a look of its own; empty where nothing stands for the market."""
    security = figures.of(trigger_figures.FALL_SECURITY)
    watched = f"{security} stands for the market." if security else "No security stands for the market yet."
    return (
        f"A fall of {figures.shown(trigger_figures.FALL)} or more within {figures.shown(trigger_figures.FALL_SESSIONS)} makes a look of its "
        f"own where a client's policy asks for one. {watched}",
    )


def when_we_wait(figures: InForce) -> Paragraphs:
    """Every reason to wait, with what ends it."""
    shown = figures.shown
    return (
        "Nothing is proposed while a life event is open, until the investment policy is approved again, except to raise cash that is due. "
        f"The advisor is reminded after {shown(waiting_figures.EVENT_REMINDER)}; after {shown(waiting_figures.EVENT_ESCALATION)} "
        "compliance asks.",
        f"A hold that somebody places lasts at most {shown(desk_figures.HOLD_DAYS_MAX)} and can be renewed.",
        f"A plan that realizes {shown(waiting_figures.GAIN_REVIEW)} of net gain, or whose tax is more than "
        f"{shown(waiting_figures.TAX_PER_POINT)} for each point of drift or {shown(waiting_figures.TAX_OF_VALUE)}, is shown beside what "
        f"waiting saves and what the drift costs: risk aversion {shown(waiting_figures.RISK_AVERSION)}, over "
        f"{shown(waiting_figures.DRIFT_YEARS)}, at {shown(waiting_figures.LATER_RATE)} a year.",
        f"In a disorderly market trades wait for at most {shown(waiting_figures.DISORDER_DAYS)}: volatility of the policy's benchmark of "
        f"{shown(waiting_figures.VOLATILITY_MAX)} a year over ten days, a volatility index of {shown(waiting_figures.IMPLIED_MAX)}, a move "
        f"of {shown(waiting_figures.GAP_MAX)} in a day, spreads of more than {shown(waiting_figures.SPREAD_MULTIPLE)}, or a halt.",
        f"From {shown(waiting_figures.YEAR_END_FROM)} gains wait for January where {shown(waiting_figures.BUDGET_USED)} of a gain budget is "
        f"used, where a year's net gains reach {shown(waiting_figures.YEAR_GAINS)}, or where January saves "
        f"{shown(waiting_figures.JANUARY_SAVING)} of tax by two full computations. A later gain of "
        f"{shown(waiting_figures.YEAR_END_GAIN)} is never taken without saying so.",
        f"Trades wait for a policy or a model that takes effect within {shown(waiting_figures.PENDING_DAYS)}. A fund that pays "
        f"{shown(waiting_figures.DISTRIBUTION_SHARE)} of its price or more within {shown(waiting_figures.DISTRIBUTION_DAYS)} is not bought "
        "in taxed accounts before.",
        f"A class {shown(waiting_figures.HARD_MULTIPLE)} away from its target does not wait for taxes or the market. A person may trade "
        f"although a reason says to wait, with a reason of their own and for at most {shown(waiting_figures.OVERRIDE_DAYS)}; above "
        f"{shown(waiting_figures.OVERRIDE_RATE)} of an advisor's trades compliance asks.",
        f"A household with a price of {shown(price_figures.DAYS_MAX)} or older, or with a price in dispute, is not measured until it is "
        f"cured. Two sources that differ by more than {shown(price_figures.DISPUTE_GAP)}, and a price that moved by more than "
        f"{shown(price_figures.DISPUTE_MOVE)} since the last close, are in dispute.",
    )


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]
