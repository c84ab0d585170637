"""What all list and detail endpoints of the API share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers, viewsets
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.api.schema import SessionScheme
from compliance.lists.asked import Asked, Kind
from compliance.people.roles import STAFF_ROLES

__all__ = ["Filters", "Ordering", "Pages", "Session", "SessionScheme", "StaffOnly", "Things", "TrailPages"]

PAGE = 50
PAGE_MAX = 500
OF_EVERY_LIST = frozenset({"page", "page_size", "cursor", "ordering"})


class Session(SessionAuthentication):
    """The browser's session, with its protection against forged requests. Without one the answer is 401."""

    def authenticate_header(self, request: Request) -> str:
        return 'Session realm="evenkeel"'


class StaffOnly(BasePermission):
    """Staff only: clients cannot open the API's documentation."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return (
            any(request.user.has_role(role) for role in STAFF_ROLES)
            if request.user.is_authenticated
            else False
        )


class Pages(PageNumberPagination):
    """Pages of 50, at most 500."""

    page_size = PAGE
    page_size_query_param = "page_size"
    max_page_size = PAGE_MAX


class TrailPages(CursorPagination):
    """Cursor pages, newest first, which do not shift when events are added."""

    page_size = PAGE
    page_size_query_param = "page_size"
    max_page_size = PAGE_MAX
    ordering = "-seq"


class Filters(DjangoFilterBackend):
    """Filters by name. A misspelled filter is refused, because ignoring it would return everything."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        kind = self.get_filterset_class(view, queryset)
        known = OF_EVERY_LIST | frozenset(kind.base_filters if kind else ())
        if unknown := sorted(set(request.query_params) - known):
            raise ValidationError({name: ["There is no such filter."] for name in unknown})
        return super().filter_queryset(request, queryset, view)


class Ordering(OrderingFilter):
    """`?ordering=name,-opened_on`, over the columns a list names; others are refused."""

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Any, view: APIView, request: Request
    ) -> list[str]:
        allowed = set(getattr(view, "ordering_fields", ()))
        asked = [str(field) for field in fields]
        if wrong := [field for field in asked if field.removeprefix("-") not in allowed]:
            raise ValidationError(
                {"ordering": [f"Cannot order by {', '.join(wrong)}; use {', '.join(sorted(allowed))}."]}
            )
        # Order by the key last, so that equal rows never change places between two pages.
        columns = getattr(view, "ordering_columns", {})
        named = [
            f"{'-' * field.startswith('-')}{columns.get(bare, bare)}"
            for field in asked
            for bare in (field.removeprefix("-"),)
        ]
        return [*named, "pk"] if asked else asked


def asked_of(kind: Kind, request: Request) -> Asked:
    """What a program asks of a list that is computed: the filters and the order of its page, checked the same."""
    query = {name: value for name, value in request.query_params.items() if name != "page_size"}
    if "export" in query:
        raise ValidationError({"export": ["A file is taken from the page of the list."]})
    # Without a filter the answer is everything: what a page shows first is the page's affair.
    asked = Asked.of(replace(kind, defaults={}), query)
    if asked.faults:
        raise ValidationError({fault.name: [fault.sentence] for fault in asked.faults})
    return asked


class Things(viewsets.GenericViewSet[Any]):
    """One resource. `mine` is the permission: what it does not return is not found."""

    model: type[Model]
    lookup_field = "public_id"
    authentication_classes = (Session,)
    pagination_class: Any = Pages
    filter_backends: Any = (Filters, Ordering)
    ordering_fields: tuple[str, ...] = ()
    ordering_columns: ClassVar[Mapping[str, str]] = {}
    """The columns of those that are called otherwise in the query."""
    one_serializer_class: type[serializers.BaseSerializer[Any]] | None = None

    def mine(self) -> QuerySet[Any]:
        """What the requesting person may see."""
        raise AssertionError(f"{type(self).__name__} says nowhere what a person may see")

    def get_queryset(self) -> QuerySet[Any]:
        # There is no requesting person while the schema is generated.
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return self.mine()

    def listed(self) -> Response:
        """One page of what this person may see, as they asked for it."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def get_serializer_class(self) -> Any:
        if self.action != "list" and self.one_serializer_class is not None:
            return self.one_serializer_class
        return super().get_serializer_class()
