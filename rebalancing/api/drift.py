"""The drift report for programs: the rows of the page, with every class and account."""

from __future__ import annotations

from datetime import date

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from clients.models import Household
from compliance import clock
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things, asked_of
from rebalancing.pages.lists import drift


class AdvisorOut(serializers.Serializer[drift.Advisor]):
    id = serializers.IntegerField(read_only=True)
    name = words()


class LineOut(serializers.Serializer[drift.Line]):
    """One class of the household (`account` empty) or of one account; fractions of one."""

    account = words()
    account_name = words()
    asset_class = words()
    name = words()
    weight = fields.weight()
    target = fields.weight()
    lower = fields.weight()
    upper = fields.weight()
    drift = fields.weight()
    is_outside = serializers.BooleanField(
        read_only=True, allow_null=True, help_text="Null: told for information, no band is held against it."
    )


class DriftOut(serializers.Serializer[drift.Row]):
    """One household as the last scan up to the day saw it; null where nothing was measured."""

    household = words()
    code = words()
    name = words()
    advisors = AdvisorOut(many=True, read_only=True)
    worst_class = words("worst.asset_class", allow_null=True, default=None)
    drift = fields.weight(allow_null=True)
    is_outside = serializers.BooleanField(read_only=True)
    outside_value = fields.money(allow_null=True)
    value = fields.money(allow_null=True)
    market_on = serializers.DateField(read_only=True, allow_null=True)
    prices_as_of_on = serializers.DateField(read_only=True, allow_null=True)
    outcome = words()
    reason = words()
    lines = LineOut(many=True, read_only=True)


class Drift(Things):
    """Every household of your book, the farthest off target first and what was not measured last."""

    model = Household
    serializer_class = DriftOut
    filter_backends = ()

    @extend_schema(
        summary="The drift of every household of your book, as of a day",
        parameters=[
            OpenApiParameter("as_of", date, description="The last scan up to this day; today if left out."),
            OpenApiParameter("book", int, description="The id of an advisor."),
            OpenApiParameter("asset_class", str, description="The code of a class."),
            OpenApiParameter("outside", enum=["true"], description="Only what has left its band."),
            OpenApiParameter(
                "ordering", enum=[*drift.KIND.orderings, *(f"-{one}" for one in drift.KIND.orderings)]
            ),
        ],
    )
    def list(self, request: Request) -> Response:
        asked = asked_of(drift.KIND, request)
        rows = drift.chosen(request.user, asked, at=clock.now()) if record.is_staff(request.user) else []
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
