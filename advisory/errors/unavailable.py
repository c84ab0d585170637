"""When something below the product is away: the database, a lock, the disk. The answer is 503 and when to try again."""

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
"""Counted only: the database is asked every time, since without it there is nothing to answer."""
DISK = outages.Part("disk")


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why nothing can be done at the moment, and when to ask again."""

    title: str
    sentence: str
    retry_seconds: int


GONE = Unavailable("The database does not answer", "Nothing was saved. It is asked again with every try.", 10)
BUSY = Unavailable(
    "The database took too long",
    "Nothing was saved. Somebody else may be changing the same rows; try again.",
    5,
)
CROWDED = Unavailable(
    "The database is full of visitors", "Nothing was saved. All its connections are in use; try again.", 10
)
DISK_FULL = Unavailable(
    "The disk is full", "Nothing was saved. Your administrator has to make room; `doctor` says where.", 60
)

# SQLSTATE: a statement or a lock took too long, or two transactions stood in each other's way.
BUSY_STATES = {"57014", "55P03", "40P01", "40001"}
FULL_STATES = {"53100"}
CROWDED_STATES = {"53300"}
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def why(error: BaseException | None) -> Unavailable | None:
    """What is away when this error was raised; None where the fault is the product's own."""
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
    """A page or problem+json that asks neither the database nor the session for anything."""
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
