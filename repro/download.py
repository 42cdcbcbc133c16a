"""Fetching one large file over an unreliable and untrusted network.

The file appears under its name only when it is whole and its SHA-256 is right. A broken transfer is
resumed where it stopped if the server can do that; otherwise it starts over.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn
from urllib.parse import urljoin, urlsplit

import pooch
import requests
import urllib3

from repro.errors import DownloadError
from repro.progress import Progress

#: No file of the project's comes near this size.
LARGEST_BYTES = 4 * 2**30
_CHUNK = 2**16
_REDIRECTS = 5
_HERE = {"localhost", "127.0.0.1", "::1"}
#: A transfer slower than this, in bytes a second, has stalled.
_SLOWEST = 512


def fetch(
    url: str,
    destination: Path,
    *,
    sha256: str | None = None,
    largest_bytes: int = LARGEST_BYTES,
    attempts: int = 4,
    patience: float = 30.0,
) -> Path:
    """Downloads a file, once.

    A file that is already there is kept if its SHA-256 is right, or if none is known.

    Args:
        url: an ``https`` address; plain ``http`` only on this machine itself.
        destination: the file to make.
        sha256: hexadecimal digest; None where nobody publishes one, and the content must be
            verified otherwise.
        largest_bytes: refuse to store more than this.
        attempts: how often a transfer is tried or taken up again.
        patience: seconds without progress before a transfer counts as stalled.

    Raises:
        DownloadError: the transfer failed, or something other than the file arrived.
    """
    destination = Path(destination).expanduser()
    _check_address(url, url)
    with _refusing(url, destination, sha256):
        pooch.retrieve(
            url,
            known_hash=None if sha256 is None else f"sha256:{sha256.lower()}",
            fname=destination.name,
            path=destination.parent,
            downloader=_Downloader(url, destination, largest_bytes, attempts, patience),
        )
    return destination


@contextmanager
def _refusing(url: str, destination: Path, sha256: str | None) -> Iterator[None]:
    try:
        yield
    except requests.exceptions.RequestException as error:
        remedy = "Check the network and run the same command again, or download it yourself."
        _refuse(url, f"no whole file ({error})", "a complete transfer", remedy)
    except ValueError as error:
        if "hash" not in str(error).lower():  # an address that requests can't parse
            _refuse(url, str(error), "an address", "Correct the address.")
        found = "a file with another SHA-256"
        _refuse(url, found, f"SHA-256 {sha256}", "Someone changed it; don't use what arrived.")
    except OSError as error:
        found = f"a place that can't be written ({error.strerror or error})"
        _refuse(destination, found, "room for the file", "Make room or give another place.")


def _refuse(subject: object, found: str, expected: str, remedy: str) -> NoReturn:
    raise DownloadError(subject, found=found, expected=expected, remedy=remedy)


def _check_address(address: str, url: str) -> None:
    parts, asked = urlsplit(address), urlsplit(url)
    # A loopback server is for tests alone: no address elsewhere leads to this machine's own.
    plain = {parts.scheme, asked.scheme} == {"http"} and {parts.hostname, asked.hostname} <= _HERE
    if parts.scheme != "https" and not plain:
        remedy = "Use the file's https address."
        _refuse(url, f"the address {address!r}", "an https address", remedy)


@dataclass
class _Downloader:
    """What :func:`pooch.retrieve` calls; it checks the digest of what this has written."""

    url: str
    destination: Path
    largest_bytes: int
    attempts: int
    patience: float
    entity: str | None = None  # identifies what was begun, so that no two files are joined

    def __call__(self, url: str, output: str, _pooch: object) -> None:
        with Path(output).open("wb") as stream, requests.Session() as session:
            for attempt in range(1, self.attempts + 1):
                try:
                    self._transfer(session, stream)
                    break
                except requests.exceptions.RequestException as error:
                    response = error.response
                    final = response is not None and response.status_code < 500
                    if final or attempt == self.attempts:
                        raise
                    time.sleep(min(0.1 * 4 ** (attempt - 1), self.patience))

    def _transfer(self, session: requests.Session, stream: BinaryIO) -> None:
        start = stream.tell() if self.entity else 0
        with closing(self._open(session, start)) as response:
            promised = response.headers.get("Content-Range", "")
            if response.status_code != 206:
                start = 0
            elif not promised.startswith(f"bytes {start}-") or _entity(response) != self.entity:
                self.entity = None  # so that the next attempt begins anew
                raise _broken(response, f"another part than asked for ({promised!r})")
            stream.seek(start)
            stream.truncate()
            self.entity = _entity(response)
            self._receive(response, stream, start)

    def _open(self, session: requests.Session, start: int) -> requests.Response:
        headers = {"Accept-Encoding": "identity"}  # so that lengths are those of the file
        if start and self.entity:
            headers |= {"Range": f"bytes={start}-", "If-Range": self.entity}
        address = self.url
        for _ in range(_REDIRECTS):
            # Redirects are followed here, because each step must stay on TLS.
            response = session.get(
                address, headers=headers, stream=True, timeout=self.patience, allow_redirects=False
            )
            if not response.is_redirect:
                response.raise_for_status()
                return response
            response.close()
            address = urljoin(address, response.headers["Location"])
            _check_address(address, self.url)
        _refuse(self.url, "redirects without end", "a file", "Use the file's own address.")

    def _receive(self, response: requests.Response, stream: BinaryIO, start: int) -> None:
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isascii() and length.isdecimal() else 0
        self._check_size(total)
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            remedy = "Download it yourself."
            _refuse(self.url, f"a file encoded as {encoding}", "the file as it is", remedy)
        marked, mark = time.monotonic(), start
        with Progress(self.destination.name, total, "bytes", done=start) as progress:
            while chunk := _next(response):
                if stream.tell() == 0:
                    self._check_beginning(response, chunk)
                stream.write(chunk)
                progress.advance(len(chunk))
                self._check_size(stream.tell())
                if time.monotonic() - marked > self.patience:
                    if stream.tell() - mark < _SLOWEST * self.patience:
                        raise _broken(response, "a stalled transfer")
                    marked, mark = time.monotonic(), stream.tell()
        if stream.tell() == 0:
            _refuse(self.url, "an empty file", "the file", "Try again later.")
        if total and stream.tell() < total:
            raise _broken(response, f"{stream.tell()} of {total} bytes")

    def _check_size(self, size: int) -> None:
        if size > self.largest_bytes:
            expected, remedy = f"at most {self.largest_bytes}", "Check the address."
            _refuse(self.url, f"{size} bytes or more", expected, remedy)

    def _check_beginning(self, response: requests.Response, chunk: bytes) -> None:
        beginning = chunk[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        page = response.headers.get("Content-Type", "").lower().startswith("text/html")
        if page or beginning.startswith((b"<!doctype html", b"<html")):
            remedy = "Open the address in a browser to see what it says."
            _refuse(self.url, "a web page", "the file", remedy)


def _next(response: requests.Response) -> bytes:
    # Not iter_content: that waits for a whole chunk, so a trickle would never count as a stall.
    read = getattr(response.raw, "read1", response.raw.read)
    try:
        return bytes(read(_CHUNK))
    except urllib3.exceptions.HTTPError as error:
        raise _broken(response, str(error)) from error


def _entity(response: requests.Response) -> str | None:
    """Returns a strong validator: only with one can a transfer be taken up safely."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else None


def _broken(response: requests.Response, found: str) -> Exception:
    # Without the response: its status 200 would say that trying again is in vain.
    response.close()
    return requests.exceptions.ConnectionError(found)
