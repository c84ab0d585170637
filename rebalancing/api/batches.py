"""Order batches for programs: what was released, how the lots reach the custodian, and the files."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import clock
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing import access
from rebalancing.execution import orders
from rebalancing.models import BatchFile, Order, OrderBatch, OrderLot, ProposedOrder


class BatchRow(serializers.Serializer[OrderBatch]):
    public_id = words()
    proposal = words("revision.proposal.public_id")
    household = words("revision.proposal.household.public_id")
    revision = serializers.IntegerField(source="revision.number", read_only=True)
    approval = words("approval.public_id")
    fingerprint = words()
    state = serializers.ChoiceField(choices=OrderBatch.State.choices, read_only=True)
    released_at = serializers.DateTimeField(read_only=True)
    released_by = words()


class OrderLotOut(serializers.Serializer[OrderLot]):
    """The lot instruction of a sale."""

    lot = words("lot.public_id")
    quantity = fields.shares()
    acquired_on = serializers.DateField(read_only=True, allow_null=True)
    unit_cost = fields.price(allow_null=True)
    term = words()


class OrderOut(serializers.Serializer[Order]):
    public_id = words()
    reference = words()
    account = words("account.public_id")
    number_last4 = words("account.number_last4")
    custodian = words("account.custodian")
    side = serializers.ChoiceField(choices=ProposedOrder.Side.choices, read_only=True)
    symbol = words("security.symbol")
    quantity = fields.shares()
    order_type = words()
    limit_price = fields.price(allow_null=True)
    time_in_force = words()
    state = serializers.ChoiceField(choices=Order.State.choices, read_only=True)
    filled_quantity = fields.shares()
    leaves_quantity = fields.shares()
    average_price = fields.price(allow_null=True)
    end_reason = words()
    recommended_by = words()
    placed_by = words()
    is_discretionary = serializers.BooleanField(read_only=True)
    lots = OrderLotOut(many=True, read_only=True)


class DeliveryOut(serializers.Serializer[orders.Delivery]):
    """How lots reach a custodian, and the warning where they do not go by file."""

    custodian = words()
    by_file = serializers.BooleanField(read_only=True)
    how = words()
    warning = words()


class BatchFileOut(serializers.Serializer[BatchFile]):
    """A file of the batch; its content holds whole account numbers and is fetched by itself."""

    name = words()
    kind = serializers.ChoiceField(choices=BatchFile.Kind.choices, read_only=True)
    custodian = words()
    sha256 = words()
    made_at = serializers.DateTimeField(read_only=True, allow_null=True)


class BatchOne(BatchRow):
    allocation_statement = words()
    allocation_written_at = serializers.DateTimeField(read_only=True, allow_null=True)
    orders = OrderOut(many=True, read_only=True)
    deliveries = DeliveryOut(many=True, read_only=True)
    files = BatchFileOut(many=True, read_only=True)


class BatchFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=OrderBatch.State.choices)
    household = django_filters.CharFilter(field_name="revision__proposal__household__public_id")
    proposal = django_filters.CharFilter(field_name="revision__proposal__public_id")


class Batches(Things):
    """Order batches of the households in your scope. They are released at the proposal's address."""

    model = OrderBatch
    serializer_class = BatchRow
    filterset_class = BatchFilters
    ordering_fields = ("released_at",)

    def mine(self) -> QuerySet[OrderBatch]:
        return access.batches_for(self.request.user).select_related(
            "revision__proposal__household", "approval", "released_by"
        )

    @extend_schema(summary="Order batches you may see, newest first")
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One batch with its orders, lot instructions and files", responses=BatchOne)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(shown(self.get_object()))

    @extend_schema(
        summary="Take one file of the batch out, byte for byte: its orders count as exported then",
        request=None,
        responses={(200, "text/csv"): OpenApiTypes.STR},
        parameters=[OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH)],
    )
    def file(self, request: Request, public_id: str, name: str) -> HttpResponse:
        batch = self.get_object()
        if refusal := access.refusal_to_take_out(request.user):
            raise NotAllowed(refusal)
        found = get_object_or_404(batch.files, name=name)
        orders.mark_exported(found, by=Actor.of(request), at=clock.now())
        return HttpResponse(
            found.content,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{found.name}"'},
        )


def shown(batch: OrderBatch) -> dict[str, Any]:
    """A batch as one document."""
    told: Any = (
        OrderBatch._default_manager.select_related("revision__proposal__household", "approval", "released_by")
        .prefetch_related("orders__account", "orders__security", "orders__placed_by", "orders__lots__lot")
        .get(pk=batch.pk)
    )
    told.deliveries = orders.deliveries(batch)
    # Not their content: it is encrypted, long, and holds whole account numbers.
    told._prefetched_objects_cache["files"] = batch.files.defer("content")
    return dict(BatchOne(told).data)
