import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventDeserializer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads all that topics hold (arguments: host:port, topics) with a Kafka client and the SDK's deserializer. Prints a JSON object a message: where
 * it stands, and what was understood, or why it could not be read.
 */
public class ReadTopics {
  static final ObjectMapper JSON = new ObjectMapper();
  static final CloudEventDeserializer DESERIALIZER = new CloudEventDeserializer();

  public static void main(String[] arguments) {
    DESERIALIZER.configure(Map.of(), false);
    Map<String, Object> settings = Map.of("bootstrap.servers", arguments[0], "enable.auto.commit", false);
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (String topic : List.of(arguments).subList(1, arguments.length))
        consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> left = new HashMap<>(consumer.endOffsets(partitions));
      while (true) {
        left.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
        if (left.isEmpty()) return;
        consumer.poll(Duration.ofSeconds(1)).forEach(record -> System.out.println(lineOf(record)));
      }
    }
  }

  static String lineOf(ConsumerRecord<byte[], byte[]> record) {
    ObjectNode line = JSON.createObjectNode();
    line.put("topic", record.topic()).put("partition", record.partition()).put("offset", record.offset());
    line.set("read", JSON.createObjectNode().set("sdk", understood(record)));
    return line.toString();
  }

  static ObjectNode understood(ConsumerRecord<byte[], byte[]> record) {
    ObjectNode said = JSON.createObjectNode();
    try {
      CloudEvent event = DESERIALIZER.deserialize(record.topic(), record.headers(), record.value());
      said.put("specversion", event.getSpecVersion().toString()).put("id", event.getId()).put("source", event.getSource().toString());
      said.put("type", event.getType()).put("subject", event.getSubject());
      said.set("data", event.getData() == null ? null : JSON.readTree(new String(event.getData().toBytes(), StandardCharsets.UTF_8)));
      return said;
    } catch (Exception error) {
      return JSON.createObjectNode().put("error", String.valueOf(error.getMessage()));
    }
  }
}
