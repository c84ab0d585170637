"""The doors to workbooks: who opens them, what they show, and that a reviewer adopts what a loader brought."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from clients import tasks
from clients.models import Household, Policy, Workbook
from clients.workbooks import bulk_adoption
from compliance.models import AuditEvent, Review
from compliance.people.actors import Actor
from compliance.refusals import Stale
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import workbooks as made
from tests.factories.workbooks import loaded, publish, the_model_version
from tests.pages import as_

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people(db: None) -> None:
    cast.ana()
    cast.rui()


def upload(client: Client, rows: made.Rows, name: str = "firm.xlsx") -> Workbook:
    answer = client.post(
        reverse("clients:workbook_list"), {"workbook": SimpleUploadedFile(name, made.xlsx(rows))}
    )
    assert answer.status_code == 302, answer.context["page"].form.errors
    return Workbook.objects.get(public_id=answer.headers["Location"].rstrip("/").rsplit("/", 1)[-1])


def text(client: Client, name: str, *args: str) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_trader_uploads_reads_the_preview_and_loads_it() -> None:
    tom = as_(cast.tom())
    workbook = upload(tom, made.together(made.firm(), made.family()))

    preview = text(tom, "clients:workbook", workbook.public_id)
    assert "Households: 1 new" in preview
    assert "Draft model 60-40" in preview
    assert not Household.objects.exists()

    tom.post(reverse("clients:workbook_load", args=[workbook.public_id]), {"seen": workbook.digest})
    assert "0 of 1 household loaded" in text(tom, "clients:workbook", workbook.public_id)
    tasks.load_workbooks()
    assert "This workbook is loaded" in text(tom, "clients:workbook", workbook.public_id)
    household = Household.objects.get()
    assert reverse("clients:household", args=[household.public_id]) in text(
        tom, "clients:workbook", workbook.public_id
    )
    assert set(AuditEvent.objects.filter(about_kind="workbook").values_list("action", flat=True)) == {
        "workbook.received", "workbook.confirmed", "workbook.part_loaded", "workbook.loaded",
    }  # fmt: skip


def test_the_page_names_each_fault_and_lets_them_be_taken_along() -> None:
    tom = as_(cast.tom())
    rows = made.together(made.firm(), made.family(), made.family("baker", number="0022220001"))
    rows["accounts"][2]["margin"] = "perhaps"
    workbook = upload(tom, rows)

    page = text(tom, "clients:workbook", workbook.public_id)
    assert "Households: 1 new, 1 refused" in page
    assert "This is neither yes nor no." in page
    faults = text(tom, "clients:workbook_faults", workbook.public_id).splitlines()
    assert faults[0] == "sheet,row,column,value,rule,cure,household"
    assert faults[1].startswith("accounts,4,J margin,")


def test_a_wrong_file_is_shown_beside_the_form_and_nothing_is_kept() -> None:
    answer = as_(cast.tom()).post(
        reverse("clients:workbook_list"), {"workbook": SimpleUploadedFile("x.xlsx", b"")}
    )

    assert answer.status_code == 422
    assert "The file is empty." in answer.content.decode()
    assert not Workbook.objects.exists()


@pytest.mark.parametrize(("who", "reads", "loads"), [
    ("Tom", 200, 302), ("Ada", 200, 302), ("Cora", 200, 403), ("Ana", 403, 403), ("Rui", 403, 403), ("Carl", 403, 403),
])  # fmt: skip
def test_who_reads_and_who_loads(who: str, reads: int, loads: int) -> None:
    client = as_(cast.known(who))

    assert client.get(reverse("clients:workbook_list")).status_code == reads
    assert client.get(reverse("clients:workbook_template")).status_code == reads
    assert client.get(reverse("clients:workbook_record")).status_code == reads
    assert client.post(reverse("clients:workbook_starter")).status_code == loads


def test_the_starter_set_is_previewed_and_loads_without_a_fault() -> None:
    tom = as_(cast.tom())
    answer = tom.post(reverse("clients:workbook_starter"))
    workbook = Workbook.objects.get()

    assert answer.headers["Location"] == reverse("clients:workbook", args=[workbook.public_id])
    assert (workbook.state, workbook.faults) == ("previewed", [])
    tom.post(reverse("clients:workbook_load", args=[workbook.public_id]), {"seen": workbook.digest})
    tasks.load_workbooks()
    assert {one.title for one in Review.objects.all()} == {
        "Model Example 40/60, version 1", "Model Example 60/40, version 1", "Model Example 80/20, version 1",
    }  # fmt: skip


@pytest.mark.usefixtures("it_is_sunday_noon")
def test_a_reviewer_adopts_every_policy_of_a_workbook_in_one_go_and_each_has_its_own_approval() -> None:
    workbook = loaded(
        made.xlsx(made.together(made.firm(), made.family(), made.family("baker", number="0022220001")))
    )
    publish(the_model_version(), reviewer=cast.rui())
    rui = as_(cast.rui())

    page = rui.get(reverse("clients:workbook_policies", args=[workbook.public_id]))
    assert [row.household for row in page.context["page"].rows] == ["Baker", "Miller"]
    digest = page.context["page"].digest
    answer = rui.post(
        reverse("clients:workbook_policies", args=[workbook.public_id]), {"seen": digest}, follow=True
    )

    assert "2 policies are adopted." in answer.content.decode()
    assert {(one.state, one.adopted_by, str(one.effective_on)) for one in Policy.objects.all()} == {
        ("adopted", cast.rui(), "2026-03-02")
    }
    assert Review.objects.filter(subject_kind="policy", state="approved").count() == 2


def test_who_loaded_them_cannot_adopt_them_even_as_a_reviewer() -> None:
    from advisory.people import roles
    from compliance.people.roles import Role

    roles.grant(cast.tom(), Role.REVIEWER, by=None, at=SUNDAY_NOON)
    loaded(made.xlsx(made.together(made.firm(), made.family())))
    publish(the_model_version(), reviewer=cast.rui())
    drafts = Policy.objects.all()
    seen = bulk_adoption.digest_of(bulk_adoption.waiting(drafts))

    done = bulk_adoption.adopt(drafts, seen=seen, by=Actor.person(cast.tom()), at=SUNDAY_NOON)

    assert (done.adopted, [name for name, _ in done.refused]) == (0, ["Miller"])
    assert "a colleague has to decide" in done.refused[0][1]
    assert Policy.objects.get().state == "review"


def test_policies_that_were_not_shown_are_not_adopted() -> None:
    loaded(made.xlsx(made.together(made.firm(), made.family())))
    publish(the_model_version(), reviewer=cast.rui())

    with pytest.raises(Stale):
        bulk_adoption.adopt(Policy.objects.all(), seen="0" * 64, by=Actor.person(cast.rui()), at=SUNDAY_NOON)


def test_a_policy_whose_model_is_not_published_waits_for_it_and_is_not_offered() -> None:
    loaded(made.xlsx(made.together(made.firm(), made.family())))

    assert bulk_adoption.waiting(Policy.objects.all()) == []
    publish(the_model_version(), reviewer=cast.rui())
    assert [one.policy for one in bulk_adoption.waiting(Policy.objects.all())] == [Policy.objects.get()]


def test_a_program_hands_a_workbook_in_and_confirms_its_preview() -> None:
    tom = as_(cast.tom())
    content = made.bundle(made.together(made.firm(), made.family()))

    first = tom.post("/api/v1/workbooks/upload/", {"file": SimpleUploadedFile("firm.zip", content)})
    body = first.json()
    assert (first.status_code, body["state"], body["is_known"]) == (201, "previewed", False)
    assert body["households"][0]["result"] == "new"
    one = f"/api/v1/workbooks/{body['public_id']}/"
    loading = tom.post(f"{one}load/", {"preview": body["preview"]}, content_type="application/json")
    assert (loading.status_code, loading.json()["state"]) == (200, "loading")
    tasks.load_workbooks()
    assert tom.get(one).json()["state"] == "loaded"
    assert tom.get("/api/v1/workbooks/record/?kind=csv").headers["Content-Type"] == "application/zip"


def command(*arguments: Any) -> tuple[dict[str, Any], int]:
    out = io.StringIO()
    try:
        call_command("import_firm", *arguments, "--json", stdout=out)
    except CommandError as error:
        return (json.loads(out.getvalue()) if out.getvalue() else {}), error.returncode
    return json.loads(out.getvalue()), 0


def test_the_command_says_what_it_would_do_and_then_does_it(tmp_path: Any) -> None:
    cast.tom()
    file = tmp_path / "firm.xlsx"
    file.write_bytes(made.xlsx(made.together(made.firm(), made.family())))

    dry, code = command(file, "--as", "tom@firm.example", "--dry-run")
    assert (dry["households"][0]["result"], code, Household.objects.count(), Workbook.objects.count()) == (
        "new",
        0,
        0,
        0,
    )
    done, code = command(file, "--as", "tom@firm.example")
    assert (done["state"], done["households"][0]["state"], code) == ("loaded", "done", 0)
    again, code = command(file, "--as", "tom@firm.example")
    assert (again["state"], code, Household.objects.count()) == ("loaded", 0, 1)


def test_the_command_needs_somebody_who_may_load(tmp_path: Any) -> None:
    file = tmp_path / "firm.xlsx"
    file.write_bytes(made.xlsx(made.family()))

    assert command(file, "--as", "ana@firm.example")[1] == 2
    assert command(file, "--as", "nobody@firm.example")[1] == 2
    assert command(tmp_path / "none.xlsx", "--as", "ana@firm.example")[1] == 2
