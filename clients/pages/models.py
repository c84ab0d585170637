"""The firm's model portfolios: the list, and one model as a tree of classes, sleeves and securities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse

from clients import access, figures
from clients.forms import EquityDecision
from clients.models import AssetClass, ModelPortfolio, ModelVersion, Policy, SleeveMember, TakenPart
from clients.models.securities import CASH_CLASS
from clients.pages import model_holdings, review_links
from clients.pages.model_holdings import Unmapped
from clients.policies import model_differences, model_portfolios, model_trees, model_versions
from compliance.audit_trail import audit
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from compliance.people.roles import Role
from compliance.review_desk.subjects import Difference

DOORS_OF_THE_LIST = ("clients:model_open", "clients:model_document", "clients:model_substitute")
DOORS_OF_A_MODEL = (
    "clients:model_next",
    "clients:model_ask",
    "clients:model_reschedule",
    "clients:model_call_off",
    "clients:model_draft_remove",
    "clients:model_retire",
)
EVENTS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class ModelRow:
    url: str
    name: str
    code: str
    description: str
    version: int | None
    effective_on: date | None
    policies: int
    state: str


@dataclass(frozen=True, slots=True)
class AssetClassRow:
    """A class, and whether it counts as stocks: yes, no or (None) not said yet. The form only for compliance."""

    code: str
    name: str
    is_equity: bool | None
    url: str
    form: EquityDecision | None


@dataclass(frozen=True, slots=True)
class ModelListPage:
    heading: str
    rows: tuple[ModelRow, ...]
    classes: tuple[AssetClassRow, ...]
    may_decide: bool
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A security of a sleeve; `replacements` are bought instead where the wash-sale window bars it."""

    symbol: str
    name: str
    use: str
    place: str
    rank: int
    replacements: str


@dataclass(frozen=True, slots=True)
class SleeveRow:
    """A sleeve's weight as a share of the whole portfolio, and of its class."""

    name: str
    weight: Decimal
    share: Decimal
    members: tuple[MemberRow, ...]
    taken_from: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    name: str
    weight: Decimal
    sleeves: tuple[SleeveRow, ...]
    taken_from: str


@dataclass(frozen=True, slots=True)
class VersionLink:
    number: int
    state: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of a model's history."""

    at: datetime
    by: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ModelPage:
    model: ModelPortfolio
    version: ModelVersion | None
    heading: str
    classes: tuple[ClassRow, ...]
    weight_total: Decimal
    versions: tuple[VersionLink, ...]
    policies: int
    named_by: int
    state: str
    state_label: str
    faults: tuple[str, ...]
    compared_with: int | None
    differences: tuple[Difference, ...]
    unmapped: tuple[Unmapped, ...]
    taken_by: tuple[str, ...]
    edit_url: str
    document_url: str
    review_url: str
    notice: str
    impact_url: str
    rollout_url: str
    doors: tuple[DoorLink, ...]
    events: tuple[EventRow, ...]


def listing(user: Any, *, on: date, wrong: tuple[str, EquityDecision] | None = None) -> ModelListPage:
    """Every model with the version in force, and the asset classes.

    `wrong` is a decision that was filled in wrongly, by the class's code.
    """
    rows = tuple(_row(model, on=on) for model in access.models_for(user).order_by("name"))
    count = len(rows)
    return ModelListPage(
        heading=f"{count} model portfolio{'' if count == 1 else 's'}" if count else "No model portfolio yet",
        rows=rows,
        classes=tuple(_asset_classes(user, wrong)),
        may_decide=user.has_role(Role.COMPLIANCE),
        doors=doors.links(DOORS_OF_THE_LIST, user),
    )


def _row(model: ModelPortfolio, *, on: date) -> ModelRow:
    version = model_versions.in_force(model, on=on)
    return ModelRow(
        url=reverse("clients:model", args=[model.public_id]),
        name=model.name,
        code=model.code,
        description=model.description,
        version=version.version if version else None,
        effective_on=version.effective_on if version else None,
        policies=Policy.objects.filter(model__model=model, state=Policy.State.ADOPTED).count(),
        state=_row_state(model, on=on),
    )


