"""The decided rows that the tax ledger is computed from: each as it was entered, and how it ended."""

from __future__ import annotations

from compliance.audit_trail.seals import Kind

ENDED = ("ended_by_id", "ended_at", "end_reason")
MADE = ("entered_by_id", "entered_at", "replaces_id")
FACTS = {
    "stated_gains": (
        "clients_statedgains",
        ("account_id", "tax_year", "as_of_on", "short", "long", "disallowed", "document"),
        (),
    ),
    "estimated_tax": (
        "clients_estimatedtax",
        ("tax_unit_id", "tax_year", "prior_tax", "prior_income", "withheld", "paid", "document"),
        (),
    ),
    "outside_account": (
        "clients_outsideaccount",
        (
            *("household_id", "owner_id", "name", "institution", "registration", "has_statements"),
            *("buys", "declared_on"),
        ),
        (),
    ),
    "basis_election": (
        "clients_basiselection",
        ("account_id", "security_id", "elected_on", "document"),
        ("ends_on", "is_revoked"),
    ),
    "lot_origin": (
        "clients_lotorigin",
        (
            *("lot_id", "kind", "shares", "happened_on", "value", "alternate_value", "former_basis"),
            *("former_acquired_on", "gift_tax", "basis", "evidence", "was", "asked_by_id"),
        ),
        (),
    ),
}
"""Of each kind its table, what is entered, and what is filled in when it ends."""

KINDS = tuple(
    kind
    for name, (table, entered, later) in FACTS.items()
    for kind in (
        Kind(name, table, ("id", "public_id", *entered, *MADE), open=(*later, *ENDED), called="t.public_id"),
        Kind(f"{name}_ended", table, (*later, *ENDED), where="t.ended_at IS NOT NULL", called="t.public_id"),
    )
)
