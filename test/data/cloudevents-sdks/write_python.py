"""Writes what the Python SDK puts on the wire: python write_python.py > python.json"""
import base64, json
from datetime import datetime, timezone
from importlib.metadata import version
from cloudevents.core.v1.event import CloudEvent
from cloudevents.core.bindings import http, kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.v1.http import CloudEvent as OlderEvent, to_binary, to_structured
from cloudevents.v1.kafka import to_binary as older_kafka_binary, to_structured as older_kafka_structured

DATA = {"journeyId": "o-1", "journeyType": "order", "touchpoint": "Kasse Süd", "channel": "web", "outcome": "succeeded", "perception": 4.5}
ATTRIBUTES = {"id": "e-1", "source": "/shop", "type": "touchstone.moment.recorded.v1", "subject": "ada",
              "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "specversion": "1.0"}
TIME = datetime(2026, 3, 1, 9, 0, 0, 250000, tzinfo=timezone.utc)
messages = []

def b64(value):
    if value is None: return None
    return base64.b64encode(value if isinstance(value, (bytes, bytearray)) else str(value).encode()).decode()

def keep(transport, name, attributes, headers, body, without_data=False):
    messages.append({"transport": transport, "name": name, "subject": attributes["subject"], "withoutData": without_data,
                     "headers": [[n, b64(v)] for n, v in headers.items()], "body": b64(body)})

JSON_TYPE = {"datacontenttype": "application/json"}
beyond = {**ATTRIBUTES, "subject": "Noé 支払い €100%"}
bare = {**ATTRIBUTES, "type": "touchstone.referral.made.v1"}
fmt = JSONFormat()
for name, attributes, data in [("", {**ATTRIBUTES, **JSON_TYPE}, DATA), (", subject beyond ASCII", {**beyond, **JSON_TYPE}, DATA),
                               (", data as bytes", {**ATTRIBUTES, **JSON_TYPE}, json.dumps(DATA).encode()), (", without data", bare, None)]:
    event = lambda: CloudEvent(attributes={**attributes, "time": TIME}, data=data)
    for mode in ("binary", "structured"):
        message = getattr(http, f"to_{mode}")(event(), fmt)
        keep("http", mode + name, attributes, message.headers, message.body, data is None)
        message = getattr(kafka, f"to_{mode}")(event(), fmt)
        keep("kafka", mode + name, attributes, message.headers, message.value, data is None)

for name, attributes, data in [("", {**ATTRIBUTES, **JSON_TYPE}, DATA), (", data as bytes", {**ATTRIBUTES, **JSON_TYPE}, json.dumps(DATA).encode())]:
    older = lambda: OlderEvent({**attributes, "time": TIME.isoformat()}, data)
    for mode, http_write, kafka_write in (("binary", to_binary, older_kafka_binary), ("structured", to_structured, older_kafka_structured)):
        headers, body = http_write(older())
        keep("http", f"{mode}{name}, the API of 1.x", attributes, headers, body)
        if data is not DATA: continue  # Its Kafka writer takes no bytes.
        message = kafka_write(older())
        keep("kafka", f"{mode}{name}, the API of 1.x", attributes, message.headers, message.value)

print(json.dumps({"sdk": "cloudevents (PyPI)", "version": version("cloudevents"), "messages": messages}, indent=1))
