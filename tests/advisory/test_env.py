"""A wrong setting stops the start with one sentence."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from advisory.env import BadSetting, Environment

KEY = base64.b64encode(b"k" * 32).decode()
PROJECT = Path(__file__).resolve().parents[2]


def read(**values: str) -> Environment:
    return Environment(values)


@pytest.mark.parametrize(
    ("said", "means"),
    [("1", True), ("TRUE", True), ("yes", True), ("on", True), ("0", False), ("no", False), ("Off", False)],
)
def test_yes_and_no_are_read_in_every_usual_form(said: str, means: bool) -> None:
    assert read(X=said).yes_or_no("X", not means) is means


def test_an_empty_value_counts_as_absent() -> None:
    assert read(X=" ").text("X", "default") == "default"
    assert read(X="").yes_or_no("X", True) is True


REFUSED = [
    (lambda env: env.text("X"), "", "X is not set. Set it, or start with `./evenkeel demo`."),
    (lambda env: env.yes_or_no("X", True), "perhaps", "X is 'perhaps'; say yes or no."),
    (
        lambda env: env.whole_number("X", 1, least=1, most=9),
        "10",
        "X is '10'; give a whole number from 1 to 9.",
    ),
    (
        lambda env: env.whole_number("X", 1, least=1, most=9),
        "٣",
        "X is '٣'; give a whole number from 1 to 9.",
    ),
    (
        lambda env: env.whole_number("X", 1, least=1, most=9),
        "-1",
        "X is '-1'; give a whole number from 1 to 9.",
    ),
    (lambda env: env.one_of("X", ("a", "b"), "a"), "c", "X is 'c'; it must be one of a, b."),
    (
        lambda env: env.database("X"),
        "sqlite:///x",
        "X must begin with postgresql://, because Evenkeel needs PostgreSQL.",
    ),
    (lambda env: env.database("X"), "postgresql://h:port/x", "X has a port that is not a number."),
    (
        lambda env: env.database("X"),
        "postgresql://h/",
        "X names no database; end it with /evenkeel, for instance.",
    ),
    (lambda env: env.redis_url("X"), "http://h", "X must begin with redis://, rediss:// or unix://."),
    (
        lambda env: env.key("X"),
        "c2hvcnQ=",
        "X must hold 32 random bytes in base64, as `openssl rand -base64 32` prints them.",
    ),
    (
        lambda env: env.keys("X"),
        f"a:{KEY},a:{KEY}",
        "X must read id:key,id:key with ids of letters and digits, each once.",
    ),
]


@pytest.mark.parametrize(("ask", "value", "sentence"), REFUSED)
def test_a_value_that_cannot_be_used_is_refused_with_the_way_out(ask, value: str, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadSetting) as refused:
        ask(read(X=value))

    assert str(refused.value) == f"Evenkeel cannot start: {sentence}"


def test_a_database_address_becomes_djangos_settings() -> None:
    assert read(X="postgresql://ann:p%40ss@db.example:5433/desk?sslmode=require").database("X") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "desk",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hidden\n")

    assert read(X_FILE=str(file)).secret("X") == "hidden"


def test_a_secret_file_that_is_absent_or_empty_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()

    with pytest.raises(BadSetting, match="is empty"):
        read(X_FILE=str(empty)).secret("X")
    with pytest.raises(BadSetting, match="cannot be read"):
        read(X_FILE=str(tmp_path / "absent")).secret("X")


def test_the_first_key_encrypts_and_the_others_still_decrypt() -> None:
    keys = read(X=f"new:{KEY}, old:{KEY}").keys("X")

    assert list(keys) == ["new", "old"]
    assert keys["new"] == b"k" * 32


def production(**values: str) -> subprocess.CompletedProcess[str]:
    """Start the product's settings as production would, with a whole environment changed by `values`."""
    from advisory.supervision.checks import PRODUCTION_LIKE

    environment = {name: value for name, value in {**PRODUCTION_LIKE, **values}.items() if value}
    return subprocess.run(
        [sys.executable, "-c", "import advisory.settings"],
        cwd=PROJECT, env=environment, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.process
def test_production_refuses_a_clock_that_runs_ahead() -> None:
    started = production(EVENKEEL_CLOCK_SHIFT_DAYS="1")

    assert (started.returncode, started.stderr.strip()) == (
        1,
        "Evenkeel cannot start: EVENKEEL_CLOCK_SHIFT_DAYS would make a production start use another day than today; "
        "only `test` and `demo` allow a shift.",
    )


@pytest.mark.process
def test_a_shift_that_is_no_number_of_days_is_refused_and_none_is_none() -> None:
    assert "EVENKEEL_CLOCK_SHIFT_DAYS is 'tomorrow'; give a whole number from -20000 to 20000." in (
        production(EVENKEEL_CLOCK_SHIFT_DAYS="tomorrow").stderr
    )
    assert production(EVENKEEL_CLOCK_SHIFT_DAYS="0").returncode == 0


@pytest.mark.process
@pytest.mark.parametrize(
    "missing",
    [
        "SECRET_KEY",
        "EVENKEEL_FIELD_KEYS",
        "EVENKEEL_INDEX_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "EVENKEEL_HOSTS",
        "EVENKEEL_FIRM_NAME",
    ],
)
def test_production_starts_with_nothing_left_out_and_invents_no_secret(missing: str) -> None:
    started = production(**{missing: ""})

    assert (started.returncode, started.stderr.strip()) == (
        1,
        f"Evenkeel cannot start: {missing} is not set. Set it, or start with `./evenkeel demo`.",
    )
