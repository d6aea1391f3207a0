// Measures go-plugin from a host in Go, with a plugin in Python over gRPC: the same steps as measure.ts, a command a line in, an
// answer a line out.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

const starts = 5

// raw carries bytes as they are: what is left to measure is go-plugin and gRPC.
type raw struct{}

func (raw) Name() string                           { return "raw" }
func (raw) Marshal(value any) ([]byte, error)      { return *(value.(*[]byte)), nil }
func (raw) Unmarshal(data []byte, value any) error { *(value.(*[]byte)) = data; return nil }

// connection gives the host the gRPC connection itself.
type connection struct{ plugin.Plugin }

func (connection) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }
func (connection) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

type worker struct {
	client *plugin.Client
	conn   *grpc.ClientConn
}

func start() (*worker, error) {
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "BENCH", MagicCookieValue: "echo"},
		Plugins:          plugin.PluginSet{"echo": connection{}},
		Cmd:              exec.Command(os.Args[1], os.Args[2]),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
		GRPCDialOptions: []grpc.DialOption{grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(1<<30), grpc.MaxCallSendMsgSize(1<<30))},
	})
	protocol, err := client.Client()
	if err != nil {
		return nil, err
	}
	conn, err := protocol.Dispense("echo")
	if err != nil {
		return nil, err
	}
	started := &worker{client, conn.(*grpc.ClientConn)}
	_, err = started.echo([]byte("first"))
	return started, err
}

func (w *worker) echo(data []byte) ([]byte, error) {
	var answer []byte
	err := w.conn.Invoke(context.Background(), "/bench.Echo/Unary", &data, &answer, grpc.ForceCodec(raw{}))
	return answer, err
}

func (w *worker) structured() error {
	text, err := json.Marshal(map[string]any{"id": 12345, "name": "a plugin", "tags": []string{"red", "green", "blue"},
		"point": map[string]float64{"x": 1.5, "y": -2.25}, "ok": true, "none": nil})
	if err != nil {
		return err
	}
	answer, err := w.echo(text)
	if err != nil {
		return err
	}
	var value any
	return json.Unmarshal(answer, &value)
}

func repeat(call func() error, limit time.Duration, most int) ([]float64, error) {
	var durations []float64
	for end := time.Now().Add(limit); ; {
		began := time.Now()
		if err := call(); err != nil {
			return nil, err
		}
		durations = append(durations, float64(time.Since(began).Nanoseconds())/1e3)
		if len(durations) >= most || time.Now().After(end) {
			return durations, nil
		}
	}
}

func (w *worker) repeated(size int, limit time.Duration, most int) ([]float64, error) {
	data := bytes.Repeat([]byte("x"), size)
	if answer, err := w.echo(data); err != nil || !bytes.Equal(answer, data) {
		return nil, fmt.Errorf("%d bytes came back different: %v", size, err)
	}
	return repeat(func() error { _, err := w.echo(data); return err }, limit, most)
}

func (w *worker) rate(inFlight int) []float64 {
	data := bytes.Repeat([]byte("x"), 64)
	began := time.Now()
	var done atomic.Int64
	var callers sync.WaitGroup
	for range inFlight {
		callers.Add(1)
		go func() {
			defer callers.Done()
			for time.Since(began) < 250*time.Millisecond {
				if _, err := w.echo(data); err == nil {
					done.Add(1)
				}
			}
		}()
	}
	callers.Wait()
	return []float64{float64(done.Load()) / time.Since(began).Seconds()}
}

// kill halts the worker, so that the call can't end, calls it, and kills it.
func (w *worker) kill() string {
	pid := w.client.ReattachConfig().Pid
	_ = syscall.Kill(pid, syscall.SIGSTOP)
	began := time.Now()
	seen := make(chan string, 1)
	go func() {
		_, err := w.echo([]byte("in the middle"))
		seen <- fmt.Sprint(err)
	}()
	time.Sleep(200 * time.Millisecond)
	_ = syscall.Kill(pid, syscall.SIGKILL)
	select {
	case text := <-seen:
		return fmt.Sprintf("%s (after %d ms)", text, (time.Since(began) - 200*time.Millisecond).Milliseconds())
	case <-time.After(5 * time.Second):
		return "nothing: the call was still open after 5 s"
	}
}

var current *worker

// measureStarts: the first is not counted, as for the others.
func measureStarts() ([]float64, error) {
	var durations []float64
	for range starts + 1 {
		if current != nil {
			current.client.Kill()
		}
		began := time.Now()
		var err error
		if current, err = start(); err != nil {
			return nil, err
		}
		durations = append(durations, float64(time.Since(began).Microseconds())/1e3)
	}
	return durations[1:], nil
}

func step(command string) (any, error) {
	var inFlight int
	if count, _ := fmt.Sscanf(command, "%d in flight", &inFlight); count == 1 && strings.HasSuffix(command, "in flight") {
		return current.rate(inFlight), nil
	}
	switch command {
	case "what":
		return "HashiCorp's go-plugin: a host in Go and a plugin in Python over gRPC, unary, bytes as they are; structured: JSON", nil
	case "starts":
		return measureStarts()
	case "one by one":
		return current.repeated(64, 250*time.Millisecond, 1000)
	case "structured":
		return repeat(current.structured, 100*time.Millisecond, 500)
	case "4 KiB":
		return current.repeated(4<<10, 100*time.Millisecond, 500)
	case "1 MiB":
		return current.repeated(1<<20, 150*time.Millisecond, 50)
	case "100 MiB":
		return current.repeated(100<<20, 0, 1)
	case "kill":
		return current.kill(), nil
	}
	return nil, nil
}

func main() {
	defer plugin.CleanupClients()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		value, err := step(lines.Text())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		text, _ := json.Marshal(value)
		fmt.Printf("ANSWER %s\n", text)
	}
	if current != nil {
		current.client.Kill()
	}
}
