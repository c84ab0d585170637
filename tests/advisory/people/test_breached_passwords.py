"""A password on the firm's list of breached ones is not taken, in whichever form the list is kept."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from advisory.health import doctor
from advisory.people import breached_passwords
from advisory.people.breached_passwords import UnusableList, contains, describe
from tests import cast
from tests.pages import as_, words_of

BREACHED = "correct horse battery staple"
DOCTOR = dict(doctor.PARTS)["breached passwords"]
OTHERS = [f"a sentence that leaked {number}" for number in range(200)]


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def one_file(folder: Path, passwords: list[str], *, end: str = "\r\n") -> Path:
    place = folder / "pwned.txt"
    place.write_text("".join(f"{one}:3{end}" for one in sorted(map(digest, passwords))), newline="")
    return place


def by_prefix(folder: Path, passwords: list[str], *, suffix: str = ".txt") -> Path:
    place = folder / "ranges"
    place.mkdir()
    for one in sorted(map(digest, passwords)):
        with (place / f"{one[:5]}{suffix}").open("a") as file:
            file.write(f"{one[5:]}:3\n")
    return place


@pytest.mark.parametrize("kept", [one_file, by_prefix])
def test_what_is_on_the_list_is_found_and_nothing_else(tmp_path: Path, kept: Any) -> None:
    place = kept(tmp_path, [BREACHED, *OTHERS])

    assert [one for one in [BREACHED, *OTHERS] if not contains(place, one)] == []
    assert [one for one in (f"{other}!" for other in OTHERS) if contains(place, one)] == []


@given(listed=st.lists(st.text(max_size=8), max_size=12), asked=st.text(max_size=8))
def test_halving_finds_what_looking_at_every_line_finds(
    tmp_path_factory: pytest.TempPathFactory, listed: list[str], asked: str
) -> None:
    place = one_file(tmp_path_factory.mktemp("list"), list(dict.fromkeys(listed)), end="\n")

    assert contains(place, asked) == (asked in listed)
    assert all(contains(place, one) for one in listed)


def test_padding_of_a_range_counts_as_nothing(tmp_path: Path) -> None:
    (tmp_path / digest(BREACHED)[:5]).write_text(f"{digest(BREACHED)[5:]}:0\n")

    assert not contains(tmp_path, BREACHED)


@pytest.mark.parametrize("content", ["password\n", "<html>\n", "\x00\x01\n", "A" * 100_000])
def test_a_file_of_another_form_is_said_to_be_one(tmp_path: Path, content: str) -> None:
    place = tmp_path / "list.txt"
    place.write_text(content)

    with pytest.raises(UnusableList):
        describe(place)
    with pytest.raises(UnusableList):
        contains(place, BREACHED)


def test_lines_that_are_not_sorted_are_noticed(tmp_path: Path) -> None:
    place = tmp_path / "list.txt"
    place.write_text(f"{'B' * 40}:1\n{'A' * 40}:1\n")

    with pytest.raises(UnusableList, match="not sorted"):
        describe(place)


def test_the_validator_refuses_it_and_takes_everything_without_a_list(tmp_path: Path, settings: Any) -> None:
    validate_password(BREACHED)

    settings.BREACHED_PASSWORDS = str(one_file(tmp_path, [BREACHED]))

    with pytest.raises(ValidationError, match="breached passwords"):
        validate_password(BREACHED)
    validate_password("another long sentence of mine")


def test_a_list_that_is_away_keeps_nobody_out_and_the_doctor_says_so(tmp_path: Path, settings: Any) -> None:
    settings.BREACHED_PASSWORDS = str(tmp_path / "gone.txt")

    validate_password(BREACHED)

    state, sentence = DOCTOR()
    assert (state, "gone.txt" in sentence) == ("wrong", True)


def test_the_doctor_says_which_list_is_used(tmp_path: Path, settings: Any) -> None:
    settings.BREACHED_PASSWORDS = ""
    assert DOCTOR()[0] == "note"

    settings.BREACHED_PASSWORDS = str(by_prefix(tmp_path, [BREACHED]))
    assert DOCTOR() == (
        "ok",
        f"1 of 1,048,576 files by prefix in {settings.BREACHED_PASSWORDS}",
    )


@pytest.mark.django_db
def test_the_page_says_it(tmp_path: Path, settings: Any) -> None:
    settings.BREACHED_PASSWORDS = str(one_file(tmp_path, [BREACHED]))
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 10**10
    typed = {"oldpassword": cast.PASSWORD, "password1": BREACHED, "password2": BREACHED}

    answer = as_(cast.ana()).post("/account/password/change/", typed)

    assert breached_passwords.FOUND in words_of(answer)
