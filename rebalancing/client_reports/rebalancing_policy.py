"""“How we rebalance”: the firm's rebalancing policy for clients and examiners. Pure: every number in it is computed from
the settings in force, and it says as of which version.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients import figures as words
from clients.policies import firm_defaults
from compliance.firm import batch_figures, desk_figures, firm_facts, harvest_figures, policy_defaults
from compliance.firm.firm_settings import InForce
from compliance.firm.rule_figures import BY_THRESHOLD
from compliance.firm.setting import BAND_KINDS, ClassBand, Setting
from rebalancing.client_reports import judgement_words, letterheads, order_words
from rebalancing.client_reports.letterheads import Letterhead
from rebalancing.engine.market import records_retention
from rebalancing.engine.portfolio import bands

TITLE = "How we rebalance"
EXAMPLES = tuple(Decimal(one) for one in ("0.02", "0.05", "0.10", "0.20", "0.40", "0.60"))


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its caption, its heads, and its rows of text. The first column names the row."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One section: paragraphs, then a table where there is one."""

    title: str
    paragraphs: tuple[str, ...]
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class RebalancingPolicy:
    """The document. `version` is 0 while every setting is as shipped."""

    title: str
    letterhead: Letterhead
    as_of: str
    on: date
    version: int
    sections: tuple[Section, ...]


def of(figures: InForce) -> RebalancingPolicy:
    """The document of a day."""
    source = (
        f"As of {words.day(figures.on)}: version {figures.version} of the firm's settings, in effect since "
        f"{words.day(figures.since)}."
        if figures.version
        else f"As of {words.day(figures.on)}: the settings as shipped, which the firm has not changed."
    )
    return RebalancingPolicy(
        title=TITLE,
        letterhead=letterheads.of(figures),
        as_of=source,
        on=figures.on,
        version=figures.version,
        sections=tuple(_sections(figures)),
    )


