"""The registers for programs: rows as they were entered, also those that were changed or ended."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access_registers
from clients.models import (
    ArrangedTrade,
    FundDistribution,
    FundTradingPolicy,
    Insider,
    InsiderWindow,
    ProductApproval,
    Quote,
    TradingHalt,
)
from clients.models.market_facts import CHARACTERS
from clients.pages import market_facts, registers, trading_facts
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


class FundTradingPolicyOut(EnteredOut):
    symbol = words("security.symbol")
    holding_days = serializers.IntegerField(read_only=True)
    redemption_fee = _figure(help_text="A fraction of the proceeds.")
    fee_days = serializers.IntegerField(read_only=True, allow_null=True)
    announced_in = words("source")


class FundPolicies(Things):
    """Trading policies of funds."""

    model = FundTradingPolicy
    serializer_class = FundTradingPolicyOut
    filterset_class = market_facts.FUND_POLICIES.kind.filters
    ordering_fields = ("holding_days",)

    def mine(self) -> QuerySet[FundTradingPolicy]:
        return access_registers.fund_policies_for(self.request.user).select_related("replaces")

    @extend_schema(summary="Trading policies of funds", responses=FundTradingPolicyOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One fund's trading policy", responses=FundTradingPolicyOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class QuoteOut(EnteredOut):
    symbol = words("security.symbol")
    quoted_at = serializers.DateTimeField(read_only=True)
    bid = _figure()
    ask = _figure()
    announced_in = words("source")


class Quotes(Things):
    """Quotes."""

    model = Quote
    serializer_class = QuoteOut
    filterset_class = market_facts.QUOTES.kind.filters
    ordering_fields = ("quoted_at",)

    def mine(self) -> QuerySet[Quote]:
        return access_registers.quotes_for(self.request.user).select_related("replaces")

    @extend_schema(summary="Quotes", responses=QuoteOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One quote", responses=QuoteOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class TradingHaltOut(EnteredOut):
    symbol = words("security.symbol")
    kind = serializers.ChoiceField(choices=TradingHalt.Kind.choices, read_only=True)
    starts_at = serializers.DateTimeField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True, allow_null=True)
    announced_in = words("source")


class Halts(Things):
    """Halts and pauses."""

    model = TradingHalt
    serializer_class = TradingHaltOut
    filterset_class = market_facts.HALTS.kind.filters
    ordering_fields = ("starts_at",)

    def mine(self) -> QuerySet[TradingHalt]:
        return access_registers.halts_for(self.request.user).select_related("replaces")

    @extend_schema(summary="Halts and pauses", responses=TradingHaltOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One halt", responses=TradingHaltOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class InsiderOut(EnteredOut):
    household = words("person.household.public_id")
    person = words("person.public_id")
    issuer = words()
    role = serializers.ChoiceField(choices=Insider.Role.choices, read_only=True)
    starts_on = serializers.DateField(read_only=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)
    announced_in = words("source")


class Insiders(Things):
    """Insiders and affiliates."""

    model = Insider
    serializer_class = InsiderOut
    filterset_class = trading_facts.INSIDERS.kind.filters
    ordering_fields = ("starts_on",)

    def mine(self) -> QuerySet[Insider]:
        return access_registers.insiders_for(self.request.user).select_related("replaces")

    @extend_schema(summary="Insiders and affiliates", responses=InsiderOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One insider", responses=InsiderOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class InsiderWindowOut(EnteredOut):
    insider = words("insider.public_id")
    issuer = words("insider.issuer")
    kind = serializers.ChoiceField(choices=InsiderWindow.Kind.choices, read_only=True)
    starts_on = serializers.DateField(read_only=True)
    ends_on = serializers.DateField(read_only=True)
    shares_max = _figure()
    announced_in = words("source")


class InsiderWindows(Things):
    """Blackouts and clearances."""

    model = InsiderWindow
    serializer_class = InsiderWindowOut
    filterset_class = trading_facts.WINDOWS.kind.filters
    ordering_fields = ("starts_on", "ends_on")

    def mine(self) -> QuerySet[InsiderWindow]:
        return access_registers.insider_windows_for(self.request.user).select_related("replaces")

    @extend_schema(summary="Blackouts and clearances", responses=InsiderWindowOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One window of an insider", responses=InsiderWindowOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class ProductApprovalOut(EnteredOut):
    household = words("household.public_id")
    product = words()
    symbol = words("security.symbol", allow_null=True, default=None)
    starts_on = serializers.DateField(read_only=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)
    reason = words()


class ProductApprovals(Things):
    """Approvals of complex products."""

    model = ProductApproval
    serializer_class = ProductApprovalOut
    filterset_class = trading_facts.APPROVALS.kind.filters
    ordering_fields = ("starts_on",)

    def mine(self) -> QuerySet[ProductApproval]:
        return access_registers.product_approvals_for(self.request.user).select_related("replaces")

    @extend_schema(summary="Approvals of complex products", responses=ProductApprovalOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One approval", responses=ProductApprovalOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class ArrangedTradeOut(EnteredOut):
    household = words("account.household.public_id")
    account = words("account.public_id")
    symbol = words("security.symbol")
    side = serializers.ChoiceField(choices=ArrangedTrade.Side.choices, read_only=True)
    counterparty = serializers.ChoiceField(choices=ArrangedTrade.Counterparty.choices, read_only=True)
    trade_on = serializers.DateField(read_only=True)
    disclosed_on = serializers.DateField(read_only=True, allow_null=True)
    consented_on = serializers.DateField(read_only=True, allow_null=True)
    document = words()


class ArrangedTrades(Things):
    """Principal and cross trades."""

    model = ArrangedTrade
    serializer_class = ArrangedTradeOut
    filterset_class = trading_facts.ARRANGED.kind.filters
    ordering_fields = ("trade_on",)

    def mine(self) -> QuerySet[ArrangedTrade]:
        return access_registers.arranged_trades_for(self.request.user).select_related("replaces")

    @extend_schema(summary="Principal and cross trades", responses=ArrangedTradeOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One arranged trade", responses=ArrangedTradeOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
