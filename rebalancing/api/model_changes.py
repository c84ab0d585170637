"""Impact previews for programs, and where a version stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from clients.models import ModelVersion
from compliance import clock
from compliance.api import fields, transitions
from compliance.api.reading import Things
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing import access, tasks
from rebalancing.models import ImpactRun
from rebalancing.pages import model_changes as pages


class ImpactHouseholdOut(serializers.Serializer[Any]):
    household = serializers.CharField(read_only=True)
    outcome = serializers.CharField(read_only=True)
    is_new = serializers.BooleanField(read_only=True, help_text="It trades because of the version only.")
    outside_before = fields.money(allow_null=True)
    outside_after = fields.money(allow_null=True)
    traded = fields.money(allow_null=True)
    tax = fields.money(allow_null=True)
    orders = serializers.IntegerField(read_only=True, allow_null=True)
    reason = serializers.CharField(read_only=True)


class ImpactTotalsOut(serializers.Serializer[Any]):
    touched = serializers.IntegerField(read_only=True)
    newly_outside = serializers.IntegerField(read_only=True)
    new = serializers.IntegerField(read_only=True)
    proposed = serializers.IntegerField(read_only=True)
    unmeasured = serializers.IntegerField(read_only=True)
    traded = fields.money()
    traded_more = fields.money()
    tax = fields.money()
    tax_more = fields.money()


class ImpactOut(serializers.Serializer[Any]):
    """What a version would do. Dollars; totals are the firm's, households those in your scope."""

    public_id = serializers.CharField(source="run.public_id", read_only=True)
    state = serializers.CharField(source="run.state", read_only=True)
    done = serializers.IntegerField(source="progress.done", read_only=True)
    total = serializers.IntegerField(source="progress.total", read_only=True)
    is_stalled = serializers.BooleanField(source="progress.is_stalled", read_only=True)
    is_old = serializers.BooleanField(read_only=True, help_text="The draft was changed after it.")
    totals = ImpactTotalsOut(read_only=True, allow_null=True)
    households = ImpactHouseholdOut(source="rows", many=True, read_only=True)


class ModelStandingOut(serializers.Serializer[Any]):
    household = serializers.CharField(read_only=True)
    stage = serializers.CharField(read_only=True)
    reason = serializers.CharField(read_only=True)
    is_done = serializers.BooleanField(read_only=True)


class RolloutOut(serializers.Serializer[Any]):
    """Where each household in your scope stands with a version."""

    effective_on = serializers.DateField(read_only=True, allow_null=True)
    is_in_force = serializers.BooleanField(read_only=True)
    notice = serializers.CharField(read_only=True, help_text="Why nobody is measured with it, or empty.")
    done = serializers.IntegerField(read_only=True)
    households = ModelStandingOut(source="rows", many=True, read_only=True)


class ModelImpacts(Things):
    """Impact previews."""

    model = ImpactRun
    serializer_class = ImpactOut

    def mine(self) -> QuerySet[ImpactRun]:
        return access.impacts_for(self.request.user)

    @extend_schema(summary="One preview of what a model's version would do", responses=ImpactOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(_shown(request, self.get_object()))

    @extend_schema(
        summary="Preview what a model's version would do",
        request=None,
        responses={201: ImpactOut},
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def start(self, request: Request, public_id: str, version: int) -> Response:
        found = _version(request, public_id, version)
        if sentence := record.refusal_to_change_models(request.user):
            raise NotAllowed(sentence)

        def do() -> Mapping[str, Any]:
            run = tasks.preview(found, by=Actor.of(request))
            return _shown(request, run)

        return transitions.once(request, do, status=201)

    @extend_schema(summary="Where households stand with a model's version", responses=RolloutOut)
    def rollout(self, request: Request, public_id: str, version: int) -> Response:
        page = pages.show_rollout(request.user, _version(request, public_id, version), at=clock.now())
        return Response(RolloutOut(page).data)


def _shown(request: Request, run: ImpactRun) -> dict[str, Any]:
    return dict(ImpactOut(pages.show_impact(request.user, run.version, run, at=clock.now())).data)


def _version(request: Request, public_id: str, number: int) -> ModelVersion:
    model = get_object_or_404(record.models_for(request.user), public_id=public_id)
    return get_object_or_404(model.versions.select_related("model"), version=number)
