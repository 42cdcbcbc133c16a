"""Section 5.3 of the Python edition's notebook on real pictures, by the release that it names.

    python notebook.py PLAN.json

The plan says where pictures, weights and results are, how many epochs, and the seed. After every
epoch the results and the model's state are written; started again, it goes on from there. Two
things are not the notebook's: chance has a seed, a new one each epoch, and the classifier starts
from the same drawn weights in every release.
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


def main(plan_path: str) -> None:
    """Runs the plan's epochs that are not there yet."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    plan = json.loads(Path(plan_path).read_text(encoding="utf-8"))
    common.begin(plan["flavour"])
    results, state = Path(plan["results"]), Path(plan["state"])
    epochs = json.loads(results.read_text(encoding="utf-8")) if results.is_file() else []
    conv_base, model = build(plan)
    phase = ""
    for number in range(len(epochs), plan["epochs"] + plan["fine_tuning_epochs"]):
        wanted = "feature extraction" if number < plan["epochs"] else "fine-tuning"
        if wanted != phase:
            compile_for(wanted, conv_base, model)
            phase = wanted
            same_phase = bool(epochs) and epochs[-1]["phase"] == phase
            load(state, conv_base, model, with_optimizer=same_phase)
        epochs.append(dict(one_epoch(plan, number, conv_base, model), phase=phase))
        save(state, conv_base, model)
        write(results, json.dumps(epochs, indent=1).encode("utf-8"))
        print(epochs[-1], flush=True)


def build(plan: dict) -> Any:
    """The base with its weights, and the notebook's model."""
    layers, models = common.keras.layers, common.keras.models
    size = plan["size"]
    conv_base = common.keras.applications.VGG16(
        weights=None, include_top=False, input_shape=(size, size, 3)
    )
    if plan["weights"]:
        conv_base.load_weights(plan["weights"])

    model = models.Sequential()
    model.add(conv_base)
    model.add(layers.Flatten())
    model.add(layers.Dense(256, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))

    chance = np.random.RandomState(plan["seed"])
    for layer in model.layers[2:]:
        kernel, bias = layer.get_weights()
        limit = np.sqrt(6.0 / sum(kernel.shape))  # Glorot's, Keras's default
        layer.set_weights([chance.uniform(-limit, limit, kernel.shape), bias])
    return conv_base, model


def compile_for(phase: str, conv_base: Any, model: Any) -> None:
    """Freezes, or unfreezes block 5, and compiles, as the notebook does."""
    if phase == "feature extraction":
        conv_base.trainable = False
        rate = 2e-5
    else:
        conv_base.trainable = True
        set_trainable = False
        for layer in conv_base.layers:
            if layer.name == "block5_conv1":
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
    after = conv_base.get_weights()
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


def write(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


if __name__ == "__main__":
    main(sys.argv[1])
