"""What still keeps households from being measured and traded, for programs."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from clients.models import Household
from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Things, asked_of
from rebalancing.pages.lists import obstacles, readiness


class MissingOut(serializers.Serializer[obstacles.Reason]):
    """One thing that is missing, what it stops, and the page that cures it."""

    reason = words("kind.code")
    stops = words("kind.stops")
    sentence = words()
    cured_at = words("url")


class ReadinessOut(serializers.Serializer[obstacles.Row]):
    """One household with everything that is missing; `ready` where nothing is."""

    household = words("public_id")
    code = words()
    name = words()
    standing = words()
    reasons = MissingOut(many=True, read_only=True)


class Readiness(Things):
    """Every household of your book; without an order, what stops most comes first."""

    model = Household
    serializer_class = ReadinessOut
    filter_backends = ()

    @extend_schema(
        summary="What keeps each household of your book from being measured and traded",
        parameters=[
            OpenApiParameter("standing", enum=[key for key, _ in obstacles.STANDINGS]),
            OpenApiParameter("reason", enum=[one.code for one in obstacles.KINDS]),
            OpenApiParameter(
                "ordering",
                enum=[*readiness.KIND.orderings, *(f"-{one}" for one in readiness.KIND.orderings)],
            ),
        ],
    )
    def list(self, request: Request) -> Response:
        asked = asked_of(readiness.KIND, request)
        rows = readiness.chosen(request.user, asked, at=clock.now()) if record.is_staff(request.user) else []
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
