"""DuckDB doing what import does: reads the CSV of a data set into tables, two threads, and joins
every code of its links and of the lines of its transformations to integers. It checks nothing,
reads no value and keeps no index.

python benches/duckdb_import.py FOLDER [RUNS]    (needs the package duckdb)
"""
import resource
import statistics
import sys
import time

import duckdb

TABLES = ["regions", "operators", "products", "batches", "shipments", "transformations",
          "removals", "samples"]
# Broken rows are left out, texts are not looked into: the least that can be asked.
OPTIONS = """header = true, delim = ',', quote = '"', all_varchar = true, null_padding = true,
  ignore_errors = true, strict_mode = false"""
JOINS = """
create table operator_ids as select row_number() over (order by code) as id, code from (
  select operator_code as code from operators union select from_operator from shipments
  union select to_operator from shipments union select operator_code from transformations
  union select operator_code from removals);
create table batch_ids as select row_number() over (order by code) as id, code from (
  select batch_code as code from batches union select batch_code from shipments
  union select batch_code from transformations union select batch_code from removals);
create table shipment_ids as select row_number() over (order by code) as id, code from (
  select distinct shipment_code as code from shipments);
create table transformation_ids as select row_number() over (order by code) as id, code from (
  select distinct transformation_code as code from transformations);
create table links as select w.id as shipment, b.id as batch, f.id as sender, t.id as receiver,
  s.shipped_on, s.received_on, s.quantity, s.unit from shipments s
  join shipment_ids w on w.code = s.shipment_code
  join batch_ids b on b.code = s.batch_code
  join operator_ids f on f.code = s.from_operator
  join operator_ids t on t.code = s.to_operator;
create table lines as select e.id as transformation, l.role, b.id as batch, o.id as operator,
  l.transformed_on, l.quantity, l.unit, l.process from transformations l
  join transformation_ids e on e.code = l.transformation_code
  join batch_ids b on b.code = l.batch_code join operator_ids o on o.code = l.operator_code;
"""


def run(folder):
    start = time.perf_counter()
    base = duckdb.connect(config={"threads": 2})
    for table in TABLES:
        base.execute(f"create table {table} as "
                     f"select * from read_csv('{folder}/{table}.csv', {OPTIONS})")
    base.execute(JOINS)
    count = base.execute("select count(*) from links").fetchone()[0]
    return time.perf_counter() - start, count


times = []
for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 1):
    seconds, links = run(sys.argv[1])
    times.append(seconds)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"duckdb {duckdb.__version__}: {links} links, {statistics.median(times):.2f} s, "
      f"peak {peak:.0f} MB")
