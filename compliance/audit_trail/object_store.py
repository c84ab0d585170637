"""Checkpoints as objects of an S3-compatible store, which can be told to keep what it has (object lock, versions).

Requests are signed by `obstore`, an optional requirement (requirements-store.txt): without the setting nothing needs it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

NOT_THERE = "the package obstore is not installed: pip install --require-hashes -r requirements-store.txt"


class StoreRefused(OSError):
    """The store cannot be used, or did not take an object; says why, without what signs requests."""


@dataclass(frozen=True, slots=True)
class Address:
    """A bucket of a store, and the folder in it, as the setting names them: https://HOST/BUCKET/FOLDER."""

    endpoint: str
    bucket: str
    folder: str

    @classmethod
    def of(cls, url: str) -> Address:
        """Read the setting. Raises `StoreRefused` for an address that is none, or that leaves this machine unencrypted."""
        parts = urlsplit(url)
        bucket, _, folder = parts.path.strip("/").partition("/")
        if not parts.hostname or not bucket or parts.scheme not in ("https", "http"):
            raise StoreRefused(f"{url} is no address of a bucket; write https://HOST/BUCKET/FOLDER")
        if parts.scheme == "http" and not _is_on_this_machine(parts.hostname):
            raise StoreRefused(f"{url} leaves this machine unencrypted; use https")
        return cls(f"{parts.scheme}://{parts.netloc}", bucket, folder)


def trouble() -> str:
    """Why the store of the settings cannot be used; empty where it can, or where none is named."""
    if not settings.AUDIT_CHECKPOINT_STORE:
        return ""
    try:
        Address.of(settings.AUDIT_CHECKPOINT_STORE)
        _library()
    except StoreRefused as problem:
        return str(problem)
    return ""


def put(name: str, content: bytes) -> None:
    """Put an object where none is; the same one again is fine. Raises `FileExistsError` where another one is, `StoreRefused`."""
    address, library = Address.of(settings.AUDIT_CHECKPOINT_STORE), _library()
    path = f"{address.folder}/{name}" if address.folder else name
    try:
        store = import_module("obstore.store").S3Store(
            address.bucket,
            endpoint=address.endpoint,
            region=settings.AUDIT_CHECKPOINT_STORE_REGION,
            access_key_id=settings.AUDIT_CHECKPOINT_STORE_ID,
            secret_access_key=settings.AUDIT_CHECKPOINT_STORE_SECRET,
            virtual_hosted_style_request=False,
            client_options={"allow_http": address.endpoint.startswith("http:"), "timeout": "20s"},
            retry_config={"max_retries": 1},
        )
        there = _there(library, store, path)
        if there is None:
            # Where the store knows the word, nobody else can have put one in between.
            library.put(store, path, content, mode="create", use_multipart=False)
            return
    except (ValueError, import_module("obstore.exceptions").BaseError) as problem:
        raise StoreRefused(f"the store did not take {path}: {_first_line(problem)}") from None
    if there != content:
        raise FileExistsError(f"{path} holds another checkpoint; compare both before anything else")


def _there(library: Any, store: Any, path: str) -> bytes | None:
    try:
        return bytes(library.get(store, path).bytes())
    except FileNotFoundError:
        return None


def _library() -> Any:
    try:
        return import_module("obstore")
    except ImportError:
        raise StoreRefused(NOT_THERE) from None


def _is_on_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0][:300]
