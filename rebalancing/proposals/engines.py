"""Engines of earlier versions: a frozen checkout answers through its own command line, in a process of its own.

The engine is a function from one document to another and knows no framework (docs/adr/0007), so an earlier version
needs nothing but its files: `git worktree add FOLDER COMMIT` is one that is frozen by its hash.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rebalancing.engine import proposing, repricing
from rebalancing.engine.documents import parsing, serializing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.parsing import BadDocument
from rebalancing.engine.documents.plan import Plan
from rebalancing.engine.search.highs import SolverFailed
from rebalancing.engine.verifier import verification

LAST_COMMITS = {
    "1.0": "7c1fa8e192e74a63e5cd4c9794f0e2931ce8590f",
    "1.1": "e9fe6a7f123d3024b27d784588ba115abc1dad98",
    "1.2": "a6ea6dc98b5d35ec132f67249c2153b6f2e858d5",
    "1.3": "e0e9a8938b391680f472f7b33e13e9a6bfaab0d2",
}
"""The last commit of each version that this one is not. Who gives the engine a new version adds the former here."""

SECONDS_MAX = 3600
SURROUNDINGS = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PATH": "/usr/bin:/bin"}
"""All that a frozen engine sees of where it runs: no password and no address."""
ANSWERED, NO_OPTIMUM = 0, 3
"""Exit codes of `python -m rebalancing.engine`."""
_VERSION = re.compile(r'^ENGINE_VERSION = "([^"]+)"$', re.MULTILINE)


class NotAnEngine(ValueError):
    """A folder holds no engine that could answer; says why and what to give instead."""


class Running:
    """The engine of this installation."""

    @property
    def digest(self) -> str:
        """Of all the source, where it is not this installation's own."""
        return ""

    def faults(self, household: Household, plan: Plan, documents: tuple[str, str]) -> tuple[str, ...]:
        """What its verifier refuses of a plan; empty where it signs it."""
        verdict = verification.verify(household, plan)
        return () if verdict.signed else tuple(str(one) for one in verdict.faults)

    def propose(self, household: Household, document: str) -> Plan:
        """The best plan. Raises `SolverFailed`."""
        return proposing.propose(household, removal_costs=False)

    def repriced(self, household: Household, plan: Plan, documents: tuple[str, str]) -> Plan | None:
        """The plan of exactly these orders; None where one of them cannot be made any more."""
        return repricing.repriced(household, plan.orders, removal_costs=False)


@dataclass(frozen=True, slots=True)
class Frozen(Running):
    """An engine in a folder of its own. It answers with that folder's Python, where it has one, else with ours."""

    folder: Path

    @property
    def version(self) -> str:
        """The version that its source names. Raises `NotAnEngine`."""
        path = self.folder / "rebalancing" / "engine" / "proposing.py"
        found = _VERSION.search(path.read_text(encoding="utf-8")) if path.is_file() else None
        if found is None:
            raise NotAnEngine(
                f"{self.folder} holds no engine: give the folder of a checkout, which has rebalancing/engine in it."
            )
        return found.group(1)

    @property
    def digest(self) -> str:
        """Of all its source, by path: the trail says which files answered."""
        total = hashlib.sha256()
        for path in sorted((self.folder / "rebalancing" / "engine").rglob("*.py")):
            name = path.relative_to(self.folder).as_posix()
            total.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        return total.hexdigest()

    def faults(self, household: Household, plan: Plan, documents: tuple[str, str]) -> tuple[str, ...]:
        code, _, told = self._asked("verify", files=documents)
        if code == ANSWERED:
            return ()
        return tuple(told.splitlines()) or (f"its verifier ended with {code}",)

    def propose(self, household: Household, document: str) -> Plan:
        # What removing each order would cost is not compared, and the first versions knew no word to leave it out.
        for options in (("--no-removal-costs",), ()):
            code, answer, told = self._asked("plan", *options, sent=document)
            if code == ANSWERED:
                return self._read(answer)
            if code == NO_OPTIMUM:
                raise SolverFailed(told.strip())
        raise NotAnEngine(f"Engine {self.version} did not answer: {_last(told)}")

    def repriced(self, household: Household, plan: Plan, documents: tuple[str, str]) -> Plan | None:
        """Versions before 1.3 have no word for it on their command line: None."""
        code, answer, _ = self._asked("reprice", files=documents)
        return self._read(answer) if code == ANSWERED else None

    def _read(self, answer: str) -> Plan:
        try:
            return parsing.read_plan(answer)
        except BadDocument as problem:
            raise NotAnEngine(
                f"What engine {self.version} answered is not a plan we can read: {problem}"
            ) from None

    def _asked(
        self, command: str, *options: str, sent: str = "", files: tuple[str, ...] = ()
    ) -> tuple[int, str, str]:
        """Run one command: exit code, answer, and what it said. The files it reads are gone afterwards."""
        with TemporaryDirectory(prefix="evenkeel-replay-") as place:
            paths = [Path(place) / f"{number}.json" for number in range(len(files))]
            for path, text in zip(paths, files, strict=True):
                path.write_text(text, encoding="utf-8")
            try:
                done = subprocess.run(
                    [self._python, "-m", "rebalancing.engine", command, *options, *map(str, paths)],
                    cwd=self.folder,
                    input=sent,
                    env=SURROUNDINGS,
                    capture_output=True,
                    text=True,
                    timeout=SECONDS_MAX,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise NotAnEngine(f"Engine {self.version} gave no answer within an hour.") from None
        return done.returncode, done.stdout, done.stderr

    @property
    def _python(self) -> str:
        own = self.folder / ".venv" / "bin" / "python"
        return str(own) if own.is_file() else sys.executable


def frozen(folder: str, *, recorded: str) -> Frozen:
    """The engine in a folder. Raises `NotAnEngine` where there is none, or one of another version than is on record."""
    found = Frozen(Path(folder).resolve())
    if found.version != recorded:
        raise NotAnEngine(
            f"The engine in {folder} is {found.version}, and this revision was made with {recorded}. {how_to_freeze(recorded)}"
        )
    return found


def how_to_ask(recorded: str, *, running: str, named: str) -> str:
    """How the version on record is asked itself; empty where it is the one that runs."""
    if recorded == running:
        return ""
    return f"{how_to_freeze(recorded)} Then `manage replay {named} --engine {_place(recorded)}`."


def how_to_freeze(version: str) -> str:
    """How a folder with an engine of a version is made."""
    commit = LAST_COMMITS.get(version)
    if commit is None:
        return f"Check out the release whose engine is {version} into {_place(version)}."
    return f"`git worktree add {_place(version)} {commit[:12]}` makes engine {version} anew."


def document_of(household: Household) -> str:
    """A household document as it is sent to another engine."""
    return serializing.text(household)


def _place(version: str) -> str:
    return f"../engine-{version}"


def _last(told: str) -> str:
    return told.strip().splitlines()[-1][:300] if told.strip() else "it said nothing."
