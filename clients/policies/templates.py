"""Firm templates for policies: versioned sets of texts with placeholders, terms, targets and bands.

A template's content is kept as plain texts, in the form of an editor's fields, and read back when a draft begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import transaction
from django.utils.text import slugify

from clients import figures
from clients.models import (
    AssetClass,
    BookEntry,
    Household,
    ModelVersion,
    Policy,
    PolicySection,
    PolicyTemplate,
)
from clients.policies import parties, shipped_templates, targets, wording
from clients.policies.policies import Content
from clients.policies.targets import TargetSpec, Widths
from compliance.audit_trail import audit
from compliance.digests.canonical import decimal_text
from compliance.firm import firm_facts, firm_settings
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed

ROLES = frozenset({Role.COMPLIANCE, Role.REVIEWER})
REFUSAL = "Only compliance and reviewers make and change the firm's policy templates."
SHIPPED = {one.code: one for one in shipped_templates.SHIPPED}
"""Generic examples to start from, by code."""

PLACEHOLDERS = ("household", "clients", "advisor", "firm", "date")
NOTHING_FOR = {
    "household": "Name the household first.",
    "clients": "Put the household's head, spouse or trustee on record first.",
    "advisor": "Assign an advisor to the household first.",
    "firm": "Set the firm's name in the settings first.",
    "date": "Try again.",
}
"""How to get a word for a placeholder that has none."""
_BRACES = re.compile(r"\{[^{}]*\}|[{}]")


@dataclass(frozen=True, slots=True)
class Words:
    """What the placeholders of a template stand for."""

    household: str
    clients: str
    advisor: str
    firm: str
    date: str

    def put_into(self, text: str) -> str:
        """A text with its placeholders replaced; others are left and named by the task list."""
        for name, word in asdict(self).items():
            text = text.replace(f"{{{name}}}", word)
        return text


def words_for(household: Household, *, advisor: str, on: date) -> Words:
    """What a template's placeholders stand for in this household."""
    people = [str(one) for one in parties.signers(household)]
    entry = (
        household.book_entries.filter(part=BookEntry.Part.ADVISOR, ends_on=None)
        .select_related("user")
        .first()
    )
    return Words(
        household=household.name,
        clients=" and ".join(people),
        advisor=entry.user.get_full_name() if entry else advisor,
        firm=firm_settings.in_force(on=on).of(firm_facts.NAME),
        date=figures.day(on),
    )


def in_use() -> list[PolicyTemplate]:
    """The newest version of each template that is not retired."""
    return list(PolicyTemplate.objects.filter(retired_at=None).order_by("name"))


def code_of(name: str) -> str:
    """The code of a new template, from its name."""
    return slugify(name)[:40] or "template"


def make(*, code: str, name: str, content: Mapping[str, Any], by: Actor, at: datetime) -> PolicyTemplate:
    """Make a template, or the next version of the one with this code, which retires the version before it.

    Raises `NotAllowed` for anybody but compliance and reviewers, `BadInput` for a band that makes no sense or a
    placeholder that is not known.
    """
    user = people.behind(by)
    if not any(user.has_role(role) for role in ROLES):
        raise NotAllowed(REFUSAL)
    _refuse_unknown(content)
    _refuse_senseless(content)
    with transaction.atomic():
        versions = PolicyTemplate.objects.select_for_update().filter(code=code)
        last = versions.order_by("-version").first()
        if last is not None and last.retired_at is None:
            _retire(last, user_id=user.pk, by=by, at=at)
        template = PolicyTemplate.objects.create(
            code=code,
            version=last.version + 1 if last else 1,
            name=name,
            content=dict(content),
            made_by_id=user.pk,
            made_at=at,
        )
        audit.record(
            audit.Action.POLICY_TEMPLATE_MADE,
            about=template,
            by=by,
            at=at,
            sealing=[("policy_template", template.pk)],
            code=code,
            name=name,
            version=template.version,
        )
    return template


def retire(template: PolicyTemplate, *, by: Actor, at: datetime) -> PolicyTemplate:
    """Take a template out of use; drafts made from it stay. Raises `Conflict` when it is retired already."""
    user = people.behind(by)
    if not any(user.has_role(role) for role in ROLES):
        raise NotAllowed(REFUSAL)
    with transaction.atomic():
        locked = PolicyTemplate.objects.select_for_update().get(pk=template.pk)
        if locked.retired_at is not None:
            raise Conflict("This template is retired already.", "Make a new version to use it again.")
        _retire(locked, user_id=user.pk, by=by, at=at)
    return locked


