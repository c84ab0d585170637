"""The decided rows that others rest on: what classes and models are called, shares that move in kind, the firm's workbooks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from clients.encryption import CannotDecrypt
from clients.models import Transfer, Workbook
from compliance.audit_trail.seals import Fault, Kind, Thing

UNREADABLE = "bytes that cannot be decrypted with the configured keys"

KINDS = (
    Kind(
        "asset_class",
        "clients_assetclass",
        (
            *("id", "code", "name", "position", "is_equity", "retired_on", "volatility"),
            *("market_correlation", "decided_at"),
        ),
        # A class that a file names for the first time is nobody's decision, and goes with the file.
        where="t.decided_at IS NOT NULL",
        called="t.code",
        later=True,
    ),
    Kind(
        "model_portfolio",
        "clients_modelportfolio",
        ("id", "public_id", "code", "name", "description"),
        open=("retired_at",),
        where="EXISTS (SELECT 1 FROM clients_modelversion AS v WHERE v.model_id = t.id AND v.state <> 'draft')",
        called="t.public_id",
        later=True,
    ),
    Kind(
        "model_retired",
        "clients_modelportfolio",
        ("retired_at",),
        where="t.retired_at IS NOT NULL",
        called="t.public_id",
        later=True,
    ),
    Kind(
        "transfer",
        "clients_transfer",
        (
            *("id", "public_id", "kind", "household_id", "from_account_id", "to_account_id", "elsewhere"),
            *("security_id", "shares", "value", "expected_on", "document", "entered_by_id", "entered_at"),
            *("hold_id", "ended_by_id", "ended_at", "end_reason"),
        ),
        # Days are filled in by files and go with them, as does a transfer that only files have told of.
        open=("left_on", "arrived_on", "basis_known_on"),
        where="t.entered_by_id IS NOT NULL",
        called="t.public_id",
        later=True,
    ),
    Kind(
        "workbook",
        "clients_workbook",
        ("id", "public_id", "sha256", "name", "size", "channel", "received_at", "received_by_id"),
        # Read again from the bytes, whose digest is sealed; the rest is sealed by the next kind.
        open=(
            *("content", "kind", "state", "faults", "firm_changes", "firm_done_at", "digest"),
            *("confirmed_at", "confirmed_by_id", "loaded_at"),
        ),
        called="t.public_id",
        later=True,
    ),
    Kind(
        "workbook_standing",
        "clients_workbook",
        (
            *("kind", "state", "faults", "firm_changes", "firm_done_at", "digest", "confirmed_at"),
            *("confirmed_by_id", "loaded_at"),
        ),
        called="t.public_id",
        later=True,
    ),
    Kind(
        "workbook_households",
        "clients_workbookhousehold",
        ("position", "code", "name", "result", "state", "changes", "refusal", "household_id", "policy_id"),
        whole="t.workbook_id",
        joined="JOIN clients_workbook AS w ON w.id = t.workbook_id",
        # While it is loaded, each household settles in a transaction of its own.
        where="w.state <> 'loading'",
        later=True,
    ),
)


def of_workbook(workbook: Workbook) -> list[Thing]:
    """What a change of a workbook seals."""
    names = ("workbook", "workbook_standing", "workbook_households")
    return [(name, workbook.pk) for name in names]


def of_transfer(row: Transfer) -> list[Thing]:
    """What a change of a transfer seals: nothing of one that only files have told of."""
    return [("transfer", row.pk)] if row.entered_by_id is not None else []


def faults() -> Iterator[Fault]:
    """The bytes of every workbook against the digest under which it was received."""
    books = Workbook.objects.order_by("pk")
    for key, public_id, sha256 in books.values_list("pk", "public_id", "sha256"):
        try:
            content = bytes(books.values_list("content", flat=True).get(pk=key))
        except CannotDecrypt:
            now = UNREADABLE
        else:
            now = f"digest {hashlib.sha256(content).hexdigest()[:12]}"
        if now != f"digest {sha256[:12]}":
            yield Fault(f"workbook {public_id}, content", f"digest {sha256[:12]}", now)
