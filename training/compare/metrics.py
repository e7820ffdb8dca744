"""Figures that every comparison uses, with bootstrap intervals, and the tables that they are printed in."""

import numpy as np

RESAMPLE_COUNT = 500
SEED = 42


def resamples(groups):
    """Row numbers of every bootstrap resample of whole groups; a row of its own group is drawn by itself."""
    names, number = np.unique(groups, return_inverse=True)
    order = np.argsort(number, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(number))[:-1])
    random = np.random.default_rng(SEED)
    for _ in range(RESAMPLE_COUNT):
        yield np.concatenate([members[one] for one in random.integers(0, len(names), len(names))])


def resampled(figure, groups, *columns):
    """figure(*columns) on every resample; the same groups give the same resamples, so results can be subtracted."""
    values = []
    for rows in resamples(groups):
        try:
            values.append(figure(*(column[rows] for column in columns)))
        except ValueError:  # a resample with a single class has no AUC
            values.append(np.nan)
    return np.array(values)


def with_interval(value, values, signed=False):
    """The value with the 95 % interval of its resamples, as a table shows it."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    sign = "+" if signed else ""
    return f"{value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def print_table(title, head, rows):
    """A Markdown table on stdout."""
    print(f"\n### {title}\n")
    for row in [head, ["---"] * len(head), *rows]:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def numbered(columns):
    """Columns of names as columns of numbers, the same number for the same name."""
    _, numbers = np.unique(np.concatenate(columns), return_inverse=True)
    return np.split(numbers, np.cumsum([len(column) for column in columns])[:-1])


def macro_f1(label, predicted):
    """Mean F1 over the labels that occur in `label`; both are numbers."""
    count = max(label.max(), predicted.max()) + 1
    hits, occurring, named = (np.bincount(rows, minlength=count) for rows in (label[label == predicted], label, predicted))
    present = occurring > 0
    return float(np.mean(2 * hits[present] / (occurring + named)[present]))


def auc(label, score):
    """Area under the ROC curve, ties counted half."""
    _, number, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[number]
    positive = label == 1
    count, other = positive.sum(), (~positive).sum()
    if count == 0 or other == 0:
        raise ValueError("a single class has no AUC")
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * other))


def log_loss(label, probability):
    """Mean log loss of probabilities that are kept off 0 and 1."""
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return float(-np.mean(label * np.log(clipped) + (1 - label) * np.log(1 - clipped)))


def ece(label, probability, bins=10):
    """Expected calibration error over bins of equal count."""
    parts = np.array_split(np.argsort(probability, kind="stable"), bins)
    return float(sum(len(p) * abs(label[p].mean() - probability[p].mean()) for p in parts if len(p)) / len(label))


def late_cash_share(label, amount, score, share=0.2):
    """Share of the late cash in the best ranked `share` of the rows."""
    best = np.argsort(-score, kind="stable")[: int(np.ceil(share * len(label)))]
    late = (amount * label).sum()
    if late == 0:
        raise ValueError("there is no late cash")
    return float((amount[best] * label[best]).sum() / late)
