"""The state of every household, for programs: the rows of the home page and of the household list."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from clients.models import Account, Household
from compliance import clock
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things, asked_of
from rebalancing.pages.lists import households, standings


class StandingOut(serializers.Serializer[standings.Standing]):
    """One household's state; drift is a fraction of one, null where nothing was measured."""

    household = words("public_id")
    code = words()
    name = words()
    state = words("kind.key")
    means = words("kind.means")
    reason = words()
    drift = fields.figure(allow_null=True)
    is_outside = serializers.BooleanField(read_only=True)
    outside_value = fields.dollars(allow_null=True)
    value = fields.dollars(allow_null=True)
    tax = fields.dollars(allow_null=True)
    since = serializers.DateTimeField(read_only=True, allow_null=True)
    due_at = serializers.DateTimeField(read_only=True, allow_null=True)
    read_at = serializers.DateTimeField(read_only=True, allow_null=True)
    prices_as_of_on = serializers.DateField(read_only=True, allow_null=True)


class Standings(Things):
    """Every household of your book; without an order, what needs attention comes first."""

    model = Household
    serializer_class = StandingOut
    filter_backends = ()

    @extend_schema(
        summary="The state of every household of your book",
        parameters=[
            OpenApiParameter("state", enum=[kind.key for kind in standings.KINDS]),
            OpenApiParameter("coming", enum=list(households.COMING)),
            OpenApiParameter("advisor", int, description="The id of a member of staff who advises it today."),
            OpenApiParameter("custodian", enum=Account.Custodian.values),
            OpenApiParameter("value_min", description="Dollars; what was not valued is left out."),
            OpenApiParameter("tax_min", description="Dollars of estimated tax."),
            OpenApiParameter(
                "ordering",
                enum=[*households.KIND.orderings, *(f"-{one}" for one in households.KIND.orderings)],
            ),
        ],
    )
    def list(self, request: Request) -> Response:
        asked = asked_of(households.KIND, request)
        rows = households.chosen(request.user, asked, at=clock.now()) if record.is_staff(request.user) else []
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
