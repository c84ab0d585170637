"""What a workbook would do to the firm's classes, securities and models; any fault here refuses the workbook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from clients.workbooks import firm_records, menu_plans
from clients.workbooks.columns import Value, written
from clients.workbooks.firm_facts import FirmFacts
from clients.workbooks.firm_layout import ASSET_CLASSES, MODEL_MEMBERS, MODELS, SECURITIES
from clients.workbooks.opening.raw import Fault
from clients.workbooks.plans import Difference, Step, cure, differences
from clients.workbooks.reading import Line, Read
from clients.workbooks.records import Values

ONE, ZERO = Decimal(1), Decimal(0)
CORE = "core"


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """A model whose next version is drafted."""

    code: str
    name: str
    description: str
    classes: tuple[ClassSpec, ...]


@dataclass(slots=True)
class FirmPlan:
    """The firm's part of a workbook."""

    classes: list[Step] = field(default_factory=list)
    securities: list[Step] = field(default_factory=list)
    models: list[tuple[Step, ModelPlan]] = field(default_factory=list)
    menus: list[Step] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def steps(self) -> list[Step]:
        return [*self.classes, *self.securities, *(step for step, _ in self.models), *self.menus]


def plan(read: Read, firm: FirmFacts) -> FirmPlan:
    """Compare the firm's sheets with the record."""
    made = FirmPlan()
    _rows(
        made,
        read.of(ASSET_CLASSES),
        firm_records.asset_classes() if read.of(ASSET_CLASSES) else {},
        made.classes,
    )
    lines = read.of(SECURITIES)
    for line in lines:
        _check_security(made, line, firm)
    _rows(made, lines, firm_records.securities() if lines else {}, made.securities)
    if read.of(MODELS) or read.of(MODEL_MEMBERS):
        _models(made, read, firm)
    made.menus, faults = menu_plans.plan(read, firm)
    made.faults += faults
    return made


def _rows(made: FirmPlan, lines: Sequence[Line], known: Mapping[str, Values], steps: list[Step]) -> None:
    for line in lines:
        before = known.get(line.key[0])
        if before is None:
            steps.append(Step(line.sheet, line.number, f"Add {line.key[0]}", dict(line.values)))
        elif found := differences(line, before):
            merged = {**before, **{name: value for name, value in line.values.items() if value is not None}}
            steps.append(
                Step(
                    line.sheet, line.number, f"Change {line.key[0]}", merged, before=before, differences=found
                )
            )


def _check_security(made: FirmPlan, line: Line, firm: FirmFacts) -> None:
    weights: Any = line.values.get("asset_classes") or ()
    for code, _ in weights:
        if code not in firm.classes:
            made.faults.append(
                line.fault(
                    "asset_classes",
                    f"There is no asset class {code}.",
                    cure(str(code), firm.classes, "Add it to sheet asset_classes."),
                )
            )
    for symbol in line.values.get("replacements") or ():  # type: ignore[union-attr]
        if symbol not in firm.symbols or symbol == line.text("symbol"):
            made.faults.append(
                line.fault(
                    "replacements",
                    f"{symbol} is no other security on record.",
                    "Add it to sheet securities, or take it out.",
                )
            )


def _models(made: FirmPlan, read: Read, firm: FirmFacts) -> None:
    known = firm_records.models()
    members: dict[str, list[Line]] = defaultdict(list)
    for line in read.of(MODEL_MEMBERS):
        members[line.text("model")].append(line)
    heads = {line.text("model"): line for line in read.of(MODELS)}
    for code, rows in members.items():
        if code not in heads and code not in known:
            made.faults.append(rows[0].fault("model", "There is no such model.", "Add it to sheet models."))
    for code in dict.fromkeys([*heads, *members]):
        head, rows = heads.get(code), members.get(code, [])
        before = known.get(code)
        if head is not None and not rows and before is None:
            made.faults.append(
                head.fault("model", "The model has no members.", "Add its rows to sheet model_members.")
            )
            continue
        if rows:
            faults = _faults_of(rows, firm)
            made.faults += faults
            if not faults:
                _model(made, code, head, rows, before)
        elif head is not None and before is not None:
            _refuse_renaming(made, head, before[0])


