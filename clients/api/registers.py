"""The registers for programs: rows as they were entered, also those that were changed or ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients.models import ArrangedTrade, FundDistribution, Insider, InsiderWindow, TradingHalt
from clients.models.market_facts import CHARACTERS
from clients.pages import market_facts, trading_facts
from clients.pages.registers import RegisterPages
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


class FundTradingPolicyOut(EnteredOut):
    symbol = words("security.symbol")
    holding_days = serializers.IntegerField(read_only=True)
    redemption_fee = _figure(help_text="A fraction of the proceeds.")
    fee_days = serializers.IntegerField(read_only=True, allow_null=True)
    announced_in = words("source")


class QuoteOut(EnteredOut):
    symbol = words("security.symbol")
    quoted_at = serializers.DateTimeField(read_only=True)
    bid = _figure()
    ask = _figure()
    announced_in = words("source")


class TradingHaltOut(EnteredOut):
    symbol = words("security.symbol", allow_null=True, default=None, help_text="null: the whole market.")
    kind = serializers.ChoiceField(choices=TradingHalt.Kind.choices, read_only=True)
    starts_at = serializers.DateTimeField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True, allow_null=True)
    announced_in = words("source")


class VolatilityLevelOut(EnteredOut):
    market_on = serializers.DateField(read_only=True)
    level = _figure()
    announced_in = words("source")


class InsiderOut(EnteredOut):
    household = words("person.household.public_id")
    person = words("person.public_id")
    issuer = words()
    role = serializers.ChoiceField(choices=Insider.Role.choices, read_only=True)
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)
    announced_in = words("source")


class InsiderWindowOut(EnteredOut):
    insider = words("insider.public_id")
    issuer = words("insider.issuer")
    kind = serializers.ChoiceField(choices=InsiderWindow.Kind.choices, read_only=True)
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)
    shares_max = _figure()
    announced_in = words("source")


class ProductApprovalOut(EnteredOut):
    household = words("household.public_id")
    product = words()
    symbol = words("security.symbol", allow_null=True, default=None)
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)
    reason = words()


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


def endpoint(
    pages: RegisterPages, out: type[EnteredOut], *, ordered: tuple[str, ...], single: str
) -> type[Things]:
    """The endpoint of a register: its list, and one row."""

    class Rows(Things):
        model = pages.register.model
        serializer_class = out
        filterset_class = pages.list.kind.filters
        ordering_fields = ordered

        def mine(self) -> QuerySet[Any]:
            return pages.mine(self.request.user).select_related("replaces")

        @extend_schema(summary=pages.list.title, responses=out(many=True))
        def list(self, request: Request) -> Response:
            return self.listed()

        @extend_schema(summary=single, responses=out)
        def retrieve(self, request: Request, public_id: str) -> Response:
            return Response(self.get_serializer(self.get_object()).data)

    Rows.__name__ = Rows.__qualname__ = f"{pages.register.model.__name__}Rows"
    Rows.__doc__ = f"{pages.list.title}."
    return Rows


ENDPOINTS = (
    (market_facts.DISTRIBUTIONS, FundDistributionOut, ("ex_on",), "One fund distribution"),
    (market_facts.FUND_POLICIES, FundTradingPolicyOut, ("holding_days",), "One fund's trading policy"),
    (market_facts.QUOTES, QuoteOut, ("quoted_at",), "One quote"),
    (market_facts.HALTS, TradingHaltOut, ("starts_at",), "One halt"),
    (market_facts.LEVELS, VolatilityLevelOut, ("market_on",), "One level of the volatility index"),
    (trading_facts.INSIDERS, InsiderOut, ("starts_on",), "One insider"),
    (trading_facts.WINDOWS, InsiderWindowOut, ("starts_on", "ends_on"), "One window of an insider"),
    (trading_facts.APPROVALS, ProductApprovalOut, ("starts_on",), "One approval"),
    (trading_facts.ARRANGED, ArrangedTradeOut, ("trade_on",), "One arranged trade"),
)


def addresses() -> Iterator[URLPattern]:
    """The two addresses of every register."""
    for pages, out, ordered, single in ENDPOINTS:
        rows, name = endpoint(pages, out, ordered=ordered, single=single), pages.path
        single_name = pages.register.name.replace("_", "-")
        yield path(f"{name}/", rows.as_view({"get": "list"}), name=f"{single_name}-list")
        yield path(f"{name}/<slug:public_id>/", rows.as_view({"get": "retrieve"}), name=single_name)
