from __future__ import annotations

import pytest

#: Every test that this session collected, before any was deselected.
COLLECTED = pytest.StashKey[dict[str, pytest.Item]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[COLLECTED] = {item.nodeid: item for item in items}
