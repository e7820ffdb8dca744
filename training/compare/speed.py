"""Time and memory of training on banking77: scikit-learn's TF-IDF + logistic regression against `recourse train text`.

Both read the same JSONL, train on all rows and write a model, one after the other, several rounds in turn; the tables show medians.
Each is a process of its own, so starting Python and importing scikit-learn count, as starting our program does. Scikit-learn is given
its best setting (C=10 of 1, 10 and 100); ours finds its own while it is timed. For the F1 both train once more without the held-out part.
"""

import argparse
import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from metrics import macro_f1, numbered, print_table, resampled, with_interval
from text import banking, logistic, read, tfidf, write

ROUND_COUNT = 3


def train_scikit(examples, model):
    from sklearn.pipeline import make_pipeline

    rows = read(examples)
    pipeline = make_pipeline(tfidf(), logistic(10))
    pipeline.fit([row["message"] for row in rows], [row["label"] for row in rows])
    with open(model, "wb") as file:
        pickle.dump(pipeline, file)


def measure(command):
    """Wall seconds, CPU seconds and peak memory in MiB of one process."""
    start = time.time()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return time.time() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    if sys.argv[1:2] == ["scikit"]:
        return train_scikit(*sys.argv[2:])
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", required=True)
    options.add_argument("--recourse", default="target/release/recourse")
    options = options.parse_args()
    train, test, parting = banking(options.data)
    everything = f"{options.data}/banking77/train.jsonl"
    with tempfile.TemporaryDirectory() as folder:
        scikit = lambda examples, model: [sys.executable, __file__, "scikit", examples, f"{folder}/{model}.pickle"]
        ours = lambda examples, model: [options.recourse, "train", "text", "--examples", examples, "--out", f"{folder}/{model}", "--force"]
        measured = {"scikit-learn": [], "Recourse": []}
        for number in range(ROUND_COUNT):
            for name, command in (("scikit-learn", scikit), ("Recourse", ours)):
                measured[name].append(measure(command(everything, "all")))
                print(f"round {number + 1}: {name} %.1f s wall, %.1f s CPU, %.0f MiB" % measured[name][-1], file=sys.stderr, flush=True)
        write(f"{folder}/train.jsonl", train)
        write(f"{folder}/test.jsonl", test)
        measure(scikit(f"{folder}/train.jsonl", "part"))
        measure(ours(f"{folder}/train.jsonl", "part"))
        measure([options.recourse, "evaluate", "text", "--model", f"{folder}/part", "--examples", f"{folder}/test.jsonl",
                 "--predictions", f"{folder}/predictions.jsonl", "--json"])
        with open(f"{folder}/part.pickle", "rb") as file:
            predicted = {"scikit-learn": pickle.load(file).predict([row["message"] for row in test])}
        predicted["Recourse"] = [row["predicted"] for row in read(f"{folder}/predictions.jsonl")]
    medians = {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in measured.items()}
    truth, *columns = numbered([[row["label"] for row in test], *predicted.values()])
    predicted, each_row = dict(zip(predicted, columns)), np.arange(len(test))
    rows = []
    for name, (wall, cpu, memory) in medians.items():
        f1 = with_interval(macro_f1(truth, predicted[name]), resampled(macro_f1, each_row, truth, predicted[name]))
        rows.append([name, f"{wall:.1f}", f"{cpu:.1f}", f"{memory:.0f}", f1])
    ratios = [theirs / own for theirs, own in zip(medians["scikit-learn"], medians["Recourse"])]
    gap = lambda truth, own, theirs: macro_f1(truth, own) - macro_f1(truth, theirs)
    columns = (truth, predicted["Recourse"], predicted["scikit-learn"])
    ahead = with_interval(gap(*columns), resampled(gap, each_row, *columns), signed=True)
    rows.append(["scikit-learn ÷ Recourse", *(f"{ratio:.1f}" for ratio in ratios), f"Recourse better by {ahead}"])
    timed_count = len(read(everything))
    title = f"Training on banking77 ({timed_count} rows, {len(set(truth))} labels, median of {ROUND_COUNT}, {os.cpu_count()} cores)"
    judged = f"macro-F1 ({len(test)} rows, {parting})"
    print_table(title, ["learner", "wall s", "CPU s", "peak MiB", judged], rows)


if __name__ == "__main__":
    main()
