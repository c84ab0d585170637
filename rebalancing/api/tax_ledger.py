"""The tax ledger and the wash calendar for programs: the values of the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from clients.doors import looking_up
from clients.models import Household
from compliance import clock
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things, asked_of
from rebalancing import market_days
from rebalancing.pages import tax_ledger, wash_calendar
from rebalancing.pages.lists import tax_ledgers
from rebalancing.tax_ledger import calendars, form_8949, ledgers


class LedgerLineOut(serializers.Serializer[form_8949.Row]):
    """One line of Form 8949; null where nobody knows. The custodian's Form 1099-B governs."""

    unit = words()
    box = words()
    description = words()
    symbol = words("entry.piece.symbol")
    shares = fields.shares(source="entry.shares")
    acquired_on = serializers.DateField(read_only=True, allow_null=True)
    sold_on = serializers.DateField(read_only=True)
    proceeds = fields.money()
    basis = fields.money(allow_null=True)
    code = words()
    adjustment = fields.money(allow_null=True)
    gain = fields.money(allow_null=True)
    term = words()
    account = words("entry.piece.place.account")
    said_by = words("entry.piece.source")
    disallowed_by_custodian = fields.money(source="entry.reported_disallowed")
    disallowed_across_accounts = fields.money(source="entry.beyond_report")
    lost_for_good = fields.money(source="entry.lost")
    basis_added = fields.money(source="entry.added")
    note = words()


class UnitYearOut(serializers.Serializer[ledgers.UnitYear]):
    """One return's year in dollars; null where the profile of the year or a figure is not on record."""

    unit = words("unit.public_id")
    name = words("unit.name")
    short = fields.money()
    long = fields.money()
    is_known = serializers.BooleanField(read_only=True)
    budget = fields.money(source="budget.limit", allow_null=True, default=None)
    budget_used = fields.money(source="budget.used", allow_null=True, default=None)
    budget_left = fields.money(source="budget.left", allow_null=True, default=None)
    tax_on_gains = fields.money(source="taxes.tax_on_gains", allow_null=True, default=None)
    carry_short = fields.money(source="taxes.carry_short", allow_null=True, default=None)
    carry_long = fields.money(source="taxes.carry_long", allow_null=True, default=None)
    payments_required = fields.money(source="payments.required", allow_null=True, default=None)
    payment_due = fields.money(source="payments.due", allow_null=True, default=None)
    payment_due_on = serializers.DateField(
        source="payments.due_on", read_only=True, allow_null=True, default=None
    )


class ComparedOut(serializers.Serializer[Any]):
    """An account beside its custodian's own year-to-date figure; `rest` is what nothing explains."""

    account = words()
    name = words()
    short = fields.money()
    long = fields.money()
    stated_short = fields.money(source="stated.short", allow_null=True, default=None)
    stated_long = fields.money(source="stated.long", allow_null=True, default=None)
    stated_as_of_on = serializers.DateField(
        source="stated.as_of_on", read_only=True, allow_null=True, default=None
    )
    difference = fields.money(allow_null=True)
    rest = fields.money(allow_null=True)
    unknown = serializers.ListField(child=words(), read_only=True)


class LedgerOut(serializers.Serializer[ledgers.Ledger]):
    """A household's tax ledger of a year."""

    household = words("household.public_id")
    year = serializers.IntegerField(read_only=True)
    units = UnitYearOut(many=True, read_only=True)
    accounts = ComparedOut(many=True, read_only=True)
    lines = LedgerLineOut(many=True, read_only=True)
    statement = serializers.SerializerMethodField()

    def get_statement(self, ledger: ledgers.Ledger) -> str:
        return form_8949.STATEMENT


class WindowOut(serializers.Serializer[Any]):
    """One open wash window; `safe_on` null: no day is safe, because purchases happen by themselves."""

    act = words()
    symbol = words()
    wash_group = words("group")
    since = serializers.DateField(source="on", read_only=True, allow_null=True)
    safe_on = serializers.DateField(read_only=True, allow_null=True)
    account = words()
    shares = fields.shares()
    loss = fields.money(allow_null=True)
    because = words()
    sentence = words()


