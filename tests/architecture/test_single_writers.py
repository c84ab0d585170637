"""Each table has one writing module; whoever wants to know who changes a row has one place to look."""

from __future__ import annotations

import ast

import pytest
from django.apps import apps

from tests.architecture.sources import APPS, Module, calls, is_pure, modules

WRITERS: dict[str, set[str]] = {
    # advisory
    # The command makes one in memory only, to check a password against it.
    "User": {"advisory.people.roles", "advisory.management.commands.add_person"},
    "RoleGrant": {"advisory.people.roles"},
    # Written in SQL of its own, because the database's time decides what is over.
    "SignInLimit": {"advisory.people.sign_in_limits"},
    # clients
    # Opened and restated by `accounts`; `holdings` writes down only whether lots equal positions.
    "Account": {"clients.households.accounts", "clients.holdings.holdings"},
    "AccountBinding": {"clients.households.accounts"},
    "AssetClass": {"clients.securities.asset_classes", "clients.securities.securities"},
    "BookEntry": {"clients.households.households"},
    "CashBalance": {"clients.holdings.holdings"},
    "CashFlow": {"clients.households.households"},
    "ClassWeight": {"clients.securities.securities"},
    "CustodianFile": {"clients.imports.custodian_files"},
    # Made by the preview, kept with its file, and settled by the loading.
    "FileAccount": {
        "clients.imports.custodian_files",
        "clients.imports.file_previews",
        "clients.imports.file_loading",
    },
    "FormerSymbol": {"clients.imports.symbol_changes"},
    "Hold": {"clients.households.households"},
    "Household": {"clients.households.households"},
    "LifeEvent": {"clients.households.households"},
    "LotPiece": set(),
    "ModelClass": {"clients.policies.model_portfolios"},
    "ModelPortfolio": {"clients.policies.model_portfolios"},
    "ModelVersion": {"clients.policies.model_portfolios"},
    "Person": {"clients.households.households"},
    "Policy": {"clients.policies.policies"},
    "PolicyRestriction": {"clients.policies.policies"},
    "PolicyTarget": {"clients.policies.policies"},
    "Position": {"clients.holdings.holdings"},
    "Price": {"clients.securities.prices", "clients.securities.price_disputes"},
    "RealizedGain": {"clients.holdings.gains"},
    "Replacement": {"clients.securities.securities", "clients.securities.decisions"},
    # A file may name a security that it does not describe; the importer keeps its bare name.
    "Security": {
        "clients.securities.securities",
        "clients.securities.decisions",
        "clients.imports.symbol_changes",
        "clients.imports.custodian_files",
    },
    "Sleeve": {"clients.policies.model_portfolios"},
    "SleeveMember": {"clients.policies.model_portfolios"},
    # What a position without lots stands for in a plan is made in memory only, and never stored.
    "TaxLot": {"clients.holdings.lots", "rebalancing.portfolios.held_positions"},
    "TaxProfile": {"clients.households.households"},
    "TaxUnit": {"clients.households.households"},
    "Transaction": {"clients.holdings.holdings"},
    "WashGroup": {"clients.securities.securities", "clients.securities.decisions"},
    # compliance
    "Approval": {"compliance.review_desk.decisions"},
    "AuditCheckpoint": {"compliance.audit_trail.checkpoints"},
    # The row is written by the database's own function; `audit` only hands it back as an object.
    "AuditEvent": {"compliance.audit_trail.audit"},
    "AuditHead": set(),
    "ChangeRequest": {"compliance.review_desk.threads"},
    "Comment": {"compliance.review_desk.threads"},
    "Consent": {"compliance.review_desk.consents"},
    "Decision": {"compliance.review_desk.threads"},
    "Examination": {"compliance.review_desk.findings"},
    "FindingRow": {"compliance.review_desk.findings"},
    "Override": {"compliance.review_desk.findings"},
    "RequestKey": {"compliance.repeats"},
    "RestrictedIssuer": {"compliance.restrictions"},
    # Asked for by `reviews`, marked as acted on by `approvals`; `states` is the one place where a state moves.
    "Review": {
        "compliance.review_desk.reviews",
        "compliance.review_desk.approvals",
        "compliance.review_desk.states",
    },
    "ReviewMaker": {"compliance.review_desk.reviews"},
    # rebalancing
    "BatchFile": {"rebalancing.execution.orders"},
    "ClientSummary": {"rebalancing.client_reports.summaries"},
    "FrontierPoint": {"rebalancing.proposals.frontiers"},
    "Letter": {"rebalancing.client_reports.letters"},
    "Order": {"rebalancing.execution.orders"},
    "OrderBatch": {"rebalancing.execution.orders"},
    "OrderLot": {"rebalancing.execution.orders"},
    "Proposal": {"rebalancing.proposals.proposals"},
    "ProposedLot": {"rebalancing.proposals.revisions"},
    "ProposedOrder": {"rebalancing.proposals.revisions"},
    # Written by what was read, or by the scan itself for a household that could not be read.
    "Reading": {"rebalancing.scans.readings", "rebalancing.scans.scans"},
    "Revision": {"rebalancing.proposals.revisions"},
    "ScanItem": {"rebalancing.scans.scans"},
    "ScanRun": {"rebalancing.scans.scans"},
    "SkippedTrade": {"rebalancing.proposals.revisions"},
}

