"""Recourse's text learner beside scikit-learn and fastText on the same rows, nobody tuned to a data set.

DATA holds banking77/train.jsonl and complaints_cfpb/*.jsonl. Of banking77 every fifth row of each label is held out, or
banking77/test.jsonl where it is there. Complaints are split by the day they were received.
"""

import argparse
import collections
import glob
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

from metrics import macro_f1, numbered, print_table, resampled, with_interval

COMPLAINTS_FROM = "2023-06-13"


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def banking(data):
    """Training rows, held-out rows, and how they were parted."""
    rows = read(f"{data}/banking77/train.jsonl")
    if os.path.exists(f"{data}/banking77/test.jsonl"):
        return rows, read(f"{data}/banking77/test.jsonl"), "official test part"
    seen, parts = collections.Counter(), ([], [])
    for row in rows:
        seen[row["label"]] += 1
        parts[seen[row["label"]] % 5 == 0].append(row)
    return *parts, "every fifth row of each label held out"


def tasks(data):
    """Yields title, label field, training rows and held-out rows."""
    train, test, parting = banking(data)
    yield f"banking77, {parting}", "label", train, test
    complaints = [row for path in sorted(glob.glob(f"{data}/complaints_cfpb/*.jsonl")) for row in read(path)]
    for field in ("product", "issue", "relief"):
        known = [row for row in complaints if row.get(field)]
        parts = [[row for row in known if (row["received_on"] >= COMPLAINTS_FROM) == later] for later in (False, True)]
        yield f"Complaints: {field}, received from {COMPLAINTS_FROM} on held out", field, *parts


def tfidf():
    """Words and pairs of words beside pieces of three to five characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    return make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True),
    )


def logistic(cost):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=cost, max_iter=1000)


def scikit(train, label, test):
    """Name and predictions of each scikit-learn learner over the same features."""
    from sklearn.svm import LinearSVC

    features = tfidf()
    train, test = features.fit_transform(train), features.transform(test)
    learners = {"TF-IDF + LR, C=1": logistic(1), "TF-IDF + LR, C=10": logistic(10), "TF-IDF + linear SVM": LinearSVC()}
    for name, learner in learners.items():
        print(f"  {name}", file=sys.stderr, flush=True)
        yield name, learner.fit(train, label).predict(test)


def fasttext(train, label, test):
    import fasttext as library

    print("  fastText", file=sys.stderr, flush=True)
    names = sorted(set(label))
    one_line = lambda text: " ".join(text.lower().split())
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for text, one in zip(train, label):
            file.write(f"__label__{names.index(one)} {one_line(text)}\n")
        file.flush()
        # One thread: with more, a run does not give the same model twice.
        model = library.train_supervised(file.name, epoch=50, lr=1.0, wordNgrams=2, minn=2, maxn=5, thread=1, verbose=0)
    found = model.f.multilinePredict([one_line(text) + "\n" for text in test], 1, 0.0, "strict")[0]
    return np.array([names[int(row[0].removeprefix("__label__"))] for row in found])


def ours(recourse, field, train, test):
    print("  Recourse", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        write(f"{folder}/train.jsonl", train)
        write(f"{folder}/test.jsonl", test)
        fields = ["--text-field", "message", "--label-field", field]
        commands = (
            ["train", "text", "--examples", f"{folder}/train.jsonl", *fields, "--out", f"{folder}/model"],
            ["evaluate", "text", "--model", f"{folder}/model", "--examples", f"{folder}/test.jsonl", *fields,
             "--predictions", f"{folder}/predictions.jsonl", "--json"],
        )
        for command in commands:
            subprocess.run([recourse, *command], check=True, stdout=subprocess.DEVNULL)
        return np.array([row["predicted"] for row in read(f"{folder}/predictions.jsonl")])


def predictions(recourse, field, train, test):
    """Learner by name with what it says of the held-out rows."""
    texts, label = [row["message"] for row in train], [row[field] for row in train]
    test_texts = [row["message"] for row in test]
    most = collections.Counter(label).most_common(1)[0][0]
    found = {"Recourse": ours(recourse, field, train, test)}
    found |= dict(scikit(texts, label, test_texts))
    try:
        found["fastText"] = fasttext(texts, label, test_texts)
    except ImportError:
        print("  fastText is not installed; its row is missing", file=sys.stderr)
    return found | {"most frequent label": np.array([most] * len(test))}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", required=True)
    options.add_argument("--recourse", default="target/release/recourse")
    options = options.parse_args()
    for title, field, train, test in tasks(options.data):
        print(title, file=sys.stderr, flush=True)
        found = predictions(options.recourse, field, train, test)
        truth, *columns = numbered([[row[field] for row in test], *found.values()])
        found, each_row = dict(zip(found, columns)), np.arange(len(test))
        values = {name: resampled(macro_f1, each_row, truth, predicted) for name, predicted in found.items()}
        figures = {name: macro_f1(truth, predicted) for name, predicted in found.items()}
        rows = []
        for name, predicted in found.items():
            gap = figures["Recourse"] - figures[name]
            ahead = with_interval(gap, values["Recourse"] - values[name], signed=True) if name != "Recourse" else "–"
            rows.append([name, with_interval(figures[name], values[name]), f"{np.mean(predicted == truth):.3f}", ahead])
        counts = f"{len(train)} rows to train, {len(test)} to judge, {len(set(truth))} labels"
        print_table(f"{title} ({counts})", ["learner", "macro-F1", "accuracy", "Recourse better by"], rows)


if __name__ == "__main__":
    main()
