"""The firm's settings for programs: what is in force on a day, and every version. Changes go through the doors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.db.models import QuerySet
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import access, clock
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.doors.settings import page
from compliance.firm import catalog, firm_settings
from compliance.models import SettingVersion

if TYPE_CHECKING:
    from compliance.people.roles import Person


class SettingOut(serializers.Serializer[page.SettingRow]):
    """One setting in force. `value` is its exact text, `shown` the same in words; fractions are fractions of one."""

    code = words("setting.code")
    name = words("setting.name")
    group = words("setting.group")
    kind = words("setting.kind")
    unit = words("setting.unit")
    value = words("text")
    shown = words("value")
    shipped = words()
    is_changed = serializers.BooleanField(read_only=True)
    bounds = words("setting.bounds")
    help = words("setting.help")


class InForceOut(serializers.Serializer[Any]):
    """The settings of a day; `version` is the last one in effect, 0 while all is as shipped."""

    on = serializers.DateField(read_only=True)
    version = serializers.IntegerField(read_only=True)
    settings = SettingOut(many=True, read_only=True)


class DifferenceOut(serializers.Serializer[Any]):
    code = words("setting.code")
    name = words("setting.name")
    before = words()
    after = words()


class SettingVersionOut(serializers.Serializer[page.VersionRow]):
    """One version and what it changed."""

    public_id = words("version.public_id")
    number = serializers.IntegerField(source="version.number", read_only=True)
    group = words("version.group")
    effective_on = serializers.DateField(source="version.effective_on", read_only=True)
    reason = words("version.reason")
    asked_by = words("version.asked_by_label")
    approved_by = words("version.approved_by_label")
    approved_at = serializers.DateTimeField(source="version.approved_at", read_only=True)
    is_alone = serializers.BooleanField(source="version.is_alone", read_only=True)
    differences = DifferenceOut(many=True, read_only=True)


class Settings(Things):
    """The firm's settings."""

    model = SettingVersion
    serializer_class = InForceOut
    filter_backends = ()
    pagination_class = None

    def mine(self) -> QuerySet[Any]:
        return _readable(self.request)

    @extend_schema(
        summary="The firm's settings in force on a day",
        parameters=[OpenApiParameter("on", str, description="A day such as 2027-01-04; today if left out.")],
        responses=forced_singular_serializer(InForceOut),
    )
    def list(self, request: Request) -> Response:
        today = clock.now().astimezone(clock.EASTERN).date()
        asked = request.query_params.get("on")
        try:
            on = serializers.DateField().to_internal_value(asked) if asked else today
        except ValidationError as wrong:
            raise ValidationError({"on": wrong.detail}) from None
        present = firm_settings.folded(self.get_queryset(), on=on)
        rows = [page.row_of(setting, present) for setting in catalog.SETTINGS]
        return Response(InForceOut({"on": on, "version": present.version, "settings": rows}).data)


class SettingVersions(Things):
    """Every version of the firm's settings, the newest first."""

    model = SettingVersion
    serializer_class = SettingVersionOut
    filter_backends = ()

    def mine(self) -> QuerySet[Any]:
        return _readable(self.request)

    @extend_schema(summary="Every version of the firm's settings")
    def list(self, request: Request) -> Response:
        known = list(self.get_queryset())
        today = clock.now().astimezone(clock.EASTERN).date()
        newest = self.paginate_queryset(sorted(known, key=lambda one: -one.number))
        rows = [page.version_row(one, known, _person(request), on=today) for one in newest or ()]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


def _readable(request: Request) -> QuerySet[SettingVersion]:
    access.require_member(_person(request))
    return access.setting_versions_for(_person(request))


def _person(request: Request) -> Person:
    return cast("Person", request.user)
