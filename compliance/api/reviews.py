"""Reviews in the API: what waits for whom, what was said, and what was decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import access, clock
from compliance.api import transitions
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.models import AnchorKind, ChangeRequest, Comment, Review, State, SubjectKind
from compliance.models.threads import TEXT_MAX
from compliance.people.actors import Actor
from compliance.review_desk import asking, objections, threads


class ReviewRow(serializers.Serializer[Review]):
    """One request for a decision."""

    public_id = words()
    subject_kind = serializers.ChoiceField(choices=SubjectKind.choices, read_only=True)
    subject_id = words()
    subject_revision = serializers.IntegerField(read_only=True)
    title = words()
    fingerprint = words()
    state = serializers.ChoiceField(choices=State.choices, read_only=True)
    household = words("household_ref")
    requested_by = words("requested_by_label")
    requested_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)
    consent_required = serializers.BooleanField(read_only=True)
    settled_at = serializers.DateTimeField(read_only=True, allow_null=True)
    settled_by = words("settled_by_label")
    used_at = serializers.DateTimeField(read_only=True, allow_null=True)


class CommentOut(serializers.Serializer[Comment]):
    """A comment. `number` counts the comments of the review from 1; `reply_to` is such a number."""

    number = serializers.IntegerField(read_only=True)
    reply_to = serializers.IntegerField(read_only=True, allow_null=True)
    anchor_kind = serializers.ChoiceField(choices=AnchorKind.choices, read_only=True)
    anchor_ref = words()
    author = words("author_label")
    text = words()
    written_at = serializers.DateTimeField(read_only=True)
    resolved_at = serializers.DateTimeField(read_only=True, allow_null=True)


class DecisionOut(serializers.Serializer[Any]):
    verdict = words()
    decided_by = words("decided_by_label")
    decided_at = serializers.DateTimeField(read_only=True, allow_null=True)
    fingerprint = words()
    text = words()


class ChangeRequestOut(serializers.Serializer[ChangeRequest]):
    """A reviewer's request for changes; `number` counts those of the review from 1."""

    number = serializers.IntegerField(read_only=True)
    asked_by = words("asked_by_label")
    asked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    text = words()
    lifted_at = serializers.DateTimeField(read_only=True, allow_null=True)
    lifted_how = words()
    lifted_reason = words()


class ConsentOut(serializers.Serializer[Any]):
    given_by = words()
    given_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)
    channel = words()
    fingerprint = words()


class MakerOut(serializers.Serializer[Any]):
    name = words("person")
    did = words()
    done_at = serializers.DateTimeField(read_only=True, allow_null=True)


class ReviewOne(ReviewRow):
    """One request for a decision with its comments, decisions and consents."""

    makers = MakerOut(many=True, read_only=True)
    comments = CommentOut(many=True, read_only=True, source="numbered_comments")
    change_requests = ChangeRequestOut(many=True, read_only=True, source="numbered_change_requests")
    decisions = DecisionOut(many=True, read_only=True)
    consents = ConsentOut(many=True, read_only=True)
    blockers = serializers.ListField(child=serializers.CharField(), read_only=True)
    refusal_to_decide = serializers.CharField(read_only=True, allow_null=True)
    refusal_to_approve = serializers.CharField(read_only=True, allow_null=True)


class CommentIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=TEXT_MAX)
    anchor_kind = serializers.ChoiceField(choices=AnchorKind.choices, default=AnchorKind.WHOLE)
    anchor_ref = serializers.CharField(
        max_length=120,
        default="",
        allow_blank=True,
        help_text="What it is about: of a proposal's trade ACCOUNT/SIDE/SYMBOL, of a lot LOT/DAY BOUGHT/SYMBOL, of a finding "
        "RULE/KEY; of a question the roles that are asked, with commas between them.",
    )
    reply_to = serializers.IntegerField(min_value=1, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["anchor_kind"] == AnchorKind.WHOLE) != (attrs["anchor_ref"] == ""):
            raise serializers.ValidationError(
                {"anchor_ref": "An anchor needs a reference, except for the whole review."}
            )
        return attrs


class ThreadIn(serializers.Serializer[Any]):
    comment = serializers.IntegerField(min_value=1, help_text="The number of the thread's first comment.")


class DismissalIn(serializers.Serializer[Any]):
    change_request = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=TEXT_MAX)


class ReviewFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=State.choices)
    subject_kind = django_filters.ChoiceFilter(choices=SubjectKind.choices)
    subject_id = django_filters.CharFilter()
    household = django_filters.CharFilter(field_name="household_ref")


