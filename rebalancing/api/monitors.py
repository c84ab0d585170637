"""The alarms of the monitors for programs."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.fields import words
from compliance.api.reading import Things
from rebalancing import access
from rebalancing.models import Acknowledgement, Alarm
from rebalancing.pages.lists.alarms import AlarmFilters


class AcknowledgementOut(serializers.Serializer[Acknowledgement]):
    """A person's answer to an alarm."""

    public_id = words()
    reason = words()
    until_on = serializers.DateField(read_only=True, allow_null=True)
    given_by = words("given_by.get_full_name")
    given_at = serializers.DateTimeField(read_only=True)
    withdrawn_at = serializers.DateTimeField(read_only=True, allow_null=True)
    withdraw_reason = words()


class AlarmOut(serializers.Serializer[Alarm]):
    """What a monitor found; `ended_on` is null while its cause is there. `figures` are the facts it compared, as text."""

    public_id = words()
    monitor = serializers.ChoiceField(choices=Alarm.Monitor.choices, read_only=True)
    household = words("household.public_id")
    household_name = words("household.name")
    about = words()
    sentence = words()
    figures = serializers.DictField(child=serializers.CharField(allow_null=True), read_only=True)
    first_on = serializers.DateField(read_only=True)
    last_on = serializers.DateField(read_only=True)
    ended_on = serializers.DateField(read_only=True, allow_null=True)
    acknowledgements = AcknowledgementOut(many=True, read_only=True)


class Alarms(Things):
    """Alarms about the households in your scope."""

    model = Alarm
    serializer_class = AlarmOut
    filterset_class = AlarmFilters
    ordering_fields = ("first_on", "monitor")

    def mine(self) -> QuerySet[Alarm]:
        found = access.alarms_for(self.request.user).select_related("household")
        return found.prefetch_related("acknowledgements__given_by")

    @extend_schema(summary="What the monitors found in your households")
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(summary="One alarm with its answers")
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
