"""A decision's explanation as one file: a printed PDF, the same as JSON, both stored documents, the letters and the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from clients import figures
from compliance.digests import canonical
from compliance.lists import bundles, trail_bundles
from compliance.lists.bundles import Bundle
from compliance.people.actors import Actor
from rebalancing.client_reports import letterheads, typesetting
from rebalancing.market_days import new_york_date
from rebalancing.pages.explained.afterwards import letter_name
from rebalancing.pages.explained.approval import Explained
from rebalancing.pages.explained.parts import Part

TEMPLATE = settings.PROJECT / "templates" / "rebalancing" / "explained.typ"
ABOUT = "proposal"


def take(explained: Explained, *, by: Actor, at: datetime) -> Bundle:
    """The pack, with its line on the trail."""
    bundle = Bundle(at=at)
    bundle.add("explanation.pdf", pdf_of(explained))
    bundle.add("explanation.json", f"{canonical.text(explained.as_document)}\n".encode())
    bundle.add("household.json", explained.household_document.encode())
    bundle.add("plan.json", explained.plan_document.encode())
    for letter in explained.letters:
        bundle.add(letter_name(letter), bytes(letter.pdf))
    trail = trail_bundles.add_trail(bundle, explained.events, is_whole=False)
    about, filters = (ABOUT, explained.proposal), f"revision={explained.revision}"
    bundle.close(bundles.asking(about, filters, by=by, at=at), trail=trail)
    bundles.record(
        bundle,
        about,
        rows=int(str(trail["events"])),
        filters=filters,
        household=explained.household,
        by=by,
        at=at,
    )
    return bundle


def pdf_of(explained: Explained) -> bytes:
    """The explanation printed (PDF/UA-1 and PDF/A-2a). The same value gives the same bytes."""
    return typesetting.printed(
        TEMPLATE, name="explained", values=template_values(explained), timestamp=int(explained.at.timestamp())
    )


def template_values(explained: Explained) -> dict[str, Any]:
    """What the template prints: the page's own words."""
    letterhead = letterheads.in_force(on=new_york_date(explained.at))
    return {
        "title": f"An approval explained: {explained.household_name}",
        "firm": letterhead.name,
        "firm_lines": [*letterhead.lines, *letterhead.address],
        "firm_contact": letterhead.contact,
        "date": figures.day(new_york_date(explained.at)),
        "heading": f"{explained.heading}.",
        "verdict": f"{explained.verdict}. State of the proposal today: {explained.state_label.lower()}.",
        "reference": f"Proposal {explained.proposal}, revision {explained.revision}, fingerprint {explained.fingerprint[:12]}",
        "as_of": f"As the record stood at {figures.moment(explained.at)}",
        "parts": [_printed(one) for one in explained.parts],
    }


def _printed(one: Part) -> dict[str, Any]:
    return {
        "title": one.title,
        "sentence": one.sentence,
        "none": one.none,
        "is_wide": one.is_wide,
        "heads": [column.caption for column in one.columns],
        "numbers": [column.is_number for column in one.columns],
        "rows": [[words for _, words in line] for line in one.lines],
    }
