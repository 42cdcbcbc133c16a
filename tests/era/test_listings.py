"""The editions' listings that run for long, by today's Keras on pictures that are drawn."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from repro.era import committed, drawn, readings
from repro.era.notebook_records import Plan, Written
from repro.era.notebook_runs import EPOCHS
from repro.era.running import LISTINGS
from tests.claims import shipped

# The listings are of their time; what today's libraries would rather have is no news.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{start}")
    for start in ("`shuffle=True` was passed", "Please import `affine_transform`",
                  "Do not pass an `input_shape`")
]  # fmt: skip
PLAN = Plan(technique=1, epochs=2, size=32, batch=4, steps=2, validation_steps=1)
#: Tensors of the base that train: three convolutions of block 5, nine from block 3 on.
TUNED = {"python": 6, "r": 18}


@pytest.fixture
def listing(monkeypatch):
    """Imports a listing as it imports its neighbours, and leaves none of them behind."""
    monkeypatch.syspath_prepend(str(LISTINGS))
    yield importlib.import_module
    for path in LISTINGS.glob("[a-z]*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture
def folder(tmp_path):
    """Eight pictures to train on, four to validate: cats are black, dogs are white."""
    for fold, each in (("train", 4), ("validation", 2)):
        for kind, shade in (("cats", 0), ("dogs", 255)):
            (tmp_path / fold / kind).mkdir(parents=True)
            for number in range(each):
                picture = np.full((40, 50, 3), shade, np.uint8)
                Image.fromarray(picture).save(tmp_path / fold / kind / f"{kind[:3]}.{number}.jpg")
    return tmp_path


def planned(folder, **changes):
    """Writes a plan as ``repro era`` does; returns its path."""
    whole = {
        **asdict(PLAN), "flavour": "keras", "data": str(folder), "weights": "",
        "results": str(folder / EPOCHS), "features": str(folder / "features.npz"),
        "state": str(folder / "state.npz"), **changes,
    }  # fmt: skip
    path = folder / "plan.json"
    path.write_text(json.dumps(whole))
    return str(path)


@pytest.fixture
def notebook(listing, monkeypatch):
    """Imports the notebook's listing, with a base of two convolutions in VGG16's place."""
    notebook, common = listing("notebook"), listing("common")
    common.begin("keras")
    layers = common.keras.layers

    def base(plan):
        pictures = common.keras.Input((plan["size"], plan["size"], 3))
        first = layers.Conv2D(4, 3, strides=4, name="block4_conv1")(pictures)
        last = layers.Conv2D(4, 3, strides=2, name="block5_conv1")(first)
        return common.keras.Model(pictures, last)

    monkeypatch.setattr(notebook, "base", base)
    return notebook


def test_technique_1_runs_the_base_once(listing, notebook, folder):
    fast = listing("fast")
    fast.main(planned(folder))
    with np.load(folder / "features.npz") as kept:
        for fold, pictures in (("train", 8), ("validation", 4)):
            rows, labels = kept[fold], kept[fold + "_labels"]
            assert rows.shape == (pictures, 3 * 3 * 4)
            for label in (0, 1):  # the same picture each time, so the same features
                same = rows[labels == label]
                assert len(same) == pictures / 2
                np.testing.assert_allclose(same, same[:1].repeat(len(same), 0), rtol=1e-5)
            assert np.abs(rows[labels == 0][0] - rows[labels == 1][0]).max() > 0
    for fold in ("train", "validation"):
        shutil.rmtree(folder / fold)
    second = folder / "second.json"
    fast.main(planned(folder, seed=1, results=str(second)))  # without any picture
    paths = (folder / EPOCHS, second)
    found = [Written.model_validate_json(path.read_bytes()) for path in paths]
    assert [len(one.epochs) for one in found] == [2, 2]
    assert {epoch.phase for one in found for epoch in one.epochs} == {"fast feature extraction"}
    assert found[0].epochs[0].loss != found[1].epochs[0].loss
    assert found[0].environment.versions["keras"]


def test_a_finished_run_of_technique_1_is_not_run_again(listing, folder):
    fast = listing("fast")
    results = folder / EPOCHS
    results.write_text(json.dumps({"environment": {}, "epochs": [{}, {}]}))
    before = results.read_bytes()
    fast.main(planned(folder))
    assert results.read_bytes() == before and not (folder / "features.npz").exists()


def test_each_edition_freezes_all_and_fine_tunes_its_own_blocks(listing):
    notebook, common = listing("notebook"), listing("common")
    common.begin("keras")
    conv_base = notebook.base({"size": 32, "weights": ""})
    for edition, tuned in TUNED.items():
        for phase, changes, trained in (
            ("feature extraction", [], 0),
            ("feature extraction", ["unfrozen"], 26),
            ("feature extraction", [], 0),
            ("fine-tuning", [], tuned),
        ):
            plan = {"edition": edition, "changes": changes}
            notebook.compile_for(phase, plan, conv_base, conv_base)
            assert len(conv_base.trainable_weights) == trained, (edition, phase, changes)


def test_the_classifier_starts_the_same_from_the_same_seed_alone(listing):
    notebook, common = listing("notebook"), listing("common")
    common.begin("keras")
    layers = common.keras.layers

    def drawn(seed):
        model = common.keras.Sequential([layers.Input((6,)), layers.Dense(5), layers.Dense(1)])
        notebook.draw(model.layers, seed)
        return model.get_weights()

    same, again, other = drawn(3), drawn(3), drawn(4)
    assert all(np.array_equal(one, two) for one, two in zip(same, again, strict=True))
    assert not np.array_equal(same[0], other[0])
    assert np.abs(same[0]).max() <= np.sqrt(6 / 11) and not same[1].any()


def epochs_of(path):
    return Written.model_validate_json(path.read_bytes()).epochs


def test_an_interrupted_run_of_technique_2_ends_as_the_whole_one(notebook, folder, monkeypatch):
    def trained(name, epochs, fine_tuning):
        # For the base, which has no weights of its own here.
        notebook.common.keras.utils.set_random_seed(1)
        path = folder / f"{name}.json"
        notebook.main(
            planned(folder, technique=2, epochs=epochs, fine_tuning_epochs=fine_tuning,
                    changes=["unfrozen"], results=str(path), state=str(folder / f"{name}.npz"))
        )  # fmt: skip
        return epochs_of(path)

    def killed(*_):
        raise KeyboardInterrupt

    whole = trained("whole", 2, 1)
    assert [one.changed for one in whole] == [4, 4, 2]
    assert len({one.order for one in whole}) == 3
    trained("parts", 1, 0)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(notebook.common, "write_epochs", killed)  # its state is written already
        trained("parts", 2, 0)
    for part in (2, 0), (2, 1):
        parts = trained("parts", *part)
    for one, other in zip(whole, parts, strict=True):
        assert (one.order, one.changed) == (other.order, other.changed)
        assert (one.loss, one.val_loss) == pytest.approx((other.loss, other.val_loss), rel=1e-5)


def test_a_change_to_the_listing_leaves_the_order_alone(notebook, folder):
    """Only the draws of 2017 are others: today's generator draws one number more a picture."""
    found = {}
    for changes in (), ("unfrozen",), ("generator-of-2017",):
        path = folder / f"{changes}.json"
        notebook.main(
            planned(folder, technique=2, epochs=1, changes=changes, results=str(path),
                    state=str(folder / f"{changes}.npz"))
        )  # fmt: skip
        (found[changes],) = epochs_of(path)
    plain, unfrozen, of_2017 = found.values()
    assert (plain.changed, unfrozen.changed) == (0, 4)
    assert plain.order == unfrozen.order != of_2017.order


