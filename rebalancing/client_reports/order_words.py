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
        f"An order that a custodian's files do not show is asked about {shown(order_figures.ASKED_AFTER)}; "
        f"{shown(order_figures.TIMED_OUT_AFTER)} it counts as not traded.",
    )
