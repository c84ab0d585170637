"""The firm's own workbooks in the browser: template, export, upload, preview, load, and their policies in bulk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients import access, tasks
from clients.forms import SeenDigest, WorkbookUpload
from clients.models import Workbook
from clients.pages import workbook_policies
from clients.pages import workbooks as pages
from clients.workbooks import bulk_adoption, starter, taking, workbooks, writing
from clients.workbooks.opening.raw import BYTES_MAX, SPLIT, TOO_LARGE
from compliance import clock, polling
from compliance.clock import EASTERN
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import BadInput, NotAllowed

"""The status htmx takes as "do not ask again"."""


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The workbooks that came in, and the form for another one."""
    _require_reader(request.user)
    handed_in = request.method == "POST"
    if handed_in:
        _require_loader(request.user)
    form = WorkbookUpload(request.POST, request.FILES) if handed_in else WorkbookUpload()
    if handed_in and form.is_valid():
        upload = form.cleaned_data["workbook"]
        try:
            if (upload.size or 0) > BYTES_MAX:
                # Refused before it is read, so that a large upload costs disk but no memory.
                raise BadInput(TOO_LARGE, SPLIT)
            receipt = workbooks.receive(
                upload.read(),
                name=upload.name or "workbook",
                channel=Workbook.Channel.BROWSER,
                user_id=_pk(request),
                by=Actor.of(request),
                at=clock.now(),
            )
        except BadInput as refusal:
            form.add_error("workbook", str(refusal))
        else:
            if receipt.is_known:
                messages.info(
                    request, "The same workbook was here before. It is compared with the record anew."
                )
            return redirect("clients:workbook", receipt.workbook.public_id)
    asked = Asked.of(pages.KIND, {}) if handed_in else Asked.on_page(pages.KIND, request)
    if asked.export:
        rows = pages.export_list(request.user, asked)
        return exports.taken(asked, pages.HEADER, rows, by=Actor.of(request), at=clock.now())
    page = pages.show_list(request.user, asked, form)
    status = 422 if asked.faults or form.errors else 200
    return render(request, "clients/workbook_list.html", {"page": page}, status=status)


@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook with its instructions and validation. It holds nothing of the firm's."""
    _require_reader(request.user)
    return _file(writing.as_xlsx({}), "evenkeel-template", "xlsx")


@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """What is on record in the workbook's layout, without secrets; that it was taken is on the trail."""
    _require_reader(request.user)
    kind = request.GET.get("kind", "xlsx")
    at = clock.now()
    households = access.workbook_households_for(request.user)
    content = taking.record_as(kind, households, by=Actor.of(request), at=at)
    return _file(content, f"record-{at.astimezone(EASTERN).date()}", kind)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Preview the starter set of classes, securities and example models."""
    _require_loader(request.user)
    receipt = starter.receive(user_id=_pk(request), by=Actor.of(request), at=clock.now())
    return redirect("clients:workbook", receipt.workbook.public_id)


@require_safe
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """A workbook's preview while it waits, what came of it once it is loaded, its faults when it was refused."""
    workbook = _workbook(request, public_id)
    asked = Asked.on_page(pages.HOUSEHOLDS, request)
    if asked.export:
        rows = pages.export_households(workbook, asked)
        return exports.taken(asked, pages.HOUSEHOLDS_HEADER, rows, by=Actor.of(request), at=clock.now())
    page = pages.show(request.user, workbook, asked)
    return render(request, "clients/workbook.html", {"page": page}, status=422 if asked.faults else 200)


@require_safe
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far a load is: asked every two seconds while it runs."""
    now = pages.progress(_workbook(request, public_id))
    return polling.region(
        request, "clients/_workbook_progress.html", {"page": {"progress": now}}, goes_on=now.is_running
    )


@require_POST
def load(request: HttpRequest, public_id: str) -> HttpResponse:
    """Confirm exactly the preview that was shown; a worker loads it."""
    _require_loader(request.user)
    workbook, form = _workbook(request, public_id), SeenDigest(request.POST)
    if not form.is_valid():
        raise BadInput("What was shown is not known.", "Open the workbook again and confirm what it shows.")
    workbooks.confirm(
        workbook,
        seen=form.cleaned_data["seen"],
        user_id=_pk(request),
        by=Actor.of(request),
        at=clock.now(),
    )
    tasks.load_soon()
    messages.success(request, "The workbook is being loaded. It is safe to leave this page.")
    return redirect("clients:workbook", public_id)


@require_POST
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Compare the workbook with the record as it is now."""
    _require_loader(request.user)
    workbooks.look_again(_workbook(request, public_id), by=Actor.of(request), at=clock.now())
    return redirect("clients:workbook", public_id)


@require_POST
def discard(request: HttpRequest, public_id: str) -> HttpResponse:
    """Settle a workbook without loading it."""
    _require_loader(request.user)
    workbook = workbooks.discard(_workbook(request, public_id), by=Actor.of(request), at=clock.now())
    messages.success(request, f"{workbook.name} was discarded. Nothing of it reached the record.")
    return redirect("clients:workbook_list")


@require_safe
def faults(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every fault with its place and cure, to take back to whoever keeps the workbook."""
    workbook = _workbook(request, public_id)
    answer = HttpResponse(
        exports.as_csv(pages.FAULTS_HEADER, pages.faults_of(workbook)), content_type=exports.TYPES["csv"]
    )
    answer["Content-Disposition"] = f'attachment; filename="{workbook.public_id}-faults.csv"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def policies(request: HttpRequest, public_id: str) -> HttpResponse:
    """The policies that a workbook brought, for their reviewer: adopted together, each with its own decision."""
    workbook = get_object_or_404(
        access.workbooks_with_policies_for(request.user).defer("content"), public_id=public_id
    )
    at = clock.now()
    waiting = access.loaded_policies_for(request.user, workbook)
    if request.method == "POST":
        if refusal := access.refusal_to_adopt_policies(request.user):
            raise NotAllowed(refusal)
        form = SeenDigest(request.POST)
        if not form.is_valid():
            raise BadInput(
                "What was shown is not known.", "Open the page again and decide about what it shows."
            )
        done = bulk_adoption.adopt(waiting, seen=form.cleaned_data["seen"], by=Actor.of(request), at=at)
        messages.success(request, done.sentence)
        return redirect("clients:workbook_policies", public_id)
    page = workbook_policies.show(request.user, workbook, waiting, at=at)
    return render(request, "clients/workbook_policies.html", {"page": page})


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=writing.TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{writing.EXTENSIONS[kind]}"'
    answer["Cache-Control"] = "no-store, private"
    return answer


def _workbook(request: HttpRequest, public_id: str) -> Workbook:
    held: QuerySet[Workbook] = access.workbooks_for(request.user)
    return get_object_or_404(
        held.defer("content").select_related("received_by", "confirmed_by"), public_id=public_id
    )


def _require_reader(user: Any) -> None:
    if refusal := access.refusal_to_read_workbooks(user):
        raise NotAllowed(refusal)


def _require_loader(user: Any) -> None:
    if refusal := access.refusal_to_load_workbooks(user):
        raise NotAllowed(refusal)


def _pk(request: HttpRequest) -> int:
    assert request.user.pk is not None, "every page asks people to sign in first"
    return int(request.user.pk)
