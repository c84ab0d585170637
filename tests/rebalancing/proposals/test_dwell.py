"""How long pages stood open before approvals, on the trail; and the samples that compliance reads of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.urls import reverse

from compliance import clock
from compliance.audit_trail.audit import Action
from compliance.firm import batch_figures
from compliance.firm.catalog import BY_CODE
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from rebalancing.doors.approvals import NOT_OURS
from rebalancing.models import Proposal
from rebalancing.pages import samples
from rebalancing.proposals import approval_batches, dwell, proposals
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.deciding import answer_findings, approve, scan
from tests.factories.firm_settings import decided
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
RECORD = "two families"
BATCH = "/approval-batches/new/"


@pytest.fixture
def both() -> list[Proposal]:
    """The first asks for the client's own agreement; the second is at our discretion."""
    decided(BY_CODE["rules.order_fraction"], D(1))
    decided(batch_figures.BATCH_GAIN, D(100_000))
    decided(batch_figures.BATCH_TURNOVER, D(1))
    decided(batch_figures.BATCH_HELD_OUT, 0)
    scan()
    return list(Proposal.objects.order_by("household__name"))


def decided_facts() -> dict[str, Any]:
    event = AuditEvent.objects.filter(action=Action.REVIEW_DECIDED).order_by("-seq")[0]
    return dict(json.loads(event.facts))


def queue() -> Any:
    return samples.of(cast.cora(), clock.now())


def test_an_approval_says_how_long_its_page_was_open(
    both: list[Proposal], set_clock: Callable[[datetime], None]
) -> None:
    proposal, rui = both[1], cast.rui()
    answer_findings(proposal)
    page = reverse("rebalancing:proposal", args=[proposal.public_id])
    as_(rui).get(page)
    set_clock(SUNDAY_NOON + timedelta(minutes=3))
    as_(rui).get(page)
    # Somebody else's look is not his.
    as_(cast.ana()).get(page)

    approve(proposal, rui, at=SUNDAY_NOON + timedelta(minutes=3, seconds=42))

    facts = decided_facts()
    assert {name: facts[name] for name in ("page_openings", "dwell_seconds", "seconds_since_first_opening")} == {
        "page_openings": 2, "dwell_seconds": 42, "seconds_since_first_opening": 222,
    }  # fmt: skip
    assert queue().fast == ()


def test_without_its_page_the_time_is_unknown_and_compliance_reads_of_it(both: list[Proposal]) -> None:
    answer_findings(both[1])

    approve(both[1], cast.rui())

    assert decided_facts()["dwell_seconds"] is None
    assert [(one.sentence, one.who) for one in queue().fast] == [
        ("Approved without opening its page.", "Rui")
    ]


def test_a_look_at_an_earlier_revision_is_no_look_at_this_one(both: list[Proposal]) -> None:
    proposal, rui = both[0], cast.rui()
    as_(rui).get(reverse("rebalancing:proposal", args=[proposal.public_id]))
    proposals.revise(proposal, did="looked again", by=Actor.person(cast.ana()), at=SUNDAY_NOON)

    found = dwell.before(proposals.current(proposal), by=Actor.person(rui), at=SUNDAY_NOON)

    assert found == dwell.Dwell(0, None, None)


def fit(found: list[Proposal], who: Any) -> list[Proposal]:
    plain = [one.proposal for one in approval_batches.candidates(who, found, at=SUNDAY_NOON)]
    assert plain
    return plain


def typed(page: Any, chosen: list[Proposal]) -> dict[str, Any]:
    form = page.form
    return {
        "proposals": [one.public_id for one in chosen],
        "text": "",
        "acknowledge": "on",
        "opened": form["opened"].value(),
        "door_seen": page.seen,
    }


def test_a_batch_says_how_long_its_page_was_open(
    both: list[Proposal], set_clock: Callable[[datetime], None]
) -> None:
    rui = cast.rui()
    chosen = fit(both, rui)
    browser = as_(rui)
    sent = typed(page_of(browser.get(BATCH)), chosen)
    set_clock(SUNDAY_NOON + timedelta(seconds=5))
    check = page_of(browser.post(BATCH, sent))

    browser.post(BATCH, {**sent, "door_checked": check.checked})

    event = AuditEvent.objects.get(action=Action.APPROVALS_STARTED)
    facts = json.loads(event.facts)
    assert facts["page_seconds"] == 5
    assert facts["dwell_seconds"] == {one.public_id: None for one in chosen}
    sentences = [one.sentence for one in queue().fast]
    assert any(sentence.endswith("was open for 5 seconds.") for sentence in sentences)


@pytest.mark.parametrize("opened", ["2020-01-01T00:00:00+00:00", "x", "2020:forged", "é" * 150])
def test_nobody_says_otherwise_when_the_page_was_opened(both: list[Proposal], opened: str) -> None:
    rui = cast.rui()
    chosen = fit(both, rui)
    browser = as_(rui)
    sent = {**typed(page_of(browser.get(BATCH)), chosen), "opened": opened}

    answer = browser.post(BATCH, sent)

    assert answer.status_code == 422
    assert NOT_OURS in words_of(answer)
    assert not AuditEvent.objects.filter(action=Action.APPROVALS_STARTED).exists()


def test_what_was_held_out_stands_in_the_queue_until_somebody_decides_on_it(both: list[Proposal]) -> None:
    decided(batch_figures.BATCH_HELD_OUT, 1)
    rui = cast.rui()
    chosen = fit(both, rui)
    batch = approval_batches.start(
        [(one, proposals.current(one).fingerprint) for one in chosen],
        text="", acknowledges_notes=True, by=Actor.person(rui), at=SUNDAY_NOON,
    )  # fmt: skip

    assert {one.title for one in queue().held_out} == {f"Proposal for {one.household.name}" for one in chosen}
    # The lot can be drawn again by whoever knows the batch, and by nobody before it was started.
    assert approval_batches.held_out(batch.public_id, len(chosen), one_in=1) == set(range(1, len(chosen) + 1))

    for one in chosen:
        approve(one, rui)

    assert queue().held_out == ()
