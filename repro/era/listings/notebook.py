"""Section 5.3 of the Python edition's notebook on real pictures: techniques 2 and 3.

    python notebook.py PLAN.json

The plan says where pictures, weights and results are, how many epochs, and the seed. After every
epoch the results and the model's state are written; started again, it goes on from there. Three
things are not the notebook's: chance has a seed, a new one each epoch; the classifier starts from
the same drawn weights in every release; and the pictures come in the same order in every release,
files sorted and batches one after another. What else is changed stands in the plan's "changes".

The R edition's listings call the same Keras in the same order, but for the pictures' numbers and
the layer from which fine-tuning begins.
"""

import hashlib
import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import common
import freezing
import generator
import numpy as np

#: Where each edition's fine-tuning begins.
TUNED_FROM = {"python": "block5_conv1", "r": "block3_conv1"}


def main(plan_path: str) -> None:
    """Runs the plan's epochs that are not there yet."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    plan = json.loads(Path(plan_path).read_text(encoding="utf-8"))
    common.begin(plan["flavour"])
    results, state = Path(plan["results"]), Path(plan["state"])
    epochs = common.kept_epochs(results)
    conv_base, model = build(plan)
    phase = ""
    for number in range(len(epochs), plan["epochs"] + plan["fine_tuning_epochs"]):
        wanted = "feature extraction" if number < plan["epochs"] else "fine-tuning"
        if wanted != phase:
            compile_for(wanted, plan, conv_base, model)
            phase = wanted
            if epochs:
                same_phase = epochs[-1]["phase"] == phase
                kept = after(state, number)
                # A run of an earlier version has one state, without a number.
                load(kept if kept.is_file() else state, conv_base, model, same_phase)
        epochs.append(dict(one_epoch(plan, number, conv_base, model), phase=phase))
        save(after(state, number + 1), conv_base, model)
        common.write_epochs(results, epochs)
        for old in (state, after(state, number)):
            if old.is_file():
                old.unlink()
        print(epochs[-1], flush=True)


def build(plan: dict) -> Any:
    """The base with its weights, and the notebook's model."""
    layers, models = common.keras.layers, common.keras.models
    conv_base = base(plan)

    model = models.Sequential()
    model.add(conv_base)
    model.add(layers.Flatten())
    model.add(layers.Dense(256, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))

    draw(model.layers[2:], plan["seed"])
    return conv_base, model


def base(plan: dict) -> Any:
    """VGG16 without its top, with the plan's weights."""
    size = plan["size"]
    conv_base = common.keras.applications.VGG16(
        weights=None, include_top=False, input_shape=(size, size, 3)
    )
    if plan["weights"]:
        conv_base.load_weights(plan["weights"])
    return conv_base


def draw(dense: list, seed: int) -> None:
    """Draws the classifier's first weights, the same in every release."""
    chance = np.random.RandomState(seed)
    for layer in dense:
        kernel, bias = layer.get_weights()
        limit = np.sqrt(6.0 / sum(kernel.shape))  # Glorot's, Keras's default
        layer.set_weights([chance.uniform(-limit, limit, kernel.shape), bias])


def compile_for(phase: str, plan: dict, conv_base: Any, model: Any) -> None:
    """Freezes the base, or unfreezes its last blocks, and compiles, as the edition does."""
    if phase == "feature extraction":
        # R: freeze_weights(conv_base)
        conv_base.trainable = "unfrozen" in plan["changes"]
        rate = 2e-5
    else:
        # R: unfreeze_weights(conv_base, from = "block3_conv1")
        conv_base.trainable = True
        set_trainable = False
        for layer in conv_base.layers:
            if layer.name == TUNED_FROM[plan["edition"]]:
                set_trainable = True
            layer.trainable = set_trainable
        rate = 1e-5
    optimizer = common.rmsprop(rate)
    if "gradients-first" in plan["changes"]:
        gradients_first(optimizer)
    model.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["acc"])


def gradients_first(optimizer: Any) -> None:
    """Has all gradients computed before any weight is updated: up to 2.2.5 some may come later."""
    from tensorflow import tuple as all_of

    own = optimizer.get_gradients
    optimizer.get_gradients = lambda loss, params: all_of(own(loss, params))


