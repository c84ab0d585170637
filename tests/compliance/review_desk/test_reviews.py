from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from advisory.models import User
from advisory.people import roles
from compliance.audit_trail import audit
from compliance.models import (
    Approval,
    AuditEvent,
    ConsentChannel,
    Decision,
    Lift,
    Review,
    ReviewMaker,
    State,
    SubjectKind,
    Verdict,
)
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Blocked, Cause, Conflict, NotAllowed, Stale
from compliance.review_desk import (
    approvals,
    consents,
    decisions,
    findings,
    objections,
    reviews,
    states,
    threads,
)
from compliance.rules.facts.case import Stage
from compliance.rules.findings.severity import Severity
from tests.clock import MONDAY_NOON, TUESDAY_NOON, WEDNESDAY_NOON
from tests.factories.reviews import CHANGED, SHOWN, an_answer, an_open_review, approve, unchanged

pytestmark = pytest.mark.django_db

BLOCK, OVERRIDE, WARN, PASS = Severity.BLOCK, Severity.OVERRIDE, Severity.WARN, Severity.PASS


def actions(about: object) -> list[str]:
    return [event.action for event in audit.trail(about=about)]


def now(review: Review) -> Review:
    return Review.objects.get(pk=review.pk)


def use(approval: Approval, user: User, *, at: Any = TUESDAY_NOON) -> Review:
    return approvals.use(approval, by=Actor.person(user), at=at)


# Approving


def test_a_colleague_approves_exactly_what_was_shown(ana: User, rui: User) -> None:
    review = an_open_review(ana)

    approval = approve(review, rui, text="Fine.")

    assert (approval.fingerprint, approval.approved_by_id, approval.subject_revision) == (SHOWN, rui.pk, 1)
    assert (now(review).state, now(review).settled_by_label) == (State.APPROVED, "Rui")
    assert actions(review) == ["review.requested", "review.decided"]


def test_an_author_cannot_approve_her_own_proposal(rosa: User) -> None:
    review = an_open_review(rosa)

    with pytest.raises(
        NotAllowed, match="You drafted this proposal in revision 1, so a colleague has to decide"
    ):
        approve(review, rosa)

    assert now(review).state == State.OPEN
    assert actions(review) == ["review.requested", "approval.refused"]


def test_whoever_shaped_the_revision_is_a_maker_whatever_their_role(ana: User, rui: User) -> None:
    review = an_open_review(ana, makers=(reviews.Maker(rui.pk, "changed the tax budget"),))

    with pytest.raises(NotAllowed, match="You changed the tax budget in revision 1"):
        approve(review, rui)


def test_who_asks_for_the_review_is_a_maker_even_when_not_named(rosa: User) -> None:
    review = reviews.request(
        subject_kind=SubjectKind.MODEL,
        subject_id="mo_1",
        subject_revision=1,
        title="Growth 70/30",
        fingerprint=SHOWN,
        expires_at=WEDNESDAY_NOON,
        by=Actor.person(rosa),
        at=MONDAY_NOON,
    )

    with pytest.raises(NotAllowed, match="asked for the review of this model portfolio"):
        approve(review, rosa)


@pytest.mark.parametrize("who", ["ana", "cora", "tess", "carl"])
def test_only_a_reviewer_approves_a_proposal(who: str, ana: User, request: pytest.FixtureRequest) -> None:
    review = an_open_review(ana if who != "ana" else request.getfixturevalue("rosa"))

    with pytest.raises(NotAllowed, match="role reviewer"):
        approve(review, request.getfixturevalue(who))


def test_a_role_taken_away_a_second_ago_counts_already(ana: User, rui: User) -> None:
    review, by = an_open_review(ana), Actor.person(rui)
    roles.revoke(rui, Role.REVIEWER, by=None, at=MONDAY_NOON)

    with pytest.raises(NotAllowed, match="role reviewer"):
        decisions.approve(review, fingerprint=SHOWN, revalidate=None, by=by, at=TUESDAY_NOON)


