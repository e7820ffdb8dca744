"""Figures that every comparison uses, with bootstrap intervals over rows."""

import numpy as np

BOOTSTRAP_COUNT = 200
SEED = 42


def interval(figure, count, *columns):
    """95 % bootstrap interval of figure(*columns) over `count` rows."""
    random = np.random.default_rng(SEED)
    values = []
    for _ in range(BOOTSTRAP_COUNT):
        rows = random.integers(0, count, count)
        try:
            values.append(figure(*(column[rows] for column in columns)))
        except ValueError:  # a resample with a single class has no AUC
            continue
    return np.percentile(values, [2.5, 97.5]) if values else (np.nan, np.nan)


def macro_f1(label, predicted):
    """Mean F1 over the labels that occur in `label`."""
    figures = []
    for one in np.unique(label):
        hit = np.sum((label == one) & (predicted == one))
        wrong = np.sum((label == one) != (predicted == one))
        figures.append(2 * hit / (2 * hit + wrong))
    return float(np.mean(figures))


def auc(label, score):
    """Area under the ROC curve, ties counted half."""
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    values, start = score[order], 0
    while start < len(values):
        end = start
        while end < len(values) and values[end] == values[start]:
            end += 1
        ranks[order[start:end]] = (start + end + 1) / 2
        start = end
    positive = label == 1
    count, other = positive.sum(), (~positive).sum()
    if count == 0 or other == 0:
        raise ValueError("a single class has no AUC")
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * other))


def log_loss(label, probability):
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return float(-np.mean(label * np.log(clipped) + (1 - label) * np.log(1 - clipped)))


def ece(label, probability, bins=10):
    """Expected calibration error over bins of equal count."""
    parts = np.array_split(np.argsort(probability, kind="stable"), bins)
    return float(sum(len(p) * abs(label[p].mean() - probability[p].mean()) for p in parts if len(p)) / len(label))


def late_cash_share(label, amount, score, share=0.2):
    """Share of the late cash in the best ranked `share` of the rows."""
    best = np.argsort(-score, kind="stable")[: int(np.ceil(share * len(label)))]
    return float((amount[best] * label[best]).sum() / (amount * label).sum())
