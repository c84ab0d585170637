"""Breaks, what brokers reported, and errors in trading, for programs."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Things
from rebalancing import access, market_days
from rebalancing.fills import breaks
from rebalancing.models import Break, Fill, TradeError
from rebalancing.pages.lists.breaks import BreakFilters
from rebalancing.pages.lists.fills import FillFilters
from rebalancing.pages.lists.trade_errors import TradeErrorFilters


class BreakOut(serializers.Serializer[Break]):
    """A difference; `ended_at` is null while it is open. `ours` and `theirs` are shares, or dollars in the queue of cash."""

    public_id = words()
    queue = serializers.ChoiceField(choices=Break.Queue.choices, read_only=True)
    cause = words()
    account = words("account.public_id", allow_null=True)
    symbol = words("security.symbol", allow_null=True)
    block = words("block.reference", allow_null=True)
    order = words("order.reference", allow_null=True)
    sentence = words()
    ours = serializers.DecimalField(max_digits=20, decimal_places=6, read_only=True, allow_null=True)
    theirs = serializers.DecimalField(max_digits=20, decimal_places=6, read_only=True, allow_null=True)
    found_on = serializers.DateField(read_only=True)
    last_on = serializers.DateField(read_only=True)
    age = serializers.SerializerMethodField(help_text="In business days, up to today or to its end.")
    owner = words("owner.name", allow_null=True)
    ending = words()
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()

    def get_age(self, row: Break) -> int:
        return breaks.age(row, on=market_days.new_york_date(clock.now()))


class FillOut(serializers.Serializer[Fill]):
    """One report of a broker as it came; `block` is null while nobody knows which order it is about."""

    public_id = words()
    broker = words()
    exec_id = words()
    kind = serializers.ChoiceField(choices=Fill.Kind.choices, read_only=True)
    reference = words()
    symbol = words()
    side = words()
    quantity = serializers.DecimalField(max_digits=20, decimal_places=6, read_only=True)
    price = serializers.DecimalField(max_digits=18, decimal_places=6, read_only=True, allow_null=True)
    corrects = words()
    trade_on = serializers.DateField(read_only=True)
    transacted_at = serializers.DateTimeField(read_only=True)
    received_at = serializers.DateTimeField(read_only=True)
    block = words("block.reference", allow_null=True)
    parked_because = words()
    text = words()


class TradeErrorOut(serializers.Serializer[TradeError]):
    """An error in trading; `effect` on the client in dollars, null until it is corrected."""

    public_id = words()
    account = words("account.public_id")
    order = words("order.reference", allow_null=True)
    cause = serializers.ChoiceField(choices=TradeError.Cause.choices, read_only=True)
    happened_on = serializers.DateField(read_only=True)
    description = words()
    correction = words()
    corrected_on = serializers.DateField(read_only=True, allow_null=True)
    effect = serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True, allow_null=True)
    paid = serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True, allow_null=True)
    paid_on = serializers.DateField(read_only=True, allow_null=True)
    approved_at = serializers.DateTimeField(read_only=True, allow_null=True)
    withdrawn_at = serializers.DateTimeField(read_only=True, allow_null=True)


class Breaks(Things):
    """Breaks in the accounts of your scope."""

    model = Break
    serializer_class = BreakOut
    filterset_class = BreakFilters
    ordering_fields = ("found_on", "queue")

    def mine(self) -> QuerySet[Break]:
        return (
            access.breaks_for(self.request.user)
            .select_related("account", "security", "block", "order", "owner")
            .defer("account__number")
        )

    @extend_schema(summary="Where our book and the custodians' files differ")
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One break")
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class Fills(Things):
    """What brokers reported of our orders."""

    model = Fill
    serializer_class = FillOut
    filterset_class = FillFilters
    ordering_fields = ("transacted_at", "broker")

    def mine(self) -> QuerySet[Fill]:
        return access.fills_for(self.request.user).select_related("block")

    @extend_schema(summary="What brokers reported of our orders")
    def list(self, request: Request) -> Response:
        return self.listed()


class TradeErrors(Things):
    """Errors in trading for the accounts of your scope."""

    model = TradeError
    serializer_class = TradeErrorOut
    filterset_class = TradeErrorFilters
    ordering_fields = ("happened_on",)

    def mine(self) -> QuerySet[TradeError]:
        return (
            access.trade_errors_for(self.request.user)
            .select_related("account", "order")
            .defer("account__number")
        )

    @extend_schema(summary="Errors in trading and their corrections")
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One error in trading")
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
