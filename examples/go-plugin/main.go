// A server of HashiCorp's go-plugin. It knows nothing of Bulkhead: any host of go-plugin can start it.
//
// kvpb was generated from kv.proto:
//
//	protoc --go_out=. --go_opt=module=example.com/kv --go-grpc_out=. --go-grpc_opt=module=example.com/kv kv.proto
package main

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"example.com/kv/kvpb"
)

// The registry's limits hold, not the 4 MB of gRPC.
const largestMessage = 1 << 30

// The same stand in plugins.yaml: the cookie in `env`, the version in `protocol_versions`, where it is not 1.
var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "KV_PLUGIN", MagicCookieValue: "hello"}

type kv struct {
	kvpb.UnimplementedKVServer

	mutex  sync.Mutex
	values map[string][]byte
}

func (s *kv) Put(_ context.Context, request *kvpb.PutRequest) (*kvpb.PutResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.values[request.GetKey()] = request.GetValue()
	fmt.Println("put", request.GetKey()) // go-plugin passes on what is printed
	return &kvpb.PutResponse{}, nil
}

func (s *kv) Get(_ context.Context, request *kvpb.GetRequest) (*kvpb.GetResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	value, ok := s.values[request.GetKey()]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "there is no %s", request.GetKey())
	}
	return &kvpb.GetResponse{Value: value}, nil
}

func (s *kv) List(_ *kvpb.ListRequest, stream kvpb.KV_ListServer) error {
	s.mutex.Lock()
	keys := make([]string, 0, len(s.values))
	for key := range s.values {
		keys = append(keys, key)
	}
	s.mutex.Unlock()
	slices.Sort(keys)
	for _, key := range keys {
		if err := stream.Send(&kvpb.ListResponse{Key: key}); err != nil {
			return err
		}
	}
	return nil
}

// served is what go-plugin wants of a plugin: how it is put on a server of gRPC.
type served struct {
	plugin.NetRPCUnsupportedPlugin

	server *kv
}

func (p *served) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	kvpb.RegisterKVServer(server, p.server)
	return nil
}

func (p *served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil // Bulkhead is the client
}

func main() {
	logger := hclog.New(&hclog.LoggerOptions{Name: "kv", JSONFormat: true, Level: hclog.Info})
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         plugin.PluginSet{"kv": &served{server: &kv{values: map[string][]byte{}}}},
		Logger:          logger,
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return plugin.DefaultGRPCServer(append(options, grpc.MaxRecvMsgSize(largestMessage)))
		},
	})
	logger.Info("has kept enough", "go", true)
}