def test_a_deactivated_reviewer_cannot_approve(ana: User, rui: User) -> None:
    review, by = an_open_review(ana), Actor.person(rui)
    User.objects.filter(pk=rui.pk).update(is_active=False)

    with pytest.raises(NotAllowed, match="no longer active"):
        decisions.approve(review, fingerprint=SHOWN, revalidate=None, by=by, at=TUESDAY_NOON)


@pytest.mark.parametrize("by", [Actor.system("scan"), Actor(audit.ActorKind.TOKEN, "feed", "1")], ids=str)
def test_neither_a_job_nor_a_token_approves(by: Actor, ana: User) -> None:
    with pytest.raises(NotAllowed, match="Only a signed-in person"):
        decisions.approve(an_open_review(ana), fingerprint=SHOWN, revalidate=None, by=by, at=TUESDAY_NOON)


def test_another_fingerprint_than_the_one_under_review_is_stale(ana: User, rui: User) -> None:
    review = an_open_review(ana)

    with pytest.raises(Stale) as refused:
        approve(review, rui, shown=CHANGED)

    assert refused.value.causes == (Cause("fingerprint", shown=CHANGED[:12], now=SHOWN[:12]),)
    assert actions(review)[-1] == "approval.refused"


def test_facts_that_moved_make_it_stale_and_are_named(ana: User, rui: User) -> None:
    review = an_open_review(ana)
    moved = (Cause("price:VTI", shown="291.10", now="297.42"),)

    with pytest.raises(Stale) as refused:
        approve(review, rui, revalidate=lambda: decisions.Revalidated(SHOWN, causes=moved))

    assert refused.value.causes == moved
    assert not Approval.objects.exists()


def test_a_subject_whose_fingerprint_moved_is_stale(ana: User, rui: User) -> None:
    with pytest.raises(Stale):
        approve(an_open_review(ana), rui, revalidate=lambda: decisions.Revalidated(CHANGED))


def test_a_check_that_breaks_down_approves_nothing(ana: User, rui: User) -> None:
    def breaks_down() -> decisions.Revalidated:
        raise ZeroDivisionError

    review = an_open_review(ana)
    with pytest.raises(ZeroDivisionError):
        approve(review, rui, revalidate=breaks_down)

    assert now(review).state == State.OPEN


def test_what_cannot_be_done_with_it_undoes_the_approval(ana: User, rui: User) -> None:
    def then(approval: Approval) -> None:
        raise Blocked("The household is on hold.")

    review = an_open_review(ana)
    with pytest.raises(Blocked, match="on hold"):
        approve(review, rui, then=then)

    assert now(review).state == State.OPEN
    assert actions(review) == ["review.requested", "approval.refused"]


def test_at_its_expiry_it_can_no_longer_be_decided(ana: User, rui: User) -> None:
    review = an_open_review(ana, expires_at=TUESDAY_NOON)

    with pytest.raises(Stale, match=r"until Nov 24, 2026, 12:00 ET"):
        approve(review, rui, at=TUESDAY_NOON)
    assert approve(review, rui, at=TUESDAY_NOON - timedelta(microseconds=1))


def test_the_second_approver_hears_who_was_first_and_when(ana: User, rui: User, rosa: User) -> None:
    review = an_open_review(ana)
    approve(review, rui)

    with pytest.raises(Conflict, match=r"already approved by Rui on Nov 24, 2026, 12:00 ET"):
        approve(review, rosa)

    assert Approval.objects.count() == 1


def test_a_double_click_has_one_effect_and_the_same_reference(ana: User, rui: User) -> None:
    review = an_open_review(ana)

    assert approve(review, rui) == approve(review, rui)
    assert Decision.objects.count() == 1
    assert actions(review) == ["review.requested", "review.decided"]


def test_approving_inside_a_larger_transaction_is_refused(ana: User, rui: User) -> None:
    review = an_open_review(ana)

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        approve(review, rui)


# Rules, consent, requests for changes


