"""Kept feature maps are used only where they are whole and were made of the same things."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repro import features
from repro.features import FeatureKey

KEY = FeatureKey("pictures", "weights", "VGG16", "rescale", "float32", "software")


def _pictures(n, seed=0, size=32):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


class _Counting:
    """A stand-in for the base that counts pictures and can be interrupted."""

    def __init__(self, stop_after=None):
        self.seen, self.stop_after = 0, stop_after

    def __call__(self, pictures):
        if self.stop_after is not None and self.seen >= self.stop_after:
            raise KeyboardInterrupt
        self.seen += len(pictures)
        return pictures.reshape(len(pictures), -1)[:, :6].reshape(-1, 1, 2, 3).astype(np.float32)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where a test's feature maps are kept: apart from every other test's."""
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    return tmp_path / "features"


def _extract(counting, pictures, key=KEY):
    return features.extract(counting, pictures, key, shape=(1, 2, 3))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(n=st.integers(1, 350), seed=st.integers(0, 99))
def test_cache_round_trip(n, seed):
    features.forget(KEY)
    pictures = _pictures(n, seed, size=4)
    first, second = _Counting(), _Counting()
    kept = _extract(first, pictures)
    np.testing.assert_array_equal(kept, _Counting()(pictures))
    np.testing.assert_array_equal(kept, _extract(second, pictures))
    assert (first.seen, second.seen) == (n, 0)


@pytest.mark.parametrize("field", sorted(vars(KEY)))
def test_every_part_of_the_key_matters(field):
    """Each thing that a feature map depends on gets a file of its own."""
    pictures = _pictures(3, size=4)
    _extract(_Counting(), pictures)
    other = _Counting()
    _extract(other, pictures, replace(KEY, **{field: "another"}))
    assert other.seen == 3


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "other shape", "no checksum"])
def test_a_damaged_file_is_made_again(folder, caplog, damage):
    pictures = _pictures(50, size=4)
    whole = np.array(_extract(_Counting(), pictures))
    (path,) = folder.glob("*.npy")
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[-7] ^= 0x40
    path.write_bytes({"truncate": content[:-5], "empty": b""}.get(damage, content))
    if damage == "other shape":
        np.save(path, whole[:10])
    if damage == "no checksum":
        path.with_suffix(".sha256").unlink()
    again = _Counting()
    with caplog.at_level(logging.WARNING):
        np.testing.assert_array_equal(_extract(again, pictures), whole)
    assert again.seen == 50 and "again" in caplog.text


@pytest.mark.parametrize("stop_after", [100, 200, 300])
def test_an_interrupted_extraction_goes_on(folder, monkeypatch, stop_after):
    pictures = _pictures(350, size=4)
    # Progress is noted every ten seconds of a real run; here after every batch.
    clock = iter(range(0, 10**6, 11))
    monkeypatch.setattr(features.time, "monotonic", lambda: next(clock))
    with pytest.raises(KeyboardInterrupt):
        _extract(_Counting(stop_after), pictures)
    assert not list(folder.glob("*.npy"))
    rest = _Counting()
    np.testing.assert_array_equal(_extract(rest, pictures), _Counting()(pictures))
    assert rest.seen == 350 - stop_after


def test_the_time_of_the_pass_is_kept_with_its_result(folder):
    pictures = _pictures(30, size=4)
    assert features.seconds_taken(KEY) is None
    _extract(_Counting(), pictures)
    first = features.seconds_taken(KEY)
    _extract(_Counting(), pictures)
    assert first is not None and first == features.seconds_taken(KEY) > 0
    features.forget(KEY)
    assert features.seconds_taken(KEY) is None
    assert not list(folder.glob(f"{KEY.digest()}*"))


def test_a_pass_that_only_lacked_its_name_keeps_its_time(monkeypatch):
    def killed(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(features, "SAVE_EVERY", -1.0)
    pictures = _pictures(200, size=4)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(features, "_checksum", killed)
        _extract(_Counting(), pictures)
    before, rest = features.seconds_taken(KEY), _Counting()
    _extract(rest, pictures)
    assert rest.seen == 0 and features.seconds_taken(KEY) == before


def test_digest_of_pictures_sees_pixels_and_shape():
    pictures = _pictures(4, size=6)
    digest = features.digest_pictures(pictures)
    changed = pictures.copy()
    changed[2, 3, 1, 0] ^= 1
    assert features.digest_pictures(changed) != digest
    assert features.digest_pictures(pictures.reshape(4, 4, 9, 3)) != digest
    assert features.digest_pictures(pictures.copy(order="F")) == digest
