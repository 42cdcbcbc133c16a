"""Nothing that comes from elsewhere is trusted: read off the code itself."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

import repro
from repro import download
from repro.errors import DownloadError

if sys.version_info >= (3, 11):
    import tomllib

PACKAGE = Path(repro.__file__).parent
PROJECT = PACKAGE.parent
#: Modules that run what they read, and functions of others that do.
UNSAFE_MODULES = {
    *("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "xmlrpc")
}
UNSAFE_CALLS = re.compile(
    r"(eval|exec|compile|__import__|torch\.load|keras\.models\.load_model|\w*\.?load_model"
    r"|yaml\.load|os\.system|os\.popen|tempfile\.mktemp|\w+\.extractall|(archive|zip\w*|tar\w*)\.extract)$"
)


@cache
def nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Returns (file, node) for every import, call and constant of the package."""
    kinds = (ast.Import, ast.ImportFrom, ast.Call, ast.Constant)
    return tuple(
        (path.relative_to(PACKAGE).as_posix(), node)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, kinds)
    )


def imports() -> Iterator[tuple[str, str]]:
    """Yields (file, module) for every import in the package."""
    for file, node in nodes():
        if isinstance(node, ast.Import):
            yield from ((file, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield file, node.module or ""


@cache
def calls() -> tuple[tuple[str, str, ast.Call], ...]:
    """Returns (file, name of what is called, call) for every call in the package."""
    found = ((file, node) for file, node in nodes() if isinstance(node, ast.Call))
    return tuple((file, ast.unparse(node.func), node) for file, node in found)


def keywords(call: ast.Call) -> dict[str | None, str]:
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}


def test_no_module_that_runs_what_it_reads_is_imported() -> None:
    found = [file for file, module in imports() if module.split(".")[0] in UNSAFE_MODULES]
    assert not found


def test_nothing_is_called_that_runs_what_it_reads() -> None:
    found = [f"{file}: {name}" for file, name, _ in calls() if UNSAFE_CALLS.match(name)]
    assert not found


def test_arrays_are_never_unpickled() -> None:
    loads = [(file, call) for file, name, call in calls() if name in ("np.load", "numpy.load")]
    assert loads
    for file, call in loads:
        assert keywords(call).get("allow_pickle") == "False", file


def test_no_command_goes_through_a_shell() -> None:
    given = [keyword for _, _, call in calls() for keyword in call.keywords]
    assert {ast.unparse(one.value) for one in given if one.arg == "shell"} <= {"False"}


def test_every_download_has_a_checksum() -> None:
    """By its SHA-256; the weights' file has none that is published, but each of its tensors has."""
    fetched = [(file, call) for file, name, call in calls() if name.endswith(".fetch")]
    assert len(fetched) == 2
    without = [file for file, call in fetched if "sha256" not in keywords(call)]
    assert without == ["weights/_finding.py"]
    source = (PACKAGE / "weights" / "_finding.py").read_text(encoding="utf-8")
    assert "load(download.fetch(" in source, "what arrives is verified before it gets its name"


def test_nothing_else_opens_a_connection() -> None:
    allowed = {"download.py", "dataset/downloading.py"}
    modules = {"requests", "urllib3", "pooch", "kagglehub", "httpx", "aiohttp", "http", "ftplib"}
    for file, module in imports():
        if module.split(".")[0] in modules or module == "urllib.request":
            assert file in allowed, (file, module)


def test_addresses_in_the_code_are_https() -> None:
    for file, node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.match(r"(http|ftp)://", node.value), (file, node.value)


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://example.org/x", "http://example.org/x"),
        ("http://example.org/x", "https://example.org/x"),
        ("http://127.0.0.1/x", "https://example.org/x"),
        ("http://localhost:8080/x", "https://example.org/x"),
        ("http://example.org/x", "http://127.0.0.1/x"),
        ("ftp://127.0.0.1/x", "http://127.0.0.1/x"),
        ("file:///etc/passwd", "https://example.org/x"),
        ("http://localhost.example.org/x", "http://localhost.example.org/x"),
        ("http://127.0.0.1.example.org/x", "http://127.0.0.1.example.org/x"),
        ("http://0x7f000001.example/x", "http://0x7f000001.example/x"),
    ],
)
def test_only_tls_and_no_way_from_elsewhere_to_this_machine(address: str, asked: str) -> None:
    with pytest.raises(DownloadError, match="https address"):
        download._check_address(address, asked)


def test_a_loopback_server_of_the_tests_is_reached() -> None:
    download._check_address("http://127.0.0.1:1/x", "http://127.0.0.1:1/y")
    download._check_address("https://example.org/x", "https://example.org/y")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")
def test_dependencies_have_upper_bounds_only_with_a_reason() -> None:
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    for requirement in wanted:
        bounds = requirement.split(";")[0]
        if re.search(r"<|==|~=|!=", bounds):
            line = next(line for line in text.splitlines() if requirement in line)
            assert "#" in line, f"{requirement} has an upper bound without a reason beside it"
    assert any(requirement.startswith("pip-audit") for requirement in wanted)
