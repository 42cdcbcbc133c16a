"""Inspection on the installed Keras: what it finds, and that it finds what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from repro import chapter, inspection, model
from repro.dataset import Split
from repro.inspection import _augmentation, _freezing
from repro.record import RunRecord
from tests.claims.fabricated import judged, sound

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def observations() -> dict[str, Any]:
    from repro import _keras

    with pytest.MonkeyPatch.context() as patch:
        # What a step changes does not depend on whether its update is compiled, which takes longer.
        patch.setattr(_keras, "_FUSED_FROM", 2**40)
        return dict(inspection.observe())


def verdict(claim: str, observations: dict[str, Any]) -> str:
    record = RunRecord(experiment="technique-1", demonstration=True, observations=observations)
    return judged(claim, record).verdict


EXACT = [
    *("base-layers", "base-layer-names", "base-params", "feature-map", "input-shape-optional"),
    *("include-top-default", "six-models", "stacked-layers", "stacked-params"),
    *("classifier-params", "trainable-unfrozen", "trainable-frozen", "frozen-weights-stay"),
    *("unfreeze-parameters", "rotation-range", "width-shift-range", "height-shift-range"),
    *("zoom-range", "horizontal-flip", "fill-mode", "rescale", "validation-untouched"),
    *("never-same-twice", "fast-extraction-cannot-augment"),
]


@pytest.mark.parametrize("claim", [pytest.param(c, marks=pytest.mark.claim(c)) for c in EXACT])
def test_this_keras_does_what_the_chapter_says(claim: str, observations: dict[str, Any]) -> None:
    assert verdict(claim, observations) == "reproduced"


@pytest.mark.claim("shear-range", "recompile", "three-layers")
def test_what_this_keras_does_otherwise(observations: dict[str, Any]) -> None:
    assert verdict("shear-range", observations) == "reproduced with a note"
    assert verdict("three-layers", observations) == "erratum"
    recompile = observations["freezing.recompile"]
    assert recompile["recompiled"] == "honoured"
    # Keras has four answers, by version and backend: docs/claims.md has the table.
    by_backend = {"tensorflow": "ignored", "jax": "refused", "torch": "honoured"}
    backend = observations["inspection.made_with"]["backend"]
    assert recompile["trained"] == by_backend[backend]
    assert (verdict("recompile", observations) == "refuted") == (backend == "torch")


def test_fine_tuned_layers_are_the_nine_convolutions(observations: dict[str, Any]) -> None:
    """The erratum's verdict says "not three"; the number that it prints must be right, too."""
    count = observations["freezing.fine_tuned_convolutions"]
    assert count == chapter.FINE_TUNED_CONVOLUTIONS


def test_observations_are_json_and_survive_a_record(
    observations: dict[str, Any], keep_record: Callable[[RunRecord], None]
) -> None:
    record = RunRecord(experiment="inspection", demonstration=True, observations=observations)
    keep_record(record)
    again = RunRecord.model_validate_json(record.model_dump_json())
    assert json.loads(json.dumps(observations)) == again.observations


def test_made_up_observations_in_the_tests_have_the_real_names_and_types(
    observations: dict[str, Any],
) -> None:
    optional = ("data.", "layers.", "fine_tuning.", "position.", "augmentation.keras.")
    made_up = {name: value for name, value in sound().items() if not name.startswith(optional)}
    real = {name: value for name, value in observations.items() if not name.startswith(optional)}
    assert set(made_up) == set(real)
    assert {name: type(value) for name, value in made_up.items()} == {
        name: type(value) for name, value in real.items()
    }


# ------------------------------------------------------------------------------------------- faults


def nothing(*args: Any) -> None:
    """Freezing or unfreezing that does nothing."""


def one_layer_late(base: Any, layer_name: str) -> None:
    names = [layer.name for layer in base.layers]
    for position, layer in enumerate(base.layers):
        layer.trainable = position > names.index(layer_name)


@pytest.fixture(scope="module")
def built() -> tuple[Any, Any]:
    base = model.conv_base()
    return base, model.stack_classifier(base)


