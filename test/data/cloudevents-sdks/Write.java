import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.PojoCloudEventData;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonCloudEventData;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.KafkaMessageFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.*;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.Base64;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes what the Java SDK puts on the wire: java -cp 'lib/*' Write.java VERSION > java.json */
public class Write {
  static final ObjectMapper JSON = new ObjectMapper();
  static final ArrayNode messages = JSON.createArrayNode();
  static final String DATA = "{\"journeyId\":\"o-1\",\"journeyType\":\"order\",\"touchpoint\":\"Kasse Süd\",\"channel\":\"web\",\"outcome\":\"succeeded\",\"perception\":4.5}";

  static CloudEventBuilder event(String type, String subject) {
    return CloudEventBuilder.v1().withId("e-1").withSource(URI.create("/shop")).withType(type).withSubject(subject)
        .withTime(OffsetDateTime.parse("2026-03-01T10:00:00.25+01:00"))
        .withExtension("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  }

  static String b64(byte[] bytes) { return bytes == null ? null : Base64.getEncoder().encodeToString(bytes); }

  static ObjectNode kept(String transport, String name, CloudEvent event) {
    ObjectNode message = messages.addObject();
    message.put("transport", transport).put("name", name).put("subject", event.getSubject()).put("withoutData", event.getData() == null);
    message.putArray("headers");
    return message;
  }

  static void header(ObjectNode message, String name, byte[] value) {
    ((ArrayNode) message.get("headers")).addArray().add(name).add(b64(value));
  }

  static void keep(String name, CloudEvent event) {
    for (boolean isBinary : new boolean[] {true, false}) {
      String mode = (isBinary ? "binary" : "structured") + name;
      ObjectNode http = kept("http", mode, event);
      http.put("body", "");
      var writer = HttpMessageFactory.createWriter((n, v) -> header(http, n, v.getBytes(StandardCharsets.UTF_8)), body -> http.put("body", body == null ? "" : b64(body)));
      if (isBinary) writer.writeBinary(event); else writer.writeStructured(event, JsonFormat.CONTENT_TYPE);
      ObjectNode kafka = kept("kafka", mode, event);
      var to = KafkaMessageFactory.<String>createWriter("touchstone.events", "ada");
      ProducerRecord<String, byte[]> record = isBinary ? to.writeBinary(event) : to.writeStructured(event, JsonFormat.CONTENT_TYPE);
      record.headers().forEach(h -> header(kafka, h.key(), h.value()));
      kafka.put("body", b64(record.value()));
    }
  }

  public static void main(String[] arguments) throws Exception {
    String moment = "touchstone.moment.recorded.v1";
    byte[] bytes = DATA.getBytes(StandardCharsets.UTF_8);
    keep("", event(moment, "ada").withData("application/json", JsonCloudEventData.wrap(JSON.readTree(DATA))).build());
    keep(", data as bytes", event(moment, "ada").withData("application/json", bytes).build());
    keep(", data as bytes, text/json", event(moment, "ada").withData("text/json", bytes).build());
    keep(", data as bytes, +json", event(moment, "ada").withData("application/vnd.shop+json", bytes).build());
    keep(", subject beyond ASCII", event(moment, "Noé 支払い €").withData("application/json", bytes).build());
    keep(", without data", event("touchstone.referral.made.v1", "ada").build());
    ObjectNode out = JSON.createObjectNode().put("sdk", "io.cloudevents (Maven)").put("version", arguments[0]);
    out.set("messages", messages);
    System.out.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(out));
    System.out.println();
  }
}
