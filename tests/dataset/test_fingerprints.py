from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from benchmarks import fingerprint_table as rebuilding
from repro import dataset
from repro.chapter import CLASSES
from repro.dataset import fingerprints, naming
from repro.errors import DatasetError
from tests.dataset import drawing

if TYPE_CHECKING:
    from pathlib import Path

    from repro.dataset.fingerprints import Fingerprints, Table

TURNED = {
    "rotated by 90°": Image.Transpose.ROTATE_90,
    "rotated by 180°": Image.Transpose.ROTATE_180,
    "rotated by 270°": Image.Transpose.ROTATE_270,
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "upside down": Image.Transpose.FLIP_TOP_BOTTOM,
    "transposed": Image.Transpose.TRANSPOSE,
    "rotated and mirrored": Image.Transpose.TRANSVERSE,
}


def of(picture: Image.Image) -> Fingerprints:
    return fingerprints.compute(drawing.pixels(picture))


def reencoded(picture: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(drawing.encode(picture, quality)))


def noisy(picture: Image.Image, sigma: float, seed: int = 0) -> Image.Image:
    values = drawing.pixels(picture).astype(float)
    values += np.random.default_rng(seed).normal(0, sigma, values.shape)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


@settings(max_examples=40)
@given(
    st.integers(0, 10_000),
    st.integers(150, 400),
    st.integers(150, 400),
    st.sampled_from(sorted({*Image.Resampling} - {Image.Resampling.HAMMING})),
    st.integers(60, 95),
)
def test_a_picture_is_the_same_at_any_size_and_quality(
    number: int, width: int, height: int, resampler: Image.Resampling, quality: int
) -> None:
    picture = drawing.draw(("cats", number)).resize((200, 200), Image.Resampling.BICUBIC)
    changed = reencoded(picture.resize((width, height), resampler), quality)
    assert of(picture).agrees(of(changed))[0]


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from(sorted(TURNED)), st.booleans(), st.booleans())
def test_an_altered_copy_is_refused_and_recognised(
    number: int, turn: str, inverted: bool, grainy: bool
) -> None:
    picture = drawing.draw(("dogs", number))
    table = fingerprints.Table((("dogs", number),), of(picture))
    altered = picture.transpose(TURNED[turn])
    altered = ImageOps.invert(altered) if inverted else altered
    altered = noisy(altered, 20) if grainy else altered
    assert not of(altered).agrees(table.fingerprints)[0]
    name = f"{turn}, inverted" if inverted else turn
    assert fingerprints.identify(of(altered), table) == [(("dogs", number), name)]


def test_lost_or_exchanged_colours_are_refused() -> None:
    picture = drawing.draw(("cats", 1))
    red, green, blue = picture.split()
    for altered in (picture.convert("L"), Image.merge("RGB", (blue, green, red))):
        assert not of(picture).agrees(of(altered))[0]
    darker = Image.fromarray((drawing.pixels(picture) * 0.8).astype(np.uint8))
    assert not of(picture).agrees(of(darker))[0]


def test_plain_surfaces_are_like_nothing() -> None:
    for value in (0, 128, 255):
        plain = of(noisy(Image.new("RGB", (200, 200), (value,) * 3), 2))
        assert not plain.agrees(plain)[0]
        assert plain.pairs(plain) == []


def test_pairs_are_those_that_agree_closest_first() -> None:
    pictures = [drawing.draw(("cats", n)) for n in range(8)]
    ones = fingerprints.stack([of(picture) for picture in pictures])
    others = fingerprints.stack([of(noisy(p, 16 - 2 * n)) for n, p in enumerate(pictures)])
    found = ones.pairs(others[::-1])
    assert sorted(found) == [(n, 7 - n) for n in range(8)]
    angles = [1 - ones.form[a] @ others[::-1].form[b] for a, b in found]
    assert angles == sorted(angles)


def test_pictures_are_judged_one_by_one_by_form_and_by_tone() -> None:
    pictures = [drawing.draw(("cats", n)) for n in range(8)]
    ones = fingerprints.stack([of(picture) for picture in pictures])
    form, tone = ones.form.copy(), ones.tone.copy()
    form[3] = of(ImageOps.mirror(pictures[3])).form[0]
    tone[5, 0] += 1.5 * fingerprints.LUMA_TOLERANCE
    tone[6, 4] -= 1.5 * fingerprints.CHROMA_TOLERANCE
    tone[7] += 0.9 * fingerprints.CHROMA_TOLERANCE
    agreeing = ones.agrees(fingerprints.Fingerprints(form, tone))
    assert agreeing.dtype == bool
    assert np.nonzero(~agreeing)[0].tolist() == [3, 5, 6]