@pytest.mark.parametrize(
    ("name", "fault", "claim"),
    [
        ("freeze", nothing, "trainable-frozen"),
        ("unfreeze_from", nothing, "unfreeze-parameters"),
        ("unfreeze_from", one_layer_late, "unfreeze-parameters"),
    ],
)
def test_a_base_that_is_not_frozen_as_asked_is_noticed(
    name: str,
    fault: Callable[..., None],
    claim: str,
    built: tuple[Any, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base, stack = built
    model.unfreeze(base)  # as it is built
    monkeypatch.setattr(model, "conv_base", lambda: base)
    monkeypatch.setattr(model, "stack_classifier", lambda _: stack)
    monkeypatch.setattr(model, name, fault)
    assert verdict(claim, dict(_freezing._count(0))) == "not reproduced"


def test_a_frozen_tensor_that_moves_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Freezing without compiling again, after a step: the change that Keras ignores."""
    from repro import _keras

    if _keras.backend() == "torch":
        pytest.skip("PyTorch compiles nothing, so nothing can be left uncompiled")
    compiled: list[Any] = []
    compile_once = model.compile

    def compile_first_time_only(stack: Any, *arguments: Any) -> None:
        if not any(stack is one for one in compiled):
            compiled.append(stack)
            compile_once(stack, *arguments)

    monkeypatch.setattr(model, "compile", compile_first_time_only)
    assert _freezing._effect(steps=1, recompile=True) != "honoured"


def test_another_preprocessing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    path = model.from_pixels
    monkeypatch.setattr(model, "from_pixels", lambda same, _: path(same, "imagenet"))
    found = _augmentation._preprocessing()
    assert found["augmentation.validation"] == "changed"
    assert found["augmentation.rescaled"] != [0.0, 1.0]


# ----------------------------------------------------------------------------------------- pictures


@pytest.fixture
def split(tmp_path: Path) -> Split:
    rng = np.random.default_rng(0)
    for fold, numbers in (("train", (1, 2)), ("validation", (3,)), ("test", (4,))):
        for class_name, prefix in chapter.PREFIXES.items():
            folder = tmp_path / fold / class_name
            folder.mkdir(parents=True)
            for number in numbers:
                pixels = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{prefix}.{number}.jpg")
    return Split(tmp_path, "r", {})


def observe(split: Split) -> dict[str, Any]:
    return dict(inspection.observe_pictures(split))


def test_pictures_are_counted_and_ranged(split: Split) -> None:
    found = observe(split)
    assert found["data.fold_sizes"] == {"train": [2, 2], "validation": [1, 1], "test": [1, 1]}
    assert found["data.ranges"] == {"train": [1, 2], "validation": [3, 3], "test": [4, 4]}
    assert found["data.shared_pictures"] == 0
    assert found["data.format"] == {
        "pictures": 8,
        "jpeg": 8,
        "colour": 8,
        "median_width": 30,
        "median_height": 20,
        "sizes": 1,
    }


def test_a_shared_a_grey_and_a_png_picture_are_noticed(split: Split) -> None:
    cat = split.folder("train", "cats") / "cat.1.jpg"
    (split.folder("test", "cats") / "cat.4.jpg").write_bytes(cat.read_bytes())
    Image.new("L", (5, 5)).save(split.folder("train", "dogs") / "dog.1.jpg")
    Image.new("RGB", (5, 5)).save(split.folder("train", "dogs") / "dog.2.jpg", format="PNG")
    found = observe(split)
    assert found["data.shared_pictures"] == 1
    assert found["data.format"]["colour"] == 7
    assert found["data.format"]["jpeg"] == 7


def test_dogs_in_the_cat_folder_are_not_counted_as_cats(split: Split) -> None:
    folder = split.folder("train", "cats")
    (folder / "cat.1.jpg").rename(folder / "dog.1.jpg")
    assert observe(split)["data.fold_sizes"]["train"] == [1, 2]


def test_originals_are_counted_or_weighed(split: Split, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for name in ("cat.1.jpg", "cat.2.jpg", "dog.1.jpg", "notes.txt"):
        (flat / name).write_bytes(b"x")
    assert inspection.observe_originals(flat) == {"data.originals": {"cats": 2, "dogs": 1}}
    archive = tmp_path / "train.zip"
    archive.write_bytes(b"12345")
    assert inspection.observe_originals(archive) == {"data.archive_bytes": 5}
    other = archive.rename(tmp_path / "dogs-vs-cats.zip")  # with the test pictures: another size
    assert inspection.observe_originals(other) == {}
    assert inspection.observe_originals(tmp_path / "train") == {}
