"""The download against a server that truncates, stalls, lies and serves the wrong thing."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from repro import download
from repro.errors import DownloadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers.get("Range"))
        self.close_connection = True
        with suppress(OSError):  # the client has hung up
            self.server.respond(self, len(self.server.ranges))

    def send(self, status: int, headers: dict[str, object], content: bytes) -> None:
        self.send_response(status)
        # Said, not only done: the client must not reuse a connection that is about to close.
        for name, value in (headers | {"Connection": "close"}).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    ranges: list[str | None]
    respond: Callable[[Answer, int], None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file.zip"


@contextmanager
def serving(respond: Callable[[Answer, int], None]) -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Answer)
    server.ranges, server.respond = [], respond
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between attempts: how long they are is no matter of these tests."""
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: None)
    monkeypatch.setattr(download, "time", clock)


def whole(answer: Answer, _attempt: int) -> None:
    answer.send(200, {"Content-Length": len(CONTENT)}, CONTENT)


def fails(respond: Callable[[Answer, int], None], folder: Path, **options: object) -> DownloadError:
    """Fetches in vain; checks that nothing is left that looks like a file."""
    options = {"sha256": SHA256, "attempts": 2} | options
    with serving(respond) as server, pytest.raises(DownloadError) as caught:
        download.fetch(server.url, folder / "file.zip", **options)  # type: ignore[arg-type]
    assert list(folder.iterdir()) == []
    return caught.value


def arrives(respond: Callable[[Answer, int], None], folder: Path) -> list[str | None]:
    """Fetches the whole file; returns the ranges that were asked for."""
    with serving(respond) as server:
        path = download.fetch(server.url, folder / "file.zip", sha256=SHA256)
    assert path.read_bytes() == CONTENT
    return server.ranges


def test_a_whole_file_arrives_once(tmp_path: Path) -> None:
    with serving(whole) as server:
        for _ in range(2):
            path = download.fetch(server.url, tmp_path / "new" / "file.zip", sha256=SHA256.upper())
            assert path.read_bytes() == CONTENT
        assert len(server.ranges) == 1


def test_a_file_with_another_digest_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "file.zip").write_bytes(CONTENT[:-1])
    arrives(whole, tmp_path)


def test_without_a_digest_what_is_there_is_kept(tmp_path: Path) -> None:
    with serving(whole) as server:
        download.fetch(server.url, tmp_path / "file.zip")
        download.fetch(server.url, tmp_path / "file.zip")
        assert len(server.ranges) == 1


def truncated(answer: Answer, attempt: int) -> None:
    """Hangs up half-way the first time, and honours what the second request asks for."""
    asked = answer.headers.get("Range")
    assert (answer.headers.get("If-Range") == '"one"') == (asked is not None)
    start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
    headers = {"ETag": '"one"', "Content-Length": len(CONTENT) - start}
    if start:
        headers["Content-Range"] = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
    end = 100_000 if attempt == 1 else len(CONTENT)
    answer.send(206 if start else 200, headers, CONTENT[start:end])


def test_a_broken_transfer_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    assert arrives(truncated, tmp_path) == [None, "bytes=100000-"]


@pytest.mark.parametrize("validator", [{}, {"ETag": 'W/"weak"'}])
def test_without_a_strong_validator_it_begins_anew(
    tmp_path: Path, validator: dict[str, str]
) -> None:
    def respond(answer: Answer, attempt: int) -> None:
        content = CONTENT[:1000] if attempt == 1 else CONTENT
        answer.send(200, {"Content-Length": len(CONTENT), **validator}, content)

    assert arrives(respond, tmp_path) == [None, None]


def test_two_versions_of_a_file_are_never_joined(tmp_path: Path) -> None:
    def respond(answer: Answer, attempt: int) -> None:
        # The second time the tag doesn't match any more: the whole new file.
        tag, content = ('"a"', b"old" * 1000) if attempt == 1 else ('"b"', CONTENT)
        answer.send(200, {"ETag": tag, "Content-Length": len(CONTENT)}, content)

    arrives(respond, tmp_path)


def test_a_part_of_another_version_is_not_joined(tmp_path: Path) -> None:
    """A server may know Range and not If-Range."""

    def respond(answer: Answer, attempt: int) -> None:
        if attempt == 2:
            end = f"{len(CONTENT) - 1}/{len(CONTENT)}"
            headers = {"ETag": '"b"', "Content-Range": f"bytes 3000-{end}"}
            answer.send(206, headers | {"Content-Length": len(CONTENT) - 3000}, CONTENT[3000:])
        else:
            tag, content = ('"a"', b"old" * 1000) if attempt == 1 else ('"b"', CONTENT)
            answer.send(200, {"ETag": tag, "Content-Length": len(CONTENT)}, content)

    arrives(respond, tmp_path)


