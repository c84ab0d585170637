"""A walk through everything people can do at the desk, in any order: no way leads round the four eyes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from advisory.models import User
from compliance.audit_trail import audit
from compliance.digests import fingerprint
from compliance.models import Approval, ChangeRequest, Decision, Review, State, SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import Refusal
from compliance.review_desk import approvals, decisions, reviews, threads
from compliance.review_desk.states import NEXT
from tests import cast
from tests.clock import MONDAY_NOON
from tests.examples import WALKS

NAMES = ("Ana", "Rui", "Rosa", "Cora", "Tess")
VERBS = {"reject": decisions.reject, "request_changes": threads.request_changes}
WHO = st.sampled_from(NAMES)
SOME = st.sets(WHO, min_size=1, max_size=2)


class Desk(RuleBasedStateMachine):
    """One subject, five people with different hats, and a clock that only goes forward."""

    @initialize()
    def open_the_desk(self) -> None:
        self.frame = transaction.atomic()
        self.frame._from_testcase = True  # Approving may open its durable transaction inside.
        self.frame.__enter__()
        self.people: dict[str, User] = {
            "Ana": cast.someone("Ana", Role.ADVISOR),
            "Rui": cast.someone("Rui", Role.REVIEWER),
            "Rosa": cast.someone("Rosa", Role.REVIEWER, Role.ADVISOR),
            "Cora": cast.someone("Cora", Role.COMPLIANCE, Role.REVIEWER),
            "Tess": cast.someone("Tess", Role.TRADER),
        }
        self.now = MONDAY_NOON
        self.revision = 0
        self.makers: dict[int, set[str]] = {}
        self.states: dict[int, str] = {}

    def teardown(self) -> None:
        if hasattr(self, "frame"):
            transaction.set_rollback(True)
            self.frame.__exit__(None, None, None)

    def attempt(self, deed: Callable[[], object]) -> None:
        # A refusal is an answer here, not a failure.
        with contextlib.suppress(Refusal):
            deed()

    def reviews(self) -> Iterator[Review]:
        yield from Review.objects.order_by("pk")

    def latest(self) -> Review:
        found: Review = Review.objects.latest("pk")
        return found

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(shapers=SOME, asker=WHO)
    def a_revision_is_brought(self, shapers: set[str], asker: str) -> None:
        revision = self.revision + 1

        def deed() -> None:
            review = reviews.request(
                subject_kind=SubjectKind.PROPOSAL,
                subject_id="pr_1",
                subject_revision=revision,
                title="Rebalance",
                fingerprint=fingerprint.of(revision, kind="proposal"),
                makers=[reviews.Maker(self.people[name].pk, "moved the slider") for name in sorted(shapers)],
                expires_at=self.now + timedelta(days=1),
                by=Actor.person(self.people[asker]),
                at=self.now,
            )
            self.revision = revision
            self.makers[review.pk] = shapers | {asker}

        self.attempt(deed)

    @precondition(lambda self: self.revision)
    @rule(name=WHO, back=st.integers(0, 2))
    def somebody_approves(self, name: str, back: int) -> None:
        # The fingerprint on their screen may be an earlier revision's.
        shown = fingerprint.of(max(1, self.revision - back), kind="proposal")
        self.attempt(
            lambda: decisions.approve(
                self.latest(),
                fingerprint=shown,
                revalidate=None,
                by=Actor.person(self.people[name]),
                at=self.now,
            )
        )

    @precondition(lambda self: self.revision)
    @rule(name=WHO, verb=st.sampled_from(sorted(VERBS)))
    def somebody_says_no(self, name: str, verb: str) -> None:
        review = self.latest()
        self.attempt(
            lambda: VERBS[verb](
                review, "No.", fingerprint=review.fingerprint, by=Actor.person(self.people[name]), at=self.now
            )
        )

    @precondition(lambda self: self.revision)
    @rule(name=WHO, how=st.sampled_from(["lift", "dismiss"]))
    def somebody_takes_a_request_away(self, name: str, how: str) -> None:
        by = Actor.person(self.people[name])
        for asked in ChangeRequest.objects.filter(lifted_at=None):
            if how == "lift":
                self.attempt(lambda asked=asked: threads.lift(asked, by=by, at=self.now))  # type: ignore[misc]
            else:
                self.attempt(lambda asked=asked: threads.dismiss(asked, "Away.", by=by, at=self.now))  # type: ignore[misc]

    @precondition(lambda self: self.revision)
    @rule(name=WHO)
    def somebody_withdraws(self, name: str) -> None:
        self.attempt(
            lambda: reviews.withdraw(self.latest(), "Wait.", by=Actor.person(self.people[name]), at=self.now)
        )

    @precondition(lambda self: self.revision)
    @rule(name=WHO)
    def somebody_acts_on_it(self, name: str) -> None:
        approval = Approval.objects.order_by("pk").last()
        if approval is not None:
            self.attempt(lambda: approvals.use(approval, by=Actor.person(self.people[name]), at=self.now))

    @rule()
    def the_sweeper_comes(self) -> None:
        reviews.expire_due(by=Actor.system("sweep"), at=self.now)

    @invariant()
    def what_is_approved_was_approved_by_somebody_else_on_that_very_fingerprint(self) -> None:
        if not hasattr(self, "frame"):
            return
        for review in self.reviews():
            if review.state == State.APPROVED or review.used_at is not None:
                assert Approval.objects.filter(review=review).exists()
        for approval in Approval.objects.select_related("review", "decision", "approved_by"):
            review = approval.review
            assert approval.approved_by.name not in self.makers[review.pk]
            assert Role.REVIEWER in approval.approved_by.role_names
            assert approval.fingerprint == review.fingerprint == approval.decision.fingerprint
            assert review.used_at is None or approval.approved_at <= review.used_at < approval.expires_at

    @invariant()
    def reviews_only_go_ways_that_are_drawn(self) -> None:
        if not hasattr(self, "frame"):
            return
        for review in self.reviews():
            before = self.states.get(review.pk, State.OPEN)
            assert reachable(State(before), State(review.state)), (before, review.state)
            self.states[review.pk] = review.state
        assert Review.objects.active().count() <= 1

    @invariant()
    def the_trail_is_whole(self) -> None:
        if hasattr(self, "frame"):
            assert audit.verify().is_intact
            assert Approval.objects.count() == Decision.objects.filter(verdict="approved").count()


def reachable(start: State, end: State) -> bool:
    """Whether a step, or several within one verb or loop of verbs, lead from one to the other."""
    seen, waiting = {start}, [start]
    while waiting:
        for following in NEXT[waiting.pop()] - seen:
            seen.add(following)
            waiting.append(following)
    return end in seen


@pytest.mark.django_db
def test_no_walk_leads_to_an_approval_without_four_eyes() -> None:
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=WALKS, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
