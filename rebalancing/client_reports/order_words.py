"""“How we rebalance”, on orders: when they leave, and what becomes of those that nobody saw trade. Every figure is the firm's setting."""

from __future__ import annotations

from compliance.firm import order_figures
from compliance.firm.firm_settings import InForce

Paragraphs = tuple[str, ...]


def how_orders_are_sent(figures: InForce) -> Paragraphs:
    """Releases, blocks and the hours of a session."""
    shown = figures.shown
    waits = (
        "What a broker is told electronically before the open waits until then."
        if figures.of(order_figures.WAITS_FOR_SESSION)
        else "What is released before the open is told to the broker at once, also electronically."
    )
    delay = (
        f"They can be taken back for {shown(order_figures.RELEASE_DELAY)} after their release."
        if figures.of(order_figures.RELEASE_DELAY)
        else "They are sent as soon as they are released."
    )
    return (
        "Orders of several clients in one security at one custodian go out together. Who takes part, and with how many shares, is written "
        "down before; everyone gets the average price.",
        f"{delay} Nothing is sent in the first {shown(order_figures.FIRST_MINUTES)} and the last {shown(order_figures.LAST_MINUTES)} of a "
        f"session. Fund orders have no such minutes; what is released later than {shown(order_figures.FUND_CUT_OFF)} is for the next day. "
        f"{waits}",
        f"{_purchases(figures)} What is beyond a day's share of the usual volume goes on the market days after it, over at most "
        f"{shown(order_figures.SLICE_DAYS)}, and each day is checked anew.",
        f"An order that a custodian's files do not show is asked about {shown(order_figures.ASKED_AFTER)}; "
        f"{shown(order_figures.TIMED_OUT_AFTER)} it counts as not traded.",
    )


def _purchases(figures: InForce) -> str:
    """When purchases leave that an account's settled cash does not pay for."""
    waits = "until its sales are over, and become smaller where these bring less"
    return {
        order_figures.ALWAYS: f"Purchases that an account's settled cash does not pay for wait {waits}.",
        order_figures.SAME_DAY: "Where a broker tells of trades the same day, purchases that an account's settled cash does not pay for "
        f"wait {waits}; where orders go by file, sales and purchases go together.",
        order_figures.NEVER: "An account's sales and purchases go together: both settle on the same day.",
    }[figures.of(order_figures.PURCHASES_WAIT)]
