"""Scans and readings for programs: what was looked at, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import clock
from compliance.api import fields, transitions
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing import access, tasks
from rebalancing.models import Reading, ScanRun
from rebalancing.pages.lists.record import RecordFilters
from rebalancing.pages.lists.scans import ScanFilters
from rebalancing.scans import scans


class ScanRow(serializers.Serializer[ScanRun]):
    public_id = words()
    scan = serializers.ChoiceField(choices=ScanRun.Scan.choices, read_only=True)
    market_on = serializers.DateField(read_only=True)
    sequence = serializers.IntegerField(read_only=True)
    state = serializers.ChoiceField(choices=ScanRun.State.choices, read_only=True)
    started_at = serializers.DateTimeField(read_only=True)
    finished_at = serializers.DateTimeField(read_only=True, allow_null=True)
    code_version = words()


class ProgressOut(serializers.Serializer[Any]):
    """Households by state, straight from the queue of record."""

    waiting = serializers.IntegerField(read_only=True)
    leased = serializers.IntegerField(read_only=True)
    done = serializers.IntegerField(read_only=True)
    failed = serializers.IntegerField(read_only=True)
    skipped = serializers.IntegerField(read_only=True)


class ScanOne(ScanRow):
    progress = ProgressOut(read_only=True)
    is_stalled = serializers.BooleanField(read_only=True)


class Scans(Things):
    """Scan runs."""

    model = ScanRun
    serializer_class = ScanRow
    one_serializer_class = ScanOne
    filterset_class = ScanFilters
    ordering_fields = ("market_on", "started_at")
    parser_classes = (JSONParser,)

    def mine(self) -> QuerySet[ScanRun]:
        return access.scans_for(self.request.user)

    @extend_schema(summary="Scan runs, newest first", responses=ScanRow(many=True))
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One scan run and how far it is", responses=ScanOne)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(_shown(self.get_object()))

    @extend_schema(
        summary="Start a scan of the latest closing prices",
        request=None,
        responses={201: ScanOne},
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def start(self, request: Request) -> Response:
        _require_scanner(request)

        def do() -> Mapping[str, Any]:
            run = tasks.start(scan=ScanRun.Scan.REQUESTED, by=Actor.of(request), user_id=request.user.pk)
            return _shown(run)

        return transitions.once(request, do, status=201)

    @extend_schema(
        summary="Stop a scan after the households it is reading",
        request=None,
        responses=ScanOne,
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def cancel(self, request: Request, public_id: str) -> Response:
        run = self.get_object()
        _require_scanner(request)

        def do() -> Mapping[str, Any]:
            scans.cancel(run, by=Actor.of(request), at=clock.now())
            run.refresh_from_db()
            return _shown(run)

        return transitions.once(request, do)


class MeasureOut(serializers.Serializer[Any]):
    """One class of a reading; weights are fractions of one in decimal text."""

    account = serializers.CharField(read_only=True, allow_null=True)
    asset_class = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    value = serializers.CharField(read_only=True)
    weight = serializers.CharField(read_only=True)
    target = serializers.CharField(read_only=True)
    lower = serializers.CharField(read_only=True)
    upper = serializers.CharField(read_only=True)
    drift = serializers.CharField(read_only=True)
    is_breached = serializers.BooleanField(read_only=True)
    in_policy = serializers.BooleanField(
        read_only=True, help_text="Absent in readings from before it was kept."
    )


class AccountWeightsOut(serializers.Serializer[Any]):
    """What an account weighs by itself where the policy measures the household as one, for information."""

    account = serializers.CharField(read_only=True)
    value = serializers.CharField(read_only=True)
    weights = serializers.DictField(child=serializers.CharField(), read_only=True)


class SaidOut(serializers.Serializer[Any]):
    code = serializers.CharField(read_only=True)
    sentence = serializers.CharField(read_only=True)


class ReadingOut(serializers.Serializer[Reading]):
    """What a scan saw of one household, and what was done about it, with the reason."""

    public_id = words()
    scan = words("run.public_id")
    household = words("household.public_id")
    household_name = words("household.name")
    outcome = serializers.ChoiceField(choices=Reading.Outcome.choices, read_only=True)
    reason = words()
    value = fields.money(allow_null=True)
    worst_class = words()
    worst_drift = fields.weight(allow_null=True)
    outside_value = fields.money(allow_null=True)
    measures = MeasureOut(many=True, read_only=True)
    account_weights = AccountWeightsOut(many=True, read_only=True)
    market_on = serializers.DateField(source="run.market_on", read_only=True)
    triggers = SaidOut(many=True, read_only=True)
    holds = SaidOut(many=True, read_only=True)
    looked = serializers.JSONField(
        read_only=True,
        help_text="What was looked at and asked: policy, model, days of holdings, each trigger and each hold by its code. "
        "Empty in readings from before it was kept.",
    )
    input_digest = words()
    prices_as_of_on = serializers.DateField(read_only=True, allow_null=True)
    read_at = serializers.DateTimeField(read_only=True)
    proposal = serializers.SerializerMethodField()

    def get_proposal(self, reading: Reading) -> str | None:
        proposal = getattr(reading, "proposal", None)
        return proposal.public_id if proposal else None


class Readings(Things):
    """Readings of the households in your scope."""

    model = Reading
    serializer_class = ReadingOut
    filterset_class = RecordFilters
    ordering_fields = ("read_at", "worst_drift", "outside_value", "value")

    def mine(self) -> QuerySet[Reading]:
        return access.readings_for(self.request.user).select_related("run", "household", "proposal")

    @extend_schema(summary="Readings you may see, newest first")
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One reading")
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


def _shown(run: ScanRun) -> dict[str, Any]:
    told: Any = run
    told.progress = scans.progress(run)
    told.is_stalled = scans.is_stalled(run, at=clock.now())
    return dict(ScanOne(told).data)


def _require_scanner(request: Request) -> None:
    if refusal := access.refusal_to_scan(request.user):
        raise NotAllowed(refusal)
