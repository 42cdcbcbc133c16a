"""Section 5.3 of the Python edition's notebook on real pictures: techniques 2 and 3.

    python notebook.py PLAN.json

The plan says where pictures, weights and results are, how many epochs, and the seed. After every
epoch the results and the model's state are written; started again, it goes on from there. Two
things are not the notebook's: chance has a seed, a new one each epoch, and the classifier starts
from the same drawn weights in every release.

The R edition's listings call the same Keras in the same order, but for the pictures' numbers and
the layer from which fine-tuning begins.
"""

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
            compile_for(wanted, plan["edition"], conv_base, model)
            phase = wanted
            same_phase = bool(epochs) and epochs[-1]["phase"] == phase
            load(state, conv_base, model, with_optimizer=same_phase)
        epochs.append(dict(one_epoch(plan, number, conv_base, model), phase=phase))
        save(state, conv_base, model)
        common.write_epochs(results, epochs)
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


def compile_for(phase: str, edition: str, conv_base: Any, model: Any) -> None:
    """Freezes the base, or unfreezes its last blocks, and compiles, as the edition does."""
    if phase == "feature extraction":
        # R: freeze_weights(conv_base)
        conv_base.trainable = False
        rate = 2e-5
    else:
        # R: unfreeze_weights(conv_base, from = "block3_conv1")
        conv_base.trainable = True
        set_trainable = False
        for layer in conv_base.layers:
            if layer.name == TUNED_FROM[edition]:
                set_trainable = True
            layer.trainable = set_trainable
        rate = 1e-5
    model.compile(loss="binary_crossentropy", optimizer=common.rmsprop(rate), metrics=["acc"])


def one_epoch(plan: dict, number: int, conv_base: Any, model: Any) -> dict:
    """One epoch with validation, as the notebook's fit_generator does it."""
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
    # Note that the validation data should not be augmented!
    test_datagen = generator.generator(rescale=1.0 / 255)
    options = {
        "target_size": (plan["size"], plan["size"]),
        "batch_size": plan["batch"],
        "class_mode": "binary",
        "seed": plan["seed"] * 1000 + number,
    }
    train_generator = train_datagen.flow_from_directory(str(Path(plan["data"], "train")), **options)
    validation_generator = test_datagen.flow_from_directory(
        str(Path(plan["data"], "validation")), **options
    )

    before = conv_base.get_weights()
    started = time.perf_counter()
    history = model.fit_generator(
        train_generator,
        steps_per_epoch=plan["steps"],
        epochs=1,
        validation_data=validation_generator,
        validation_steps=plan["validation_steps"],
        verbose=2,
    ).history
    seconds = time.perf_counter() - started
    return told(history, seconds, model, (before, conv_base.get_weights()))


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


def compiled(model: Any) -> Any:
    """Returns the model that trains: up to 2.1, the one inside the Sequential."""
    found = getattr(model, "model", None) or model
    found._make_train_function()  # makes the optimizer's variables
    return found


def save(path: Path, conv_base: Any, model: Any) -> None:
    """Writes the weights and the optimizer's, each part in an order that no flag changes."""
    parts = {"base": conv_base.get_weights(), "optimizer": compiled(model).optimizer.get_weights()}
    for number, layer in enumerate(model.layers[2:]):
        parts[f"dense{number}"] = layer.get_weights()
    kept = {f"{name}_{i:03}": value for name, part in parts.items() for i, value in enumerate(part)}
    part = path.with_name(f"{path.name}.part.npz")
    np.savez(str(part), **kept)
    part.replace(path)


def load(path: Path, conv_base: Any, model: Any, with_optimizer: bool) -> None:
    """Puts back what was written, if anything was."""
    if not path.is_file():
        return
    with np.load(str(path), allow_pickle=False) as kept:

        def part(name: str) -> list:
            return [kept[one] for one in sorted(kept.files) if one.startswith(f"{name}_")]

        conv_base.set_weights(part("base"))
        for number, layer in enumerate(model.layers[2:]):
            layer.set_weights(part(f"dense{number}"))
        if with_optimizer:
            compiled(model).optimizer.set_weights(part("optimizer"))


if __name__ == "__main__":
    main(sys.argv[1])
