"""Working one epoch ahead: the next epoch's input is computed while this one trains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Value = TypeVar("Value")


def one_ahead(compute: Callable[[int], Value], epochs: Iterable[int]) -> Iterator[Value]:
    """Yields what an epoch needs, for each epoch, while the next one's is computed.

    Args:
        compute: from an epoch's number; runs in a thread of its own, one call at a time.
        epochs: their numbers, in order.
    """
    with ThreadPoolExecutor(1) as ahead:
        waiting = None
        for epoch in epochs:
            ready, waiting = waiting, ahead.submit(compute, epoch)
            if ready is not None:
                yield ready.result()
        if waiting is not None:
            yield waiting.result()
