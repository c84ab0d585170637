"""The firm's model portfolios: the list, and one model as a tree of classes, sleeves and securities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from clients import access, figures
from clients.forms import EquityDecision
from clients.models import AssetClass, ModelPortfolio, ModelVersion, SleeveMember
from clients.models.securities import CASH_CLASS
from compliance.people.roles import Role


@dataclass(frozen=True, slots=True)
class ModelRow:
    url: str
    name: str
    code: str
    description: str
    version: int | None
    effective_on: date | None
    policies: int


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


@dataclass(frozen=True, slots=True)
class MemberRow:
    symbol: str
    name: str
    use: str
    place: str
    rank: int


@dataclass(frozen=True, slots=True)
class SleeveRow:
    """A sleeve's weight as a share of the whole portfolio, and of its class."""

    name: str
    weight: Decimal
    share: Decimal
    members: tuple[MemberRow, ...]


@dataclass(frozen=True, slots=True)
class ClassRow:
    name: str
    weight: Decimal
    sleeves: tuple[SleeveRow, ...]


@dataclass(frozen=True, slots=True)
class VersionLink:
    number: int
    state: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class ModelPage:
    model: ModelPortfolio
    version: ModelVersion | None
    heading: str
    classes: tuple[ClassRow, ...]
    weight_total: Decimal
    versions: tuple[VersionLink, ...]
    policies: int


def listing(user: Any, *, wrong: tuple[str, EquityDecision] | None = None) -> ModelListPage:
    """Every model with the version that is published, and the asset classes; three queries.

    `wrong` is a decision that was filled in wrongly, by the class's code.
    """
    models = list(
        access.models_for(user)
        .annotate(policies=Count("versions__policies", filter=Q(versions__policies__state="adopted")))
        .order_by("name")
    )
    published = {
        row.model_id: row for row in ModelVersion.objects.filter(model__in=models, state="published")
    }
    rows = tuple(
        ModelRow(
            url=reverse("clients:model", args=[model.public_id]),
            name=model.name,
            code=model.code,
            description=model.description,
            version=published[model.pk].version if model.pk in published else None,
            effective_on=published[model.pk].effective_on if model.pk in published else None,
            policies=model.policies,
        )
        for model in models
    )
    count = len(rows)
    return ModelListPage(
        heading=f"{count} model portfolio{'' if count == 1 else 's'}" if count else "No model portfolio yet",
        rows=rows,
        classes=tuple(_asset_classes(user, wrong)),
        may_decide=user.has_role(Role.COMPLIANCE),
    )


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


def show(model: ModelPortfolio, *, number: int | None) -> ModelPage | None:
    """One version (the published one unless a number is given); None when there is no such version."""
    versions = list(model.versions.order_by("-version"))
    chosen = _chosen(versions, number)
    if number is not None and chosen is None:
        return None
    classes = tuple(_classes(chosen)) if chosen else ()
    following = chosen.policies.filter(state="adopted").count() if chosen else 0
    return ModelPage(
        model=model,
        version=chosen,
        heading=_heading(model, chosen),
        classes=classes,
        weight_total=sum((row.weight for row in classes), Decimal(0)),
        versions=tuple(
            VersionLink(
                number=row.version,
                state=row.state,
                url=f"{reverse('clients:model', args=[model.public_id])}?version={row.version}",
                is_here=chosen is not None and row.pk == chosen.pk,
            )
            for row in versions
        ),
        policies=following,
    )


def _chosen(versions: list[ModelVersion], number: int | None) -> ModelVersion | None:
    if number is not None:
        return next((row for row in versions if row.version == number), None)
    published = [row for row in versions if row.state == ModelVersion.State.PUBLISHED]
    return next(iter(published or versions), None)


def _heading(model: ModelPortfolio, version: ModelVersion | None) -> str:
    if version is None:
        return f"{model.name} has no version yet"
    if version.state == ModelVersion.State.PUBLISHED:
        return f"{model.name}, version {version.version}, in use since {figures.day(version.effective_on)}"
    return f"{model.name}, version {version.version}: {version.get_state_display().lower()}"


def _classes(version: ModelVersion) -> list[ClassRow]:
    rows = version.classes.select_related("asset_class").prefetch_related("sleeves__members__security")
    return [
        ClassRow(
            name=row.asset_class.name,
            weight=row.weight,
            sleeves=tuple(
                SleeveRow(
                    name=sleeve.name,
                    weight=row.weight * sleeve.weight,
                    share=sleeve.weight,
                    members=tuple(_member(member) for member in sleeve.members.all()),
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
    )
