"""The page without a browser: self-contained, escaped, honest about demonstrations."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from repro import claims, report
from repro.dataset import decoding
from repro.record import RunRecord
from repro.report import _page, _pictures
from repro.report._figures import smooth
from repro.report._groups import group
from tests.claims.fabricated import looked, record, sound

EVIL = "<script>alert(1)</script> & \"quoted\" $x_1$ 'a'"


class Page(HTMLParser):
    """What a parser sees of a page: elements with attributes, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(1 for name, _ in self.elements if name == tag)


def build(tmp_path: Path, *records: RunRecord, **options: object) -> tuple[str, Page]:
    path = report.build(records, tmp_path / "page.html", **options)  # type: ignore[arg-type]
    text = path.read_text(encoding="utf-8")
    return text, Page(text)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Originals under the names that the page asks for."""
    folder = tmp_path_factory.mktemp("originals")
    rng = np.random.default_rng(0)
    for prefix in ("cat", "dog"):
        for number in (*range(1, 5), *range(1001, 2001)):
            if number < 5 or number % 3 == 0:
                pixels = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{prefix}.{number}.jpg")
    return folder


def test_the_page_asks_nobody_for_anything(tmp_path: Path, pictures: Path) -> None:
    text, page = build(tmp_path, record(observations=sound()), originals=pictures)
    for tag, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action", "data", "srcset", "poster"):
            value = attributes.get(name, "")
            assert value == "" or value.startswith(("#", "data:image/jpeg;base64,")), (tag, value)
    assert page.count("link") == page.count("iframe") == page.count("object") == 0
    styles = "".join(re.findall(r"<style.*?</style>", text, re.DOTALL))
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", styles)
    policies = [a["content"] for _, a in page.elements if "http-equiv" in a]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'")
    assert "script-src 'sha256-" in policies[0]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Page]:
    """The page of one record."""
    return build(tmp_path_factory.mktemp("plain"), record())


def test_every_claim_stands_on_the_page(plain: tuple[str, Page]) -> None:
    _, page = plain
    ids = {attributes.get("id", "") for _, attributes in page.elements}
    assert {f"claim-{claim.id}" for claim in claims.CLAIMS} <= ids


def test_the_accuracies_come_first_with_their_curves_and_the_ledger_after(tmp_path: Path) -> None:
    text, _ = build(tmp_path, record(), record("unfrozen", (0.96,), recipe="published"))
    first, ledger, rest = (text.index(f'<section id="{name}"') for name in
                           ("accuracies", "ledger", "curves"))  # fmt: skip
    assert first < ledger < rest
    assert "89.6 % [" in text[first:ledger]
    assert "technique-1 (recipe published" in text[first:ledger]
    assert text[first:ledger].count("<figure>") == 1
    assert text[rest:].count("<h3>technique-1") == 0, "a curve is drawn once"
    assert "<h3>unfrozen" in text[rest:]


def test_2017s_runs_are_shown_before_todays_and_no_demonstration_is(tmp_path: Path) -> None:
    today = record("technique-2", (0.88,), 30, recipe="today")
    published = record("technique-2", (0.9,), 30, recipe="published")
    drawn = record("technique-3", (0.97,), 100, demonstration=True)
    text, _ = build(tmp_path, today, published, drawn)
    accuracies = text[text.index('<section id="accuracies"') : text.index('<section id="ledger"')]
    assert "technique-2 (recipe published" in accuracies
    assert "technique-2 (recipe today" not in accuracies
    assert "technique-3" not in accuracies


def test_a_short_run_is_no_seed_of_a_long_one(tmp_path: Path) -> None:
    made = [record("unfrozen", (0.97,), 20), record("unfrozen", (0.5,), 1, first_seed=1)]
    row = _page._summary(*group(made))
    assert (row["seeds"], row["epochs"], row["validation"]) == (1, 20, "0.9700")


def test_what_was_not_judged_is_no_answer() -> None:
    short = record(accuracies=(0.6,), epochs=2)
    assert "came out as" not in _page.answer(claims.judge([short]), [short])
    assert "came out as" in _page.answer(claims.judge([record()]), [record()])


def test_what_was_not_run_is_folded_away(plain: tuple[str, Page]) -> None:
    text, _ = plain
    folded = text[text.index('<details id="waiting">') : text.index("</details>")]
    rows = re.findall(r'id="claim-([a-z0-9-]+)" data-verdict="([a-z ]+)"', text)
    inside = {name for name, _ in re.findall(r'id="claim-([a-z0-9-]+)"(.)', folded)}
    assert inside == {name for name, verdict in rows if verdict == "not run here"}


def test_a_verdict_stands_beside_what_it_rests_on(tmp_path: Path) -> None:
    text, _ = build(tmp_path, record(accuracies=(0.9,)), record("technique-2", (0.9,) * 3))
    pattern = r'<tr role="row" id="claim-([a-z0-9-]+)"(.*?)</tr>'
    rows = dict(re.findall(pattern, text, re.DOTALL))
    fast, augmented = rows["fast-extraction-accuracy"], rows["extraction-accuracy"]
    assert "Stands on 1 seed of 30 epochs, published; 1 record." in fast
    assert "Overturned by one more seed below" in fast
    assert "Rests on one run" in fast and "Rests on one run" not in augmented
    assert "Stands on what others wrote." in rows["competition-2013"]
    assert "Stands on" not in rows["fine-tuning-accuracy"], "nothing is judged"


def test_ids_are_unique_and_references_lead_somewhere(tmp_path: Path, pictures: Path) -> None:
    alike = [record("a b"), record("a-b"), record("A B")]
    text, page = build(tmp_path, *alike, originals=pictures)
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert max(ids.values()) == 1, ids.most_common(3)
    wanted = set(re.findall(r'href="#([^"]+)"', text)) | set(re.findall(r"url\(#([^)]+)\)", text))
    assert wanted <= set(ids)


def test_nothing_from_a_record_is_markup(tmp_path: Path) -> None:
    hostile = record(
        EVIL,
        (0.9, 0.89),
        command=f"repro run {EVIL}",
        environment={"processor": EVIL, EVIL: EVIL},
        recipe=EVIL,
        observations={"data.fold_sizes": EVIL, "inspection.made_with": {"keras": EVIL}},
    )
    names = {fold: (f"{EVIL}.jpg", *old[1:]) for fold, old in hostile.names.items()}
    more = {"settings": {EVIL: EVIL}, "digests": {"split": EVIL}, "started": EVIL}
    hostile = hostile.model_copy(update={"names": names, **more})
    text, page = build(tmp_path, hostile)
    assert "<script>alert" not in text
    assert page.count("script") == 1
    assert EVIL in "".join(page.texts)
    handlers = [name for _, attributes in page.elements for name in attributes if name[:2] == "on"]
    assert handlers == []


def test_a_hostile_comparison_is_escaped_too(tmp_path: Path) -> None:
    a, b = record(EVIL), record("other", (0.96, 0.95), environment={"processor": EVIL})
    path = report.compare_page(report.compare([a], [b]), tmp_path / "compare.html")
    text = path.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert EVIL in "".join(Page(text).texts)


def test_a_demonstration_says_so_first(tmp_path: Path) -> None:
    _, page = build(tmp_path, record(demonstration=True, observations=sound()))
    words = " ".join(" ".join(page.texts).split())
    title, _, rest = words.partition("The chapter, claim by claim")
    assert "Demonstration" in title
    assert "no evidence about the chapter" in rest[: rest.index("The ledger")]
    assert "published 0.9" not in words, "no published level beside a demonstration's curve"
    _, real = build(tmp_path, record(observations=sound()))
    assert "Demonstration" not in " ".join(real.texts)


def test_without_pictures_there_are_none(tmp_path: Path, pictures: Path) -> None:
    text, page = build(tmp_path, record(), originals=pictures, pictures=False)
    assert page.count("img") == 0
    assert "data:image" not in text
    _, shown = build(tmp_path, record(), originals=pictures)
    assert shown.count("img") > _pictures.SAMPLES
    assert all(attributes.get("alt") for tag, attributes in shown.elements if tag == "img")


def test_every_figure_has_words(tmp_path: Path) -> None:
    _, page = build(tmp_path, record(), record("technique-2"))
    labels = [a.get("aria-label", "") for _, a in page.elements if a.get("role") == "img"]
    assert len(labels) == 3
    assert any("from 0.796 to 0.896" in label for label in labels)


def test_no_records_still_make_a_page(tmp_path: Path) -> None:
    _, page = build(tmp_path)
    assert page.count("tr") == len(claims.CLAIMS) + 2  # a head for what is judged, one for the rest
    _, page = build(tmp_path, looked())
    assert page.count("svg") == 0


@pytest.mark.slow
def test_a_hundred_long_records_stay_small(tmp_path: Path) -> None:
    records = [record(f"experiment-{i}", (0.9,), 130, observations=sound()) for i in range(100)]
    text, _ = build(tmp_path, *records)
    assert len(text.encode()) < 5e6


# ----------------------------------------------------------------------------------------- pictures


@pytest.mark.parametrize(
    "name",
    [
        "../secret.jpg",
        "/etc/passwd",
        "cat.1.jpg/../../x",
        "<script>.jpg",
        "cat.1.jpg\n",
        "cat.x.jpg",
    ],
)
def test_only_a_picture_of_kaggles_is_ever_opened(name: str, tmp_path: Path) -> None:
    assert _pictures.find(tmp_path, name) is None


def test_broken_and_huge_files_are_left_out(tmp_path: Path) -> None:
    broken = tmp_path / "cat.1.jpg"
    broken.write_bytes(b"no picture")
    assert _pictures.load(broken) is None
    huge = tmp_path / "cat.2.jpg"
    Image.new("RGB", (9, 9)).save(huge)
    assert _pictures.load(huge) is not None
    with huge.open("r+b") as stream:
        stream.truncate(decoding.LARGEST_BYTES + 1)
    assert _pictures.load(huge) is None
    assert _pictures.samples(tmp_path) == []
    assert _pictures.augmentations(tmp_path) == []


def test_mistakes_are_the_most_confident_ones_of_all_seeds() -> None:
    made = record(accuracies=(0.9, 0.9))
    found = _pictures.mistakes(group([made]))
    errors = [mistake.error for mistake in found]
    assert errors == sorted(errors, reverse=True)
    assert min(errors) > 0.5
    runs = [run.evaluations[found[0].fold] for run in made.runs]
    position = made.names[found[0].fold].index(found[0].name)
    mean = np.mean([run.probabilities[position] for run in runs])
    assert found[0].probability == pytest.approx(mean)
    assert found[0].truth == ("dog" if found[0].name.startswith("dog") else "cat")


def test_the_known_label_noise_is_named() -> None:
    mistake = _pictures.Mistake("cat.1450.jpg", "validation", "cat", 0.99, 3, 3)
    assert "known label noise" in _pictures.show_mistake(mistake, None).caption


def test_smoothing_keeps_a_parabola_and_does_not_lag() -> None:
    x = np.arange(30.0)
    assert smooth(x**2 - 3 * x) == pytest.approx(x**2 - 3 * x)
    assert smooth([0.5, 0.6]) == pytest.approx([0.5, 0.6])
