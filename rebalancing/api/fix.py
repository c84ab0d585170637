"""FIX sessions for programs: states, numbers and what waits; never a message or an account number."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.refusals import NotAllowed
from rebalancing.doors import fix_sessions as doors
from rebalancing.models import FixSession
from rebalancing.pages import fix_sessions


class FixSessionOut(serializers.Serializer[FixSession]):
    """One session. `to_take` and `to_send` are messages that wait; `set_aside` and `withheld` need a person."""

    public_id = words()
    name = words()
    custodian = words()
    our_comp_id = words()
    their_comp_id = words()
    host = words()
    port = serializers.IntegerField(read_only=True)
    uses_tls = serializers.BooleanField(read_only=True)
    is_enabled = serializers.BooleanField(read_only=True)
    is_wanted = serializers.BooleanField(read_only=True)
    state = serializers.ChoiceField(choices=FixSession.State.choices, read_only=True)
    epoch = serializers.IntegerField(read_only=True)
    next_out = serializers.IntegerField(read_only=True)
    next_in = serializers.IntegerField(read_only=True)
    heard_at = serializers.DateTimeField(read_only=True, allow_null=True)
    last_error = words()
    last_error_at = serializers.DateTimeField(read_only=True, allow_null=True)
    to_take = serializers.IntegerField(read_only=True)
    set_aside = serializers.IntegerField(read_only=True)
    to_send = serializers.IntegerField(read_only=True)
    withheld = serializers.IntegerField(read_only=True)
    retired_at = serializers.DateTimeField(read_only=True, allow_null=True)


class FixSessions(Things):
    """The firm's FIX sessions."""

    model = FixSession
    serializer_class = FixSessionOut
    ordering_fields = ("name",)

    def mine(self) -> QuerySet[FixSession]:
        return fix_sessions.counted(self.request.user)

    @extend_schema(summary="The firm's FIX sessions")
    def list(self, request: Request) -> Response:
        user: Any = request.user
        if not any(user.has_role(role) for role in doors.READERS):
            raise NotAllowed(doors.READERS_ONLY)
        return self.listed()

    @extend_schema(summary="One FIX session")
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
