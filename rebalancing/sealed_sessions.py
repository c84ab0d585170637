"""The decided rows about connections to brokers: a session as people set it up, and what they said of messages set aside."""

from __future__ import annotations

from compliance.audit_trail.seals import Kind

KINDS = (
    Kind(
        "fix_session",
        "rebalancing_fixsession",
        (
            *("id", "public_id", "name", "custodian", "our_comp_id", "their_comp_id", "host", "port"),
            *("uses_tls", "heartbeat_seconds", "is_enabled", "is_wanted", "made_at", "made_by_id"),
            *("retired_at", "retire_reason"),
        ),
        # The account is encrypted again under a new key; the rest is what the process notes of the session.
        open=(
            *("block_account", "state", "state_at", "epoch", "epoch_began_at", "next_out", "next_in"),
            *("is_reset_wanted", "heard_at", "last_error", "last_error_at"),
        ),
        called="t.public_id",
        later=True,
    ),
    Kind(
        "fix_message_settled",
        "rebalancing_fixinbox",
        ("settled_at", "settled_by_id", "settle_reason"),
        # Messages are the broker's, and what became of them is sealed with its fills and breaks.
        open=(
            *("id", "public_id", "session_id", "epoch", "number", "kind", "raw", "received_at", "done_at"),
            *("attempts", "trouble"),
        ),
        where="t.settled_at IS NOT NULL",
        called="t.public_id",
        later=True,
    ),
)
