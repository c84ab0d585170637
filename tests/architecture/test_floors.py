"""The import contracts of pyproject.toml hold: floors, pure packages, and the rooms inside each app."""

from __future__ import annotations

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.architecture.sources import PROJECT


def test_every_import_goes_the_way_the_contracts_say(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(PROJECT / "pyproject.toml"), cache_dir=None)

    assert status == EXIT_STATUS_SUCCESS, (
        "A new module is given its room in pyproject.toml; imports go down only.\n"
        + capsys.readouterr().out[-3000:]
    )


ROOT_MAX = {"rebalancing/engine": 14, "advisory": 16, "clients": 16, "compliance": 16, "rebalancing": 16}


@pytest.mark.parametrize("root", ROOT_MAX)
def test_a_root_holds_few_files_and_the_rest_has_rooms(root: str) -> None:
    modules = sorted(path.name for path in (PROJECT / root).glob("*.py"))

    assert len(modules) <= ROOT_MAX[root], f"Move modules of {root}/ into a room: {', '.join(modules)}"
