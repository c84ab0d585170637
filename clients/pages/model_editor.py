"""The editor of a model's draft: its tree as typed cells, with rows to add, and what was typed as a tree again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients.models import AssetClass, ModelVersion, Replacement, Security, SleeveMember
from clients.policies import model_portfolios, model_trees, model_versions
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from compliance.doors.refused import Refused
from compliance.refusals import BadInput

MORE_MEMBERS = 2
ROWS_MAX = 200
"""Classes, sleeves of a class, and members of a sleeve that are read at most."""


@dataclass(frozen=True, slots=True)
class MemberCell:
    """A row of a sleeve as typed. `about` names the security and what replaces it."""

    prefix: str
    symbol: str = ""
    use: str = SleeveMember.Use.PRIMARY
    place: str = SleeveMember.Place.ANY
    rank: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class SleeveCell:
    prefix: str
    name: str
    share: str
    taken_from: str
    members: tuple[MemberCell, ...]
    title: str


@dataclass(frozen=True, slots=True)
class ClassCell:
    """A class as typed. `is_open`: it is in the model, so its sleeves are shown."""

    prefix: str
    code: str
    name: str
    weight: str
    taken_from: str
    sleeves: tuple[SleeveCell, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class EditorPage:
    version: ModelVersion
    heading: str
    back_url: str
    ask_url: str
    seen: str
    note: str
    classes: tuple[ClassCell, ...]
    total: str
    is_whole: bool
    faults: tuple[str, ...]
    problems: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    uses: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str], ...]
    refused: Refused | None = None


def show(version: ModelVersion) -> EditorPage:
    """The draft as it is on record."""
    tree = model_trees.of(version)
    about = _about(tree)
    by_code = {one.asset_class: one for one in tree}
    cells = tuple(
        _class_cell(f"c{index}", one, by_code.get(one.code), about)
        for index, one in enumerate(AssetClass.objects.all())
    )
    return _page(version, cells, tree, note=version.note, problems=())


def again(
    version: ModelVersion,
    typed: Mapping[str, Any],
    *,
    problems: Sequence[str] = (),
    refused: Refused | None = None,
) -> EditorPage:
    """What was typed, with what is wrong with it; nothing is lost."""
    names = dict(AssetClass.objects.values_list("code", "name"))
    cells = tuple(
        ClassCell(
            prefix=prefix,
            code=_said(typed, f"{prefix}.code"),
            name=names.get(_said(typed, f"{prefix}.code"), ""),
            weight=_said(typed, f"{prefix}.weight"),
            taken_from=_said(typed, f"{prefix}.from"),
            sleeves=tuple(_sleeve_again(one, typed) for one in _rows(typed, f"{prefix}.s", "name")),
            is_open=bool(_said(typed, f"{prefix}.weight")),
        )
        for prefix in _rows(typed, "c", "code")
    )
    page = _page(version, cells, (), note=_said(typed, "note"), problems=tuple(problems))
    return replace(page, refused=refused)


def read(typed: Mapping[str, Any]) -> tuple[tuple[ClassSpec, ...], list[str]]:
    """What was typed as a tree, and what of it cannot be read, as sentences. Empty rows are left out."""
    problems: list[str] = []
    classes = []
    for prefix in _rows(typed, "c", "code"):
        code = _said(typed, f"{prefix}.code")
        source = _said(typed, f"{prefix}.from")
        sleeves = () if source else tuple(_sleeves(typed, prefix, code, problems))
        weight = _said(typed, f"{prefix}.weight")
        if weight:
            classes.append(ClassSpec(code, _weight(weight, code, problems), sleeves, source))
        elif sleeves or source:
            problems.append(f"{code}: it has sleeves and no weight. Type its weight, or empty its sleeves.")
    return tuple(classes), problems


def _page(
    version: ModelVersion,
    cells: tuple[ClassCell, ...],
    tree: Sequence[ClassSpec],
    *,
    note: str,
    problems: tuple[str, ...],
) -> EditorPage:
    total = sum((_weight(cell.weight, "", []) for cell in cells if cell.weight), Decimal(0))
    others = ModelVersion.objects.exclude(state__in=ModelVersion.NEVER_IN_FORCE).exclude(model=version.model)
    return EditorPage(
        version=version,
        heading=f"{version.model.name}, version {version.version}: change the draft",
        back_url=f"{reverse('clients:model', args=[version.model.public_id])}?version={version.version}",
        ask_url=reverse("clients:model_ask", args=[version.model.public_id]),
        seen=model_portfolios.fingerprint_of(version),
        note=note,
        classes=cells,
        total=f"{(total * model_trees.BPS).normalize():,f}",
        is_whole=total == model_trees.ONE,
        faults=(*model_trees.faults(tree), *model_versions.unfilled(version)) if not problems else (),
        problems=problems,
        sources=tuple(
            (model_trees.reference(one), f"{one.model.name}, version {one.version}")
            for one in others.select_related("model").order_by("model__name", "-version")
        ),
        uses=tuple(SleeveMember.Use.choices),
        places=tuple(SleeveMember.Place.choices),
    )


def _class_cell(
    prefix: str, asset_class: AssetClass, one: ClassSpec | None, about: Mapping[str, str]
) -> ClassCell:
    sleeves = one.sleeves if one else ()
    cells = [_sleeve_cell(f"{prefix}.s{n}", sleeve, about) for n, sleeve in enumerate(sleeves)]
    if not (one and one.taken_from):
        cells.append(_sleeve_cell(f"{prefix}.s{len(sleeves)}", None, about))
    return ClassCell(
        prefix=prefix,
        code=asset_class.code,
        name=asset_class.name or asset_class.code,
        weight=model_trees.weight_text(one.weight) if one else "",
        taken_from=one.taken_from if one else "",
        sleeves=tuple(cells),
        is_open=one is not None,
    )


def _sleeve_cell(prefix: str, sleeve: SleeveSpec | None, about: Mapping[str, str]) -> SleeveCell:
    members = sleeve.members if sleeve else ()
    cells = [
        MemberCell(f"{prefix}.m{n}", one.symbol, one.use, one.place, str(one.rank), about.get(one.symbol, ""))
        for n, one in enumerate(members)
    ]
    cells += [MemberCell(f"{prefix}.m{len(members) + n}") for n in range(MORE_MEMBERS)]
    return SleeveCell(
        prefix=prefix,
        name=sleeve.name if sleeve else "",
        share=model_trees.weight_text(sleeve.weight) if sleeve else "",
        taken_from=sleeve.taken_from if sleeve else "",
        members=tuple(cells),
        title=f"Sleeve {sleeve.name}" if sleeve else "Another sleeve",
    )


def _sleeve_again(prefix: str, typed: Mapping[str, Any]) -> SleeveCell:
    name = _said(typed, f"{prefix}.name")
    return SleeveCell(
        prefix=prefix,
        name=name,
        share=_said(typed, f"{prefix}.share"),
        taken_from=_said(typed, f"{prefix}.from"),
        members=tuple(
            MemberCell(
                one,
                _said(typed, f"{one}.symbol"),
                _said(typed, f"{one}.use"),
                _said(typed, f"{one}.place"),
                _said(typed, f"{one}.rank"),
            )
            for one in _rows(typed, f"{prefix}.m", "symbol")
        ),
        title=f"Sleeve {name}" if name else "Another sleeve",
    )


def _sleeves(typed: Mapping[str, Any], prefix: str, code: str, problems: list[str]) -> Iterator[SleeveSpec]:
    for row in _rows(typed, f"{prefix}.s", "name"):
        name, source = _said(typed, f"{row}.name"), _said(typed, f"{row}.from")
        members = () if source else tuple(_members(typed, row, f"{code} / {name}", problems))
        if not (name or members or source):
            continue
        share = _said(typed, f"{row}.share")
        weight = _weight(share, f"{code} / {name}", problems) if share else model_trees.ONE
        yield SleeveSpec(name, members, weight, source)


def _members(typed: Mapping[str, Any], prefix: str, where: str, problems: list[str]) -> Iterator[MemberSpec]:
    position = 0
    for row in _rows(typed, f"{prefix}.m", "symbol"):
        symbol = _said(typed, f"{row}.symbol").upper()
        if not symbol:
            continue
        position += 1
        use, place = _said(typed, f"{row}.use"), _said(typed, f"{row}.place")
        rank = _said(typed, f"{row}.rank") or str(position)
        if use not in SleeveMember.Use.values or place not in SleeveMember.Place.values:
            problems.append(f"{where}: choose the use and the accounts of {symbol}.")
        elif not (rank.isdecimal() and 1 <= int(rank) <= 999):
            problems.append(
                f"{where}: {rank[:20]!r} is no rank of {symbol}. Type a whole number from 1 to 999."
            )
        else:
            yield MemberSpec(symbol, use, place, int(rank))


def _weight(text: str, where: str, problems: list[str]) -> Decimal:
    try:
        return model_trees.weight_of(text)
    except BadInput as problem:
        problems.append(f"{where}: {problem}")
        return Decimal(0)


def _rows(typed: Mapping[str, Any], start: str, field: str) -> list[str]:
    """The prefixes of the rows that were sent: `c0`, `c1` and so on."""
    found = []
    for number in range(ROWS_MAX):
        if f"{start}{number}.{field}" not in typed:
            break
        found.append(f"{start}{number}")
    return found


def _said(typed: Mapping[str, Any], name: str) -> str:
    return str(typed.get(name, "")).strip()


def _about(tree: Sequence[ClassSpec]) -> dict[str, str]:
    """Each security's name, and what is bought in its place where the wash-sale window bars it."""
    symbols = {member.symbol for one in tree for sleeve in one.sleeves for member in sleeve.members}
    names = dict(Security.objects.filter(symbol__in=symbols).values_list("symbol", "name"))
    replacements = Replacement.objects.filter(security__symbol__in=symbols).order_by("security", "rank")
    others: dict[str, list[str]] = {}
    for symbol, other in replacements.values_list("security__symbol", "replacement__symbol"):
        others.setdefault(symbol, []).append(other)
    return {
        symbol: name + (f"; replaced by {', '.join(others[symbol])}" if symbol in others else "")
        for symbol, name in names.items()
    }
