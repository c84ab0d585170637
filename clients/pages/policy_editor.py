"""The policy editor: its forms, the bands computed from what is typed, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.forms import BoundField
from django.urls import reverse

from clients.models import AssetClass, Household, Policy, PolicySection
from clients.pages import policy_values
from clients.policies import firm_defaults, gaps, targets, templates, triggering, wording
from clients.policies.policies import Content
from clients.policies.targets import Widths
from clients.policy_forms import Editor
from compliance.firm import firm_settings
from compliance.refusals import BadInput

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class BandRow:
    """One class with its band in percent and in dollars of the household. `chance` is that of standing outside a year
    after it stood at its target; None where the firm has no assumption.
    """

    name: str
    target: Decimal
    lower: Decimal | None
    upper: Decimal | None
    sheltered: tuple[Decimal, Decimal] | None
    dollars: tuple[Decimal, Decimal] | None
    hard: tuple[Decimal, Decimal] | None
    hard_dollars: tuple[Decimal, Decimal] | None
    chance: Decimal | None
    fault: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A template as one household would read it, before it is saved; `fault` says what keeps it from being filled in."""

    household: str
    texts: tuple[tuple[str, str], ...] = ()
    bands: tuple[BandRow, ...] = ()
    value: Decimal | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class EditorPage:
    title: str
    lead: str
    forms: Editor
    bands: tuple[BandRow, ...]
    total: Decimal
    value: Decimal | None
    tasks: tuple[gaps.Task, ...]
    missing: int
    faults: tuple[tuple[str, str], ...]
    back_url: str
    back_label: str
    is_template: bool
    people_url: str = ""
    name: str = ""
    households: BoundField | None = None
    preview: Preview | None = None
    trades_when: str = ""
    """When the terms as they are typed ask for a look and for trades."""


def bands_of(content: Content, *, value: Decimal | None, on: date) -> tuple[BandRow, ...]:
    """The bands as they would be stored, each with the fault that keeps it from being stored."""
    classes = {one.code: one for one in AssetClass.objects.all()}
    volatilities = targets.scaled(content.targets, classes)
    widths = Widths(
        preference=content.terms.get("band_preference", Policy.Preference.USUAL),
        look=content.terms.get("look", Policy.Look.DAILY),
        sheltered_share=content.terms.get("sheltered_band_share", ONE),
    )
    figures = firm_settings.in_force(on=on)
    rows = []
    for stated in content.targets:
        spec = firm_defaults.with_usual_band(stated, figures)
        name = classes[spec.asset_class].name if spec.asset_class in classes else spec.asset_class
        moves = volatilities.get(spec.asset_class)
        try:
            found = targets.edges(spec, widths=widths, relative_volatility=moves)
        except BadInput as refusal:
            rows.append(BandRow(name, spec.target, None, None, None, None, None, None, None, str(refusal)))
            continue
        hard = None
        if spec.hard_lower is not None or spec.hard_upper is not None:
            hard = (
                found.lower if spec.hard_lower is None else spec.hard_lower,
                found.upper if spec.hard_upper is None else spec.hard_upper,
            )
        rows.append(
            BandRow(
                name=name,
                target=spec.target,
                lower=found.lower,
                upper=found.upper,
                sheltered=found.sheltered,
                dollars=policy_values.of_band(found.lower, found.upper, value=value),
                hard=hard,
                hard_dollars=policy_values.of_band(*hard, value=value) if hard else None,
                chance=targets.breach_probability(spec.target, found.lower, found.upper, moves),
                fault="",
            )
        )
    return tuple(rows)


def _first_to_do(tasks: Sequence[gaps.Task]) -> tuple[gaps.Task, ...]:
    """What is to do, then what may be done, then what is done; in each the order of the editor."""
    return tuple(sorted(tasks, key=lambda one: (one.is_done, not one.is_required)))


def of_policy(
    policy: Policy,
    forms: Editor,
    *,
    content: Content | None,
    faults: Sequence[tuple[str, str]] = (),
    on: date,
) -> EditorPage:
    """The editor of a household's draft. `content` is what the bands are computed from; None: forms have faults."""
    value = policy_values.value_of(policy.household)
    bands = bands_of(content, value=value, on=on) if content is not None else ()
    tasks = _first_to_do(gaps.of(policy, on=on))
    return EditorPage(
        title=f"Policy of {policy.household.name}, version {policy.version}",
        lead="A draft binds nobody. Save it as often as you like; the task list says what is still missing.",
        forms=forms,
        bands=bands,
        total=sum((row.target for row in bands), ZERO),
        value=value,
        tasks=tasks,
        missing=sum(1 for one in tasks if one.is_required and not one.is_done),
        faults=tuple(faults),
        back_url=reverse("clients:policy", args=[policy.public_id]),
        back_label=f"IPS {policy.version}",
        people_url=f"{reverse('clients:household', args=[policy.household.public_id])}?tab=people",
        is_template=False,
        trades_when=_trades_when(content),
    )


def _trades_when(content: Content | None) -> str:
    if content is None:
        return ""
    is_hard = any(one.hard_lower is not None or one.hard_upper is not None for one in content.targets)
    return triggering.sentence(content.terms, is_hard=is_hard)


def preview_of(content: Content, household: Household, *, on: date) -> Preview:
    """What a draft of this household would begin with."""
    words = templates.words_for(household, advisor="", on=on)
    try:
        filled = templates.filled(templates.as_content(content), model=content.model, words=words)
    except BadInput as refusal:
        return Preview(household.name, fault=str(refusal))
    value = policy_values.value_of(household)
    said = {wording.LABELS[name]: filled.terms.get(name) for name in ("objectives", "tax_guidance", "text")}
    texts = {
        **{wording.section(code): filled.sections.get(code) for code in PolicySection.Code.values},
        **said,
    }
    return Preview(
        household.name,
        texts=tuple((title, text) for title, text in texts.items() if text),
        bands=bands_of(filled, value=value, on=on),
        value=value,
    )


def of_template(
    name: str,
    forms: Editor,
    *,
    households: BoundField,
    content: Content | None,
    faults: Sequence[tuple[str, str]] = (),
    preview: Preview | None = None,
    on: date,
) -> EditorPage:
    """The editor of a firm template; its bands are shown for a household of a million dollars."""
    value = Decimal(1_000_000)
    bands = bands_of(content, value=value, on=on) if content is not None else ()
    return EditorPage(
        title="Policy template",
        lead=(
            "Saving makes a new version; drafts made from earlier ones stay. Placeholders are filled in for each "
            "household: {household}, {clients}, {advisor}, {firm} and {date}."
        ),
        forms=forms,
        bands=bands,
        total=sum((row.target for row in bands), ZERO),
        value=value,
        tasks=(),
        missing=0,
        faults=tuple(faults),
        back_url=reverse("clients:policy_template_list"),
        back_label="Policy templates",
        is_template=True,
        name=name,
        households=households,
        preview=preview,
        trades_when=_trades_when(content),
    )
