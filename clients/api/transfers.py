"""Transfers in kind for programs."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients.models import Transfer
from clients.pages.lists import transfers
from compliance.api.fields import words
from compliance.api.reading import Things


class TransferOut(serializers.Serializer[Transfer]):
    """A transfer; an account that is null is at the other firm, `elsewhere`."""

    public_id = words()
    kind = serializers.ChoiceField(choices=Transfer.Kind.choices, read_only=True)
    household = words("household.public_id")
    from_account = words("from_account.public_id", allow_null=True, default=None)
    to_account = words("to_account.public_id", allow_null=True, default=None)
    elsewhere = words()
    symbol = words("security.symbol")
    shares = serializers.DecimalField(max_digits=20, decimal_places=6, read_only=True)
    value = serializers.DecimalField(
        max_digits=18, decimal_places=6, read_only=True, allow_null=True,
        help_text="Of a distribution: dollars a share on its day; null: our closing price.",
    )  # fmt: skip
    state = serializers.ChoiceField(choices=Transfer.State.choices, read_only=True)
    expected_on = serializers.DateField(read_only=True, allow_null=True)
    left_on = serializers.DateField(read_only=True, allow_null=True)
    arrived_on = serializers.DateField(read_only=True, allow_null=True)
    basis_due_on = serializers.DateField(read_only=True, allow_null=True)
    basis_known_on = serializers.DateField(read_only=True, allow_null=True)
    document = words()
    entered_at = serializers.DateTimeField(read_only=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()


class Transfers(Things):
    """Transfers in kind of the households you may see."""

    model = Transfer
    serializer_class = TransferOut
    filterset_class = transfers.TRANSFERS.kind.filters
    ordering_fields = ("expected_on", "entered_at")

    def mine(self) -> QuerySet[Transfer]:
        return transfers.mine(self.request.user)

    @extend_schema(summary="Transfers in kind", responses=TransferOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One transfer in kind", responses=TransferOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
