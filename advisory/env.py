"""Typed readers of environment variables. A wrong setting stops the start with one sentence instead of
failing at first use.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit


class BadSetting(SystemExit):
    """A setting is missing or unusable. The process ends with the sentence and exit code 1."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"Evenkeel cannot start: {sentence}")


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables of one process. An empty value counts as absent, as compose files write it."""

    values: Mapping[str, str]

    def text(self, name: str, default: str | None = None) -> str:
        """Return the value, or the default; without a default the variable is required."""
        value = self.values.get(name, "").strip()
        if value:
            return value
        if default is None:
            raise BadSetting(f"{name} is not set. Set it, or start with `./evenkeel demo`.")
        return default

    def secret(self, name: str, default: str | None = None) -> str:
        """Return the value, or the contents of the file that NAME_FILE names."""
        file_name = self.values.get(f"{name}_FILE", "").strip()
        if not file_name:
            return self.text(name, default)
        try:
            value = Path(file_name).read_text().strip()
        except OSError as error:
            raise BadSetting(
                f"{name}_FILE names {file_name}, which cannot be read ({error.strerror})."
            ) from None
        if not value:
            raise BadSetting(f"{name}_FILE names {file_name}, which is empty.")
        return value

    def yes_or_no(self, name: str, default: bool) -> bool:
        """Return True for 1, true, yes, on and False for 0, false, no, off."""
        value = self.text(name, "yes" if default else "no").lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off"}:
            return False
        raise BadSetting(f"{name} is {value!r}; say yes or no.")

    def whole_number(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number within its bounds."""
        value = self.text(name, str(default))
        digits = value.removeprefix("-")
        if not digits.isascii() or not digits.isdecimal() or not least <= int(value) <= most:
            raise BadSetting(f"{name} is {value!r}; give a whole number from {least} to {most}.")
        return int(value)

    def refuse(self, name: str, why: str) -> NoReturn:
        """Stop the start because of a well-formed value that is not allowed."""
        raise BadSetting(f"{name} {why}.")

    def one_of(self, name: str, allowed: Sequence[str], default: str) -> str:
        """Return one of the allowed words."""
        value = self.text(name, default)
        if value not in allowed:
            raise BadSetting(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
        return value

    def words(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Return the comma-separated words."""
        return [word.strip() for word in self.text(name, ",".join(default)).split(",") if word.strip()]

    def database(self, name: str, default: str | None = None) -> dict[str, Any]:
        """Return Django's settings for a `postgresql://` URL; its query becomes connection options."""
        url = self.secret(name, default)
        parts = urlsplit(url)
        if parts.scheme not in {"postgresql", "postgres"}:
            raise BadSetting(f"{name} must begin with postgresql://, because Evenkeel needs PostgreSQL.")
        try:
            port = parts.port
        except ValueError:
            raise BadSetting(f"{name} has a port that is not a number.") from None
        if not parts.path.strip("/"):
            raise BadSetting(f"{name} names no database; end it with /evenkeel, for instance.")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(port or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
        }

    def redis_url(self, name: str, default: str | None = None) -> str:
        """Return a redis://, rediss:// or unix:// URL."""
        url = self.secret(name, default)
        if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
            raise BadSetting(f"{name} must begin with redis://, rediss:// or unix://.")
        return url

    def keys(self, name: str, default: str | None = None) -> dict[str, bytes]:
        """Return 256-bit keys by their id from `id:base64,id:base64`; the first one encrypts."""
        keys: dict[str, bytes] = {}
        for word in self.secret(name, default).split(","):
            key_id, _, encoded = word.strip().partition(":")
            if not key_id.isalnum() or key_id in keys:
                raise BadSetting(f"{name} must read id:key,id:key with ids of letters and digits, each once.")
            keys[key_id] = _key(name, encoded)
        return keys

    def key(self, name: str, default: str | None = None) -> bytes:
        """Return one 256-bit key written in base64."""
        return _key(name, self.secret(name, default))


def _key(name: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise BadSetting(
            f"{name} must hold 32 random bytes in base64, as `openssl rand -base64 32` prints them."
        )
    return key
