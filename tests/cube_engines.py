"""The query of `undercurrent slices sql` gives the sums that the program gives, on DuckDB and on Apache Spark.

    python3 tests/cube_engines.py target/release/undercurrent [duckdb] [spark]

Runs the query for the sample's predictions on each engine, with weights and labels that are missing as well,
and compares every cell with the cube that the program makes from the rows. All sums must be the same integers but
for the log loss, where an engine's logarithm may round the last digit of each row otherwise. Then the program
reads the engine's file and must print the table that it prints from the rows. The same once more with histograms
of scores, off which the AUC is read.

Needs `pip install duckdb pyspark`, and a Java runtime for Spark.
"""

import csv
import io
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

SAMPLE = Path(__file__).parent.parent / "sample_projects/ads_ranking/predictions.parquet"
# Times of the sample are seconds since 1970.
DIMENSIONS = "country,device,tenure,time"
FORM = ("--by", DIMENSIONS, "--time-form", "seconds")
# Bins of scores, and the metrics that cubes with so many tell.
SCORES = {"0": ("bias", "logloss", "ne"), "16": ("bias", "logloss", "ne", "auc_loss")}

# Files to try: the sample as it is, and one with weights, missing labels, odd names and values.
CASES = {
    "sample": f"SELECT * FROM '{SAMPLE}'",
    "odd": f"""
        SELECT * REPLACE (
            CASE WHEN hash(country, page) % 7 = 0 THEN NULL ELSE country END AS country,
            CASE WHEN position = '1' THEN 'it''s' ELSE device END AS device,
            CASE WHEN time % 5 = 0 THEN NULL ELSE clicked END AS clicked),
            0.25 * (1 + time % 4) AS weight
        FROM '{SAMPLE}' LIMIT 50000""",
}


def program(*arguments):
    done = subprocess.run([PROGRAM, "slices", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"slices {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def run_duckdb(rows, folder, scores):
    query = program("sql", rows, "--dialect", "duckdb", "--table", f"'{rows}'", *FORM, "--scores", scores)
    file = folder / f"duckdb-{scores}.parquet"
    duckdb.sql(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
    return file


def run_spark(rows, folder, scores):
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .appName("cube")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    session.read.parquet(str(rows)).createOrReplaceTempView("logs")
    query = program("sql", rows, "--dialect", "spark", "--table", "logs", *FORM, "--scores", scores)
    session.sql(query).coalesce(1).write.parquet(str(folder / f"spark-{scores}"))
    return next((folder / f"spark-{scores}").glob("part-*.parquet"))


def cells(text):
    """Rows of a cube by their dimensions, numbers as floats of the unit that the file says."""
    by_key = {}
    for row in csv.DictReader(io.StringIO(text)):
        key = tuple(row.pop(name) for name in DIMENSIONS.split(","))
        if "model" in row:
            key += (row.pop("model"), float(row.pop("score_from")), float(row.pop("score_to")))
        units = {name: int(row.pop(f"{name}_exponent")) for name in ("weight", "loss", "square")}
        by_key[key] = {name: (int(value), units) for name, value in row.items()}
    return by_key


def exponent(column, units):
    column = column.split(":")[0]
    if column in ("rows", "labelled"):
        return 0
    if column == "loss":
        return units["loss"]
    return units["square" if column in ("wwyy", "variance", "wwpp", "wwpy") else "weight"]


def compare(name, ours, theirs):
    """The number of sums that are the same; ends the run where one is not."""
    if ours.keys() != theirs.keys():
        sys.exit(f"{name}: other cells: {sorted(ours.keys() ^ theirs.keys())[:5]}")
    same = 0
    for key, row in ours.items():
        for column, (own, own_units) in row.items():
            other, other_units = theirs[key][column]
            # As integers of the finer of the two units.
            places = (exponent(column, own_units), exponent(column, other_units))
            own <<= max(places) - places[0]
            other <<= max(places) - places[1]
            room = row["rows"][0] << (max(places) - min(places)) if column.startswith("loss") else 0
            if places[0] != places[1]:
                # Each row was rounded in the coarser unit.
                room = max(room, row["rows"][0] << (max(places) - min(places)))
            if abs(own - other) > room:
                sys.exit(f"{name}: {column} of {key} is {other}, not {own}")
            same += 1
    return same


# A sum of log losses is rounded row by row, and each engine's logarithm rounds the last digit in its own way.
DIGITS = 1e-9


def compare_tables(name, rows, file, metrics):
    """The number of lines that say the same of rows, or of a cube of them, and of another cube."""

    def table(path):
        asked = [word for metric in metrics for word in ("--metric", metric)]
        text = program(path, "--by", "country", "--by", "device,tenure", *asked, "--format", "csv")
        # Intervals of a cube are by formula, those of rows by a jackknife.
        kept = ("slice", "model", "rows", "labelled", "metric")
        return [([row[column] for column in kept], [row["value"], row["z"]]) for row in csv.DictReader(io.StringIO(text))]

    def same(own, other):
        """Whether both are nothing, or numbers that differ by rounding at most."""
        return own == other or ("" not in (own, other) and math.isclose(float(own), float(other), rel_tol=DIGITS))

    ours, theirs = table(rows), table(file)
    for own, other in zip(ours, theirs):
        if own[0] != other[0] or not all(map(same, own[1], other[1])):
            sys.exit(f"{name}: the cube says {other}, the rows {own}")
    if len(ours) != len(theirs) or not ours:
        sys.exit(f"{name}: {len(theirs)} lines, not {len(ours)}")
    return len(ours)


def main():
    engines = {"duckdb": run_duckdb, "spark": run_spark}
    wanted = sys.argv[2:] or list(engines)
    passed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for case, query in CASES.items():
            folder = Path(scratch) / case
            folder.mkdir()
            rows = folder / "rows.parquet"
            duckdb.sql(f"COPY ({query}) TO '{rows}' (FORMAT parquet)")
            for scores, metrics in SCORES.items():
                own = folder / f"own-{scores}.csv"
                own.write_text(program("cube", rows, "--by", DIMENSIONS, "--scores", scores))
                cube = cells(own.read_text())
                for engine in wanted:
                    name = f"{case} on {engine}" + (f" in {scores} bins" if scores != "0" else "")
                    file = engines[engine](rows, folder, scores)
                    same = compare(name, cube, cells(as_csv(file)))
                    # Bins of the rows are more, so that their AUC is another within its bound.
                    beside = own if "auc_loss" in metrics else rows
                    lines = compare_tables(name, beside, file, metrics)
                    print(f"{name}: {len(cube)} cells, {same} sums and {lines} lines agree")
                    passed += 1
    print(f"{passed} passed, 0 failed")


def as_csv(file):
    """A cube file as CSV, every number to its last digit."""
    relation = duckdb.sql(f"SELECT * FROM '{file}'")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(relation.columns)
    writer.writerows(relation.fetchall())
    return out.getvalue()


if __name__ == "__main__":
    PROGRAM = sys.argv[1]
    main()