def one_epoch(plan: dict, number: int, conv_base: Any, model: Any) -> dict:
    """One epoch with validation, as the notebook's fit_generator does it."""
    train_generator, validation_generator = generators(plan, plan["seed"] * 1000 + number)
    states: list = []
    before = conv_base.get_weights()
    started = time.perf_counter()
    history = getattr(model, "fit_generator", model.fit)(
        one_by_one(train_generator, states),
        steps_per_epoch=plan["steps"],
        epochs=1,
        validation_data=one_by_one(validation_generator, []),
        validation_steps=plan["validation_steps"],
        verbose=2,
    ).history
    seconds = time.perf_counter() - started
    found = told(history, seconds, model, (before, conv_base.get_weights()))
    seen = itertools.chain(map(str.encode, train_generator.filenames), states[: plan["steps"]])
    return dict(found, order=hashlib.sha256(b"\n".join(seen)).hexdigest())


def generators(plan: dict, seed: int) -> list:
    """The notebook's two generators."""
    train_datagen = generator.generator(
        rescale=1.0 / 255,
        rotation_range=40,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.2,
        zoom_range=0.2,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    if "generator-of-2017" in plan["changes"]:
        generator.transform_as_in_2017(train_datagen)
    # Note that the validation data should not be augmented!
    test_datagen = generator.generator(rescale=1.0 / 255)
    found = []
    for datagen, fold in ((train_datagen, "train"), (test_datagen, "validation")):
        pictures = datagen.flow_from_directory(
            str(Path(plan["data"], fold)),
            target_size=(plan["size"], plan["size"]),
            batch_size=plan["batch"],
            class_mode="binary",
            seed=seed,
        )
        generator.sort_files(pictures)
        found.append(pictures)
    return found


def one_by_one(pictures: Any, states: list) -> Any:
    """Hands out batches one after another, as 2.0.8 does; 2.1.0 and later shuffle a Sequence's.

    Keeps each batch's labels and the state of chance after it.
    """
    while True:
        batch = next(pictures)
        labels, (_, key, position, *_) = batch[1].astype("<f4"), np.random.get_state()
        states.append(labels.tobytes() + key.astype("<u4").tobytes() + b"%d" % position)
        yield batch


def told(history: dict, seconds: float, model: Any, base_weights: tuple = ((), ())) -> dict:
    """What an epoch's record keeps; the base's tensors before and after it."""
    before, after = base_weights
    return {
        "loss": float(history["loss"][0]),
        "accuracy": float(history["acc"][0]),
        "val_loss": float(history["val_loss"][0]),
        "val_accuracy": float(history["val_acc"][0]),
        "seconds": seconds,
        "printed": len(model.trainable_weights),
        "collected": freezing.collected(model),
        "changed": sum(not np.array_equal(a, b) for a, b in zip(before, after)),
        "tensors": len(before),
    }


# -------------------------------------------------------------------------------- going on


def after(state: Path, epochs: int) -> Path:
    """Where the state after so many epochs is kept; the results say which one counts."""
    return state.with_name(f"{state.stem}-{epochs:03}.npz")


def optimizer_of(model: Any) -> Any:
    """Returns the optimizer, its variables made."""
    found = getattr(model, "model", None) or model  # up to 2.1, one inside the Sequential trains
    if hasattr(found, "_make_train_function"):
        found._make_train_function()
    else:
        found.optimizer.build(found.trainable_variables)
    return found.optimizer


def save(path: Path, conv_base: Any, model: Any) -> None:
    """Writes the weights and the optimizer's, each part in an order that no flag changes."""
    optimizer = optimizer_of(model)
    own = getattr(optimizer, "get_weights", lambda: list(map(common.value, optimizer.variables)))
    parts = {"base": conv_base.get_weights(), "optimizer": own()}
    for number, layer in enumerate(model.layers[2:]):
        parts[f"dense{number}"] = layer.get_weights()
    kept = {f"{name}_{i:03}": value for name, part in parts.items() for i, value in enumerate(part)}
    part = path.with_name(f"{path.name}.part.npz")
    np.savez(str(part), **kept)
    part.replace(path)


def load(path: Path, conv_base: Any, model: Any, with_optimizer: bool) -> None:
    """Puts back what was written."""
    with np.load(str(path), allow_pickle=False) as kept:

        def part(name: str) -> list:
            return [kept[one] for one in sorted(kept.files) if one.startswith(f"{name}_")]

        conv_base.set_weights(part("base"))
        for number, layer in enumerate(model.layers[2:]):
            layer.set_weights(part(f"dense{number}"))
        if with_optimizer:
            optimizer_of(model).set_weights(part("optimizer"))


if __name__ == "__main__":
    main(sys.argv[1])
