"""Confirming anew for programs that act in a person's session: bound to one digest, as in the browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from advisory.people import step_up
from compliance import clock
from compliance.api.reading import Session


class ConfirmationIn(serializers.Serializer[Any]):
    """What is confirmed, and with what: the code of a second factor, or the password of who has none."""

    about = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text="The `about` of the 403 `confirmation-needed`."
    )
    code = serializers.CharField(max_length=32, default="", allow_blank=True)
    password = serializers.CharField(max_length=200, default="", allow_blank=True)


class ConfirmationOut(serializers.Serializer[Any]):
    """A confirmation, and until when it counts."""

    about = serializers.CharField(read_only=True)
    method = serializers.CharField(read_only=True)
    until = serializers.DateTimeField(read_only=True)


class Confirmations(viewsets.ViewSet):
    """Confirmations of the session that asks."""

    authentication_classes = (Session,)
    parser_classes = (JSONParser,)

    @extend_schema(
        operation_id="confirmation",
        summary="Confirm anew that it is you, for exactly one digest",
        request=ConfirmationIn,
        responses={201: ConfirmationOut},
    )
    def act(self, request: Request) -> Response:
        asked = ConfirmationIn(data=request.data)
        asked.is_valid(raise_exception=True)
        given = {f"confirm_{name}": value for name, value in asked.validated_data.items()}
        done = step_up.confirm(request._request, given, at=clock.now())
        until = done.at + timedelta(minutes=settings.STEP_UP_MINUTES)
        return Response({"about": done.about, "method": done.method, "until": until}, status=201)


urlpatterns: list[URLPattern] = [
    path("confirmations/", Confirmations.as_view({"post": "act"}), name="confirmation"),
]
