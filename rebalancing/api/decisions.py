"""Transitions of a proposal: verbs on one address each, with what was looked at as their precondition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import clock, repeats
from compliance.api import transitions
from compliance.api.fields import words
from compliance.models import Approval, ConsentChannel, FindingRow, OverrideReason
from compliance.models.threads import TEXT_MAX
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed, Stale
from compliance.review_desk import findings, threads
from rebalancing import access
from rebalancing.api import revision_asked
from rebalancing.api.batches import BatchOne
from rebalancing.api.batches import shown as batch_shown
from rebalancing.api.proposals import Proposals
from rebalancing.execution import orders
from rebalancing.models import Proposal, Revision
from rebalancing.pages.proposal import decision as decision_section
from rebalancing.proposals import order_splits, proposals, working_again

DECISION = [transitions.IF_MATCH, transitions.IDEMPOTENCY_KEY]
REPEATABLE = [transitions.IDEMPOTENCY_KEY]


class Standing(serializers.Serializer[Any]):
    """Where a transition left the proposal."""

    proposal = words()
    state = serializers.ChoiceField(choices=Proposal.State.choices, read_only=True)
    revision = serializers.IntegerField(read_only=True)
    fingerprint = words()
    reference = serializers.CharField(
        read_only=True, help_text="Of what was recorded, for example the approval; may be empty."
    )


class FingerprintIn(serializers.Serializer[Any]):
    fingerprint = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text="Of the revision that was looked at; the same as in If-Match."
    )


class ApprovalIn(FingerprintIn):
    text = serializers.CharField(max_length=TEXT_MAX, default="", allow_blank=True)
    acknowledge_warnings = serializers.BooleanField(default=False)


class NoIn(FingerprintIn):
    text = serializers.CharField(max_length=TEXT_MAX, help_text="Why; it stays on record.")


class OverrideIn(FingerprintIn):
    finding = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="The key of the finding.")
    reason = serializers.ChoiceField(choices=OverrideReason.choices)
    text = serializers.CharField(max_length=TEXT_MAX)
    alike = serializers.BooleanField(
        default=False, help_text="Whether it answers every finding of the same rule that waits for a reason."
    )


class SplitIn(FingerprintIn):
    finding = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="The key of the finding that advises it.")


class ConsentIn(FingerprintIn):
    given_by = serializers.CharField(max_length=200, help_text="A person of the household, as on record.")
    channel = serializers.ChoiceField(
        choices=[choice for choice in ConsentChannel.choices if choice[0] != ConsentChannel.PORTAL]
    )
    evidence = serializers.CharField(max_length=200, help_text="The letter, message or recording.")


class WithdrawalIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=TEXT_MAX)


class LiftIn(serializers.Serializer[Any]):
    change_request = serializers.IntegerField(min_value=1, help_text="Its number in the review.")


class Decisions(Proposals):
    """What can be done with a proposal. Every verb checks role, makers and state again in its transaction."""

    parser_classes = (JSONParser,)

    @extend_schema(
        summary="Approve exactly what was looked at",
        request=ApprovalIn,
        responses=Standing,
        parameters=DECISION,
    )
    def approve(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        asked = _asked(ApprovalIn, request)
        key = transitions.key_of(request)
        if answered := repeats.earlier(key):
            return transitions.repeated(answered)
        transitions.require_match(request, proposals.current(proposal).fingerprint)
        kept: list[repeats.Answer] = []

        def keep(approval: Approval) -> None:
            # In the approval's own transaction, so that no crash can part the two.
            kept.append(repeats.Answer(200, _standing(proposal, reference=approval.public_id)))
            repeats.keep(key, kept[0])

        approval = proposals.approve(
            proposal,
            seen=asked["fingerprint"],
            text=asked["text"],
            acknowledge_warnings=asked["acknowledge_warnings"],
            then=keep,
            by=key.by,
            at=key.at,
        )
        if kept:
            return transitions.sent(kept[0])
        # The same person had approved the same thing before: the same approval, under whatever key.
        return transitions.sent(
            repeats.once(key, lambda: repeats.Answer(200, _standing(proposal, reference=approval.public_id)))
        )

    @extend_schema(summary="Say no for good", request=NoIn, responses=Standing, parameters=DECISION)
    def reject(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        asked = _asked(NoIn, request)
        return _once(
            request,
            proposal,
            partial(proposals.reject, proposal, seen=asked["fingerprint"], text=asked["text"]),
        )

    @extend_schema(
        summary="Send it back to who made it", request=NoIn, responses=Standing, parameters=DECISION
    )
    def request_changes(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        asked = _asked(NoIn, request)
        return _once(
            request,
            proposal,
            partial(proposals.request_changes, proposal, seen=asked["fingerprint"], text=asked["text"]),
        )

    @extend_schema(
        summary="Take one's own request for changes back",
        request=LiftIn,
        responses=Standing,
        parameters=REPEATABLE,
    )
    def lift(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        asked = _asked(LiftIn, request)
        review = proposals.current(proposal).review
        assert review is not None, "a stored revision always has its review"
        rows = review.change_requests.order_by("pk")[asked["change_request"] - 1 : asked["change_request"]]
        change = get_object_or_404(review.change_requests.filter(pk__in=[row.pk for row in rows]))
        return _once(request, proposal, partial(proposals.lift, proposal, change), looked_at=False)

    @extend_schema(
        summary="Answer for one finding that needs a reason",
        request=OverrideIn,
        responses=Standing,
        parameters=DECISION,
    )
    def override(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        asked = _asked(OverrideIn, request)
        current = proposals.current(proposal)
        row = _finding(current, asked["finding"])
        return _once(
            request,
            proposal,
            partial(
                findings.override,
                *(findings.alike(row, at=clock.now()) if asked["alike"] else [row]),
                reason=OverrideReason(asked["reason"]),
                text=asked["text"],
                fingerprint=asked["fingerprint"],
                expires_at=current.expires_at,
            ),
        )

    @extend_schema(
        summary="Record the client's yes, as the advisor heard it",
        request=ConsentIn,
        responses=Standing,
        parameters=DECISION,
    )
    def consent(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        asked = _asked(ConsentIn, request)
        if asked["given_by"] not in decision_section.adults_of(proposal):
            raise serializers.ValidationError({"given_by": "This is not an adult of the household."})
        return _once(
            request,
            proposal,
            partial(
                proposals.consent,
                proposal,
                seen=asked["fingerprint"],
                given_by=asked["given_by"],
                channel=ConsentChannel(asked["channel"]),
                evidence=asked["evidence"],
            ),
        )

    @extend_schema(
        summary="Take the proposal, or its approval, back",
        request=WithdrawalIn,
        responses=Standing,
        parameters=REPEATABLE,
    )
    def withdraw(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        asked = _asked(WithdrawalIn, request)
        return _once(
            request, proposal, partial(proposals.withdraw, proposal, reason=asked["reason"]), looked_at=False
        )

    @extend_schema(
        summary="Make a new revision on fresh facts; it needs its own review",
        request=revision_asked.RevisionIn,
        responses=Standing,
        parameters=DECISION,
    )
    def revise(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        if refusal := access.refusal_to_revise(request.user):
            raise NotAllowed(refusal)
        asked = _asked(revision_asked.RevisionIn, request)

        def do() -> Mapping[str, Any]:
            form = revision_asked.form_of(proposal, asked)
            made = proposals.revise(
                proposal,
                objective=form.wanted(),
                edits=form.edits(),
                did=form.did(),
                by=Actor.of(request),
                at=clock.now(),
            )
            assert made.review is not None, "a stored revision always has its review"
            threads.comment(
                made.review,
                f"Revision {made.number}: {asked['why']}",
                by=Actor.of(request),
                at=clock.now(),
            )
            return _standing(proposal)

        return transitions.once(request, do, unless=lambda: _match(request, proposal))

    @extend_schema(
        summary="Work it out again on today's facts, with what was asked of it before; it needs its own review",
        request=FingerprintIn,
        responses=Standing,
        parameters=DECISION,
    )
    def work_again(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        if refusal := access.refusal_to_revise(request.user):
            raise NotAllowed(refusal)
        seen = _asked(FingerprintIn, request)["fingerprint"]
        return _once(request, proposal, partial(working_again.work_again, proposal, seen=seen))

    @extend_schema(
        summary="Split the order that a check finds large: part now, the rest at a later look",
        request=SplitIn,
        responses=Standing,
        parameters=DECISION,
    )
    def split(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        if refusal := access.refusal_to_revise(request.user):
            raise NotAllowed(refusal)
        row = _finding(proposals.current(proposal), _asked(SplitIn, request)["finding"])

        def do() -> Mapping[str, Any]:
            order_splits.split(proposal, row, by=Actor.of(request), at=clock.now())
            return _standing(proposal)

        return transitions.once(request, do, unless=lambda: _match(request, proposal))

    @extend_schema(
        summary="Release the orders of an approved proposal",
        request=FingerprintIn,
        responses={201: BatchOne},
        parameters=DECISION,
    )
    def release(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        if refusal := access.refusal_to_release(request.user):
            raise NotAllowed(refusal)
        seen = _asked(FingerprintIn, request)["fingerprint"]

        def do() -> Mapping[str, Any]:
            if seen != proposals.current(proposal).fingerprint:
                raise Stale("There is a newer revision than the one you saw.", "Read it, then release it.")
            return batch_shown(orders.release(proposal, by=Actor.of(request), at=clock.now()))

        return transitions.once(request, do, unless=lambda: _match(request, proposal), status=201)


def _asked(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class _Verb(Protocol):
    """A verb that waits only to be told who acts, and when."""

    def __call__(self, *, by: Actor, at: datetime) -> object: ...


def _once(request: Request, proposal: Proposal, act: _Verb, *, looked_at: bool = True) -> Response:
    """Let the person who asks act, once, and answer where that left the proposal.

    `looked_at`: the request has to name what it decides on.
    """

    def do() -> Mapping[str, Any]:
        act(by=Actor.of(request), at=clock.now())
        return _standing(proposal)

    if not looked_at:
        return transitions.once(request, do)
    return transitions.once(request, do, unless=lambda: _match(request, proposal))


def _match(request: Request, proposal: Proposal) -> None:
    transitions.require_match(request, proposals.current(proposal).fingerprint)


def _standing(proposal: Proposal, *, reference: str = "") -> dict[str, Any]:
    proposal.refresh_from_db(fields=["state"])
    current = proposals.current(proposal)
    return {
        "proposal": proposal.public_id,
        "state": proposal.state,
        "revision": current.number,
        "fingerprint": current.fingerprint,
        "reference": reference,
    }


def _finding(current: Revision, key: str) -> FindingRow:
    """A finding of the newest examination, by its key."""
    latest = findings.latest(current.review) if current.review else None
    rows = FindingRow._default_manager.filter(examination=latest).select_related("examination__review")
    return get_object_or_404(rows, key=key)
