import { count, exactly, oneOf, text, trueOrFalse } from '../checks/scalars.ts';
import { eitherOf, listOf, mappingWith, recordOf } from '../checks/structures.ts';
import {
  asWritten,
  type Field,
  type InRegistry,
  type InSpec,
  type OnlyInManifest,
  type OptionalField,
} from './field.ts';
import { ADDRESS, ADDRESS_OR_ANY_PORT, AN_ADDRESS } from '../address.ts';
import { isCurveKey } from '../../lifecycle/z85.ts';
import { staysInside } from '../stays-inside.ts';
import * as permissionFields from './launch/permissions.ts';
import * as resourceFields from './launch/resources.ts';
import { mappingOf } from './mapping.ts';
import { mergeFields } from './merge-fields.ts';

/** How an instance comes into being: `spec.launch`. */

/** A file or a module. */
export interface EntryPoint {
  /** Relative to the plugin's folder. */
  readonly file: string | undefined;
  readonly module: string | undefined;
  /** Of a class in the module. */
  readonly className: string | undefined;
}

const A_CURVE = 'off, or the key of the service such as { server_key: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID" }';
/** The pattern is for editors: not every text of these characters is Z85. */
const serverKey = text(A_CURVE, /^[0-9A-Za-z.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/, { accepts: isCurveKey });
const A_SECRET_KEY = 'a variable that holds the key such as ${env:CLIENT_SECRET_KEY}, not the key itself';
const clientSecretKey = text(A_SECRET_KEY, /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/);

type CurveKeys = { readonly server_key: string; readonly client_secret_key?: string | undefined };
const curveKeys = mappingWith<CurveKeys>(
  { server_key: { check: serverKey, required: true }, client_secret_key: { check: clientSecretKey } },
  A_CURVE,
);

const AN_ENTRY_POINT =
  "a file inside the plugin's folder such as plugin.py, a module such as package.plugin, or a class in one such as package.plugin:Plugin";

export const entry_point: Field<'entryPoint', string, EntryPoint> & OnlyInManifest = {
  into: 'entryPoint',
  check: text(AN_ENTRY_POINT, /^[^\0]+$/, { accepts: isEntryPoint }),
  where: 'manifest',
  default: 'plugin.py',
  read: entryPoint,
  description:
    "What is run: a file inside the plugin's folder, a module (`package.plugin`), or a class in one (`package.plugin:Plugin`). See [Entry points](writing-a-plugin.md#entry-points).",
};

export const isolation: Field<'isolation', 'thread' | 'process' | 'docker'> = {
  into: 'isolation',
  check: oneOf(['thread', 'process', 'docker'], 'thread, process or docker'),
  default: 'process',
  read: asWritten,
  description:
    'What keeps an instance apart: `thread`, for trusted plugins that [share one process](isolation.md#threads); `process`; or `docker`, a [container](containers.md) of its own.',
};

export const start: Field<'start', 'auto' | 'spawn' | 'fork'> = {
  into: 'start',
  check: oneOf(['auto', 'spawn', 'fork'], 'auto, spawn or fork'),
  default: 'auto',
  read: asWritten,
  description:
    '`spawn`: each instance imports the plugin. `fork`: a template imports it once, and is forked. `auto`: see [Forking](registry.md#forking).',
};

export const transport: Field<'transport', 'socket' | 'stdio' | 'grpc' | 'go-plugin' | 'zeromq'> = {
  into: 'transport',
  check: oneOf(['socket', 'stdio', 'grpc', 'go-plugin', 'zeromq'], 'socket, stdio, grpc, go-plugin or zeromq'),
  default: 'socket',
  read: asWritten,
  description:
    "What carries calls and answers: `socket`; `stdio`, standard input and output; `grpc`; `go-plugin`, gRPC as HashiCorp's library has it; or `zeromq`. See [Transports](transports.md).",
};

const A_COMMAND = 'a program and its arguments such as [ssh, worker.example.com, python3, plugin.py]';

export const command: OptionalField<'command', readonly string[]> = {
  into: 'command',
  check: listOf(text(A_COMMAND, /^[^\0]+$/), A_COMMAND, 1),
  otherwise: '–',
  read: asWritten,
  description:
    'Starts the plugin in place of Bulkhead: [any program](transports.md#any-program) that speaks over its `transport`. No packages are installed for it.',
};

const A_PROTO_FILE = "a .proto file inside the plugin's folder such as kv.proto";

export const proto: OptionalField<'proto', string> = {
  into: 'proto',
  check: text(A_PROTO_FILE, /^[^\0]+\.proto$/, { accepts: staysInside }),
  otherwise: "the plugin serves Bulkhead's [typed service](transports.md#a-typed-service)",
  read: asWritten,
  description:
    "With grpc or go-plugin, and a `command`: the `.proto` file of [the plugin's own service](transports.md#any-service), relative to its folder. Each method is an action.",
};

const PROTOCOL_VERSIONS = "versions of the plugin's own protocol such as [1, 2]";

export const protocol_versions: Field<'protocolVersions', readonly number[]> = {
  into: 'protocolVersions',
  check: listOf(count(PROTOCOL_VERSIONS, 0, 2 ** 31 - 1), PROTOCOL_VERSIONS, 1),
  default: [1],
  read: asWritten,
  description:
    'With go-plugin: the versions of the protocol of the plugin that the host speaks, the `ProtocolVersion` of its `HandshakeConfig`. The plugin takes the highest that it has.',
};

export const pattern: OptionalField<'pattern', 'session' | 'rep'> = {
  into: 'pattern',
  check: oneOf(['session', 'rep'], 'session or rep'),
  otherwise: '`session`; with grpc and a `command` the [typed service](transports.md#a-typed-service)',
  read: asWritten,
  description:
    'With zeromq, and with grpc and a `command`: `session` is what the SDK speaks; `rep`, of zeromq, is [a service without it](transports.md#services-without-the-sdk), whose REP socket answers one request after the other.',
};

export const codec: Field<'codec', 'json' | 'msgpack'> = {
  into: 'codec',
  check: oneOf(['json', 'msgpack'], 'json or msgpack'),
  default: 'json',
  read: asWritten,
  description: 'With `pattern: rep`: what requests and answers are written in.',
};

export const binds: OptionalField<'binds', string> = {
  into: 'binds',
  check: text(AN_ADDRESS, ADDRESS),
  otherwise: 'the plugin binds what its variable `BULKHEAD_ADDRESS` says',
  read: asWritten,
  description:
    'With `pattern: rep`: where the code of the service binds, if that stands in it. Bulkhead starts the service, and connects there.',
};

export const address: OptionalField<'address', string> = {
  into: 'address',
  check: text(`${AN_ADDRESS}; with pattern: session also tcp://127.0.0.1:*`, ADDRESS_OR_ANY_PORT),
  otherwise: 'a socket in a folder that only its user may enter',
  read: asWritten,
  description:
    'With `pattern: rep`: of a service that runs already, which Bulkhead neither starts nor ends. With `pattern: session`: where Bulkhead listens, over TCP; `*` is any port that is free.',
};

export const curve: OptionalField<'curve', 'off' | CurveKeys> = {
  into: 'curve',
  check: eitherOf([exactly('off', A_CURVE), curveKeys], A_CURVE),
  otherwise:
    'with `pattern: session` Bulkhead makes keys for TCP; with `rep` nothing is encrypted, on this machine only',
  read: asWritten,
  description:
    'With zeromq: `{ server_key: … }` is the public key of the service at the address. `client_secret_key: ${env:NAME}` beside it is the key by which [the service knows the host](transports.md#services-that-know-their-clients). `off` lets calls and answers go [in the clear](transports.md#encryption), beyond this machine as well.',
};

export const env: Field<'variables', Readonly<Record<string, string>>> = {
  into: 'variables',
  check: recordOf(
    text('the name of an environment variable: letters, digits and "_"', /^[A-Za-z_][A-Za-z0-9_]*$/),
    // What one variable may hold on Linux (MAX_ARG_STRLEN), less room for its name.
    text('text', /^[^\0]*$/, { longest: 120_000 }),
    'a mapping of names to text',
  ),
  default: {},
  read: asWritten,
  description:
    "Environment variables of the plugin; the values are text. `${env:NAME}` is [replaced](registry.md#secrets) by the host's. [Which others it sees](variables.md).",
};

export const env_from_host: Field<'variablesFromHost', readonly string[]> = {
  into: 'variablesFromHost',
  check: listOf(
    text(
      'the name of an environment variable, or the beginning of names such as SLURM_*',
      /^[A-Za-z_][A-Za-z0-9_]*\*?$/,
    ),
    'a list of environment variables such as [DATABASE_URL, SLURM_*]',
  ),
  default: [],
  read: asWritten,
  description:
    'Environment variables of the host that the plugin sees as well, besides [those that always pass](variables.md). `SLURM_*` means all that begin so.',
};

export const image: OptionalField<'image', string> = {
  into: 'image',
  check: text('the name of an image such as name:tag', /^[A-Za-z0-9](?:[A-Za-z0-9_.:@-]|\/(?!\/|\.))*$/),
  otherwise: '–',
  read: asWritten,
  description: 'Docker only: the [image](containers.md#images) to run.',
};

export const image_command: Field<'imageCommand', boolean> = {
  into: 'imageCommand',
  check: trueOrFalse(),
  default: false,
  read: asWritten,
  description:
    'Docker only: the image starts the plugin by its own `ENTRYPOINT` and `CMD`, with the SDK that is [installed in it](containers.md#an-image-that-starts-its-plugin-itself); else Bulkhead does, with its own SDK.',
};

export const resources: Field<'resources', InRegistry<typeof resourceFields>, InSpec<typeof resourceFields>> = {
  into: 'resources',
  check: mappingOf(resourceFields, 'a mapping such as { memory: 2GB, cpu: 2 }'),
  default: {},
  read: (written) => mergeFields(resourceFields, written),
  parts: resourceFields,
  description:
    'What an instance [may use](permissions.md#limits). The [resources](registry.md#resources) that plugins share are something else.',
};

type WrittenPermissions = 'strict' | InRegistry<typeof permissionFields>;

const PERMISSIONS = 'strict, or a mapping such as { network: true, read: [./data] }';

export const permissions: OptionalField<'permissions', WrittenPermissions, InSpec<typeof permissionFields>> = {
  into: 'permissions',
  check: eitherOf([exactly('strict', PERMISSIONS), mappingOf(permissionFields, PERMISSIONS)], PERMISSIONS),
  otherwise: 'none in a container; a process may do all that its user may',
  read: (written) => mergeFields(permissionFields, written === 'strict' ? {} : written),
  parts: permissionFields,
  description:
    'What a [process](permissions.md) or a [container](containers.md#permissions) may do. `strict`: nothing of what stands below. What the machine can not enforce keeps the plugin from running.',
};

export const sandbox: Field<'sandbox', 'on' | 'full' | 'floor' | 'off'> = {
  into: 'sandbox',
  check: oneOf(['on', 'full', 'floor', 'off'], 'on, full, floor or off'),
  default: 'on',
  read: asWritten,
  description:
    'How a process is kept to `permissions`. `on`: with [name spaces](permissions.md#full-and-floor) where the system makes them. `full`: with them or not at all. `floor`: without. `off`: nothing is enforced, the limits of `resources` neither.',
};

const NAME = '[\\p{L}_][\\p{L}\\p{N}_]*';
const MODULE = new RegExp(`^(${NAME}(?:\\.${NAME})*)(?::(${NAME}(?:\\.${NAME})*))?$`, 'u');

/** What ends in `.py` or has a slash is a file. */
function entryPoint(written: string): EntryPoint {
  const [, module, className] = (written.endsWith('.py') ? undefined : MODULE.exec(written)) ?? [];
  return { file: module === undefined ? written : undefined, module, className };
}

function isEntryPoint(written: string): boolean {
  const { file } = entryPoint(written);
  return file === undefined || (staysInside(file) && !/:[^/]*$/.test(file));
}
