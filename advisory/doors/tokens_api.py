"""API tokens for programs in a person's session: listed, never with what a program would send."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from advisory.models import ApiToken
from advisory.people import token_page, tokens
from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.refusals import NotAllowed


class TokenFilters(django_filters.FilterSet):
    """Tokens that have not been retired."""

    is_retired = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull", exclude=True)


class TokenOut(serializers.Serializer[ApiToken]):
    """A token without its secret."""

    public_id = words()
    name = words()
    owner = words("user.name")
    shown = serializers.SerializerMethodField(help_text="The part of the token that is no secret.")
    scopes = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    made_at = serializers.DateTimeField(read_only=True, allow_null=True)
    expires_on = serializers.DateField(read_only=True)
    last_used_on = serializers.DateField(read_only=True, allow_null=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()

    def get_shown(self, token: ApiToken) -> str:
        return tokens.shown(token)

    def get_scopes(self, token: ApiToken) -> list[str]:
        return token.scopes.split(",")

    def get_state(self, token: ApiToken) -> str:
        return token_page.state_of(token, on=clock.now().astimezone(clock.EASTERN).date())


class Tokens(Things):
    """One's own tokens; for administrators and compliance everybody's."""

    model = ApiToken
    serializer_class = TokenOut
    filterset_class = TokenFilters
    ordering_fields = ("name", "made_at", "expires_on")

    def mine(self) -> QuerySet[Any]:
        return tokens.tokens_for(self.request.user).select_related("user").order_by("-made_at", "-pk")

    @extend_schema(summary="API tokens, without their secrets")
    def list(self, request: Request) -> Response:
        if sentence := tokens.refusal_to_make(request.user):
            raise NotAllowed(sentence)
        return self.listed()


urlpatterns: list[URLPattern | URLResolver] = [
    path("tokens/", Tokens.as_view({"get": "list"}), name="token-list"),
]
