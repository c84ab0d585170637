"""Money due, holds and life events for programs: the firm's lists, and one fact each."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.models import CashFlow, CashFlowRule, Hold, LifeEvent
from clients.pages.lists import money_due, waiting
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things


class CashNeedOut(serializers.Serializer[CashFlow]):
    public_id = words()
    household = words("account.household.public_id")
    account = words("account.public_id")
    kind = serializers.ChoiceField(choices=CashFlow.Kind.choices, read_only=True)
    amount = fields.money(help_text="Negative leaves the account.")
    due_on = serializers.DateField(read_only=True)
    note = words()
    recurring_cash_need = words("rule.public_id", allow_null=True, default=None)
    replaces = words("replaces.public_id", allow_null=True, default=None)
    done_on = serializers.DateField(read_only=True, allow_null=True)
    cancelled_at = serializers.DateTimeField(read_only=True, allow_null=True)
    cancel_reason = words()


class CashNeeds(Things):
    """Money due in the households you may see, also what is done or cancelled."""

    model = CashFlow
    serializer_class = CashNeedOut
    filterset_class = money_due.CASH_NEEDS.kind.filters
    ordering_fields = ("due_on", "amount")

    def mine(self) -> QuerySet[CashFlow]:
        return access.cash_flows_for(self.request.user).select_related(
            "account__household", "rule", "replaces"
        )

    @extend_schema(summary="Cash needs", responses=CashNeedOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One cash need", responses=CashNeedOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class RecurringCashNeedOut(serializers.Serializer[CashFlowRule]):
    public_id = words()
    household = words("account.household.public_id")
    account = words("account.public_id")
    kind = serializers.ChoiceField(choices=CashFlow.Kind.choices, read_only=True)
    amount = fields.money(help_text="Negative leaves the account.")
    every = serializers.ChoiceField(choices=CashFlowRule.Every.choices, read_only=True)
    day = serializers.IntegerField(read_only=True, help_text="31: the last day of each month.")
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    until_on = serializers.DateField(read_only=True, allow_null=True)
    count = serializers.IntegerField(read_only=True, allow_null=True)
    moved = serializers.ChoiceField(choices=CashFlowRule.Moved.choices, read_only=True)
    note = words()
    replaces = words("replaces.public_id", allow_null=True, default=None)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()


class RecurringCashNeeds(Things):
    """Recurring money of the households you may see."""

    model = CashFlowRule
    serializer_class = RecurringCashNeedOut
    filterset_class = money_due.RECURRING.kind.filters
    ordering_fields = ("starts_on", "amount")

    def mine(self) -> QuerySet[CashFlowRule]:
        return access.cash_flow_rules_for(self.request.user).select_related("account__household", "replaces")

    @extend_schema(summary="Recurring cash needs", responses=RecurringCashNeedOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One recurring cash need", responses=RecurringCashNeedOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class HoldOut(serializers.Serializer[Hold]):
    public_id = words()
    household = words("household.public_id")
    account = words("account.public_id", allow_null=True, default=None)
    symbol = words("security.symbol", allow_null=True, default=None)
    kind = serializers.ChoiceField(choices=Hold.Kind.choices, read_only=True)
    reason = words()
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    expires_on = serializers.DateField(read_only=True)
    placed_at = serializers.DateTimeField(read_only=True)
    replaces = words("replaces.public_id", allow_null=True, default=None)
    lifted_at = serializers.DateTimeField(read_only=True, allow_null=True)
    lift_reason = words()


class Holds(Things):
    """Holds on the households you may see."""

    model = Hold
    serializer_class = HoldOut
    filterset_class = waiting.HOLDS.kind.filters
    ordering_fields = ("expires_on", "starts_on")

    def mine(self) -> QuerySet[Hold]:
        return access.holds_for(self.request.user).select_related(
            "household", "account", "security", "replaces"
        )

    @extend_schema(summary="Holds with their ends", responses=HoldOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One hold", responses=HoldOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class LifeEventOut(serializers.Serializer[LifeEvent]):
    public_id = words()
    household = words("household.public_id")
    person = words("person.public_id", allow_null=True, default=None)
    kind = serializers.ChoiceField(choices=LifeEvent.Kind.choices, read_only=True)
    opened_on = serializers.DateField(read_only=True, allow_null=True)
    note = words()
    document = words()
    document_sha256 = words()
    replaces = words("replaces.public_id", allow_null=True, default=None)
    resolved_on = serializers.DateField(read_only=True, allow_null=True)
    resolution = words()
    cancelled_at = serializers.DateTimeField(read_only=True, allow_null=True)
    cancel_reason = words()


class LifeEvents(Things):
    """Life events of the households you may see."""

    model = LifeEvent
    serializer_class = LifeEventOut
    filterset_class = waiting.LIFE_EVENTS.kind.filters
    ordering_fields = ("opened_on",)

    def mine(self) -> QuerySet[LifeEvent]:
        return access.life_events_for(self.request.user).select_related("household", "person", "replaces")

    @extend_schema(summary="Life events", responses=LifeEventOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One life event", responses=LifeEventOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
