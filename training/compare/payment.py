#!/usr/bin/env python3
"""Recourse's payment model beside simple rules and strong learners on the same rows.

    recourse backtest payment --data-dir DIR --from 2019-07-01 --decide-at 3 --horizons 7,15,30 --predictions P.csv --json
    python3 training/compare/payment.py --invoices FILE.csv --predictions P.csv --from 2019-07-01

FILE.csv has customer_id, invoice_id, business_unit, issued_on, due_on, amount, cleared_on (empty while open). The learners get twenty
history features of the day of the decision and are trained on decisions whose outcome was known before --from.
"""

import argparse
import json

import numpy as np
import pandas as pd

from metrics import auc, ece, interval, late_cash_share, log_loss

FAR = 10**6
EPOCH = pd.Timestamp("2010-01-01")  # a Friday


def days(column):
    return (pd.to_datetime(column) - EPOCH).dt.days


def load(path):
    rows = pd.read_csv(path, dtype={"invoice_id": str, "customer_id": str})
    for column in ("issued_on", "due_on", "cleared_on"):
        rows[column] = days(rows[column])
    rows["cleared_on"] = rows.cleared_on.fillna(FAR).astype(int)
    rows["business_unit"] = rows.business_unit.fillna("")
    return rows


def shrunk(hits, count, prior, strength):
    return (hits + strength * prior) / (count + strength)


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
        known = {h: due[other] + h <= today for h in (3, 15, 30)}
        rate = {h: shrunk((late[known[h]] > h).sum(), known[h].sum(), {3: 0.15, 15: 0.04, 30: 0.025}[h], 5) for h in known}
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


def learners():
    import lightgbm
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return {
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000)),
        "random forest": RandomForestClassifier(400, min_samples_leaf=8, max_features=0.25, n_jobs=2, random_state=0),
        "boosted trees": lightgbm.LGBMClassifier(
            n_estimators=150, learning_rate=0.04, num_leaves=8, min_child_samples=25, colsample_bytree=0.4, subsample=0.7,
            subsample_freq=1, reg_lambda=10, verbose=-1, n_jobs=2, random_state=0),
    }


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--invoices", required=True)
    options.add_argument("--predictions", required=True, help="what `recourse backtest payment --predictions` wrote")
    options.add_argument("--from", dest="cut", required=True, help="the --from of the backtest")
    options.add_argument("--decide-at", type=int, default=3)
    options.add_argument("--json", action="store_true")
    options = options.parse_args()
    rows = load(options.invoices)
    cut = (pd.Timestamp(options.cut) - EPOCH).days
    ours = pd.read_csv(options.predictions, dtype={"invoice_id": str})
    lateness = (rows.cleared_on - rows.due_on).to_numpy()
    decided = (rows.due_on + options.decide_at < cut).to_numpy() & (lateness > options.decide_at)
    place = pd.Series(np.arange(len(rows)), index=rows.invoice_id)
    train = np.flatnonzero(decided)
    train_features = features(rows, train, options.decide_at)
    results = []
    for horizon, part in ours.groupby("horizon_days"):
        test = place[part.invoice_id].to_numpy()
        label, amount = part.unpaid.to_numpy(float), part.amount.to_numpy(float)
        known = rows.due_on.to_numpy()[train] + horizon < cut
        known_label = (lateness[train][known] > horizon).astype(int)
        test_features = features(rows, test, options.decide_at)
        customer = rows.customer_id.to_numpy()
        by_customer = pd.DataFrame({"c": customer[train][known], "y": known_label}).groupby("c").y.agg(["sum", "count"])
        own = by_customer.reindex(customer[test]).fillna(0)
        scores = {
            "base rate": np.full(len(test), known_label.mean()),
            "customer rate": shrunk(own["sum"].to_numpy(), own["count"].to_numpy(), known_label.mean(), 5),
        }
        for name, learner in learners().items():
            scores[name] = learner.fit(train_features[known], known_label).predict_proba(test_features)[:, 1]
        scores["mean of three"] = np.mean([scores[name] for name in learners()], axis=0)
        scores["Recourse"] = part.probability.to_numpy(float)
        rules = {"oldest first": -rows.issued_on.to_numpy()[test].astype(float), "largest first": amount}
        for name in [*rules, *scores]:
            if name in rules:
                figures = {"late_cash_20": late_cash_share(label, amount, rules[name])}
            else:
                score = scores[name]
                figures = {
                    "auc": auc(label, score), "log_loss": log_loss(label, score), "ece": ece(label, score),
                    "late_cash_20": late_cash_share(label, amount, score * amount),
                }
                low, high = interval(auc, len(label), label, score)
                figures |= {"auc_low": low, "auc_high": high}
                low, high = interval(log_loss, len(label), label, score)
                figures |= {"log_loss_low": low, "log_loss_high": high}
            results.append({"horizon_days": int(horizon), "who": name, "row_count": len(label), "unpaid_count": int(label.sum()), **figures})
    if options.json:
        print(json.dumps(results, indent=1))
        return
    for row in results:
        text = f"{row['horizon_days']:3} d  {row['who']:20} {row['row_count']} rows, {row['unpaid_count']} unpaid "
        if "auc" in row:
            text += (f" AUC {row['auc']:.3f} [{row['auc_low']:.3f}, {row['auc_high']:.3f}]  log loss {row['log_loss']:.3f} "
                     f"[{row['log_loss_low']:.3f}, {row['log_loss_high']:.3f}]  ECE {row['ece']:.3f} ")
        print(text + f" late cash in top 20 % {row['late_cash_20']:.3f}")


if __name__ == "__main__":
    main()
