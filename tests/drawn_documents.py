"""Every document that is drawn from code: `./evenkeel draw` writes them, `./evenkeel draw --check` names the stale ones.

A new one is a function that returns its text by path, and a line in `DRAWINGS`. Tests compare all of them
(`tests/architecture/test_documents_are_drawn.py`; the routes in `test_routes.py`).
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rebalancing.engine.solving import solutions

PROJECT = Path(__file__).parents[1]
ROUTES = "EVENKEEL_ROUTES"
"""Names the file into which a run of `test_routes.py` writes the table as the product answers today."""

Texts = Mapping[str, str]
"""Texts by their path in the project."""


def rules() -> Texts:
    from compliance.rules import catalog

    return {"docs/rules.md": catalog.as_markdown()}


def states() -> Texts:
    from django.apps import apps

    from compliance.review_desk.states import diagram

    ours = [
        model
        for name in ("clients", "compliance", "rebalancing")
        for model in apps.get_app_config(name).get_models()
    ]
    rows = "".join(
        f"| {str(model._meta.verbose_name).capitalize()} | `{state}` | {label} |\n"
        for model in ours
        for field in model._meta.get_fields()
        if field.name == "state" and not field.is_relation
        for state, label in field.choices or ()
    )
    return {"docs/states.md": STATES.format(diagram=diagram(), rows=rows)}


STATES = """# States

Drawn from the code with `./evenkeel draw states`; a test fails when this page and the code differ.

## What can happen to a review

The transition table is in `compliance/review_desk/states.py`. An approved review can be withdrawn, expire or be
superseded only until somebody has acted on the approval; from then on it is settled for good. The database enforces the
same table by a trigger.

```mermaid
{diagram}```

## A proposal, day after day

A household has at most one live proposal; the database holds that (`one_open_proposal_a_household`). Each evening the scan, or on
days without one a job of its own, brings it to the new closing prices (`rebalancing/scans/renewals.py`): a new revision, with the
makers and the end of the one before. It can be decided until the end that its page states (`rebalancing/proposals/expiry.py`).

```mermaid
stateDiagram-v2
    [*] --> in_review: drafted
    in_review --> in_review: repriced (only prices moved, within tolerance, the same orders share for share)
    in_review --> in_review: worked out again (anything else)
    in_review --> returned: changes requested
    returned --> in_review: a new revision, or the request is lifted
    in_review --> approved
    approved --> in_review: repriced or worked out again, the approval falls
    approved --> released
    released --> filled: every order was filled
    released --> part_filled: every order has ended, some of it traded
    released --> not_traded: rejected, canceled or expired to the last share
    filled --> part_filled: its broker took a fill back
    part_filled --> not_traded: its broker took every fill back
    not_traded --> part_filled: a late fill
    filled --> released: a bust or a correction opened an order again
    part_filled --> released
    not_traded --> released
    in_review --> rejected
    in_review --> withdrawn: by a person, or by itself when nothing calls for it any more
    in_review --> expired: its end has come
    returned --> expired
    approved --> expired
```

## The states, and what pages call them

| Of what | State | On pages |
|---|---|---|
{rows}"""


def doors() -> Texts:
    from tests import drawn_doors

    return {"docs/doors.md": drawn_doors.as_markdown()}


def settings() -> Texts:
    from tests import drawn_settings

    return {"docs/settings.md": drawn_settings.as_markdown()}


def formats() -> Texts:
    from rebalancing.engine.documents import schemas
    from tests.clients.custodians.order_file_samples import WRITTEN

    return {
        **{f"docs/formats/{name}-1.schema.json": schemas.schema_text(name) for name in ("household", "plan")},
        **{f"docs/formats/order-files/{name}": text for name, text in WRITTEN.items()},
    }


def examples() -> Texts:
    from rebalancing.engine import proposing
    from rebalancing.engine.documents import serializing
    from rebalancing.engine.explanations import plain_text
    from rebalancing.engine.search import relaxation
    from tests.engine import worked_households

    drawn = {}
    for worked in worked_households.WORKED:
        household = worked()
        plan = proposing.propose(household)
        program, names = solutions.first_program(household)
        drawn |= {
            f"docs/examples/{household.id}.json": serializing.text(household),
            f"docs/examples/{household.id}.plan.json": serializing.text(plan),
            f"docs/examples/{household.id}.txt": plain_text.page(plan, household),
            f"docs/examples/{household.id}.lp": relaxation.text(program, names.back),
        }
    return drawn


def program() -> Texts:
    """The linear program that docs/engine.md prints; the rest of that page is written by hand."""
    from rebalancing.engine import __main__ as door

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = door.main(["model", "--brief", str(PROJECT / "docs/examples/harvest-without-a-wash.json")])
    assert code == 0, "the worked example can be planned"
    return within("docs/engine.md", "model", f"```\n{printed.getvalue()}```\n")


def layouts() -> Texts:
    """The table of docs/formats/custodian-files.md; the rest of that page is written by hand."""
    from clients.custodians import registry
    from clients.custodians.kinds import RowKind

    rows = "".join(
        f"| [{layout.name}]({layout.page.removeprefix('formats/')}) | "
        f"{', '.join(kind.value.replace('_', ' ') for kind in RowKind if kind in layout.kinds)} | {layout.confirmed} |\n"
        for layout in registry.LAYOUTS
    )
    return within(
        "docs/formats/custodian-files.md",
        "layouts",
        f"| Layout | Brings | Known from |\n|---|---|---|\n{rows}",
    )


def workbook() -> Texts:
    """The sheets and columns in docs/formats/workbook.md; the rest of that page is written by hand."""
    from tests import drawn_workbook

    return within("docs/formats/workbook.md", "sheets", drawn_workbook.as_markdown())


def worked_examples() -> Texts:
    """The parts of docs/engine.md on what runs through the product's code, and on what no door reaches yet."""
    from tests.architecture import waiting
    from tests.spec import golden

    runs = [golden.run(example) for example in golden.examples(golden.OWN_FILE)]
    return within("docs/engine.md", "worked examples", f"{golden.table(runs)}\n{waiting.table()}")


