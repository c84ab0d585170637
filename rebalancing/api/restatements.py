"""Restatements for programs."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients.models import Restatement
from compliance.api.fields import words
from compliance.api.reading import Things
from rebalancing.pages.lists import restatements


def _figure() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=6, read_only=True, allow_null=True)


class RestatementOut(serializers.Serializer[Restatement]):
    """A lot or sale before and after a file. Shares are null on the side where the lot is not listed; a basis that is null
    is unknown. `short_change` and `long_change` are what the year's gains changed by, in dollars.
    """

    public_id = words()
    household = words("account.household.public_id")
    account = words("account.public_id")
    symbol = words("security.symbol")
    lot = words("lot.public_id", allow_null=True, default=None)
    sold_on = serializers.DateField(read_only=True, allow_null=True)
    cause = serializers.ChoiceField(choices=Restatement.Cause.choices, read_only=True)
    as_of_on = serializers.DateField(read_only=True, allow_null=True)
    is_past_day = serializers.BooleanField(read_only=True)
    was_quantity = _figure()
    quantity = _figure()
    was_basis = _figure()
    basis = _figure()
    was_acquired_on = serializers.DateField(read_only=True, allow_null=True)
    acquired_on = serializers.DateField(read_only=True, allow_null=True)
    short_change = serializers.SerializerMethodField()
    long_change = serializers.SerializerMethodField()
    custodian_file = words("source_file.public_id")
    found_at = serializers.DateTimeField(read_only=True)
    seen_at = serializers.DateTimeField(read_only=True, allow_null=True)
    seen_as = words()
    seen_note = words()

    def get_short_change(self, row: Restatement) -> str:
        return _dollars(row.effects[0])

    def get_long_change(self, row: Restatement) -> str:
        return _dollars(row.effects[1])


class Restatements(Things):
    """What custodians restated in the accounts you may see."""

    model = Restatement
    serializer_class = RestatementOut
    filterset_class = restatements.RESTATEMENTS.kind.filters
    ordering_fields = ("found_at", "as_of_on")

    def mine(self) -> QuerySet[Restatement]:
        return restatements.mine(self.request.user)

    @extend_schema(summary="Restatements", responses=RestatementOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One restatement", responses=RestatementOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


def _dollars(amount: Decimal) -> str:
    return f"{amount:.2f}"