def test_a_block_cannot_be_approved_or_overridden(ana: User, rui: User, cora: User) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-07", BLOCK), ("PTC-01", PASS)))
    fresh = an_answer(("PTC-07", BLOCK), stage=Stage.APPROVAL)

    with pytest.raises(Blocked, match="PTC-07"):
        approve(review, rui, revalidate=lambda: unchanged(review, fresh))
    with pytest.raises(NotAllowed, match="cannot be overridden"):
        answer_for(review, "PTC-07", cora)


def answer_for(review: Review, rule: str, user: User, **changes: Any) -> Any:
    finding = review.examinations.latest("examined_at", "id").findings.get(rule=rule)
    arguments = {
        "fingerprint": review.fingerprint,
        "expires_at": WEDNESDAY_NOON,
        "text": "Client asked.",
        **changes,
    }
    return findings.override(
        finding, reason="client_instruction", by=Actor.person(user), at=TUESDAY_NOON, **arguments
    )


def test_an_override_finding_needs_somebody_who_answers_for_it(ana: User, rui: User, cora: User) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-10", OVERRIDE)))
    fresh = an_answer(("PTC-10", OVERRIDE), stage=Stage.APPROVAL)

    with pytest.raises(Blocked, match="PTC-10"):
        approve(review, rui, revalidate=lambda: unchanged(review, fresh))
    answer_for(review, "PTC-10", cora)

    assert approve(review, rui, revalidate=lambda: unchanged(review, fresh))


def test_a_new_concern_at_approval_is_not_covered_by_an_older_override(
    ana: User, rui: User, cora: User
) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-10", OVERRIDE)))
    answer_for(review, "PTC-10", cora)
    fresh = an_answer(("PTC-10", OVERRIDE), ("PTC-29", OVERRIDE), stage=Stage.APPROVAL)

    with pytest.raises(Blocked) as refused:
        approve(review, rui, revalidate=lambda: unchanged(review, fresh))

    assert [cause.input for cause in refused.value.causes] == ["PTC-29"]


def test_nobody_overrides_what_they_shaped(rosa: User) -> None:
    review = an_open_review(rosa, answer=an_answer(("PTC-10", OVERRIDE)))

    with pytest.raises(NotAllowed, match="a colleague has to override"):
        answer_for(review, "PTC-10", rosa)


def test_an_override_needs_the_role_the_rule_asks_for(ana: User, tess: User) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-10", OVERRIDE)))

    with pytest.raises(NotAllowed, match="a person with the role"):
        answer_for(review, "PTC-10", tess)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"text": " "}, BadInput), ({"expires_at": TUESDAY_NOON}, BadInput), ({"fingerprint": CHANGED}, Stale)],
    ids=["no text", "already over", "another fingerprint"],
)
def test_an_override_is_explained_current_and_for_this_revision(
    changes: Any, refusal: Any, ana: User, cora: User
) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-10", OVERRIDE)))

    with pytest.raises(refusal):
        answer_for(review, "PTC-10", cora, **changes)


def test_an_override_that_ran_out_stops_the_release(ana: User, rui: User, cora: User, tess: User) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-10", OVERRIDE)))
    answer_for(review, "PTC-10", cora, expires_at=TUESDAY_NOON + timedelta(hours=1))
    fresh = an_answer(("PTC-10", OVERRIDE), stage=Stage.APPROVAL)
    approval = approve(review, rui, revalidate=lambda: unchanged(review, fresh))

    with pytest.raises(Stale, match="was based on"):
        use(approval, tess, at=TUESDAY_NOON + timedelta(hours=2))


def test_warnings_are_acknowledged_and_the_decision_says_so(ana: User, rui: User) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-04", WARN)))
    fresh = an_answer(("PTC-04", WARN), stage=Stage.APPROVAL)

    with pytest.raises(Blocked, match="notes to read first: PTC-04"):
        approve(review, rui, revalidate=lambda: unchanged(review, fresh))
    approve(review, rui, revalidate=lambda: unchanged(review, fresh), acknowledge_warnings=True)

    assert Decision.objects.get().acknowledged == "PTC-04"


