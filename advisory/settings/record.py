"""Keys of what is stored, and what the floors tell the audit trail."""

from __future__ import annotations

from advisory.settings.environment import env

SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = [key for key in [env.secret("SECRET_KEY_PREVIOUS", "")] if key]
FIELD_KEYS = env.keys("EVENKEEL_FIELD_KEYS")
FIELD_KEY_CURRENT = next(iter(FIELD_KEYS))
BLIND_INDEX_KEY = env.key("EVENKEEL_INDEX_KEY")
# Each floor's decided rows (see compliance/audit_trail/seals.py), further checks, and for whom somebody acts.
SEALED_KINDS = tuple(f"{app}.sealed.KINDS" for app in ("compliance", "clients", "rebalancing", "advisory"))
BUILT_ON_RECORD, ORDER_CARRIER = ("rebalancing.proposals.built_on.since",), "rebalancing.fix.outbox"
AUDIT_CHECKS = (
    "clients.sealed.faults",
    "clients.registers.sealed_record.faults",
    "rebalancing.proposals.bindings.faults",
)
QUEUE_SOURCES = (
    "compliance.pages.queue_items.of",
    "rebalancing.pages.queue_items.of",
    "advisory.desk.refused_attempts.of",
)
AUDIT_CAPACITY, AFTER_A_DEATH = "clients.households.books.capacity", "advisory.people.client_sign_ins.follow"
# An Ed25519 seed in base64 that signs the audit trail's checkpoints; to verify, the public key is enough.
AUDIT_CHECKPOINT_KEY = env.secret("EVENKEEL_CHECKPOINT_KEY", "")
AUDIT_CHECKPOINT_PUBLIC_KEY = env.text("EVENKEEL_CHECKPOINT_PUBLIC_KEY", "")
# Where each checkpoint is carried to; a copy that the database's host cannot reach shows a rewritten trail.
AUDIT_CHECKPOINT_FOLDER = env.text("EVENKEEL_CHECKPOINT_FOLDER", "")
AUDIT_CHECKPOINT_MAIL = env.words("EVENKEEL_CHECKPOINT_MAIL")
AUDIT_CHECKPOINT_STORE = env.text("EVENKEEL_CHECKPOINT_STORE", "")
AUDIT_CHECKPOINT_STORE_REGION = env.text("EVENKEEL_CHECKPOINT_STORE_REGION", "us-east-1")
AUDIT_CHECKPOINT_STORE_ID = env.secret("EVENKEEL_CHECKPOINT_STORE_ID", "")
AUDIT_CHECKPOINT_STORE_SECRET = env.secret("EVENKEEL_CHECKPOINT_STORE_SECRET", "")