def test_files_are_sorted_whatever_the_disk_says(listing, folder):
    generator, common = listing("generator"), listing("common")
    common.begin("keras")
    pictures = generator.generator().flow_from_directory(str(folder / "train"))
    for names in pictures.filenames, pictures.filepaths:
        names.reverse()
    generator.sort_files(pictures)
    assert pictures.filenames == sorted(pictures.filenames) and len(pictures.filenames) == 8
    shown = [str(Path(one).relative_to(folder / "train")) for one in pictures.filepaths]
    assert shown == pictures.filenames


def test_the_transformation_of_2017_is_that_of_2_0_8_bit_by_bit(listing, monkeypatch):
    generator, common = listing("generator"), listing("common")
    common.begin("keras")
    monkeypatch.setattr(common, "drawn", drawn.arrays())
    plain, of_2017 = generator.generator, generator.transform_as_in_2017

    def old(**arguments):
        made = plain(**arguments)
        of_2017(made)
        return made

    kept = readings.floats(committed(shipped.ROOT)["2.0.8"], "augmentation.seeded")
    assert generator.draws()["augmentation.seeded"]["sha256"] != kept.sha256
    monkeypatch.setattr(generator, "generator", old)
    assert generator.draws()["augmentation.seeded"]["sha256"] == kept.sha256
