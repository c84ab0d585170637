"""The decided rows of the record: adopted policies, published models, received files, entered facts,
decisions about securities.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from clients import sealed_facts, sealed_tax_facts
from clients.encryption import CannotDecrypt
from clients.models import CustodianFile
from clients.registers import sealed_record, sealing
from compliance.audit_trail.seals import Fault, Kind

UNREADABLE = "bytes that cannot be decrypted with the configured keys"

SIGNED = (
    "JOIN clients_policy AS p ON p.id = t.policy_id"
    " AND EXISTS (SELECT 1 FROM clients_policysignature AS s WHERE s.policy_id = p.id)"
)
"""Policies that were adopted on kept signatures; older ones have none of the parts sealed with it."""

KINDS = (
    Kind(
        "policy",
        "clients_policy",
        (
            *("id", "public_id", "household_id", "version", "model_id", "level", "pooling_allowed"),
            *("objectives", "risk", "equity_cap", "horizon_years", "look", "calendar", "edge_is_breach"),
            *("destination_taxable", "destination_sheltered", "uses_cash_flows", "harvests_losses"),
            *("short_term_gains_allowed", "gain_budget", "cash_reserve", "minimum_trade", "tax_guidance"),
            *("text", "effective_on", "reviewed_on", "next_review_on", "signed_by_client_on"),
            *("signed_by_advisor_on", "adopted_at", "adopted_by_id", "fingerprint", "follows"),
            *("loss_limit", "benchmark", "discretion", "band_preference", "sheltered_band_share"),
            *("tracking_error_limit", "destination_additions", "starts_on", "harvest_rebalances"),
            *("due_session", "due_day", "soft_breach", "sleeve_bands", "on_fall", "fall_classes"),
        ),
        open=("state", "superseded_at"),
        where="t.state IN ('adopted', 'superseded')",
        called="t.public_id",
    ),
    Kind(
        "policy_state",
        "clients_policy",
        ("state", "superseded_at"),
        where="t.state IN ('adopted', 'superseded')",
        called="t.public_id",
    ),
    Kind(
        "policy_targets",
        "clients_policytarget",
        (
            *("id", "asset_class_id", "weight_target", "band_kind", "band_points", "band_share"),
            *("weight_lower", "weight_upper", "hard_lower", "hard_upper"),
        ),
        # What later versions of the product added is sealed by the next kind, so that older seals stay true.
        open=(
            *("band_multiple", "band_risk", "relative_volatility", "benchmark"),
            *("sheltered_lower", "sheltered_upper"),
        ),
        whole="t.policy_id",
        joined="JOIN clients_policy AS p ON p.id = t.policy_id",
        where="p.state IN ('adopted', 'superseded')",
    ),
    Kind(
        "policy_target_terms",
        "clients_policytarget",
        (
            *("id", "band_multiple", "band_risk", "relative_volatility", "benchmark"),
            *("sheltered_lower", "sheltered_upper"),
        ),
        open=(
            *("asset_class_id", "weight_target", "band_kind", "band_points", "band_share"),
            *("weight_lower", "weight_upper", "hard_lower", "hard_upper"),
        ),
        whole="t.policy_id",
        joined=SIGNED,
        where="p.state IN ('adopted', 'superseded')",
    ),
    Kind(
        "policy_sections",
        "clients_policysection",
        ("id", "code", "text"),
        whole="t.policy_id",
        joined=SIGNED,
        where="p.state IN ('adopted', 'superseded')",
    ),
    Kind(
        "policy_signature",
        "clients_policysignature",
        (
            *("id", "policy_id", "party", "method", "name", "person_id", "fingerprint", "signed_on"),
            *("document_sha256", "document_name", "recorded_by_id", "recorded_at"),
        ),
        open=("document",),
    ),
    Kind(
        "policy_template",
        "clients_policytemplate",
        ("id", "public_id", "code", "version", "name", "content", "made_by_id", "made_at"),
        open=("retired_by_id", "retired_at"),
        called="t.public_id",
    ),
    Kind(
        "policy_template_retired",
        "clients_policytemplate",
        ("retired_by_id", "retired_at"),
        where="t.retired_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "policy_restrictions",
        "clients_policyrestriction",
        (
            *("id", "kind", "security_id", "issuer", "sector", "account_id", "weight_cap", "reason"),
            "until_on",
        ),
        whole="t.policy_id",
        joined="JOIN clients_policy AS p ON p.id = t.policy_id",
        where="p.state IN ('adopted', 'superseded')",
    ),
    Kind(
        "model_version",
        "clients_modelversion",
        (
            *("id", "model_id", "version", "effective_on", "published_at", "published_by_id", "fingerprint"),
            "note",
        ),
        open=(*("state", "rescheduled_at", "called_off_at", "called_off_by_id", "called_off_reason"),),
        where="t.state <> 'draft'",
    ),
    Kind("model_state", "clients_modelversion", ("state",), where="t.state <> 'draft'"),
    Kind(
        "model_rescheduled",
        "clients_modelversion",
        ("rescheduled_at",),
        where="t.rescheduled_at IS NOT NULL",
    ),
    Kind(
        "model_called_off",
        "clients_modelversion",
        ("called_off_at", "called_off_by_id", "called_off_reason"),
        where="t.called_off_at IS NOT NULL",
    ),
    Kind(
        "model_classes",
        "clients_modelclass",
        ("id", "asset_class_id", "weight"),
        whole="t.version_id",
        joined="JOIN clients_modelversion AS v ON v.id = t.version_id",
        where="v.state <> 'draft'",
    ),
    Kind(
        "model_sleeves",
        "clients_sleeve",
        ("id", "model_class_id", "name", "weight"),
        whole="c.version_id",
        joined=(
            "JOIN clients_modelclass AS c ON c.id = t.model_class_id"
            " JOIN clients_modelversion AS v ON v.id = c.version_id"
        ),
        where="v.state <> 'draft'",
    ),
    Kind(
        "model_members",
        "clients_sleevemember",
        ("id", "sleeve_id", "security_id", "use", "place", "rank"),
        whole="c.version_id",
        joined=(
            "JOIN clients_sleeve AS s ON s.id = t.sleeve_id"
            " JOIN clients_modelclass AS c ON c.id = s.model_class_id"
            " JOIN clients_modelversion AS v ON v.id = c.version_id"
        ),
        where="v.state <> 'draft'",
    ),
    Kind(
        "model_taken_parts",
        "clients_takenpart",
        ("id", "asset_class_id", "sleeve", "source_id"),
        whole="t.version_id",
        joined="JOIN clients_modelversion AS v ON v.id = t.version_id",
        where="v.state <> 'draft'",
    ),
    Kind(
        "file",
        "clients_custodianfile",
        ("id", "public_id", "sha256", "name", "size", "channel", "received_at", "received_by_id"),
        # Its content is parsed again from the bytes, whose digest is sealed.
        open=("content", "layout", "custodian", "as_of_on", "state", "preview", "faults"),
        called="t.public_id",
    ),
    Kind(
        "file_undone",
        "clients_custodianfile",
        ("undone_at", "undone_by_id", "undone_reason"),
        where="t.undone_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "file_loaded",
        "clients_custodianfile",
        ("loaded_at", "loaded_by_id", "receipt"),
        where="t.loaded_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "binding_ended",
        "clients_accountbinding",
        ("ended_by_id", "ended_at", "end_reason"),
        # What was bound is on the trail in the words of its event.
        open=("id", "custodian", "mask", "label", "account_id", "bound_by_id", "bound_at"),
        where="t.ended_at IS NOT NULL",
    ),
    Kind(
        "former_number",
        "clients_formernumber",
        (
            *("id", "account_id", "custodian", "number_index", "number_last4", "why", "until_on"),
            *("changed_by_id", "changed_at"),
        ),
        # Encrypted again under a new key; its digest is sealed.
        open=("number",),
    ),
    Kind(
        "lot_correction",
        "clients_lotcorrection",
        (
            *("id", "public_id", "lot_id", "was_acquired_on", "was_basis", "was_basis_status", "acquired_on"),
            *("basis", "basis_status", "quantity", "evidence", "document", "document_sha256"),
            *("asked_by_id", "decided_by_id", "decided_at"),
        ),
        # What the files say beside it is restated with each of them.
        open=(
            *("filed_acquired_on", "filed_basis", "filed_basis_status", "filed_quantity"),
            *("ended_at", "end_reason"),
        ),
        called="t.public_id",
    ),
    Kind(
        "lot_correction_ended",
        "clients_lotcorrection",
        ("ended_at", "end_reason"),
        # A file that has the corrected values ends a correction, and undoing that file takes it back.
        where="t.ended_at IS NOT NULL AND t.end_reason <> 'The custodian''s file has the corrected values'",
        called="t.public_id",
    ),
    Kind(
        "hold",
        "clients_hold",
        (
            *("id", "public_id", "household_id", "account_id", "security_id", "kind", "reason"),
            *("placed_by_id", "placed_at", "starts_on", "expires_on", "replaces_id"),
        ),
        open=("lifted_by_id", "lifted_at", "lift_reason", "expired_at"),
        called="t.public_id",
    ),
    Kind(
        "hold_lifted",
        "clients_hold",
        ("lifted_by_id", "lifted_at", "lift_reason"),
        where="t.lifted_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "hold_expired",
        "clients_hold",
        ("expired_at",),
        where="t.expired_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "coverage",
        "clients_coverage",
        (
            *("id", "public_id", "away_id", "covered_by_id", "part", "starts_on", "ends_on", "reason"),
            *("arranged_by_id", "arranged_at"),
        ),
        open=("ended_by_id", "ended_at"),
        called="t.public_id",
    ),
    Kind(
        "coverage_ended",
        "clients_coverage",
        ("ended_by_id", "ended_at"),
        where="t.ended_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "cash_flow",
        "clients_cashflow",
        (
            *("id", "public_id", "account_id", "kind", "amount", "due_on", "note", "entered_by_id"),
            *("replaces_id", "rule_id", "occurs_on"),
        ),
        open=("done_on", "done_by_id", "cancelled_at", "cancelled_by_id", "cancel_reason"),
        called="t.public_id",
    ),
    Kind(
        "cash_flow_settled",
        "clients_cashflow",
        ("done_on", "done_by_id", "cancelled_at", "cancelled_by_id", "cancel_reason"),
        where="t.done_on IS NOT NULL OR t.cancelled_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "cash_flow_rule",
        "clients_cashflowrule",
        (
            *("id", "public_id", "account_id", "kind", "amount", "every", "day", "starts_on", "until_on"),
            *("count", "moved", "note", "replaces_id", "entered_by_id", "entered_at"),
        ),
        open=("ended_at", "ended_by_id", "end_reason"),
        called="t.public_id",
    ),
    Kind(
        "cash_flow_rule_ended",
        "clients_cashflowrule",
        ("ended_at", "ended_by_id", "end_reason"),
        where="t.ended_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "life_event",
        "clients_lifeevent",
        ("id", "public_id", "household_id", "person_id", "kind", "opened_on", "note", "replaces_id"),
        open=(
            *("resolved_on", "resolved_by_id", "resolution"),
            *("cancelled_at", "cancelled_by_id", "cancel_reason"),
            *("document", "document_sha256"),
        ),
        called="t.public_id",
    ),
    Kind(
        "life_event_evidence",
        "clients_lifeevent",
        ("document", "document_sha256"),
        where="t.document <> '' OR t.document_sha256 <> ''",
        called="t.public_id",
    ),
    Kind(
        "life_event_settled",
        "clients_lifeevent",
        (
            *("resolved_on", "resolved_by_id", "resolution"),
            *("cancelled_at", "cancelled_by_id", "cancel_reason"),
        ),
        where="t.resolved_on IS NOT NULL OR t.cancelled_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "wash_group_decision",
        "clients_security",
        ("wash_group_id", "wash_group_by_id", "wash_group_on"),
        where="t.wash_group_by_id IS NOT NULL",
        called="t.symbol",
    ),
    Kind(
        "security_decision",
        "clients_securitydecision",
        ("id", "security_id", "fact", "value", "holds", "reason", "decided_by_id", "decided_at"),
    ),
    Kind(
        "price_decision",
        "clients_price",
        # A later file may still restate the price; a person's decision about it stays.
        ("decided_by_id", "decided_at", "reason"),
        where="t.decided_by_id IS NOT NULL",
    ),
    Kind(
        "approved_replacements",
        "clients_replacement",
        ("replacement_id", "approved_by_id", "approved_on"),
        # Approving another replacement rewrites these rows, and a file appends its own.
        open=("id", "rank"),
        whole="t.security_id",
        where="t.approved_by_id IS NOT NULL",
    ),
    *sealed_facts.KINDS,
    *sealing.KINDS,
    *sealed_tax_facts.KINDS,
    *sealed_record.KINDS,
)


def faults() -> Iterator[Fault]:
    """The bytes of every custodian file against the digest under which it was received."""
    files = CustodianFile.objects.order_by("pk")
    for key, public_id, sha256 in files.values_list("pk", "public_id", "sha256"):
        try:
            content = files.values_list("content", flat=True).get(pk=key)
        except CannotDecrypt:
            now = UNREADABLE
        else:
            now = f"digest {hashlib.sha256(content).hexdigest()[:12]}"
        if now != f"digest {sha256[:12]}":
            yield Fault(f"file {public_id}, content", f"digest {sha256[:12]}", now)
