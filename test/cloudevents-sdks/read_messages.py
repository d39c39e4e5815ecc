"""Reads messages (a JSON object a line: headers, key, value) with both Kafka bindings of the Python SDK and prints what they understood."""

import json
import sys

from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from cloudevents.v1.kafka import KafkaMessage as FirstKafkaMessage
from cloudevents.v1.kafka import from_structured as first_from_structured


def understood(attributes, data):
    names = ("specversion", "id", "source", "type", "subject")
    return {**{name: attributes.get(name) for name in names}, "data": data}


for line in sys.stdin:
    message = json.loads(line)
    headers = {name: text.encode() for name, text in message["headers"].items()}
    value = None if message["value"] is None else message["value"].encode()
    event = from_kafka_event(KafkaMessage(headers=headers, key=message["key"], value=value))
    first = first_from_structured(FirstKafkaMessage(headers, message["key"], value))
    print(
        json.dumps(
            {
                "core": understood(event.get_attributes(), event.get_data()),
                "v1": understood(first.get_attributes(), first.get_data()),
            }
        )
    )