class Reviews(Things):
    """The review desk. Proposals are decided at `/proposals/`, where the facts are checked again."""

    model = Review
    serializer_class = ReviewRow
    one_serializer_class = ReviewOne
    filterset_class = ReviewFilters
    ordering_fields = ("expires_at", "requested_at", "settled_at")
    parser_classes = (JSONParser,)

    def household_refs(self) -> Collection[str]:
        """The households in this person's book; supplied by the floor above, which knows books."""
        return ()

    def mine(self) -> QuerySet[Review]:
        found: QuerySet[Review] = access.reviews_for(self.request.user, household_refs=self.household_refs())  # type: ignore[arg-type]
        return found

    @extend_schema(summary="Reviews you may open, the most urgent first")
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One review with its comments, decisions and what stands in the way")
    def retrieve(self, request: Request, public_id: str) -> Response:
        review = self.get_object()
        return Response(shown(review, request.user), headers={"ETag": transitions.etag(review.fingerprint)})

    @extend_schema(
        summary="Say something, or reply",
        request=CommentIn,
        responses={201: CommentOut},
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def comment(self, request: Request, public_id: str) -> Response:
        review = self.get_object()
        said = CommentIn(data=request.data)
        said.is_valid(raise_exception=True)
        values = dict(said.validated_data)
        reply_to = values.pop("reply_to", None)
        thread = _numbered_one(numbered_comments(review), reply_to) if reply_to else None

        def do() -> Mapping[str, Any]:
            acting: dict[str, Any] = {"by": Actor.of(request), "at": clock.now()}
            if thread is None and values["anchor_kind"] == AnchorKind.ASKED:
                roles = values["anchor_ref"].split(",")
                written = asking.ask(review, values["text"], of=roles, **acting)
            else:
                written = threads.comment(review, **values, thread=thread, **acting)
            told = next(one for one in numbered_comments(review) if one.pk == written.pk)
            return CommentOut(told).data

        return transitions.once(request, do, status=201)

    @extend_schema(
        summary="Mark a thread as settled",
        request=ThreadIn,
        responses={200: CommentOut},
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def resolve(self, request: Request, public_id: str) -> Response:
        review = self.get_object()
        asked = ThreadIn(data=request.data)
        asked.is_valid(raise_exception=True)
        thread = _numbered_one(numbered_comments(review), asked.validated_data["comment"])

        def do() -> Mapping[str, Any]:
            settled = threads.resolve(thread, by=Actor.of(request), at=clock.now())
            told = next(one for one in numbered_comments(review) if one.pk == settled.pk)
            return CommentOut(told).data

        return transitions.once(request, do)

    @extend_schema(
        summary="Compliance sets a request for changes aside",
        request=DismissalIn,
        responses={200: ChangeRequestOut},
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def dismiss(self, request: Request, public_id: str) -> Response:
        review = self.get_object()
        access.require_compliance(request.user)  # type: ignore[arg-type]
        asked = DismissalIn(data=request.data)
        asked.is_valid(raise_exception=True)
        change = _numbered_one(numbered_change_requests(review), asked.validated_data["change_request"])

        def do() -> Mapping[str, Any]:
            threads.dismiss(change, asked.validated_data["reason"], by=Actor.of(request), at=clock.now())
            told = next(one for one in numbered_change_requests(review) if one.pk == change.pk)
            return ChangeRequestOut(told).data

        return transitions.once(request, do)


def shown(review: Review, user: Any) -> dict[str, Any]:
    """A review as one document, for its own endpoint and inside its subject's."""
    at = clock.now()
    review.numbered_comments = numbered_comments(review)  # type: ignore[attr-defined]
    review.numbered_change_requests = numbered_change_requests(review)  # type: ignore[attr-defined]
    review.blockers = [str(cause) for cause in objections.blockers(review, at=at, approver=user)]  # type: ignore[attr-defined]
    review.refusal_to_decide = objections.refusal_to_decide(user, review, at=at)  # type: ignore[attr-defined]
    review.refusal_to_approve = objections.refusal_to_approve(user, review, at=at)  # type: ignore[attr-defined]
    return dict(ReviewOne(review).data)


def numbered_comments(review: Review) -> list[Any]:
    """The review's comments with their numbers; comments are never removed, so a number stays valid."""
    rows: list[Any] = list(review.comments.order_by("pk"))
    numbers = {row.pk: number for number, row in enumerate(rows, start=1)}
    for row in rows:
        row.number, row.reply_to = numbers[row.pk], numbers.get(row.thread_id)
    return rows


def numbered_change_requests(review: Review) -> list[Any]:
    """The review's requests for changes with their numbers."""
    rows: list[Any] = list(review.change_requests.order_by("pk"))
    for number, row in enumerate(rows, start=1):
        row.number = number
    return rows


def _numbered_one(rows: list[Any], number: int) -> Any:
    if number > len(rows):
        raise serializers.ValidationError({"number": f"This review has {len(rows)} of them."})
    return rows[number - 1]
