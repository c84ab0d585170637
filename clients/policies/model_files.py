"""A model as a YAML document: one layout for files, for programs and for what is taken out.

Every value is read as text, so that a symbol such as ON or NO stays what it is. What is wrong is named with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

import yaml

from clients.models import ModelVersion, SleeveMember
from clients.policies import model_trees
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from compliance.refusals import BadInput, closest

SIZE_MAX = 256 * 1024
ONE = Decimal(1)
T = TypeVar("T")

Fields = dict[str, yaml.Node]


@dataclass(frozen=True, slots=True)
class ModelDocument:
    """What a document says: the model, and its next version as a tree."""

    code: str
    name: str
    description: str
    note: str
    effective_on: date | None
    classes: tuple[ClassSpec, ...]


def written(version: ModelVersion) -> str:
    """A version as a document, which `read` reads back to the same tree."""
    model = version.model
    content: dict[str, object] = {"model": model.code, "name": model.name}
    if model.description:
        content["description"] = model.description
    if version.note:
        content["note"] = version.note
    if version.effective_on is not None:
        content["effective_on"] = version.effective_on.isoformat()
    content["classes"] = [_class(one) for one in model_trees.of(version)]
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100))


def read(text: str) -> ModelDocument:
    """A document as typed or uploaded. Raises `BadInput`, which names the line."""
    if len(text.encode()) > SIZE_MAX:
        raise BadInput("The document is larger than 256 KB.", "A model is a few kilobytes; check the file.")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise BadInput("The document refers to other parts of itself (&, *).", "Write every part out.")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "the document"
        raise BadInput(
            f"This is not YAML: {where} cannot be read.", "Check its indentation and colons."
        ) from None
    except RecursionError:
        raise BadInput("The document is nested too deeply.", "Write it as in the example.") from None
    if root is None:
        raise BadInput("The document is empty.", "Write the model, its name and its classes.")
    top = _fields(
        root, {"model", "name", "description", "note", "effective_on", "classes"}, needs=("model", "classes")
    )
    code = _text(top["model"])
    return ModelDocument(
        code=code,
        name=_optional(top, "name") or code,
        description=_optional(top, "description"),
        note=_optional(top, "note"),
        effective_on=_valued(top["effective_on"], _day) if "effective_on" in top else None,
        classes=tuple(_read_class(node) for node in _items(top["classes"])),
    )


def _class(one: ClassSpec) -> dict[str, object]:
    content: dict[str, object] = {"class": one.asset_class, "weight": model_trees.weight_text(one.weight)}
    if one.taken_from:
        return {**content, "from": one.taken_from}
    if one.sleeves:
        content["sleeves"] = [_sleeve(sleeve) for sleeve in one.sleeves]
    return content


def _sleeve(sleeve: SleeveSpec) -> dict[str, object]:
    content: dict[str, object] = {"name": sleeve.name}
    if sleeve.weight != ONE:
        content["share"] = model_trees.weight_text(sleeve.weight)
    if sleeve.taken_from:
        return {**content, "from": sleeve.taken_from}
    content["members"] = [_member(member, place) for place, member in enumerate(sleeve.members, start=1)]
    return content


def _member(member: MemberSpec, position: int) -> dict[str, object]:
    content: dict[str, object] = {"symbol": member.symbol}
    if member.use != SleeveMember.Use.PRIMARY:
        content["use"] = str(member.use)
    if member.place != SleeveMember.Place.ANY:
        content["place"] = str(member.place)
    if member.rank != position:
        content["rank"] = member.rank
    return content


def _read_class(node: yaml.Node) -> ClassSpec:
    fields = _fields(node, {"class", "weight", "from", "sleeves"}, needs=("class", "weight"))
    source = _optional(fields, "from")
    if source and "sleeves" in fields:
        raise BadInput(
            f"Line {_line(fields['sleeves'])}: a class has either sleeves of its own or a source.",
            "Keep one of the two.",
        )
    return ClassSpec(
        _text(fields["class"]),
        _valued(fields["weight"], model_trees.weight_of),
        tuple(_read_sleeve(one) for one in _items(fields["sleeves"])) if "sleeves" in fields else (),
        source,
    )


def _read_sleeve(node: yaml.Node) -> SleeveSpec:
    fields = _fields(node, {"name", "share", "from", "members"}, needs=("name",))
    source = _optional(fields, "from")
    if bool(source) == ("members" in fields):
        raise BadInput(
            f"Line {_line(node)}: a sleeve has either members or a source.", "Give it one of the two."
        )
    members = _items(fields["members"]) if "members" in fields else ()
    return SleeveSpec(
        _text(fields["name"]),
        tuple(_read_member(one, position) for position, one in enumerate(members, start=1)),
        _valued(fields["share"], model_trees.weight_of) if "share" in fields else ONE,
        source,
    )


def _read_member(node: yaml.Node, position: int) -> MemberSpec:
    fields = _fields(node, {"symbol", "use", "place", "rank"}, needs=("symbol",))
    return MemberSpec(
        _text(fields["symbol"]),
        _choice(fields, "use", SleeveMember.Use.values, SleeveMember.Use.PRIMARY),
        _choice(fields, "place", SleeveMember.Place.values, SleeveMember.Place.ANY),
        _valued(fields["rank"], _rank) if "rank" in fields else position,
    )


def _fields(node: yaml.Node, known: Iterable[str], *, needs: tuple[str, ...]) -> Fields:
    if not isinstance(node, yaml.MappingNode):
        raise BadInput(
            f"Line {_line(node)}: fields are expected here.", f"Write {', '.join(needs)} with their values."
        )
    found: Fields = {}
    for key, value in node.value:
        name = _text(key)
        if name not in known:
            raise BadInput(
                f"Line {_line(key)}: there is no field {name[:40]!r} here.",
                closest(name, known) or f"The fields are {', '.join(sorted(known))}.",
            )
        if name in found:
            raise BadInput(f"Line {_line(key)}: the field {name} is there twice.", "Keep it once.")
        found[name] = value
    for name in needs:
        if name not in found:
            raise BadInput(f"Line {_line(node)}: the field {name} is missing.", "Add it.")
    return found


def _items(node: yaml.Node) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise BadInput(f"Line {_line(node)}: a list is expected here.", "Begin each entry with a hyphen.")
    return list(node.value)


def _text(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise BadInput(f"Line {_line(node)}: a single value is expected here.", "Write one value.")
    return str(node.value).strip()


def _optional(fields: Mapping[str, yaml.Node], name: str) -> str:
    return _text(fields[name]) if name in fields else ""


def _choice(fields: Mapping[str, yaml.Node], name: str, allowed: list[str], default: str) -> str:
    given = _optional(fields, name) or default
    if given not in allowed:
        raise BadInput(
            f"Line {_line(fields[name])}: {given[:40]!r} is no {name}.", f"Write one of {', '.join(allowed)}."
        )
    return given


def _valued(node: yaml.Node, read_text: Callable[[str], T]) -> T:
    try:
        return read_text(_text(node))
    except BadInput as problem:
        raise BadInput(f"Line {_line(node)}: {problem.sentence}", problem.how_to_fix) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text[:40]!r} is no day.", "Write it as 2026-12-15.") from None


def _rank(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 999):
        raise BadInput(f"{text[:40]!r} is no rank.", "Write a whole number from 1 to 999.")
    return int(text)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
