"""What funds and markets say, as it is shown: distributions and trading policies of funds, quotes, halts, the volatility index."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from clients import access_registers, figures
from clients.models.market_facts import CHARACTERS
from clients.pages.lists.record_list import State
from clients.pages.registers import amount, day, of_security, register_pages
from clients.registers import fund_distributions, market_facts
from clients.registers.market_facts import WHOLE_MARKET
from compliance import clock

SOON = timedelta(days=60)
_COLUMNS: Any = fund_distributions.REGISTER.model._meta
SEARCHED = ("security__symbol", "security__name", "source")


def fee(row: Any) -> str:
    """A fund's redemption fee in words."""
    if row.redemption_fee is None:
        return "None"
    return f"{figures.weight_trimmed(row.redemption_fee)}% within {row.fee_days} days"


def until(row: Any) -> str:
    """The end of a halt in words."""
    return clock.moment_text(row.ends_at) if row.ends_at else "Not resumed"


def source(row: Any) -> str:
    """Where it was found."""
    return str(row.source)


def name(row: Any) -> str:
    """A security with its name."""
    return f"{row.security.symbol} {row.security.name}" if row.security else WHOLE_MARKET


def of_halt(row: Any) -> tuple[str, str]:
    """The security that is halted and its page; for the whole market the list of halts."""
    return of_security(row) if row.security else (WHOLE_MARKET, reverse("clients:halt_list"))


def whole_market(row: Any) -> tuple[str, str]:
    """What is of the whole market stands on its list."""
    return WHOLE_MARKET, reverse("clients:volatility_level_list")


