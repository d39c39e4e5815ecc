// Writes what the Go SDK puts on the wire: go run write_go.go > go.json
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/IBM/sarama"
	kafka_sarama "github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

type message struct {
	Transport   string      `json:"transport"`
	Name        string      `json:"name"`
	Subject     string      `json:"subject"`
	WithoutData bool        `json:"withoutData"`
	Headers     [][2]string `json:"headers"`
	Body        *string     `json:"body"`
}

var messages []message

func must(err error) {
	if err != nil {
		panic(err)
	}
}
func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func event(kind, subject string) cloudevents.Event {
	e := cloudevents.NewEvent()
	e.SetID("e-1")
	e.SetSource("/shop")
	e.SetType(kind)
	e.SetSubject(subject)
	e.SetTime(time.Date(2026, 3, 1, 9, 0, 0, 250_000_000, time.UTC))
	e.SetExtension("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	return e
}

func keep(name, mode string, e cloudevents.Event, withoutData bool) {
	ctx := context.Background()
	if mode == "structured" {
		ctx = binding.WithForceStructured(ctx)
	} else {
		ctx = binding.WithForceBinary(ctx)
	}
	request, err := http.NewRequest("POST", "http://localhost/", bytes.NewReader(nil))
	must(err)
	must(cehttp.WriteRequest(ctx, binding.ToMessage(&e), request))
	var body []byte
	if request.Body != nil {
		body, err = io.ReadAll(request.Body)
		must(err)
	}
	// As net/http writes them: the bytes of the text.
	headers := [][2]string{}
	for n, values := range request.Header {
		for _, v := range values {
			headers = append(headers, [2]string{n, b64([]byte(v))})
		}
	}
	text := b64(body)
	messages = append(messages, message{"http", mode + name, e.Subject(), withoutData, headers, &text})

	produced := &sarama.ProducerMessage{}
	must(kafka_sarama.WriteProducerMessage(ctx, binding.ToMessage(&e), produced))
	headers = [][2]string{}
	for _, h := range produced.Headers {
		headers = append(headers, [2]string{string(h.Key), b64(h.Value)})
	}
	kept := message{"kafka", mode + name, e.Subject(), withoutData, headers, nil}
	if produced.Value != nil {
		value, err := produced.Value.Encode()
		must(err)
		if value != nil {
			text := b64(value)
			kept.Body = &text
		}
	}
	messages = append(messages, kept)
}

func main() {
	data := map[string]interface{}{"journeyId": "o-1", "journeyType": "order", "touchpoint": "Kasse Süd", "channel": "web", "outcome": "succeeded", "perception": 4.5}
	const moment = "touchstone.moment.recorded.v1"
	asBytes, err := json.Marshal(data)
	must(err)
	for _, mode := range []string{"binary", "structured"} {
		e := event(moment, "ada")
		must(e.SetData(cloudevents.ApplicationJSON, data))
		keep("", mode, e, false)
		e = event(moment, "Noé 支払い €")
		must(e.SetData(cloudevents.ApplicationJSON, data))
		keep(", subject beyond ASCII", mode, e, false)
		e = event(moment, "ada")
		must(e.SetData(cloudevents.ApplicationJSON, asBytes))
		keep(", data as bytes", mode, e, false)
		e = event(moment, "ada")
		must(e.SetData("text/json", data))
		keep(", text/json", mode, e, false)
		keep(", without data", mode, event("touchstone.referral.made.v1", "ada"), true)
	}
	first, second := event(moment, "ada"), event(moment, "ada")
	must(first.SetData(cloudevents.ApplicationJSON, data))
	second.SetID("e-2")
	must(second.SetData(cloudevents.ApplicationJSON, data))
	request, err := cehttp.NewHTTPRequestFromEvents(context.Background(), "http://localhost/", []cloudevents.Event{first, second})
	must(err)
	body, err := io.ReadAll(request.Body)
	must(err)
	text := b64(body)
	messages = append(messages, message{"http", "batch", "ada", false, [][2]string{{"Content-Type", b64([]byte(request.Header.Get("Content-Type")))}}, &text})
	version := ""
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == "github.com/cloudevents/sdk-go/v2" {
			version = d.Version
		}
	}
	out, err := json.MarshalIndent(map[string]interface{}{"sdk": "github.com/cloudevents/sdk-go/v2", "version": version, "messages": messages}, "", " ")
	must(err)
	fmt.Println(string(out))
}
