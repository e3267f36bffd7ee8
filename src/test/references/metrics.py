"""Adds metrics of scikit-learn to the golden tables of scores, and proves those that it knows again.

Runs with scikit-learn 1.9.1, numpy 2.4.6, Python 3.11, from the root of the project:

    python src/test/references/metrics.py src/test/resources/golden/metrics

A metric is a line of MULTICLASS, MULTILABEL (from scores) or THRESHOLD (from labels that were assigned).
A value that a table has already must come out again, to 1e-12; one that it lacks is added. Files are
written as they were, with what is new at the end of their metrics.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn import metrics as m

ZERO = {"zero_division": 0}


def labels(table):
    return list(range(table["classes"]))


# Each of (truth, scores, predicted, labels).
MULTICLASS = {
    "accuracy": lambda t, s, p, l: m.accuracy_score(t, p),
    "balanced_accuracy": lambda t, s, p, l: m.balanced_accuracy_score(t, p),
    "matthews_corrcoef": lambda t, s, p, l: m.matthews_corrcoef(t, p),
    "cohen_kappa": lambda t, s, p, l: m.cohen_kappa_score(t, p, labels=l),
    "hamming_loss": lambda t, s, p, l: m.hamming_loss(t, p),
    "jaccard_macro": lambda t, s, p, l: m.jaccard_score(t, p, labels=l, average="macro", **ZERO),
}

# Each of (truth, scores).
MULTILABEL = {
    "coverage_error": m.coverage_error,
    "label_ranking_average_precision": m.label_ranking_average_precision_score,
    "label_ranking_loss": m.label_ranking_loss,
    "average_precision_micro": lambda t, s: m.average_precision_score(t, s, average="micro"),
}

# Each of (truth, assigned).
THRESHOLD = {
    "exact_match": m.accuracy_score,
    "hamming_loss": m.hamming_loss,
    "zero_one_loss": m.zero_one_loss,
    "jaccard_samples": lambda t, a: m.jaccard_score(t, a, average="samples", **ZERO),
}


def value(function, *arguments):
    """As the tables have it: a number, or what scikit-learn says against one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            number = float(function(*arguments))
    except ValueError as error:
        return {"error": "ValueError", "message": str(error)}
    return "nan" if np.isnan(number) else number


def add(found, functions, *arguments):
    """Puts each function's value among those found, or holds it against the one that is there."""
    for name, function in functions.items():
        new = value(function, *arguments)
        old = found.setdefault(name, new)
        same = abs(new - old) <= 1e-12 if isinstance(new, float) and isinstance(old, float) else type(new) is type(old)
        if not same:
            raise SystemExit(f"{name} is {new}, not {old}")


def main(folder):
    for entry in json.loads((folder / "index.json").read_text())["tables"]:
        file = folder / entry["file"]
        table = json.loads(file.read_text())
        truth, scores = np.array(table["y_true"]), np.array(table["y_score"])
        if table["kind"] == "multiclass":
            add(table["metrics"], MULTICLASS, truth, scores, np.array(table["y_pred"]), labels(table))
        else:
            add(table["metrics"], MULTILABEL, truth, scores)
            for at in table["metrics"]["at_threshold"]:
                add(at, THRESHOLD, truth, (scores >= np.array(at["threshold"])).astype(int))
        file.write_text(json.dumps(table) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
