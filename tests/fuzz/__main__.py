"""Runs one harness under Atheris: ``python -m tests.fuzz archive --seconds 1200 --folder DIR``."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
import traceback
from pathlib import Path
from typing import NoReturn


def main() -> NoReturn:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("harness", choices=("archive", "records", "weights"))
    parser.add_argument("--seconds", type=int, default=1200)
    parser.add_argument("--folder", type=Path, required=True, help="keeps the corpus and crashes")
    options = parser.parse_args()

    import atheris

    # Already imported by Atheris itself; a fresh one is instrumented.
    for name in [name for name in sys.modules if name.split(".")[0] == "zipfile"]:
        del sys.modules[name]
    with atheris.instrument_imports(include=["repro", "zipfile"]):
        from tests.fuzz import harnesses

        harness = harnesses.HARNESSES[options.harness]
        for seed in harnesses.seeds(options.harness)[:10]:  # what is imported late
            harness(seed)

    corpus, crashes = options.folder / "corpus", options.folder / "crashes"
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in harnesses.seeds(options.harness):
        (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    seen: set[str] = set()

    def run(data: bytes) -> None:
        started = time.process_time()
        try:
            harness(data)
        except Exception as error:
            # Noted, not raised: one crash does not end the search for others.
            place = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
            if kind not in seen:
                seen.add(kind)
                name = hashlib.sha1(data).hexdigest()
                (crashes / name).write_bytes(data)
                (crashes / f"{name}.txt").write_text(traceback.format_exc())
                print(f"CRASH {kind}: {error!r:.200}, input {name}", flush=True)
        if time.process_time() - started > 5:
            name = f"slow-{hashlib.sha1(data).hexdigest()}"
            (crashes / name).write_bytes(data)
            print(f"SLOW {time.process_time() - started:.1f} s, input {name}", flush=True)

    limits = ["-timeout=60", "-rss_limit_mb=2048", "-max_len=100000", "-print_final_stats=1"]
    where = [f"-artifact_prefix={crashes}/", f"-max_total_time={options.seconds}", str(corpus)]
    atheris.Setup([sys.argv[0], *limits, *where], run)
    atheris.Fuzz()
    raise SystemExit


if __name__ == "__main__":
    main()
