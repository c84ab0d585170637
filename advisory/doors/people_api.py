"""The firm's people for programs."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from advisory.models import RoleGrant, User
from advisory.people import access
from advisory.people.person_list import STATES, PersonFilters, people_with_state
from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.people.roles import GRANTED_ROLES
from compliance.refusals import NotAllowed


class RoleOut(serializers.Serializer[RoleGrant]):
    """A role and how long it was held; without an end it is held now."""

    role = serializers.ChoiceField(
        choices=[(role.value, role.label) for role in GRANTED_ROLES], read_only=True
    )
    granted_at = serializers.DateTimeField(read_only=True)
    revoked_at = serializers.DateTimeField(read_only=True, allow_null=True)


class PersonWithSignInOut(serializers.Serializer[User]):
    """A person with a sign-in."""

    id = serializers.IntegerField(read_only=True)
    name = words()
    email = words()
    state = serializers.ChoiceField(choices=STATES, read_only=True)
    has_factor = serializers.BooleanField(read_only=True)
    last_login = serializers.DateTimeField(read_only=True, allow_null=True)
    joined_at = serializers.DateTimeField(read_only=True)
    deactivated_at = serializers.DateTimeField(read_only=True, allow_null=True)
    roles = RoleOut(many=True, read_only=True, source="grants")


class People(Things):
    """Everybody with a sign-in, for administrators and compliance."""

    model = User
    lookup_field = "pk"
    lookup_url_kwarg = "person"
    serializer_class = PersonWithSignInOut
    filterset_class = PersonFilters
    ordering_fields = ("name", "last_login", "joined_at")

    def mine(self) -> QuerySet[Any]:
        grants = access.grants()
        people = people_with_state(access.people_for(self.request.user), at=clock.now())
        return people.order_by("name", "pk").prefetch_related(
            Prefetch("role_grants", grants, to_attr="grants")
        )

    @extend_schema(summary="People who may sign in, or could")
    def list(self, request: Request) -> Response:
        if sentence := access.refusal_to_see_people(request.user):
            raise NotAllowed(sentence)
        return self.listed()

    @extend_schema(summary="One person with every role they ever held")
    def retrieve(self, request: Request, person: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("people/", People.as_view({"get": "list"}), name="person-list"),
    path("people/<int:person>/", People.as_view({"get": "retrieve"}), name="person"),
]
