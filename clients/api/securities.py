"""Securities, asset classes and wash-sale groups for programs; doors add and change them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.models import AssetClass, Security, SecurityDecision, WashGroup
from clients.pages import groupings, securities
from clients.securities import security_facts
from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.refusals import NotAllowed


class ClassWeightOut(serializers.Serializer[Any]):
    code = words("asset_class.code")
    weight = serializers.DecimalField(max_digits=9, decimal_places=6, read_only=True)


class SecurityRow(serializers.Serializer[Security]):
    id = serializers.IntegerField(read_only=True, source="pk")
    symbol = words()
    name = words()
    cusip = words()
    kind = serializers.ChoiceField(choices=Security.Kind.choices, read_only=True)
    trading = serializers.ChoiceField(choices=Security.Trading.choices, read_only=True)
    issuer = words()
    sector = words()
    wash_group = serializers.CharField(read_only=True, source="wash_group.code", default=None)
    class_weights = ClassWeightOut(many=True, read_only=True)
    retired_on = serializers.DateField(read_only=True, allow_null=True)


class FactDecisionOut(serializers.Serializer[SecurityDecision]):
    """A fact that a person decided, or handed back to files."""

    fact = serializers.ChoiceField(choices=SecurityDecision.Fact.choices, read_only=True)
    value = words()
    holds = serializers.BooleanField(read_only=True)
    reason = words()
    decided_by = words()
    decided_at = serializers.DateTimeField(read_only=True, allow_null=True)


class SecurityOne(SecurityRow):
    facts = serializers.SerializerMethodField()
    replacements = serializers.SerializerMethodField()
    decisions = FactDecisionOut(many=True, read_only=True)

    def get_facts(self, security: Security) -> dict[str, str]:
        return {name: security_facts.text_of(getattr(security, name)) for name in security_facts.COLUMNS}

    def get_replacements(self, security: Security) -> list[str]:
        return [one.replacement.symbol for one in security.replacements.select_related("replacement")]


class AssetClassOut(serializers.Serializer[AssetClass]):
    id = serializers.IntegerField(read_only=True, source="pk")
    code = words()
    name = words()
    position = serializers.IntegerField(read_only=True)
    is_equity = serializers.BooleanField(read_only=True, allow_null=True)
    retired_on = serializers.DateField(read_only=True, allow_null=True)


class WashGroupOut(serializers.Serializer[WashGroup]):
    id = serializers.IntegerField(read_only=True, source="pk")
    code = words()
    reason = words()
    members = serializers.SerializerMethodField()
    retired_on = serializers.DateField(read_only=True, allow_null=True)

    def get_members(self, group: WashGroup) -> list[str]:
        return [one.symbol for one in group.securities.all()]


class _ForTheDesk(Things):
    def _listed(self, request: Request) -> Response:
        if refusal := access.refusal_to_read_securities(request.user):
            raise NotAllowed(refusal)
        return self.listed()


class Securities(_ForTheDesk):
    """Securities on record. `symbol` finds one exactly."""

    model = Security
    lookup_field = "pk"
    lookup_url_kwarg = "security"
    serializer_class = SecurityRow
    one_serializer_class = SecurityOne
    filterset_class = securities.SecurityFilters
    ordering_fields = ("symbol", "name", "kind")

    def mine(self) -> QuerySet[Security]:
        rows = (
            access.securities_for(self.request.user)
            .select_related("wash_group")
            .prefetch_related("class_weights__asset_class")
            .order_by("symbol")
        )
        lacks = self.request.query_params.get("lacks", "")
        return securities.of_day(rows, lacks, on=clock.now().astimezone(clock.EASTERN).date())

    @extend_schema(summary="Securities on record", responses=SecurityRow(many=True))
    def list(self, request: Request) -> Response:
        return self._listed(request)

    @extend_schema(summary="One security with what was decided about it", responses=SecurityOne)
    def retrieve(self, request: Request, security: int) -> Response:
        return Response(SecurityOne(self.get_object()).data)


class AssetClasses(_ForTheDesk):
    """Asset classes; their codes are what files and models use."""

    model = AssetClass
    serializer_class = AssetClassOut
    ordering_fields = ("position", "code")

    def mine(self) -> QuerySet[AssetClass]:
        return groupings.classes_of(self.request.user)

    @extend_schema(summary="Asset classes", responses=AssetClassOut(many=True))
    def list(self, request: Request) -> Response:
        return self._listed(request)


class WashGroups(_ForTheDesk):
    """Wash-sale groups with their members."""

    model = WashGroup
    serializer_class = WashGroupOut
    ordering_fields = ("code",)

    def mine(self) -> QuerySet[WashGroup]:
        return access.wash_groups_for(self.request.user).prefetch_related("securities").order_by("code")

    @extend_schema(summary="Wash-sale groups", responses=WashGroupOut(many=True))
    def list(self, request: Request) -> Response:
        return self._listed(request)
