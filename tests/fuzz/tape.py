"""A fuzzer's bytes as choices."""

from __future__ import annotations

from typing import Any


class Tape:
    """Bytes read as choices; past their end every choice is 0."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def __bool__(self) -> bool:
        return self.place < len(self.data)

    def take(self, count: int) -> bytes:
        taken = self.data[self.place : self.place + count]
        self.place += count
        return taken

    def number(self, below: int) -> int:
        width = 1 if below <= 256 else 4
        return int.from_bytes(self.take(width), "little") % below

    def choice(self, options: Any) -> Any:
        return options[self.number(len(options))]
