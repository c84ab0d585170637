"""Proposals for programs: the list, one proposal as it counts now, and its revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import clock
from compliance.api import transitions
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing import access
from rebalancing.api import revisions, sections
from rebalancing.models import Proposal, Revision
from rebalancing.pages.lists.proposals import ProposalFilters
from rebalancing.pages.proposal import decision, header, makers, page
from rebalancing.pages.proposal.stored import Stored
from rebalancing.proposals import comparisons, proposals

NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)
DOCUMENTS = ("household", "plan")


class ProposalRow(serializers.Serializer[Proposal]):
    public_id = words()
    household = words("household.public_id")
    household_name = words("household.name")
    policy = words("policy.public_id", allow_null=True)
    state = serializers.ChoiceField(choices=Proposal.State.choices, read_only=True)
    scan = words("run.public_id", allow_null=True)
    reading = words("reading.public_id", allow_null=True)
    drafted_at = serializers.DateTimeField(read_only=True)
    closed_at = serializers.DateTimeField(read_only=True, allow_null=True)


class ProposalOne(ProposalRow):
    """A proposal as it counts now. `fingerprint`, also the ETag, is what a decision has to name."""

    why = words("reading.reason", allow_null=True)
    revision = serializers.IntegerField(read_only=True, source="header.revision")
    fingerprint = words("header.fingerprint")
    prices_as_of_on = serializers.DateField(read_only=True, source="header.prices_as_of_on", allow_null=True)
    trade_on = serializers.DateField(read_only=True, source="header.trade_on")
    expires_at = serializers.DateTimeField(read_only=True, source="header.expires_at")
    waits_for = serializers.DateField(
        read_only=True,
        source="decision.waits_for",
        allow_null=True,
        help_text="The day whose closing prices it waits for before it can be decided.",
    )
    heading = words("header.heading")
    triggers = serializers.ListField(child=serializers.CharField(), read_only=True, source="header.triggers")
    review = words("decision.review")
    review_state = words("decision.review_state")
    moved = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        source="decision.moved",
        help_text="What changed since it was worked out; while there is any it cannot be approved.",
    )
    blockers = serializers.ListField(
        child=serializers.CharField(), read_only=True, source="decision.blockers"
    )
    changes_requested = sections.ChangeRequestedOut(
        many=True, read_only=True, source="decision.changes_requested"
    )
    consent_required = serializers.BooleanField(read_only=True, source="decision.consent.is_required")
    consents = sections.ConsentGivenOut(many=True, read_only=True, source="decision.consent.given")
    refusal_to_decide = serializers.SerializerMethodField()
    refusal_to_approve = serializers.SerializerMethodField()
    makers = sections.DeedOut(many=True, read_only=True, source="shaped.deeds")
    batch = serializers.SerializerMethodField()

    def get_refusal_to_decide(self, told: Any) -> str | None:
        return told.decision.refusal_to_decide or None

    def get_refusal_to_approve(self, told: Any) -> str | None:
        return told.decision.refusal_to_approve or None

    def get_batch(self, told: Any) -> str | None:
        return told.decision.batch or None


class Proposals(Things):
    """Proposals of the households in your scope."""

    model = Proposal
    serializer_class = ProposalRow
    filterset_class = ProposalFilters
    ordering_fields = ("drafted_at", "closed_at")

    def mine(self) -> QuerySet[Proposal]:
        return access.proposals_for(self.request.user).select_related("household", "run", "reading")

    @extend_schema(summary="Proposals you may see, newest first")
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(
        summary="One proposal as it counts now, with the ETag a decision names", responses=ProposalOne
    )
    def retrieve(self, request: Request, public_id: str) -> Response:
        proposal, at = self.get_object(), clock.now()
        current = proposals.current(proposal)
        viewed(request, proposal, current, at=at)
        return Response(
            shown(proposal, current, request.user, at=at),
            headers={"ETag": transitions.etag(current.fingerprint)},
        )

    @extend_schema(
        summary="The revisions of a proposal, the last first",
        responses=revisions.RevisionRow(many=True),
        filters=False,
    )
    def all_revisions(self, request: Request, public_id: str) -> Response:
        rows = self.get_object().revisions.select_related("review").order_by("-number")
        shown: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(revisions.RevisionRow(shown, many=True).data)

    @extend_schema(
        summary="One revision: the sections of its page",
        responses=revisions.RevisionOne,
        parameters=[NUMBER],
    )
    def one_revision(self, request: Request, public_id: str, number: int) -> Response:
        proposal, at = self.get_object(), clock.now()
        found = _revision(proposal, number)
        comparisons.ensure(found, at=at)
        viewed(request, proposal, found, at=at)
        return Response(
            revisions.shown(found, page.show(request.user, proposal, found, at=at)),
            headers={"ETag": transitions.etag(found.fingerprint)},
        )

    @extend_schema(
        summary="One of the two stored documents of a revision, byte for byte",
        responses=OpenApiTypes.OBJECT,
        parameters=[NUMBER, OpenApiParameter("name", enum=DOCUMENTS, location=OpenApiParameter.PATH)],
    )
    def document(self, request: Request, public_id: str, number: int, name: str) -> HttpResponse:
        proposal = self.get_object()
        found = _revision(proposal, number)
        content = {"household": found.household_document, "plan": found.plan_document}[name]
        with transaction.atomic():
            audit.record(
                audit.Action.DATA_EXPORTED,
                about=proposal,
                by=Actor.of(request),
                at=clock.now(),
                document=name,
                revision=number,
            )
        return HttpResponse(content, content_type="application/json")


def shown(proposal: Proposal, current: Revision, user: Any, *, at: datetime) -> dict[str, Any]:
    """A proposal as it counts now, as one document: the head of its page and what stands in the way of a decision."""
    stored = Stored.of(proposal, current)
    told: Any = proposal
    told.header = header.of(stored)
    told.decision = decision.of(user, stored, at=at)
    told.shaped = makers.of(stored.review)
    return dict(ProposalOne(told).data)


def viewed(request: Request, proposal: Proposal, revision: Revision, *, at: datetime) -> None:
    """That somebody opened it is on the trail."""
    with transaction.atomic():
        audit.record(
            audit.Action.PROPOSAL_VIEWED,
            about=proposal,
            by=Actor.of(request),
            at=at,
            revision=revision.number,
        )


def _revision(proposal: Proposal, number: int) -> Revision:
    return get_object_or_404(
        proposal.revisions.select_related("review", "comparison", "proposal__household", "policy"),
        number=number,
    )
