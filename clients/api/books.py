"""Whose book each household is in, and who covers while somebody is away, for programs."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.models import BookEntry, Coverage, Household
from clients.pages.books import BookFilters, CoverageFilters, books_for
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.refusals import NotAllowed


class AssignmentOut(serializers.Serializer[BookEntry]):
    """A household in somebody's book for a span of days; without a last day it goes on."""

    id = serializers.IntegerField(read_only=True)
    person = serializers.IntegerField(read_only=True, source="user_id")
    name = words("user")
    part = serializers.ChoiceField(choices=BookEntry.Part.choices, read_only=True)
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)


class BookOut(serializers.Serializer[Household]):
    """A household by name with its assignments, past, present and future."""

    public_id = words()
    code = words()
    name = words()
    has_advisor = serializers.BooleanField(read_only=True)
    has_reviewer = serializers.BooleanField(read_only=True)
    assignments = AssignmentOut(many=True, read_only=True, source="entries")


class CoverageOut(serializers.Serializer[Coverage]):
    """A colleague who works somebody's book between two days."""

    public_id = words()
    away = serializers.IntegerField(read_only=True, source="away_id")
    covered_by = serializers.IntegerField(read_only=True, source="covered_by_id")
    part = serializers.ChoiceField(choices=BookEntry.Part.choices, read_only=True)
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)
    reason = words()
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)


class Books(Things):
    """The books of the firm; no holdings."""

    model = Household
    serializer_class = BookOut
    filterset_class = BookFilters
    ordering_fields = ("name", "code")

    def mine(self) -> QuerySet[Any]:
        entries = access.book_entries_for(self.request.user).order_by("starts_on", "pk")
        return books_for(self.request.user).prefetch_related(
            Prefetch("book_entries", queryset=entries, to_attr="entries")
        )

    @extend_schema(summary="Whose book each open household is in")
    def list(self, request: Request) -> Response:
        if sentence := access.refusal_to_keep_books(request.user):
            raise NotAllowed(sentence)
        return self.listed()

    @extend_schema(summary="One household's assignments")
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class Coverages(Things):
    """Who covers for whom: all of it for who keeps the books, one's own for other staff."""

    model = Coverage
    serializer_class = CoverageOut
    filterset_class = CoverageFilters
    ordering_fields = ("starts_on", "ends_on")

    def mine(self) -> QuerySet[Coverage]:
        return access.coverages_for(self.request.user)

    @extend_schema(summary="Coverage while colleagues are away")
    def list(self, request: Request) -> Response:
        return self.listed()
