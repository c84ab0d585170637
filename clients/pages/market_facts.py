"""Trading policies of funds, quotes and halts as firm-wide lists, and one of each."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q

from clients import access_registers, figures
from clients.pages import registers as pages
from clients.pages.facts import FactPage
from clients.pages.lists.record_list import State
from clients.pages.lists.registers import record_list
from clients.pages.registers import amount, of_security
from clients.registers import market_facts
from compliance import clock

_STANDING = State("in_force", "In force", lambda _: Q(ended_at=None))
_SHARED: dict[str, Any] = {
    "place": of_security, "place_label": "Security", "searched": ("security__symbol", "security__name", "source"),
}  # fmt: skip


def fee(row: Any) -> str:
    """A fund's redemption fee in words."""
    if row.redemption_fee is None:
        return "None"
    return f"{figures.weight_trimmed(row.redemption_fee)}% within {row.fee_days} days"


def until(row: Any) -> str:
    """The end of a halt in words."""
    return clock.moment_text(row.ends_at) if row.ends_at else "Until it is ended"


FUND_POLICIES = record_list(
    market_facts.FUND_POLICIES,
    name="fund-policies",
    title="Fund trading policies",
    one="trading policy",
    lead="How soon a fund may be sold after it was bought (Rule 22c-2), and what it charges for an early sale.",
    mine=access_registers.fund_policies_for,
    columns=(
        ("Round trip", lambda row: f"{row.holding_days} days"),
        ("Redemption fee", fee),
        ("Source", lambda row: row.source),
    ),
    orderings={"place": ("security__symbol", "pk"), "what": ("holding_days", "pk")},
    usual="place",
    empty_body="Enter what a fund's prospectus says about frequent trading.",
    states=(_STANDING,),
    **_SHARED,
)
QUOTES = record_list(
    market_facts.QUOTES,
    name="quotes",
    title="Quotes",
    one="quote",
    lead="Bids and asks by moment. Orders take their limits from the last one of the day.",
    mine=access_registers.quotes_for,
    columns=(
        ("Moment", lambda row: clock.moment_text(row.quoted_at)),
        ("Bid", lambda row: amount(row.bid)),
        ("Ask", lambda row: amount(row.ask)),
        ("Spread", lambda row: f"{row.spread * 10_000:.1f} bp"),
        ("Source", lambda row: row.source),
    ),
    orderings={"place": ("security__symbol", "-quoted_at", "pk"), "what": ("-quoted_at", "pk")},
    usual="what",
    empty_body="Enter a quote, or load a file of them.",
    states=(_STANDING,),
    **_SHARED,
)
HALTS = record_list(
    market_facts.HALTS,
    name="halts",
    title="Halts and pauses",
    one="halt",
    lead="What an exchange has halted or paused, and what the firm does not trade while it is volatile.",
    mine=access_registers.halts_for,
    columns=(
        ("Kind", lambda row: row.get_kind_display()),
        ("From", lambda row: clock.moment_text(row.starts_at)),
        ("Until", until),
        ("Source", lambda row: row.source),
    ),
    orderings={"place": ("security__symbol", "-starts_at", "pk"), "from": ("-starts_at", "pk")},
    usual="from",
    empty_body="Enter a halt when an exchange announces one; end it when trading resumes.",
    states=(_STANDING,),
    **_SHARED,
)


def fund_policy(user: Any, row: Any, *, on: date) -> FactPage:
    """A fund's trading policy."""
    return pages.fact(
        market_facts.FUND_POLICIES,
        user,
        row,
        told=[
            ("Fund", f"{row.security.symbol} {row.security.name}"),
            ("No sale after a purchase for", f"{row.holding_days} days"),
            ("Redemption fee", fee(row)),
            ("Source", row.source),
        ],
        place=of_security(row),
        listed="Fund trading policies",
    )


def quote(user: Any, row: Any, *, on: date) -> FactPage:
    """A quote."""
    return pages.fact(
        market_facts.QUOTES,
        user,
        row,
        told=[
            ("Security", f"{row.security.symbol} {row.security.name}"),
            ("Moment", clock.moment_text(row.quoted_at)),
            ("Bid", amount(row.bid)),
            ("Ask", amount(row.ask)),
            ("Spread", f"{row.spread * 10_000:.1f} basis points"),
            ("Source", row.source),
        ],
        place=of_security(row),
        listed="Quotes",
    )


def halt(user: Any, row: Any, *, on: date) -> FactPage:
    """A halt or a pause."""
    return pages.fact(
        market_facts.HALTS,
        user,
        row,
        told=[
            ("Security", f"{row.security.symbol} {row.security.name}"),
            ("Kind", row.get_kind_display()),
            ("From", clock.moment_text(row.starts_at)),
            ("Until", until(row)),
            ("Source", row.source),
        ],
        place=of_security(row),
        listed="Halts and pauses",
    )
