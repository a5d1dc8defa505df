#!/usr/bin/env python3
"""Makes tests/data/judge/multigen_*.csv and tests/data/judge_expected.h.

  python3 tests/data/make_judge_data.py LABELS.csv

LABELS.csv: the human labels of Stein et al. 2023 in count form (dataset,image_id,group,truth_real,n_labels,
n_judged_real,path). Figures are computed with NumPy and SciPy, from definitions and not from the C code.
"""
import collections
import csv
import sys

import numpy as np
from scipy import optimize, stats

OUT = "tests/data/judge/"


def agreement(counts):
    """counts: list of (n, k)."""
    n, k = np.array([c for c in counts if c[0] >= 2], float).T
    a = (k * (k - 1) + (n - k) * (n - k - 1)) / (n * (n - 1))
    p = k.sum() / n.sum()
    pe = p * p + (1 - p) ** 2
    expected = 2 * k.sum() * (n.sum() - k.sum()) / (n.sum() * (n.sum() - 1))
    half = notie = ties = 0.0
    for ni, ki in zip(n, k):
        for label, count in ((1, ki), (0, ni - ki)):
            margin = 2 * (ki - label) - (ni - 1)
            if margin == 0:
                ties += count
                half += count / 2
            elif (margin > 0) == (label == 1):
                half += count
                notie += count
    y = k / n
    ceiling = np.sqrt(max(0.0, 1 - (y * (1 - y) / (n - 1)).mean() / y.var(ddof=1)))
    return dict(
        images=len(counts), labels=sum(c[0] for c in counts), images2=len(n), labels2=int(n.sum()),
        pair_image=a.mean(), pair_label=(a * n).sum() / n.sum(),
        pair_pooled=(k * (k - 1) + (n - k) * (n - k - 1)).sum() / (n * (n - 1)).sum(), p_real=p,
        fleiss=(a.mean() - pe) / (1 - pe), alpha=1 - (2 * k * (n - k) / (n - 1)).sum() / n.sum() / expected,
        loo_majority=half / n.sum(), loo_majority_notie=notie / (n.sum() - ties),
        loo_notie_share=1 - ties / n.sum(), own_majority=np.maximum(k, n - k).sum() / n.sum(), ceiling=ceiling)


def write_agreement(h, name, figures):
    values = list(figures.values())
    h.write("    {\"%s\",\n     {%s},\n     {" % (name, ", ".join("%d" % v for v in values[:4])))
    h.write(",\n      ".join(", ".join("%.17g" % v for v in values[i:i + 4]) for i in range(4, 15, 4)))
    h.write("}},\n")


