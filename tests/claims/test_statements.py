"""The map of statements is complete, and the sources say what is made of them."""

from __future__ import annotations

import re

from repro import chapter, claims
from repro.claims import sourced
from repro.claims._documents import statements
from repro.statistics import wilson
from tests.claims.fabricated import CLAIM, judged
from tests.claims.test_judging import everything
from tests.claims.test_verdicts import SOURCED

#: How many statements each section of the text makes.
COUNTS = dict(zip("IRDPVWFATNK", (6, 9, 11, 19, 7, 5, 9, 15, 2, 18, 4), strict=True))


def test_every_numbered_statement_is_there_once_and_in_order() -> None:
    expected = [f"{letter}{n}" for letter, count in COUNTS.items() for n in range(1, count + 1)]
    assert [one["id"] for one in statements()] == expected


def test_a_statement_has_claims_or_a_reason_and_never_both() -> None:
    for one in statements():
        assert bool(one["claims"]) != bool(one.get("why")), one["id"]
        assert one["says"].endswith("."), one["id"]
        assert set(one["claims"]) <= set(CLAIM), one["id"]


def test_every_claim_judges_a_statement() -> None:
    named = {name for one in statements() for name in one["claims"]}
    assert set(CLAIM) == named


def test_a_sourced_verdict_says_so_and_names_its_sources() -> None:
    for claim in claims.CLAIMS:
        found = claims.judge_claim(claim, [])
        assert bool(claim.rule.sources) == (claim.id in SOURCED), claim.id
        for source in claim.rule.sources:
            assert found.evidence.startswith("By source, not measured."), claim.id
            for part in (source.who, source.where, source.when, source.says):
                assert part in found.evidence, claim.id
            assert re.search(r"\b(19|20)\d\d\b", source.when), source


def test_the_sources_figures_are_those_that_others_wrote_down() -> None:
    """Transcribed a second time, from the pages themselves."""
    texts = {
        sourced.KAGGLE: ("25 September 2013", "1 February 2014", "543.16 MB", "271.15 MB"),
        sourced.KDNUGGETS: ("98.9 %", "Sermanet", "OverFeat"),
        sourced.FASTML: ("8th of 215",),
        sourced.ILSVRC: ("1,281,167", "50,000", "100,000", "1,000 classes"),
        sourced.APPLICATIONS: ("138.4", "71.3", "25.6", "74.9", "23.9", "77.9", "22.9", "79.0"),
    }
    for source, figures in texts.items():
        assert all(figure in source.says for figure in figures), source.who
    assert (chapter.COMPETITION_BEST_ACCURACY, chapter.COMPETITION_WINNER_ACCURACY) == (0.95, 0.989)
    assert 1_281_167 + 50_000 + 100_000 == 1_431_167
    assert "1,431,167" in str(judged("imagenet-size").measured)


def test_imagenets_dogs_and_cats_fill_their_numbers() -> None:
    groups = {name: one for name, one in sourced.imagenet().items() if name != "source"}
    counts = {name: len(one["classes"]) for name, one in groups.items()}
    assert counts == {"domestic dogs": 118, "wild dogs": 7, "domestic cats": 5, "wild cats": 8}
    numbers = [
        number
        for one in groups.values()
        for number in range(one["first"], one["first"] + len(one["classes"]))
    ]
    # Dogs from the Chihuahua on; foxes and the hyena, 276 to 280, stand before the cats.
    assert numbers == [*range(151, 276), *range(281, 294)]
    names = [name for one in groups.values() for name in one["classes"]]
    assert len(set(names)) == len(names)


def test_the_chapters_interval_is_wilsons() -> None:
    interval = wilson(965, 1000)
    said = f"{100 * interval.low:.1f} to {100 * interval.high:.1f} % on new pictures"
    assert said in judged("competition-top-result").evidence


def test_chance_gives_a_wrong_verdict_no_more_often_than_the_rules_level() -> None:
    for judgement in claims.judge(everything(demonstration=False)):
        level = CLAIM[judgement.id].rule.level
        assert judgement.standing.chance <= level + 1e-12, judgement.id
        assert (judgement.standing.chance > 0) == (level > 0), judgement.id
