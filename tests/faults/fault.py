"""What a seeded fault is, and how it is put into a copy of the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """One replacement in a file.

    Args:
        path: of the file, from the checkout's root.
        old: text that occurs exactly once in it.
        new: what stands there instead.
    """

    path: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        """Returns the file's text with the change in it."""
        found = text.count(self.old)
        if found != 1:
            raise ValueError(f"{self.path}: found {self.old!r} {found} times; expected it once")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Fault:
    """A realistic mistake in the package.

    Args:
        id: its name.
        wrong: what is wrong, in one line.
        caught_by: node id of the fast test that fails.
        changes: the mistake as replacements.
    """

    id: str
    wrong: str
    caught_by: str
    changes: tuple[Change, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """The changed files, each once."""
        return tuple(dict.fromkeys(change.path for change in self.changes))

    def texts(self, root: Path) -> dict[str, str]:
        """Returns the changed files' texts with the fault in them.

        Args:
            root: of a checkout, or a copy of one.

        Raises:
            ValueError: a replacement's old text is not there exactly once.
        """
        texts: dict[str, str] = {}
        for change in self.changes:
            before = texts.get(change.path)
            if before is None:
                before = (root / change.path).read_text(encoding="utf-8")
            texts[change.path] = change.applied(before)
        return texts

    def apply(self, root: Path) -> None:
        """Writes the fault into a copy of the checkout."""
        for path, text in self.texts(root).items():
            (root / path).write_text(text, encoding="utf-8")


def fault(id: str, wrong: str, caught_by: str, *changes: tuple[str, str, str]) -> Fault:
    """Returns a fault; a change is (file below ``repro/``, old text, new text)."""
    made = tuple(Change(f"repro/{path}", old, new) for path, old, new in changes)
    return Fault(id, wrong, f"tests/{caught_by}", made)
