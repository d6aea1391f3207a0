import type { HostMessage, PluginMessage } from '@bulkhead/protocol';
import type { BulkheadError } from '../errors/bulkhead-error.ts';
import type { CallReceiver } from './call-receiver.ts';

/** Takes the messages of one kind. Returns the mistake in a message that breaks the protocol, which ends the connection. */
export type MessageHandler<Kind extends PluginMessage[0]> = (
  message: PluginMessage & { readonly 0: Kind },
) => string | undefined;

export type MessageHandlers = { readonly [Kind in PluginMessage[0]]?: MessageHandler<Kind> };

/** A capability of a session, such as streams: the messages that it takes, and how it hears of the ends of calls. */
export interface SessionPart {
  readonly handles: MessageHandlers;
  /** The host has cancelled the call; the plugin may still work on it. */
  givenUp?(call: number): void;
  /** The host has settled the call. */
  over?(call: number): void;
  /** The plugin has answered the call, which is `over`: it holds its leases no longer. */
  answered?(call: number): void;
  /** The connection is lost. */
  lost?(error: BulkheadError): void;
}

/** A session, as its parts see it. */
export interface Conversation {
  readonly plugin: string;
  /** The calls that the plugin has not answered, by their ids. */
  readonly calls: ReadonlyMap<number, CallReceiver>;
  /** @returns the message's size in bytes; 0 when the connection is closed. @throws CodecError */
  send(message: HostMessage): number;
  /** Resolves when the data channel accepts more. */
  readonly writable: Promise<void>;
  /** Asks for a call to end. */
  cancel(call: number): void;
}
