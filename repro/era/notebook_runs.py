"""The editions' own listings on real pictures, by a release of Keras of their time.

An epoch takes minutes on a processor. A run goes on where it was interrupted.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from repro import settings, weights
from repro.chapter import CLASSES, FOLDS
from repro.dataset.split import digest_of
from repro.era import environments
from repro.era.environments import EraError
from repro.era.notebook_records import NotebookRun, Plan, read_written
from repro.era.releases import NEWEST, Release
from repro.era.running import LISTINGS
from repro.errors import OptionError
from repro.record import write_text

#: What the listings write.
EPOCHS = "epochs.json"
#: By technique; that of the second goes on with the third.
_LISTINGS = {1: "fast.py", 2: "notebook.py"}


def run(release: Release, data: Path, weights_file: Path | None, plan: Plan) -> NotebookRun:
    """Runs a listing with one release, or goes on.

    Args:
        release: of Keras on its own, or the newest.
        data: folder with train and validation, each with cats and dogs.
        weights_file: VGG16's; None leaves the base with random weights, which shows nothing but
            that it runs.
        plan: how much.

    Raises:
        OptionError: the release has no ``fit_generator`` of the notebook's kind, its Python is
            missing, or the folder is no such folder.
        WeightsError: the weights are others than VGG16's.
        EraError: it cannot be installed or run.
        RecordError: what it wrote is not what it should be.
    """
    interpreter = checked(release, data, plan)
    digests = _digests(data, weights_file)
    python = environments.prepare(release, interpreter)
    folder = location(release, digests, plan)
    pictures = [plan.size, plan.batch, plan.steps, plan.validation_steps]
    before = location(release, digests, replace(plan, fine_tuning_epochs=0))
    whole: dict[str, Any] = {
        **asdict(plan),
        "flavour": release.flavour,
        "data": str(data.absolute()),
        "weights": str(weights_file.absolute()) if weights_file else "",
        "results": str(folder / EPOCHS),
        "state": str(folder / "state.npz"),
        "features": str(folder.parent / f"features-{_short(release, digests, pictures)}.npz"),
    }
    with FileLock(f"{folder}.lock"):  # another process may be at the same run
        _go_on(folder, before, plan.epochs)
        path = write_text(json.dumps(whole, indent=1), folder / "plan.json")
        _call(python, LISTINGS / _LISTINGS[plan.technique], path)
        written = read_written(folder / EPOCHS)
    return NotebookRun(
        release=release.name, requirements=release.requirements, plan=plan,
        digests=digests, environment=written.environment,
        epochs=written.epochs[: plan.epochs + plan.fine_tuning_epochs],  # more may be kept
    )  # fmt: skip


def location(release: Release, digests: dict[str, str], plan: Plan) -> Path:
    """Returns where a run is kept: that with more epochs of technique 2 goes on in the same place.

    Args:
        release: whose run.
        digests: of what it runs on.
        plan: how much.
    """
    open_ended = plan.technique == 2 and not plan.fine_tuning_epochs
    decides = asdict(replace(plan, epochs=0 if open_ended else plan.epochs, fine_tuning_epochs=0))
    if not plan.changes:  # so a run from before there were any is found
        del decides["changes"]
    digest = _short(release, digests, decides, plan.fine_tuning_epochs > 0)
    return settings.home() / "era" / f"notebook-{release.name}-{digest}"


def _short(release: Release, digests: dict[str, str], *decides: object) -> str:
    text = json.dumps([release.flavour, release.requirements, digests, *decides], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _digests(data: Path, weights_file: Path | None) -> dict[str, str]:
    contents = {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for fold in FOLDS
        for kind in CLASSES
        for path in (data / fold / kind).glob("*")
    }
    found = {"split": digest_of(contents)}
    if weights_file is not None:
        found["weights"] = weights.digest(weights.load(weights_file))
    return found


def _go_on(folder: Path, before: Path, epochs: int) -> None:
    """Lets fine-tuning begin where that many kept epochs of technique 2 have come."""
    if folder.exists() or not (before / EPOCHS).is_file():
        return
    if len(read_written(before / EPOCHS).epochs) == epochs:
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(before, part)
        part.rename(folder)


def checked(release: Release, data: Path, plan: Plan) -> Path:
    """Returns the release's interpreter if the run can be made.

    Raises:
        OptionError: as :func:`run` does.
    """
    interpreter = environments.find_interpreter(release.python)
    if interpreter is None:
        raise OptionError(release.name, found=f"no Python {release.python}", expected="one",
                          remedy=environments.how_to_get(release.python))  # fmt: skip
    if release.flavour != "keras" and release.name != NEWEST:
        raise OptionError("--notebook", found=release.name,
                          expected=f"releases of Keras on its own, or {NEWEST}",
                          remedy=f"Name one of 2.0.5 to 2.3.1, or {NEWEST}.")  # fmt: skip
    if "gradients-first" in plan.changes and release.name == NEWEST:
        raise OptionError("--but", found=f"gradients-first with {NEWEST}",
                          expected="a release of Keras on its own",
                          remedy="Leave it out: since 2.3.0 all gradients come first.")  # fmt: skip
    if plan.technique == 1 and plan.changes:
        raise OptionError("--but", found="technique 1", expected="technique 2",
                          remedy="Leave out --but or --technique 1.")  # fmt: skip
    if plan.technique == 1 and plan.fine_tuning_epochs:
        raise OptionError("--fine-tuning-epochs", found="technique 1", expected="technique 2",
                          remedy="Leave out --fine-tuning-epochs or --technique 1.")  # fmt: skip
    wanted = [data / fold / kind for fold in ("train", "validation") for kind in ("cats", "dogs")]
    missing = [path for path in wanted if not path.is_dir()]
    if missing:
        raise OptionError("--notebook", found=f"no folder {missing[0]}",
                          expected="the small set, as folders of files",
                          remedy="Make it with `repro prepare --numbering python`.")  # fmt: skip
    return interpreter


def _call(python: Path, listing: Path, plan: Path) -> None:
    """Runs a listing; its progress goes to the terminal."""
    home = str(plan.parent)
    variables = {**environments.clean_environment(), "HOME": home, "PYTHONNOUSERSITE": "1"}
    command = [python, listing, plan]
    done = subprocess.run(command, env={**variables, "KERAS_HOME": home}, check=False)  # noqa: S603
    if done.returncode:
        raise EraError(f"{listing.name} ended with exit code {done.returncode}")
