"""Helpers that several test modules share; shared fixtures are in tests/conftest.py."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
