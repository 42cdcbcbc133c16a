"""Measuring a release: its environment, its listings, its record."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from repro.era import drawn, environments
from repro.era.environments import EraError
from repro.era.records import EraRecord, Measured, parse_measured
from repro.era.releases import Release
from repro.errors import RecordError

#: What the release's own Python runs.
LISTINGS = Path(__file__).with_name("listings")
#: Seconds that the listings may take; they take some ten of processor time.
PATIENCE = 1800


@dataclass(frozen=True)
class Outcome:
    """What became of a release.

    Args:
        release: which.
        record: with measurements, or with the error that was in their way; None where it was
            skipped.
        skipped: why, and what to do about it; None where it was not.
    """

    release: Release
    record: EraRecord | None
    skipped: str | None = None


def measure(release: Release, weights: Path | None = None) -> Outcome:
    """Measures one release in its own environment, which is made where it is missing.

    What cannot be installed or run is an outcome, too.

    Args:
        release: which.
        weights: VGG16's weights, for the features of the drawn pictures; None leaves these out.
    """
    interpreter = environments.find_interpreter(release.python)
    if interpreter is None:
        return Outcome(release, None, environments.how_to_get(release.python))
    try:
        python = environments.prepare(release, interpreter)
        measured, error = _run(release, python, weights), None
    except (EraError, RecordError) as failure:
        measured, error = None, str(failure)
    record = EraRecord(
        release=release.name, requirements=release.requirements, measured=measured, error=error
    )
    return Outcome(release, record)


def _run(release: Release, python: Path, weights: Path | None) -> Measured:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        output = folder / "measured.json"
        # Keras reads its settings from the home folder; a release is to have its own defaults.
        variables = {**environments.clean_environment(), "HOME": temporary, "KERAS_HOME": temporary}
        variables |= {"PYTHONNOUSERSITE": "1", "CUDA_VISIBLE_DEVICES": "-1"}
        given = [drawn.save(folder / "drawn.npz"), output, *([weights] if weights else [])]
        environments.call(
            [python, LISTINGS, release.flavour, *given], PATIENCE, environment=variables
        )
        return parse_measured(output)