def test_what_must_be_examined_is_not_approved_unexamined(ana: User, rui: User) -> None:
    review = an_open_review(ana, answer=an_answer())

    with pytest.raises(AssertionError, match="revalidated"):
        approve(review, rui)
    with pytest.raises(AssertionError, match="run again"):
        approve(review, rui, revalidate=lambda: unchanged(review))


def test_an_examination_that_looked_at_nothing_is_refused(ana: User) -> None:
    nothing = replace(an_answer(), findings=())

    with pytest.raises(BadInput, match="nothing was checked"):
        an_open_review(ana, answer=nothing)


def agree(review: Review, by: User, **changes: Any) -> Any:
    arguments = {
        "fingerprint": SHOWN,
        "given_by": "Carl Alder",
        "given_at": MONDAY_NOON,
        "expires_at": WEDNESDAY_NOON,
        "channel": ConsentChannel.PHONE,
        "evidence": "call 4711",
        **changes,
    }
    return consents.consent(review, by=Actor.person(by), at=TUESDAY_NOON, **arguments)


def test_a_client_who_keeps_the_last_word_has_to_agree_first(ana: User, rui: User) -> None:
    review = an_open_review(ana, consent_required=True)

    with pytest.raises(Blocked, match="client has to consent"):
        approve(review, rui)
    agree(review, ana)

    assert approve(review, rui)


def test_consent_to_revision_3_does_not_carry_to_revision_4(ana: User, rui: User) -> None:
    agree(an_open_review(ana, revision=3, consent_required=True), ana)
    fourth = an_open_review(ana, revision=4, shown=CHANGED, consent_required=True)

    with pytest.raises(Blocked, match="client has to consent"):
        approve(fourth, rui)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"fingerprint": CHANGED}, Stale),
        ({"given_by": ""}, BadInput),
        ({"evidence": ""}, BadInput),
        ({"given_at": WEDNESDAY_NOON}, BadInput),
        ({"expires_at": TUESDAY_NOON}, BadInput),
        ({"channel": ConsentChannel.PORTAL}, NotAllowed),
    ],
    ids=["other revision", "nobody", "no evidence", "in the future", "over", "not the client"],
)
def test_a_consent_that_proves_nothing_is_refused(changes: Any, refusal: Any, ana: User) -> None:
    with pytest.raises(refusal):
        agree(an_open_review(ana, consent_required=True), ana, **changes)


def test_the_client_agrees_in_the_portal(ana: User, rui: User, carl: User) -> None:
    review = an_open_review(ana, consent_required=True)
    agree(review, carl, channel=ConsentChannel.PORTAL, evidence="")

    assert approve(review, rui)


def ask_for_changes(review: Review, user: User, text: str = "Sell less.") -> Any:
    return threads.request_changes(
        review, text, fingerprint=review.fingerprint, by=Actor.person(user), at=TUESDAY_NOON
    )


def test_a_request_for_changes_blocks_everybody_until_its_author_lifts_it(
    ana: User, rui: User, rosa: User
) -> None:
    review = an_open_review(ana)
    asked = ask_for_changes(review, rui)

    with pytest.raises(Blocked, match="Rui requested changes"):
        approve(review, rosa)
    with pytest.raises(NotAllowed, match="Only Rui"):
        threads.lift(asked, by=Actor.person(rosa), at=TUESDAY_NOON)
    threads.lift(asked, by=Actor.person(rui), at=TUESDAY_NOON)

    assert now(review).state == State.OPEN
    assert approve(review, rosa)


def test_a_request_for_changes_stands_in_the_next_revision_too(ana: User, rui: User, rosa: User) -> None:
    asked = ask_for_changes(an_open_review(ana), rui)
    second = an_open_review(ana, revision=2, shown=CHANGED)

    with pytest.raises(Blocked, match="Rui requested changes"):
        approve(second, rosa)
    approve(second, rui)

    asked.refresh_from_db()
    assert (asked.lifted_how, asked.lifted_by_id) == (Lift.APPROVED, rui.pk)