def _sections(figures: InForce) -> Iterator[Section]:
    shown = figures.shown
    yield Section("Our philosophy", _paragraphs(figures.of(policy_defaults.PHILOSOPHY)))
    yield Section(
        "When a class has drifted too far",
        (
            *_paragraphs(figures.of(policy_defaults.BAND_METHOD)),
            f"Each client's investment policy has its own targets and bands. Where it says nothing else, {_band_words(_usual(figures))}",
            "A weight exactly on the edge of its band counts as outside."
            if figures.of(policy_defaults.EDGE_IS_BREACH)
            else "A weight exactly on the edge of its band counts as inside.",
            f"Bands are looked at {_look(figures)}{_calendar(figures)}",
            f"A month, quarter or year begins with market day {figures.of(policy_defaults.DUE_SESSION)} of its month.",
        ),
        _bands_table(figures),
    )
    yield Section(
        "How far we trade",
        (
            f"Where gains are taxed, a class that left its band is brought back {_destination(figures, policy_defaults.DESTINATION_TAXABLE)}; "
            f"where nothing is taxed, {_destination(figures, policy_defaults.DESTINATION_SHELTERED)}.",
            f"Trades below {shown(policy_defaults.MINIMUM_TRADE)} are not proposed, unless they close a position or raise cash that is due.",
            f"A household that agreed to nothing else keeps {shown(policy_defaults.CASH_RESERVE)} outside its model.",
        ),
    )
    yield Section(
        "Taxes and costs",
        (
            f"A gain that becomes long-term within {_rule(figures, 'long_term_window_days')} is not taken before it is; a sale that would save "
            f"{_rule(figures, 'long_term_saving_usd')} or more of tax by waiting is named.",
            f"Where the client agreed to take losses, lots count when they stand at least {shown(desk_figures.HARVEST_LOT_MIN)} and "
            f"{shown(harvest_figures.LOT_DOLLARS)} below their cost, and losses below {shown(desk_figures.HARVEST_MIN)} or "
            f"{shown(harvest_figures.TOTAL_SHARE)} of the household are no reason to trade.",
            f"A loss is taken where the tax it saves now is worth {shown(harvest_figures.ORDER_BENEFIT)} an order and "
            f"{shown(harvest_figures.DOLLAR_BENEFIT)} of what is traded more than its costs: both spreads, and the tax of the lower "
            f"cost that follows, expected after {shown(harvest_figures.YEARS_HELD)} at {shown(harvest_figures.AFTER_TAX_RATE)} a year. What is "
            "sold is replaced in the same account and class, and nothing else is traded, unless the policy lets it.",
            f"A security whose own spread is not known is assumed to cost {shown(policy_defaults.HALF_SPREAD)} of its price to buy or to "
            f"sell. A cap on stocks is planned {shown(policy_defaults.COST_ALLOWANCE)} lower, so that it holds after costs.",
            f"A security that its model has replaced is sold where tax and trading costs come to less than "
            f"{shown(policy_defaults.REPLACED_COST)} of what is sold, and kept where they come to more.",
            f"In which account a class is held is priced with a tax of {shown(policy_defaults.ORDINARY_RATE)} on ordinary yield, "
            f"{shown(policy_defaults.QUALIFIED_RATE)} on qualified dividends and {shown(policy_defaults.GAIN_RATE)} on gains that funds distribute.",
            f"A plan that uses more than {_rule(figures, 'budget_warn')} of a yearly gain budget is noted, above "
            f"{_rule(figures, 'budget_override')} a person decides, above {_rule(figures, 'budget_block')} it is blocked.",
        ),
    )
    yield Section("Money that comes and goes", judgement_words.money_that_comes_and_goes(figures))
    yield Section("When markets fall", judgement_words.a_sharp_fall(figures))
    yield Section("When we wait", judgement_words.when_we_wait(figures))
    yield Section("How orders are sent", order_words.how_orders_are_sent(figures))
    yield Section(
        "Who checks",
        (
            "Every proposal is examined by the pre-trade rules when it is made, when it is decided and before it is sent. A person who "
            "shaped it never approves it, and who approved it does not send it.",
            f"A proposal can be decided until {_after(figures.of(desk_figures.APPROVAL_GOOD_FOR))}the close of the day it was first made for. Each "
            "evening it is brought to the day’s closing prices: the same orders, share for share, while only prices move and another "
            f"plan would be better by no more than {shown(desk_figures.REPRICED_WITHIN)}; worked out again otherwise. An approval holds for exactly what was shown, and falls "
            f"when a price has moved by more than {_rule(figures, 'price_move')} or the record has changed.",
            f"On one page a reviewer may approve at most {shown(batch_figures.BATCH_MOST)} that ask for no written reason, realize at most "
            f"{shown(batch_figures.BATCH_GAIN)} and move at most {shown(batch_figures.BATCH_TURNOVER)} of the household each; every one is "
            f"checked and decided by itself. {_held_out(figures.of(batch_figures.BATCH_HELD_OUT))}",
            "How long a proposal’s page was open before it was approved is on record; compliance is shown approvals given without it"
            f"{_sooner_than(figures.of(batch_figures.DWELL_LEAST))}.",
            f"Above {_rule(figures, 'issuer_override')} of a household in one issuer a person decides; above {_rule(figures, 'issuer_block')} "
            "the trade is blocked.",
        ),
    )
    yield Section("What we promise", (), _promises(figures))
    yield Section("Fees and conflicts of interest", tuple(_fees(figures)))
    kept = records_retention.retention(
        records_retention.Record.ENTRY,
        figures.on,
        fiscal_year_end=figures.of(firm_facts.FISCAL_YEAR_END),
        years=figures.of(desk_figures.RETENTION_YEARS),
    )
    yield Section(
        "Records",
        (
            f"What is recorded today is kept at least through {words.day(kept.keep_through)}: {shown(desk_figures.RETENTION_YEARS)} from "
            f"the end of the fiscal year, which ends on {shown(firm_facts.FISCAL_YEAR_END)} (Advisers Act Rule 204-2(e)(1)).",
        ),
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("\n") if part.strip())


def _rule(figures: InForce, name: str) -> str:
    return figures.shown(BY_THRESHOLD[name])


def _usual(figures: InForce) -> ClassBand:
    return firm_defaults.usual_band("", figures)


