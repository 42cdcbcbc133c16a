"""The command line: ``repro`` runs the main job; ``prepare``, ``verify``, ``run``, ``report`` and
``compare`` are its parts."""

from repro.cli.application import main

__all__ = ["main"]
