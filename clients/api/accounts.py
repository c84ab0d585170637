"""Accounts and tax lots for programs. Whole account numbers never leave here."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.holdings import listings
from clients.models import (
    Account,
    AccountBinding,
    CashBalance,
    FormerNumber,
    LotCorrection,
    Position,
    TaxLot,
)
from compliance import clock
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.api.schema import by_role
from compliance.audit_trail import audit
from compliance.people.actors import Actor


class CashOut(serializers.Serializer[CashBalance]):
    settled = fields.money()
    unsettled = fields.money()
    unsettled_settles_on = serializers.DateField(read_only=True, allow_null=True)
    as_of_on = serializers.DateField(read_only=True, allow_null=True)


class PositionOut(serializers.Serializer[Position]):
    """What the custodian says is held in total."""

    symbol = words("security.symbol")
    name = words("security.name")
    quantity = fields.shares()
    market_value = fields.money(allow_null=True)
    as_of_on = serializers.DateField(read_only=True, allow_null=True)


class OwnAccountRow(serializers.Serializer[Account]):
    """What a client sees of an account."""

    public_id = words()
    household = words("household.public_id")
    name = words()
    registration = serializers.ChoiceField(choices=Account.Registration.choices, read_only=True)
    tax_treatment = serializers.ChoiceField(choices=Account.TaxTreatment.choices, read_only=True)
    custodian = serializers.ChoiceField(choices=Account.Custodian.choices, read_only=True)
    number_last4 = words()
    discretion = serializers.ChoiceField(choices=Account.Discretion.choices, read_only=True)
    opened_on = serializers.DateField(read_only=True, allow_null=True)
    closed_on = serializers.DateField(read_only=True, allow_null=True)


class AccountRow(OwnAccountRow):
    """What staff see of an account."""

    owner = words("owner.public_id")
    joint_owner = words("joint_owner.public_id", allow_null=True)
    margin = serializers.ChoiceField(choices=Account.Margin.choices, read_only=True)
    is_erisa = serializers.BooleanField(read_only=True)
    lot_method = serializers.ChoiceField(choices=Account.LotMethod.choices, read_only=True)
    minimum_cash = fields.money()
    discretion_from_on = serializers.DateField(read_only=True, allow_null=True)
    discretion_until_on = serializers.DateField(read_only=True, allow_null=True)
    agreement_signed_on = serializers.DateField(read_only=True, allow_null=True)
    agreement_effective_on = serializers.DateField(read_only=True, allow_null=True)
    agreement_terminated_on = serializers.DateField(read_only=True, allow_null=True)
    reconciliation = serializers.ChoiceField(choices=Account.Reconciliation.choices, read_only=True)
    reconciled_on = serializers.DateField(read_only=True, allow_null=True)
    reconciliation_note = words()


def _cash_of(account: Account) -> Any:
    cash = getattr(account, "cash", None)
    return CashOut(cash).data if cash is not None else None


class OwnAccountOne(OwnAccountRow):
    cash = serializers.SerializerMethodField()
    positions = PositionOut(many=True, read_only=True)

    @extend_schema_field(CashOut(allow_null=True))
    def get_cash(self, account: Account) -> Any:
        return _cash_of(account)


class BindingOut(serializers.Serializer[AccountBinding]):
    """A masked number of the custodian's files that means this account."""

    id = serializers.IntegerField(read_only=True, source="pk")
    custodian = serializers.ChoiceField(choices=Account.Custodian.choices, read_only=True)
    mask = words()
    name_in_files = words("label")
    bound_at = serializers.DateTimeField(read_only=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()


class FormerNumberOut(serializers.Serializer[FormerNumber]):
    """A number the account once had."""

    number_last4 = words()
    custodian = serializers.ChoiceField(choices=Account.Custodian.choices, read_only=True)
    changed_because = words("why")
    until_on = serializers.DateField(read_only=True, allow_null=True)


class AccountOne(AccountRow):
    cash = serializers.SerializerMethodField()
    positions = PositionOut(many=True, read_only=True)
    bindings = BindingOut(many=True, read_only=True)
    former_numbers = FormerNumberOut(many=True, read_only=True)

    @extend_schema_field(CashOut(allow_null=True))
    def get_cash(self, account: Account) -> Any:
        return _cash_of(account)


class AccountFilters(django_filters.FilterSet):
    household = django_filters.CharFilter(field_name="household__public_id")
    custodian = django_filters.ChoiceFilter(choices=Account.Custodian.choices)
    tax_treatment = django_filters.ChoiceFilter(choices=Account.TaxTreatment.choices)
    reconciliation = django_filters.ChoiceFilter(choices=Account.Reconciliation.choices)
    is_open = django_filters.BooleanFilter(field_name="closed_on", lookup_expr="isnull")


class Accounts(Things):
    """Accounts of the households you may see."""

    model = Account
    serializer_class = AccountRow
    one_serializer_class = AccountOne
    filterset_class = AccountFilters
    ordering_fields = ("name", "opened_on", "custodian")

    def mine(self) -> QuerySet[Account]:
        found = access.accounts_for(self.request.user).select_related(
            "household", "owner", "joint_owner", "cash"
        )
        return (
            found
            if self.action == "list"
            else found.prefetch_related("positions__security", "bindings", "former_numbers")
        )

    def get_serializer_class(self) -> Any:
        if access.is_staff(self.request.user):
            return super().get_serializer_class()
        return OwnAccountRow if self.action == "list" else OwnAccountOne

    @extend_schema(
        summary="Accounts you may see",
        responses=by_role("AccountInList", AccountRow, OwnAccountRow, many=True),
    )
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(
        summary="One account with its cash and positions; that it was opened is on the trail",
        responses=by_role("AccountByRole", AccountOne, OwnAccountOne),
    )
    def retrieve(self, request: Request, public_id: str) -> Response:
        account = self.get_object()
        with transaction.atomic():
            audit.record(audit.Action.ACCOUNT_VIEWED, about=account, by=Actor.of(request), at=clock.now())
        return Response(self.get_serializer(account).data)


class OwnLotOut(serializers.Serializer[TaxLot]):
    """What a client sees of a tax lot."""

    public_id = words()
    account = words("account.public_id")
    symbol = words("security.symbol")
    name = words("security.name")
    acquired_on = serializers.DateField(read_only=True, allow_null=True)
    quantity = fields.shares()
    basis = fields.money(allow_null=True, help_text="Of the whole lot; null means unknown, never zero.")
    basis_status = serializers.ChoiceField(choices=TaxLot.BasisStatus.choices, read_only=True)
    as_of_on = serializers.DateField(
        source="listed_on",
        read_only=True,
        help_text="The day of the last custodian file that listed it.",
        allow_null=True,
    )
    closed_on = serializers.DateField(read_only=True, allow_null=True)


class LotCorrectionOut(serializers.Serializer[LotCorrection]):
    """A correction of a lot by two people; without an end it is in force."""

    public_id = words()
    decides = serializers.ListField(child=serializers.CharField(), read_only=True)
    acquired_on = serializers.DateField(read_only=True, allow_null=True)
    basis = fields.money(allow_null=True)
    basis_status = serializers.ChoiceField(choices=TaxLot.BasisStatus.choices, read_only=True)
    evidence = words()
    document = words()
    document_sha256 = words()
    decided_at = serializers.DateTimeField(read_only=True, allow_null=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_reason = words()


class LotOut(OwnLotOut):
    """What staff see of a tax lot."""

    corrections = LotCorrectionOut(many=True, read_only=True)

    adjusted_acquired_on = serializers.DateField(read_only=True, allow_null=True)
    unadjusted_basis = fields.money(allow_null=True)
    acquired_by = serializers.ChoiceField(
        choices=TaxLot.Acquisition.choices, allow_blank=True, read_only=True
    )
    is_average_cost = serializers.BooleanField(read_only=True)
    lock = words()
    lock_reason = words()
    lock_until_on = serializers.DateField(read_only=True, allow_null=True)


class LotFilters(django_filters.FilterSet):
    household = django_filters.CharFilter(field_name="account__household__public_id")
    account = django_filters.CharFilter(field_name="account__public_id")
    symbol = django_filters.CharFilter(field_name="security__symbol")
    basis_status = django_filters.ChoiceFilter(choices=TaxLot.BasisStatus.choices)
    is_open = django_filters.BooleanFilter(field_name="closed_on", lookup_expr="isnull")


class Lots(Things):
    """Tax lots of the accounts you may see."""

    model = TaxLot
    serializer_class = LotOut
    filterset_class = LotFilters
    ordering_fields = ("acquired_on", "quantity", "basis", "as_of_on")
    ordering_columns: ClassVar[dict[str, str]] = {"as_of_on": "listed_on"}

    def mine(self) -> QuerySet[TaxLot]:
        found = listings.with_days(access.lots_for(self.request.user).select_related("account", "security"))
        return found.prefetch_related("corrections") if access.is_staff(self.request.user) else found

    def get_serializer_class(self) -> Any:
        return LotOut if access.is_staff(self.request.user) else OwnLotOut

    @extend_schema(
        summary="Tax lots you may see",
        responses=by_role("LotByRole", LotOut, OwnLotOut, many=True),
    )
    def list(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(
        summary="One tax lot",
        responses=by_role("OneLotByRole", LotOut, OwnLotOut),
    )
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