def _model(
    made: FirmPlan,
    code: str,
    head: Line | None,
    rows: Sequence[Line],
    before: tuple[Values, list[Values]] | None,
) -> None:
    classes = specs([dict(row.values) for row in rows])
    new, old = _words(classes), _words(specs(before[1])) if before else set()
    if head is not None and before is not None:
        _refuse_renaming(made, head, before[0])
    if new == old:
        return
    line = head or rows[0]
    found = tuple(
        [Difference("member", one, "") for one in sorted(old - new)]
        + [Difference("member", "", one) for one in sorted(new - old)]
    )
    sentence = f"Draft model {code}" if before is None else f"Draft the next version of model {code}"
    step = Step(line.sheet, line.number, sentence, {}, differences=found if before else ())
    name = head.text("name") if head else written(before[0]["name"]) if before else code
    about = head.text("description") if head else written(before[0]["description"]) if before else ""
    made.models.append((step, ModelPlan(code, name, about, classes)))


def _refuse_renaming(made: FirmPlan, head: Line, before: Values) -> None:
    for one in differences(head, before):
        made.faults.append(
            head.fault(
                one.column, "A workbook cannot rename a model on record.", "Change it on the model's page."
            )
        )


def _faults_of(rows: Sequence[Line], firm: FirmFacts) -> list[Fault]:
    faults: list[Fault] = []
    weights: dict[str, Value | None] = {}
    for row in rows:
        code = row.text("asset_class")
        if code not in firm.classes:
            fix = cure(code, firm.classes, "Add it to sheet asset_classes.")
            faults.append(row.fault("asset_class", "There is no such asset class.", fix))
        if row.text("symbol") and row.text("symbol") not in firm.symbols:
            fix = cure(row.text("symbol"), firm.symbols, "Add it to sheet securities.")
            faults.append(row.fault("symbol", "There is no such security.", fix))
        given = row.values.get("class_weight")
        if weights.setdefault(code, given) != given:
            faults.append(
                row.fault(
                    "class_weight", "The class has two weights in this model.", "Write the same in each row."
                )
            )
    total = sum((one for one in weights.values() if isinstance(one, Decimal)), ZERO)
    if total != ONE:
        faults.append(
            rows[-1].fault(
                "class_weight",
                f"The class weights of this model add up to {total * 100:f}%, not to 100%.",
                "Correct them; cash is a class too.",
            )
        )
    if not faults:
        for spec in specs([dict(row.values) for row in rows]):
            if spec.sleeves and sum((one.weight for one in spec.sleeves), ZERO) != ONE:
                row = next(one for one in rows if one.text("asset_class") == spec.asset_class)
                faults.append(
                    row.fault(
                        "sleeve_weight", "The sleeves of this class do not add up to 100%.", "Correct them."
                    )
                )
    return faults


def specs(rows: Sequence[Values]) -> tuple[ClassSpec, ...]:
    """The rows of a model as the drafting verb takes them; what is empty has its usual value."""
    classes: dict[str, dict[str, list[Values]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        sleeves = classes[written(row["asset_class"])]
        if row.get("symbol"):
            sleeves[written(row.get("sleeve")) or CORE].append(row)
    found = []
    for code, sleeves in classes.items():
        weight = next(row["class_weight"] for row in rows if row["asset_class"] == code)
        assert isinstance(weight, Decimal), "the weight was read and is required"
        found.append(ClassSpec(code, weight, tuple(_sleeve(name, some) for name, some in sleeves.items())))
    return tuple(found)


def _sleeve(name: str, rows: Sequence[Values]) -> SleeveSpec:
    weight = next((row["sleeve_weight"] for row in rows if row.get("sleeve_weight")), ONE)
    assert isinstance(weight, Decimal), "a percentage is read as a decimal"
    members = tuple(
        MemberSpec(
            written(row["symbol"]),
            use=written(row.get("use")) or ("primary" if place == 1 else "alternate"),
            place=written(row.get("place")) or "any",
            rank=int(written(row.get("rank")) or place),
        )
        for place, row in enumerate(rows, start=1)
    )
    return SleeveSpec(name, members, weight)


def _words(classes: Sequence[ClassSpec]) -> set[str]:
    """Each member of a model as text, equal for equal members."""
    found = set()
    for part in classes:
        head = f"{part.asset_class} {_percent(part.weight)}"
        if not part.sleeves:
            found.add(head)
        for sleeve in part.sleeves:
            share = (
                ""
                if sleeve.weight == ONE and sleeve.name == CORE
                else f", {sleeve.name} {_percent(sleeve.weight)}"
            )
            found |= {
                f"{head}{share}: {one.symbol}, {one.use}, {one.place}, rank {one.rank}"
                for one in sleeve.members
            }
    return found


def _percent(weight: Decimal) -> str:
    return f"{(weight * 100).normalize():f}%"
