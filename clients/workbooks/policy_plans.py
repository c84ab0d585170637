"""The next version of a household's policy, as the workbook describes it, compared with the newest on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clients.policies import targets
from clients.policies.targets import TargetSpec, Widths
from clients.securities import asset_classes
from clients.workbooks.columns import written
from clients.workbooks.firm_facts import FirmFacts
from clients.workbooks.layout import POLICIES
from clients.workbooks.plans import (
    Difference,
    HouseholdPlan,
    PolicyPlan,
    Step,
    account_named,
    cure,
    differences,
)
from clients.workbooks.policy_layout import POLICY_TARGETS, RESTRICTIONS
from clients.workbooks.reading import Line
from clients.workbooks.records import POLICY_TERMS, Values
from compliance.refusals import BadInput

ONE, ZERO = Decimal(1), Decimal(0)
_TARGET_COLUMNS = (
    *("target", "band", "points", "share", "multiple", "risk", "low", "high", "hard_low", "hard_high"),
    "benchmark",
)
_SIGNED = ("signed_by_client_on", "signed_by_advisor_on")
_TEMPLATES = ("template", "words_template")


def plan(made: HouseholdPlan, firm: FirmFacts) -> PolicyPlan | None:
    """The policy's next version, or None where the workbook says nothing new about it."""
    line = next(iter(made.of(POLICIES)), None)
    first = line or next(iter([*made.of(POLICY_TARGETS), *made.of(RESTRICTIONS)]), None)
    if first is None:
        return None
    before = made.on_record(POLICIES).get((made.code,))
    if line is None and before is None:
        made.refuse(first, "household", "The household has no policy.", "Add its row to sheet policies.")
        return None
    merged: Values = {**(before or {}), **_given(line)}
    if before is None and merged.get("reviewed_on") is None:
        # Whoever signed a policy went through it that day.
        merged["reviewed_on"] = merged.get("signed_by_client_on")
    for name in _SIGNED:
        if before is not None and merged[name] == before[name]:
            # Who signed the version on record has not signed the next one.
            merged[name] = None
    if line is not None:
        _check_terms(made, line, firm)
    targets = _targets(made, line, first, firm, _widths(merged))
    wishes = _restrictions(made, firm)
    _check_cap(made, first, merged, targets, firm)
    if made.faults:
        return None
    found = _differences(made, line, before, targets, wishes)
    if not found:
        return None
    return PolicyPlan(
        model=written(merged["model"]),
        terms=_terms(made, merged),
        targets=tuple(_spec(code, values) for code, values in targets.items()),
        wishes=tuple(wishes),
        step=_step(first, found, is_first=before is None),
        words_template=line.text("words_template") if line else "",
    )


def _terms(made: HouseholdPlan, merged: Values) -> Values:
    """The version's terms; what a version on record leaves empty stays empty, whatever the firm's usual value is."""
    standing = made.record.policy if made.record is not None else None
    kept = {name: getattr(standing, name) for name in POLICY_TERMS if name not in _SIGNED} if standing else {}
    return {**kept, **{name: merged[name] for name in POLICY_TERMS if merged.get(name) is not None}}


def _widths(terms: Values) -> Widths:
    """What the policy says about all of its bands; what it leaves out is the usual."""
    usual = Widths()
    share = terms.get("sheltered_band_share")
    return Widths(
        preference=written(terms.get("band_preference")) or usual.preference,
        look=written(terms.get("look")) or usual.look,
        sheltered_share=share if isinstance(share, Decimal) else usual.sheltered_share,
    )


def _given(line: Line | None) -> Values:
    values = line.values if line else {}
    return {name: value for name, value in values.items() if value is not None and name not in _TEMPLATES}


def _check_terms(made: HouseholdPlan, line: Line, firm: FirmFacts) -> None:
    if line.text("model") not in firm.models:
        made.refuse(
            line,
            "model",
            "No such model is on record.",
            cure(line.text("model"), firm.models, "Add it to sheet models, or draft it first."),
        )
    words = line.text("words_template")
    if words and words not in firm.words_templates:
        made.refuse(
            line,
            "words_template",
            "No such policy template is in use.",
            cure(words, firm.words_templates, "Make it on the page of policy templates first."),
        )
    for name in (*_SIGNED, "reviewed_on"):
        value = line.values.get(name)
        if isinstance(value, date) and value > made.on:
            made.refuse(line, name, "The day is in the future.", "Check the year.")


def _targets(
    made: HouseholdPlan, line: Line | None, first: Line, firm: FirmFacts, widths: Widths
) -> Mapping[str, Values]:
    """The targets by class: the template's, the household's own rows, or those on record."""
    template = line.text("template") if line else ""
    own = made.of(POLICY_TARGETS)
    if template and own:
        made.refuse(
            own[0], "household", "The household has a template and rows of its own.", "Keep one of the two."
        )
    rows = list(own)
    if template and line is not None:
        rows = list(firm.templates.get(template, ()))
        if not rows:
            made.refuse(
                line,
                "template",
                "There is no such template.",
                cure(template, firm.templates, "Add its rows to sheet policy_templates."),
            )
    if not rows:
        kept = {key[1]: values for key, values in made.on_record(POLICY_TARGETS).items()}
        if not kept and not made.faults:
            made.refuse(
                first,
                "template" if line else "household",
                "The policy has no targets.",
                "Name a template, or add rows to sheet policy_targets.",
            )
        return kept
    _check_targets(made, rows, firm, widths)
    return {row.text("asset_class"): {name: row.values.get(name) for name in _TARGET_COLUMNS} for row in rows}


