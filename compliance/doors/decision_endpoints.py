"""Decisions for programs about every subject but proposals, which are decided at `/proposals/`."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import repeats
from compliance.api import reviews, transitions
from compliance.doors import reviewing
from compliance.models import Approval, SubjectKind, Verdict
from compliance.models.threads import TEXT_MAX


class VerdictIn(serializers.Serializer[Any]):
    """A verdict on exactly the fingerprint that was read."""

    fingerprint = serializers.RegexField(r"^[0-9a-f]{64}$")
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    text = serializers.CharField(max_length=TEXT_MAX, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["verdict"] != Verdict.APPROVED and not attrs["text"].strip():
            raise serializers.ValidationError({"text": "Say why; the maker reads it."})
        return attrs


class DecidableReviews(reviews.Reviews):
    """The review desk with its decisions."""

    @extend_schema(
        summary="Decide about a policy, a model, a setting, a role or a correction",
        request=VerdictIn,
        responses=reviews.ReviewOne,
        parameters=[transitions.IF_MATCH, transitions.IDEMPOTENCY_KEY],
    )
    def decide(self, request: Request, public_id: str) -> Response:
        review = self.get_object()
        if review.subject_kind == SubjectKind.PROPOSAL:
            raise Http404
        given = VerdictIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        key = transitions.key_of(request)
        if answered := repeats.earlier(key):
            return transitions.repeated(answered)
        transitions.require_match(request, review.fingerprint)
        kept: list[repeats.Answer] = []

        def answer() -> repeats.Answer:
            review.refresh_from_db()
            return repeats.Answer(200, _plain(reviews.shown(review, request.user)))

        def keep(approval: Approval) -> None:
            # In the approval's own transaction, so that no crash can part the two.
            kept.append(answer())
            repeats.keep(key, kept[0])

        reviewing.decide(
            review,
            Verdict(asked["verdict"]),
            seen=asked["fingerprint"],
            text=asked["text"],
            by=key.by,
            at=key.at,
            keep=keep,
        )
        return transitions.sent(kept[0] if kept else answer())


def _plain(shown: dict[str, Any]) -> dict[str, Any]:
    """The answer as JSON's own kinds, since it is kept for repeats."""
    plain: dict[str, Any] = json.loads(JSONRenderer().render(shown))
    return plain
