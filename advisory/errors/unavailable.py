"""Outages of the database, a lock or the disk: answered with 503 and Retry-After."""

from __future__ import annotations

import errno
from dataclasses import dataclass

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from advisory.errors import problems
from compliance.broker import outages

API = "/api/"
log = structlog.get_logger("advisory.errors.unavailable")

DATABASE = outages.Part("database")
"""Only counted: the database is tried every time, since nothing can be answered without it."""
DISK = outages.Part("disk")


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why the request cannot be served now, and when to retry."""

    title: str
    sentence: str
    retry_seconds: int


GONE = Unavailable("The database does not answer", "Nothing was saved. Try again in a moment.", 10)
BUSY = Unavailable(
    "The database took too long",
    "Nothing was saved. Somebody else may be changing the same data; try again.",
    5,
)
CROWDED = Unavailable(
    "The database has no free connection", "Nothing was saved. All its connections are in use; try again.", 10
)
DISK_FULL = Unavailable(
    "The disk is full",
    "Nothing was saved. Your administrator has to free disk space; `doctor` says where.",
    60,
)

# SQLSTATE: a statement or lock timeout, a deadlock or a serialization failure.
BUSY_STATES = {"57014", "55P03", "40P01", "40001"}
FULL_STATES = {"53100"}
CROWDED_STATES = {"53300"}
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def why(error: BaseException | None) -> Unavailable | None:
    """The outage that caused this error; None where the error is a bug."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        DISK.failed(error)
        return DISK_FULL
    if not isinstance(error, (OperationalError, InterfaceError)):
        return None
    state = getattr(error.__cause__, "sqlstate", None) or ""
    if state in FULL_STATES:
        DISK.failed(error)
        return DISK_FULL
    if state in BUSY_STATES:
        return BUSY
    if state in CROWDED_STATES:
        return CROWDED
    if not state or state[:2] in {"08", "57", "58"} or isinstance(error, InterfaceError):
        DATABASE.failed(error)
        return GONE
    return None


def answer(unavailable: Unavailable, request: HttpRequest) -> HttpResponse:
    """A page or problem+json that uses neither the database nor the session."""
    found: HttpResponse
    if request.path.startswith(API):
        document = problems.of_status(503, f"{unavailable.title}. {unavailable.sentence}", request)
        found = problems.answer(document)
    else:
        page = {
            "title": unavailable.title,
            "sentence": unavailable.sentence,
            "retry_seconds": unavailable.retry_seconds,
            "request_id": getattr(request, "request_id", ""),
        }
        found = render(request, "errors/503.html", {"page": page}, status=503)
    found["Retry-After"] = str(unavailable.retry_seconds)
    return found