def test_compliance_dismisses_a_request_for_changes_with_a_reason(
    ana: User, rui: User, rosa: User, cora: User
) -> None:
    review = an_open_review(ana)
    asked = ask_for_changes(review, rui)

    with pytest.raises(NotAllowed, match="Only compliance"):
        threads.dismiss(asked, "Rui is away.", by=Actor.person(rosa), at=TUESDAY_NOON)
    with pytest.raises(BadInput):
        threads.dismiss(asked, " ", by=Actor.person(cora), at=TUESDAY_NOON)
    threads.dismiss(asked, "Rui is away.", by=Actor.person(cora), at=TUESDAY_NOON)

    assert approve(review, rosa)
    assert actions(review) == [
        "review.requested",
        "review.returned",
        "review.resumed",
        "review.decided",
    ]


def test_two_requests_for_changes_are_both_lifted_before_it_is_open_again(
    ana: User, rui: User, rosa: User
) -> None:
    review = an_open_review(ana)
    first, _ = ask_for_changes(review, rui), ask_for_changes(review, rosa)
    threads.lift(first, by=Actor.person(rui), at=TUESDAY_NOON)

    assert now(review).state == State.RETURNED


def test_a_maker_can_neither_reject_nor_return_her_own_work(rosa: User) -> None:
    review = an_open_review(rosa)

    with pytest.raises(NotAllowed):
        decisions.reject(review, "No.", fingerprint=SHOWN, by=Actor.person(rosa), at=TUESDAY_NOON)
    with pytest.raises(NotAllowed):
        ask_for_changes(review, rosa)


def test_a_rejection_is_final_and_has_its_reason(ana: User, rui: User, rosa: User) -> None:
    review = an_open_review(ana)
    with pytest.raises(BadInput):
        decisions.reject(review, " ", fingerprint=SHOWN, by=Actor.person(rui), at=TUESDAY_NOON)

    decisions.decide(
        review,
        Verdict.REJECTED,
        fingerprint=SHOWN,
        text="Too early.",
        revalidate=None,
        by=Actor.person(rui),
        at=TUESDAY_NOON,
    )

    with pytest.raises(Conflict, match="already rejected by Rui"):
        approve(review, rosa)


# Taking back, running out, replacing, using


def test_a_maker_or_the_approver_takes_an_unused_approval_back(ana: User, rui: User, tess: User) -> None:
    review = an_open_review(ana)
    approval = approve(review, rui)

    with pytest.raises(NotAllowed):
        reviews.withdraw(review, "Changed my mind.", by=Actor.person(tess), at=TUESDAY_NOON)
    reviews.withdraw(review, "Changed my mind.", by=Actor.person(rui), at=TUESDAY_NOON)

    with pytest.raises(Stale, match="already withdrawn by Rui"):
        use(approval, tess)


def test_an_approval_is_used_once_and_then_settled_for_good(ana: User, rui: User, tess: User) -> None:
    review = an_open_review(ana)
    approval = approve(review, rui)
    use(approval, tess)

    with pytest.raises(Conflict, match="already used on"):
        use(approval, tess)
    with pytest.raises(Conflict, match="can no longer be changed"):
        reviews.withdraw(review, "Too late.", by=Actor.person(ana), at=TUESDAY_NOON)
    assert reviews.expire_due(by=Actor.system("sweep"), at=WEDNESDAY_NOON) == []


def test_the_approver_of_a_proposal_does_not_release_it(ana: User, rui: User) -> None:
    approval = approve(an_open_review(ana), rui)

    with pytest.raises(NotAllowed, match="a colleague has to release it"):
        use(approval, rui)


