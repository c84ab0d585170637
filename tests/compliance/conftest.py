from __future__ import annotations

import pytest

from advisory.models import User
from compliance.people.roles import Role
from tests.compliance.desk import person


@pytest.fixture
def ana(db: None) -> User:
    return person("Ana", Role.ADVISOR)


@pytest.fixture
def rui(db: None) -> User:
    return person("Rui", Role.REVIEWER)


@pytest.fixture
def rosa(db: None) -> User:
    return person("Rosa", Role.REVIEWER, Role.ADVISOR)


@pytest.fixture
def cora(db: None) -> User:
    return person("Cora", Role.COMPLIANCE)


@pytest.fixture
def carl(db: None) -> User:
    return person("Carl", Role.COMPLIANCE)


@pytest.fixture
def tess(db: None) -> User:
    return person("Tess", Role.TRADER)


@pytest.fixture
def cleo(db: None) -> User:
    return person("Cleo", Role.CLIENT)
