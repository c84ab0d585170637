"""The firm's policy templates and the examples that come with the product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from clients.models import PolicyTemplate
from clients.policies import templates


@dataclass(frozen=True, slots=True)
class TemplateRow:
    name: str
    version: int
    made_by: str
    made_at: datetime
    retired_at: datetime | None
    edit_url: str
    retire_url: str


@dataclass(frozen=True, slots=True)
class ExampleRow:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class TemplateListPage:
    rows: tuple[TemplateRow, ...]
    examples: tuple[ExampleRow, ...]
    may_make: bool
    new_url: str


def listing(user: Any) -> TemplateListPage:
    """Every version of every template, the newest first."""
    may_make = any(user.has_role(role) for role in templates.ROLES)
    new_url = reverse("clients:policy_template_new")
    return TemplateListPage(
        rows=tuple(
            TemplateRow(
                name=one.name,
                version=one.version,
                made_by=one.made_by.get_full_name(),
                made_at=one.made_at,
                retired_at=one.retired_at,
                edit_url=reverse("clients:policy_template_edit", args=[one.public_id]) if may_make else "",
                retire_url=reverse("clients:policy_template_retire", args=[one.public_id])
                if may_make and one.retired_at is None
                else "",
            )
            for one in PolicyTemplate.objects.select_related("made_by")
        ),
        examples=tuple(
            ExampleRow(one.name, f"{new_url}?from={one.code}" if may_make else "")
            for one in templates.SHIPPED.values()
        ),
        may_make=may_make,
        new_url=new_url if may_make else "",
    )
