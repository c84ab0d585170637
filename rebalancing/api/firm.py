"""What the firm promises and how it rebalances, for programs: the values of the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from clients.models import Household
from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.firm import firm_settings
from compliance.refusals import NotAllowed
from rebalancing import market_days
from rebalancing.client_reports import rebalancing_policy
from rebalancing.promises import facts
from rebalancing.promises.promises import Broken


class BrokenOut(serializers.Serializer[Broken]):
    """One promise that is not kept now; `about` names the scan, review or household."""

    promise = words()
    sentence = words()
    due_on = serializers.DateField(read_only=True)
    about = words()
    household = words()


class Promises(Things):
    """Every broken promise of what you may see, the weightiest first."""

    model = Household
    serializer_class = BrokenOut
    filter_backends = ()

    @extend_schema(summary="The firm's promises that are broken now")
    def list(self, request: Request) -> Response:
        if not record.is_staff(request.user):
            raise NotAllowed("This is for the firm's desk.")
        page = self.paginate_queryset(facts.broken(request.user, at=clock.now()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class TableOut(serializers.Serializer[Any]):
    caption = words()
    heads = serializers.ListField(child=words(), read_only=True)
    rows = serializers.ListField(child=serializers.ListField(child=words()), read_only=True)


class SectionOut(serializers.Serializer[Any]):
    title = words()
    paragraphs = serializers.ListField(child=words(), read_only=True)
    table = TableOut(read_only=True, allow_null=True)


class RebalancingPolicyOut(serializers.Serializer[rebalancing_policy.RebalancingPolicy]):
    """How the firm rebalances; every number in it is computed from the settings in force."""

    title = words()
    firm = words("letterhead.name")
    as_of = words()
    on = serializers.DateField(read_only=True)
    version = serializers.IntegerField(read_only=True)
    sections = SectionOut(many=True, read_only=True)


class RebalancingPolicyOne(Things):
    """How the firm rebalances."""

    model = Household
    serializer_class = RebalancingPolicyOut
    filter_backends = ()
    pagination_class = None

    def mine(self) -> QuerySet[Any]:
        return record.households_for(self.request.user).none()

    @extend_schema(
        summary="How the firm rebalances, as of today",
        responses=forced_singular_serializer(RebalancingPolicyOut),
    )
    def list(self, request: Request) -> Response:
        on = market_days.new_york_date(clock.now())
        shown = rebalancing_policy.of(firm_settings.in_force(on=on))
        return Response(RebalancingPolicyOut(shown).data)
