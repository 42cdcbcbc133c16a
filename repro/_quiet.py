"""Keeps useless messages that a framework prints on import off standard error."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

#: TensorFlow writes these before it looks at ``TF_CPP_MIN_LOG_LEVEL``. What rounding in another
#: order does is in docs/matrix.md.
NOISE = (b"All log messages before absl::InitializeLog()", b"oneDNN custom operations are on.")


@contextmanager
def quietly() -> Iterator[None]:
    """Holds standard error back; passes it on at the end, without the lines of :data:`NOISE`.

    The file descriptor is held, not ``sys.stderr``: C++ writes there. If that is impossible because
    it is closed or there is no room for a temporary file, everything is let through.
    """
    try:
        held = tempfile.TemporaryFile()  # noqa: SIM115 (closed below, once it has been read)
        kept = os.dup(2)
    except OSError:
        yield
        return
    with held:
        _flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            _flush()
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            for line in held:
                if not any(noise in line for noise in NOISE):
                    os.write(2, line)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
