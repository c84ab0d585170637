"""A version of a model as a value: classes with weights, their sleeves, and ranked securities.

What is typed, read from a file or taken from another model is such a tree; `faults` says what keeps it from being
published.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from clients.models import AssetClass, ModelVersion, Security, SleeveMember
from clients.models.securities import CASH_CLASS
from compliance.refusals import BadInput, closest

ZERO, ONE = Decimal(0), Decimal(1)
BPS = Decimal(10_000)
STEP = Decimal("0.000001")
"""The finest weight on record, a hundredth of a basis point."""


@dataclass(frozen=True, slots=True)
class MemberSpec:
    """A security of a sleeve: its symbol, use, place and rank (1 is the first choice)."""

    symbol: str
    use: str = SleeveMember.Use.PRIMARY
    place: str = SleeveMember.Place.ANY
    rank: int = 1


@dataclass(frozen=True, slots=True)
class SleeveSpec:
    """A sleeve of a class; `weight` is its share of the class.

    `taken_from` names the version of another model that it was taken from, as `income/3`; empty: its own.
    """

    name: str
    members: tuple[MemberSpec, ...]
    weight: Decimal = ONE
    taken_from: str = ""


@dataclass(frozen=True, slots=True)
class ClassSpec:
    """A class of a model; `weight` is its share of the portfolio. `taken_from` as of a sleeve, for all its sleeves."""

    asset_class: str
    weight: Decimal
    sleeves: tuple[SleeveSpec, ...]
    taken_from: str = ""


def weight_of(typed: str) -> Decimal:
    """A weight as typed: `58%`, `58.25 %` or, without a sign, basis points such as `5800`. Raises `BadInput`."""
    text = typed.strip().replace(",", "")
    is_percent = text.endswith("%")
    try:
        given = Decimal(text.removesuffix("%").removesuffix("bp").strip())
        weight = given / (100 if is_percent else BPS)
        fine = weight.is_finite() and ZERO <= weight <= ONE and weight == weight.quantize(STEP)
    except InvalidOperation:
        fine = False
    if not fine:
        raise BadInput(
            f"{typed.strip()[:20]!r} is no weight.",
            "Write percent as 58% or basis points as 5800, from 0 to 10,000.",
        )
    return weight


def weight_text(weight: Decimal) -> str:
    """A weight as it is typed: percent with no more places than it needs."""
    return f"{(weight * 100).normalize():f}%"


def of(version: ModelVersion) -> tuple[ClassSpec, ...]:
    """The stored version as a tree."""
    sources = {
        (part.asset_class.code, part.sleeve): reference(part.source)
        for part in version.taken_parts.select_related("asset_class", "source__model")
    }
    rows = version.classes.select_related("asset_class").prefetch_related("sleeves__members__security")
    return tuple(
        ClassSpec(
            row.asset_class.code,
            row.weight,
            tuple(
                SleeveSpec(
                    sleeve.name,
                    tuple(
                        MemberSpec(one.security.symbol, one.use, one.place, one.rank)
                        for one in sleeve.members.all()
                    ),
                    sleeve.weight,
                    sources.get((row.asset_class.code, sleeve.name), ""),
                )
                for sleeve in row.sleeves.all()
            ),
            sources.get((row.asset_class.code, ""), ""),
        )
        for row in rows
    )


def reference(version: ModelVersion) -> str:
    """How a tree names another model's version: `income/3`."""
    return f"{version.model.code}/{version.version}"


def expanded(classes: Sequence[ClassSpec], *, of_model: str) -> tuple[ClassSpec, ...]:
    """The tree with every part that is taken from another model filled in from there.

    A source is a published version, which never changes, and was published before the tree that takes from it; so no
    chain of versions can close. A chain of models could (each taking from the other's last version), and is refused.
    Raises `BadInput` for a source that is not on record or not published, has no such part, or takes from this model.
    """
    return tuple(_expanded(one, of_model) for one in classes)


def sources(classes: Sequence[ClassSpec]) -> dict[tuple[str, str], str]:
    """What the tree takes from elsewhere, by class and sleeve (empty: the whole class)."""
    whole = {(one.asset_class, ""): one.taken_from for one in classes if one.taken_from}
    parts = {
        (one.asset_class, sleeve.name): sleeve.taken_from
        for one in classes
        for sleeve in one.sleeves
        if sleeve.taken_from and not one.taken_from
    }
    return {**whole, **parts}


def version_named(text: str) -> ModelVersion:
    """The published version that a reference such as `income/3` names. Raises `BadInput`."""
    code, _, number = text.strip().partition("/")
    rows = ModelVersion.objects.filter(model__code=code, version=int(number) if number.isdecimal() else 0)
    found = rows.exclude(state__in=ModelVersion.NEVER_IN_FORCE).select_related("model").first()
    if found is None:
        raise BadInput(
            f"There is no published version {text.strip()!r} of a model.",
            "Name the model's code and a published version, as in income/3.",
        )
    return found


def origins(version: ModelVersion) -> set[str]:
    """The codes of all models that a version takes from, through any number of steps."""
    found: set[str] = set()
    waiting = [version.pk]
    while waiting:
        rows = ModelVersion.objects.filter(given_parts__version__in=waiting).select_related("model")
        waiting = []
        for row in rows.distinct():
            found.add(row.model.code)
            waiting.append(row.pk)
    return found


