import type { Schema } from '../../src/author/schema.ts';

/** Text that is trimmed. Its caller may give a number, by its type, so that the two sides differ. */
export const text: Schema<{ text: string | number }, { text: string }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => {
      const { text } = value as { text: unknown };
      return typeof text === 'string'
        ? { value: { text: text.trim() } }
        : { issues: [{ message: 'expected text', path: ['text'] }] };
    },
    jsonSchema: {
      input: () => ({ type: 'object', properties: { text: { type: 'string' } }, required: ['text'] }),
      output: () => {
        throw new Error('not to be said in JSON Schema');
      },
    },
  },
};

export const rows: Schema<number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => (typeof value === 'number' ? { value } : { issues: [{ message: 'expected a number' }] }),
    jsonSchema: { input: () => ({ type: 'number' }), output: () => ({ type: 'number' }) },
  },
};
