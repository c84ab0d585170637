"""What the rows of a workbook may refer to beyond their own household, fetched once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.contrib.auth import get_user_model

from clients.encryption import blind_index
from clients.households.accounts import NUMBER
from clients.models import Account, AssetClass, EmployerPlan, ModelPortfolio, Security
from clients.policies import templates as policy_templates
from clients.securities import securities
from clients.workbooks.columns import Value
from clients.workbooks.firm_layout import ASSET_CLASSES, MODELS, PLAN_MENUS, SECURITIES
from clients.workbooks.layout import ACCOUNTS
from clients.workbooks.policy_layout import POLICY_TEMPLATES
from clients.workbooks.reading import Line, Read


@dataclass(frozen=True, slots=True)
class FirmFacts:
    """Names on record together with those that the workbook itself brings."""

    classes: Mapping[str, AssetClass | None]
    """By code; None for a class that only the workbook brings."""
    models: frozenset[str]
    symbols: frozenset[str]
    issuers: frozenset[str]
    sectors: frozenset[str]
    plans: frozenset[str]
    people: Mapping[str, Any]
    templates: Mapping[str, tuple[Line, ...]]
    words_templates: frozenset[str]
    """Codes of the firm's policy templates in use."""
    accounts_by_index: Mapping[str, Account] = field(repr=False)

    @classmethod
    def of(cls, read: Read) -> Self:
        brought = {
            name: {line.text(column) for line in read.of(sheet)}
            for name, sheet, column in (
                ("classes", ASSET_CLASSES, "asset_class"),
                ("models", MODELS, "model"),
                ("plans", PLAN_MENUS, "employer_plan"),
                ("symbols", SECURITIES, "symbol"),
                ("issuers", SECURITIES, "issuer"),
                ("sectors", SECURITIES, "sector"),
            )
        }
        templates: dict[str, list[Line]] = defaultdict(list)
        for line in read.of(POLICY_TEMPLATES):
            templates[line.text("template")].append(line)
        indices = {blind_index(line.text("account"), purpose=NUMBER) for line in read.of(ACCOUNTS)}
        known = Account.objects.filter(number_index__in=indices).select_related("household")
        return cls(
            classes={
                **dict.fromkeys(brought["classes"]),
                **{one.code: one for one in AssetClass.objects.all()},
            },
            models=frozenset(brought["models"] | set(ModelPortfolio.objects.values_list("code", flat=True))),
            symbols=frozenset(brought["symbols"] | set(Security.objects.values_list("symbol", flat=True))),
            issuers=frozenset(brought["issuers"] | set(securities.issuers_on_record())),
            sectors=frozenset(brought["sectors"] | securities.sectors_on_record()),
            plans=frozenset(
                brought["plans"]
                | set(EmployerPlan.objects.filter(retired_at=None).values_list("code", flat=True))
            ),
            people={
                user.email.casefold(): user
                for user in get_user_model()
                ._default_manager.filter(deactivated_at=None)
                .prefetch_related("role_grants")
            },
            templates={name: tuple(lines) for name, lines in templates.items()},
            words_templates=frozenset(one.code for one in policy_templates.in_use()),
            accounts_by_index={one.number_index: one for one in known},
        )

    def account_of_number(self, number: Value | None) -> Account | None:
        """The account on record with this whole number."""
        return self.accounts_by_index.get(blind_index(str(number), purpose=NUMBER))
