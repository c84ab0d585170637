"""Households for programs: the book, and one household with its people and accounts."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.models import BookEntry, Household, Person, Policy
from compliance import clock
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.api.schema import by_role
from compliance.audit_trail import audit
from compliance.people.actors import Actor


class HouseholdRow(serializers.Serializer[Household]):
    public_id = words()
    code = words()
    name = words()
    opened_on = serializers.DateField(read_only=True)
    closed_on = serializers.DateField(read_only=True)
    profile_confirmed_on = serializers.DateField(read_only=True)


class AccountRef(serializers.Serializer[Any]):
    public_id = words()
    name = words()
    number_last4 = words()


class PersonOut(serializers.Serializer[Person]):
    """A person of the household. Dates of birth and tax numbers do not leave through the API."""

    public_id = words()
    given_name = words()
    family_name = words()
    part = serializers.ChoiceField(choices=Person.Part.choices, read_only=True)
    may_see = serializers.ChoiceField(choices=Person.MaySee.choices, read_only=True)
    deceased_on = serializers.DateField(read_only=True)


class BookEntryOut(serializers.Serializer[BookEntry]):
    """Who looks after the household, and since when."""

    name = words("user")
    part = serializers.ChoiceField(choices=BookEntry.Part.choices, read_only=True)
    starts_on = serializers.DateField(read_only=True)


class HouseholdOne(HouseholdRow):
    people = PersonOut(many=True, read_only=True)
    looked_after_by = BookEntryOut(many=True, read_only=True, source="open_book")
    accounts = AccountRef(many=True, read_only=True, source="accounts_seen")
    policy_in_force = serializers.SerializerMethodField()

    def get_policy_in_force(self, household: Household) -> str | None:
        policy = next(iter(household.policies.filter(state=Policy.State.ADOPTED)), None)
        return policy.public_id if policy else None


class OwnHousehold(serializers.Serializer[Household]):
    """What a client sees of the own household: an allow-list, never a redacted staff view."""

    public_id = words()
    name = words()
    accounts = AccountRef(many=True, read_only=True, source="accounts_seen")


class HouseholdFilters(django_filters.FilterSet):
    code = django_filters.CharFilter()
    name = django_filters.CharFilter(lookup_expr="icontains")
    is_open = django_filters.BooleanFilter(field_name="closed_on", lookup_expr="isnull")


class Households(Things):
    """The households of your book, or your own."""

    model = Household
    serializer_class = HouseholdRow
    one_serializer_class = HouseholdOne
    filterset_class = HouseholdFilters
    ordering_fields = ("name", "code", "opened_on")

    def mine(self) -> QuerySet[Household]:
        user = self.request.user
        seen = access.accounts_for(user).order_by("id")
        in_charge = access.book_entries_today()
        return access.households_for(user).prefetch_related(
            Prefetch("accounts", queryset=seen, to_attr="accounts_seen"),
            Prefetch("book_entries", queryset=in_charge, to_attr="open_book"),
        )

    def get_serializer_class(self) -> Any:
        return super().get_serializer_class() if access.is_staff(self.request.user) else OwnHousehold

    @extend_schema(
        summary="Households you may see",
        responses=by_role("HouseholdInList", HouseholdRow, OwnHousehold, many=True),
    )
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(
        summary="One household; that it was opened is on the trail",
        responses=by_role("HouseholdByRole", HouseholdOne, OwnHousehold),
    )
    def retrieve(self, request: Request, public_id: str) -> Response:
        household = self.get_object()
        with transaction.atomic():
            audit.record(audit.Action.HOUSEHOLD_VIEWED, about=household, by=Actor.of(request), at=clock.now())
        return Response(self.get_serializer(household).data)


def refs_for(user: Any) -> frozenset[str]:
    """The public ids of the households in this person's book, for the floor below that knows no books."""
    if not access.is_staff(user):
        return frozenset()
    return frozenset(access.households_for(user).values_list("public_id", flat=True))
