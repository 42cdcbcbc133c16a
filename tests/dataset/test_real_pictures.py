"""The split of the real pictures, made once for all that is asked of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro import claims, dataset
from repro.inspection import observe_pictures
from repro.record import RunRecord

pytestmark = pytest.mark.originals

CLAIMS = ("small-set-sizes", "split-ranges", "folds-disjoint", "picture-format")


@pytest.fixture(scope="module")
def made(originals: Path, tmp_path_factory: pytest.TempPathFactory) -> dataset.Split:
    return dataset.prepare(originals, tmp_path_factory.mktemp("real") / "split")


@pytest.fixture(scope="module")
def found(made: dataset.Split) -> dataset.Verification:
    """In the home of the preparation, which has decoded every picture and remembers it."""
    return dataset.verify(made)


def test_the_split_is_the_chapters(found: dataset.Verification) -> None:
    assert found.decoded == 4000
    assert found.counts["train"] == {"cats": 1000, "dogs": 1000}
    assert found.ranges == {"train": (1, 1000), "validation": (1001, 1500), "test": (1501, 2000)}
    assert found.known_near_duplicates == (
        ("train/dogs/dog.74.jpg", "train/dogs/dog.180.jpg"),
        ("train/dogs/dog.980.jpg", "validation/dogs/dog.1273.jpg"),
    )


@pytest.mark.claim(*CLAIMS)
def test_the_pictures_are_what_the_chapter_says(made: dataset.Split) -> None:
    record = RunRecord(experiment="technique-1", observations=observe_pictures(made))
    judged = {claim.id: claim for claim in claims.CLAIMS if claim.id in CLAIMS}
    assert len(judged) == len(CLAIMS)
    for name, claim in judged.items():
        # A copy that was resized to one size keeps the format and loses the resolution.
        verdict = claims.judge_claim(claim, [record]).verdict
        assert verdict.startswith("reproduced"), name
