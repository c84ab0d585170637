"""Corporate actions for programs: rows as they were announced, and what one does to the lots on record."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access, access_registers
from clients.api.registers import EnteredOut, endpoint
from clients.corporate_actions import agreeing, previews
from clients.corporate_actions.effects import Holding
from clients.models import CorporateAction
from clients.pages import corporate_actions
from compliance.api.fields import words
from compliance.api.reading import Things


def _text(value: Any) -> str | None:
    return None if value is None else f"{value:f}"


def _figure(places: int = 6, **options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=20, decimal_places=places, read_only=True, allow_null=True, **options
    )


class CorporateActionOut(EnteredOut):
    symbol = words("security.symbol")
    kind = serializers.ChoiceField(choices=CorporateAction.Kind.choices, read_only=True)
    effective_on = serializers.DateField(read_only=True, allow_null=True)
    shares_new = _figure(help_text="New shares for so many old ones; null: no ratio.")
    shares_old = _figure()
    cash = _figure(help_text="Dollars for each old share.")
    new_security = words("new_security.symbol", allow_null=True, default=None)
    new_symbol = words()
    new_cusip = words()
    basis_share = _figure(10, help_text="The new security's part of the basis, as a fraction.")
    value = _figure(help_text="Dollars a new share on the effective day.")
    lieu_price = _figure(help_text="Dollars a share paid in place of fractions.")
    is_taxable = serializers.BooleanField(read_only=True)
    is_agreed = serializers.SerializerMethodField(help_text="Whether two people agreed to it.")
    announced_in = words("source")

    def get_is_agreed(self, row: CorporateAction) -> bool:
        return agreeing.is_agreed(row)


class HoldingOut(serializers.Serializer[Any]):
    shares = words()
    basis = words(allow_null=True)
    acquired_on = serializers.DateField(allow_null=True, read_only=True)


class ReachedOut(serializers.Serializer[Any]):
    account = words()
    lot = words()
    before = HoldingOut(read_only=True)
    kept = HoldingOut(read_only=True, allow_null=True)
    received = HoldingOut(read_only=True, allow_null=True)
    cash = words()
    gain = words(allow_null=True, help_text="Recognized now; null: a figure is not known.")


Rows = endpoint(
    corporate_actions.ACTIONS, CorporateActionOut, ordered=("effective_on",), single="One corporate action"
)


class Lots(Things):
    """What a corporate action does to every lot on record that one may see."""

    model = CorporateAction
    serializer_class = ReachedOut
    pagination_class = None

    def mine(self) -> QuerySet[Any]:
        return access_registers.corporate_actions_for(self.request.user)

    @extend_schema(summary="What a corporate action does to lots", responses=ReachedOut(many=True))
    def lots(self, request: Request, public_id: str) -> Response:
        row = self.get_object()
        found = previews.reached(row, access.lots_of_the_desk(request.user)) if row.ended_at is None else ()
        return Response(
            [
                {
                    "account": one.account.public_id,
                    "lot": one.lot.public_id,
                    "before": _holding(Holding(one.lot.quantity, one.lot.basis, one.lot.acquired_on)),
                    "kept": _holding(one.effect.kept),
                    "received": _holding(one.effect.received),
                    "cash": _text(one.effect.cash),
                    "gain": _text(one.effect.gain),
                }
                for one in found
            ]
        )


def _holding(one: Holding | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"shares": _text(one.shares), "basis": _text(one.basis), "acquired_on": one.acquired_on}
