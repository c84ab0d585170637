"""Encrypting what identifies a person: tax numbers, dates of birth, whole account numbers.

AES-256-GCM with keys from the settings (never SECRET_KEY, so that the two can be rotated apart). The stored
text names its key, so that two keys can coexist during a rotation:

    v1:<key id>:<base64 of nonce and ciphertext>

The column's name is associated data: a value copied into another column does not decrypt.
Equality search uses `blind_index`, a keyed digest that reveals nothing about the value without its key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

FORMAT = "v1"
NONCE_BYTES = 12


class CannotDecrypt(Exception):
    """A stored value cannot be decrypted: a key is missing or the row was tampered with."""


def current_prefix() -> str:
    """The prefix of every value encrypted with the current key."""
    return f"{FORMAT}:{settings.FIELD_KEY_CURRENT}:"


def encrypt(plain: str, *, purpose: str) -> str:
    """The storable form of `plain`, bound to `purpose` (the column it is meant for)."""
    return current_prefix() + base64.b64encode(_seal(plain.encode(), purpose)).decode()


def encrypt_bytes(plain: bytes, *, purpose: str) -> bytes:
    """The same for bytes, without the overhead of base64."""
    return current_prefix().encode() + _seal(plain, purpose)


def decrypt(stored: str, *, purpose: str) -> str:
    """The plain text of a stored value.

    Raises `CannotDecrypt` when the key is not configured, or the value was changed or moved.
    """
    version, key_id, body = [*stored.split(":", 2), "", ""][:3]
    try:
        raw = base64.b64decode(body, validate=True)
    except ValueError as error:
        raise _unreadable(purpose, error) from error
    return _open(version, key_id, raw, purpose).decode()


def decrypt_bytes(stored: bytes, *, purpose: str) -> bytes:
    """The plain bytes of a stored value; raises as `decrypt`."""
    version, key_id, raw = [*stored.split(b":", 2), b"", b""][:3]
    return _open(version.decode("ascii", "replace"), key_id.decode("ascii", "replace"), raw, purpose)


def _seal(plain: bytes, purpose: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(settings.FIELD_KEYS[settings.FIELD_KEY_CURRENT]).encrypt(
        nonce, plain, purpose.encode()
    )


def _open(version: str, key_id: str, raw: bytes, purpose: str) -> bytes:
    if version != FORMAT or key_id not in settings.FIELD_KEYS:
        raise _unreadable(purpose, f"{version[:8]}:{key_id[:24]}")
    try:
        return AESGCM(settings.FIELD_KEYS[key_id]).decrypt(
            raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()
        )
    except InvalidTag as error:
        raise CannotDecrypt(
            f"A value of {purpose} cannot be decrypted with key {key_id}: it was changed."
        ) from error


def _unreadable(purpose: str, why: object) -> CannotDecrypt:
    return CannotDecrypt(
        f"A value of {purpose} was written with a key or format that is not configured ({why}). "
        "Add the old key to EVENKEEL_FIELD_KEYS and run `manage.py rotate_keys`."
    )


def blind_index(plain: str, *, purpose: str) -> str:
    """A keyed digest for equality search: the same text of the same purpose gives the same 64 hex digits."""
    message = f"{purpose}\0{plain}".encode()
    return hmac.new(settings.BLIND_INDEX_KEY, message, hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """A text column whose stored form is encrypted; lookups other than IS NULL make no sense on it."""

    @property
    def purpose(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "":
            return value
        return encrypt(str(value), purpose=self.purpose)

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        if not value:
            return value
        return decrypt(value, purpose=self.purpose)


class EncryptedBinaryField(models.BinaryField):
    """Bytes whose stored form is encrypted: a custodian's file names whole account numbers."""

    @property
    def purpose(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None:
            value = encrypt_bytes(bytes(value), purpose=self.purpose)
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, *_: Any) -> bytes | None:
        return None if value is None else decrypt_bytes(bytes(value), purpose=self.purpose)
