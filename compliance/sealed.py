"""The decided rows of the review desk, each with the columns that never change."""

from __future__ import annotations

from compliance.audit_trail.seals import Kind

KINDS = (
    Kind(
        "change",
        "compliance_proposedchange",
        (
            *("id", "public_id", "door", "title", "parameters", "typed", "before", "lines", "fingerprint"),
            *("household_ref", "proposed_by_id", "proposed_by_label", "proposed_at"),
        ),
        open=("made_at",),
        called="t.public_id",
    ),
    Kind(
        "change_made",
        "compliance_proposedchange",
        ("made_at",),
        where="t.made_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "review",
        "compliance_review",
        (
            *("id", "public_id", "subject_kind", "subject_id", "subject_revision", "title", "fingerprint"),
            *("requested_by_id", "requested_by_label", "requested_at", "expires_at", "household_ref"),
            *("consent_required", "examination_required"),
        ),
        open=("state", "settled_at", "settled_by_label", "used_at"),
        called="t.public_id",
    ),
    Kind(
        "review_state",
        "compliance_review",
        ("state", "settled_at", "settled_by_label", "used_at"),
        called="t.public_id",
    ),
    Kind("review_makers", "compliance_reviewmaker", ("person_id", "did", "done_at"), whole="t.review_id"),
    Kind(
        "decision",
        "compliance_decision",
        (
            *("id", "review_id", "verdict", "decided_by_id", "decided_by_label", "roles", "decided_at"),
            *("fingerprint", "text", "acknowledged", "mfa_method", "request_id"),
        ),
    ),
    Kind(
        "approval",
        "compliance_approval",
        (
            *(
                "id",
                "public_id",
                "review_id",
                "decision_id",
                "subject_kind",
                "subject_id",
                "subject_revision",
            ),
            *("fingerprint", "approved_by_id", "approved_by_label", "approved_at", "expires_at"),
        ),
        called="t.public_id",
    ),
    Kind(
        "examination",
        "compliance_examination",
        ("id", "public_id", "review_id", "fingerprint", "stage", "examined_at", "worst", "findings_count"),
        called="t.public_id",
    ),
    Kind(
        "findings",
        "compliance_findingrow",
        (
            *("id", "position", "rule", "rule_version", "severity", "sentence", "how_to_fix", "about"),
            *("inputs", "thresholds", "override_roles", "key"),
        ),
        whole="t.examination_id",
    ),
    Kind(
        "override",
        "compliance_override",
        (
            *(
                "id",
                "review_id",
                "finding_id",
                "key",
                "fingerprint",
                "approver_id",
                "approver_label",
                "roles",
            ),
            *("reason", "text", "given_at", "expires_at"),
        ),
    ),
    Kind(
        "consent",
        "compliance_consent",
        (
            *("id", "review_id", "fingerprint", "given_by", "given_at", "expires_at", "channel", "evidence"),
            *("account_ref", "recorded_by_id", "recorded_by_label", "recorded_at"),
        ),
    ),
    Kind(
        "comment",
        "compliance_comment",
        (
            *("id", "review_id", "thread_id", "anchor_kind", "anchor_ref", "author_id", "author_label"),
            *("text", "written_at"),
        ),
        open=("resolved_at", "resolved_by_id"),
    ),
    Kind(
        "comment_resolved",
        "compliance_comment",
        ("resolved_at", "resolved_by_id"),
        where="t.resolved_at IS NOT NULL",
    ),
    Kind(
        "change_request",
        "compliance_changerequest",
        ("id", "review_id", "asked_by_id", "asked_by_label", "asked_at", "text"),
        open=("lifted_at", "lifted_by_id", "lifted_how", "lifted_reason"),
    ),
    Kind(
        "change_request_lifted",
        "compliance_changerequest",
        ("lifted_at", "lifted_by_id", "lifted_how", "lifted_reason"),
        where="t.lifted_at IS NOT NULL",
    ),
    Kind(
        "restriction",
        "compliance_restrictedissuer",
        (
            *("id", "public_id", "issuer", "kind", "starts_on", "ends_on", "reason", "placed_by_id"),
            *("placed_by_label", "placed_at"),
        ),
        open=("lifted_by_id", "lifted_at", "lifted_reason"),
        called="t.public_id",
    ),
    Kind(
        "restriction_lifted",
        "compliance_restrictedissuer",
        ("lifted_by_id", "lifted_at", "lifted_reason"),
        where="t.lifted_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "setting_version",
        "compliance_settingversion",
        (
            *("id", "public_id", "number", "group", "changes", "effective_on", "reason", "asked_by_id"),
            *("asked_by_label", "approved_by_id", "approved_by_label", "approved_at", "is_alone"),
        ),
        called="'settings ' || t.number",
    ),
    Kind(
        "checkpoint",
        "compliance_auditcheckpoint",
        ("id", "seq", "events_count", "root", "written_at", "key_id", "signature"),
        called="'#' || t.seq",
        later=True,
    ),
    Kind(
        "examiner_access",
        "compliance_examineraccess",
        (
            *("id", "public_id", "examiner_id", "household_ref", "since_on", "until_on", "ends_on", "reason"),
            *("opened_at", "opened_by_id", "opened_by_label", "replaces_id"),
        ),
        open=("ended_at", "ended_by_id", "ended_reason"),
        called="t.public_id",
        later=True,
    ),
    Kind(
        "examiner_access_ended",
        "compliance_examineraccess",
        ("ended_at", "ended_by_id", "ended_reason"),
        where="t.ended_at IS NOT NULL",
        called="t.public_id",
        later=True,
    ),
    Kind(
        "queue_owner",
        "compliance_queueowner",
        ("id", "public_id", "kind", "item", "household_ref", "owner_id", "since", "given_by_id", "note"),
        open=("ending", "ended_at", "ended_by_id", "ended_reason"),
        called="t.public_id",
        later=True,
    ),
    Kind(
        "queue_owner_ended",
        "compliance_queueowner",
        ("ending", "ended_at", "ended_by_id", "ended_reason"),
        where="t.ended_at IS NOT NULL",
        called="t.public_id",
        later=True,
    ),
)
