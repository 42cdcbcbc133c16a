"""Jinja's environment: everything is escaped, and nothing is fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("repro.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _source(name: str) -> str:
    return resources.files("repro.report").joinpath("templates", name).read_text(encoding="utf-8")


def policy(script: str) -> str:
    """Returns the page's content security policy: its own script, its own style, no network."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def render(template: str, **context: Any) -> str:
    """Renders a page with the style sheet and the script inside it."""
    script = "\n" + _source("page.js")
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(_source("page.css")),  # noqa: S704 - part of the package, not input
            script=Markup(script),  # noqa: S704 - part of the package, not input
            policy=policy(script),
            **context,
        )
    )
