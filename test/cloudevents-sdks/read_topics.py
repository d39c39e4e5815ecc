"""Reads all that topics hold (arguments: host:port, topics) with a Kafka client and both Kafka bindings of the Python SDK.

Prints a JSON object a message: where it stands, and what each binding understood, or why it could not read it.
"""

import json
import sys

from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from cloudevents.v1.kafka import KafkaMessage as FirstKafkaMessage
from cloudevents.v1.kafka import from_structured as first_from_structured
from kafka import KafkaConsumer, TopicPartition

NAMES = ("specversion", "id", "source", "type", "subject")


def read_by_core(record):
    headers = dict(record.headers)
    event = from_kafka_event(KafkaMessage(headers=headers, key=record.key, value=record.value))
    return event.get_attributes(), event.get_data()


def read_by_v1(record):
    event = first_from_structured(FirstKafkaMessage(dict(record.headers), record.key, record.value))
    return event.get_attributes(), event.get_data()


def understood(read, record):
    try:
        attributes, data = read(record)
    except Exception as error:
        return {"error": str(error)}
    return {**{name: attributes.get(name) for name in NAMES}, "data": data}


address, *topics = sys.argv[1:]
consumer = KafkaConsumer(bootstrap_servers=address, enable_auto_commit=False)
partitions = [TopicPartition(topic, n) for topic in topics for n in consumer.partitions_for_topic(topic)]
consumer.assign(partitions)
consumer.seek_to_beginning()
ends = consumer.end_offsets(partitions)
while any(consumer.position(partition) < ends[partition] for partition in partitions):
    for records in consumer.poll(1000).values():
        for record in records:
            place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            read = {"core": understood(read_by_core, record), "v1": understood(read_by_v1, record)}
            print(json.dumps({**place, "read": read}))