def _row_state(model: ModelPortfolio, *, on: date) -> str:
    """What comes next: the draft, the scheduled version, or nothing."""
    if model.retired_at is not None:
        return "Retired"
    if (draft := model_versions.draft_of(model)) is not None:
        return f"Version {draft.version} is a draft"
    if (later := model_versions.scheduled(model, on=on)) is not None:
        return f"Version {later.version} from {figures.day(later.effective_on)}"
    return ""


def _asset_classes(user: Any, wrong: tuple[str, EquityDecision] | None) -> Iterator[AssetClassRow]:
    may_decide = user.has_role(Role.COMPLIANCE)
    for one in AssetClass.objects.all():
        form = wrong[1] if wrong and wrong[0] == one.code else EquityDecision(auto_id=f"{one.code}_%s")
        yield AssetClassRow(
            code=one.code,
            name=one.name,
            is_equity=one.is_equity,
            url=reverse("clients:asset_class_decide", args=[one.code]),
            form=form if may_decide and one.code != CASH_CLASS else None,
        )


def show(user: Any, model: ModelPortfolio, *, number: int | None, on: date) -> ModelPage | None:
    """One version (the one in force unless a number is given); None when there is no such version."""
    versions = list(model.versions.order_by("-version"))
    current = model_versions.in_force(model, on=on)
    chosen = _chosen(versions, number, current)
    if number is not None and chosen is None:
        return None
    classes = tuple(_classes(chosen)) if chosen else ()
    tree = model_trees.of(chosen) if chosen else ()
    before = next(
        (
            row
            for row in versions
            if chosen and row.version < chosen.version and row.state not in ModelVersion.NEVER_IN_FORCE
        ),
        None,
    )
    waiting = model_portfolios.in_review(model)
    is_draft = chosen is not None and chosen.state == ModelVersion.State.DRAFT
    may_edit = is_draft and access.refusal_to_change_models(user) is None
    state, label = _standing(chosen, current, on=on)
    address = [model.public_id, chosen.version] if chosen else []
    return ModelPage(
        model=model,
        version=chosen,
        heading=_heading(model, chosen, label),
        classes=classes,
        weight_total=sum((row.weight for row in classes), Decimal(0)),
        versions=tuple(
            VersionLink(
                number=row.version,
                state=_standing(row, current, on=on)[1],
                url=f"{reverse('clients:model', args=[model.public_id])}?version={row.version}",
                is_here=chosen is not None and row.pk == chosen.pk,
            )
            for row in versions
        ),
        policies=model_versions.followers_of(chosen, on=on).count() if chosen else 0,
        named_by=model_versions.following(model).count(),
        state=state,
        state_label=label,
        faults=(*model_trees.faults(tree), *model_versions.unfilled(chosen)) if chosen and is_draft else (),
        compared_with=before.version if before else None,
        differences=model_differences.between(model_trees.of(before), tree) if before else (),
        unmapped=model_holdings.unmapped(chosen, on=on) if chosen and not is_draft else (),
        taken_by=tuple(_takers(chosen)) if chosen else (),
        edit_url=reverse("clients:model_edit", args=[model.public_id]) if may_edit else "",
        document_url=reverse("clients:model_version_document", args=address) if chosen else "",
        review_url=review_links.review_url(user, waiting),
        notice=_notice(model, chosen, current, on=on),
        impact_url=above("rebalancing:model_impact_list", address),
        rollout_url=above("rebalancing:model_rollout", address) if not is_draft else "",
        # A draft that is in review is not sent there again.
        doors=doors.links(
            (one for one in DOORS_OF_A_MODEL if not (waiting and one == "clients:model_ask")), user, model
        ),
        events=tuple(
            EventRow(event.stated_at, event.actor_label, event.get_action_display())
            for event in audit.trail(about=model).order_by("-seq")[:EVENTS_SHOWN]
        ),
    )


