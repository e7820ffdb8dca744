"""Recourse's payment model beside simple rules and strong learners on the same rows.

INVOICES has customer_id, invoice_id, business_unit, issued_on, due_on, amount, cleared_on (empty while open). PREDICTIONS is what
`recourse backtest payment --predictions` wrote, and REPORT what it printed with --json. The learners get twenty history features of
the day of the decision and are trained on decisions whose outcome was known before --from. Recourse also learns from decisions about
the same invoices on the days near it, at a lower weight; with --near-days the others learn from those too, with the days past due as
one more feature.
"""

import argparse
import json
import sys

import numpy as np
import pandas as pd

from metrics import auc, ece, late_cash_share, log_loss, print_table, resampled, with_interval

FAR = 10**6
EPOCH = pd.Timestamp("2010-01-01")
# Rates that a customer without a history starts from, by days past due.
USUAL_RATES = {3: 0.15, 15: 0.04, 30: 0.025}
# Invoices that a usual rate counts for.
STRENGTH = 5
# Days near the decision that Recourse learns from too, and the weight of such an example (NEAR_LANDMARKS_DAYS, NEAR_WEIGHT in spec.rs).
NEAR_DAYS = (1, 2, 3, 4, 5, 7, 10)
NEAR_WEIGHT = 0.3


def days(column):
    return (pd.to_datetime(column) - EPOCH).dt.days


def load(path):
    rows = pd.read_csv(path, dtype={"invoice_id": str, "customer_id": str})
    for column in ("issued_on", "due_on", "cleared_on"):
        rows[column] = days(rows[column])
    rows["cleared_on"] = rows.cleared_on.fillna(FAR).astype(int)
    rows["business_unit"] = rows.business_unit.fillna("")
    return rows


def shrunk(hits, count, prior):
    return (hits + STRENGTH * prior) / (count + STRENGTH)


def features(rows, chosen, decide_at):
    """Twenty features of each chosen row as known `decide_at` days past due."""
    issued, due, cleared, amount = (rows[c].to_numpy() for c in ("issued_on", "due_on", "cleared_on", "amount"))
    unit, customer = rows.business_unit.to_numpy(), rows.customer_id.to_numpy()
    groups = {name: np.asarray(index) for name, index in rows.groupby("customer_id").indices.items()}
    out = []
    for row in chosen:
        today = due[row] + decide_at
        group = groups[customer[row]]
        group = group[issued[group] <= today]
        other = group[group != row]
        paid = cleared[other] <= today
        late = np.where(paid, cleared[other] - due[other], FAR)
        settled = np.clip(late[paid], -20, 60)
        recent = settled[np.argsort(cleared[other][paid], kind="stable")][-5:]
        overdue = ~paid & (due[other] < today)
        known = {h: due[other] + h <= today for h in USUAL_RATES}
        rate = {h: shrunk((late[known[h]] > h).sum(), known[h].sum(), usual) for h, usual in USUAL_RATES.items()}
        date = EPOCH + pd.Timedelta(days=int(due[row]))
        late_ones = settled[settled > 3]
        out.append([
            np.log1p(amount[row]), due[row] - issued[row], unit[row] == "U001", unit[row] == "CA02", np.log1p(len(other)),
            rate[3], rate[15], rate[30], settled.mean() if len(settled) else 0, settled.std() if len(settled) else 6,
            recent.mean() if len(recent) else 0, (late_ones.sum() + 10) / (len(late_ones) + 1),
            np.log1p((~paid).sum()), np.log1p(overdue.sum()), np.log1p(amount[other][~paid].sum()),
            np.log1p(amount[other][overdue].sum()),
            np.log1p(today - cleared[other][paid].max()) if paid.any() else np.log1p(90),
            date.weekday(), date.day, np.log1p(today - issued[group].min()),
        ])
    return np.asarray(out, dtype=float)


def customer_rates(rows, chosen, decide_at, horizon, usual):
    """Of the customer's invoices that were unpaid on the day of such a decision: the share unpaid at the horizon, as far as known."""
    due, lateness = rows.due_on.to_numpy(), (rows.cleared_on - rows.due_on).to_numpy()
    customer = rows.customer_id.to_numpy()
    groups = {name: np.asarray(index) for name, index in rows.groupby("customer_id").indices.items()}
    rates = []
    for row in chosen:
        group = groups[customer[row]]
        group = group[(due[group] + horizon <= due[row] + decide_at) & (lateness[group] > decide_at)]
        rates.append(shrunk((lateness[group] > horizon).sum(), len(group), usual))
    return np.array(rates)


def learners():
    from lightgbm import LGBMClassifier
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    boosted = LGBMClassifier(
        n_estimators=150, learning_rate=0.04, num_leaves=8, min_child_samples=25, colsample_bytree=0.4, subsample=0.7,
        subsample_freq=1, reg_lambda=10, verbose=-1, n_jobs=2, random_state=0)
    return {
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000)),
        "random forest": RandomForestClassifier(400, min_samples_leaf=8, max_features=0.25, n_jobs=2, random_state=0),
        "LightGBM": boosted,
    }


