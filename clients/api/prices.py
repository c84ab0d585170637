"""Prices in dispute for programs: which wait for a person, and a decision about one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.models import Price
from clients.pages import price_list
from clients.securities import price_disputes
from compliance import clock
from compliance.api import transitions
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed


class DisputedPrice(serializers.Serializer[Price]):
    id = serializers.IntegerField(read_only=True, source="pk")
    symbol = words("security.symbol")
    priced_on = serializers.DateField(read_only=True, source="as_of_on", allow_null=True)
    price_source = words("source")
    price = serializers.DecimalField(max_digits=18, decimal_places=6, read_only=True)
    disputed_with = serializers.DecimalField(max_digits=18, decimal_places=6, read_only=True, allow_null=True)
    standing = serializers.ChoiceField(choices=Price.Standing.choices, read_only=True)


class PriceDecisionIn(serializers.Serializer[Any]):
    accept = serializers.BooleanField(help_text="Whether the price is right; otherwise it is rejected.")
    reason = serializers.CharField(max_length=300)


class DisputedPrices(Things):
    """Prices that differ too much to be believed. The desk and compliance read and decide them."""

    model = Price
    lookup_field = "pk"
    lookup_url_kwarg = "price"
    serializer_class = DisputedPrice
    ordering_fields = ("as_of_on",)

    def mine(self) -> QuerySet[Price]:
        return access.disputed_prices_for(self.request.user)

    @extend_schema(summary="Prices that wait for a person", responses=DisputedPrice(many=True))
    def list(self, request: Request) -> Response:
        if refusal := access.refusal_to_read_files(request.user):
            raise NotAllowed(refusal)
        return self.listed()

    @extend_schema(
        summary="Accept a disputed price or reject it",
        request=PriceDecisionIn,
        responses=DisputedPrice,
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def decide(self, request: Request, price: int) -> Response:
        disputed = self.get_object()
        given = PriceDecisionIn(data=request.data)
        given.is_valid(raise_exception=True)

        def do() -> Mapping[str, Any]:
            decided = price_disputes.decide(
                disputed,
                accept=given.validated_data["accept"],
                reason=given.validated_data["reason"],
                by=Actor.of(request),
                at=clock.now(),
            )
            return dict(DisputedPrice(decided).data)

        return transitions.once(request, do)


class PriceOut(serializers.Serializer[Price]):
    """One price of one source on one day."""

    id = serializers.IntegerField(read_only=True, source="pk")
    security = serializers.IntegerField(read_only=True, source="security_id")
    symbol = words("security.symbol")
    priced_on = serializers.DateField(read_only=True, source="as_of_on", allow_null=True)
    price_source = words("source")
    price = serializers.DecimalField(max_digits=18, decimal_places=6, read_only=True)
    standing = serializers.ChoiceField(choices=Price.Standing.choices, read_only=True)
    reason = words()


class StalePrice(serializers.Serializer[price_list.StaleRow]):
    """A held security without a price of the last market day."""

    security = serializers.IntegerField(read_only=True, source="security.pk")
    symbol = words("security.symbol")
    last_on = serializers.DateField(read_only=True, allow_null=True)
    last_price = serializers.DecimalField(max_digits=18, decimal_places=6, read_only=True, allow_null=True)
    age_days = serializers.IntegerField(read_only=True, allow_null=True)
    is_usable = serializers.BooleanField(read_only=True)
    households_count = serializers.IntegerField(read_only=True)


class Prices(Things):
    """Prices of every source."""

    model = Price
    serializer_class = PriceOut
    filterset_class = price_list.PriceFilters
    ordering_fields = ("as_of_on",)

    def mine(self) -> QuerySet[Price]:
        return access.prices_for(self.request.user).select_related("security").order_by("-as_of_on", "pk")

    @extend_schema(summary="Prices by day and source", responses=PriceOut(many=True))
    def list(self, request: Request) -> Response:
        if refusal := access.refusal_to_read_securities(request.user):
            raise NotAllowed(refusal)
        return self.listed()

    @extend_schema(
        summary="Held securities without a price of the last market day",
        responses=StalePrice(many=True),
        filters=False,
    )
    def stale(self, request: Request) -> Response:
        if refusal := access.refusal_to_read_securities(request.user):
            raise NotAllowed(refusal)
        rows = price_list.stale_rows(request.user, market_on=price_list.last_close(clock.now()))
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(StalePrice(page, many=True).data)
