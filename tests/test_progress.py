"""Progress where the output is no terminal: a line now and then, and one at the end."""

from __future__ import annotations

import pytest

from repro.progress import Progress


@pytest.mark.parametrize(("total", "lines"), [(5, 1), (0, 0)])
def test_a_line_is_printed_at_the_end_and_none_for_every_piece(capsys, total, lines):
    with Progress("work", total, "pieces") as progress:
        for _ in range(5):
            progress.advance(1)
    assert capsys.readouterr().err.count("work") == lines
