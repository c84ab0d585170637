"""Custodian files for programs: hand in, look at the preview, bind, load or discard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.imports import custodian_files
from clients.models import Account, CustodianFile, FileAccount, FileChange
from clients.pages import bindings as binding_pages
from clients.pages import file_changes as changes
from clients.pages import imports as pages
from clients.pages.import_list import FileFilters
from compliance import clock
from compliance.api import fields, transitions
from compliance.api.fields import words
from compliance.api.reading import Things, asked_of
from compliance.people.actors import Actor
from compliance.refusals import Conflict, NotAllowed


class FileRow(serializers.Serializer[CustodianFile]):
    public_id = words()
    name = words()
    layout = words()
    custodian = words()
    as_of_on = serializers.DateField(read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=CustodianFile.State.choices, read_only=True)
    channel = serializers.ChoiceField(choices=CustodianFile.Channel.choices, read_only=True)
    size = serializers.IntegerField(read_only=True)
    sha256 = words()
    received_at = serializers.DateTimeField(read_only=True)
    loaded_at = serializers.DateTimeField(read_only=True, allow_null=True)


class KindCountOut(serializers.Serializer[pages.KindCount]):
    """Rows of one kind; null where nothing could be compared."""

    kind = words()
    new = serializers.IntegerField(read_only=True, allow_null=True)
    changed = serializers.IntegerField(read_only=True, allow_null=True)
    unchanged = serializers.IntegerField(read_only=True, allow_null=True)
    disappeared = serializers.IntegerField(read_only=True, allow_null=True)


class FileAccountOut(serializers.Serializer[pages.AccountBlock]):
    """An account as the file names it, and what loading would do to ours."""

    mask = words()
    label = words()  # type: ignore[assignment]  # The file's name for it, not the field's.
    account_name = words("account")
    number_last4 = words("last4")
    household_name = words("household")
    state = serializers.ChoiceField(choices=FileAccount.State.choices, read_only=True)
    counts = KindCountOut(many=True, read_only=True)
    cannot_bind = words()


class FaultOut(serializers.Serializer[pages.FaultRow]):
    file = words()
    line = serializers.IntegerField(read_only=True)
    column = words()
    value = words()
    rule = words()
    how_to_fix = words()


class TotalOut(serializers.Serializer[pages.TotalRow]):
    caption = words()
    stated = fields.dollars()
    summed = fields.dollars()
    gap = fields.dollars()


class FileOne(serializers.Serializer[pages.DetailPage]):
    """One file as its page shows it: its preview while it waits, its receipt once it is loaded."""

    public_id = words("reference")
    name = words()
    heading = words()
    lead = words()
    state = serializers.ChoiceField(choices=CustodianFile.State.choices, read_only=True)
    layout = words()
    custodian = words()
    as_of_on = serializers.DateField(read_only=True, allow_null=True)
    received_at = serializers.DateTimeField(read_only=True)
    received_by = words()
    channel = words()
    size = serializers.IntegerField(read_only=True)
    sha256 = words("digest")
    settled_at = serializers.DateTimeField(read_only=True, allow_null=True)
    settled_by = words()
    accounts = FileAccountOut(many=True, read_only=True)
    faults = FaultOut(many=True, read_only=True)
    faults_left_off = serializers.IntegerField(read_only=True)
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)
    totals = TotalOut(many=True, read_only=True)
    questions = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="What must be confirmed before loading."
    )
    confirm = words()
    refusal_to_import = serializers.CharField(read_only=True, allow_null=True)
    undone = serializers.CharField(read_only=True, help_text="Who undid it, when and why; empty: nobody.")


class FileReceipt(FileOne):
    """What came of handing a file in."""

    is_known = serializers.BooleanField(read_only=True, help_text="The same bytes were here before.")


class FileChangeOut(serializers.Serializer[Any]):
    """One row that loading the file made, changed or removed."""

    table = words()
    row = serializers.IntegerField(read_only=True)
    what = words()
    account = words()
    kind = words()
    details = words()


class BindingChoiceOut(serializers.Serializer[Any]):
    account = words("value")
    label = words()  # type: ignore[assignment]  # The account's name, not the field's.
    evidence = words()
    is_proposed = serializers.BooleanField(read_only=True)


class BindingOfferOut(serializers.Serializer[Any]):
    """An unbound account of the file, and the accounts it most likely means."""

    mask = words("file_account.mask")
    label = words("file_account.label")  # type: ignore[assignment]  # The file's name for it.
    choices = BindingChoiceOut(many=True, read_only=True)
    cannot_bind = words()


class UploadIn(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True, max_length=200)


class BindingIn(serializers.Serializer[Any]):
    mask = serializers.CharField(max_length=40, help_text="As the file prints it.")
    label = serializers.CharField(  # type: ignore[assignment]  # The file's name for it, not the field's.
        max_length=120, default="", allow_blank=True
    )
    account = serializers.CharField(max_length=32, help_text="The public id of our account.")


class LoadIn(serializers.Serializer[Any]):
    confirm = serializers.CharField(
        max_length=16,
        default="",
        allow_blank=True,
        help_text="The file's own `confirm`, once somebody looked at its questions.",
    )


class Files(Things):
    """Custodian files. They hold many households at once, so only the desk and compliance read them."""

    model = CustodianFile
    serializer_class = FileRow
    filterset_class = FileFilters
    ordering_fields = ("received_at", "as_of_on", "name")
    parser_classes = (JSONParser,)

    def mine(self) -> QuerySet[CustodianFile]:
        return (
            access.files_for(self.request.user)
            .defer("content")
            .select_related("received_by", "loaded_by", "undone_by")
        )

    def get_parsers(self) -> Any:
        if getattr(self, "action_map", {}).get("post") == "upload":
            return [MultiPartParser()]
        return super().get_parsers()

    @extend_schema(summary="Files that came in, newest first", responses=FileRow(many=True))
    def list(self, request: Request) -> Response:
        if refusal := access.refusal_to_read_files(request.user):
            raise NotAllowed(refusal)
        return self.listed()

    @extend_schema(
        summary="Hand a file in; the same bytes twice are one file",
        request={"multipart/form-data": UploadIn},
        responses={201: FileReceipt, 200: OpenApiResponse(FileReceipt, "The same bytes were here before.")},
    )
    def upload(self, request: Request) -> Response:
        _require_trader(request)
        given = UploadIn(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        if upload.size > custodian_files.SIZE_MAX:
            raise custodian_files.too_large(upload.size)
        receipt = custodian_files.receive(
            upload.read(),
            name=upload.name,
            channel=CustodianFile.Channel.API,
            user_id=_pk(request),
            by=Actor.of(request),
            at=clock.now(),
        )
        body = {**_shown(request, receipt.file), "is_known": receipt.is_known}
        return Response(body, status=200 if receipt.is_known else 201)

    @extend_schema(summary="One file: its preview, its receipt, or what is wrong with it", responses=FileOne)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(_shown(request, self.get_object()))

    @extend_schema(
        summary="Say which account a masked number means",
        request=BindingIn,
        responses=FileOne,
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def bind(self, request: Request, public_id: str) -> Response:
        file = self.get_object()
        _require_trader(request)
        given = BindingIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        row = _named(file, mask=asked["mask"], label=asked["label"])
        at_custodian = access.accounts_for(request.user).filter(custodian=file.custodian, closed_on=None)
        account: Account = get_object_or_404(at_custodian, public_id=asked["account"])

        def do() -> Mapping[str, Any]:
            block = next(
                one
                for one in pages.import_detail(request.user, file, at=clock.now()).accounts
                if (one.mask, one.label) == (row.mask, row.label)
            )
            if not block.may_bind:
                raise Conflict(
                    block.cannot_bind or "This number does not wait to be bound.", "Read the file again."
                )
            bound = custodian_files.bind(
                row, account=account, user_id=_pk(request), by=Actor.of(request), at=clock.now()
            )
            return _shown(request, bound)

        return transitions.once(request, do)

    @extend_schema(
        summary="Take a previewed file into the record: each account wholly or not at all",
        request=LoadIn,
        responses=FileOne,
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def load(self, request: Request, public_id: str) -> Response:
        file = self.get_object()
        _require_trader(request)
        given = LoadIn(data=request.data)
        given.is_valid(raise_exception=True)

        def do() -> Mapping[str, Any]:
            loaded = custodian_files.load(
                file,
                confirmed=given.validated_data["confirm"],
                user_id=_pk(request),
                by=Actor.of(request),
                at=clock.now(),
            )
            return _shown(request, loaded)

        return transitions.once(request, do)

    @extend_schema(
        summary="Settle a file without loading it",
        request=None,
        responses=FileOne,
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def discard(self, request: Request, public_id: str) -> Response:
        file = self.get_object()
        _require_trader(request)

        def do() -> Mapping[str, Any]:
            return _shown(request, custodian_files.discard(file, by=Actor.of(request), at=clock.now()))

        return transitions.once(request, do)

    @extend_schema(
        summary="The accounts to bind, and which of ours each most likely means",
        responses=BindingOfferOut(many=True),
        filters=False,
    )
    def bindings(self, request: Request, public_id: str) -> Response:
        file = get_object_or_404(self.mine(), public_id=public_id)
        _require_trader(request)
        rows = binding_pages.show(request.user, public_id=file.public_id).rows
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(BindingOfferOut(page, many=True).data)

    @extend_schema(
        summary="The rows that loading the file made, changed and removed",
        responses=FileChangeOut(many=True),
        parameters=[
            OpenApiParameter("table", str, enum=[table for table, _ in changes.TABLES]),
            OpenApiParameter("kind", str, enum=FileChange.Kind.values),
        ],
        filters=False,
    )
    def changes(self, request: Request, public_id: str) -> Response:
        file = get_object_or_404(self.mine(), public_id=public_id)
        asked = asked_of(changes.KIND, request)
        page = self.paginate_queryset(asked.narrowed(file.changes.all()))
        return self.get_paginated_response(FileChangeOut(list(changes.told(page or [])), many=True).data)

    @extend_schema(
        summary="The file's rows with what is wrong beside each",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def rows(self, request: Request, public_id: str) -> HttpResponse:
        file = self.get_object()
        told = custodian_files.rows_with_faults(file, by=Actor.of(request), at=clock.now())
        return HttpResponse(
            told,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{file.public_id}-rows.csv"'},
        )


def _shown(request: Request, file: CustodianFile) -> dict[str, Any]:
    return dict(FileOne(pages.import_detail(request.user, file, at=clock.now())).data)


def _named(file: CustodianFile, *, mask: str, label: str) -> FileAccount:
    """The account that a file names so. Two masks may look alike; then only a person can tell them apart."""
    rows = list(file.accounts.filter(mask=mask, label=label)[:2])
    if not rows:
        raise Http404
    if len(rows) > 1:
        raise Conflict("Two accounts of this file look like that.", "Bind them on the file's page.")
    return rows[0]


def _pk(request: Request) -> int:
    assert request.user.pk is not None, "every address of the API asks people to sign in first"
    return int(request.user.pk)


def _require_trader(request: Request) -> None:
    if refusal := access.refusal_to_import(request.user):
        raise NotAllowed(refusal)
