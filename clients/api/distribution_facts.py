"""Facts of required distributions for programs: terms of accounts and figures of a year, and one of each."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access_facts
from clients.models import DistributionFigure, DistributionTerms
from clients.pages.lists import distribution_facts
from compliance.api.fields import words
from compliance.api.reading import Things


class DistributionTermsOut(serializers.Serializer[DistributionTerms]):
    """What an account's plan type does not say."""

    public_id = words()
    household = words("account.household.public_id")
    account = words("account.public_id")
    inherited_from = words()
    decedent_born_on = serializers.DateField(read_only=True, allow_null=True)
    died_on = serializers.DateField(read_only=True, allow_null=True)
    beneficiary = words()
    spouse_choice = words()
    still_working = serializers.BooleanField(read_only=True)
    retired_on = serializers.DateField(read_only=True, allow_null=True)
    owns_five_percent = serializers.BooleanField(read_only=True)
    written_in = words("source")
    entered_at = serializers.DateTimeField(read_only=True)
    replaces = words("replaces.public_id", allow_null=True, default=None)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()


class DistributionTermsList(Things):
    """Terms of the accounts you may see, also those that were corrected or taken back."""

    model = DistributionTerms
    serializer_class = DistributionTermsOut
    filterset_class = distribution_facts.TERMS.kind.filters
    ordering_fields = ("died_on",)

    def mine(self) -> QuerySet[DistributionTerms]:
        return access_facts.distribution_terms_for(self.request.user).select_related(
            "account__household", "replaces"
        )

    @extend_schema(summary="Terms of required distributions", responses=DistributionTermsOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One account's terms", responses=DistributionTermsOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class DistributionFigureOut(serializers.Serializer[DistributionFigure]):
    """One figure of one year; `account` is null for what lies at another firm."""

    public_id = words()
    household = words("person.household.public_id")
    owner = words("person.public_id")
    account = words("account.public_id", allow_null=True, default=None)
    kind = serializers.ChoiceField(choices=DistributionFigure.Kind.choices, read_only=True)
    year = serializers.IntegerField(read_only=True)
    plan = words()
    place = words()
    taken_on = serializers.DateField(read_only=True, allow_null=True)
    amount = serializers.DecimalField(
        max_digits=18, decimal_places=2, read_only=True, allow_null=True, help_text="Dollars."
    )
    divisor = serializers.DecimalField(max_digits=4, decimal_places=1, read_only=True, allow_null=True)
    written_in = words("source")
    entered_at = serializers.DateTimeField(read_only=True)
    replaces = words("replaces.public_id", allow_null=True, default=None)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()


class DistributionFigures(Things):
    """Figures of the households you may see, also those that were corrected or taken back."""

    model = DistributionFigure
    serializer_class = DistributionFigureOut
    filterset_class = distribution_facts.FIGURES.kind.filters
    ordering_fields = ("year", "amount")

    def mine(self) -> QuerySet[DistributionFigure]:
        return access_facts.distribution_figures_for(self.request.user).select_related(
            "person__household", "account", "replaces"
        )

    @extend_schema(summary="Figures of required distributions", responses=DistributionFigureOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One figure", responses=DistributionFigureOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
