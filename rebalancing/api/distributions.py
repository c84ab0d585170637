"""Required distributions for programs: those of the book in a year, and those of one household."""

from __future__ import annotations

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
from rebalancing.pages.lists import distributions
from rebalancing.pages.lists.distributions import Row


class RequiredDistributionOut(serializers.Serializer[Row]):
    """One owner's pool of accounts in one year; dollars are null where something is missing."""

    household = words("household_id")
    code = words()
    owner = words()
    pool = words()
    year = serializers.IntegerField(read_only=True)
    amount = fields.dollars(source="required", allow_null=True)
    taken = fields.dollars()
    charitable = fields.dollars()
    planned = fields.dollars()
    remaining = fields.dollars(allow_null=True)
    in_no_plan = fields.dollars(source="to_plan")
    deadline = serializers.DateField(read_only=True, allow_null=True)
    firms_day = serializers.DateField(read_only=True, allow_null=True)
    state = words()
    because = words()
    missing = serializers.ListField(child=serializers.CharField(), read_only=True)


class RequiredDistributions(Things):
    """Every required distribution of your book; without an order, the most pressing comes first."""

    model = Household
    serializer_class = RequiredDistributionOut
    filter_backends = ()

    @extend_schema(
        summary="The required distributions of a year",
        parameters=[
            OpenApiParameter("year", int, description="The year of the distribution; this year if left out."),
            OpenApiParameter("state", enum=[one.value for one in distributions.SHOWN]),
            OpenApiParameter("advisor", int, description="The id of a member of staff who advises it today."),
            OpenApiParameter(
                "ordering",
                enum=[*distributions.KIND.orderings, *(f"-{one}" for one in distributions.KIND.orderings)],
            ),
        ],
    )
    def list(self, request: Request) -> Response:
        asked = asked_of(distributions.KIND, request)
        is_staff = record.is_staff(request.user)
        rows = distributions.chosen(request.user, asked, at=clock.now()) if is_staff else []
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