def _notice(
    model: ModelPortfolio, version: ModelVersion | None, current: ModelVersion | None, *, on: date
) -> str:
    """What a reader has to know of a version that waits for its day, or was called off."""
    if version is None:
        return ""
    if version.state == ModelVersion.State.CALLED_OFF and version.called_off_at is not None:
        who = version.called_off_by.get_full_name() if version.called_off_by else ""
        return (
            f"Called off on {figures.day(version.called_off_at.date())} by {who}, before its day: "
            f"{version.called_off_reason}"
        )
    later = model_versions.scheduled(model, on=on)
    if later is None:
        return ""
    if later.pk == version.pk:
        still = f"Until then version {current.version} stays in force." if current else ""
        moved = " It was given another day after it was approved." if version.rescheduled_at else ""
        return f"It waits for its day, {figures.day(later.effective_on)}. {still}{moved}".strip()
    return f"Version {later.version} takes effect on {figures.day(later.effective_on)}."


def above(name: str, address: list[Any]) -> str:
    """A page of the floor above by its name; empty where there is none."""
    try:
        return reverse(name, args=address) if address else ""
    except NoReverseMatch:
        return ""


def _takers(version: ModelVersion) -> Iterator[str]:
    """Models whose newest version takes a part from this version, as sentences."""
    for part in TakenPart.objects.filter(source=version).select_related("version__model", "asset_class"):
        newest = part.version.model.versions.order_by("-version").first()
        if newest is not None and newest.pk == part.version_id:
            yield f"{part.version.model}, version {part.version.version}, takes {part.asset_class} from here."


def _chosen(
    versions: list[ModelVersion], number: int | None, current: ModelVersion | None
) -> ModelVersion | None:
    if number is not None:
        return next((row for row in versions if row.version == number), None)
    return current or next(iter(versions), None)


def _standing(version: ModelVersion | None, current: ModelVersion | None, *, on: date) -> tuple[str, str]:
    """A version's state on a day: code and words."""
    if version is None:
        return "", ""
    if version.state == ModelVersion.State.DRAFT:
        return "draft", "Draft"
    if version.state == ModelVersion.State.CALLED_OFF:
        return "called_off", "Called off"
    if current is not None and version.pk == current.pk:
        return "published", "In force"
    if (
        version.effective_on is not None
        and version.effective_on > on
        and (current is None or version.version > current.version)
    ):
        return "scheduled", f"Takes effect on {figures.day(version.effective_on)}"
    return "superseded", "Superseded"


def _heading(model: ModelPortfolio, version: ModelVersion | None, label: str) -> str:
    if version is None:
        return f"{model.name} has no version yet"
    if label == "In force":
        return f"{model.name}, version {version.version}, in force since {figures.day(version.effective_on)}"
    return f"{model.name}, version {version.version}: {label[0].lower()}{label[1:]}"


def _classes(version: ModelVersion) -> list[ClassRow]:
    rows = version.classes.select_related("asset_class").prefetch_related(
        "sleeves__members__security__replacements__replacement"
    )
    sources = model_trees.sources(model_trees.of(version))
    return [
        ClassRow(
            name=row.asset_class.name,
            weight=row.weight,
            taken_from=sources.get((row.asset_class.code, ""), ""),
            sleeves=tuple(
                SleeveRow(
                    name=sleeve.name,
                    weight=row.weight * sleeve.weight,
                    share=sleeve.weight,
                    members=tuple(_member(member) for member in sleeve.members.all()),
                    taken_from=sources.get((row.asset_class.code, sleeve.name), ""),
                )
                for sleeve in row.sleeves.all()
            ),
        )
        for row in rows
    ]


def _member(member: SleeveMember) -> MemberRow:
    return MemberRow(
        symbol=member.security.symbol,
        name=member.security.name,
        use=member.get_use_display(),
        place=member.get_place_display(),
        rank=member.rank,
        replacements=", ".join(one.replacement.symbol for one in member.security.replacements.all()),
    )
