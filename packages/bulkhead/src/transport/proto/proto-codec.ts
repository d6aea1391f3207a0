import { Buffer } from 'node:buffer';
import type { ActionDescription } from '@bulkhead/protocol';
import type { MethodDefinition, PackageDefinition } from '@grpc/proto-loader';
import type { LoadedContract } from '../../launcher/running-instance.ts';
import type { Answer, CallCodec, CodedCall, WrittenCall } from '../typed/call-codec.ts';
import type { FileDescriptor } from './descriptors.ts';
import { fromMessage } from './from-message.ts';
import { schemaOf } from './json-schema.ts';
import { type MessageShape, Shapes } from './shapes.ts';
import { toMessage } from './to-message.ts';

interface Method {
  readonly definition: MethodDefinition<object, object>;
  readonly input: MessageShape;
  readonly output: MessageShape;
}

type Methods = Readonly<Record<string, MethodDefinition<object, object>>>;

/** Calls of whatever service: each method is an action, its request the input. */
export class ProtoCodec implements CallCodec {
  readonly codes = {};
  readonly cancel = undefined;
  readonly #methods: ReadonlyMap<string, Method>;

  constructor({ definition, files = [] }: LoadedContract) {
    this.#methods = methodsOf(definition as PackageDefinition, files as readonly FileDescriptor[]);
  }

  get actions(): readonly string[] {
    return [...this.#methods.keys()];
  }

  /** The full names of all services. */
  get services(): readonly string[] {
    return [...new Set([...this.#methods.values()].map(({ definition }) => definition.path.split('/')[1] ?? ''))];
  }

  get descriptions(): Record<string, ActionDescription> {
    return Object.fromEntries([...this.#methods].map(([name, method]) => [name, descriptionOf(method)]));
  }

  write({ action, input }: CodedCall): WrittenCall | undefined {
    const method = this.#methods.get(action);
    if (method === undefined) return undefined;
    const { path, responseStream, requestSerialize } = method.definition;
    const bytes = requestSerialize(toMessage(input ?? {}, method.input) as object);
    return { path, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), isStream: responseStream };
  }

  read(action: string, answer: Buffer): Answer {
    const { definition, output } = this.#methods.get(action) as Method;
    try {
      return { result: fromMessage(definition.responseDeserialize(answer), output) };
    } catch (cause) {
      throw new Error(`it is no ${output.name}: ${(cause as Error).message}`, { cause });
    }
  }
}

/** By the names of their actions. Those that take a stream of requests are left out. */
function methodsOf(definition: PackageDefinition, files: readonly FileDescriptor[]): ReadonlyMap<string, Method> {
  const shapes = new Shapes(files);
  const services = files.flatMap((file) =>
    (file.service ?? []).map((service) => ({
      ...service,
      full: [file.package, service.name].filter(Boolean).join('.'),
    })),
  );
  const methods = new Map<string, Method>();
  for (const { name, full, method = [] } of services) {
    const isOneOfSeveral = services.some((other) => other.full !== full && other.name === name);
    const prefix = services.length === 1 ? '' : `${isOneOfSeveral ? full : name}.`;
    for (const { name: action, inputType, outputType, clientStreaming } of method) {
      if (clientStreaming === true) continue;
      const defined = (definition[full] as Methods)[action] as MethodDefinition<object, object>;
      const [input, output] = [shapes.message(inputType), shapes.message(outputType)];
      methods.set(`${prefix}${action}`, { definition: defined, input, output });
    }
  }
  return methods;
}

function descriptionOf({ definition, input, output }: Method): ActionDescription {
  const { responseStream, options } = definition;
  const isIdempotent = options.idempotency_level !== undefined && options.idempotency_level !== 'IDEMPOTENCY_UNKNOWN';
  return {
    input: schemaOf(input),
    output: schemaOf(output),
    ...(responseStream ? { stream: true } : {}),
    ...(isIdempotent ? { idempotent: true } : {}),
  };
}
