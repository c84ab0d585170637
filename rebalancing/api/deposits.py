"""What deposit would cure a household's drift, and what an amount would do, for programs. Nothing is recorded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from clients.models import Household
from compliance import clock
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.refusals import BadInput, Blocked, NotAllowed
from rebalancing import household_forms, market_days
from rebalancing.pages.deposits import cure_sentences
from rebalancing.portfolios import portfolios
from rebalancing.proposals import deposits


class IntoOut(serializers.Serializer[deposits.Into]):
    """An account that the money could go to, and the classes in need that cannot be bought there."""

    account = words("account.id")
    name = words()
    cannot_buy = serializers.ListField(child=words(), read_only=True)


class CureOut(serializers.Serializer[deposits.Cure]):
    """Dollars; null where no deposit does it. `account` is null for the household."""

    account = words(allow_null=True)
    spare = fields.money()
    into_bands = fields.money(allow_null=True)
    to_targets = fields.money(allow_null=True)
    into = IntoOut(many=True, read_only=True)
    sentences = serializers.SerializerMethodField()

    def get_sentences(self, cure: deposits.Cure) -> list[str]:
        return list(cure_sentences(cure))


class DepositLineOut(serializers.Serializer[deposits.Line]):
    """One class: dollars bought (positive) or sold, and fractions of one."""

    asset_class = words()
    name = words()
    trade = fields.money()
    before = fields.figure()
    after = fields.figure()
    lower = fields.weight()
    target = fields.weight()
    upper = fields.weight()
    is_outside = serializers.BooleanField(read_only=True)


class EffectOut(serializers.Serializer[deposits.Effect]):
    """What the amount asked about would do; positive comes in, negative goes out."""

    account = words("account.id")
    amount = fields.money()
    from_cash = fields.money()
    left_in_cash = serializers.ListField(child=words(), read_only=True)
    lines = DepositLineOut(many=True, read_only=True)


class DepositOut(serializers.Serializer[Any]):
    cures = CureOut(many=True, read_only=True)
    effect = EffectOut(read_only=True, allow_null=True)


class Deposit(Things):
    """What deposit would cure the drift."""

    model = Household
    serializer_class = DepositOut
    filter_backends = ()
    pagination_class = None

    @extend_schema(
        summary="The smallest deposit that cures the drift without a sale; with an amount, what it would do",
        parameters=[
            OpenApiParameter("amount", description="Dollars; below zero for a withdrawal."),
            OpenApiParameter("account", description="The account it comes into or goes out of."),
        ],
        responses=forced_singular_serializer(DepositOut),
    )
    def list(self, request: Request, public_id: str) -> Response:
        if not record.is_staff(request.user):
            raise NotAllowed("This is for the firm's desk.")
        household = get_object_or_404(record.households_for(request.user), public_id=public_id)
        at = clock.now()
        portfolio = portfolios.load(
            household, as_of_on=market_days.last_close(at), trade_on=market_days.trade_day(at)
        )
        if isinstance(portfolio, portfolios.NotMeasurable):
            raise Blocked(" ".join(portfolio.reasons), "Correct the record, then ask again.")
        effect = None
        if request.query_params:
            amount = _amount(request.query_params.get("amount", ""))
            account = request.query_params.get("account", "")
            effect = deposits.effect(portfolio, account=account, amount=amount)
        return Response(self.get_serializer({"cures": deposits.cures(portfolio), "effect": effect}).data)


def _amount(text: str) -> Decimal:
    form = household_forms.WhatIf([("", "")], {"amount": text.removeprefix("-"), "way": "deposit"})
    form.is_valid()
    if faults := form.errors.get("amount"):
        raise BadInput(str(faults[0]), "Send dollars as text, such as 50000.00; below zero for a withdrawal.")
    amount: Decimal = form.cleaned_data["amount"]
    return -amount if text.startswith("-") else amount
