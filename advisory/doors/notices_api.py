"""Notifications for programs: what happened, by ids."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from advisory.desk import notices
from advisory.people import notice_choices
from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Filters, Things, TrailPages
from compliance.models import AuditEvent
from compliance.refusals import NotAllowed


class NoticeOut(serializers.Serializer[AuditEvent]):
    """One thing that happened, and whether its reader has marked it as read."""

    seq = serializers.IntegerField(read_only=True)
    action = words()
    about_kind = words()
    about_id = words()
    household_ref = words()
    stated_at = serializers.DateTimeField(read_only=True)
    is_new = serializers.SerializerMethodField()

    def get_is_new(self, event: Any) -> bool:
        return bool(event.seq > event.read_up_to)


class Notices(Things):
    """One's own notifications of the last 30 days."""

    model = AuditEvent
    serializer_class = NoticeOut
    pagination_class = TrailPages
    filter_backends = (Filters,)

    def mine(self) -> QuerySet[Any]:
        return notices.events_for(self.request.user, at=clock.now())

    @extend_schema(summary="What others did that concerns you, the newest first")
    def list(self, request: Request) -> Response:
        if sentence := notice_choices.refusal_to_have(request.user):
            raise NotAllowed(sentence)
        return self.listed()


urlpatterns: list[URLPattern | URLResolver] = [
    path("notices/", Notices.as_view({"get": "list"}), name="notice-list"),
]
