"""Reads the exports of a folder with the libraries that their users have, and prints what they hold as JSON."""

import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
folder = sys.argv[1]


def at(name):
    return os.path.join(folder, name)


def xes():
    import pm4py

    log = pm4py.read_xes(at("journeys.xes"))
    traces = log.groupby("case:concept:name", sort=False)
    return {
        "traces": {name: list(rows["concept:name"]) for name, rows in traces},
        "times": [time.isoformat() for time in log["time:timestamp"]],
        "transitions": sorted(set(log["lifecycle:transition"])),
        "groups": sorted(set(log["org:group"].dropna())),
        "scores": sorted(set(log["case:score"].dropna())),
    }


def ocel():
    import pm4py
    from pm4py.objects.ocel.validation import jsonocel

    schema = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ocel2-schema.json")
    log = pm4py.read_ocel2_json(at("journeys.ocel.json"))
    return {
        "isValid": jsonocel.apply(at("journeys.ocel.json"), schema),
        "objectTypes": sorted(pm4py.ocel_get_object_types(log)),
        "events": len(log.events),
        "objects": len(log.objects),
        "relations": len(log.relations),
        "qualifiers": sorted(set(log.relations["ocel:qualifier"])),
    }


def parquet():
    import pyarrow.parquet as reader

    tables = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".parquet"):
            table = reader.read_table(at(name))
            tables[name] = {
                "rows": table.num_rows,
                "types": {field.name: str(field.type) for field in table.schema},
            }
    return tables


print()
print(json.dumps({"xes": xes(), "ocel": ocel(), "parquet": parquet()}))
