"""What clients read, for programs: summaries, letters, and what waits for a client's own yes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import clock
from compliance.api import transitions
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.audit_trail import audit
from compliance.models import ConsentChannel
from compliance.people.actors import Actor
from rebalancing import access
from rebalancing.api.decisions import DECISION, FingerprintIn
from rebalancing.client_reports import letters, summaries
from rebalancing.models import ClientSummary, Proposal
from rebalancing.proposals import proposals


class ClassLineOut(serializers.Serializer[summaries.ClassLine]):
    name = words()
    target = words()
    lower = words()
    upper = words()
    before = words()
    after = words()
    was_outside = serializers.BooleanField(read_only=True)
    is_outside = serializers.BooleanField(read_only=True)


class ChangeOut(serializers.Serializer[summaries.Change]):
    account = words()
    what = words()
    amount = words()
    why = words()
    key = words()


class NotDoneOut(serializers.Serializer[summaries.NotDone]):
    account = words()
    what = words()
    why = words()
    key = words()


class SoldOut(serializers.Serializer[summaries.Sold]):
    """Shares of one purchase that were sold; empty where what they cost is not known."""

    account = words()
    what = words()
    acquired_on = words()
    shares = words()
    proceeds = words()
    basis = words()
    gain = words()
    term = words()


class TaxLineOut(serializers.Serializer[summaries.TaxLine]):
    who = words()
    short_term = words()
    long_term = words()
    disallowed = words()
    tax = words()
    sentence = words()


class LeftAloneOut(serializers.Serializer[summaries.LeftAlone]):
    account = words()
    what = words()
    why = words()


class SummaryContent(serializers.Serializer[summaries.Summary]):
    """The frozen values that the portal's page and the letter are made from; figures are decimal text."""

    household = words()
    reference = words()
    revision = serializers.IntegerField(read_only=True)
    prices_as_of_on = words()
    trade_on = words()
    headline = words()
    why = serializers.ListField(child=serializers.CharField(), read_only=True)
    classes = ClassLineOut(many=True, read_only=True)
    changes = ChangeOut(many=True, read_only=True)
    taxes = TaxLineOut(many=True, read_only=True)
    tax_total = words()
    left_alone = LeftAloneOut(many=True, read_only=True)
    next_steps = serializers.ListField(child=serializers.CharField(), read_only=True)
    contact = words()
    prices_are_generated = serializers.BooleanField(read_only=True)
    version = serializers.IntegerField(read_only=True)
    stage = words()
    difference = words()
    not_done = NotDoneOut(many=True, read_only=True)
    sold = SoldOut(many=True, read_only=True)


class SummaryRow(serializers.Serializer[ClientSummary]):
    public_id = words()
    household = words("household.public_id")
    proposal = words("revision.proposal.public_id")
    number = serializers.IntegerField(read_only=True, help_text="The version; the highest one counts.")
    stage = serializers.ChoiceField(choices=ClientSummary.Stage.choices, read_only=True)
    difference = words(help_text="What changed since the version before.")
    published_at = serializers.DateTimeField(read_only=True, allow_null=True)
    digest = words()


class SummaryOne(SummaryRow):
    summary = SummaryContent(read_only=True)


class SummaryFilters(django_filters.FilterSet):
    household = django_filters.CharFilter(field_name="household__public_id")
    proposal = django_filters.CharFilter(field_name="revision__proposal__public_id")
    stage = django_filters.ChoiceFilter(choices=ClientSummary.Stage.choices)


class Summaries(Things):
    """Client summaries: staff by their scope, clients those of the own household."""

    model = ClientSummary
    serializer_class = SummaryRow
    one_serializer_class = SummaryOne
    filterset_class = SummaryFilters
    ordering_fields = ("published_at",)

    def mine(self) -> QuerySet[ClientSummary]:
        return access.summaries_for(self.request.user).select_related("household", "revision__proposal")

    @extend_schema(summary="Client summaries you may read, newest first")
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One summary; that it was opened is on the trail")
    def retrieve(self, request: Request, public_id: str) -> Response:
        stored: Any = self.get_object()
        _note_reading(request, stored)
        stored.summary = summaries.value_of(stored)
        return Response(SummaryOne(stored).data)

    @extend_schema(
        summary="The printable letter of a summary",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def letter(self, request: Request, public_id: str) -> HttpResponse:
        stored = self.get_object()
        letter = letters.render(stored, by=Actor.of(request), at=clock.now())
        _note_reading(request, stored)
        return HttpResponse(
            bytes(letter.pdf),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{stored.public_id}.pdf"'},
        )


class ConsentRequestOut(serializers.Serializer[Proposal]):
    """A proposal that waits for the client's own yes. `fingerprint`, also the ETag, is what the yes is for."""

    proposal = words("public_id")
    household = words("household.public_id")
    fingerprint = words()
    expires_at = serializers.DateTimeField(read_only=True)
    summary = SummaryContent(read_only=True)


class ConsentGiven(serializers.Serializer[Any]):
    proposal = words()
    fingerprint = words()
    given_by = words()
    given_at = serializers.DateTimeField(read_only=True)


class ConsentRequests(Things):
    """What waits for your own yes, if you are a client who has kept the last word."""

    model = Proposal
    serializer_class = ConsentRequestOut
    parser_classes = (JSONParser,)

    def mine(self) -> QuerySet[Proposal]:
        return access.proposals_to_consent_for(self.request.user).select_related("household")

    @extend_schema(summary="Proposals that wait for your yes")
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([_asked(proposal) for proposal in page or ()])

    @extend_schema(summary="One proposal that waits for your yes")
    def retrieve(self, request: Request, public_id: str) -> Response:
        told = _asked(self.get_object())
        return Response(told, headers={"ETag": transitions.etag(told["fingerprint"])})

    @extend_schema(
        summary="Say yes to exactly this", request=FingerprintIn, responses=ConsentGiven, parameters=DECISION
    )
    def consent(self, request: Request, public_id: str) -> Response:
        proposal = self.get_object()
        given = FingerprintIn(data=request.data)
        given.is_valid(raise_exception=True)

        def do() -> Mapping[str, Any]:
            consent = proposals.consent(
                proposal,
                seen=given.validated_data["fingerprint"],
                given_by=str(request.user.client_person),  # type: ignore[union-attr]
                channel=ConsentChannel.PORTAL,
                evidence="",
                by=Actor.of(request),
                at=clock.now(),
            )
            return {
                "proposal": proposal.public_id,
                "fingerprint": consent.fingerprint,
                "given_by": consent.given_by,
                "given_at": consent.given_at.isoformat(),
            }

        return transitions.once(
            request,
            do,
            unless=lambda: transitions.require_match(request, proposals.current(proposal).fingerprint),
        )


def _asked(proposal: Proposal) -> dict[str, Any]:
    told: Any = proposal
    current = proposals.current(proposal)
    told.fingerprint, told.expires_at = current.fingerprint, current.expires_at
    told.summary = summaries.build(current, is_asked=True)
    return dict(ConsentRequestOut(told).data)


def _note_reading(request: Request, stored: ClientSummary) -> None:
    """That somebody read it is on the trail."""
    with transaction.atomic():
        audit.record(audit.Action.SUMMARY_VIEWED, about=stored, by=Actor.of(request), at=clock.now())
