"""Technique 1, fast feature extraction, on real pictures, as both editions' books write it.

    python fast.py PLAN.json

The plan says where pictures, weights and results are, how many epochs, and the seed. The base runs
once over each picture; its features are kept, and the next seed's run finds them. Three things are
not the books': chance has a seed, a new one each epoch, the classifier starts from the same drawn
weights in every release, and the test pictures are left out.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import common
import generator
import notebook
import numpy as np


def main(plan_path: str) -> None:
    """Trains the plan's epochs unless they are there."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    plan = json.loads(Path(plan_path).read_text(encoding="utf-8"))
    common.begin(plan["flavour"])
    results, features = Path(plan["results"]), Path(plan["features"])
    if len(common.kept_epochs(results)) == plan["epochs"]:
        return
    if not features.is_file():
        keep(features, plan)
    with np.load(str(features), allow_pickle=False) as kept:
        train, validation = ((kept[name], kept[name + "_labels"]) for name in FOLDS)
    common.write_epochs(results, list(trained(plan, train, validation)))


# ---------------------------------------------------------------------------------- the features

#: Each fold that is trained or validated on, and what the plan calls its batches.
FOLDS = {"train": "steps", "validation": "validation_steps"}


def keep(path: Path, plan: dict) -> None:
    """Writes the features and labels of both folds."""
    conv_base = notebook.base(plan)
    found = {}
    for fold, steps in FOLDS.items():
        features, labels = extract_features(conv_base, plan, fold, plan[steps])
        found[fold], found[fold + "_labels"] = features, labels
    part = path.with_name(f"{path.name}.{os.getpid()}.part.npz")  # other seeds' runs make it, too
    np.savez(str(part), **found)
    part.replace(path)


def extract_features(conv_base: Any, plan: dict, fold: str, steps: int) -> tuple:
    """The base's output for each picture, flattened, and the picture's label."""
    batch_size = plan["batch"]
    sample_count = steps * batch_size
    features = np.zeros((sample_count, *conv_base.output_shape[1:]), "float32")
    labels = np.zeros(sample_count, "float32")
    datagen = generator.generator(rescale=1.0 / 255)
    pictures = datagen.flow_from_directory(
        str(Path(plan["data"], fold)),
        target_size=(plan["size"], plan["size"]),
        batch_size=batch_size,
        class_mode="binary",
        seed=0,
    )
    for i in range(steps):
        inputs_batch, labels_batch = next(pictures)
        features[i * batch_size : (i + 1) * batch_size] = conv_base.predict(inputs_batch)
        labels[i * batch_size : (i + 1) * batch_size] = labels_batch
    return features.reshape(sample_count, -1), labels


# -------------------------------------------------------------------------------- the classifier


def trained(plan: dict, train: tuple, validation: tuple) -> Any:
    """Trains the classifier; yields what each epoch was like."""
    layers, models = common.keras.layers, common.keras.models
    np.random.seed(plan["seed"])  # dropout's chance begins here

    model = models.Sequential()
    model.add(layers.Dense(256, activation="relu", input_shape=train[0].shape[1:]))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(1, activation="sigmoid"))
    notebook.draw([model.layers[0], model.layers[2]], plan["seed"])
    model.compile(optimizer=common.rmsprop(2e-5), loss="binary_crossentropy", metrics=["acc"])

    for number in range(plan["epochs"]):
        np.random.seed(plan["seed"] * 1000 + number)
        started = time.perf_counter()
        history = model.fit(
            *train, epochs=1, batch_size=plan["batch"], validation_data=validation, verbose=2
        ).history
        found = notebook.told(history, time.perf_counter() - started, model)
        yield dict(found, phase="fast feature extraction")


if __name__ == "__main__":
    main(sys.argv[1])
