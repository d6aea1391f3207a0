package main

import (
	"context"
	"errors"
	"sync"

	"google.golang.org/grpc"

	"example.com/shouter/pluginv1"
)

type hostStream = grpc.BidiStreamingServer[pluginv1.HostAnswer, pluginv1.HostMessage]

// hostLine is what the plugin asks its host over, for several calls at the same time.
type hostLine struct {
	mutex  sync.Mutex
	stream hostStream
	last   uint64
	asked  map[uint64]chan *pluginv1.HostAnswer
}

// serve hands each answer to the call that waits for it, until the host ends the stream.
func (h *hostLine) serve(stream hostStream) {
	h.mutex.Lock()
	h.stream, h.asked = stream, map[uint64]chan *pluginv1.HostAnswer{}
	h.mutex.Unlock()
	for {
		answer, err := stream.Recv()
		if err != nil {
			return
		}
		h.mutex.Lock()
		if waiting, ok := h.asked[answer.GetId()]; ok {
			delete(h.asked, answer.GetId())
			waiting <- answer
		}
		h.mutex.Unlock()
	}
}

// lock waits for a resource, which the call then holds until it ends.
func (h *hostLine) lock(ctx context.Context, call uint64, name string) error {
	h.mutex.Lock()
	h.last++
	answers := make(chan *pluginv1.HostAnswer, 1)
	h.asked[h.last] = answers
	acquire := &pluginv1.Acquire{Id: h.last, Call: call, Name: name}
	err := h.stream.Send(&pluginv1.HostMessage{Message: &pluginv1.HostMessage_Acquire{Acquire: acquire}})
	h.mutex.Unlock()
	if err != nil {
		return err
	}
	select {
	case answer := <-answers:
		if failure := answer.GetFailure(); failure != nil {
			return errors.New(failure.GetMessage())
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
