from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro import dataset
from repro.chapter import CLASSES, FOLDS, PREFIXES
from repro.dataset import preparation, sources
from repro.errors import DatasetError, OptionError
from tests.dataset import drawing
from tests.dataset.drawing import SPLIT, prepare, state


@st.composite
def splits(draw) -> dict:
    numbers, split = draw(st.integers(0, 2)), {}
    for fold in FOLDS:
        size = draw(st.integers(1, 4))
        split[fold] = range(numbers, numbers + size)
        numbers += size + draw(st.integers(0, 1))
    return split


@settings(max_examples=25)
@given(splits(), st.sampled_from(["r", "python"]), st.sampled_from(["hard", "copy"]), st.data())
def test_any_superset_of_files_gives_the_same_folds(split, numbering, link, data) -> None:
    wanted = {(c, n) for c in CLASSES for r in split.values() for n in r}
    more = {(c, n) for c in CLASSES for n in data.draw(st.sets(st.integers(0, 40), max_size=6))}
    files = {key: repr(key).encode() for key in wanted | more}
    with tempfile.TemporaryDirectory() as folder:
        flat = drawing.write_flat(Path(folder) / "flat", files)
        (flat / "notes.txt").write_text("cat")
        (flat / "cat.1.jpg.bak").write_text("cat")
        made = prepare(flat, Path(folder) / "made", split=split, numbering=numbering, link=link)
        names = [[path.name for path in made.paths(fold)] for fold in FOLDS]
        assert len(set(chain(*names))) == sum(map(len, names)) == len(wanted)
        for fold in FOLDS:
            expected = [(c, n) for c in CLASSES for n in split[fold]]
            assert [path.read_bytes() for path in made.paths(fold)] == [files[k] for k in expected]
            labels = [CLASSES.index(class_name) for class_name, _ in expected]
            np.testing.assert_array_equal(made.labels(fold), np.array(labels, np.uint8))
            for (class_name, number), path in zip(expected, made.paths(fold), strict=True):
                name = f"{PREFIXES[class_name]}.{number}.jpg"
                assert path == made.root / fold / class_name / name
        present = set(made.root.rglob("*.jpg"))
        assert present == set(chain.from_iterable(made.paths(fold) for fold in FOLDS))


def test_the_default_place_depends_on_every_option(flat: Path) -> None:
    shifted = {fold: range(r.start, r.stop - 1) for fold, r in SPLIT.items()}
    options: list[dict] = [{}, {"numbering": "python"}, {"link": "copy"}, {"split": shifted}]
    assert len({prepare(flat, **option).root for option in options}) == len(options)
    assert all(Path(os.environ["REPRO_HOME"]) in prepare(flat, **o).root.parents for o in options)


def test_the_digest_tells_names_and_contents_apart(flat: Path, tmp_path: Path) -> None:
    first = prepare(flat, tmp_path / "1")
    content = (flat / "cat.1.jpg").read_bytes()
    renamed = {"train": range(1, 6), "validation": range(6, 10), "test": SPLIT["test"]}
    assert prepare(flat, tmp_path / "2", split=renamed).digest != first.digest
    (flat / "cat.1.jpg").unlink()
    (flat / "cat.1.jpg").write_bytes(content + b"\0")
    assert prepare(flat, tmp_path / "3").digest != first.digest


def test_the_digest_tells_the_same_contents_under_other_names_apart(tmp_path: Path) -> None:
    digests = set()
    for first in (1, 4):
        files = {(c, first + i): repr((c, i)).encode() for c in CLASSES for i in range(3)}
        flat = drawing.write_flat(tmp_path / f"flat-{first}", files)
        split = {fold: range(first + i, first + i + 1) for i, fold in enumerate(FOLDS)}
        digests.add(prepare(flat, tmp_path / f"made-{first}", split=split).digest)
    assert len(digests) == 2


def test_the_digest_is_that_of_the_files(flat: Path, tmp_path: Path) -> None:
    made = prepare(flat, tmp_path / "made")
    (made.root / "manifest.json").unlink()
    by_hand = dataset.Split(made.root, "r", SPLIT)
    assert by_hand.digest == made.digest
    victim = made.paths("test")[0]
    victim.unlink()
    victim.write_bytes(b"other")
    assert dataset.Split(made.root, "r", SPLIT).digest != made.digest


def test_a_second_call_does_nothing(flat: Path, tmp_path: Path) -> None:
    first = prepare(flat, tmp_path / "made")
    inode = first.root.stat().st_ino
    assert prepare(flat, tmp_path / "made") == first
    assert first.root.stat().st_ino == inode


def test_copies_are_no_links_even_where_links_were_before(flat: Path, tmp_path: Path) -> None:
    for link, names in (("hard", 2), ("copy", 1), ("hard", 1)):
        made = prepare(flat, tmp_path / "made", link=link)
        assert made.paths("train")[0].stat().st_nlink == names