DISTRIBUTIONS = register_pages(
    fund_distributions.REGISTER,
    name="fund-distributions",
    title="Fund distributions",
    one="distribution",
    lead="What funds have announced or paid. Taxable accounts do not buy a distribution that is about to go ex.",
    mine=access_registers.fund_distributions_for,
    columns=(
        ("Ex-day", lambda row: figures.day(row.ex_on)),
        ("Amount", lambda row: fund_distributions.words(row).split(", ", 2)[2].removesuffix(", estimated")),
        ("Record day", lambda row: day(row.record_on)),
        ("Paid on", lambda row: day(row.pay_on)),
        ("Standing of it", lambda row: "Final" if row.is_final else "Estimate"),
        ("Source", source),
    ),
    told=(
        ("Fund", name),
        ("Ex-day", lambda row: figures.day(row.ex_on)),
        ("Record day", lambda row: day(row.record_on)),
        ("Paid on", lambda row: day(row.pay_on)),
        *(
            (
                str(_COLUMNS.get_field(one).verbose_name),
                lambda row, one=one: amount(getattr(row, one)),
            )
            for one in CHARACTERS
        ),
        (
            "The whole, of the price",
            lambda row: "" if row.share_of_price is None else f"{(row.share_of_price * 100).normalize():f}%",
        ),
        ("Standing", lambda row: "Final" if row.is_final else "Estimate"),
        ("Source", source),
    ),
    place=of_security,
    place_label="Fund",
    orderings={"what": ("-ex_on", "pk"), "place": ("security__symbol", "-ex_on", "pk")},
    usual="what",
    searched=SEARCHED,
    states=(
        State("in_force", "In force", lambda _: Q(ended_at=None)),
        State(
            "coming", "Ex within 60 days", lambda on: Q(ended_at=None, ex_on__gte=on, ex_on__lte=on + SOON)
        ),
        State("past", "Past", lambda on: Q(ended_at=None, ex_on__lt=on)),
    ),
    empty_body="Enter what a fund has announced, or load a file of the fund company's estimates.",
    adding=("clients:fund_distribution_enter", "clients:fund_distribution_file"),
)
FUND_POLICIES = register_pages(
    market_facts.FUND_POLICIES,
    name="fund-policies",
    title="Fund trading policies",
    one="trading policy",
    lead="How soon a fund may be sold after it was bought (Rule 22c-2), and what it charges for an early sale.",
    mine=access_registers.fund_policies_for,
    columns=(
        ("Round trip", lambda row: f"{row.holding_days} days"),
        ("Redemption fee", fee),
        ("Source", source),
    ),
    told=(
        ("Fund", name),
        ("No sale after a purchase for", lambda row: f"{row.holding_days} days"),
        ("Redemption fee", fee),
        ("Source", source),
    ),
    place=of_security,
    place_label="Security",
    orderings={"place": ("security__symbol", "pk"), "what": ("holding_days", "pk")},
    usual="place",
    searched=SEARCHED,
    empty_body="Enter what a fund's prospectus says about frequent trading, or load a file.",
    adding=("clients:fund_policy_enter", "clients:fund_policy_file"),
)
QUOTES = register_pages(
    market_facts.QUOTES,
    name="quotes",
    title="Quotes",
    one="quote",
    lead=(
        "Bids and asks by moment. Orders take their limits from the last one of the day, and the scan waits where spreads "
        "are far wider than usual."
    ),
    mine=access_registers.quotes_for,
    columns=(
        ("Moment", lambda row: clock.moment_text(row.quoted_at)),
        ("Bid", lambda row: amount(row.bid)),
        ("Ask", lambda row: amount(row.ask)),
        ("Spread", lambda row: f"{row.spread * 10_000:.1f} bp"),
        ("Source", source),
    ),
    told=(
        ("Security", name),
        ("Moment", lambda row: clock.moment_text(row.quoted_at)),
        ("Bid", lambda row: amount(row.bid)),
        ("Ask", lambda row: amount(row.ask)),
        ("Spread", lambda row: f"{row.spread * 10_000:.1f} basis points"),
        ("Source", source),
    ),
    place=of_security,
    place_label="Security",
    orderings={"place": ("security__symbol", "-quoted_at", "pk"), "what": ("-quoted_at", "pk")},
    usual="what",
    searched=SEARCHED,
    empty_body="Enter a quote, or load a file of them.",
    adding=("clients:quote_enter", "clients:quote_file"),
)
HALTS = register_pages(
    market_facts.HALTS,
    name="halts",
    title="Halts and pauses",
    one="halt",
    lead=(
        "What an exchange has halted or paused, and what the firm does not trade while it is volatile. The scan waits after a "
        "market day with a halt in it."
    ),
    mine=access_registers.halts_for,
    columns=(
        ("Kind", lambda row: row.get_kind_display()),
        ("From", lambda row: clock.moment_text(row.starts_at)),
        ("Until", until),
        ("Source", source),
    ),
    told=(
        ("Security", name),
        ("Kind", lambda row: row.get_kind_display()),
        ("From", lambda row: clock.moment_text(row.starts_at)),
        ("Until", until),
        ("Source", source),
    ),
    place=of_halt,
    place_label="Security",
    orderings={"place": ("security__symbol", "-starts_at", "pk"), "from": ("-starts_at", "pk")},
    usual="from",
    searched=SEARCHED,
    states=(
        State("in_force", "On record", lambda _: Q(ended_at=None)),
        State("open", "Not resumed", lambda _: Q(ended_at=None, ends_at=None)),
    ),
    empty_body="Enter a halt when an exchange announces one, and say when trading has resumed.",
    adding=("clients:halt_enter", "clients:halt_file"),
    more=("clients:halt_resume",),
)
LEVELS = register_pages(
    market_facts.LEVELS,
    name="volatility-levels",
    title="Volatility index",
    one="level",
    lead="Where the volatility index of the whole market stood by market day. The scan waits while it is high.",
    mine=access_registers.volatility_levels_for,
    columns=(
        ("Market day", lambda row: figures.day(row.market_on)),
        ("Level", lambda row: f"{row.level:.2f}"),
        ("Source", source),
    ),
    told=(
        ("Market day", lambda row: figures.day(row.market_on)),
        ("Level", lambda row: f"{row.level.normalize():f}"),
        ("Source", source),
    ),
    place=whole_market,
    place_label="Of",
    orderings={"what": ("-market_on", "pk")},
    usual="what",
    searched=("source",),
    empty_body="Without it the market counts as orderly, unless prices, quotes or halts say otherwise.",
    adding=("clients:volatility_level_enter", "clients:volatility_level_file"),
)
PAGES = (DISTRIBUTIONS, FUND_POLICIES, QUOTES, HALTS, LEVELS)
