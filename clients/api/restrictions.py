"""Clients' restrictions and employers' plans for programs: the firm's lists, and one of each."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access_facts
from clients.models import ClientRestriction, EmployerPlan, PlanFund
from clients.pages.lists import restrictions
from compliance.api.fields import words
from compliance.api.reading import Things


class ClientRestrictionOut(serializers.Serializer[ClientRestriction]):
    public_id = words()
    household = words("household.public_id")
    account = words("account.public_id", allow_null=True, default=None)
    kind = serializers.ChoiceField(choices=ClientRestriction.Kind.choices, read_only=True)
    lot = words("lot.public_id", allow_null=True, default=None)
    symbol = words("security.symbol", allow_null=True, default=None)
    issuers = serializers.ListField(child=serializers.CharField(), read_only=True)
    sector = words()
    asset_class = words("asset_class.code", allow_null=True, default=None)
    weight_cap = serializers.DecimalField(
        max_digits=9, decimal_places=6, read_only=True, allow_null=True, help_text="A fraction of one."
    )
    reason = words()
    asked_by = words()
    asked_on = serializers.DateField(read_only=True)
    document = words()
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)
    made_at = serializers.DateTimeField(read_only=True, allow_null=True)
    replaces = words("replaces.public_id", allow_null=True, default=None)
    cancelled_at = serializers.DateTimeField(read_only=True, allow_null=True)
    cancel_reason = words()
    expired_at = serializers.DateTimeField(read_only=True, allow_null=True)


class ClientRestrictions(Things):
    """What the clients you may see ask for outside their policies, also what has ended."""

    model = ClientRestriction
    serializer_class = ClientRestrictionOut
    filterset_class = restrictions.RESTRICTIONS.kind.filters
    ordering_fields = ("starts_on", "ends_on")

    def mine(self) -> QuerySet[ClientRestriction]:
        return access_facts.client_restrictions_for(self.request.user).select_related(
            "household", "account", "lot", "security", "asset_class", "replaces"
        )

    @extend_schema(summary="Clients' restrictions", responses=ClientRestrictionOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One restriction", responses=ClientRestrictionOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class PlanFundOut(serializers.Serializer[PlanFund]):
    public_id = words()
    symbol = words("security.symbol")
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)
    closed_on = serializers.DateField(read_only=True, allow_null=True)
    weight_min = serializers.DecimalField(max_digits=9, decimal_places=6, read_only=True, allow_null=True)
    replaces = words("replaces.public_id", allow_null=True, default=None)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()


class EmployerPlanOut(serializers.Serializer[EmployerPlan]):
    """A plan with every line its menu ever had, and those of its accounts that you may see."""

    public_id = words()
    code = words()
    name = words()
    document = words("source")
    retired_at = serializers.DateTimeField(read_only=True, allow_null=True)
    funds = PlanFundOut(many=True, read_only=True)
    accounts = serializers.SerializerMethodField()

    def get_accounts(self, plan: EmployerPlan) -> list[str]:
        return [one.account.public_id for one in plan.accounts.all()]


class EmployerPlans(Things):
    """Employers' plans with their menus."""

    model = EmployerPlan
    serializer_class = EmployerPlanOut
    filterset_class = restrictions.PLANS.kind.filters
    ordering_fields = ("name",)

    def mine(self) -> QuerySet[EmployerPlan]:
        user = self.request.user
        members = access_facts.plan_accounts_for(user).filter(ended_at=None).select_related("account")
        lines = access_facts.plan_funds_for(user).select_related("security", "replaces")
        return access_facts.employer_plans_for(user).prefetch_related(
            Prefetch("funds", lines.order_by("security__symbol", "-pk")),
            Prefetch("accounts", members.order_by("account__public_id")),
        )

    @extend_schema(summary="Employers' plans", responses=EmployerPlanOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One plan with its menu", responses=EmployerPlanOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
