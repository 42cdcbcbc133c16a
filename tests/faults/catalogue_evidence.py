"""Faults of evidence: which records a verdict rests on, and the published numbers it is held to."""

from __future__ import annotations

from tests.faults.fault import fault

JUDGING = "claims/test_judging.py"
RULES = "claims/test_rules.py"
FINE_TUNED = "claims/test_rules_fine_tuning.py"
NOTEBOOK = "claims/test_rules_notebook.py"
PROPERTIES = "claims/test_ledger_properties.py"

FAULTS = (
    fault(
        "gain-of-the-last-epoch",
        "The gain of fine-tuning is the last epoch's, not the mean of the last ten",
        f"{FINE_TUNED}::test_a_gain_is_one_of_the_last_ten_epochs_on_both_sides",
        ("claims/fine_tuning.py", "finish = after.last(gates.LAST_EPOCHS", "finish = after.last(1"),
    ),
    fault(
        "older-run-counts",
        "Of a seed that was run twice the older run counts, not the one that ended last",
        f"{PROPERTIES}::test_of_a_seed_that_was_run_twice_the_last_to_end_counts_and_it_is_said",
        ("claims/_evidence.py", "max(pairs, key=_ended)", "min(pairs, key=_ended)"),
    ),
    fault(
        "last-read-counts",
        "Of a seed that was run twice the record that is read last counts",
        f"{PROPERTIES}::test_of_a_seed_that_was_run_twice_the_last_to_end_counts_and_it_is_said",
        ("claims/_evidence.py", "max(pairs, key=_ended)", "pairs[-1]"),
    ),
    fault(
        "published-digits",
        "Two digits of the published test loss are exchanged",
        "test_chapter.py::test_every_published_number_agrees_with_its_second_transcription",
        ("chapter.py", "FINE_TUNING_TEST_LOSS = 0.2158171", "FINE_TUNING_TEST_LOSS = 0.2185171"),
    ),
    fault(
        "python-edition-digits",
        "The Python edition's fine-tuning is said to reach 94.7 %",
        "test_chapter.py::test_every_published_number_agrees_with_its_second_transcription",
        ("chapter.py", ": float = 0.974", ": float = 0.947"),
    ),
    fault(
        "layer-digits",
        "Two rows of the printed table exchange their parameters",
        "test_chapter.py::test_the_printed_layers_follow_from_the_architecture",
        ("chapter.py", ", (37, 37, 256), 295_168", ", (37, 37, 256), 590_080"),
        (
            "chapter.py",
            '"block3_conv2", (37, 37, 256), 590_080',
            '"block3_conv2", (37, 37, 256), 295_168',
        ),
    ),
    fault(
        "another-experiments-records",
        "A claim is judged from the records of any experiment",
        f"{RULES}::test_what_is_left_of_a_position_is_told_by_its_probe_alone",
        ("claims/_judge.py", "and record.experiment not in named:", "and record.experiment in ():"),
    ),
    fault(
        "another-experiments-kernels",
        "How far kernels moved is read from whatever record has it",
        f"{PROPERTIES}::test_small_changes_come_from_the_chapters_fine_tuning_and_from_no_other",
        ("claims/_evidence.py", "record.experiment == experiment", "record.technique in (3, None)"),
        ("claims/_judge.py", "and record.experiment not in named:", "and record.experiment in ():"),
    ),
    fault(
        "contradiction-hidden",
        "Of two records that contradict each other one is judged and the other not told",
        f"{PROPERTIES}::test_two_records_that_contradict_each_other_are_told",
        ("claims/_observed.py", "for other in rest:", "for other in rest[:0]:"),
    ),
    fault(
        "better-record-counts",
        "Of two records that contradict each other the one counts that agrees with the chapter",
        f"{PROPERTIES}::test_two_records_that_contradict_each_other_are_told",
        ("claims/_observed.py", "(-_SEVERITY[one.verdict],", "(_SEVERITY[one.verdict],"),
    ),
    fault(
        "shortened-start-judged",
        "Fine-tuning from a technique 2 that was cut short is judged like one from a whole one",
        f"{FINE_TUNED}::test_a_whole_run_from_a_shortened_technique_2_is_not_whole",
        ("claims/_evidence.py", "start >= chapter.FEATURE_EXTRACTION.epochs", "start >= 1"),
    ),
    fault(
        "todays-recipe-first",
        "Where there are runs under both years' recipes, today's is judged",
        f"{JUDGING}::test_recipes_are_not_mixed",
        ("claims/_evidence.py", '= ("published", "today")', '= ("today", "published")'),
    ),
    fault(
        "most-seeds-recipe",
        "The recipe with most seeds is judged, so that more runs of another one change the verdict",
        f"{PROPERTIES}::test_a_record_of_another_recipe_changes_no_verdict",
        (
            "claims/_evidence.py",
            "    for recipe in JUDGED:\n        sets",
            "    every = [one for name in experiments for one in found[name] for _ in one.runs]\n"
            "    for recipe in sorted(JUDGED, key=lambda r: -sum(s.recipe == r for s in every)):\n"
            "        sets",
        ),
    ),
    fault(
        "neighbours-independent",
        "Whether the loss rises is tested as if an epoch did not resemble the one before",
        "test_statistics_trend.py::test_noise_whose_neighbours_are_alike_has_no_trend",
        (
            "statistics/_curves.py",
            "    length = epochs // BLOCKS\n",
            "    p = stats.kendalltau(np.arange(epochs), found.mean(axis=0)).pvalue\n"
            "    return Trend(change, float(p), 'rank correlation')\n"
            "    length = epochs // BLOCKS\n",
        ),
    ),
    fault(
        "epochs-counted-as-independent",
        "Curves are told apart as if an epoch did not resemble the one before",
        "test_statistics_curves.py"
        "::test_one_more_seed_is_told_apart_no_more_often_than_the_level[3-1.0-0.0-even]",
        ("statistics/_curves.py", "within**2 / float(np.square(products).sum()", "len(difference"),
    ),
    fault(
        "one-fifth-is-enough",
        "Curves are alike where one fifth of them is",
        f"{NOTEBOOK}::test_a_curve_that_is_left_in_its_last_fifth_alone_is_not_followed",
        ("statistics/_curves.py", "-left).max())", "-left).min())"),
    ),
    fault(
        "training-curve-unlooked-at",
        "A curve is held to the notebook's validation accuracy alone",
        f"{NOTEBOOK}::test_either_curve_can_be_the_one_that_is_not_followed[accuracy]",
        ("claims/notebook.py", '"training": "accuracy", ', ""),
    ),
    fault(
        "frozen-for-unfrozen",
        "The curve of a base that trains is looked for in the runs whose base is frozen",
        f"{NOTEBOOK}::test_a_base_that_trains_and_one_that_is_frozen_are_told_apart",
        ("claims/notebook.py", '-2",\n        "unfrozen"', '-2",\n        "technique-2"'),
    ),
    fault(
        "one-run-without-a-note",
        "A single run reproduces a claim without a note",
        f"{RULES}::test_what_one_run_shows_is_no_more_than_a_note",
        (
            "claims/_judge.py",
            'verdict = "reproduced with a note" if verdict == "reproduced" else verdict',
            "verdict = finding.verdict",
        ),
    ),
    fault(
        "flip-unsaid",
        "A verdict that one record flips does not say so",
        f"{RULES}::test_a_verdict_that_one_record_flips_says_so",
        ("claims/_judge.py", "tuple(sorted(set(_flips(claim, judged, finding.verdict))))", "()"),
    ),
)