def test_an_approval_is_found_by_exactly_what_it_was_for(ana: User, rui: User) -> None:
    approval = approve(an_open_review(ana), rui)
    wanted = {"subject_kind": SubjectKind.PROPOSAL, "subject_id": "pr_1", "at": TUESDAY_NOON}

    assert approvals.require_approval(fingerprint=SHOWN, **wanted) == approval
    with pytest.raises(Blocked, match="Nobody has approved exactly this"):
        approvals.require_approval(fingerprint=CHANGED, **wanted)
    with pytest.raises(Blocked):
        approvals.require_approval(fingerprint=SHOWN, **{**wanted, "subject_id": "pr_2"})
    with pytest.raises(Stale, match="was good until"):
        approvals.require_approval(fingerprint=SHOWN, **{**wanted, "at": WEDNESDAY_NOON})


def test_what_runs_out_is_closed_once(ana: User, rui: User) -> None:
    waiting, approved = an_open_review(ana), an_open_review(ana, subject_id="pr_2")
    approve(approved, rui)
    sweep = {"by": Actor.system("sweep"), "at": WEDNESDAY_NOON}

    assert reviews.expire_due(by=Actor.system("sweep"), at=TUESDAY_NOON) == []
    assert {review.pk for review in reviews.expire_due(**sweep)} == {waiting.pk, approved.pk}
    assert reviews.expire_due(**sweep) == []
    assert {now(waiting).state, now(approved).state} == {State.EXPIRED}


def test_a_new_revision_replaces_the_earlier_one_and_its_unused_approval(
    ana: User, rui: User, tess: User
) -> None:
    first = an_open_review(ana)
    approval = approve(first, rui)
    second = an_open_review(ana, revision=2, shown=CHANGED)

    assert (now(first).state, now(second).state) == (State.SUPERSEDED, State.OPEN)
    with pytest.raises(Stale, match="replaced by a newer revision"):
        use(approval, tess)


def test_the_same_revision_is_not_put_before_the_desk_twice(ana: User) -> None:
    an_open_review(ana)

    with pytest.raises(Conflict, match="Revision 1 is already"):
        an_open_review(ana)


def test_a_job_may_ask_but_makes_nobody_a_maker(rui: User) -> None:
    review = reviews.request(
        subject_kind=SubjectKind.PROPOSAL,
        subject_id="pr_9",
        subject_revision=1,
        title="Rebalance",
        fingerprint=SHOWN,
        expires_at=WEDNESDAY_NOON,
        by=Actor.system("scan"),
        at=MONDAY_NOON,
    )

    assert not review.makers.exists()
    assert approve(review, rui)


# Talking


def test_a_thread_hangs_on_its_anchor_and_is_resolved_once(ana: User, rui: User) -> None:
    review = an_open_review(ana)
    first = threads.comment(
        review, "Why this lot?", anchor_kind="lot", anchor_ref="lot_7", by=Actor.person(rui), at=TUESDAY_NOON
    )
    reply = threads.comment(review, "Highest cost.", thread=first, by=Actor.person(ana), at=TUESDAY_NOON)

    assert (reply.anchor_kind, reply.anchor_ref, list(first.replies.all())) == ("lot", "lot_7", [reply])
    threads.resolve(reply, by=Actor.person(rui), at=TUESDAY_NOON)
    with pytest.raises(Conflict):
        threads.resolve(first, by=Actor.person(ana), at=TUESDAY_NOON)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 5_001, "a\x00b"], ids=["empty", "blank", "long", "nul"])
def test_a_comment_that_says_nothing_or_too_much_is_refused(text: str, ana: User, rui: User) -> None:
    with pytest.raises(BadInput):
        threads.comment(an_open_review(ana), text, by=Actor.person(rui), at=TUESDAY_NOON)


# What the database says too


def test_the_database_refuses_an_approval_by_a_maker(rosa: User) -> None:
    review = an_open_review(rosa)
    decision = Decision.objects.create(
        review=review, verdict="approved", decided_by=rosa, decided_by_label="Rosa", roles="reviewer",
        decided_at=TUESDAY_NOON, fingerprint=SHOWN,
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="shaped this revision"):
        mint(review, decision, rosa)