def _check_targets(made: HouseholdPlan, rows: list[Line], firm: FirmFacts, widths: Widths) -> None:
    total = ZERO
    specs = tuple(_spec(row.text("asset_class"), dict(row.values)) for row in rows)
    moves = targets.scaled(specs, {code: one for code, one in firm.classes.items() if one is not None})
    for row, spec in zip(rows, specs, strict=True):
        weight = row.values.get("target")
        total += weight if isinstance(weight, Decimal) else ZERO
        if row.text("asset_class") not in firm.classes:
            _refuse(
                made,
                row,
                "asset_class",
                "No such asset class is on record.",
                cure(row.text("asset_class"), firm.classes, "Add it to sheet asset_classes."),
            )
        try:
            targets.edges(spec, widths=widths, relative_volatility=moves.get(spec.asset_class))
        except BadInput as refusal:
            _refuse(made, row, "band", refusal.sentence, refusal.how_to_fix)
    if total != ONE:
        _refuse(
            made,
            rows[-1],
            "target",
            f"The targets add up to {total * 100:f}%, not to 100%.",
            "Correct the targets; cash is a class too.",
        )


def _check_cap(
    made: HouseholdPlan, line: Line, terms: Values, targets: Mapping[str, Values], firm: FirmFacts
) -> None:
    cap = terms.get("equity_cap")
    known = [(firm.classes.get(code), values.get("target") or ZERO) for code, values in targets.items()]
    if not isinstance(cap, Decimal) or made.faults:
        return
    if any(one is None for one, _ in known):
        rule = "Compliance has not decided yet which of the policy's classes count as stocks."
        made.refuse(
            line, "equity_cap", rule, "Load the classes first and have them decided on the Models page."
        )
        return
    refusal = asset_classes.refusal_of_cap(cap, known)  # type: ignore[arg-type]
    if refusal:
        made.refuse(line, "equity_cap", refusal, "Raise the cap, or lower the targets of stocks.")


def _refuse(made: HouseholdPlan, row: Line, column: str, rule: str, cure: str) -> None:
    """A fault of a template's row is one of each household that uses it."""
    found = row.fault(column, rule, cure)
    made.faults.append(
        type(found)(found.rule, found.cure, found.sheet, found.row, found.column, found.value, made.code)
    )


def _restrictions(made: HouseholdPlan, firm: FirmFacts) -> list[Values]:
    rows = made.of(RESTRICTIONS)
    if not rows:
        return list(made.on_record(RESTRICTIONS).values())
    wishes = []
    for row in rows:
        named = [(name, row.text(name)) for name in ("symbol", "issuer", "sector") if row.text(name)]
        known = {"symbol": firm.symbols, "issuer": firm.issuers, "sector": firm.sectors}
        if len(named) != 1:
            made.refuse(
                row,
                "symbol",
                "A restriction names one security, one issuer or one sector.",
                "Fill in exactly one of the three columns.",
            )
        for name, given in named:
            if given not in known[name]:
                made.refuse(
                    row,
                    name,
                    f"There is no such {name.replace('symbol', 'security')} on record, so this would have no effect.",
                    cure(given, known[name], "Add it to sheet securities, or correct it."),
                )
        if row.text("restriction") == "cap" and row.values.get("weight_cap") is None:
            made.refuse(row, "weight_cap", "A cap needs its weight.", "Write the most that is allowed, 5%.")
        values = dict(row.values)
        if row.text("account"):
            values["account"] = account_named(made, row, "account", firm)
        wishes.append(values)
    return wishes


def _differences(
    made: HouseholdPlan,
    line: Line | None,
    before: Values | None,
    targets: Mapping[str, Values],
    wishes: list[Values],
) -> list[Difference]:
    if before is None:
        return [Difference("version", "", "1")]
    found = list(differences(line, before, ignored=_TEMPLATES)) if line else []
    had = {key[1]: values for key, values in made.on_record(POLICY_TARGETS).items()}
    for code in sorted({*had, *targets}):
        old, new = _words(had.get(code)), _words(targets.get(code))
        if old != new:
            found.append(Difference(code, old, new))
    old_wishes = sorted(map(_wish, made.on_record(RESTRICTIONS).values()))
    new_wishes = sorted(map(_wish, wishes))
    if old_wishes != new_wishes:
        found.append(Difference("restrictions", ", ".join(old_wishes), ", ".join(new_wishes)))
    return found


def _words(target: Values | None) -> str:
    """A target as text, equal for equal targets."""
    if target is None:
        return ""
    figures = [
        f"{name} {value.normalize():f}" if isinstance(value, Decimal) else str(value)
        for name in _TARGET_COLUMNS
        if (value := target.get(name)) is not None
    ]
    return ", ".join(figures)


def _wish(values: Values) -> str:
    parts = [
        f"{name} {value.normalize():f}" if isinstance(value, Decimal) else written(value)
        for name, value in values.items()
        if value is not None and name != "household"
    ]
    return " ".join(sorted(parts))


def _spec(code: str, values: Mapping[str, Any]) -> TargetSpec:
    return TargetSpec(
        asset_class=code,
        target=values.get("target") or ZERO,
        band=values.get("band") or "absolute",
        points=values.get("points"),
        share=values.get("share"),
        multiple=values.get("multiple"),
        risk=values.get("risk"),
        benchmark=values.get("benchmark") or "",
        lower=values.get("low"),
        upper=values.get("high"),
        hard_lower=values.get("hard_low"),
        hard_upper=values.get("hard_high"),
    )


def _step(line: Line, found: list[Difference], *, is_first: bool) -> Step:
    sentence = "Draft the first policy" if is_first else "Draft the policy's next version"
    return Step(POLICIES, line.number, sentence, {}, differences=() if is_first else tuple(found))
