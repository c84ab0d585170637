"""Two people press the same button at the same moment: one effect, one clear answer to the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from clients.models import Price
from compliance.models import Approval
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.execution import orders
from rebalancing.models import OrderBatch, Proposal, ScanRun
from rebalancing.proposals import proposals
from rebalancing.scans import scans
from tests import cast
from tests.at_once import at_once, by_kind
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories.deciding import answer_findings, approve, scan
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_reviewers_approve_at_once_and_one_is_told_it_is_decided() -> None:
    rui, rosa = cast.rui(), cast.rosa()
    a_managed_household(advisor=cast.ana(), reviewer=rui)
    scan()
    proposal = Proposal.objects.get()
    answer_findings(proposal)

    answers = at_once(lambda: approve(proposal, rui), lambda: approve(proposal, rosa))

    assert len(by_kind(answers, Approval)) == 1, answers
    (refused,) = by_kind(answers, Conflict)
    assert "already approved by" in refused.sentence
    assert Approval.objects.filter(subject_kind="proposal").count() == 1


def test_two_traders_release_at_once_and_one_batch_comes_of_it() -> None:
    rui, tom, tess = cast.rui(), cast.tom(), cast.tess()
    a_managed_household(advisor=cast.ana(), reviewer=rui)
    scan()
    proposal = Proposal.objects.get()
    answer_findings(proposal)
    approve(proposal, rui)

    answers = at_once(
        lambda: orders.release(Proposal.objects.get(), by=Actor.person(tom), at=SUNDAY_NOON),
        lambda: orders.release(Proposal.objects.get(), by=Actor.person(tess), at=SUNDAY_NOON),
    )

    assert len(by_kind(answers, OrderBatch)) == 1, answers
    assert len(by_kind(answers, Conflict)) == 1
    assert OrderBatch.objects.count() == 1


def test_approving_while_it_is_revised_never_approves_what_was_not_shown() -> None:
    rui, ana = cast.rui(), cast.ana()
    a_managed_household(advisor=ana, reviewer=rui)
    scan()
    proposal = Proposal.objects.get()
    answer_findings(proposal)
    shown = proposals.current(proposal).fingerprint

    at_once(
        lambda: approve(proposal, rui),
        lambda: proposals.revise(
            Proposal.objects.get(), did="asked for fresh figures", by=Actor.person(ana), at=SUNDAY_NOON
        ),
    )

    approvals = Approval.objects.filter(subject_kind="proposal")
    assert {approval.fingerprint for approval in approvals} <= {shown}
    if approvals.exists() and Proposal.objects.get().state == Proposal.State.APPROVED:
        assert proposals.current(Proposal.objects.get()).fingerprint == shown


def ask_for_a_scan() -> ScanRun:
    return scans.start(
        scan=ScanRun.Scan.REQUESTED,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("test"),
        at=SUNDAY_NOON,
    )


def test_two_people_ask_for_a_scan_at_once_and_one_is_told_it_is_going() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())

    answers = at_once(ask_for_a_scan, ask_for_a_scan)

    assert (len(by_kind(answers, ScanRun)), len(by_kind(answers, Conflict))) == (1, 1)


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_scan_that_begins_between_two_looks_of_another_is_seen(after: int) -> None:
    """The other one is committed before the first, second or third statement that is about scans."""
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    left, others = after, list[object]()

    def let_the_other_go_first(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        nonlocal left
        if "rebalancing_scanrun" in sql:
            left -= 1
            if not left:
                others.extend(at_once(ask_for_a_scan))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(let_the_other_go_first), pytest.raises(Conflict, match="still running"):
        ask_for_a_scan()

    assert len(by_kind(others, ScanRun)) == ScanRun.objects.count() == 1


def test_a_price_of_a_later_day_starts_no_scan() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    Price.objects.update(as_of_on=MONDAY)

    with pytest.raises(BadInput, match="No closing prices for 2026-11-20"):
        scan()