def examples(rows, cut, days_past_due, decide_at):
    """Decisions to learn from on each of these days: row, day, features with the day as the last one, and weight."""
    issued, due = rows.issued_on.to_numpy(), rows.due_on.to_numpy()
    lateness = (rows.cleared_on - rows.due_on).to_numpy()
    parts = []
    for day in days_past_due:
        chosen = np.flatnonzero((due + day < cut) & (lateness > day) & (issued <= due + day))
        same = np.ones(len(chosen))
        weight = same if day == decide_at else same * NEAR_WEIGHT
        parts.append((chosen, same * day, np.c_[features(rows, chosen, day), same * day], weight))
    return [np.concatenate(column) for column in zip(*parts)]


def probabilities(train, train_label, weight, test):
    """Of every learner, by name."""
    learned = {}
    for name, learner in learners().items():
        print(f"  {name}", file=sys.stderr, flush=True)
        key = "logisticregression__sample_weight" if name == "logistic regression" else "sample_weight"
        weights = {} if (weight == 1).all() else {key: weight}
        learned[name] = learner.fit(train, train_label, **weights).predict_proba(test)[:, 1]
    return learned | {"mean of the three": np.mean(list(learned.values()), axis=0)}


def table_rows(label, amount, customer, by_name, rules):
    """One row a learner or rule: its figures, and how far Recourse is ahead on the same resamples of customers."""
    figure = lambda work, *columns: (work(*columns), resampled(work, customer, *columns))
    found = {}
    for name, score in by_name.items():
        found[name] = [figure(auc, label, score), figure(log_loss, label, score), figure(ece, label, score),
                       figure(late_cash_share, label, amount, score * amount)]
    for name, score in rules.items():
        found[name] = [None, None, None, figure(late_cash_share, label, amount, score)]
    own, rows = found["Recourse"], []
    for name, figures in found.items():
        cells = [with_interval(*one) if one else "–" for one in figures[:2]] + [f"{one[0]:.3f}" if one else "–" for one in figures[2:3]]
        cells.append(with_interval(*figures[3]))
        for index, better in ((0, 1), (1, -1), (3, 1)):
            one, ours = figures[index], own[index]
            is_other = one and name != "Recourse"
            ahead = with_interval(better * (ours[0] - one[0]), better * (ours[1] - one[1]), signed=True) if is_other else "–"
            cells.append(ahead)
        rows.append([name, *cells])
    return rows


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--invoices", required=True)
    options.add_argument("--predictions", required=True)
    options.add_argument("--from", dest="cut", required=True, help="the --from of the backtest")
    options.add_argument("--decide-at", type=int, default=3)
    options.add_argument("--report", required=True, help="what the backtest printed with --json")
    options.add_argument("--near-days", action="store_true", help="the learners get the same examples and weights as Recourse")
    options = options.parse_args()
    rows = load(options.invoices)
    cut = (pd.Timestamp(options.cut) - EPOCH).days
    predictions = pd.read_csv(options.predictions, dtype={"invoice_id": str})
    predictions = predictions[predictions.known == 1]
    due, lateness, customer = rows.due_on.to_numpy(), (rows.cleared_on - rows.due_on).to_numpy(), rows.customer_id.to_numpy()
    with open(options.report) as file:
        own_counts = {one["horizon_days"]: one["training_count"] for one in json.load(file)["horizons"]}
    is_near = options.near_days and options.decide_at > 0
    near = [day for day in NEAR_DAYS if is_near and day != options.decide_at]
    train, train_day, train_features, weight = examples(rows, cut, [options.decide_at, *near], options.decide_at)
    place = pd.Series(np.arange(len(rows)), index=rows.invoice_id)
    for horizon, part in predictions.groupby("horizon_days"):
        print(f"payment, {horizon} days", file=sys.stderr, flush=True)
        test = place[part.invoice_id].to_numpy()
        label, amount = part.unpaid.to_numpy(float), part.amount.to_numpy(float)
        known = (due[train] + horizon < cut) & (train_day < horizon)
        known_label = (lateness[train][known] > horizon).astype(int)
        usual = known_label[train_day[known] == options.decide_at].mean()
        by_name = {"Recourse": part.probability.to_numpy(float)}
        test_features = np.c_[features(rows, test, options.decide_at), np.full(len(test), options.decide_at)]
        columns = slice(None) if near else slice(-1)
        learned = probabilities(train_features[known][:, columns], known_label, weight[known], test_features[:, columns])
        by_name |= learned
        by_name["customer rate"] = customer_rates(rows, test, options.decide_at, horizon, usual)
        rules = {"largest first": amount, "oldest first": -due[test].astype(float)}
        counts = (f"examples to train: Recourse {own_counts[horizon]} on several days past due, the other learners {known.sum()} on "
                  f"{'the same days' if near else 'the day of the decision'}; {len(test)} to judge, {int(label.sum())} of them unpaid")
        print_table(
            f"Unpaid {horizon} days past due, decided at {options.decide_at}, due from {options.cut} on ({counts})",
            ["learner", "AUC", "log loss", "ECE", "late cash in the top 20 %", "Recourse better by: AUC", "log loss", "late cash"],
            table_rows(label, amount, customer[test], by_name, rules))


if __name__ == "__main__":
    main()
