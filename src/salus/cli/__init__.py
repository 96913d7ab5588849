"""The command `salus`: one file a verb; every verb is also a function of the Python API."""

from salus.cli.app import main

__all__ = ["main"]
