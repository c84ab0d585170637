"""The sections of a proposal page: plain values, and the same figures on the screen and in the API."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal as D
from decimal import InvalidOperation
from typing import Any

import pytest
from django.db.models import Model
from django.forms import BaseForm
from django.test import Client

from clients.drawings import BandBar
from rebalancing.pages.proposal import makers, page
from rebalancing.pages.proposal.makers import Deed
from rebalancing.proposals import proposals
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, on_record
from tests.factories.firm_settings import looking_twice

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

SERIALIZED = (
    "outcome",
    "changes",
    "trades",
    "left_alone",
    "taxes",
    "alternatives",
    "checks",
    "makers",
)
"""The sections a revision's document repeats; header and decision are told with the proposal."""


@pytest.fixture
def desk() -> Desk:
    made = on_record()
    looking_twice()
    made.propose()
    return made


def signed_in(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.rui)
    return client


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Everything a value holds, by where it stands; properties that count are part of a section too."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        counted = [
            name
            for name, one in vars(type(value)).items()
            if isinstance(one, property) and isinstance(getattr(value, name), int | D)
        ]
        for name in (*names, *counted):
            yield from leaves(getattr(value, name), f"{at}.{name}")
    elif isinstance(value, tuple | list):
        for place, one in enumerate(value):
            yield from leaves(one, f"{at}[{place}]")
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{at}.{name}")
    else:
        yield at, value


def figures_of(value: Any) -> dict[str, D]:
    """The numbers of a section; flags are none, and a drawing's own numbers are those of its band."""
    return {
        where: D(one)
        for where, one in leaves(value)
        if isinstance(one, D | int) and not isinstance(one, bool)
    }


def in_the_document(document: Any) -> dict[str, D]:
    found = {}
    for where, one in leaves(document):
        if isinstance(one, bool) or one is None:
            continue
        try:
            found[where] = D(one)
        except InvalidOperation:
            continue
    return found


def of_the_page(shown: page.ProposalPage) -> dict[str, Any]:
    return {name: getattr(shown, name) for name in SERIALIZED if getattr(shown, name) is not None}


def test_every_figure_of_the_page_is_in_the_api_with_the_same_value(desk: Desk) -> None:
    rui = signed_in(desk)
    at = f"/proposals/{desk.proposal.public_id}/"

    on_screen = figures_of(of_the_page(rui.get(at).context["page"]))
    told = in_the_document(rui.get(f"/api/v1{at}revisions/1/").json())

    assert len(on_screen) > 100
    assert {where: told.get(where, "missing") for where in on_screen} == on_screen


def test_a_revised_proposal_tells_its_changes_alike_too(desk: Desk) -> None:
    ana = Client()
    ana.force_login(desk.ana)
    at = f"/proposals/{desk.proposal.public_id}/"
    ana.post(f"{at}revise/", {"revise-objective": "no_gains", "revise-why": "No gains this year."})

    on_screen = figures_of({"changes": ana.get(at).context["page"].changes})
    told = in_the_document(ana.get(f"/api/v1{at}revisions/2/").json())

    assert ".changes.tax_after" in on_screen
    assert {where: told.get(where, "missing") for where in on_screen} == on_screen


def test_dates_sentences_and_refusals_agree_as_well(desk: Desk) -> None:
    rui = signed_in(desk)
    at = f"/proposals/{desk.proposal.public_id}/"

    shown = rui.get(at).context["page"]
    told = rui.get(f"/api/v1{at}").json()

    assert (told["heading"], told["revision"], told["fingerprint"], told["prices_as_of_on"]) == (
        shown.header.heading,
        shown.header.revision,
        shown.header.fingerprint,
        shown.header.prices_as_of_on.isoformat(),
    )
    assert told["blockers"] == [str(cause) for cause in shown.decision.blockers]
    assert len(told["blockers"]) == len(shown.checks.open) == 2
    assert (told["refusal_to_decide"], told["moved"]) == (shown.decision.refusal_to_decide or None, [])


def test_a_page_holds_plain_values_and_no_row_of_a_table_and_no_form(desk: Desk) -> None:
    shown = page.show(desk.rui, desk.proposal, proposals.current(desk.proposal), at=SUNDAY_NOON)

    held = [(where, one) for where, one in leaves(shown)]

    assert [where for where, one in held if isinstance(one, Model | BaseForm)] == []
    plain = (str, int, D, date, datetime, type(None))
    assert [(where, type(one)) for where, one in held if not isinstance(one, plain)] == []


def test_every_drawn_class_is_told_with_its_band(desk: Desk) -> None:
    shown = page.show(desk.rui, desk.proposal, proposals.current(desk.proposal), at=SUNDAY_NOON)

    bars = [bar for allocation in shown.outcome.allocations for bar in allocation.bars]
    assert bars
    assert all(isinstance(bar, BandBar) for bar in bars)


def test_why_somebody_may_not_answer_for_a_finding_is_said_alike(desk: Desk) -> None:
    ana = Client()
    ana.force_login(desk.ana)
    at = f"/proposals/{desk.proposal.public_id}/"

    shown = ana.get(at).context["page"].checks
    told = ana.get(f"/api/v1{at}revisions/1/").json()["checks"]

    assert {line.override_url for line in shown.reasons} == {""}
    assert [line["refusal_to_override"] for line in told["findings"]] == [
        line.refusal_to_override for line in shown.findings
    ]
    assert all("a person with the role" in line.refusal_to_override for line in shown.reasons)


def test_files_somebody_loaded_are_counted_and_stand_underneath_one_by_one() -> None:
    files = tuple(Deed("Olga", f"loaded {name}.zip", SUNDAY_NOON) for name in "abc")
    hold = Deed("Olga", "placed a hold", SUNDAY_NOON)
    drafted = Deed("Ana", "drafted this proposal", None)

    shown = makers.Makers(names="Ana", deeds=(drafted, *files, hold))

    assert [(group.name, group.did, group.count) for group in shown.groups] == [
        ("Ana", "drafted this proposal", 1),
        ("Olga", "loaded 3 custodian files", 3),
        ("Olga", "placed a hold", 1),
    ]
    assert shown.is_folded
    assert not makers.Makers(names="Ana", deeds=(drafted, hold)).is_folded