def within(path: str, name: str, drawing: str) -> Texts:
    """The text of a page with one drawn part, which stands between two comments of this name."""
    page = (PROJECT / path).read_text("utf-8")
    part = f"<!-- {name} -->\n{drawing}<!-- /{name} -->"
    return {path: re.sub(f"<!-- {name} -->.*<!-- /{name} -->", lambda _: part, page, flags=re.DOTALL)}


def routes() -> Texts:
    """Ask every address as every kind of person, on a database of the tests' own: about a minute."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "routes.csv"
        asked = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/architecture/test_routes.py"],
            cwd=PROJECT, env={**os.environ, ROUTES: str(table)}, capture_output=True, text=True,
        )  # fmt: skip
        if not table.exists():
            raise SystemExit(
                f"The addresses could not be asked:\n{asked.stdout[-3000:]}{asked.stderr[-3000:]}"
            )
        return {"tests/architecture/routes.csv": table.read_text("utf-8")}


@dataclass(frozen=True, slots=True)
class Drawing:
    name: str
    of: str
    draw: Callable[[], Texts]

    def stale(self) -> dict[str, str]:
        """What differs from the code, by path: the text as it should be."""
        return {path: text for path, text in self.draw().items() if on_file(path) != text}


DRAWINGS = (
    Drawing("rules", "the catalog of pre-trade rules, from the rule book", rules),
    Drawing("states", "states and their names, from the models and the transition table", states),
    Drawing("doors", "every fact with its doors, from their declarations", doors),
    Drawing("settings", "the firm's settings, from their declarations", settings),
    Drawing("formats", "schemas of the engine's documents, sample order files", formats),
    Drawing("examples", "the worked households: document, plan, prose, program", examples),
    Drawing("program", "the linear program in docs/engine.md", program),
    Drawing("live", "live and library code in docs/engine.md, from the worked examples", worked_examples),
    Drawing("layouts", "the table of layouts in docs/formats/custodian-files.md", layouts),
    Drawing("workbook", "the sheets and columns in docs/formats/workbook.md", workbook),
    Drawing("routes", "who gets which answer at which address; review what changed (a minute)", routes),
)


def on_file(path: str) -> str | None:
    file = PROJECT / path
    # The line ends of the order files belong to their format.
    return file.read_bytes().decode("utf-8") if file.exists() else None


def difference(path: str, text: str) -> str:
    lines = difflib.unified_diff(
        (on_file(path) or "").splitlines(),
        text.splitlines(),
        f"{path} (on file)",
        f"{path} (from the code)",
        lineterm="",
    )
    return "\n".join(list(lines)[:40])


def main(arguments: Sequence[str]) -> int:
    """Write what is stale, or with `--check` only say so; 1 when something was stale then, 2 for a name unknown."""
    wished = [name for name in arguments if name != "--check"]
    known = {drawing.name: drawing for drawing in DRAWINGS}
    if unknown := [name for name in wished if name not in known]:
        print(f"There is no drawn document {unknown[0]!r}. These are drawn from code:", file=sys.stderr)
        for drawing in DRAWINGS:
            print(f"  {drawing.name:<9} {drawing.of}", file=sys.stderr)
        return 2
    is_check, found = "--check" in arguments, False
    for drawing in [known[name] for name in wished] or DRAWINGS:
        stale = drawing.stale()
        found |= bool(stale)
        print(f"{drawing.name:<9} {'up to date' if not stale else ', '.join(stale)}", flush=True)
        for path, text in stale.items():
            if is_check:
                print(difference(path, text))
            else:
                (PROJECT / path).parent.mkdir(parents=True, exist_ok=True)
                (PROJECT / path).write_bytes(text.encode("utf-8"))
    if found and is_check:
        print("Run ./evenkeel draw, read what changed, and commit it.")
    return int(found and is_check)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.exit(main(sys.argv[1:]))
