"""Trading anyway for programs: the decisions, and what the monitor of overrides counts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.refusals import NotAllowed
from rebalancing import access
from rebalancing.models import HoldOverride
from rebalancing.pages import discipline
from rebalancing.pages.lists import hold_overrides


class HoldOverrideOut(serializers.Serializer[HoldOverride]):
    public_id = words()
    household = words("household.public_id")
    code = words()
    sentence = words()
    reason = words()
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    expires_on = serializers.DateField(read_only=True)
    made_at = serializers.DateTimeField(read_only=True, allow_null=True)
    replaces = words("replaces.public_id", allow_null=True, default=None)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()


class HoldOverrides(Things):
    """Decisions to trade although a reason says to wait, in the households you may see."""

    model = HoldOverride
    serializer_class = HoldOverrideOut
    filterset_class = hold_overrides.OVERRIDES.kind.filters
    ordering_fields = ("expires_on", "made_at")

    def mine(self) -> QuerySet[HoldOverride]:
        return access.hold_overrides_for(self.request.user).select_related("household", "replaces")

    @extend_schema(summary="Decisions to trade anyway", responses=HoldOverrideOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()


class CountOut(serializers.Serializer[Any]):
    decided = serializers.IntegerField(read_only=True)
    forced = serializers.IntegerField(read_only=True)
    skipped = serializers.IntegerField(read_only=True)


class DisciplineOut(serializers.Serializer[Any]):
    advisor = words()
    calm = CountOut(read_only=True)
    volatile = CountOut(read_only=True)
    unknown = CountOut(read_only=True)
    alert = words()


class Discipline(Things):
    """Forced and skipped rebalances by advisor, on volatile market days and on the others."""

    model = HoldOverride
    serializer_class = DisciplineOut
    filter_backends = ()

    @extend_schema(summary="Forced and skipped trades by advisor")
    def list(self, request: Request) -> Response:
        if not record.is_staff(request.user):
            raise NotAllowed("This is for the firm's desk.")
        page = self.paginate_queryset(discipline.show(request.user, at=clock.now()).rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