def faults(classes: Sequence[ClassSpec]) -> list[str]:
    """What keeps a tree from being published, as sentences; empty when nothing does."""
    return list(_faults(classes))


def refuse_names(classes: Sequence[ClassSpec]) -> None:
    """Raise `BadInput` for what a draft cannot even be stored with: a name that is not on record, or one twice."""
    known_classes = set(AssetClass.objects.values_list("code", flat=True))
    symbols = {member.symbol for one in classes for sleeve in one.sleeves for member in sleeve.members}
    known = set(Security.objects.filter(symbol__in=symbols).values_list("symbol", flat=True))
    seen: set[str] = set()
    for one in classes:
        if one.asset_class not in known_classes:
            raise BadInput(
                f"There is no asset class {one.asset_class}.",
                closest(one.asset_class, known_classes) or "Use the code of a class on record.",
            )
        _refuse_twice(one.asset_class, seen, "The class {}")
        names: set[str] = set()
        for sleeve in one.sleeves:
            if not sleeve.name.strip():
                raise BadInput(f"A sleeve of {one.asset_class} has no name.", "Give it a name, such as core.")
            _refuse_twice(sleeve.name, names, f"The sleeve {{}} of {one.asset_class}")
            if not ZERO < sleeve.weight <= ONE:
                raise BadInput(
                    f"The sleeve {sleeve.name} of {one.asset_class} has no share.",
                    "Give it a share of the class above 0% and up to 100%.",
                )
            held: set[tuple[str, str]] = set()
            for member in sleeve.members:
                if member.symbol not in known:
                    raise BadInput(
                        f"No security {member.symbol} is on record.", "Load its description first."
                    )
                if (member.symbol, member.place) in held:
                    raise BadInput(
                        f"{member.symbol} is in the sleeve {sleeve.name} of {one.asset_class} twice for the same accounts.",
                        "Keep it once.",
                    )
                held.add((member.symbol, member.place))


def _refuse_twice(name: str, seen: set[str], what: str) -> None:
    if name in seen:
        raise BadInput(f"{what.format(name)} is there twice.", "Keep it once.")
    seen.add(name)


def _faults(classes: Sequence[ClassSpec]) -> Iterator[str]:
    total = sum((one.weight for one in classes), ZERO)
    if total != ONE:
        yield f"The class weights add up to {_bps(total)} basis points, not to 10,000. Correct the weights; cash is a class too."
    for one in classes:
        if one.asset_class == CASH_CLASS:
            if len(one.sleeves) > 1:
                yield "Cash has one sleeve at most: free cash is in none, so that shares of it cannot be followed. Put its securities into one sleeve."
            continue
        if not one.sleeves and one.weight:
            yield f"{one.asset_class} has a weight and no sleeve, so nothing is bought for it. Give it a sleeve."
        shares = sum((sleeve.weight for sleeve in one.sleeves), ZERO)
        if one.sleeves and shares != ONE:
            yield f"The sleeves of {one.asset_class} add up to {_bps(shares)} basis points, not to 10,000. Give each its share of the class."
        for sleeve in one.sleeves:
            if not any(is_bought(member) for member in sleeve.members):
                yield f"Nothing is bought in the sleeve {sleeve.name} of {one.asset_class}. Give it a first choice."


def is_bought(member: MemberSpec) -> bool:
    """Whether a member is bought, and not only kept until taxes allow its sale."""
    return member.use != SleeveMember.Use.LEGACY


def _bps(weight: Decimal) -> str:
    return f"{(weight * BPS).normalize():,f}"


def _expanded(one: ClassSpec, of_model: str) -> ClassSpec:
    if one.taken_from:
        given = _given(one.taken_from, one.asset_class, of_model)
        return replace(one, sleeves=tuple(replace(sleeve, taken_from="") for sleeve in given.sleeves))
    return replace(
        one,
        sleeves=tuple(
            _expanded_sleeve(sleeve, one.asset_class, of_model) if sleeve.taken_from else sleeve
            for sleeve in one.sleeves
        ),
    )


def _expanded_sleeve(sleeve: SleeveSpec, asset_class: str, of_model: str) -> SleeveSpec:
    given = _given(sleeve.taken_from, asset_class, of_model)
    same = next((one for one in given.sleeves if one.name == sleeve.name), None)
    if same is None:
        names = ", ".join(one.name for one in given.sleeves)
        raise BadInput(
            f"{sleeve.taken_from} has no sleeve {sleeve.name} in {asset_class}.", f"It has {names or 'none'}."
        )
    return replace(sleeve, members=same.members)


def _given(text: str, asset_class: str, of_model: str) -> ClassSpec:
    source = version_named(text)
    if source.model.code == of_model or of_model in origins(source):
        raise BadInput(
            f"{text} is this model, or takes a part from it, so the two would follow each other.",
            "Take the part from a model that does not depend on this one.",
        )
    found = next((one for one in of(source) if one.asset_class == asset_class), None)
    if found is None:
        raise BadInput(f"{text} has no class {asset_class}.", "Take a class that it has.")
    return found
