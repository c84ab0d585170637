"""Approvals in batches: each bound to what was seen, each by itself, each with what became of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.urls import reverse

from compliance.audit_trail import audit
from compliance.firm import batch_figures, firm_settings
from compliance.firm.catalog import BY_CODE
from compliance.firm.firm_settings import InForce
from compliance.models import Approval, FindingRow, SeverityLevel
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, NotAllowed
from rebalancing import tasks
from rebalancing.models import ApprovalBatch, ApprovalBatchRow, Proposal
from rebalancing.proposals import approval_batches, proposals, revisions
from rebalancing.proposals.approval_batches import Candidate
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.deciding import scan
from tests.factories.firm_settings import decided
from tests.pages import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
RECORD = "two families"
ADDRESS = "/approval-batches/new/"


def figures() -> InForce:
    return firm_settings.in_force(on=LAST_FRIDAY)


@pytest.fixture
def plain() -> list[Proposal]:
    """Two proposals that are small and plain by this firm's figures; nobody is held out."""
    decided(BY_CODE["rules.order_fraction"], D(1))
    return _scanned()


@pytest.fixture
def both() -> list[Proposal]:
    """The same where the size of an order asks for a written reason."""
    return _scanned()


def _scanned() -> list[Proposal]:
    decided(batch_figures.BATCH_GAIN, D(100_000))
    decided(batch_figures.BATCH_TURNOVER, D(1))
    decided(batch_figures.BATCH_HELD_OUT, 0)
    scan()
    return list(Proposal.objects.order_by("household__name"))


def of(proposal: Proposal, who: Any = None) -> Candidate | str:
    return approval_batches.of(who or cast.rui(), proposal, figures=figures(), at=SUNDAY_NOON)


def asks(proposal: Proposal) -> bool:
    review = proposals.current(proposal).review
    return FindingRow.objects.filter(
        examination__review=review, severity__gte=SeverityLevel.OVERRIDE
    ).exists()


def fit(found: list[Proposal]) -> list[Proposal]:
    """Those that ask for no written reason; there is one at least."""
    plain = [one for one in found if not asks(one)]
    assert plain
    return plain


def chosen(found: list[Proposal]) -> list[tuple[Proposal, str]]:
    return [(one, proposals.current(one).fingerprint) for one in found]


def started(found: list[tuple[Proposal, str]], **more: Any) -> ApprovalBatch:
    typed = {"text": "Agreed.", "acknowledges_notes": True, "by": Actor.person(cast.rui()), "at": SUNDAY_NOON}
    return approval_batches.start(found, **{**typed, **more})


def outcomes(batch: ApprovalBatch) -> list[str]:
    return [str(row.outcome) for row in batch.rows.order_by("position")]


def test_what_asks_for_a_written_reason_is_not_among_them(both: list[Proposal]) -> None:
    assert any(asks(one) for one in both), [
        (row.rule, row.severity, row.sentence) for row in FindingRow.objects.filter(severity__gte=1)
    ]
    for one in both:
        if asks(one):
            assert of(one) == "A finding of it asks for a written reason, or stops it."


def test_what_moves_much_is_not_among_them(plain: list[Proposal]) -> None:
    decided(batch_figures.BATCH_TURNOVER, D("0.001"))
    assert all("in batches at most 0.1%" in str(of(one)) for one in fit(plain))


def test_what_realizes_much_is_not_among_them(plain: list[Proposal]) -> None:
    decided(batch_figures.BATCH_GAIN, D(0))
    for one in fit(plain):
        gain = sum(unit.short + unit.long for unit in revisions.plan_of(proposals.current(one)).tax)
        assert isinstance(of(one), Candidate) == (gain <= 0)
        assert gain <= 0 or "in batches at most $0.00" in str(of(one))


def test_its_makers_and_people_of_other_roles_approve_nothing(plain: list[Proposal]) -> None:
    assert isinstance(of(plain[0], cast.ana()), str)
    assert approval_batches.candidates(cast.tom(), plain, at=SUNDAY_NOON) == []
    with pytest.raises(NotAllowed):
        started(chosen(plain), by=Actor.person(cast.tom()))


def test_nothing_and_too_much_are_refused(plain: list[Proposal]) -> None:
    with pytest.raises(BadInput):
        started([])
    decided(batch_figures.BATCH_MOST, 1)
    with pytest.raises(BadInput, match="at most 1"):
        started(chosen(plain))


def test_each_is_decided_by_itself_and_its_row_says_what_became_of_it(plain: list[Proposal]) -> None:
    """One was revised meanwhile: the other is decided all the same."""
    seen = chosen(plain)
    seen[0] = (seen[0][0], "0" * 64)
    batch = started(seen)
    assert outcomes(batch) == ["pending"] * len(seen)
    approval_batches.carry_on(batch, now=lambda: SUNDAY_NOON)
    rows = list(batch.rows.order_by("position"))
    assert rows[0].outcome == "refused"
    assert rows[0].sentence
    for row in rows[1:]:
        # What asks for a reason is refused by the approval itself, with the finding.
        assert row.outcome == ("refused" if asks(row.proposal) else "approved"), row.sentence
    assert audit.verify().is_intact


