"""The registers for programs: rows as they were entered, also those that were changed or ended."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access_registers
from clients.models import FundDistribution
from clients.models.market_facts import CHARACTERS
from clients.pages import registers
from compliance.api.fields import words
from compliance.api.reading import Things


class EnteredOut(serializers.Serializer[Any]):
    """What every row of a register has."""

    public_id = words()
    entered_at = serializers.DateTimeField(read_only=True)
    replaces = words("replaces.public_id", allow_null=True, default=None)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()


def _figure(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=18, decimal_places=6, read_only=True, allow_null=True, **options
    )


class FundDistributionOut(EnteredOut):
    symbol = words("security.symbol")
    ex_on = serializers.DateField(read_only=True)
    record_on = serializers.DateField(read_only=True, allow_null=True)
    pay_on = serializers.DateField(read_only=True, allow_null=True)
    amounts = serializers.SerializerMethodField(
        help_text="Dollars a share by character; null: not announced."
    )
    share_of_price = _figure(help_text="The whole as a fraction of the fund's price.")
    is_final = serializers.BooleanField(read_only=True)
    announced_in = words("source")

    def get_amounts(self, row: FundDistribution) -> dict[str, str | None]:
        return {name: None if (one := getattr(row, name)) is None else f"{one:f}" for name in CHARACTERS}


class FundDistributions(Things):
    """Distributions that funds have announced or paid."""

    model = FundDistribution
    serializer_class = FundDistributionOut
    filterset_class = registers.DISTRIBUTIONS.kind.filters
    ordering_fields = ("ex_on",)

    def mine(self) -> QuerySet[FundDistribution]:
        return access_registers.fund_distributions_for(self.request.user).select_related("replaces")

    @extend_schema(summary="Fund distributions", responses=FundDistributionOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One fund distribution", responses=FundDistributionOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
