import { definePlugin, hook, Veto } from '@bulkhead/plugin-sdk';

let greeting = '';

/** What the tests of the kit run, in memory and in a process. */
export default definePlugin({
  initialize(config, { log }) {
    if (config.fails) throw new RangeError('not with this configuration');
    greeting = config.greeting ?? 'Hello';
    log.info('ready to greet');
  },
  cleanup({ log }) {
    log.info('cleaned up');
  },
  metadata: { flavour: 'tested' },
  actions: {
    execute: (input) => ({ said: `${greeting}, ${input.name}!`, bytes: input.bytes }),
    process: () => process.pid,
    fails() {
      throw Object.assign(new RangeError('not today', { cause: new Error('the reason') }), { data: { shelf: 7 } });
    },
    async *letters(word) {
      for (const letter of word) yield letter;
      return word.length;
    },
    async joins({ parts, between }) {
      let all = '';
      for await (const part of parts) all += `${all === '' ? '' : between}${part}`;
      return all;
    },
    async asks({ plugin, input, traceparent }, context) {
      const lease = await context.lock('printer', { timeout: 100 });
      try {
        context.progress(0.5);
        return await context.call(plugin, input, { action: 'shout', timeout: 1_000, traceparent });
      } finally {
        lease.release();
      }
    },
    waits: (_, { signal }) => new Promise((_resolve, reject) => (signal.onabort = () => reject(signal.reason))),
    unsendable: () => new Map(),
    exits: () => process.exit(3),
  },
  hooks: {
    pre_process: [
      hook({ name: 'last', priority: 10 }, (data) => ({ seen: [...data.seen, 'last'] })),
      hook({ name: 'first', priority: 90 }, (data) => {
        if (data.forbidden) throw new Veto('it is forbidden');
        return { seen: [...data.seen, 'first'] };
      }),
    ],
  },
});
