"""Workbooks of the tests' own making: rows as dictionaries, packed as XLSX, as a ZIP of CSV, or as YAML."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook as Package

from clients.models import ModelVersion, Workbook
from clients.policies import model_portfolios
from clients.workbooks import workbooks
from compliance.models import Review
from compliance.people.actors import Actor
from compliance.review_desk import decisions
from tests import cast
from tests.clock import SUNDAY_NOON

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

CLASSES: list[dict[str, Any]] = [
    {"asset_class": "us_stock", "name": "US stocks", "position": 1},
    {"asset_class": "us_bond", "name": "US bonds", "position": 2},
    {"asset_class": "cash", "name": "Cash", "position": 3},
]
SECURITIES: list[dict[str, Any]] = [
    {"symbol": "ZUS", "name": "Total stock", "kind": "etf", "asset_classes": "us_stock", "fractional": "no"},
    {
        "symbol": "ZUB",
        "name": "Other stock",
        "kind": "etf",
        "asset_classes": "us_stock",
        "replacements": "ZUS",
    },
    {"symbol": "ZBD", "name": "Bonds", "kind": "etf", "asset_classes": "us_bond", "expense_ratio": "0.03%"},
    {
        "symbol": "ZBA",
        "name": "Balanced",
        "kind": "mutual_fund",
        "asset_classes": "us_stock:60%; us_bond:40%",
    },
]
MODELS: list[dict[str, Any]] = [{"model": "60-40", "name": "Balanced", "description": "Stocks and bonds."}]
MEMBERS: list[dict[str, Any]] = [
    {"model": "60-40", "asset_class": "us_stock", "class_weight": "58%", "symbol": "ZUS"},
    {
        "model": "60-40",
        "asset_class": "us_stock",
        "class_weight": "58%",
        "symbol": "ZUB",
        "use": "alternate",
        "rank": 2,
    },
    {"model": "60-40", "asset_class": "us_bond", "class_weight": "40%", "symbol": "ZBD"},
    {"model": "60-40", "asset_class": "cash", "class_weight": "2%"},
]
TEMPLATE: list[dict[str, Any]] = [
    {"template": "calm", "asset_class": "us_stock", "target": "58%", "band": "absolute", "points": "5%"},
    {"template": "calm", "asset_class": "us_bond", "target": "40%", "band": "absolute", "points": "5%"},
    {
        "template": "calm",
        "asset_class": "cash",
        "target": "2%",
        "band": "asymmetric",
        "low": "0%",
        "high": "4%",
    },
]


def firm() -> dict[str, list[dict[str, Any]]]:
    """Classes, four securities and a model."""
    return {
        "asset_classes": [dict(one) for one in CLASSES],
        "securities": [dict(one) for one in SECURITIES],
        "models": [dict(one) for one in MODELS],
        "model_members": [dict(one) for one in MEMBERS],
    }


def family(code: str = "miller", *, name: str = "", advisor: str = "ana@firm.example", reviewer: str = "rui@firm.example",
           number: str = "0011110001") -> dict[str, list[dict[str, Any]]]:  # fmt: skip
    """A couple with a joint account and an IRA, a signed policy by template, a withdrawal and an event."""
    last = name or code.capitalize()
    return {
        "households": [
            {"household": code, "name": last, "opened_on": "2020-01-02", "profile_confirmed_on": "2026-03-02"}
        ],
        "people": [
            {"household": code, "given_name": "Mia", "family_name": last, "part": "head", "spouse": f"Noah {last}",
             "born_on": "1970-05-04", "tax_number": "900-00-0001"},
            {"household": code, "given_name": "Noah", "family_name": last, "part": "spouse", "born_on": "1969-02-03"},
        ],
        "tax_units": [
            {"household": code, "tax_unit": "couple", "name": f"Mia and Noah {last}", "filing_status": "mfj",
             "state": "CO", "members": f"Mia {last}; Noah {last}"}
        ],
        "tax_profiles": [
            {"household": code, "tax_unit": "couple", "tax_year": 2026, "confirmed_on": "2026-03-02", "wages": 180000,
             "qualified_dividends": "4200.50", "state_rate": "4.4%"}
        ],
        "books": [
            {"household": code, "colleague": advisor, "part": "advisor", "starts_on": "2020-01-02"},
            {"household": code, "colleague": reviewer, "part": "reviewer", "starts_on": "2020-01-02"},
        ],
        "accounts": [
            {"household": code, "account": number, "label": "Joint", "owner": f"Mia {last}",
             "joint_owner": f"Noah {last}", "registration": "joint", "custodian": "schwab", "discretion": "full",
             "agreement_on": "2020-01-02", "margin": "no", "lot_method": "fifo"},
            {"household": code, "account": f"{number}9", "owner": f"Noah {last}", "registration": "traditional_ira",
             "custodian": "fidelity", "discretion": "none", "margin": "no", "minimum_cash": 500},
        ],
        "policies": [
            {"household": code, "template": "calm", "model": "60-40", "objectives": "Growth with some income.",
             "risk": "Moderate", "horizon_years": 15, "harvests_losses": "yes", "reviewed_on": "2026-03-02",
             "signed_by_client_on": "2026-03-02", "signed_by_advisor_on": "2026-03-02"}
        ],
        "restrictions": [
            {"household": code, "restriction": "do_not_buy", "symbol": "ZUB", "reason": "Owns it elsewhere."}
        ],
        "cash_flows": [
            {"household": code, "account": number, "flow": "withdrawal", "amount": -12000, "due_on": "2027-01-15",
             "note": "Tuition"}
        ],
        "life_events": [{"household": code, "event": "retirement", "opened_on": "2026-05-01", "person": f"Noah {last}"}],
    }  # fmt: skip


def together(*parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The rows of all of these, sheet by sheet; the calm template is added where a policy names it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        for sheet, rows in part.items():
            found.setdefault(sheet, []).extend(dict(row) for row in rows)
    if any(row.get("template") == "calm" for row in found.get("policies", ())):
        found.setdefault("policy_templates", [dict(row) for row in TEMPLATE])
    return found


def as_package(rows: Rows) -> Package:
    """The rows in a package of sheets, to be bent by a test before it is saved."""
    package = Package()
    package.remove(package.worksheets[0])
    for name, some in rows.items():
        sheet = package.create_sheet(name)
        columns = list(dict.fromkeys(column for row in some for column in row))
        sheet.append(columns)
        for row in some:
            sheet.append([_cell(row.get(column)) for column in columns])
    return package


def saved(package: Package) -> bytes:
    out = io.BytesIO()
    package.save(out)
    return out.getvalue()


def xlsx(rows: Rows) -> bytes:
    return saved(as_package(rows))


def bundle(rows: Rows) -> bytes:
    """The rows as a ZIP of CSV tables."""
    import csv

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, some in rows.items():
            columns = list(dict.fromkeys(column for row in some for column in row))
            text = io.StringIO(newline="")
            writer = csv.writer(text)
            writer.writerow(columns)
            writer.writerows(["" if row.get(c) is None else row.get(c) for c in columns] for row in some)
            archive.writestr(f"{name}.csv", text.getvalue())
    return out.getvalue()


def rezipped(
    content: bytes, *, without: Iterable[str] = (), adding: Mapping[str, bytes] | None = None
) -> bytes:
    """The same archive with parts taken out, added or replaced."""
    out = io.BytesIO()
    more = dict(adding or {})
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            if entry.filename not in set(without) | set(more):
                target.writestr(entry.filename, source.read(entry.filename))
        for name, part in more.items():
            target.writestr(name, part)
    return out.getvalue()


def _cell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def received(content: bytes, name: str = "firm.xlsx") -> Workbook:
    """A workbook that Tom has uploaded and not confirmed."""
    tom = cast.tom()
    return workbooks.receive(
        content, name=name, channel="browser", user_id=tom.pk, by=Actor.person(tom), at=SUNDAY_NOON
    ).workbook


def loaded(content: bytes) -> Workbook:
    """A workbook that Tom has uploaded, confirmed and loaded."""
    workbook, by = received(content), Actor.person(cast.tom())
    assert workbook.state == "previewed", workbook.faults
    workbooks.confirm(workbook, seen=workbook.digest, user_id=cast.tom().pk, by=by, at=SUNDAY_NOON)
    assert workbooks.advance(workbook, by=by, at=SUNDAY_NOON)
    workbook.refresh_from_db()
    return workbook


def the_model_version() -> ModelVersion:
    """The one model version on record."""
    return ModelVersion.objects.get()


def publish(version: ModelVersion, *, reviewer: Any) -> None:
    """Publish a model that a workbook has drafted, on a reviewer's decision about its review."""
    review = Review.objects.get(subject_kind="model", subject_id=version.model.public_id)
    by = Actor.person(reviewer)
    approval = decisions.approve(
        review, fingerprint=review.fingerprint, revalidate=None, by=by, at=SUNDAY_NOON
    )
    model_portfolios.publish(
        version, approval=approval, effective_on=date(2026, 1, 2), user_id=reviewer.pk, by=by, at=SUNDAY_NOON
    )