def filled(content: Mapping[str, Any], *, model: ModelVersion, words: Words) -> Content:
    """A template's content for one household. Classes that are not on record are left out; the task list shows that the
    targets no longer add up. Raises `BadInput` for a placeholder that has nothing to be replaced with.
    """
    _refuse_missing(content, words)
    on_record = set(AssetClass.objects.values_list("code", flat=True))
    return Content(
        model=model,
        targets=tuple(
            spec for spec in map(_target, content.get("targets", ())) if spec.asset_class in on_record
        ),
        sections={
            code: words.put_into(text)
            for code, text in content.get("sections", {}).items()
            if code in PolicySection.Code.values
        },
        terms=_terms(content, words),
    )


def as_content(content: Content) -> dict[str, Any]:
    """A content in the form in which a template keeps it."""
    return {
        "terms": {name: _text(value) for name, value in content.terms.items() if value is not None},
        "sections": {code: text for code, text in content.sections.items() if text},
        "targets": [
            {name: _text(value) for name, value in asdict(spec).items() if value not in (None, "")}
            for spec in content.targets
        ],
    }


def parsed(content: Mapping[str, Any], *, model: ModelVersion) -> Content:
    """A content as programs send it, for a household's own draft. Raises `BadInput` for what cannot be read."""
    try:
        return Content(
            model=model,
            targets=tuple(_target(row) for row in content.get("targets", ())),
            sections=dict(content.get("sections", {})),
            terms=_terms(content, None),
        )
    except (InvalidOperation, KeyError, FieldDoesNotExist) as error:
        raise BadInput(
            f"The content cannot be read: {error}.",
            "Give weights as decimal fractions and terms by their names.",
        ) from error


def _texts(content: Mapping[str, Any]) -> dict[str, str]:
    """Every text of a content by what it is called."""
    terms = {
        wording.LABELS.get(name, name): value
        for name, value in content.get("terms", {}).items()
        if isinstance(value, str)
    }
    sections = {
        wording.section(code): text
        for code, text in content.get("sections", {}).items()
        if code in PolicySection.Code.values
    }
    return {**sections, **terms}


def _refuse_unknown(content: Mapping[str, Any]) -> None:
    """Raise `BadInput` for a placeholder that nothing is ever filled in for, or a brace without its partner."""
    known = {f"{{{name}}}" for name in PLACEHOLDERS}
    for title, text in _texts(content).items():
        if unknown := sorted(set(_BRACES.findall(text)) - known):
            raise BadInput(
                f"{title}: nothing is filled in for {', '.join(unknown)}.",
                f"Use {', '.join(sorted(known))}, written exactly so.",
            )


def _refuse_missing(content: Mapping[str, Any], words: Words) -> None:
    texts = _texts(content)
    for name, word in asdict(words).items():
        for title, text in texts.items():
            if not word.strip() and f"{{{name}}}" in text:
                raise BadInput(f"{title}: there is nothing to fill in for {{{name}}}.", NOTHING_FOR[name])


def _refuse_senseless(content: Mapping[str, Any]) -> None:
    terms = _terms(content, None)
    specs = tuple(_target(row) for row in content.get("targets", ()))
    classes = AssetClass.objects.in_bulk(field_name="code")
    volatilities = targets.scaled(specs, classes)
    widths = Widths(
        preference=terms.get("band_preference", Policy.Preference.USUAL),
        look=terms.get("look", Policy.Look.DAILY),
        sheltered_share=terms.get("sheltered_band_share", Decimal(1)),
    )
    for spec in specs:
        targets.edges(spec, widths=widths, relative_volatility=volatilities.get(spec.asset_class))


def _retire(template: PolicyTemplate, *, user_id: int, by: Actor, at: datetime) -> None:
    template.retired_at, template.retired_by_id = at, user_id
    template.save(update_fields=["retired_at", "retired_by"])
    audit.record(
        audit.Action.POLICY_TEMPLATE_RETIRED,
        about=template,
        by=by,
        at=at,
        sealing=[("policy_template_retired", template.pk)],
        code=template.code,
        version=template.version,
    )


def _terms(content: Mapping[str, Any], words: Words | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in content.get("terms", {}).items():
        column: Any = Policy._meta.get_field(name)
        try:
            value = column.to_python(text if text != "" or not column.null else None)
        except ValidationError as error:
            raise BadInput(f"The template's {name} cannot be read: {text!r}.", "Correct it.") from error
        found[name] = words.put_into(value) if words is not None and isinstance(value, str) else value
    return found


def _target(row: Mapping[str, str]) -> TargetSpec:
    figures = ("target", "points", "share", "multiple", "risk", "lower", "upper", "hard_lower", "hard_upper")
    values: dict[str, Any] = {name: Decimal(row[name]) for name in figures if row.get(name)}
    return TargetSpec(
        asset_class=row["asset_class"],
        band=row.get("band", "absolute"),
        benchmark=row.get("benchmark", ""),
        **{"target": Decimal(0), **values},
    )


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
