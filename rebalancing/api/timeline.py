"""A household's days for programs: a line for each market day, also where no scan read it."""

from __future__ import annotations

from datetime import date

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from clients.models import Household
from compliance import clock
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.refusals import NotAllowed
from rebalancing import access
from rebalancing.daily_record import facts
from rebalancing.daily_record.lines import Line
from rebalancing.pages.timeline import timeline


class TimelineLineOut(serializers.Serializer[Line]):
    """One market day. `outcome` is null where no scan read the household; `unread` then says why."""

    on = serializers.DateField(read_only=True)
    outcome = words("read.outcome", allow_null=True, default=None)
    unread = words(allow_null=True)
    outcome_label = words("label")
    sentence = words()
    reading = words("read.reading", allow_null=True, default=None)
    worst_class = words("read.worst_class", allow_null=True, default=None)
    worst_drift = fields.weight(source="read.worst_drift", allow_null=True, default=None)
    triggers = serializers.ListField(source="read.triggers", child=words(), read_only=True, default=list)
    holds = serializers.ListField(source="read.holds", child=words(), read_only=True, default=list)


class Timeline(Things):
    """The days of one household."""

    model = Household
    serializer_class = TimelineLineOut
    filter_backends = ()

    @extend_schema(
        summary="A household's days, the newest first: what was found on each, or why no scan read it",
        parameters=[
            OpenApiParameter("since", date, description="The first day; two months back if left out."),
            OpenApiParameter("until", date, description="The last day; the latest close if left out."),
        ],
    )
    def list(self, request: Request, public_id: str) -> Response:
        if not record.is_staff(request.user):
            raise NotAllowed("This is for the firm's desk.")
        household = get_object_or_404(record.households_for(request.user), public_id=public_id)
        at = clock.now()
        first_on, last_on = timeline.span_asked(
            request.query_params.get("since", ""), request.query_params.get("until", ""), at=at
        )
        found = facts.of(
            access.readings_for(request.user), household, first_on=first_on, last_on=last_on, at=at
        )
        page = self.paginate_queryset(list(reversed(found)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