def multigen(path, h):
    rows = list(csv.DictReader(open(path, newline="")))
    h.write("/* dataset, images, labels, images2, labels2, pair_image, pair_label, pair_pooled, p_real, fleiss, alpha,\n"
            " * loo_majority, loo_majority_notie, loo_notie_share, own_majority, ceiling */\n")
    h.write("static const expected_agreement expected_multigen[] = {\n")
    with open(OUT + "multigen_counts.csv", "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["dataset", "n", "k", "images"])
        for dataset in sorted({r["dataset"] for r in rows}):
            counts = [(int(r["n_labels"]), int(r["n_judged_real"])) for r in rows if r["dataset"] == dataset]
            for (n, k), many in sorted(collections.Counter(counts).items()):
                out.writerow([dataset, n, k, many])
            write_agreement(h, dataset, agreement(counts))
    h.write("};\n")
    part = [r for r in rows if int(r["image_id"]) % 97 == 5][:1000]
    with open(OUT + "multigen_part.csv", "w", newline="") as f:
        out = csv.DictWriter(f, rows[0].keys(), lineterminator="\n")
        out.writeheader()
        out.writerows(part)
    h.write("\nstatic const expected_agreement expected_part[] = {\n")
    for dataset in sorted({r["dataset"] for r in part}):
        write_agreement(h, dataset, agreement([(int(r["n_labels"]), int(r["n_judged_real"])) for r in part
                                               if r["dataset"] == dataset]))
    h.write("};\n")


def ranked(n, k, p):
    y, major = k / n, np.where(2 * k > n, 1, np.where(2 * k < n, 0, -1))
    pos, neg = p[major == 1], p[major == 0]
    auroc = ((pos[:, None] > neg).sum() + 0.5 * (pos[:, None] == neg).sum()) / (len(pos) * len(neg))
    m = major >= 0
    auprc = last = 0.0
    for t in sorted(set(p[m]), reverse=True):
        above = m & (p >= t)
        recall = (major[above] == 1).sum() / (major == 1).sum()
        auprc += (recall - last) * (major[above] == 1).mean()
        last = recall
    logit = np.log(p / (1 - p))
    loss = lambda b: -(k * -np.logaddexp(0, -(b[0] + b[1] * logit)) +
                       (n - k) * -np.logaddexp(0, b[0] + b[1] * logit)).sum()
    b = optimize.minimize(loss, [0.0, 1.0], method="BFGS", options=dict(gtol=1e-11)).x
    order = np.argsort(p, kind="stable")
    cut = [order[i * len(p) // 10:(i + 1) * len(p) // 10] for i in range(10)]
    ece = sum(abs((n[c] * p[c]).sum() - k[c].sum()) for c in cut) / n.sum()
    right = np.where(p >= 0.5, k, n - k)
    return [len(n), n.sum(), (major >= 0).sum(), (major < 0).sum(), right.sum() / n.sum(), (right / n).mean(),
            ((p >= 0.5) == (major == 1))[m].mean(), auroc, auprc, (k * (1 - p) ** 2 + (n - k) * p ** 2).sum() / n.sum(),
            -(k * np.log(p) + (n - k) * np.log(1 - p)).sum() / n.sum(), ece, b[1], b[0], stats.pearsonr(p, y)[0],
            stats.spearmanr(p, y)[0], stats.kendalltau(p, y)[0]]


def wrapped(texts, indent="    ", width=100):
    lines, line = [], indent
    for text in texts:
        if len(line) + len(text) + 2 > width:
            lines.append(line.rstrip())
            line = indent
        line += text + ", "
    return "\n".join(lines + [line.rstrip(", ")])


def scores(h):
    rng = np.random.default_rng(3)
    n = rng.integers(1, 7, 60)
    p = np.round(rng.uniform(0.02, 0.98, 60), 2)
    k = rng.binomial(n, np.clip(p * 0.8 + 0.1, 0, 1))
    h.write("\nenum { SCORED = 60 };\n")
    for name, values in (("n", n), ("k", k)):
        h.write("static const uint32_t scored_%s[SCORED] = {\n%s};\n" % (name, wrapped("%d" % v for v in values)))
    h.write("static const double scored_p[SCORED] = {\n%s};\n" % wrapped("%.2f" % v for v in p))
    h.write("/* images, labels, majorities, ties, acc_label, acc_image, acc_majority, auroc, auprc, brier, log_loss, ece,\n"
            " * slope, intercept, pearson, spearman, kendall */\n")
    h.write("static const double expected_scores[17] = {\n%s};\n" % wrapped("%.17g" % v for v in ranked(n, k, p)))


with open("tests/data/judge_expected.h", "w") as header:
    header.write("/* Made by make_judge_data.py. */\n#ifndef JUDGE_EXPECTED_H\n#define JUDGE_EXPECTED_H\n\n"
                 "#include <stddef.h>\n#include <stdint.h>\n\n"
                 "typedef struct expected_agreement {\n    const char *dataset;\n    size_t whole[4];\n"
                 "    double figures[11];\n} expected_agreement;\n\n")
    multigen(sys.argv[1], header)
    scores(header)
    header.write("\n#endif\n")
