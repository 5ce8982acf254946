"""What several test modules share: fixtures are in tests/conftest.py, helpers are here."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
