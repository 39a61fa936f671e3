"""Tables by group agree with DuckDB, polars and Fairlearn on the same file.

    python3 tests/group_tables.py target/release/undercurrent

Compares the tables of the sample's predictions by one and by two dimensions, cell by cell: rows, mean label, mean
prediction, bias, squared error and log loss with DuckDB and polars to the digits that the program prints, the loss
of AUC with Fairlearn's frame of scikit-learn's exact one within the bound that the program states.

Needs `pip install duckdb polars fairlearn pandas pyarrow`.
"""

import csv
import io
import math
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
from fairlearn.metrics import MetricFrame
from sklearn.metrics import roc_auc_score

SAMPLE = Path(__file__).parent.parent / "sample_projects/ads_ranking/predictions.parquet"
MODELS = ["model.ctr", "model.ctr_newcomers"]
SLICINGS = [["country"], ["country", "device"]]
SUMS = ["mean_label", "mean_prediction", "bias", "squared_error", "logloss"]
# Scores are 32-bit numbers, sums of fixed point.
DIGITS = 1e-9


def ours(program, slicing):
    """Values by group, model and metric as the program prints them."""
    metrics = [part for metric in [*SUMS, "auc_loss"] for part in ("--metric", metric)]
    command = [program, "slices", SAMPLE, "--by", ",".join(slicing), *metrics, "--format", "csv"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    table = {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        if row["slice"] == "all rows":
            continue
        key = tuple(part.split("=", 1)[1] for part in row["slice"].split(", "))
        table[key, row["model"], row["metric"]] = float(row["value"])
        table[key, row["model"], "rows"] = float(row["rows"])
        table[key, row["model"], "bound"] = float(row["bound"])
    return table


def by_duckdb(slicing, model):
    p, y = f'CAST("score_{model}" AS DOUBLE)', "CAST(clicked AS DOUBLE)"
    by = ", ".join(slicing)
    query = f"""
        SELECT {by}, count(*), avg({y}), avg({p}), sum({p}) / sum({y}) - 1, avg(({p} - {y}) * ({p} - {y})),
            avg(-ln(CASE WHEN clicked = 1 THEN {p} ELSE 1 - {p} END))
        FROM '{SAMPLE}' GROUP BY {by}"""
    for row in duckdb.sql(query).fetchall():
        yield tuple(map(str, row[: len(slicing)])), row[len(slicing) :]


def by_polars(slicing, model):
    p, y = pl.col(f"score_{model}").cast(pl.Float64), pl.col("clicked").cast(pl.Float64)
    likelihood = pl.when(pl.col("clicked") == 1).then(p).otherwise(1 - p)
    table = pl.read_parquet(SAMPLE).group_by(slicing).agg(
        pl.len(),
        y.mean().alias("y"),
        p.mean().alias("p"),
        (p.sum() / y.sum() - 1).alias("bias"),
        ((p - y) ** 2).mean().alias("square"),
        (-likelihood.log()).mean().alias("loss"),
    )
    for row in table.iter_rows():
        yield tuple(map(str, row[: len(slicing)])), row[len(slicing) :]


def by_fairlearn(slicing, model):
    rows = pl.read_parquet(SAMPLE).to_pandas()
    frame = MetricFrame(
        metrics=roc_auc_score,
        y_true=rows["clicked"],
        y_pred=rows[f"score_{model}"],
        sensitive_features=rows[slicing].astype(str),
    )
    for key, value in frame.by_group.items():
        yield (key if isinstance(key, tuple) else (key,)), 1 - value


def close(name, own, other, bound):
    if not math.isclose(own, other, rel_tol=bound, abs_tol=bound):
        sys.exit(f"{name}: {other}, not {own}")


def main(program):
    for slicing in SLICINGS:
        table, compared = ours(program, slicing), 0
        for model in MODELS:
            for peer in (by_duckdb, by_polars):
                for key, values in peer(slicing, model):
                    for metric, value in zip(["rows", *SUMS], values, strict=True):
                        name = f"{peer.__name__} {metric} of {model} in {key}"
                        close(name, table[key, model, metric], value, DIGITS)
                        compared += 1
            for key, value in by_fairlearn(slicing, model):
                own = table[key, model, "auc_loss"]
                if abs(own - value) > table[key, model, "bound"] + DIGITS:
                    sys.exit(f"by_fairlearn AUC of {model} in {key}: {value}, not {own}")
                compared += 1
        print(f"{', '.join(slicing)}: {compared} numbers agree with DuckDB, polars and Fairlearn")


main(Path(sys.argv[1]).resolve())
