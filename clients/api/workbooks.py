"""The firm's workbooks for programs: hand in, read the preview, confirm it, and take the record in the same layout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access, tasks
from clients.models import Workbook, WorkbookHousehold
from clients.pages.workbooks import WorkbookFilters
from clients.workbooks import taking, workbooks, writing
from clients.workbooks.opening.raw import BYTES_MAX, SPLIT, TOO_LARGE
from compliance import clock
from compliance.api import transitions
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.people.actors import Actor
from compliance.refusals import BadInput, NotAllowed


class WorkbookRow(serializers.Serializer[Workbook]):
    public_id = words()
    name = words()
    kind = words()
    state = serializers.ChoiceField(choices=Workbook.State.choices, read_only=True)
    channel = serializers.ChoiceField(choices=Workbook.Channel.choices, read_only=True)
    size = serializers.IntegerField(read_only=True)
    sha256 = words()
    preview = words("digest")
    received_at = serializers.DateTimeField(read_only=True)
    confirmed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    loaded_at = serializers.DateTimeField(read_only=True, allow_null=True)


class WorkbookFaultOut(serializers.Serializer[Any]):
    """What is wrong and the cure; without a household the whole workbook is refused."""

    sheet = words()
    row = serializers.IntegerField(read_only=True)
    column = words()
    value = words()
    rule = words()
    cure = words()
    household = words()


class WorkbookHouseholdOut(serializers.Serializer[WorkbookHousehold]):
    """What loading does to one household, in words, and what came of it."""

    code = words()
    name = words()
    result = serializers.ChoiceField(choices=WorkbookHousehold.Result.choices, read_only=True)
    state = serializers.ChoiceField(choices=WorkbookHousehold.State.choices, read_only=True)
    changes = serializers.JSONField(read_only=True)
    refusal = words()


class WorkbookOne(WorkbookRow):
    """One workbook with every household and fault."""

    firm_changes = serializers.JSONField(read_only=True)
    households = WorkbookHouseholdOut(many=True, read_only=True)
    faults = WorkbookFaultOut(many=True, read_only=True)


class WorkbookReceipt(WorkbookOne):
    """What came of handing a workbook in."""

    is_known = serializers.BooleanField(read_only=True, help_text="The same bytes were here before.")


class WorkbookIn(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True, max_length=200)


class SeenIn(serializers.Serializer[Any]):
    preview = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text="The workbook's own `preview`, as it was read."
    )


class Workbooks(Things):
    """The firm's workbooks. They hold many households at once, so only who loads them and compliance read them."""

    model = Workbook
    serializer_class = WorkbookRow
    filterset_class = WorkbookFilters
    ordering_fields = ("received_at", "name")
    parser_classes = (JSONParser,)

    def mine(self) -> QuerySet[Workbook]:
        return access.workbooks_for(self.request.user).defer("content")

    def get_parsers(self) -> Any:
        if getattr(self, "action_map", {}).get("post") == "upload":
            return [MultiPartParser()]
        return super().get_parsers()

    @extend_schema(summary="Workbooks that came in, newest first", responses=WorkbookRow(many=True))
    def list(self, request: Request) -> Response:
        _require_reader(request)
        return self.listed()

    @extend_schema(
        summary="Hand a workbook in and preview it; the same bytes twice are one workbook",
        request={"multipart/form-data": WorkbookIn},
        responses={
            201: WorkbookReceipt,
            200: OpenApiResponse(WorkbookReceipt, "The same bytes were here before."),
        },
    )
    def upload(self, request: Request) -> Response:
        _require_loader(request)
        given = WorkbookIn(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        if upload.size > BYTES_MAX:
            raise BadInput(TOO_LARGE, SPLIT)
        receipt = workbooks.receive(
            upload.read(),
            name=upload.name,
            channel=Workbook.Channel.API,
            user_id=_pk(request),
            by=Actor.of(request),
            at=clock.now(),
        )
        body = {**WorkbookOne(receipt.workbook).data, "is_known": receipt.is_known}
        return Response(body, status=200 if receipt.is_known else 201)

    @extend_schema(summary="One workbook: its preview, or what came of it", responses=WorkbookOne)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(WorkbookOne(self.get_object()).data)

    @extend_schema(
        summary="Load exactly what was previewed: each household wholly or not at all; a worker does it",
        request=SeenIn,
        responses=WorkbookOne,
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def load(self, request: Request, public_id: str) -> Response:
        workbook = self.get_object()
        _require_loader(request)
        given = SeenIn(data=request.data)
        given.is_valid(raise_exception=True)

        def do() -> Mapping[str, Any]:
            confirmed = workbooks.confirm(
                workbook,
                seen=given.validated_data["preview"],
                user_id=_pk(request),
                by=Actor.of(request),
                at=clock.now(),
            )
            return dict(WorkbookOne(confirmed).data)

        answer = transitions.once(request, do)
        tasks.load_soon()
        return answer

    @extend_schema(
        summary="Settle a workbook without loading it",
        request=None,
        responses=WorkbookOne,
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def discard(self, request: Request, public_id: str) -> Response:
        workbook = self.get_object()
        _require_loader(request)

        def do() -> Mapping[str, Any]:
            discarded = workbooks.discard(workbook, by=Actor.of(request), at=clock.now())
            return dict(WorkbookOne(discarded).data)

        return transitions.once(request, do)

    @extend_schema(
        summary="What is on record in the workbook's layout, without tax numbers, birth dates and account numbers",
        parameters=[OpenApiParameter("kind", enum=writing.FORMATS)],
        responses={
            (200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"): OpenApiTypes.BINARY,
            (200, "application/zip"): OpenApiTypes.BINARY,
        },
    )
    def record(self, request: Request) -> HttpResponse:
        _require_reader(request)
        kind = request.query_params.get("kind", "xlsx")
        households = access.workbook_households_for(request.user)
        content = taking.record_as(kind, households, by=Actor.of(request), at=clock.now())
        name = f"record.{writing.EXTENSIONS[kind]}"
        return HttpResponse(
            content,
            content_type=writing.TYPES[kind],
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store, private",
            },
        )


def _require_reader(request: Request) -> None:
    if refusal := access.refusal_to_read_workbooks(request.user):
        raise NotAllowed(refusal)


def _require_loader(request: Request) -> None:
    if refusal := access.refusal_to_load_workbooks(request.user):
        raise NotAllowed(refusal)


def _pk(request: Request) -> int:
    assert request.user.pk is not None, "every address of the API asks people to sign in first"
    return int(request.user.pk)
