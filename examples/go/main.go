// A plugin in Go. All that it knows of Bulkhead is plugin.proto, from which pluginv1 was generated:
//
//	protoc -I packages/protocol/proto --go_out=. --go_opt=module=example.com/shouter \
//	  --go_opt=Mbulkhead/plugin/v1/plugin.proto=example.com/shouter/pluginv1 \
//	  --go-grpc_out=. --go-grpc_opt=module=example.com/shouter \
//	  --go-grpc_opt=Mbulkhead/plugin/v1/plugin.proto=example.com/shouter/pluginv1 \
//	  bulkhead/plugin/v1/plugin.proto
package main

import (
	"context"
	"log"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"example.com/shouter/pluginv1"
)

// The registry's limits hold, not the 4 MB of gRPC.
const largestMessage = 1 << 30

type shouter struct {
	pluginv1.UnimplementedPluginServer

	stop    func()
	host    hostLine
	mark    string
	mutex   sync.Mutex
	running map[uint64]context.CancelFunc
}

func (s *shouter) Handshake(context.Context, *pluginv1.HandshakeRequest) (*pluginv1.HandshakeResponse, error) {
	return &pluginv1.HandshakeResponse{Protocol: 1, Language: "go", LanguageVersion: runtime.Version()}, nil
}

// Initialize is given `config` of the registry.
func (s *shouter) Initialize(_ context.Context, request *pluginv1.InitializeRequest) (*pluginv1.InitializeResponse, error) {
	s.mark = "!"
	if mark, ok := request.GetConfiguration().GetValue().GetStructValue().GetFields()["mark"]; ok {
		s.mark = mark.GetStringValue()
	}
	metadata, err := structpb.NewValue(map[string]any{"version": "1.0.0"})
	if err != nil {
		return nil, err
	}
	return &pluginv1.InitializeResponse{
		Metadata: dataOf(metadata),
		Actions: map[string]*pluginv1.Action{
			"execute": {Description: "Shouts a text.", Idempotent: true},
			"echo":    {Description: "Says a text again and again, each time shorter.", Stream: true},
			"sleep":   {Description: "Does nothing for a number of seconds."},
			"alone":   {Description: "Shouts a text while nobody else does: it holds the resource megaphone."},
		},
		Hooks: []*pluginv1.Hook{{Event: "before_print", Name: "shout"}},
	}, nil
}

func (s *shouter) Execute(ctx context.Context, request *pluginv1.ExecuteRequest) (*pluginv1.ExecuteResponse, error) {
	ctx, done := s.begin(ctx, request.GetCall())
	defer done()
	input := request.GetInput().GetValue()
	switch request.GetAction() {
	case "execute":
		return s.shout(input)
	case "alone":
		if err := s.host.lock(ctx, request.GetCall(), "megaphone"); err != nil {
			return nil, status.Error(codes.Unavailable, err.Error())
		}
		return s.shout(input)
	case "@hooks":
		return s.runHooks(input.GetStructValue().GetFields())
	case "sleep":
		select {
		case <-time.After(time.Duration(input.GetNumberValue() * float64(time.Second))):
			return resultOf(structpb.NewNullValue()), nil
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		}
	}
	return nil, status.Errorf(codes.NotFound, "there is no action %s", request.GetAction())
}

func (s *shouter) shout(input *structpb.Value) (*pluginv1.ExecuteResponse, error) {
	text, ok := input.GetKind().(*structpb.Value_StringValue)
	if !ok {
		return nil, status.Error(codes.InvalidArgument, "expected a text")
	}
	return resultOf(structpb.NewStringValue(strings.ToUpper(text.StringValue) + s.mark)), nil
}

// runHooks runs those that the host names, one after the other; there is only one, whose data is a text.
func (s *shouter) runHooks(input map[string]*structpb.Value) (*pluginv1.ExecuteResponse, error) {
	count := len(input["hooks"].GetListValue().GetValues())
	answer, err := structpb.NewValue(map[string]any{
		"completed": count,
		"data":      strings.ToUpper(input["data"].GetStringValue()) + s.mark,
	})
	if err != nil {
		return nil, err
	}
	return resultOf(answer), nil
}

func (s *shouter) ExecuteStream(request *pluginv1.ExecuteRequest, stream grpc.ServerStreamingServer[pluginv1.ExecuteResponse]) error {
	ctx, done := s.begin(stream.Context(), request.GetCall())
	defer done()
	for text := []rune(request.GetInput().GetValue().GetStringValue()); len(text) > 0; text = text[1:] {
		if ctx.Err() != nil {
			return status.FromContextError(ctx.Err()).Err()
		}
		if err := stream.Send(resultOf(structpb.NewStringValue(string(text)))); err != nil {
			return err
		}
	}
	return nil
}

func (s *shouter) Cancel(_ context.Context, request *pluginv1.CancelRequest) (*pluginv1.CancelResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if cancel, ok := s.running[request.GetCall()]; ok {
		cancel()
	}
	return &pluginv1.CancelResponse{}, nil
}

func (s *shouter) Cleanup(context.Context, *pluginv1.CleanupRequest) (*pluginv1.CleanupResponse, error) {
	log.Print("has shouted enough")
	return &pluginv1.CleanupResponse{}, nil
}

// Host carries what this plugin asks of its host. It ends with the host, also with one that was killed.
func (s *shouter) Host(stream grpc.BidiStreamingServer[pluginv1.HostAnswer, pluginv1.HostMessage]) error {
	s.host.serve(stream)
	go s.stop()
	return nil
}

// begin makes a call one that Cancel finds.
func (s *shouter) begin(ctx context.Context, call uint64) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.running[call] = cancel
	return ctx, func() {
		cancel()
		s.mutex.Lock()
		defer s.mutex.Unlock()
		delete(s.running, call)
	}
}

func dataOf(value *structpb.Value) *pluginv1.Data {
	return &pluginv1.Data{Form: &pluginv1.Data_Value{Value: value}}
}

func resultOf(value *structpb.Value) *pluginv1.ExecuteResponse {
	return &pluginv1.ExecuteResponse{Outcome: &pluginv1.ExecuteResponse_Result{Result: dataOf(value)}}
}

func main() {
	log.SetFlags(0)
	listener, err := net.Listen("unix", strings.TrimPrefix(os.Getenv("BULKHEAD_ADDRESS"), "unix:"))
	if err != nil {
		log.Fatal("this is a plugin, which a Bulkhead host starts: ", err)
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(largestMessage))
	pluginv1.RegisterPluginServer(server, &shouter{stop: server.Stop, running: map[uint64]context.CancelFunc{}})
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())

	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	go func() {
		<-ended
		server.Stop()
	}()
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
