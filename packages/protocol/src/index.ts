export {
  BODY_THRESHOLD_BYTES,
  channelOf,
  CONTROL_LIMITS,
  GREETING_VALUES,
  FEATURES,
  HOOKS_ACTION,
  Kind,
  MOST_REQUESTS_OF_CALL,
  PROTOCOL_RANGE,
  STREAM_WINDOW_BYTES,
  STREAM_WINDOW_CHUNKS,
  type ActionDescription,
  type CacheDescription,
  type Channel,
  type DebugPayload,
  type ExampleDescription,
  type HelloPayload,
  type HookDescription,
  type HookEndingPayload,
  type HooksAnswer,
  type HooksInput,
  type HostMessage,
  type LogPayload,
  type PluginMessage,
  type ProgressPayload,
  type ReadyPayload,
  type RemoteFailure,
  type TraceContext,
  type WelcomePayload,
} from './messages.ts';
export { GroupKind, type GroupRequest } from './group-messages.ts';
export { TEMPLATE_FRAME_BYTES, TemplateKind, type TemplateRequest } from './template-messages.ts';
export { type DType, NdArray, type TypedArray } from './codec/array.ts';
export {
  BodyTooLargeError,
  CodecError,
  type CodecReason,
  FrameTooLargeError,
  TooManyValuesError,
} from './codec/codec-error.ts';
export { decode } from './codec/decode.ts';
export { FrameDecoder, type FrameDecoderOptions, type RefusedFrame } from './codec/frame-decoder.ts';
export { moveIntoMemory } from './codec/given-memory.ts';
export { encode, FrameEncoder, type FrameEncoderOptions } from './codec/frame-encoder.ts';
export { formatPath } from './codec/path.ts';
export { PreciseDate } from './codec/precise-date.ts';
