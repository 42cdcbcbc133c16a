"""Faults of judging: intervals, gates, verdicts."""

from __future__ import annotations

from tests.faults.fault import fault

JUDGING = "claims/test_judging.py"

FAULTS = (
    fault(
        "best-epoch-reported",
        "The best epoch's accuracy is judged instead of the last one's",
        f"{JUDGING}::test_the_last_epoch_is_judged_and_not_the_best",
        (
            "claims/_evidence.py",
            "float(np.mean(run.history.val_accuracy[:after][-epochs:]))",
            "float(np.max(run.history.val_accuracy[:after]))",
        ),
    ),
    fault(
        "short-runs-judged",
        "A run that was cut short is judged like a whole one",
        f"{JUDGING}::test_a_shorter_run_and_another_fold_are_never_judged",
        ("claims/_evidence.py", "done >= epochs and", "done and"),
    ),
    fault(
        "other-folds-judged",
        "An evaluation on 100 pictures is judged like one on the chapter's 1,000",
        f"{JUDGING}::test_a_shorter_run_and_another_fold_are_never_judged",
        ("claims/_evidence.py", "and not _whole_fold(run):", "and not run.evaluations:"),
    ),
    fault(
        "seed-counted-twice",
        "A seed that was run twice counts twice",
        f"{JUDGING}::test_seeds_add_up_over_records_and_a_repeated_seed_counts_once",
        ("claims/_evidence.py", ".setdefault(run.seed, [])", ".setdefault(len(made[recipe]), [])"),
    ),
    fault(
        "recipes-mixed",
        "Runs under different years' recipes are averaged",
        f"{JUDGING}::test_recipes_are_not_mixed",
        ("claims/_evidence.py", '= str(record.recipe.get("name", "unnamed"))', '= "published"'),
    ),
    fault(
        "demonstration-as-evidence",
        "A demonstration's record is evidence about the chapter",
        f"{JUDGING}::test_a_demonstration_gives_no_verdict_that_needs_anything",
        ("claims/_judge.py", 'and claim.needs != ("nothing",):', "and claim.needs == ():"),
    ),
    fault(
        "dogs-by-the-wrong-side",
        "A probability below a half counts as a dog when pictures are paired",
        f"{JUDGING}::test_the_interval_is_over_seeds_and_new_pictures_get_a_wider_one",
        ("claims/_evidence.py", "(probabilities > 0.5) == dog", "(probabilities < 0.5) == dog"),
    ),
    fault(
        "one-sided-t",
        "The interval over seeds is one-sided: 90 % for 95 %",
        "test_statistics.py::test_the_t_interval_covers_the_mean[3]",
        ("statistics/_intervals.py", "(1 + LEVEL) / 2, len(values) - 1", "LEVEL, len(values) - 1"),
    ),
    fault(
        "normal-for-t",
        "Three seeds get the interval of infinitely many",
        "test_statistics.py::test_the_t_interval_covers_the_mean[3]",
        (
            "statistics/_intervals.py",
            "stats.t.ppf((1 + LEVEL) / 2, len(values) - 1)",
            "stats.norm.ppf((1 + LEVEL) / 2)",
        ),
    ),
    fault(
        "one-sided-pairs",
        "The interval of a paired difference is one-sided",
        "test_statistics.py::test_the_paired_interval_covers_the_difference",
        (
            "statistics/_intervals.py",
            "(1 + LEVEL) / 2)) * error\n    return Interval(mean - half, mean + half, ",
            "LEVEL)) * error\n    return Interval(mean - half, mean + half, ",
        ),
    ),
    fault(
        "wald-for-wilson",
        "A single run's interval is the normal approximation, which leaves 0 to 1",
        "test_statistics.py::test_wilson_holds_the_share_stays_inside_and_mirrors",
        (
            "statistics/_intervals.py",
            "    return Interval(float(found.low), float(found.high)",
            "    p, z = correct / n, float(stats.norm.ppf((1 + LEVEL) / 2))\n"
            "    half = z * math.sqrt(p * (1 - p) / n)\n"
            "    return Interval(p - half, p + half",
        ),
    ),
    fault(
        "pooled-seeds",
        "Ten seeds on one set of pictures count as ten sets of pictures",
        "test_statistics.py::test_the_crossed_interval_covers_new_pictures_and_pooling_does_not",
        ("statistics/_intervals.py", "part.pictures / n +", "part.pictures / (n * seeds) +"),
    ),
    fault(
        "equivalence-by-one-side",
        "Two means are called the same where one of the two one-sided tests says so",
        "test_statistics.py::test_equivalence_is_hard_to_get_at_the_margin_and_easy_at_the_centre",
        ("statistics/_intervals.py", "float(max(below, above))", "float(min(below, above))"),
    ),
    fault(
        "one-sided-gate",
        "An accuracy that is too good passes: 96 % from a base that is said to be frozen",
        "claims/test_verdicts.py::test_a_verdict_follows_from_the_records"
        "[extraction-accuracy-96 % from a base that is said to be frozen]",
        ("statistics/_gates.py", "low - 1e-9 <= mean <= high + 1e-9", "low - 1e-9 <= mean"),
    ),
    fault(
        "gate-too-wide",
        "The gate accepts what is three points off",
        "test_statistics.py::test_a_gate_errs_less_than_once_in_a_hundred_either_way[extraction-accuracy]",
        ("statistics/_gates.py", ": float = LOSS_TO_CATCH / 2", ": float = LOSS_TO_CATCH"),
    ),
    fault(
        "gain-of-other-seeds",
        "The gain of fine-tuning is taken against the mean of all seeds, not seed by seed",
        f"{JUDGING}::test_a_gain_is_taken_seed_by_seed_and_within_one_recipe",
        ("claims/fine_tuning.py", "value - start.get(run.seed, mean) for", "value - mean for"),
    ),
    fault(
        "undecided-as-failed",
        "One seed outside the gate is a verdict, though chance alone would explain it",
        f"{JUDGING}::test_too_few_seeds_never_reproduce_without_a_note",
        ("claims/_accuracies.py", "enough or not _widened(gate, seeds).accepts(mean):", "True:"),
    ),
)
