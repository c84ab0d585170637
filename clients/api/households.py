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
from clients.models import BookEntry, Household, Person, Policy, TaxProfile, TaxUnit
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
    opened_on = serializers.DateField(read_only=True, allow_null=True)
    closed_on = serializers.DateField(read_only=True, allow_null=True)
    profile_confirmed_on = serializers.DateField(read_only=True, allow_null=True)
    merged_into = serializers.CharField(source="merged_into.public_id", default=None, read_only=True)
    split_from = serializers.CharField(source="split_from.public_id", default=None, read_only=True)


class AccountRef(serializers.Serializer[Any]):
    public_id = words()
    name = words()
    number_last4 = words()


class PersonOut(serializers.Serializer[Person]):
    """A person of the household. Dates of birth and tax numbers do not leave through the API."""

    public_id = words()
    kind = serializers.ChoiceField(choices=Person.Kind.choices, read_only=True)
    given_name = words()
    family_name = words()
    parties = words()
    part = serializers.ChoiceField(choices=Person.Part.choices, read_only=True)
    may_see = serializers.ChoiceField(choices=Person.MaySee.choices, read_only=True)
    deceased_on = serializers.DateField(read_only=True, allow_null=True)
    left_on = serializers.DateField(read_only=True, allow_null=True)


def _dollars(*, allow_null: bool = False) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True, allow_null=allow_null)


def _rate(*, allow_null: bool = False) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=9, decimal_places=6, read_only=True, allow_null=allow_null)


class ProfileOut(serializers.Serializer[TaxProfile]):
    """A year's figures; rates are fractions of one."""

    public_id = words()
    tax_year = serializers.IntegerField(read_only=True)
    confirmed_on = serializers.DateField(read_only=True, allow_null=True)
    filing_status = serializers.ChoiceField(choices=TaxUnit.FilingStatus.choices, read_only=True)
    state = words()
    rate_short = _rate(allow_null=True)
    rate_long = _rate(allow_null=True)
    rate_investment = _rate()
    wages = _dollars()
    taxable_interest = _dollars()
    qualified_dividends = _dollars()
    other_income = _dollars()
    deduction = _dollars(allow_null=True)
    state_rate = _rate()
    short_term_before = _dollars()
    long_term_before = _dollars()
    short_term_carryover = _dollars()
    long_term_carryover = _dollars()
    distributions_expected = _dollars()
    gain_budget = _dollars(allow_null=True)


class TaxUnitOut(serializers.Serializer[TaxUnit]):
    """A tax unit with its profiles, the latest year first."""

    public_id = words()
    code = words()
    name = words()
    filing_status = serializers.ChoiceField(choices=TaxUnit.FilingStatus.choices, read_only=True)
    state = words()
    last_tax_year = serializers.IntegerField(read_only=True, allow_null=True)
    final_filer = words()
    members = serializers.SerializerMethodField()
    profiles = ProfileOut(many=True, read_only=True)

    def get_members(self, unit: TaxUnit) -> list[str]:
        return [one.public_id for one in unit.members.all()]


class BookEntryOut(serializers.Serializer[BookEntry]):
    """Who looks after the household, and since when."""

    name = words("user")
    part = serializers.ChoiceField(choices=BookEntry.Part.choices, read_only=True)
    starts_on = serializers.DateField(read_only=True, allow_null=True)


class HouseholdOne(HouseholdRow):
    people = PersonOut(many=True, read_only=True)
    tax_units = TaxUnitOut(many=True, read_only=True)
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
        return (
            access.households_for(user)
            .select_related("merged_into", "split_from")
            .prefetch_related(
                Prefetch("accounts", queryset=seen, to_attr="accounts_seen"),
                Prefetch("book_entries", queryset=in_charge, to_attr="open_book"),
            )
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
