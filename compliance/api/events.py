"""The audit trail in the API: the events a person may read, and the state of the chain."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import access, clock
from compliance.actions import Action
from compliance.api import transitions
from compliance.api.fields import words
from compliance.api.reading import Filters, Things, TrailPages
from compliance.audit_trail import audit
from compliance.lists.events import EventFilters
from compliance.models import AuditEvent
from compliance.pages.trail import chain_state
from compliance.people.actors import Actor


class EventOut(serializers.Serializer[AuditEvent]):
    """One thing that happened. `hash` covers every part of it and the event before."""

    seq = serializers.IntegerField(read_only=True)
    occurred_at = serializers.DateTimeField(read_only=True)
    stated_at = serializers.DateTimeField(read_only=True)
    action = serializers.ChoiceField(choices=Action.choices, read_only=True)
    actor_kind = words()
    actor = words("actor_label")
    roles = serializers.SerializerMethodField()
    mfa_method = words()
    request_id = words()
    about_kind = words()
    about_id = words()
    household = words("household_ref")
    facts = serializers.SerializerMethodField()
    prev_hash = words()
    hash = words()

    def get_roles(self, event: AuditEvent) -> list[str]:
        return [role for role in event.roles.split(",") if role]

    def get_facts(self, event: AuditEvent) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(event.facts)
        return told


class ChainOut(serializers.Serializer[Any]):
    """What the last check of the trail found."""

    sentence = words()
    tone = words()
    first_bad_seq = serializers.IntegerField(read_only=True, allow_null=True)


class Events(Things):
    """The audit trail, newest first."""

    model = AuditEvent
    lookup_field = "seq"
    serializer_class = EventOut
    pagination_class = TrailPages
    filter_backends = (Filters,)
    filterset_class = EventFilters
    parser_classes = (JSONParser,)

    def household_refs(self) -> Collection[str]:
        """The households in this person's book; supplied by the floor above, which knows books."""
        return ()

    def mine(self) -> QuerySet[AuditEvent]:
        access.require_staff(self.request.user)  # type: ignore[arg-type]
        found: QuerySet[AuditEvent] = access.events_for(
            self.request.user,  # type: ignore[arg-type]
            household_refs=self.household_refs(),
        )
        return found

    @extend_schema(summary="Audit events you may read, newest first")
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One audit event; reading it is recorded on the trail")
    def retrieve(self, request: Request, seq: int) -> Response:
        event = self.get_object()
        about = audit.Ref("auditevent", str(event.seq), event.household_ref)
        with transaction.atomic():
            audit.record(audit.Action.EVENT_VIEWED, about=about, by=Actor.of(request), at=clock.now())
        return Response(EventOut(event).data)

    @extend_schema(summary="What the last check of the trail found", responses=ChainOut)
    def chain(self, request: Request) -> Response:
        access.require_staff(request.user)  # type: ignore[arg-type]
        return Response(ChainOut(chain_state(at=clock.now())).data)

    @extend_schema(
        summary="Check the whole trail now",
        request=None,
        responses=ChainOut,
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def verify(self, request: Request) -> Response:
        access.require_compliance(request.user)  # type: ignore[arg-type]

        def do() -> Mapping[str, Any]:
            at = clock.now()
            audit.verify_and_record(by=Actor.of(request), at=at)
            return ChainOut(chain_state(at=at)).data

        return transitions.once(request, do)
