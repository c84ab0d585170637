"""Webhooks for programs in a person's session: listed without secrets, with the log of what was sent."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from advisory.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from advisory.outward import deliveries, messages, webhook_page, webhooks
from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed


class WebhookFilters(django_filters.FilterSet):
    """Webhooks that have not been retired."""

    is_retired = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull", exclude=True)


class DeliveryFilters(django_filters.FilterSet):
    """Deliveries of one webhook, and by how they stand."""

    webhook = django_filters.CharFilter(field_name="endpoint__public_id")
    state = django_filters.ChoiceFilter(choices=WebhookDelivery.State.choices)
    event = django_filters.NumberFilter(field_name="event_id")


class WebhookOut(serializers.Serializer[WebhookEndpoint]):
    """A webhook without its secrets."""

    public_id = words()
    name = words()
    url = words()
    topics = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    made_at = serializers.DateTimeField(read_only=True)
    made_by = words("made_by.name")
    secret_made_at = serializers.DateTimeField(read_only=True, allow_null=True)
    former_until = serializers.DateTimeField(read_only=True, allow_null=True)
    paused_at = serializers.DateTimeField(read_only=True, allow_null=True)
    pause_reason = words()
    failures = serializers.IntegerField(read_only=True)
    failing_since = serializers.DateTimeField(read_only=True, allow_null=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()

    def get_topics(self, endpoint: WebhookEndpoint) -> list[str]:
        return endpoint.topics.split(",")

    def get_state(self, endpoint: WebhookEndpoint) -> str:
        return webhook_page.state_of(endpoint)


class AttemptOut(serializers.Serializer[WebhookAttempt]):
    """One attempt; without an end its process has stopped."""

    began_at = serializers.DateTimeField(read_only=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    status = serializers.IntegerField(read_only=True, allow_null=True)
    trouble = words()


class WebhookDeliveryOut(serializers.Serializer[WebhookDelivery]):
    """One event for one webhook, with every attempt."""

    public_id = words()
    webhook = words("endpoint.public_id")
    message = serializers.SerializerMethodField(help_text="The `webhook-id` of every attempt.")
    event = serializers.IntegerField(source="event_id", read_only=True)
    type = words("event.action")
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices, read_only=True)
    queued_at = serializers.DateTimeField(read_only=True)
    next_try_at = serializers.DateTimeField(read_only=True, allow_null=True)
    settled_at = serializers.DateTimeField(read_only=True, allow_null=True)
    attempts = AttemptOut(many=True, read_only=True)

    def get_message(self, delivery: WebhookDelivery) -> str:
        return messages.id_of(delivery.event)


class SecretOut(serializers.Serializer[Any]):
    """A new secret. No other answer has it."""

    webhook = serializers.CharField(read_only=True)
    secret = serializers.CharField(read_only=True)
    former_until = serializers.DateTimeField(read_only=True, allow_null=True)


class Webhooks(Things):
    """Every webhook, for administrators and compliance."""

    model = WebhookEndpoint
    serializer_class = WebhookOut
    filterset_class = WebhookFilters
    ordering_fields = ("name", "made_at")

    def mine(self) -> QuerySet[Any]:
        found = webhooks.endpoints_for(self.request.user)
        return found.select_related("made_by").order_by("-made_at", "-pk")

    @extend_schema(summary="Webhooks, without their secrets")
    def list(self, request: Request) -> Response:
        if sentence := webhooks.refusal_to_see(request.user):
            raise NotAllowed(sentence)
        return self.listed()

    @extend_schema(summary="One webhook")
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class Deliveries(Things):
    """What was sent, and what came of it."""

    model = WebhookDelivery
    serializer_class = WebhookDeliveryOut
    filterset_class = DeliveryFilters
    ordering_fields = ("queued_at", "settled_at")

    def mine(self) -> QuerySet[Any]:
        found = deliveries.deliveries_for(self.request.user).select_related("endpoint", "event")
        return found.prefetch_related("attempts").order_by("-event_id", "-pk")

    @extend_schema(summary="Deliveries of webhooks with every attempt")
    def list(self, request: Request) -> Response:
        if sentence := webhooks.refusal_to_see(request.user):
            raise NotAllowed(sentence)
        return self.listed()


class Secrets(Things):
    """Where a webhook's secret is made and shown once."""

    model = WebhookEndpoint
    serializer_class = SecretOut
    pagination_class = None
    filter_backends = ()

    def mine(self) -> QuerySet[Any]:
        return webhooks.endpoints_for(self.request.user)

    @extend_schema(
        operation_id="webhook_secret",
        summary="Make a new secret of a webhook; the former one signs beside it for a day",
        request=None,
        responses={201: SecretOut},
    )
    def act(self, request: Request, public_id: str) -> Response:
        endpoint = get_object_or_404(self.get_queryset(), public_id=public_id)
        if sentence := webhooks.refusal_to_keep(request.user):
            raise NotAllowed(sentence)
        made = webhooks.mint(endpoint, by=Actor.of(request), at=clock.now())
        told = {"webhook": made.endpoint.public_id, "secret": made.secret}
        return Response({**told, "former_until": made.endpoint.former_until}, status=201)


urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/", Webhooks.as_view({"get": "list"}), name="webhook-list"),
    path("webhooks/<slug:public_id>/", Webhooks.as_view({"get": "retrieve"}), name="webhook"),
    path("webhooks/<slug:public_id>/secret/", Secrets.as_view({"post": "act"}), name="webhook-secret"),
    path("webhook-deliveries/", Deliveries.as_view({"get": "list"}), name="webhook-delivery-list"),
]