def test_a_table_survives_its_file(table: Table, tmp_path: Path) -> None:
    with_doubles = fingerprints.Table(table.keys, table.fingerprints, ((1, 5), (2, 3)))
    rebuilding.save(with_doubles, tmp_path / "table.npz")
    loaded = fingerprints.load(tmp_path / "table.npz")
    assert (loaded.keys, loaded.doubles) == (with_doubles.keys, with_doubles.doubles)
    assert loaded.known_doubles() == {
        frozenset((table.keys[1], table.keys[5])),
        frozenset((table.keys[2], table.keys[3])),
    }
    assert loaded.fingerprints.agrees(table.fingerprints).all()
    np.testing.assert_allclose(loaded.fingerprints.form, table.fingerprints.form, atol=0.01)
    np.testing.assert_allclose(loaded.fingerprints.tone, table.fingerprints.tone, atol=0.51)
    assert loaded.digest() != table.digest()


def test_the_packaged_table() -> None:
    table = fingerprints.load()
    assert list(table.keys) == [(c, n) for c in CLASSES for n in range(1, 2001)]
    assert fingerprints.PACKAGED.stat().st_size <= 200_000
    with np.load(fingerprints.PACKAGED, allow_pickle=False) as arrays:
        assert not any(arrays[name].dtype.hasobject for name in arrays.files)
    named = {tuple(sorted(naming.file_name(*key) for key in p)) for p in table.known_doubles()}
    assert named == {("dog.180.jpg", "dog.74.jpg"), ("dog.1273.jpg", "dog.980.jpg")}
    pairs = {(a, b) for a, b in table.fingerprints.pairs(table.fingerprints) if a < b}
    assert pairs == set(table.doubles)


def test_a_table_is_rebuilt_by_a_command(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rebuilding.build, "__defaults__", (range(1, 13),))
    assert rebuilding.main([str(flat), str(tmp_path / "table.npz")]) == 0
    assert "24 pictures" in capsys.readouterr().out
    drawing.take_for_genuine(fingerprints.load(tmp_path / "table.npz"), monkeypatch)
    assert drawing.prepare(flat, tmp_path / "made", genuine=True).digest
    assert rebuilding.main([str(tmp_path / "nowhere"), str(tmp_path / "x")]) == 2
    assert rebuilding.main([]) == 2


def fake(sources: dict[naming.Key, Image.Image]) -> dict[naming.Key, bytes]:
    """The lying public copy: every number from half on is an altered copy of an earlier one."""
    half = max(number for _, number in sources) // 2
    files = {}
    for (class_name, number), picture in sources.items():
        if number <= half:
            files[class_name, number] = drawing.encode(picture)
            continue
        original = sources[class_name, number - half]
        altered = (
            noisy(original, 25),
            ImageOps.invert(original),
            original.transpose(Image.Transpose.ROTATE_90),
        )[number % 3]
        files[class_name, number] = drawing.encode(altered)
    return files


@pytest.mark.usefixtures("table")
def test_a_set_filled_up_with_altered_copies_is_refused_by_name(tmp_path: Path) -> None:
    files = fake({key: drawing.draw(key) for key in drawing.KEYS})
    flat = drawing.write_flat(tmp_path / "flat", files)
    with pytest.raises(DatasetError) as caught:
        drawing.prepare(flat, tmp_path / "made", genuine=True)
    found = caught.value.found
    assert found.startswith("12 impostors: ")
    assert "copies of other numbers (form unchanged): cat.9, cat.12, dog.9, dog.12" in found
    assert "(inverted): cat.7, cat.10, dog.7, dog.10" in found
    assert "(rotated by 90°): cat.8, cat.11, dog.8, dog.11" in found


@pytest.mark.originals
@pytest.mark.slow
def test_such_a_set_of_the_real_pictures(originals: Path, tmp_path: Path) -> None:
    keys = [(c, n) for c in CLASSES for n in range(1, 2001)]
    pictures = {}
    for key in keys:
        with Image.open(originals / naming.file_name(*key)) as picture:
            pictures[key] = picture.convert("RGB")
    flat = drawing.write_flat(tmp_path / "flat", fake(pictures))
    with pytest.raises(DatasetError, match=r"^.*found 2000 impostors") as caught:
        dataset.prepare(flat, tmp_path / "made")
    listed = caught.value.found
    for reason in ("form unchanged", "inverted", "rotated by 90°"):
        assert f"copies of other numbers ({reason}): cat.100" in listed


@pytest.mark.originals
def test_the_packaged_table_is_of_the_real_pictures(originals: Path) -> None:
    table, numbers = fingerprints.load(), range(1, 2001, 40)
    rows = table.rows()
    for c in CLASSES:
        for n in numbers:
            with Image.open(originals / naming.file_name(c, n)) as picture:
                for size, quality in (((200, 200), 95), ((150, 150), 60), ((499, 375), 60)):
                    changed = reencoded(picture.convert("RGB").resize(size), quality)
                    found = of(changed)
                    agreeing = {row for _, row in found.pairs(table.fingerprints)}
                    twins = {b if a == rows[c, n] else a for a, b in table.doubles}
                    assert rows[c, n] in agreeing
                    assert agreeing - {rows[c, n]} <= twins
