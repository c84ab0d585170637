"""Investment policies and model portfolios for programs; read only, the desk decides on them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.models import (
    ModelPortfolio,
    ModelVersion,
    Policy,
    PolicyRestriction,
    PolicySection,
    PolicySignature,
    PolicyTarget,
)
from clients.policies import drafts, triggering
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.api.schema import by_role


class TargetOut(serializers.Serializer[PolicyTarget]):
    """A class, its target and its band. Weights are fractions of one."""

    asset_class = words("asset_class.code")
    name = words("asset_class.name")
    weight_target = fields.weight()
    band_kind = serializers.ChoiceField(choices=PolicyTarget.BandKind.choices, read_only=True)
    band_points = fields.weight(allow_null=True)
    band_share = fields.weight(allow_null=True)
    band_multiple = fields.weight(allow_null=True, help_text="Standard deviations between two looks.")
    band_risk = fields.weight(allow_null=True)
    relative_volatility = fields.weight(allow_null=True)
    weight_lower = fields.weight()
    weight_upper = fields.weight()
    sheltered_lower = fields.weight(allow_null=True)
    sheltered_upper = fields.weight(allow_null=True)
    hard_lower = fields.weight(allow_null=True)
    hard_upper = fields.weight(allow_null=True)
    benchmark = words()


class RestrictionOut(serializers.Serializer[PolicyRestriction]):
    """What the client forbids."""

    kind = serializers.ChoiceField(choices=PolicyRestriction.Kind.choices, read_only=True)
    symbol = words("security.symbol", allow_null=True)
    issuer = words()
    sector = words()
    account = words("account.public_id", allow_null=True)
    weight_cap = fields.weight(allow_null=True)
    reason = words()
    until_on = serializers.DateField(read_only=True, allow_null=True)


class PolicySectionOut(serializers.Serializer[PolicySection]):
    """One part of a policy in words."""

    code = words()
    title = words("get_code_display")
    text = words()


class PolicySignatureOut(serializers.Serializer[PolicySignature]):
    """A signature, with the fingerprint of the text it was given under."""

    party = serializers.ChoiceField(choices=PolicySignature.Party.choices, read_only=True)
    method = serializers.ChoiceField(choices=PolicySignature.Method.choices, read_only=True)
    name = words()
    signed_on = serializers.DateField(read_only=True)
    fingerprint = words()
    document_sha256 = words()


class OwnPolicyRow(serializers.Serializer[Policy]):
    """What a client sees of a policy in a list."""

    public_id = words()
    household = words("household.public_id")
    version = serializers.IntegerField(read_only=True)
    state = serializers.ChoiceField(choices=Policy.State.choices, read_only=True)
    effective_on = serializers.DateField(read_only=True, allow_null=True)
    signed_by_client_on = serializers.DateField(read_only=True, allow_null=True)
    signed_by_advisor_on = serializers.DateField(read_only=True, allow_null=True)


class PolicyRow(OwnPolicyRow):
    model = words("model.model.public_id")
    follows = serializers.ChoiceField(choices=Policy.Follows.choices, read_only=True)
    model_version = serializers.IntegerField(
        source="model.version",
        read_only=True,
        help_text="The version it names; where it follows the model, the one it was drafted with.",
    )
    reviewed_on = serializers.DateField(read_only=True, allow_null=True)
    next_review_on = serializers.DateField(read_only=True, allow_null=True)
    fingerprint = words()


class Agreed(serializers.Serializer[Policy]):
    """What was agreed: the same for the desk and the client."""

    model_label = words()
    objectives = words()
    risk = words()
    loss_limit = fields.weight(allow_null=True)
    horizon_years = serializers.IntegerField(read_only=True)
    benchmark = words()
    equity_cap = fields.weight(allow_null=True)
    discretion = words(help_text="full, or consent: the client is asked before every trade.")
    level = serializers.ChoiceField(choices=Policy.Level.choices, read_only=True)
    pooling_allowed = serializers.BooleanField(read_only=True)
    look = serializers.ChoiceField(choices=Policy.Look.choices, read_only=True)
    calendar = words()
    due_session = serializers.IntegerField(read_only=True)
    due_day = serializers.IntegerField(read_only=True, allow_null=True)
    soft_breach = serializers.ChoiceField(choices=Policy.SoftBreach.choices, read_only=True)
    sleeve_bands = serializers.BooleanField(read_only=True)
    on_fall = words(help_text="harvest, classes, or nothing.")
    fall_classes = words(help_text="Codes of classes with commas.")
    trades_when = serializers.SerializerMethodField(help_text="All of these together as sentences.")
    edge_is_breach = serializers.BooleanField(read_only=True)
    band_preference = serializers.ChoiceField(choices=Policy.Preference.choices, read_only=True)
    sheltered_band_share = fields.weight()
    tracking_error_limit = fields.weight(allow_null=True)
    destination_taxable = serializers.ChoiceField(choices=Policy.Destination.choices, read_only=True)
    destination_sheltered = serializers.ChoiceField(choices=Policy.Destination.choices, read_only=True)
    destination_additions = words()
    uses_cash_flows = serializers.BooleanField(read_only=True)
    harvests_losses = serializers.BooleanField(read_only=True)
    harvest_rebalances = serializers.BooleanField(read_only=True)
    short_term_gains_allowed = serializers.BooleanField(read_only=True)
    gain_budget = fields.money(allow_null=True)
    cash_reserve = fields.money()
    minimum_trade = fields.money()
    tax_guidance = words()
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    reviewed_on = serializers.DateField(read_only=True, allow_null=True)
    next_review_on = serializers.DateField(read_only=True, allow_null=True)
    targets = TargetOut(many=True, read_only=True)
    restrictions = RestrictionOut(many=True, read_only=True)
    sections = PolicySectionOut(many=True, read_only=True)
    signatures = PolicySignatureOut(many=True, read_only=True)
    text = words()

    def get_trades_when(self, policy: Policy) -> str:
        return triggering.sentence(drafts.terms_of(policy), is_hard=triggering.has_hard_range(policy))


class OwnPolicyOne(Agreed, OwnPolicyRow):
    """What a client sees of the own policy: what was agreed."""


class PolicyOne(Agreed, PolicyRow):
    pass


class PolicyFilters(django_filters.FilterSet):
    household = django_filters.CharFilter(field_name="household__public_id")
    state = django_filters.ChoiceFilter(choices=Policy.State.choices)
    model = django_filters.CharFilter(field_name="model__model__public_id")


class Policies(Things):
    """Investment policies, version by version."""

    model = Policy
    serializer_class = PolicyRow
    one_serializer_class = PolicyOne
    filterset_class = PolicyFilters
    ordering_fields = ("version", "effective_on", "next_review_on")

    def mine(self) -> QuerySet[Policy]:
        found = access.policies_for(self.request.user).select_related("household", "model__model")
        if self.action == "list":
            return found
        return found.prefetch_related(
            "targets__asset_class",
            "restrictions__security",
            "restrictions__account",
            "sections",
            "signatures",
        )

    def get_serializer_class(self) -> Any:
        if access.is_staff(self.request.user):
            return super().get_serializer_class()
        return OwnPolicyRow if self.action == "list" else OwnPolicyOne

    @extend_schema(
        summary="Policies you may see",
        responses=by_role("PolicyInList", PolicyRow, OwnPolicyRow, many=True),
    )
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(
        summary="One version of a policy with its targets and restrictions",
        responses=by_role("PolicyByRole", PolicyOne, OwnPolicyOne),
    )
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class MemberOut(serializers.Serializer[Any]):
    symbol = words("security.symbol")
    name = words("security.name")
    use = words()
    place = words()
    rank = serializers.IntegerField(read_only=True)


class SleeveOut(serializers.Serializer[Any]):
    name = words()
    weight = fields.weight(help_text="Share of the class.")
    members = MemberOut(many=True, read_only=True)


class ModelClassOut(serializers.Serializer[Any]):
    asset_class = words("asset_class.code")
    name = words("asset_class.name")
    weight = fields.weight()
    sleeves = SleeveOut(many=True, read_only=True)


class ModelVersionOut(serializers.Serializer[ModelVersion]):
    version = serializers.IntegerField(read_only=True)
    state = serializers.ChoiceField(choices=ModelVersion.State.choices, read_only=True)
    note = words()
    effective_on = serializers.DateField(read_only=True, allow_null=True)
    published_at = serializers.DateTimeField(read_only=True, allow_null=True)
    fingerprint = words()
    classes = ModelClassOut(many=True, read_only=True)


class ModelRow(serializers.Serializer[ModelPortfolio]):
    public_id = words()
    code = words()
    name = words()
    description = words()
    retired_at = serializers.DateTimeField(read_only=True, allow_null=True)


class ModelOne(ModelRow):
    versions = ModelVersionOut(many=True, read_only=True)


class ModelFilters(django_filters.FilterSet):
    code = django_filters.CharFilter()


class Models(Things):
    """The firm's model portfolios."""

    model = ModelPortfolio
    serializer_class = ModelRow
    one_serializer_class = ModelOne
    filterset_class = ModelFilters
    ordering_fields = ("code", "name")

    def mine(self) -> QuerySet[ModelPortfolio]:
        found = access.models_for(self.request.user)
        if self.action == "list":
            return found
        return found.prefetch_related(
            "versions__classes__asset_class", "versions__classes__sleeves__members__security"
        )

    @extend_schema(summary="Model portfolios")
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One model with every version of its tree")
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
