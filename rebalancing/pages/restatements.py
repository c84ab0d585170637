"""One restatement: before and after, what it does to the year, and which proposals counted on the old figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from clients import figures
from clients.models import Restatement
from clients.pages import facts
from clients.pages.facts import Event
from compliance.doors import pages
from compliance.doors.pages import DoorLink
from rebalancing.pages.lists import restatements as listed
from rebalancing.proposals import restated


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A proposal that counted on the old figure."""

    label: str
    url: str
    state: str
    sentence: str
    is_traded: bool


@dataclass(frozen=True, slots=True)
class RestatementPage:
    title: str
    lead: str
    state: str
    tone: str
    differences: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    effect: str
    counted: tuple[CountedRow, ...]
    lot_url: str
    file: str
    file_url: str
    account: str
    account_url: str
    household: str
    household_url: str
    doors: tuple[DoorLink, ...]
    events: tuple[Event, ...]


def show(user: Any, row: Restatement, *, may_open_files: bool) -> RestatementPage:
    """The page."""
    state, tone = listed.state_of(row)
    household = row.account.household
    what = "sale" if row.gain_id else "lot"
    return RestatementPage(
        title=f"{row.security.symbol}: a {what} restated",
        lead=_lead(row),
        state=state,
        tone=tone,
        differences=tuple(listed.differences(row)),
        facts=tuple((label, text) for label, text in _facts(row) if text),
        effect=_effect(row),
        counted=tuple(
            CountedRow(
                f"Proposal of {figures.day(one.proposal.drafted_at.date())}",
                reverse("rebalancing:proposal", args=[one.proposal.public_id]),
                one.proposal.get_state_display(),
                one.sentence,
                one.is_traded,
            )
            for one in restated.counted_on(row)
        ),
        lot_url=reverse("clients:lot", args=[row.lot.public_id]) if row.lot else "",
        file=row.source_file.name,
        file_url=reverse("clients:import_detail", args=[row.source_file.public_id]) if may_open_files else "",
        account=str(row.account),
        account_url=reverse("clients:account", args=[row.account.public_id]),
        household=household.name,
        household_url=reverse("clients:household", args=[household.public_id]),
        doors=pages.links(("rebalancing:restatement_see",), user, row),
        events=facts.history([row]),
    )


def _lead(row: Restatement) -> str:
    day = figures.day(row.as_of_on)
    if row.gain is not None:
        return f"The custodian states the sale of {figures.day(row.gain.sold_on)} anew."
    if row.is_past_day:
        return f"Another file of {day}, a day already on record, has this lot otherwise."
    return f"The file of {day} has this lot otherwise, and no movement explains it."


def _facts(row: Restatement) -> list[tuple[str, str]]:
    return [
        ("Why", str(row.get_cause_display())),
        ("Sold on", figures.day(row.gain.sold_on) if row.gain else ""),
        ("Proceeds", figures.money(row.gain.proceeds) if row.gain else ""),
        ("Found", figures.moment(row.found_at)),
        ("What it was", str(row.get_seen_as_display()) if row.seen_as else ""),
        ("Note", row.seen_note),
        ("Seen by", row.seen_by.get_full_name() if row.seen_by else ""),
    ]


def _effect(row: Restatement) -> str:
    """What it does to the year's gains, as a sentence."""
    if row.gain is None:
        return "It is still held: the year’s gains stay as they are. A sale counts on what the file says now."
    told = listed.effect(row)
    if row.became_known:
        return (
            f"Its gain was unknown and counts now. {told}." if told else "Its gain was unknown; it is zero."
        )
    return f"{told}." if told else "The year’s gains stay as they are."