@pytest.mark.parametrize(
    "change", ["source", "lost", "altered", "manifest", "numbers", "numbering"]
)
def test_what_has_changed_is_made_again(flat: Path, tmp_path: Path, change: str) -> None:
    made = prepare(flat, tmp_path / "made", link="copy")
    digest = made.digest
    options: dict = {}
    if change == "source":
        (flat / "cat.2.jpg").write_bytes(b"new")
    elif change == "lost":
        made.paths("train")[0].unlink()
    elif change == "altered":
        made.paths("train")[0].write_bytes(b"xxx")
    elif change == "manifest":
        text = (made.root / "manifest.json").read_text()
        (made.root / "manifest.json").write_text(text.replace("cat.1.jpg", "cat.99.jpg"))
    elif change == "numbers":
        options["split"] = {**SPLIT, "test": range(10, 12)}
    else:
        options["numbering"] = "python"
    if change == "manifest":  # then it can't be told any more whose file cat.1.jpg is
        with pytest.raises(DatasetError, match=r"other files.*cat\.1\.jpg"):
            prepare(flat, tmp_path / "made", link="copy", **options)
        return
    again = prepare(flat, tmp_path / "made", link="copy", **options)
    assert (again.digest == digest) == (change in ("lost", "altered", "numbering"))
    assert all(
        path.read_bytes() == (flat / path.name).read_bytes() for path in again.paths("train")
    )
    assert len(list(again.root.rglob("*.jpg"))) == sum(2 * len(r) for r in again.ranges.values())


def test_a_remedy_names_no_archive_that_could_not_help(tmp_path: Path, flat: Path) -> None:
    """Microsoft's copy is known by its pictures, and its fingerprints count from 1 as R does."""
    for kind in ("cat", "dog"):
        (flat / f"{kind}.{min(SPLIT['train'])}.jpg").unlink()
    remedies = {}
    for numbering in ("r", "python"):
        with pytest.raises(DatasetError, match="missing: cat") as caught:
            prepare(flat, tmp_path / "made", numbering=numbering)
        remedies[numbering] = caught.value.remedy
    assert "Microsoft" in remedies["r"] and "Microsoft" not in remedies["python"]


@pytest.mark.parametrize("damage", [b"", b"{", b"null", b'{"schema_name": "other"}', b"\xff\xfe"])
def test_a_damaged_manifest_is_never_believed(flat: Path, tmp_path: Path, damage: bytes) -> None:
    made = prepare(flat, tmp_path / "made")
    (made.root / "manifest.json").write_bytes(damage)
    with pytest.raises(DatasetError, match="other files"):
        prepare(flat, tmp_path / "made")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("moment", ["fill", "write_manifest", "verify"])
def test_an_interrupted_call_leaves_nothing(
    flat: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    before = state(flat)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    place = tmp_path / "place"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(preparation, moment, interrupt)
        prepare(flat, place / "made", genuine=True)
    assert [path.name for path in place.iterdir()] in ([], [".made.lock"])
    assert prepare(flat, place / "made").digest
    assert state(flat) == before


def test_a_killed_process_leaves_nothing_that_looks_finished(flat: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from repro.dataset import preparation\n"
        "preparation.write_manifest = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "split = dict(train=range(1, 7), validation=range(7, 10), test=range(10, 13))\n"
        "preparation.prepare(Path(sys.argv[1]), Path(sys.argv[2]), split=split, genuine=False)\n"
    )
    command = [sys.executable, "-c", code, str(flat), str(place / "made")]
    root = Path(dataset.__file__).parents[2]
    ended = subprocess.run(command, cwd=root, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert not (place / "made").exists()
    assert list(place.glob(".made.partial-*"))
    made = prepare(flat, place / "made")
    assert sorted(path.name for path in place.iterdir()) in (["made"], [".made.lock", "made"])
    assert made.digest == prepare(flat, tmp_path / "other").digest


def test_calls_at_the_same_time_make_it_once(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    together = threading.Barrier(6)

    def find(originals: Path) -> sources.Source:
        together.wait(timeout=60)
        return sources_find(originals)

    def fill(*arguments):
        made.append(1)
        time.sleep(0.1)  # the others have long seen that there is nothing yet
        return preparation_fill(*arguments)

    sources_find, preparation_fill = sources.find, preparation.fill
    monkeypatch.setattr(sources, "find", find)
    monkeypatch.setattr(preparation, "fill", fill)
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: prepare(flat, tmp_path / "made"), range(6)))
    assert len({result.digest for result in results}) == 1
    assert len(made) == 1


@pytest.mark.usefixtures("table")
def test_genuine_is_checked_before_the_set_is_there(flat: Path, tmp_path: Path) -> None:
    assert prepare(flat, tmp_path / "good", genuine=True).digest
    (flat / "cat.3.jpg").write_bytes(drawing.encode(drawing.draw(("cats", 3), salt=1)))
    with pytest.raises(DatasetError, match=r"1 impostors.*cat\.3"):
        prepare(flat, tmp_path / "bad", genuine=True)
    assert not (tmp_path / "bad").exists()


@pytest.mark.usefixtures("table")
def test_an_unchecked_set_is_not_taken_for_a_genuine_one(flat: Path, tmp_path: Path) -> None:
    (flat / "cat.3.jpg").write_bytes(drawing.encode(drawing.draw(("cats", 3), salt=1)))
    prepare(flat, tmp_path / "made", genuine=False)
    with pytest.raises(DatasetError, match="impostors"):
        prepare(flat, tmp_path / "made", genuine=True)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_a_folder_whose_name_is_no_text_gets_a_place_of_its_own(flat: Path, tmp_path: Path) -> None:
    odd = [tmp_path / os.fsdecode(name) for name in (b"caf\xe9", b"caf\xe8")]
    for folder in odd:
        shutil.copytree(flat, folder)
    places = {prepare(folder).root for folder in [*odd, odd[0]]}
    assert len(places) == 2


def test_another_way_of_linking_is_refused_by_name(flat: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"^link: found 'soft'"):
        prepare(flat, tmp_path / "made", link="soft")
