"""The firm's restricted and watch lists for programs; doors add, change and lift entries."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.pages.firm_list import FirmListFilters
from compliance.access import require_compliance
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.models import ListKind, RestrictedIssuer


class RestrictedIssuerOut(serializers.Serializer[RestrictedIssuer]):
    public_id = words()
    issuer = words()
    list_kind = serializers.ChoiceField(choices=ListKind.choices, read_only=True, source="kind")
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)
    reason = words()
    placed_by = words("placed_by_label")
    placed_at = serializers.DateTimeField(read_only=True)
    lifted_at = serializers.DateTimeField(read_only=True, allow_null=True)
    lifted_reason = words()


class FirmList(Things):
    """Issuers that the firm does not trade, or trades only with an override; lifted entries too."""

    model = RestrictedIssuer
    serializer_class = RestrictedIssuerOut
    filterset_class = FirmListFilters
    ordering_fields = ("issuer", "starts_on")

    def mine(self) -> QuerySet[RestrictedIssuer]:
        return access.firm_list_for(self.request.user).order_by("issuer", "pk")

    @extend_schema(
        summary="Issuers on the restricted and watch lists", responses=RestrictedIssuerOut(many=True)
    )
    def list(self, request: Request) -> Response:
        require_compliance(request.user)  # type: ignore[arg-type]  # The firm's own user model provides Person.
        return self.listed()
