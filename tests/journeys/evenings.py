"""One market day after another: what the custodian sends in the evening, the scan that reads it, and the pages that tell it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from rebalancing.models import Proposal, Reading
from rebalancing.proposals import proposals
from tests.factories import households
from tests.journeys.conftest import Firm
from tests.journeys.custody import custodian_bundle

NOTHING_YET = (
    *("short_term_carryover", "long_term_carryover", "short_term_before", "long_term_before"),
    "distributions_expected",
)


def evening(day: date) -> datetime:
    """Six or seven o'clock in New York, after the close."""
    return datetime(day.year, day.month, day.day, 23, tzinfo=UTC)


def closes(firm: Firm, day: date, *, stock: str, finds: str, **tables: list[str]) -> Reading:
    """The market closes: the file of the day is loaded, the scan runs, and this is what it makes of the household."""
    content = custodian_bundle(day.isoformat(), stock=stock, **tables)
    firm.clock.at = evening(day)
    households.loaded(content, at=evening(day))
    firm.a_scan_at(evening(day))
    return read(firm, day, finds=finds)


def read(firm: Firm, day: date, *, finds: str) -> Reading:
    """The last reading of the household for a market day."""
    found: Reading = Reading.objects.filter(household=firm.household, run__market_on=day).latest("pk")
    assert found.outcome == finds, f"{day}: {found.outcome}: {found.reason}\n{found.holds}"
    return found


def told(firm: Firm, day: date, *sentences: str, trigger: str = "", hold: str = "") -> None:
    """Ana reads it wherever she asks why: on the household's page and timeline, on the page of the day, in the record."""
    address = f"/households/{firm.household.public_id}/"
    for page in (address, f"{address}timeline/?since={day}&until={day}", f"{address}days/{day}/"):
        firm.ana.opens(page).reads(*sentences)
    asked = [f"{name}={code}" for name, code in (("trigger", trigger), ("hold", hold)) if code]
    for one in asked or [""]:
        found = firm.ana.opens(f"/record/?since={day}&until={day}&{one}")
        assert found.column("Household") == [firm.household.name], (one, found.text)


def ended(firm: Firm, day: date, sentence: str) -> None:
    """The first day without it says that it has ended."""
    address = f"/households/{firm.household.public_id}/days/{day}/"
    page = firm.ana.opens(address)
    assert re.search(re.escape(sentence) + r"[^?]{0,400}? Its cause has ended\.", page.text), page.text


def withdrawn(firm: Firm) -> None:
    """Ana takes the open proposal back, so that the next scan may make another."""
    proposal = Proposal.objects.get(household=firm.household, state__in=Proposal.OPEN_STATES)
    firm.ana.opens(f"/proposals/{proposal.public_id}/")
    firm.ana.presses("Withdraw", **{"withdraw-reason": "The facts have changed."})


def proposed(firm: Firm) -> Proposal:
    """The last proposal of the household."""
    found: Proposal = Proposal.objects.filter(household=firm.household).latest("pk")
    return found


def traded(firm: Firm) -> set[tuple[str, str, str]]:
    """Account, side and security of each order of the last proposal."""
    orders = proposals.current(proposed(firm)).orders
    return set(orders.values_list("account__name", "side", "security__symbol"))


def inside(firm: Firm, day: date) -> None:
    """Nothing was called for: the household's page and its timeline say that somebody looked."""
    address = f"/households/{firm.household.public_id}/"
    firm.ana.opens(f"{address}days/{day}/").reads("Every class is inside its band.")
    firm.ana.opens(f"{address}timeline/?since={day}&until={day}").reads("Every class was inside its band.")


def not_told(firm: Firm, day: date, *, trigger: str = "", hold: str = "") -> None:
    """The record has no line of that day with this trigger or this hold."""
    asked = f"trigger={trigger}" if trigger else f"hold={hold}"
    firm.ana.opens(f"/record/?since={day}&until={day}&{asked}").reads("No line matches")


def typed(visitor: Any, button: str, **filled: str) -> Any:
    """Fill in a door, look at its check page, and go on."""
    return visitor.presses(button, **filled).reads("Check before you go on").presses(button)


def a_year_is_confirmed(firm: Firm, year: int, *, on: date) -> None:
    """Ana confirms the figures of a new tax year, as they were: without them nobody plans a trade of that year."""
    unit = firm.household.tax_units.get()
    firm.clock.at = evening(on)
    typed(
        firm.ana.opens(f"/tax-units/{unit.public_id}/profiles/{year}/confirm/"),
        "Check",
        confirmed_on=on.isoformat(),
        **dict.fromkeys(NOTHING_YET, "0"),
    )
