"""The decided rows about the firm's people: role grants, revocations, invitations and tokens."""

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
    Kind(
        "invitation",
        "advisory_invitation",
        ("id", "user_id", "sent_to", "token_digest", "invited_by_id", "invited_at", "expires_at"),
        open=("sent_at", "outcome", "ended_at", "ended_by_id"),
    ),
    Kind(
        "invitation_ended",
        "advisory_invitation",
        ("outcome", "ended_at", "ended_by_id"),
        where="t.ended_at IS NOT NULL",
    ),
    Kind(
        "api_token",
        "advisory_apitoken",
        ("id", "public_id", "user_id", "name", "scopes", "digest", "made_at", "expires_on"),
        open=("last_used_on", "ended_at", "ended_by_id", "end_reason"),
    ),
    Kind(
        "api_token_ended",
        "advisory_apitoken",
        ("ended_at", "ended_by_id", "end_reason"),
        where="t.ended_at IS NOT NULL",
    ),
)