def test_another_part_than_asked_for_is_not_used(tmp_path: Path) -> None:
    def respond(answer: Answer, attempt: int) -> None:
        if attempt == 2:
            headers = {"Content-Range": "bytes 0-9/256000", "Content-Length": 10}
            answer.send(206, headers, CONTENT[:10])
        else:
            content = CONTENT[:1000] if attempt == 1 else CONTENT
            answer.send(200, {"ETag": '"a"', "Content-Length": len(CONTENT)}, content)

    arrives(respond, tmp_path)


ALL = {"Content-Length": len(CONTENT)}
UNKNOWN: dict[str, object] = {"sha256": None}
FALSE: dict[str, tuple[dict[str, object], bytes, dict[str, object], str]] = {
    "always truncated": ({**ALL}, CONTENT[:1000], UNKNOWN, "no whole file"),
    "less announced than sent": ({"Content-Length": 10}, CONTENT, {}, "SHA-256"),
    "more announced than allowed": ({"Content-Length": 2**40}, b"", {}, str(2**40)),
    "more sent than allowed": ({}, CONTENT, {"largest_bytes": 1000}, "or more"),
    "another file": ({**ALL}, CONTENT[::-1], {}, "SHA-256"),
    "nothing": ({"Content-Length": 0}, b"", UNKNOWN, "an empty file"),
    "packed": ({"Content-Encoding": "gzip"}, CONTENT[:10], UNKNOWN, "gzip"),
    "a web page by its type": (
        {"Content-Type": "text/html; charset=utf-8"},
        b"<p>Sign in",
        UNKNOWN,
        "a web page",
    ),
    "a web page by its looks": (
        {"Content-Type": "application/zip"},
        b"\n<!DOCTYPE html><title>Not found</title>",
        UNKNOWN,
        "a web page",
    ),
}


@pytest.mark.parametrize("kind", FALSE)
def test_what_is_not_the_file_is_refused(tmp_path: Path, kind: str) -> None:
    headers, content, options, said = FALSE[kind]
    refusal = fails(lambda answer, _: answer.send(200, headers, content), tmp_path, **options)
    assert said in refusal.found


def test_stalls(tmp_path: Path) -> None:
    def respond(answer: Answer, _attempt: int) -> None:
        answer.send(200, {"Content-Length": len(CONTENT)}, CONTENT[:1000])
        answer.wfile.flush()
        time.sleep(1)

    assert "no whole file" in fails(respond, tmp_path, attempts=1, patience=0.3).found


def test_trickles(tmp_path: Path) -> None:
    def respond(answer: Answer, _attempt: int) -> None:
        answer.send(200, {"Content-Length": len(CONTENT)}, b"")
        for _ in range(100):
            answer.wfile.write(b"x")
            sent.append(1)
            time.sleep(0.05)

    sent: list[int] = []
    assert "no whole file" in fails(respond, tmp_path, attempts=1, patience=0.3).found
    assert len(sent) < 100


def test_a_missing_file_is_not_asked_for_again(tmp_path: Path) -> None:
    attempts = []

    def respond(answer: Answer, attempt: int) -> None:
        attempts.append(attempt)
        answer.send(404, {"Content-Length": 0}, b"")

    assert "404" in fails(respond, tmp_path, attempts=3).found
    assert attempts == [1]


def test_a_busy_server_is_asked_again(tmp_path: Path) -> None:
    def respond(answer: Answer, attempt: int) -> None:
        if attempt == 1:
            answer.send(503, {"Content-Length": 0}, b"")
        else:
            whole(answer, attempt)

    arrives(respond, tmp_path)


@pytest.mark.parametrize("target", ["http://example.invalid/x", "file:///etc/passwd", "ftp://a/b"])
def test_no_address_and_no_redirect_leaves_tls(tmp_path: Path, target: str) -> None:
    def respond(answer: Answer, _attempt: int) -> None:
        answer.send(302, {"Location": target, "Content-Length": 0}, b"")

    assert target in fails(respond, tmp_path).found
    with pytest.raises(DownloadError, match="https"):
        download.fetch(target, tmp_path / "file.zip")


def test_redirects_end(tmp_path: Path) -> None:
    def respond(answer: Answer, _attempt: int) -> None:
        answer.send(302, {"Location": "/again", "Content-Length": 0}, b"")

    assert "without end" in fails(respond, tmp_path).found


def test_nobody_listens(tmp_path: Path) -> None:
    with serving(whole) as server:
        url = server.url
    with pytest.raises(DownloadError, match="no whole file"):
        download.fetch(url, tmp_path / "file.zip", attempts=1)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with serving(whole) as server, pytest.raises(DownloadError, match="can't be written"):
        download.fetch(server.url, tmp_path / "file" / "file.zip", sha256=SHA256)
    assert (tmp_path / "file").read_text() == "in the way"
