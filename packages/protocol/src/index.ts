export {
  BODY_THRESHOLD_BYTES, channelOf, FEATURES, Kind, PROTOCOL_RANGE,
  type ActionDescription, type Channel, type HelloPayload, type HostMessage, type LogPayload, type PluginMessage,
  type ReadyPayload, type RemoteFailure, type WelcomePayload,
} from './messages.ts';
