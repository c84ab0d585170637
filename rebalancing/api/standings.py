"""Where every household stands, for programs: the rows of the home page and of the household list."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from clients.models import Household
from compliance import clock
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things
from rebalancing.pages.lists import standings


class StandingOut(serializers.Serializer[standings.Standing]):
    """One household's standing; drift is a fraction of one, null where nothing was measured."""

    household = words("public_id")
    code = words()
    name = words()
    standing = words("kind.key")
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
    """Every household of your book, ranked: what asks for somebody first."""

    model = Household
    serializer_class = StandingOut
    filter_backends = ()

    @extend_schema(summary="Where every household of your book stands")
    def list(self, request: Request) -> Response:
        rows = standings.of_book(request.user, at=clock.now()) if record.is_staff(request.user) else []
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
