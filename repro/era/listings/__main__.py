"""The chapter's listings, run and measured by one release of Keras.

``repro era`` runs this folder with the Python of each release, from 3.6 on. It needs that release,
NumPy and Pillow, and nothing of this package:

    python listings keras DRAWN.npz OUTPUT.json [WEIGHTS.h5]       Keras on its own
    python listings tf.keras DRAWN.npz OUTPUT.json [WEIGHTS.h5]    the one in TensorFlow

DRAWN.npz is what ``repro era`` draws, the same for every release; with VGG16's weights the features
of the drawn pictures are computed, too.
"""

import json
import os
import sys
import traceback
from pathlib import Path

import arithmetic
import common
import freezing
import generator
import race

MEASURES = (
    freezing.listing,
    freezing.fine_tuning,
    freezing.every_way,
    arithmetic.rmsprop_steps,
    arithmetic.loss_and_metric,
    arithmetic.initial_draw,
    arithmetic.saving,
    arithmetic.features,
    generator.transformations,
    generator.draws,
    generator.order,
    generator.resize,
    generator.files,
    race.race,
)


def main(flavour: str, drawn: str, output: str, weights: str = "") -> None:
    """Measures all that this release has, and writes it as JSON."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    common.begin(flavour, drawn, weights)
    quantities = {}
    failures = {}
    for measure in MEASURES:
        name = f"{measure.__module__}.{measure.__name__}"
        try:
            quantities.update(measure())
        except Exception as error:  # what an old release cannot do is a result, too
            traceback.print_exc()
            failures[name] = f"{type(error).__name__}: {error}"[:500]
        common.keras.backend.clear_session()
    found = {"environment": common.environment(), "quantities": quantities, "failures": failures}
    Path(output).write_text(json.dumps(found, indent=1, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
