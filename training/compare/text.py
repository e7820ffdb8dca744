#!/usr/bin/env python3
"""Recourse's text learner beside scikit-learn and fastText on the same rows, at everybody's defaults.

    python3 training/compare/text.py --data DIR --recourse target/release/recourse

DIR holds banking77/train.jsonl and complaints_cfpb/*.jsonl. A banking77/test.jsonl beside it is used as the test part; otherwise
every fifth row of each label is. Complaints are split by the day they were received: the later 35 % are the test part.
"""

import argparse
import collections
import glob
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

from metrics import interval, macro_f1


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def tasks(data):
    """Yields name, label field, training rows, test rows."""
    banking = read(f"{data}/banking77/train.jsonl")
    if os.path.exists(f"{data}/banking77/test.jsonl"):
        yield "banking77", "label", banking, read(f"{data}/banking77/test.jsonl")
    else:
        seen, parts = collections.Counter(), ([], [])
        for row in banking:
            seen[row["label"]] += 1
            parts[seen[row["label"]] % 5 == 0].append(row)
        yield "banking77 (every fifth row)", "label", *parts
    complaints = [row for path in sorted(glob.glob(f"{data}/complaints_cfpb/*.jsonl")) for row in read(path)]
    complaints.sort(key=lambda row: (row["received_on"], row["id"]))
    cut = int(len(complaints) * 0.65)
    for field in ("product", "issue", "relief"):
        keep = [[row for row in part if row.get(field)] for part in (complaints[:cut], complaints[cut:])]
        yield f"complaints {field}", field, *keep


def measured(work):
    """Runs work in a child process; returns its result, seconds and peak memory in MiB."""
    reader, writer = os.pipe()
    start = time.time()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as out:
            json.dump(work(), out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as result:
        text = result.read()
    _, status, usage = os.wait4(child, 0)
    if status != 0 or not text:
        raise RuntimeError("a baseline failed")
    return json.loads(text), time.time() - start, usage.ru_maxrss / 1024


def features():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    return make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True),
    )


def scikit(make_learner):
    def fit_predict(train, label, test):
        from sklearn.pipeline import make_pipeline

        return make_pipeline(features(), make_learner()).fit(train, label).predict(test).tolist()

    return fit_predict


def logistic():
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000, C=10)


def linear_svm():
    from sklearn.svm import LinearSVC

    return LinearSVC()


def fasttext(train, label, test):
    import fasttext as library

    names = sorted(set(label))
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for text, one in zip(train, label):
            file.write(f"__label__{names.index(one)} {' '.join(text.lower().split())}\n")
        file.flush()
        model = library.train_supervised(file.name, epoch=25, lr=0.5, wordNgrams=2, minn=2, maxn=5, thread=2, verbose=0)
    found = model.f.multilinePredict([" ".join(text.lower().split()) + "\n" for text in test], 1, 0.0, "strict")[0]
    return [names[int(row[0].removeprefix("__label__"))] for row in found]


def majority(_train, label, test):
    most = collections.Counter(label).most_common(1)[0][0]
    return [most] * len(test)


def ours(recourse, field, train, test):
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("train", train), ("test", test)):
            with open(f"{folder}/{name}.jsonl", "w", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
        common = ["--text-field", "message", "--label-field", field]

        def run(*arguments):
            start = time.time()
            process = subprocess.Popen([recourse, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            if status != 0:
                sys.exit(f"failed: recourse {' '.join(arguments)}")
            return time.time() - start, usage.ru_maxrss / 1024

        seconds, memory = run("train", "text", "--examples", f"{folder}/train.jsonl", *common, "--out", f"{folder}/model")
        run("evaluate", "text", "--model", f"{folder}/model", "--examples", f"{folder}/test.jsonl", *common,
            "--predictions", f"{folder}/predictions.jsonl", "--json")
        return [row["predicted"] for row in read(f"{folder}/predictions.jsonl")], seconds, memory


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", required=True)
    options.add_argument("--recourse", default="target/release/recourse")
    options.add_argument("--only", default="", help="tasks whose name holds this text")
    options.add_argument("--json", action="store_true")
    options = options.parse_args()
    baselines = {
        "majority": majority,
        "TF-IDF + LR": scikit(logistic),
        "TF-IDF + SVM": scikit(linear_svm),
        "fastText": fasttext,
    }
    results = []
    for name, field, train, test in tasks(options.data):
        if options.only not in name:
            continue
        texts, label = [row["message"] for row in train], [row[field] for row in train]
        test_texts, truth = [row["message"] for row in test], np.array([row[field] for row in test])
        found = {}
        for baseline, work in baselines.items():
            try:
                found[baseline] = measured(lambda work=work: work(texts, label, test_texts))
            except RuntimeError as error:
                print(f"{name}: {baseline}: {error}", file=sys.stderr)
        found["Recourse"] = ours(options.recourse, field, train, test)
        for learner, (predicted, seconds, memory) in found.items():
            predicted = np.array(predicted)
            low, high = interval(macro_f1, len(truth), truth, predicted)
            results.append({
                "task": name, "learner": learner, "train_rows": len(train), "test_rows": len(test), "labels": len(set(label)),
                "macro_f1": macro_f1(truth, predicted), "low": low, "high": high, "seconds": seconds, "peak_mib": memory,
            })
            if not options.json:
                print(f"{name:28} {learner:14} macro-F1 {results[-1]['macro_f1']:.3f} [{low:.3f}, {high:.3f}]  "
                      f"{len(train)} train, {len(test)} test, {len(set(label))} labels  {seconds:7.1f} s {memory:7.0f} MiB", flush=True)
    if options.json:
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
