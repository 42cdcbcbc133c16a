from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.chapter import CLASSES, FOLDS, SPLIT
from repro.dataset import naming
from repro.errors import OptionError

numbers = st.integers(0, 99_999)
keys = st.tuples(st.sampled_from(CLASSES), numbers)


@given(keys)
def test_a_picture_is_found_under_its_own_name_only(key: naming.Key) -> None:
    name = naming.file_name(*key)
    assert naming.parse(name) == key
    assert naming.parse(name.replace(".jpg", ".JPEG")) == key
    for other in (f"._{name}", f"{name}.part", f"0{name}", name.replace(".", ".0", 1), name + "\n"):
        assert naming.parse(other) is None


@given(st.sets(st.tuples(st.sampled_from(CLASSES), st.integers(0, 30)), max_size=40))
def test_a_list_of_names_leaves_nothing_out_and_adds_nothing(chosen: set[naming.Key]) -> None:
    listed = set()
    for prefix, first, last in re.findall(
        r"(cat|dog)\.(\d+)(?:–(\d+))?", naming.list_names(chosen)
    ):
        for number in range(int(first), int(last or first) + 1):
            listed.add((f"{prefix}s", number))
    assert listed == chosen


@given(st.lists(st.integers(1, 5), min_size=3, max_size=3), st.integers(0, 3))
def test_any_three_ranges_in_a_row_are_a_split(sizes: list[int], first: int) -> None:
    split, start = {}, first
    for fold, size in zip(FOLDS, sizes, strict=True):
        split[fold] = range(start, start + size)
        start += size
    assert naming.ranges_of("r", split) == split


def test_the_chapters_ranges() -> None:
    for numbering, ranges in SPLIT.items():
        assert naming.ranges_of(numbering) == ranges
        sets = [set(ranges[fold]) for fold in FOLDS]
        assert [len(s) for s in sets] == [1000, 500, 500]
        assert len(set.union(*sets)) == 2000
        assert min(set.union(*sets)) == {"r": 1, "python": 0}[numbering]


@pytest.mark.parametrize(
    "split",
    [
        {"train": range(1, 4), "validation": range(3, 5), "test": range(5, 6)},
        {"train": range(1, 4), "validation": range(4, 5), "test": range(2, 3)},
        {"train": range(0), "validation": range(4, 5), "test": range(5, 6)},
        {"train": range(-1, 2), "validation": range(4, 5), "test": range(5, 6)},
        {"train": range(3, 0, -1), "validation": range(4, 5), "test": range(5, 6)},
        {"train": range(1, 2), "test": range(5, 6)},
        {"train": range(1, 2), "validation": range(2, 3), "test": range(3, 4), "x": range(4, 5)},
    ],
)
def test_other_ranges_are_refused(split: dict) -> None:
    with pytest.raises(OptionError, match="split"):
        naming.ranges_of("r", split)


def test_unknown_numbering() -> None:
    with pytest.raises(OptionError, match="julia"):
        naming.ranges_of("julia")  # type: ignore[arg-type]
