"""`manage.py import_file`: what it prints, what it keeps, how it exits."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clients.models import Account, CustodianFile, Security
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import the_millers
from tests.factories.imports import sample_bytes, the_accounts

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> tuple[int, str]:
    """The command's exit code and what it printed."""
    out = io.StringIO()
    try:
        call_command("import_file", *map(str, arguments), stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


def run_as_json(*arguments: object) -> tuple[int, list[dict[str, Any]]]:
    code, printed = run("--json", *arguments)
    return code, [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    the_millers()
    return tmp_path


def test_a_file_comes_in_and_the_exit_code_is_zero(folder: Path) -> None:
    (folder / "bundle.zip").write_bytes(bundle())

    code, told = run_as_json(folder / "bundle.zip")

    assert (code, told[0]["state"], told[0]["left_out"], told[0]["whole"]) == (0, "loaded", [], True)
    assert told[0]["accounts"][0]["counts"]["lots"] == {
        "new": 3,
        "changed": 0,
        "unchanged": 0,
        "disappeared": 0,
    }
    assert Account.objects.count() == 2


def test_a_dry_run_says_what_loading_would_do_and_keeps_nothing(folder: Path) -> None:
    (folder / "1-accounts.csv").write_bytes(table("accounts", MILLERS["accounts"]))
    (folder / "2-positions.csv").write_bytes(table("positions", MILLERS["positions"]))

    code, told = run_as_json("--dry-run", folder)

    assert (code, [one["state"] for one in told]) == (0, ["loaded", "loaded"])
    kept = [model.objects.count() for model in (CustodianFile, Account, Security)]
    assert kept == [0, 0, 0]


def test_a_folder_stands_for_its_files_by_name(folder: Path) -> None:
    (folder / "b-positions.csv").write_bytes(table("positions", MILLERS["positions"]))
    (folder / "a-accounts.csv").write_bytes(table("accounts", MILLERS["accounts"]))
    (folder / ".hidden").write_bytes(b"not read")

    code, told = run_as_json(folder)

    assert (code, [one["name"] for one in told]) == (0, ["a-accounts.csv", "b-positions.csv"])


def test_a_refused_file_exits_with_one_and_the_next_is_still_taken_in(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"roses are red\nviolets, blue\n")
    (folder / "b.csv").write_bytes(b"")
    (folder / "c.zip").write_bytes(bundle())

    code, told = run_as_json(folder)

    assert (code, [one["state"] for one in told]) == (1, ["refused", "refused", "loaded"])
    assert told[1]["refusal"].startswith("The file is empty.")
    printed = run(folder / "a.csv")[1]
    assert "a.csv (not recognized): refused, the same bytes were received before" in printed
    assert "none of the supported layouts" in printed


def test_an_account_nobody_has_bound_is_left_out_and_the_file_waits_for_a_person(tmp_path: Path) -> None:
    the_accounts()
    (tmp_path / "schwab-positions.csv").write_bytes(sample_bytes("schwab-positions.csv"))

    code, told = run_as_json(tmp_path)

    assert (code, told[0]["state"], told[0]["left_out"]) == (1, "previewed", ["...526"])
    assert "can be loaded yet" in told[0]["refusal"]
    assert CustodianFile.objects.get(custodian="schwab").state == CustodianFile.State.PREVIEWED


@pytest.mark.parametrize("missing", ["no-such-file.csv", "."], ids=["a missing file", "an empty folder"])
def test_a_path_that_cannot_be_read_exits_with_two_before_anything_is_taken_in(
    folder: Path, missing: str
) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "bundle.zip").write_bytes(bundle())
    empty = folder / "empty"
    empty.mkdir()

    code, printed = run(elsewhere / "bundle.zip", empty / missing)

    assert code == 2
    assert ("There is no file" if missing != "." else "holds no files") in printed
    assert not CustodianFile.objects.exists()