def test_an_approval_in_a_batch_is_bound_to_exactly_what_was_seen(plain: list[Proposal]) -> None:
    good = [one for one in plain if not asks(one)]
    batch = started(chosen(good or plain))
    approval_batches.carry_on(batch, now=lambda: SUNDAY_NOON)
    approval_batches.carry_on(batch, now=lambda: SUNDAY_NOON)
    for row in batch.rows.filter(outcome="approved"):
        assert row.approval is not None
        assert row.approval.fingerprint == row.seen
        assert row.proposal.state == Proposal.State.APPROVED
    assert (
        Approval.objects.filter(subject_kind="proposal").count()
        == batch.rows.filter(outcome="approved").count()
    )


def test_a_worker_that_was_killed_is_carried_on_by_the_next(plain: list[Proposal]) -> None:
    batch = started(chosen(plain))
    approval_batches.carry_on(batch, now=lambda: SUNDAY_NOON, until=SUNDAY_NOON)
    assert outcomes(batch) == ["pending"] * len(plain)
    tasks.send_orders()
    assert "pending" not in outcomes(batch)


def test_one_in_so_many_is_drawn_by_lot_and_decided_on_its_own_page(plain: list[Proposal]) -> None:
    decided(batch_figures.BATCH_HELD_OUT, 1)
    batch = started(chosen(plain))
    assert outcomes(batch) == ["held_out"] * len(plain)
    approval_batches.carry_on(batch, now=lambda: SUNDAY_NOON)
    assert not Approval.objects.filter(subject_kind="proposal").exists()
    page = as_(cast.rui()).get(reverse("rebalancing:approval_batch", args=[batch.public_id])).content.decode()
    assert "Drawn for a reading of its own" in page
    assert "Read it on its own page" in page


def test_what_was_drawn_is_in_no_other_batch_until_it_is_another_revision(plain: list[Proposal]) -> None:
    """Two tabs, or the same form once more, would otherwise draw the lot until it falls otherwise."""
    one = fit(plain)[0]
    decided(batch_figures.BATCH_HELD_OUT, 1)
    assert outcomes(started([(one, "0" * 64)])) == ["held_out"]
    assert isinstance(of(one), Candidate), "that was another revision"
    twice, seen = started(chosen([one])), chosen([one])
    decided(batch_figures.BATCH_HELD_OUT, 0)
    again = started(seen)
    approval_batches.carry_on(again, now=lambda: SUNDAY_NOON)
    assert (outcomes(twice), outcomes(again)) == (["held_out"], ["refused"])
    assert "reading of its own" in again.rows.get().sentence
    assert "reading of its own" in str(of(one))


@pytest.mark.parametrize("one_in", [2, 10])
def test_the_lot_can_be_drawn_again_and_takes_its_share(one_in: int) -> None:
    drawn = [approval_batches.held_out(f"ab_{number}", 25, one_in=one_in) for number in range(200)]
    assert drawn == [approval_batches.held_out(f"ab_{number}", 25, one_in=one_in) for number in range(200)]
    share = sum(len(one) for one in drawn) / (200 * 25)
    assert abs(share - 1 / one_in) < 0.03
    assert approval_batches.held_out("ab_1", 25, one_in=0) == frozenset()


def test_the_page_shows_each_with_its_fingerprint_and_what_they_come_to(plain: list[Proposal]) -> None:
    rui, plain = as_(cast.rui()), fit(plain)
    assert "Approve several proposals" in rui.get("/proposals/").content.decode()
    assert "Approve several proposals" not in as_(cast.ana()).get("/proposals/").content.decode()
    form = rui.get(ADDRESS)
    for one in plain:
        assert one.household.name in form.content.decode()
    seen = form.context["page"].seen
    typed = {"proposals": [one.public_id for one in plain], "text": "Agreed.", "acknowledge": "on"}
    check = rui.post(ADDRESS, {**typed, "door_seen": seen})
    text = check.content.decode()
    for one in plain:
        assert proposals.current(one).fingerprint[:12] in text
    assert "Together" in text
    answer = rui.post(ADDRESS, {**typed, "door_seen": seen, "door_checked": check.context["page"].checked})
    assert answer.status_code == 302
    batch = ApprovalBatch.objects.get()
    assert answer.headers["Location"] == reverse("rebalancing:approval_batch", args=[batch.public_id])
    assert {row.seen for row in ApprovalBatchRow.objects.all()} == {seen for _, seen in chosen(plain)}


def test_notes_have_to_be_read() -> None:
    decided(BY_CODE["rules.order_fraction"], D(1))
    decided(BY_CODE["rules.review_warn_months"], 6)
    rui = as_(cast.rui())
    noted = [one for one in _scanned() if isinstance(found := of(one), Candidate) and found.notes]
    assert noted
    seen = rui.get(ADDRESS).context["page"].seen
    answer = rui.post(ADDRESS, {"proposals": [noted[0].public_id], "door_seen": seen})
    assert "Read the notes" in answer.content.decode()


def test_a_batch_is_seen_by_whoever_sees_one_of_its_households(plain: list[Proposal]) -> None:
    batch = started(chosen(plain), at=SUNDAY_NOON + timedelta(seconds=1))
    url = reverse("rebalancing:approval_batch", args=[batch.public_id])
    assert as_(cast.ana()).get(url).status_code == 200
    stranger = cast.someone("Max", Role.ADVISOR)
    assert as_(stranger).get(url).status_code == 404