def mint(review: Review, decision: Decision, user: User, fingerprint: str = SHOWN) -> Approval:
    with transaction.atomic():
        return Approval.objects.create(
            review=review, decision=decision, subject_kind=review.subject_kind, subject_id=review.subject_id,
            subject_revision=review.subject_revision, fingerprint=fingerprint, approved_by=user,
            approved_by_label=user.name, approved_at=TUESDAY_NOON, expires_at=WEDNESDAY_NOON,
        )  # fmt: skip


def test_the_database_refuses_an_approval_of_something_else(ana: User, rui: User) -> None:
    review = an_open_review(ana)
    decision = Decision.objects.create(
        review=review, verdict="approved", decided_by=rui, decided_by_label="Rui", roles="reviewer",
        decided_at=TUESDAY_NOON, fingerprint=SHOWN,
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="not for what this review asks"):
        mint(review, decision, rui, CHANGED)
    with pytest.raises(IntegrityError, match="no decision to approve"):
        mint(review, decision, ana)


WAYS = [(start, to) for start, to in product(State, State) if start is not to]


@pytest.mark.parametrize(("start", "to"), WAYS, ids=str)
def test_the_database_and_the_table_agree_on_every_way(start: State, to: State, ana: User, rui: User) -> None:
    review = a_review_in(start, ana, rui)
    # Approved needs its approval row as well, which is not there even where the way is open.
    allowed = to in states.NEXT[start] and to is not State.APPROVED

    with transaction.atomic(), connection.cursor() as cursor:
        active = to in (State.OPEN, State.RETURNED)
        values = [to, None, ""] if active else [to, TUESDAY_NOON, "x"]
        update = (
            "UPDATE compliance_review SET state = %s, settled_at = %s, settled_by_label = %s WHERE id = %s"
        )
        if allowed:
            cursor.execute(update, [*values, review.pk])
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(update, [*values, review.pk])


def a_review_in(state: State, ana: User, rui: User) -> Review:
    review = an_open_review(ana)
    by = Actor.person(ana)
    if state is State.RETURNED:
        ask_for_changes(review, rui)
    elif state is State.APPROVED:
        approve(review, rui)
    elif state is State.REJECTED:
        decisions.reject(review, "No.", fingerprint=SHOWN, by=Actor.person(rui), at=TUESDAY_NOON)
    elif state is State.WITHDRAWN:
        reviews.withdraw(review, "Not now.", by=by, at=TUESDAY_NOON)
    elif state is State.EXPIRED:
        reviews.expire_due(by=by, at=WEDNESDAY_NOON)
    elif state is State.SUPERSEDED:
        reviews.supersede(review, reason="no longer needed", by=by, at=TUESDAY_NOON)
    assert now(review).state == state
    return now(review)


@pytest.mark.parametrize("column", ["fingerprint", "subject_id", "household_ref"])
def test_what_a_review_asks_about_cannot_be_changed(column: str, ana: User) -> None:
    review = an_open_review(ana)

    with pytest.raises(IntegrityError, match="stays as it was asked"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(**{column: CHANGED})


def test_the_page_and_the_verb_say_the_same(ana: User, rui: User, rosa: User) -> None:
    review = an_open_review(ana)

    assert objections.refusal_to_decide(rui, review, at=TUESDAY_NOON) is None
    assert objections.refusal_to_decide(ana, review, at=TUESDAY_NOON) == (
        "You drafted this proposal in revision 1, so a colleague has to decide. No other reviewer has this household in "
        "their book; an administrator can put it into the book of Rui or Rosa."
    )
    ask_for_changes(review, rosa)
    assert [cause.input for cause in objections.blockers(now(review), at=TUESDAY_NOON)] == [
        "change request by Rosa"
    ]


def test_every_verb_left_a_trail_that_verifies(ana: User, rui: User, tess: User) -> None:
    use(approve(an_open_review(ana), rui), tess)

    assert [event.action for event in AuditEvent.objects.exclude(about_kind="user")] == [
        "review.requested",
        "review.decided",
        "approval.used",
    ]
    assert audit.verify().is_intact
    assert ReviewMaker.objects.count() == 1
