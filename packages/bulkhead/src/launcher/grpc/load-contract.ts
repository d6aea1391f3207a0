import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Options } from '@grpc/proto-loader';
import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { checkProtoFiles } from './check-proto-files.ts';
import { loadOptional } from '../optional-package.ts';
import type { LoadedContract } from '../running-instance.ts';

const CONTRACT = '@bulkhead/protocol/proto/bulkhead/plugin/v1/plugin.proto';
/** Comes with the package: what describes .proto files, as messages. */
const DESCRIPTOR = 'google/protobuf/descriptor.proto';
const FILE = 'google.protobuf.FileDescriptorProto';

/** Its `load`, which does not block, throws where nobody can catch it when a file names a message that there is not. */
interface Loader {
  loadSync(file: string, options: Options): Definition;
}

type Definition = Readonly<Record<string, unknown>>;

/** What is read of a service: its methods. */
type Methods = Readonly<Record<string, Method>>;

interface Method {
  readonly requestStream: boolean;
  readonly requestType: { readonly fileDescriptorProtos: readonly Buffer[] };
}

/** The methods and messages that the plugin serves. @throws BulkheadError `TRANSPORT_PACKAGE_MISSING`, `PROTO_INVALID` */
export async function loadContract({ id, folder, launch }: PluginSpec): Promise<LoadedContract> {
  const { transport, proto } = launch;
  const loader = await loadOptional<Loader>({ plugin: id, transport, package: '@grpc/proto-loader' });
  if (proto !== undefined) return await loadProto(loader, id, folder, proto);
  const file = fileURLToPath(import.meta.resolve(CONTRACT));
  return { definition: loader.loadSync(file, { longs: Number, enums: String, oneofs: true }) };
}

async function loadProto(loader: Loader, plugin: string, folder: string, proto: string): Promise<LoadedContract> {
  const file = join(folder, proto);
  const invalid = (reason: string, cause?: unknown): BulkheadError =>
    new BulkheadError('PROTO_INVALID', { plugin, file, reason: asReason(reason) }, { cause });
  // names as they are written; what the service imports lies beside it, or in the plugin's folder
  const options = { keepCase: true, enums: String, includeDirs: [folder, dirname(file)] };
  let definition: Definition;
  try {
    await checkProtoFiles(file, options.includeDirs);
    definition = loader.loadSync(file, options);
  } catch (cause) {
    throw invalid((cause as Error).message, cause);
  }
  const method = Object.values(definition)
    .filter(isService)
    .flatMap((service) => Object.values(service))
    .find(({ requestStream }) => !requestStream);
  if (method === undefined) throw invalid('it describes no service with a method that takes one message');
  const descriptor = loader.loadSync(DESCRIPTOR, { enums: String })[FILE] as {
    deserialize(bytes: Buffer): object;
  };
  const files = method.requestType.fileDescriptorProtos.map((bytes) => descriptor.deserialize(bytes));
  return { definition, files };
}

/** Messages and enums say of what format their description is. */
function isService(described: unknown): described is Methods {
  return !Object.hasOwn(described as object, 'format');
}
