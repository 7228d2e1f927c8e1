"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from expert.cache import default_folder
from expert.consultation import LateReasoner
from expert.load import load
from expert.model import Base

#: Fixtures for tests in a real browser.
pytest_plugins = ["browser"]


@pytest.fixture(scope="session")
def stiff_legs() -> Base:
    """The shipped rule base, read from its files."""
    return load(default_folder())


@pytest.fixture(scope="session")
def stiff_legs_reasoner(stiff_legs: Base) -> LateReasoner:
    """One engine over the shipped rule base for all tests."""
    return LateReasoner(stiff_legs)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds the project."""
    return Path(__file__).parent.parent
