"""What is timed: ratios on any machine, epochs and accuracies on a GPU (or ``--device cpu``)."""
