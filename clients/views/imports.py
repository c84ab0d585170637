"""Custodian files in the browser: upload, preview, bind, confirm, receipt."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients import access
from clients.forms import AccountSearch, Confirmation, Upload
from clients.imports import custodian_files
from clients.models import CustodianFile
from clients.pages import bindings as binding_pages
from clients.pages import file_changes as changes
from clients.pages import import_list as listing
from clients.pages import imports as pages
from compliance import clock
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import BadInput, NotAllowed


@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """The files that came in, and what came of them."""
    _require_reader(request.user)
    asked = Asked.on_page(listing.KIND, request)
    if asked.export:
        rows = listing.export(request.user, asked)
        return exports.taken(asked, listing.HEADER, rows, by=Actor.of(request), at=clock.now())
    page = listing.import_list(request.user, asked)
    return render(request, "clients/import_list.html", {"page": page}, status=422 if asked.faults else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def import_upload(request: HttpRequest) -> HttpResponse:
    """Take files in, one by one; each gets its own preview."""
    _require_trader(request.user)
    handed_in = request.method == "POST"
    form = Upload(request.POST, request.FILES) if handed_in else Upload()
    if not handed_in or not form.is_valid():
        status = 422 if handed_in else 200
        page = listing.import_upload(form, [])
        return render(request, "clients/import_upload.html", {"page": page}, status=status)
    received: list[CustodianFile] = []
    for upload in form.cleaned_data["uploads"]:
        try:
            receipt = _receive(request, upload)
        except BadInput as refusal:
            form.add_error("uploads", listing.words_of(upload.name or "upload", refusal))
            continue
        received.append(receipt.file)
        if receipt.is_known:
            messages.info(request, listing.already_imported(receipt.file))
    if form.errors:
        page = listing.import_upload(form, received)
        return render(request, "clients/import_upload.html", {"page": page}, status=422)
    if len(received) == 1:
        return redirect("clients:import_detail", received[0].public_id)
    messages.success(request, f"{len(received)} files were read. Open each one to confirm it.")
    return redirect("clients:import_list")


@require_safe
def import_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """A file's preview while it waits, its receipt once it is loaded, its faults when it was refused."""
    page = pages.import_detail(request.user, _file(request, public_id), at=clock.now())
    return render(request, "clients/import_detail.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def bindings(request: HttpRequest) -> HttpResponse:
    """Every account that waits to be bound, with those it most likely means; a search, and the binding of many."""
    _require_trader(request.user)
    public_id = request.GET.get("file", "")
    form, status, text = AccountSearch(), 200, ""
    if request.method == "POST" and request.POST.get("action") == "search":
        form = AccountSearch(request.POST)
        status = 200 if form.is_valid() else 422
        text = form.cleaned_data.get("text", "")
    elif request.method == "POST":
        chosen = binding_pages.chosen(request.user, request.POST)
        for file_id, picked in chosen.items():
            custodian_files.bind_all(
                file_id, picked, user_id=_pk(request), by=Actor.of(request), at=clock.now()
            )
        if chosen:
            count = sum(len(picked) for picked in chosen.values())
            messages.success(request, f"{listing.counted(count, 'account')} bound.")
            return redirect("clients:binding_list")
        form, status = AccountSearch({}), 422
        form.errors.clear()
        form.add_error(None, "Choose an account for at least one line.")
    page = binding_pages.show(request.user, public_id=public_id, text=text)
    return render(request, "clients/bindings.html", {"page": page, "search_form": form}, status=status)


@require_POST
def import_load(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the previewed file into the record. A second click finds the receipt."""
    _require_trader(request.user)
    file = _file(request, public_id)
    if file.state != CustodianFile.State.LOADED or file.loaded_by_id != _pk(request):
        confirmation = Confirmation(request.POST)
        custodian_files.load(
            file,
            confirmed=confirmation.cleaned_data["confirm"] if confirmation.is_valid() else "",
            user_id=_pk(request),
            by=Actor.of(request),
            at=clock.now(),
        )
    return redirect("clients:import_detail", public_id)


@require_POST
def import_discard(request: HttpRequest, public_id: str) -> HttpResponse:
    """Settle a file without loading it."""
    _require_trader(request.user)
    file = custodian_files.discard(_file(request, public_id), by=Actor.of(request), at=clock.now())
    messages.success(request, f"{file.name} was discarded. Nothing of it reached the record.")
    return redirect("clients:import_list")


@require_safe
def import_changes(request: HttpRequest, public_id: str) -> HttpResponse:
    """The rows that loading the file made, changed and removed."""
    file = _file(request, public_id)
    asked = Asked.of(changes.KIND, request.GET)
    if asked.export:
        rows = changes.export(file, asked)
        return exports.taken(asked, changes.HEADER, rows, by=Actor.of(request), at=clock.now())
    page = changes.changes(file, asked)
    return render(request, "clients/import_changes.html", {"page": page}, status=422 if asked.faults else 200)


@require_safe
def import_rows(request: HttpRequest, public_id: str) -> HttpResponse:
    """The original rows with what is wrong beside each, to take back to the source."""
    file = _file(request, public_id)
    text = custodian_files.rows_with_faults(file, by=Actor.of(request), at=clock.now())
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file.public_id}-rows.csv"'
    return answer


def _receive(request: HttpRequest, upload: UploadedFile[bytes]) -> custodian_files.Receipt:
    if (upload.size or 0) > custodian_files.SIZE_MAX:
        # Refused before it is read, so that a large upload costs disk but no memory.
        raise custodian_files.too_large(upload.size or 0)
    return custodian_files.receive(
        upload.read(),
        name=upload.name or "upload",
        channel=CustodianFile.Channel.BROWSER,
        user_id=_pk(request),
        by=Actor.of(request),
        at=clock.now(),
    )


def _file(request: HttpRequest, public_id: str) -> CustodianFile:
    return get_object_or_404(_files(request), public_id=public_id)


def _files(request: HttpRequest) -> QuerySet[CustodianFile]:
    return (
        access.files_for(request.user)
        .defer("content")
        .select_related("received_by", "loaded_by", "undone_by")
    )


def _require_reader(user: Any) -> None:
    if refusal := access.refusal_to_read_files(user):
        raise NotAllowed(refusal)


def _require_trader(user: Any) -> None:
    if refusal := access.refusal_to_import(user):
        raise NotAllowed(refusal)


def _pk(request: HttpRequest) -> int:
    assert request.user.pk is not None, "every page asks people to sign in first"
    return int(request.user.pk)