OTHER_SAVERS = {
    "advisory.schedule": "The timetable's rows belong to django-celery-beat.",
    "clients.management.commands.rotate_keys": "Encrypts columns anew; the values stay what they are.",
}
"""Modules that save rows without being a table's writer, each with its reason."""

WRITES = {
    "create",
    "bulk_create",
    "get_or_create",
    "update_or_create",
    "bulk_update",
    "update",
    "delete",
    "acreate",
    "asave",
    "aupdate",
    "adelete",
    "add",
    "set",
    "remove",
    "clear",
}
ROWS = {"save", "delete", "bulk_create", "update_or_create", "get_or_create"}


def imported_models(module: Module) -> dict[str, str]:
    """Local name to model name, for what the module imports from a `models` package."""
    return {
        (alias.asname or alias.name): alias.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module and "models" in node.module.split(".")
        for alias in node.names
        if alias.name in WRITERS
    }


def written_by(module: Module) -> dict[str, list[str]]:
    """Each model the module makes, changes or deletes through its class, with the places."""
    known = imported_models(module)
    found: dict[str, list[str]] = {}
    for call, name in calls(module.tree):
        first, _, rest = name.partition(".")
        through_manager = (
            rest.startswith(("objects.", "_default_manager.")) and rest.rsplit(".", 1)[-1] in WRITES
        )
        if first in known and (not rest or through_manager):
            found.setdefault(known[first], []).append(module.where(call))
    return found


def looked_at() -> list[Module]:
    return [one for one in modules() if ".models" not in f".{one.name}" and not is_pure(one)]


def test_every_table_is_listed_with_its_writer() -> None:
    tables = {model.__name__ for model in apps.get_models() if model.__module__.split(".")[0] in APPS}

    assert tables == set(WRITERS), "List a new table here, with the one module that writes it."


def test_each_table_is_written_in_its_own_module_only() -> None:
    strangers = {
        f"{model} in {module.name}": places
        for module in looked_at()
        for model, places in written_by(module).items()
        if module.name not in WRITERS[model]
    }

    assert strangers == {}, "Call the verb of the module that writes this table."


def test_rows_are_saved_only_where_some_table_is_written() -> None:
    writing = set().union(*WRITERS.values()) | set(OTHER_SAVERS)
    strangers = [
        module.where(call)
        for module in looked_at()
        for call, name in calls(module.tree)
        if "." in name
        and name.rsplit(".", 1)[-1] in ROWS
        and (
            (name.endswith(".save") and any(word.arg == "update_fields" for word in call.keywords))
            or "objects" in name
        )
        and module.name not in writing
    ]

    assert strangers == []


def test_no_writer_is_listed_that_does_not_exist() -> None:
    names = {module.name for module in modules()}

    assert (set().union(*WRITERS.values()) | set(OTHER_SAVERS)) - names == set()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Approval.objects.create(review=review)", {"Approval"}),
        ("Approval(review=review)", {"Approval"}),
        ("Approval.objects.filter(pk=1).update(state='x')", {"Approval"}),
        ("Approval.objects.filter(pk=1).first()", set()),
    ],
)
def test_the_search_finds_a_stray_writer(line: str, found: set[str]) -> None:
    tree = ast.parse(f"from compliance.models import Approval\n{line}")
    stray = Module("rebalancing.stray", modules()[0].path, tree)

    assert set(written_by(stray)) == found
