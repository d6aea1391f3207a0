import { definePlugin } from '@bulkhead/plugin-sdk';

export default definePlugin({ actions: { execute: (input) => input } });
