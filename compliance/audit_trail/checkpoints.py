"""Signed records of how far the trail reached, to be kept where the database's host cannot reach them.

The key is an Ed25519 seed of 32 bytes in base64 (`settings.AUDIT_CHECKPOINT_KEY`); a machine that only
verifies needs just the public key (`settings.AUDIT_CHECKPOINT_PUBLIC_KEY`). Without a key, checkpoints are
unsigned and still reveal a truncated chain, as long as a copy is kept elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from compliance.digests import canonical
from compliance.digests.fingerprint import netstring
from compliance.models import AuditCheckpoint

FORMAT = "evenkeel-checkpoint-1"
MANIFEST_FORMAT = "evenkeel-manifest-1"


class BadCheckpoint(ValueError):
    """A checkpoint file or key cannot be used; names it and the expected form."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The chain had `events_count` events, the last one `seq` with hash `root`, at `written_at` (UTC)."""

    seq: int
    events_count: int
    root: str
    written_at: datetime
    key_id: str = ""
    signature: str = ""

    def message(self) -> bytes:
        """The bytes that are signed."""
        parts = (
            FORMAT,
            str(self.seq),
            str(self.events_count),
            self.root,
            canonical.moment_text(self.written_at),
        )
        return b"".join(netstring(part) for part in parts)


def signed(seq: int, events_count: int, root: str, *, at: datetime) -> Checkpoint:
    """A checkpoint for this state of the chain, signed if the firm has a key."""
    bare = Checkpoint(seq, events_count, root, at)
    key = _private_key()
    if key is None:
        return bare
    signature = base64.b64encode(key.sign(bare.message())).decode()
    return Checkpoint(seq, events_count, root, at, _key_id(key.public_key()), signature)


def signed_manifest(content: bytes) -> str:
    """The signature of an export's manifest as one line of JSON; empty without a key."""
    key = _private_key()
    if key is None:
        return ""
    message = netstring(MANIFEST_FORMAT) + b"%d:%b," % (len(content), content)
    signature = base64.b64encode(key.sign(message)).decode()
    return canonical.text({"key_id": _key_id(key.public_key()), "signature": signature})


def signature_holds(mark: Checkpoint) -> bool:
    """Whether a signature is valid under our key. Without a key it cannot be checked and passes.

    With a key, an unsigned checkpoint is refused only if it claims one: checkpoints written before
    the firm had a key stay valid.
    """
    key = _public_key()
    if key is None or not mark.signature:
        return True
    if mark.key_id != _key_id(key):
        # Signed with a retired key, so it cannot be checked.
        return True
    try:
        key.verify(base64.b64decode(mark.signature, validate=True), mark.message())
    except (InvalidSignature, binascii.Error):
        return False
    return True


def stored() -> list[Checkpoint]:
    """The checkpoints in the database, oldest first."""
    return [
        Checkpoint(row.seq, row.events_count, row.root, row.written_at, row.key_id, row.signature)
        for row in AuditCheckpoint.objects.order_by("seq")
    ]


def keep(mark: Checkpoint) -> AuditCheckpoint:
    """Store a checkpoint beside the chain. Part of `audit.write_checkpoint`."""
    return AuditCheckpoint.objects.create(
        seq=mark.seq,
        events_count=mark.events_count,
        root=mark.root,
        written_at=mark.written_at,
        key_id=mark.key_id,
        signature=mark.signature,
    )


def as_json(mark: Checkpoint) -> str:
    """The checkpoint as one line, to be kept elsewhere."""
    return canonical.text({"format": FORMAT, "checkpoint": mark})


def from_json(line: str) -> Checkpoint:
    """Read a line written by `as_json`. Raises BadCheckpoint naming what is wrong with it."""
    try:
        document = json.loads(line)
        fields = document["checkpoint"]
        if document["format"] != FORMAT:
            raise BadCheckpoint(f"This checkpoint has the format {document['format']!r}; we read {FORMAT!r}.")
        written_at = datetime.strptime(fields["written_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        return Checkpoint(
            seq=int(fields["seq"]),
            events_count=int(fields["events_count"]),
            root=str(fields["root"]),
            written_at=written_at,
            key_id=str(fields["key_id"]),
            signature=str(fields["signature"]),
        )
    except (KeyError, TypeError, ValueError) as problem:
        if isinstance(problem, BadCheckpoint):
            raise
        raise BadCheckpoint(
            f"This is not an Evenkeel checkpoint ({problem}); pass a file written by write_checkpoint."
        ) from None


def _private_key() -> Ed25519PrivateKey | None:
    text = getattr(settings, "AUDIT_CHECKPOINT_KEY", "")
    return Ed25519PrivateKey.from_private_bytes(_key_bytes(text, "AUDIT_CHECKPOINT_KEY")) if text else None


def _public_key() -> Ed25519PublicKey | None:
    text = getattr(settings, "AUDIT_CHECKPOINT_PUBLIC_KEY", "")
    if text:
        return Ed25519PublicKey.from_public_bytes(_key_bytes(text, "AUDIT_CHECKPOINT_PUBLIC_KEY"))
    private = _private_key()
    return private.public_key() if private else None


def _key_bytes(text: str, name: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        data = b""
    if len(data) != 32:
        raise BadCheckpoint(f"{name} is not a key: it must be 32 bytes in base64.")
    return data


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]
