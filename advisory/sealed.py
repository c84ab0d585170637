"""The decided rows about the firm's people: role grants and revocations."""

from __future__ import annotations

from compliance.audit_trail.seals import Kind

KINDS = (
    Kind(
        "role_grant",
        "advisory_rolegrant",
        ("id", "user_id", "role", "granted_at", "granted_by_id"),
        open=("revoked_at", "revoked_by_id"),
    ),
    Kind(
        "role_revocation",
        "advisory_rolegrant",
        ("revoked_at", "revoked_by_id"),
        where="t.revoked_at IS NOT NULL",
    ),
)