class SeenOut(serializers.Serializer[calendars.Seen]):
    account = words("public_id")
    name = words()
    through = serializers.DateField(read_only=True, allow_null=True)
    is_stale = serializers.BooleanField(read_only=True)


class DeclaredOut(serializers.Serializer[Any]):
    """An account elsewhere that the client told of and nobody here sees."""

    public_id = words()
    name = words()
    registration = words()
    has_statements = serializers.BooleanField(read_only=True)
    buys = serializers.ListField(child=words(), read_only=True)
    declared_on = serializers.DateField(read_only=True)


class WashCalendarOut(serializers.Serializer[calendars.WashCalendar]):
    """A household's wash calendar, with what it covers."""

    household = words("household.public_id")
    on = serializers.DateField(read_only=True)
    windows = WindowOut(many=True, read_only=True)
    seen = SeenOut(source="coverage.seen", many=True, read_only=True)
    declared = DeclaredOut(source="coverage.declared", many=True, read_only=True)
    coverage = words("coverage.sentence")


class LedgerRowOut(serializers.Serializer[tax_ledgers.Row]):
    """One return's year; fractions of one, null where it is not known."""

    household = words()
    household_name = words()
    code = words()
    unit = words("unit_code")
    name = words("unit")
    year = serializers.IntegerField(read_only=True)
    short = fields.money()
    long = fields.money()
    disallowed = fields.money()
    lost_for_good = fields.money(source="lost")
    budget = fields.money(source="limit", allow_null=True)
    budget_used = fields.money(source="used", allow_null=True)
    budget_left = fields.money(source="left", allow_null=True)
    unknown = serializers.IntegerField(read_only=True)
    not_explained = fields.money(allow_null=True)
    states = serializers.SerializerMethodField()

    def get_states(self, row: tax_ledgers.Row) -> list[str]:
        return sorted(row.states)


class TaxLedgers(Things):
    """The tax ledgers of the households you may see."""

    model = Household
    serializer_class = LedgerRowOut
    filter_backends = ()

    def mine(self) -> QuerySet[Any]:
        return record.households_for(self.request.user)

    @extend_schema(
        summary="Every return of your book for a year",
        parameters=[
            OpenApiParameter("year", int),
            OpenApiParameter("advisor", int, description="The id of a member of staff who advises it today."),
            OpenApiParameter("state", enum=[key for key, _ in tax_ledgers.STATES]),
            OpenApiParameter(
                "ordering",
                enum=[*tax_ledgers.KIND.orderings, *(f"-{one}" for one in tax_ledgers.KIND.orderings)],
            ),
        ],
    )
    def list(self, request: Request) -> Response:
        asked = asked_of(tax_ledgers.KIND, request)
        rows = (
            tax_ledgers.chosen(request.user, asked, at=clock.now()) if record.is_staff(request.user) else []
        )
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="A household's tax ledger of a year",
        parameters=[OpenApiParameter("year", int)],
        responses=LedgerOut,
    )
    def retrieve(self, request: Request, public_id: str) -> Response:
        household = looking_up.household(request.user, public_id)
        asked = asked_of(tax_ledger.KIND, request)
        on = market_days.new_york_date(clock.now())
        year = asked.chosen.get("year")
        return Response(LedgerOut(ledgers.of(household, int(year or on.year), on=on)).data)

    @extend_schema(summary="A household's wash calendar of today", responses=WashCalendarOut)
    def calendar(self, request: Request, public_id: str) -> Response:
        household = looking_up.household(request.user, public_id)
        asked_of(wash_calendar.KIND, request)
        on = market_days.new_york_date(clock.now())
        return Response(WashCalendarOut(calendars.of(household, on=on)).data)