def _band_words(band: ClassBand) -> str:
    points = "" if band.points is None else f"{words.weight_trimmed(band.points)} percentage points"
    share = "" if band.share is None else f"{words.weight_trimmed(band.share)}% of its target"
    joined = {"narrower": ", whichever is less", "wider": ", whichever is more"}.get(band.kind, "")
    assert band.kind in BAND_KINDS, "the setting allows these kinds"
    return f"a class may move {' or '.join(part for part in (points, share) if part)}{joined}, from its target to either side."


def _bands_table(figures: InForce) -> Table:
    usual = _usual(figures)
    rows = [("Any class", *_example(target, usual)) for target in EXAMPLES]
    rows += [
        (one.asset_class.replace("_", " "), *_example(target, one))
        for one in figures.of(policy_defaults.CLASS_BANDS)
        for target in EXAMPLES
        if target in (Decimal("0.10"), Decimal("0.40"))
    ]
    return Table("What the usual bands come to", ("Class", "Target", "Lowest", "Highest"), tuple(rows))


def _example(target: Decimal, band: ClassBand) -> tuple[str, str, str]:
    found = firm_defaults.around(target, band)
    shown = f"{words.weight_trimmed(target)}%"
    if bands.faults(found):
        return shown, "too wide for so small a class", "the policy names its own"
    edges = [edge for edge in (found.lower, found.upper) if edge is not None]
    lower, upper = (f"{words.weight_trimmed(edge)}%" for edge in edges)
    return shown, lower, upper


def _look(figures: InForce) -> str:
    shown = figures.shown(policy_defaults.LOOK)
    return f"{shown[:1].lower()}{shown[1:]}"


def _calendar(figures: InForce) -> str:
    if not figures.of(policy_defaults.CALENDAR):
        return "; nothing is traded because of the calendar alone."
    shown = figures.shown(policy_defaults.CALENDAR)
    return f", and the portfolio is rebalanced {shown[:1].lower()}{shown[1:]} in any case."


def _destination(figures: InForce, setting: Setting[str]) -> str:
    shown = figures.shown(setting)
    return f"{shown[:1].lower()}{shown[1:]}"


def _after(days: int) -> str:
    return {0: "", 1: "one market day after "}.get(days, f"{days} market days after ")


def _sooner_than(seconds: int) -> str:
    """What is shown to compliance besides; empty where the firm sets no shortest look."""
    return f" or within {words.counted(seconds, 'second')}" if seconds else ""


def _held_out(one_in: int) -> str:
    if not one_in:
        return "None is held out."
    return f"One in {one_in} is drawn by lot to be read on its own page."


def _promises(figures: InForce) -> Table:
    listed = (
        desk_figures.SCAN_DAYS,
        desk_figures.SCAN_AFTER_CLOSE,
        desk_figures.SCAN_WITHIN,
        desk_figures.MEASURED_WITHIN,
        desk_figures.REVIEW_WITHIN,
        desk_figures.PROFILE_WITHIN,
    )
    rows = [(one.name, figures.shown(one), one.help) for one in listed]
    rows += [
        (
            "Client profile confirmed",
            _rule(figures, "profile_months"),
            "A proposal on an older one is noted.",
        ),
        (
            "Investment policy reviewed",
            _rule(figures, "review_warn_months"),
            f"A proposal on an older review is noted; after {_rule(figures, 'review_override_months')} a person decides.",
        ),
    ]
    return Table("Promises, and when scans run", ("Promise", "Within", "What it means"), tuple(rows))


def _fees(figures: InForce) -> Iterator[str]:
    schedule = figures.of(firm_facts.FEE_SCHEDULE)
    yield from _paragraphs(schedule) if schedule else ("Our fee schedule is in our Form ADV, Part 2A.",)
    yield f"Fees are billed {_lower(figures.shown(firm_facts.FEE_BILLING))}."
    yield (
        "We or our people earn more when more is traded. That is a conflict of interest, which a second person weighs with every proposal."
        if figures.of(firm_facts.FEES_DEPEND_ON_TRADING)
        else "Neither we nor our people earn more when more is traded."
    )


def _lower(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"
