"""Tax profiles that nobody has confirmed, for programs."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.households import tax_profiles
from clients.models import TaxUnit
from clients.pages import tax_profiles as pages
from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Things, asked_of
from compliance.clock import EASTERN
from compliance.refusals import NotAllowed


class WaitingUnit(serializers.Serializer[TaxUnit]):
    """A return whose figures of the year are not confirmed."""

    public_id = words()
    household = words("household.public_id")
    household_code = words("household.code")
    name = words()
    filing_status = serializers.ChoiceField(choices=TaxUnit.FilingStatus.choices, read_only=True)
    state = words()


class Waiting(Things):
    """The returns of your book that wait for a year's figures."""

    model = TaxUnit
    serializer_class = WaitingUnit
    # Its one filter is not a column; `asked_of` checks it.
    filter_backends = ()

    def mine(self) -> QuerySet[TaxUnit]:
        asked = asked_of(pages.KIND, self.request)
        year = pages.year_asked(asked, on=clock.now().astimezone(EASTERN).date())
        mine = access.tax_units_for(self.request.user)
        return mine.filter(pk__in=[unit.pk for unit in tax_profiles.unconfirmed(mine, year=year)])

    @extend_schema(
        summary="Returns whose tax profile of a year is not confirmed",
        parameters=[OpenApiParameter("year", int, description="This year; in December the next.")],
        responses=WaitingUnit(many=True),
    )
    def list(self, request: Request) -> Response:
        if not access.is_staff(request.user):
            raise NotAllowed("These pages are for the firm's desk.")
        return self.listed()
